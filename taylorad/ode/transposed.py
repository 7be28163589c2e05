"""The transposed lift: cotangents of a step's end become cotangents of its start.

A lift is linear in the derivatives that it starts from; backwards through its products, each
transposed, flow adjoints.  With the step's length held fixed this is the exact adjoint of the
numbers that the step computes: products with forward derivatives agree to rounding.
(Griewank and Walther 2008, section 10.2: the reverse of Taylor propagation.)
"""

from __future__ import annotations

from .pointers import compiled, fused
from .terms import BOTH, HEAD, ONLY, OPERAND, PARTIAL, ROW


@fused
def _spread(series, place, weight, k, bars, row, only):
    """``bars[row, k - j] += weight * series[place, j]`` for ``j = 0..k``."""
    if only == BOTH:
        for j in range(k + 1):
            bars[row, k - j] += weight * series[place, j]
    else:
        j = 0 if only == HEAD else k
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
    order, places = moving.shape[1] - 1, terms.places
    for k in range(order):
        for c in range(terms.columns.shape[0]):
            row, first, end = terms.columns[c, 0], terms.columns[c, 1], terms.columns[c, 2]
            total = 0.0
            for t in range(first, end):
                a, place, only = places[t, OPERAND], places[t, PARTIAL], places[t, ONLY]
                if place < 0:
                    product = moving[a, k]
                elif only == BOTH:
                    product = 0.0
                    for j in range(k + 1):
                        product += series[place, j] * moving[a, k - j]
                else:
                    j = 0 if only == HEAD else k
                    product = series[place, j] * moving[a, k - j]
                total += terms.factors[t] * product
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
    order, places = bars.shape[1] - 1, terms.places
    for k in range(order - 1, -1, -1):
        _slopes(terms.slopes, bars, k)
        for c in range(terms.columns.shape[0] - 1, -1, -1):
            row, first, end = terms.columns[c, 0], terms.columns[c, 1], terms.columns[c, 2]
            bar = bars[row, k]
            if bar == 0.0:
                continue
            for t in range(first, end):
                a, place, weight = places[t, OPERAND], places[t, PARTIAL], terms.factors[t] * bar
                if place < 0:
                    bars[a, k] += weight
                else:
                    _spread(series, place, weight, k, bars, a, places[t, ONLY])


@fused
def _slopes(slopes, bars, k):
    """``y_{k+1} = slope_k / (k + 1)``, transposed."""
    for i in range(slopes.size):
        if slopes[i] >= 0:
            bars[slopes[i], k] += bars[i, k + 1] / (k + 1)


@fused
def pull_moving(terms, series, moving, bars, moving_bars):
    """The same with the derivatives of all adjoints along a direction; see `push`."""
    order, places = bars.shape[1] - 1, terms.places
    for k in range(order - 1, -1, -1):
        _slopes(terms.slopes, bars, k)
        _slopes(terms.slopes, moving_bars, k)
        for c in range(terms.columns.shape[0] - 1, -1, -1):
            row, first, end = terms.columns[c, 0], terms.columns[c, 1], terms.columns[c, 2]
            bar, moving_bar = bars[row, k], moving_bars[row, k]
            for t in range(first, end):
                a, place, factor = places[t, OPERAND], places[t, PARTIAL], terms.factors[t]
                if place < 0:
                    bars[a, k] += factor * bar
                    moving_bars[a, k] += factor * moving_bar
                    continue
                own, only = places[t, ROW], places[t, ONLY]
                _spread(series, place, factor * bar, k, bars, a, only)
                _spread(series, place, factor * moving_bar, k, moving_bars, a, only)
                if own >= 0:
                    _spread(moving, own, factor * bar, k, moving_bars, a, only)


@compiled
def transpose(coefficients, series):
    """The coefficients of a step with one column a row."""
    for k in range(coefficients.shape[0]):
        for i in range(coefficients.shape[1]):
            series[i, k] = coefficients[k, i]
