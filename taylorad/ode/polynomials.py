"""Values of the polynomials of a step: ``sum_k coefficients[k, i] s^k`` for all ``i``."""

from __future__ import annotations

from .pointers import fused


@fused
def evaluate(coefficients, s, out):
    """The first ``out.size`` polynomials at ``s``, by Horner's rule.

    Four components at once: a chain of products waits for each of them, four chains do not.
    """
    last, n = coefficients.shape[0] - 1, out.size
    i = 0
    while i + 4 <= n:
        a, b = coefficients[last, i], coefficients[last, i + 1]
        c, d = coefficients[last, i + 2], coefficients[last, i + 3]
        for k in range(last - 1, -1, -1):
            a = a * s + coefficients[k, i]
            b = b * s + coefficients[k, i + 1]
            c = c * s + coefficients[k, i + 2]
            d = d * s + coefficients[k, i + 3]
        out[i], out[i + 1], out[i + 2], out[i + 3] = a, b, c, d
        i += 4
    while i < n:
        a = coefficients[last, i]
        for k in range(last - 1, -1, -1):
            a = a * s + coefficients[k, i]
        out[i] = a
        i += 1


@fused
def slopes(coefficients, column, s, out):
    """Derivatives by time of the first polynomials, and last that of another ``column``."""
    for i in range(out.size):
        c = i if i < out.size - 1 else column
        total = 0.0
        for k in range(coefficients.shape[0] - 1, 0, -1):
            total = total * s + k * coefficients[k, c]
        out[i] = total


@fused
def value(a, x):
    """The polynomial with coefficients ``a`` at ``x``."""
    p = 0.0
    for k in range(a.size - 1, -1, -1):
        p = p * x + a[k]
    return p


@fused
def value_and_slope(a, x):
    """The polynomial with coefficients ``a`` and its derivative at ``x``."""
    p = d = 0.0
    for k in range(a.size - 1, -1, -1):
        d = d * x + p
        p = p * x + a[k]
    return p, d


@fused
def slope_and_curvature(a, x):
    """The first two derivatives of the polynomial with coefficients ``a`` at ``x``."""
    p = d = half = 0.0
    for k in range(a.size - 1, -1, -1):
        half = half * x + d
        d = d * x + p
        p = p * x + a[k]
    return d, 2.0 * half
