"""Events in one step: where event functions cross or touch zero along its polynomial.

Where a root lies within rounding of a step's ends, one step's polynomial may have it, its
neighbour's as well, or neither.  So an event function has a *side*: the sign that it had
when it was last certain.  What happens within rounding of an end is left to the next step,
which compares the side after it with the side before: a root is reported once, and none is
lost.  How far values are wrong where two steps meet is measured, not guessed: it is the
difference of their polynomials there.

At the start of the integration, and after a jump, there is no side yet: a root there is where
the solution starts from, and not reported.  This takes the place of the cool-down of
F. Biscani and D. Izzo, Reliable event detection for Taylor methods in astrodynamics,
arXiv 2204.09948.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .pointers import compiled, fused
from .polynomials import value
from .roots import DEEPEST, JOINT, isolate

#: Rounding of a polynomial's value, relative to the sum of its terms' sizes.
NOISE = 4 * 2.220446049250313e-16
#: What the last step left open: nothing, a zero at its end, whether there was anything.
SETTLED, ZERO, UNSURE = 0, 1, 2


class Watch(NamedTuple):
    """The events of an integration, ``m`` of them, and memory to look for them in a step."""

    direction: np.ndarray  #: (m,) int8: +1 upward only, -1 downward only, 0 both and touching
    stops: np.ndarray  #: (m,) int64: ends the integration when found so often, 0 never
    calls: np.ndarray  #: (m,) bool: the loop returns when it is found
    counts: np.ndarray  #: (m,) int64: how often it was found
    side: np.ndarray  #: (m,) int8: the sign of the event function, 0 unknown
    left: np.ndarray  #: (m,) int8: what the last step left open
    last: np.ndarray  #: (m,): the event function at the end of the last step
    loud: np.ndarray  #: (m,) bool: it may have a root in this step
    which: np.ndarray  #: (c,) int64: occurrences of a step, in order of time: the event
    moment: np.ndarray  #: (c,): its time since the start of the step
    after: np.ndarray  #: (c,) int8: the side after it
    polynomial: np.ndarray  #: (K + 1,): an event's polynomial on the unit interval
    stack: np.ndarray  #: see `roots.isolate`
    found: np.ndarray  #: see `roots.isolate`


def watch(direction, stops, calls, order: int) -> Watch:
    """Memory for events of these directions; ``stops`` and ``calls`` as in `Watch`."""
    m, terms = len(direction), order + 1
    return Watch(
        np.array(direction, np.int8), np.array(stops, np.int64), np.array(calls, np.bool_),
        np.zeros(m, np.int64), np.zeros(m, np.int8), np.zeros(m, np.int8), np.zeros(m), np.zeros(m, np.bool_),
        np.zeros(m * (terms + 1), np.int64), np.zeros(m * (terms + 1)),
        np.zeros(m * (terms + 1), np.int8),
        np.zeros(terms), np.zeros((DEEPEST + 2, terms + 2)), np.zeros((3, terms)),
    )  # fmt: skip


@compiled
def sign(x):
    return 1 if x > 0.0 else -1


@compiled
def settle(a, begin, end, noise):
    """The sign of ``a`` between ``begin`` and ``end``, where it has one sign; 0 unknown."""
    p = value(a, 0.5 * (begin + end))
    if abs(p) <= noise and end == 1.0:
        p = value(a, 1.0)
    return 0 if abs(p) <= noise else sign(p)


@compiled
def resolution(t, coefficients, n):
    """The time in which the solution changes by the rounding of its state or of the time."""
    size = speed = 0.0
    for i in range(n):
        size = max(size, abs(coefficients[0, i]))
        speed = max(speed, abs(coefficients[1, i]))
    return NOISE * (abs(t) + (size / speed if speed > 0.0 else 0.0))


@compiled
def note(watch, known, event, moment, after):
    """Adds an occurrence to the ``known`` ones, which are in order of time."""
    i = known
    while i > 0 and abs(watch.moment[i - 1]) > abs(moment):
        watch.which[i], watch.moment[i] = watch.which[i - 1], watch.moment[i - 1]
        watch.after[i] = watch.after[i - 1]
        i -= 1
    watch.which[i], watch.moment[i], watch.after[i] = event, moment, after
    return known + 1


@fused
def quiet(coefficients, column, h, sides, lefts, lasts, j):
    """Whether event ``j`` stays on its side throughout a step, as bounds can tell.

    The first coefficient is larger than all others together. That is so for most steps.
    """
    first, power = coefficients[0, column], h
    whole, rest = first, NOISE * abs(first)
    for k in range(1, coefficients.shape[0]):
        term = coefficients[k, column] * power
        power *= h
        whole += term
        rest += abs(term)
    if not abs(first) > rest:
        return False
    if lefts[j] != SETTLED or (sides[j] != 0 and sides[j] != sign(first)):
        return False
    sides[j], lasts[j] = sign(first), whole
    return True


@compiled
def look(watch, j, known, coefficients, n, t, h, final):
    """Adds what event ``j`` does in the step from ``t`` to ``t + h`` to ``known`` occurrences.

    ``final`` tells that no step will follow, to which a zero at the end could be left.
    """
    a = watch.polynomial
    power = 1.0
    size = 0.0
    for k in range(a.size):
        a[k] = coefficients[k, n + j] * power
        power *= h
        size += abs(a[k])
    side, left, before = watch.side[j], watch.left[j], watch.last[j]
    watch.last[j] = value(a, 1.0)
    noise = NOISE * size
    if not math.isfinite(size):  # nothing is known of it here
        watch.side[j], watch.left[j] = 0, SETTLED
        return known

    # what lies within the error of the start
    start_noise = noise
    if side != 0:
        start_noise += JOINT * abs(a[0] - before)
    else:
        start_noise += abs(coefficients[1, n + j]) * resolution(t, coefficients, n)
    places = isolate(a, noise, watch.stack, watch.found)
    begins, ends, points = watch.found[0], watch.found[1], watch.found[2]
    i, reached, point = 0, 0.0, 0.0
    at_start = abs(a[0]) <= start_noise or left != SETTLED
    while at_start and i < places and abs(value(a, 0.5 * (reached + begins[i]))) <= start_noise:
        if i == 0:
            point = points[0]
        reached = ends[i]
        i += 1
    if at_start:
        new = settle(a, reached, begins[i] if i < places else 1.0, start_noise)
        if new == 0:
            watch.left[j] = UNSURE
            return known
        if side != 0 and (new != side or left == ZERO):
            known = note(watch, known, j, point * h, new)
        side = new
        if watch.side[j] == 0:
            watch.side[j] = new
    elif side == 0:
        side = watch.side[j] = sign(a[0])

    # what lies behind it
    watch.left[j] = SETTLED
    while i < places:
        point, reached = points[i], ends[i]
        i += 1
        new = settle(a, reached, begins[i] if i < places else 1.0, noise)
        if new == 0 and not final:
            watch.left[j] = ZERO
            break
        if new == 0:
            new = -side
        known = note(watch, known, j, point * h, new)
        side = new
    return known


@compiled
def stop_within(watch, coefficients, n, s):
    """The step ends at ``s`` already, and what events do behind it is to be seen again."""
    for j in range(watch.side.size):
        p = 0.0
        for k in range(coefficients.shape[0] - 1, -1, -1):
            p = p * s + coefficients[k, n + j]
        watch.last[j], watch.left[j] = p, SETTLED
