"""The loops of `adjoint`: forward with checkpoints, and back through the steps between them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .limits import fit
from .pointers import compiled, fused, take_step
from .polynomials import evaluate
from .stepping import END, NOT_FINITE, TOO_MANY, TOO_SMALL, at_most, moved, sure_step
from .terms import Terms
from .transposed import pull, pull_moving, push, transpose


class Probe(NamedTuple):
    """What is needed to see whether a step is short enough for derivatives."""

    terms: Terms
    series: np.ndarray  #: (width, K + 1)
    moving: np.ndarray  #: (rows, K + 1)
    direction: np.ndarray  #: (inputs,): one along which all inputs move


#: How much of the largest component the others vary by at least, along this direction.
LEAST = 1e-3


@compiled
def careful_step(address, t, asked, motion, coefficients, start, rest, probe):
    """A step that is short enough for derivatives, too: where a solution rests, they may not."""
    while True:
        h = sure_step(address, t, asked, motion, coefficients, start, rest)
        if not math.isfinite(h):
            return h
        n = start.size
        transpose(coefficients, probe.series)
        size = motion.floor[0]
        for j in range(n):
            size = max(size, abs(start[j]))
        probe.moving[:] = 0.0
        for j in range(probe.direction.size):
            scale = max(abs(start[j]), LEAST * size) if j < n else max(abs(motion.par[j - n]), 1.0)
            probe.moving[j, 0] = scale * probe.direction[j]
        push(probe.terms, probe.series, probe.moving)
        far = _far(probe.moving, n, abs(h))
        if far >= abs(h):
            return h
        for i in range(start.size):
            motion.y[i], motion.low[i] = start[i], rest[i]
        asked = math.copysign(far, asked)


@compiled
def _far(moving, n, s):
    """How long a step may be for the first ``n`` series to be exact; as `limits.reach`."""
    order, size, tail = moving.shape[1] - 1, 0.0, 0.0
    for i in range(n):
        power = 1.0
        for k in range(order + 1):
            term = abs(moving[i, k]) * power
            if k < order - 1:
                size = max(size, term)
            else:
                tail = max(tail, term * (math.exp(-2.0) if k < order else 1.0))
            power *= s
    return fit(s, size, tail, order)


@compiled
def forward(address, clock, end, longest, most, motion, coefficients, wanted, samples, times,
            states, before, probe):  # fmt: skip
    """Steps from ``clock`` to the end, with checkpoints before the first and every ``stride``-th.

    Where there is no room for more checkpoints, every other one is given up.
    Returns the status, the number of checkpoints, the stride, and the lengths of all steps.
    """
    y, low, lengths = motion.y, motion.low, np.empty(64)
    steps, count, stride, done = 0, 0, 1, 0
    if wanted.size and wanted[0] == clock[0]:
        samples[0] = y
        done = 1
    while True:
        left = (end - clock[0]) - clock[1]
        if left == 0.0:
            return END, count, stride, lengths[:steps]
        if steps == most:
            return TOO_MANY, count, stride, lengths[:steps]
        if steps % stride == 0:
            if count == times.shape[0]:
                count = (count + 1) // 2
                for i in range(1, count):
                    times[i], states[i] = times[2 * i], states[2 * i]
                stride *= 2
            if steps % stride == 0:
                times[count] = clock
                states[count, 0], states[count, 1] = y, low
                count += 1
        high = clock[0]
        h = careful_step(
            address, high, at_most(left, longest), motion, coefficients, before[0], before[1],
            probe,
        )  # fmt: skip
        if not math.isfinite(h):
            return NOT_FINITE, count, stride, lengths[:steps]
        if steps == lengths.size:
            longer = np.empty(2 * steps)
            longer[:steps] = lengths
            lengths = longer
        lengths[steps] = h
        steps += 1
        while done < wanted.size:
            since = (wanted[done] - high) - clock[1]
            if abs(since) > abs(h):
                break
            if since == h:
                samples[done] = y
            else:
                evaluate(coefficients, since, samples[done])
            done += 1
        if h == left:
            clock[0], clock[1] = end, 0.0
        else:
            clock[0], clock[1] = moved(high, clock[1], h)
            if clock[0] == high:
                return TOO_SMALL, count, stride, lengths[:steps]


@compiled
def again(address, clock, lengths, motion, coefficients, starts, states):
    """The steps of these lengths from a checkpoint, with the start of each."""
    y, low, par, floor, work = motion
    for i in range(lengths.size):
        starts[i, 0], starts[i, 1], starts[i, 2] = clock[0], clock[1], lengths[i]
        states[i, 0], states[i, 1] = y, low
        take_step(address, clock[0], lengths[i], y, low, par, floor, coefficients, work)
        clock[0], clock[1] = moved(clock[0], clock[1], lengths[i])


@fused
def _seed(bars, cotangent, s, n):
    """Add the adjoints of a polynomial's coefficients from that of its value at ``s``."""
    power = 1.0
    for k in range(bars.shape[1]):
        for i in range(n):
            bars[i, k] += cotangent[i] * power
        power *= s


@fused
def _value(moving, s, out):
    """The polynomials of the state's derivatives at ``s``."""
    for i in range(out.size):
        total = 0.0
        for k in range(moving.shape[1] - 1, -1, -1):
            total = total * s + moving[i, k]
        out[i] = total


@compiled
def _series(address, start, state, motion, coefficients, series):
    """The coefficients of a step that was taken before, one column a row."""
    y = state.copy()
    take_step(
        address, start[0], start[2], y[0], y[1], motion.par, motion.floor, coefficients, motion.work
    )
    transpose(coefficients, series)


@compiled
def advance(address, starts, states, count, motion, terms, coefficients, series, moving, direction,
            wanted, samples, done, tangents):  # fmt: skip
    """Derivatives along a direction through steps; ``tangents`` has them at each start.

    Returns how many samples are done.
    """
    n = samples.shape[1]
    for i in range(count):
        _series(address, starts[i], states[i], motion, coefficients, series)
        moving[:] = 0.0
        for j in range(direction.size):
            moving[j, 0] = direction[j]
        tangents[i] = direction[:n]
        push(terms, series, moving)
        while done < wanted.size:
            since = (wanted[done] - starts[i, 0]) - starts[i, 1]
            if abs(since) > abs(starts[i, 2]):
                break
            _value(moving, since, samples[done])
            done += 1
        _value(moving, starts[i, 2], direction[:n])
    return done


@compiled
def backward(address, starts, states, count, motion, terms, coefficients, series, bars,
             wanted, cotangents, left, adjoint, tangents, direction, moving, moving_bars,
             moving_cotangents, moving_adjoint):  # fmt: skip
    """Cotangents back through steps, the last one first; returns how many samples are left.

    A sample at the end of a step belongs to it; one at the very start of all to no step.  With
    ``tangents`` at the starts of the steps also the derivatives of all cotangents along the
    direction.
    """
    n, along = terms.slopes.size, tangents.size > 0
    for i in range(count - 1, -1, -1):
        _series(address, starts[i], states[i], motion, coefficients, series)
        h = starts[i, 2]
        bars[:] = 0.0
        moving_bars[:] = 0.0
        _seed(bars, adjoint, h, n)
        if along:
            _seed(moving_bars, moving_adjoint, h, n)
        while left > 0:
            since = (wanted[left - 1] - starts[i, 0]) - starts[i, 1]
            if since == 0.0 or (since < 0.0) != (h < 0.0):
                break
            left -= 1
            _seed(bars, cotangents[left], since, n)
            if along:
                _seed(moving_bars, moving_cotangents[left], since, n)
        if along:
            moving[:] = 0.0
            for j in range(direction.size):
                moving[j, 0] = tangents[i, j] if j < n else direction[j]
            push(terms, series, moving)
            pull_moving(terms, series, moving, bars, moving_bars)
        else:
            pull(terms, series, bars)
        for j in range(adjoint.size):
            adjoint[j] = bars[j, 0] if j < n else adjoint[j] + bars[j, 0]
        if along:
            for j in range(adjoint.size):
                before = 0.0 if j < n else moving_adjoint[j]
                moving_adjoint[j] = before + moving_bars[j, 0]
    return left
