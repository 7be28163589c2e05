"""Derivatives by inputs along the steps of an integration: the compiled loops."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .addresses import integers_at, numbers_at
from .limits import EXCESS, fit
from .pointers import compiled, fused, take_lift
from .polynomials import slopes
from .transposed import transpose


class Lifts(NamedTuple):
    """The lifts of an integration, one done after the other; without sensitivities none."""

    addresses: np.ndarray  #: (count,): of the native lifts
    places: np.ndarray  #: (count, 4): addresses of each one's bases, states, rests and tape
    bases: np.ndarray  #: addresses, see `lifting`
    states: np.ndarray  #: derivatives of the state
    earlier: np.ndarray  #: these at the start of the step
    rests: np.ndarray  #: derivatives of the parameters, which stay
    tapes: np.ndarray
    rows: np.ndarray  #: (rows,): rows of the tapes that are wanted, -1 for zeros
    shape: np.ndarray  #: count, rows, K + 1, lanes
    kept: np.ndarray  #: (count * rows * (K + 1) * lanes,): their polynomials in this step
    now: np.ndarray  #: (count * rows * lanes,): their values
    jump: np.ndarray  #: (count * lanes,): derivatives of the time at which a switch was crossed
    series: np.ndarray  #: (width, K + 1): coefficients with a column a row, for rolled lifts
    keep: np.ndarray  #: (1,): 1 where the polynomials are wanted
    before: np.ndarray  #: (n + 1,): slopes just before that, and 1 where there is one to come


@compiled
def lift(lifts, coefficients, h):
    """Derivatives through a step of length ``h``, and their polynomials.

    Returns how long a step may be for derivatives to be exact, ``inf`` where it is not too long.
    """
    rows, size = lifts.shape[1], lifts.shape[2] * lifts.shape[3]
    far, s, order = math.inf, abs(h), lifts.shape[2] - 1
    last, before = s**order, math.exp(-2.0) * s ** (order - 1)
    values, series, n = coefficients.ctypes.data, lifts.series.ctypes.data, lifts.before.size - 1
    if lifts.series.size:
        transpose(coefficients, lifts.series)
    for i in range(lifts.addresses.size):
        bases, states, rests, tape = (
            lifts.places[i, 0], lifts.places[i, 1], lifts.places[i, 2], lifts.places[i, 3]
        )  # fmt: skip
        by_tables = integers_at(bases)[0] != 0
        take_lift(
            lifts.addresses[i], series if by_tables else values, bases, states, rests, h, tape
        )
        own = numbers_at(tape)
        far = min(far, reach(lifts.rows, own, lifts.shape, n, s, last, before))
        for r in range(rows * lifts.keep[0]):
            first, target = lifts.rows[r] * size, (i * rows + r) * size
            if first >= 0:
                for k in range(size):
                    lifts.kept[target + k] = own[first + k]
    return far


@fused
def reach(rows, own, shape, n, s, last, before):
    """How long a step may be for the derivatives on a tape.

    Where the solution rests, or is too small to matter, nothing else limits the step.  The
    measure is that of `limits.reach`, of each lane for itself, with ``last`` and ``before`` the
    weights of the last two terms; almost always the first two terms are large enough for it.
    """
    order, lanes = shape[2] - 1, shape[3]
    far, bound = math.inf, EXCESS * math.exp(-2.0 * order)
    for lane in range(lanes):
        size = tail = 0.0
        for r in range(n):
            first = rows[r] * (order + 1) * lanes + lane
            end = first + order * lanes
            size += abs(own[first]) + abs(own[first + lanes]) * s
            tail += abs(own[end]) * last + abs(own[end - lanes]) * before
        if not tail <= 10.0 * bound * size:
            far = min(far, fit(s, _largest(rows, own, shape, n, lane, s), tail, order))
    return far


@compiled
def _largest(rows, own, shape, n, lane, s):
    """The largest of all but the last two terms of a lane's polynomials at ``s``."""
    terms, lanes = shape[2], shape[3]
    largest = 0.0
    for r in range(n):
        first, power = rows[r] * terms * lanes + lane, 1.0
        for k in range(terms - 2):
            largest = max(largest, abs(own[first + k * lanes]) * power)
            power *= s
    return largest


@fused
def lifted(shape, kept, s, out):
    """The polynomials of lifts at ``s``."""
    terms, lanes = shape[2], shape[3]
    for i in range(shape[0] * shape[1]):
        first = i * terms * lanes
        for lane in range(lanes):
            total = 0.0
            for k in range(terms - 1, -1, -1):
                total = total * s + kept[first + k * lanes + lane]
            out[i * lanes + lane] = total


@compiled
def go_back(lifts, n, s):
    """Derivatives at ``s`` instead of the step's end."""
    lifted(lifts.shape, lifts.kept, s, lifts.now)
    rows, lanes = lifts.shape[1], lifts.shape[3]
    for i in range(lifts.addresses.size):
        first, source = i * n * lanes, i * rows * lanes
        for j in range(n * lanes):
            lifts.states[first + j] = lifts.now[source + j]


@compiled
def cross(lifts, coefficients, n, first, last, h):
    """Note how the time depends on the inputs at which a switch was crossed, at a step's end.

    There the slope jumps from ``f-`` to ``f+``, and derivatives at a fixed time by
    ``(f- - f+) dt/dx``, with ``dt/dx = -g_x / g_t`` of the switch ``g``.
    """
    rows, lanes = lifts.shape[1], lifts.shape[3]
    for column in range(first, last):
        end = 0.0
        for k in range(coefficients.shape[0] - 1, -1, -1):
            end = end * h + coefficients[k, column]
        if end * coefficients[0, column] >= 0.0:
            continue
        slopes(coefficients, column, h, lifts.before)
        lifted(lifts.shape, lifts.kept, h, lifts.now)
        for i in range(lifts.addresses.size):
            for lane in range(lanes):
                moved = lifts.now[(i * rows + column) * lanes + lane]
                lifts.jump[i * lanes + lane] = -moved / lifts.before[n]
        lifts.before[n] = 1.0
        return


@compiled
def land(lifts, coefficients, n):
    """Derivatives behind a switch, where the slopes of the next step are known."""
    if lifts.before[n] == 0.0:
        return
    lanes = lifts.shape[3]
    for i in range(lifts.addresses.size):
        first = i * n * lanes
        for r in range(n):
            change = lifts.before[r] - coefficients[1, r]
            for lane in range(lanes):
                lifts.states[first + r * lanes + lane] += change * lifts.jump[i * lanes + lane]
    lifts.before[n] = 0.0
