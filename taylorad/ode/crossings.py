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

from .columns import NOISE, bounds, on_unit_interval, resolution, settle, sign
from .pointers import compiled, out_of_line
from .polynomials import value
from .roots import DEEPEST, JOINT, isolate

#: What the last step left open: nothing, a zero at its end, whether there was anything.
SETTLED, ZERO, UNSURE = 0, 1, 2

#: What is known of an event function.
EVENT = np.dtype(
    [
        ("direction", "i8"),  # 1 where it rises, -1 where it falls, 0 both and touching
        ("stops", "i8"),  # ends the integration when found so often, 0 never
        ("calls", "i8"),  # whether the loop returns when it is found
        ("count", "i8"),  # how often it was found
        ("side", "i8"),  # its sign, 0 unknown
        ("left", "i8"),  # what the last step left open
        ("last", "f8"),  # its value at the end of the last step
        ("noise", "f8"),  # how far values of the last polynomial looked at may be wrong
        ("loud", "i8"),  # whether it may have a root in this step
    ]
)
#: What an event function does: which one, when since the step's start, the side after it.
OCCURRENCE = np.dtype([("which", "i8"), ("moment", "f8"), ("after", "i8")])


class Watch(NamedTuple):
    """The events of an integration, and memory to look for them in a step."""

    events: np.ndarray  #: (m,) `EVENT`
    occurrences: np.ndarray  #: (c,) `OCCURRENCE`, in order of time
    polynomial: np.ndarray  #: (K + 1,): an event's polynomial on the unit interval
    stack: np.ndarray  #: see `roots.isolate`
    found: np.ndarray  #: see `roots.isolate`


def watch(direction, stops, calls, order: int) -> Watch:
    """Events of these directions and so on, and memory for polynomials of the order."""
    terms = order + 1
    events = np.zeros(len(direction), EVENT)
    events["direction"], events["stops"], events["calls"] = direction, stops, calls
    return Watch(
        events, np.zeros(len(events) * (terms + 1), OCCURRENCE), np.zeros(terms),
        np.zeros((DEEPEST + 2, terms + 2)), np.zeros((3, terms)),
    )  # fmt: skip


@compiled
def quiet(coefficients, column, h, event):
    """Whether an event stays on its side throughout a step, as bounds can tell.

    That is so for most steps.
    """
    first = coefficients[0, column]
    whole, rest = bounds(coefficients, column, h)
    if not abs(first) > rest + NOISE * abs(first):
        return False
    side = sign(first)
    if event.left != SETTLED or event.side not in (0, side):
        return False
    event.side, event.last = side, whole
    return True


@compiled
def note(occurrences, known, which, moment, after):
    """Adds an occurrence to the ``known`` ones, which are in order of time."""
    i = known
    while i > 0 and abs(occurrences[i - 1].moment) > abs(moment):
        occurrences[i] = occurrences[i - 1]
        i -= 1
    new = occurrences[i]
    new.which, new.moment, new.after = which, moment, after
    return known + 1


@compiled
def look(watch, j, known, coefficients, n, t, h, final):
    """Adds what event ``j`` does in the step from ``t`` to ``t + h`` to ``known`` occurrences.

    ``final`` tells that no step will follow, to which a zero at the end could be left.
    """
    out_of_line()
    a, event = watch.polynomial, watch.events[j]
    size = on_unit_interval(coefficients, n + j, h, a)
    side, left, before = event.side, event.left, event.last
    event.last = value(a, 1.0)
    noise = NOISE * size
    if not math.isfinite(size):  # nothing is known of it here
        event.side, event.left = 0, SETTLED
        return known

    # what lies within the error of the start, by the measure of either step
    if side != 0:
        known_noise = noise if left == SETTLED else max(noise, event.noise)
        start_noise = JOINT * (known_noise + abs(a[0] - before))
    else:
        start_noise = noise + abs(coefficients[1, n + j]) * resolution(t, coefficients, n)
    event.noise = noise
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
            event.left = UNSURE
            return known
        if side != 0 and (new != side or left == ZERO):
            known = note(watch.occurrences, known, j, point * h, new)
        side = new
    elif side == 0:
        side = sign(a[0])
    if event.side == 0:
        event.side = side

    # what lies behind it
    event.left = SETTLED
    while i < places:
        point, reached = points[i], ends[i]
        i += 1
        new = settle(a, reached, begins[i] if i < places else 1.0, noise)
        if new == 0 and not final:
            event.left = ZERO
            break
        if new == 0:
            new = -side
        known = note(watch.occurrences, known, j, point * h, new)
        side = new
    return known


@compiled
def stop_within(events, coefficients, n, s):
    """The step ends at ``s`` already, and what events do behind it is to be seen again."""
    for j in range(events.size):
        p = 0.0
        for k in range(coefficients.shape[0] - 1, -1, -1):
            p = p * s + coefficients[k, n + j]
        events[j].last, events[j].left = p, SETTLED
