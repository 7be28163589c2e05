"""How far a step may go for the sake of events and of switches.

A step's length follows from the state alone, so that the solution does not depend on what is
asked about it.  Two things make it shorter.

An *event* function that varies faster than the state, such as ``sin(50 * y[0])``, has
coefficients that do not fall off within the step: its polynomial would be wrong.

A *switch* is a number that changes its sign where the right-hand side has a kink or jumps: up
to there the right-hand side is one formula, beyond it another. The step ends just behind, where
the sign is certain, so that the next one takes the other formula; what it goes too far is
rounding.  Where a step begins with a zero, it only goes on until there is a sign.
"""

from __future__ import annotations

import math

from .columns import NOISE, bounds, on_unit_interval, resolution, settle, sign
from .pointers import compiled, out_of_line
from .roots import JOINT, isolate

#: How much slower than the state's an event's coefficients may fall off: products and powers
#: of states fall off a little slower.
EXCESS = 100.0


@compiled
def fit(s, size, tail, order):
    """How long a step of length ``s`` may be for series with these largest terms and tails.

    ``inf`` where it is not too long.
    """
    bound = EXCESS * math.exp(-2.0 * order)
    if not size + tail < math.inf:
        return 1e-3 * s
    if tail > 10.0 * bound * size > 0.0:
        return s * (bound * size / tail) ** (1.0 / order)
    return math.inf


@compiled
def reach(coefficients, first, last, h):
    """How long a step may be for some columns to be exact, ``inf`` where it is not too long.

    The measure is the one of Jorba and Zou: the last two terms against the largest of the
    first.
    """
    order = coefficients.shape[0] - 1
    power, far = abs(h) ** (order - 1), math.inf
    bound = EXCESS * math.exp(-2.0 * order)
    for j in range(first, last):
        size = abs(coefficients[0, j])
        size = max(size, abs(coefficients[1, j] * h), abs(coefficients[2, j] * h * h))
        before = abs(coefficients[order - 1, j] * power)
        end = abs(coefficients[order, j] * power * h)
        tail = max(before * math.exp(-2.0), end)
        if tail > 10.0 * bound * size:
            far = min(far, abs(h) * (bound * size / tail) ** (1.0 / order))
    return far


@compiled
def until_certain(a, x, least):
    """A little more than ``x``: where the sign of ``a`` is certain, 1 where it never is."""
    while x + least < 1.0:
        p = size = 0.0
        for k in range(a.size - 1, -1, -1):
            p = p * (x + least) + a[k]
            size = size * (x + least) + abs(a[k])
        if abs(p) > JOINT * NOISE * size:
            return x + least
        least *= 2.0
    return 1.0


@compiled
def until_switched(watch, coefficients, first, last, n, t, h, held):
    """How far a step may go until a switch, among some columns, has changed its sign.

    ``held`` is how many steps were nothing just before: the next one goes twice as far, for
    what they changed may have been lost in rounding.
    """
    out_of_line()
    far = 1.0
    for column in range(first, last):
        start = coefficients[0, column]
        _, rest = bounds(coefficients, column, h)
        if abs(start) > rest + NOISE * abs(start) or not math.isfinite(rest):
            continue
        a = watch.polynomial
        noise = NOISE * on_unit_interval(coefficients, column, h, a)
        least = max(resolution(t, coefficients, n) / abs(h), NOISE) * 2.0 ** min(held, 10)
        if start == 0.0:  # neither formula
            far = min(far, until_certain(a, 0.0, least))
            continue
        places = isolate(a, noise, watch.stack, watch.found)
        for i in range(places):
            end = watch.found[0, i + 1] if i + 1 < places else 1.0
            if settle(a, watch.found[1, i], end, noise) != sign(start):
                far = min(far, until_certain(a, watch.found[2, i], least))
                break
    return far * abs(h)


@compiled
def is_held(t, coefficients, n, h, own):
    """Whether a step between two switches is nothing beside what it would be without them."""
    return abs(h) < max(1e-9 * own, 2.0**14 * resolution(t, coefficients, n))
