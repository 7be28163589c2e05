"""Derivatives by inputs along the steps of an integration: the compiled loops."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .pointers import compiled, fused, take_lift


class Lifts(NamedTuple):
    """The lifts of an integration, one done after the other; without sensitivities none."""

    addresses: np.ndarray  #: (count,): of the native lifts
    places: np.ndarray  #: (count, 4): where bases, states, rests and tapes of each begin
    bases: np.ndarray  #: addresses, see `lifting`
    states: np.ndarray  #: derivatives of the state
    rests: np.ndarray  #: derivatives of the parameters, which stay
    tapes: np.ndarray
    rows: np.ndarray  #: (rows,): rows of the tapes that are wanted, -1 for zeros
    kept: np.ndarray  #: (count, rows, K + 1, lanes): their polynomials in this step
    now: np.ndarray  #: (count, rows, lanes): their values

    @classmethod
    def none(cls, order: int) -> Lifts:
        integers, floats = np.zeros(0, dtype=np.int64), np.zeros(0)
        return cls(
            integers, np.zeros((0, 4), dtype=np.int64), integers, floats, floats, floats, integers,
            np.zeros((0, 0, order + 1, 0)), np.zeros((0, 0, 0)),
        )  # fmt: skip


@compiled
def lift(lifts, coefficients, h):
    """Derivatives through a step of length ``h``, and their polynomials."""
    terms, lanes = lifts.kept.shape[2], lifts.kept.shape[3]
    for i in range(lifts.addresses.size):
        bases, state, rest, tape = lifts.places[i]
        own = lifts.tapes[tape:]
        take_lift(
            lifts.addresses[i], coefficients, lifts.bases[bases:], lifts.states[state:],
            lifts.rests[rest:], h, own,
        )  # fmt: skip
        for r in range(lifts.rows.size):
            first = lifts.rows[r] * terms * lanes
            if first < 0:
                continue
            for k in range(terms):
                for lane in range(lanes):
                    lifts.kept[i, r, k, lane] = own[first + k * lanes + lane]


@fused
def lifted(kept, s, out):
    """The polynomials of lifts at ``s``."""
    count, rows, terms, lanes = kept.shape
    for i in range(count):
        for r in range(rows):
            for lane in range(lanes):
                total = 0.0
                for k in range(terms - 1, -1, -1):
                    total = total * s + kept[i, r, k, lane]
                out[i, r, lane] = total


@compiled
def go_back(lifts, n, s):
    """Derivatives at ``s`` instead of the step's end."""
    lifted(lifts.kept, s, lifts.now)
    lanes = lifts.now.shape[2]
    for i in range(lifts.addresses.size):
        first = lifts.places[i, 1]
        for r in range(n):
            for lane in range(lanes):
                lifts.states[first + r * lanes + lane] = lifts.now[i, r, lane]
