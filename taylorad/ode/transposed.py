"""The transposed lift: cotangents of a step's end become cotangents of its start.

A lift is linear in the derivatives that it starts from; backwards through its products, each
transposed, flow adjoints.  With the step's length held fixed this is the exact adjoint of the
numbers that the step computes: products with forward derivatives agree to rounding.
(Griewank and Walther 2008, section 10.2: the reverse of Taylor propagation.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .lifting import Layout
from .pointers import compiled, fused


class Terms(NamedTuple):
    """The linearised recurrences as tables; see `linearising`."""

    columns: np.ndarray  #: (c, 3): row, first term, end of the terms
    partials: np.ndarray  #: (t,): where the partial derivative is in a step, -1 without one
    rows: np.ndarray  #: (t,): the row of the partial derivative's own derivative, -1: none
    operands: np.ndarray  #: (t,): the row of the operand
    factors: np.ndarray  #: (t,)
    slopes: np.ndarray  #: (n,): the row of the slope of each component, -1 where it is constant

    @classmethod
    def of(cls, layout: Layout) -> Terms:
        """Those of the first derivatives."""
        linear = layout.linear
        columns, terms = [], []
        for column in layout.columns(1)[len(linear.inputs) :]:
            first = len(terms)
            for term in linear.terms[column]:
                partial = term.partial
                place = -1 if partial is None else layout.places[partial]
                row = -1 if partial is None else layout.rows.get(partial, -1)
                terms.append((place, row, layout.rows[term.operand], term.factor))
            columns.append((layout.rows[column], first, len(terms)))
        whole = np.array([t[:3] for t in terms], dtype=np.int64).reshape(-1, 3)
        slopes = [layout.rows.get(slope, -1) for slope in linear.equations.slopes]
        return cls(
            np.array(columns, dtype=np.int64).reshape(-1, 3),
            *(np.ascontiguousarray(whole[:, i]) for i in range(3)),
            np.array([t[3] for t in terms], dtype=float),
            np.array(slopes, dtype=np.int64),
        )


@fused
def _spread(series, place, weight, k, bars, row):
    """``bars[row, k - j] += weight * series[place, j]`` for ``j = 0..k``."""
    for j in range(k + 1):
        bars[row, k - j] += weight * series[place, j]


@fused
def push(terms, series, moving):
    """Derivatives of the coefficients of all columns along a direction.

    Parameters
    ----------
    terms : Terms
    series : float array ``(places, K + 1)``
        The step's coefficients, one column a row.
    moving : float array ``(rows, K + 1)``
        The derivatives: at first coefficients 0 of the inputs alone, at last all.
    """
    order = moving.shape[1] - 1
    for k in range(order):
        for c in range(terms.columns.shape[0]):
            row, first, end = terms.columns[c, 0], terms.columns[c, 1], terms.columns[c, 2]
            total = 0.0
            for t in range(first, end):
                a, place, factor = terms.operands[t], terms.partials[t], terms.factors[t]
                if place < 0:
                    total += factor * moving[a, k]
                    continue
                product = 0.0
                for j in range(k + 1):
                    product += series[place, j] * moving[a, k - j]
                total += factor * product
            moving[row, k] = total
        for i in range(terms.slopes.size):
            slope = terms.slopes[i]
            moving[i, k + 1] = moving[slope, k] / (k + 1) if slope >= 0 else 0.0


@fused
def pull(terms, series, bars):
    """Adjoints of the coefficients of all columns, from those of the state.

    Parameters
    ----------
    terms : Terms
    series : float array ``(places, K + 1)``
        The step's coefficients, one column a row.
    bars : float array ``(rows, K + 1)``
        The adjoints: at first of the components of the state alone, at last of all.
    """
    order = bars.shape[1] - 1
    for k in range(order - 1, -1, -1):
        _slopes(terms.slopes, bars, k)
        for c in range(terms.columns.shape[0] - 1, -1, -1):
            row, first, end = terms.columns[c, 0], terms.columns[c, 1], terms.columns[c, 2]
            bar = bars[row, k]
            if bar == 0.0:
                continue
            for t in range(first, end):
                a, place, weight = terms.operands[t], terms.partials[t], terms.factors[t] * bar
                if place < 0:
                    bars[a, k] += weight
                else:
                    _spread(series, place, weight, k, bars, a)


@fused
def _slopes(slopes, bars, k):
    """``y_{k+1} = slope_k / (k + 1)``, transposed."""
    for i in range(slopes.size):
        if slopes[i] >= 0:
            bars[slopes[i], k] += bars[i, k + 1] / (k + 1)


@fused
def pull_moving(terms, series, moving, bars, moving_bars):
    """The same with the derivatives of all adjoints along a direction; see `push`."""
    order = bars.shape[1] - 1
    for k in range(order - 1, -1, -1):
        _slopes(terms.slopes, bars, k)
        _slopes(terms.slopes, moving_bars, k)
        for c in range(terms.columns.shape[0] - 1, -1, -1):
            row, first, end = terms.columns[c, 0], terms.columns[c, 1], terms.columns[c, 2]
            bar, moving_bar = bars[row, k], moving_bars[row, k]
            for t in range(first, end):
                a, place, factor = terms.operands[t], terms.partials[t], terms.factors[t]
                if place < 0:
                    bars[a, k] += factor * bar
                    moving_bars[a, k] += factor * moving_bar
                    continue
                _spread(series, place, factor * bar, k, bars, a)
                _spread(series, place, factor * moving_bar, k, moving_bars, a)
                if terms.rows[t] >= 0:
                    _spread(moving, terms.rows[t], factor * bar, k, moving_bars, a)


@compiled
def transpose(coefficients, series):
    """The coefficients of a step with one column a row."""
    for k in range(coefficients.shape[0]):
        for i in range(coefficients.shape[1]):
            series[i, k] = coefficients[k, i]
