"""Steps put together: time as an unevaluated sum of two floats, and the plain loop.

Time is kept twice as long as a float, as the state is: the sum of a million steps is then
as good as one step, and the last step ends where it should, to the bit.
"""

from __future__ import annotations

import math

from .pointers import compiled, take_step

#: Why a loop has returned.  A step that does not change the time, as a float, is too small.
END, TOO_MANY, NOT_FINITE, TOO_SMALL = 0, 1, 2, 3


@compiled
def moved(high, low, h):
    """``high + low + h`` as a sum of two floats (Knuth 1969: the rounding of a sum, exactly)."""
    total = high + h
    part = total - high
    low += (high - (total - part)) + (h - part)
    new = total + low
    return new, low - (new - total)


@compiled
def at_most(left, longest):
    """The rest of the way, or ``longest`` in its direction."""
    return left if abs(left) <= longest else math.copysign(longest, left)


@compiled
def propagate(address, high, low_time, end, longest, most, y, low, par, floor, work):
    """Steps from time ``high + low_time`` until ``end``: the whole loop, without any output.

    For systems without switches; with them a step may have to end early, which
    `recording.record` sees to.

    Parameters
    ----------
    address : int
        Of the native step function.
    high, low_time, end : float
        The time, as a sum, and where to go; backward too.
    longest : float
        The longest step, ``inf`` for any.
    most : int
        The largest number of steps.
    y, low : float arrays ``(n,)``
        The state, as a sum; overwritten.
    par, floor, work : float arrays
        As the step function takes them.

    Returns
    -------
    tuple
        ``(status, high, low_time, steps)``; unless ``status`` is ``END`` the state is the
        last good one.
    """
    steps = 0
    while True:
        left = (end - high) - low_time
        if left == 0.0:
            return END, end, 0.0, steps
        if steps == most:
            return TOO_MANY, high, low_time, steps
        h = take_step(address, high, at_most(left, longest), y, low, par, floor, None, work)
        if not math.isfinite(h):
            return NOT_FINITE, high, low_time, steps
        steps += 1
        if h == left:
            return END, end, 0.0, steps
        stuck = high + h == high
        high, low_time = moved(high, low_time, h)
        if stuck:
            return TOO_SMALL, high, low_time, steps
