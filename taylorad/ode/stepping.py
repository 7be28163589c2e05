"""Steps put together: time as an unevaluated sum of two floats, and the plain loop.

Time is kept twice as long as a float, as the state is: the sum of a million steps is then
as good as one step, and the last step ends where it should, to the bit.
"""

from __future__ import annotations

import math

import numpy as np

from .pointers import compiled, out_of_line, take_step

#: Where in a step slopes are compared: not at its end, where a switch may be.
NEAR = 0.999
#: Differences of slopes that are rounding, relative to their terms; and errors of the state
#: that do not matter, relative to it.
ROUNDED, UNFELT = 1e-12, 1e-17

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
def vanishing(coefficients, n):
    """Whether nothing has limited a step: the last two coefficients are zero."""
    last = coefficients.shape[0] - 1
    for i in range(n):
        if coefficients[last, i] != 0.0 or coefficients[last - 1, i] != 0.0:
            return False
    return True


@compiled
def fits(address, t, h, n, par, floor, coefficients, work):
    """Whether a step's polynomial has the slopes near its end that the right-hand side has there.

    A step that nothing limits is exact where the solution is a polynomial, or rests.  But
    coefficients may vanish and come again, as those of ``t**30`` at 0 do.
    """
    out_of_line()
    s = NEAR * h
    y, low, slopes, sizes = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    found, width = np.empty(coefficients.size), coefficients.shape[1]
    for i in range(n):
        y[i] = low[i] = slopes[i] = sizes[i] = 0.0
    for k in range(coefficients.shape[0] - 1, -1, -1):
        for i in range(n):
            slopes[i] = slopes[i] * s + y[i]
            y[i] = y[i] * s + coefficients[k, i]
            sizes[i] = sizes[i] * abs(s) + abs(k * coefficients[k, i])
    scale = floor[0]
    for i in range(n):
        scale = max(scale, abs(y[i]))
    take_step(address, t + s, 0.0, y, low, par, floor, found, work)
    for i in range(n):
        wrong = abs(slopes[i] - found[width + i])
        rounding = ROUNDED * (sizes[i] / abs(s) + abs(found[width + i]))
        if not wrong <= max(rounding, UNFELT * scale / abs(h)):
            return False
    return True


@compiled
def checked(address, t, h, start, rest, y, low, par, floor, coefficients, work):
    """A step that was as long as it was allowed to be, taken again shorter until it fits.

    ``start``, ``rest`` are the state before it, ``y``, ``low`` that after it.
    """
    while math.isfinite(h) and h != 0.0:
        for i in range(y.size):
            y[i], low[i] = start[i], rest[i]
        h = take_step(address, t, h, y, low, par, floor, coefficients, work)
        if not vanishing(coefficients, y.size) or fits(
            address, t, h, y.size, par, floor, coefficients, work
        ):
            break
        h *= 0.5
    return h


@compiled
def sure_step(address, t, asked, motion, coefficients, start, rest):
    """A step of at most ``asked`` that is right also where coefficients vanish.

    ``start``, ``rest`` are memory for the state before it.
    """
    y, low, par, floor, work = motion
    for i in range(y.size):
        start[i], rest[i] = y[i], low[i]
    h = take_step(address, t, asked, y, low, par, floor, coefficients, work)
    if h == asked and vanishing(coefficients, y.size):
        h = checked(address, t, h, start, rest, y, low, par, floor, coefficients, work)
    return h


@compiled
def propagate(address, high, low_time, end, longest, most, motion, coefficients):
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
    motion : Motion
        The state is overwritten.
    coefficients : float array ``(K + 1, width)``
        Memory for those of a step.

    Returns
    -------
    tuple
        ``(status, high, low_time, steps)``; unless ``status`` is ``END`` the state is the
        last good one.
    """
    y, low, par, floor, work = motion
    steps, n = 0, y.size
    start, rest = np.empty(n), np.empty(n)
    while True:
        left = (end - high) - low_time
        if left == 0.0:
            return END, end, 0.0, steps
        if steps == most:
            return TOO_MANY, high, low_time, steps
        for i in range(n):
            start[i], rest[i] = y[i], low[i]
        asked = at_most(left, longest)
        h = take_step(address, high, asked, y, low, par, floor, None, work)
        if h == asked:
            h = checked(address, high, h, start, rest, y, low, par, floor, coefficients, work)
        if not math.isfinite(h):
            return NOT_FINITE, high, low_time, steps
        steps += 1
        if h == left:
            return END, end, 0.0, steps
        stuck = high + h == high
        high, low_time = moved(high, low_time, h)
        if stuck:
            return TOO_SMALL, high, low_time, steps
