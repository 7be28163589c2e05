"""Numbers behind the gamma functions: digamma and Hurwitz's zeta on the whole real line.

Recurrence up to an argument where the Euler-Maclaurin (Stirling) series converges to
rounding, reflection for large negative arguments (DLMF 5.5.2, 5.5.4, 5.11.2, 25.11.28).
"""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

#: Bernoulli numbers B_2, B_4, ...
BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
    -174611 / 330,
)  # fmt: skip
#: Below this argument the reflection replaces a long recurrence.
REFLECTED = -20.0


def gamma(x):
    """`math.gamma` without exceptions."""
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:
        return math.copysign(math.inf, x) if x == 0.0 else math.nan


def lgamma(x):
    """`math.lgamma` without exceptions: infinite at the poles."""
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return math.inf


@register_jitable
def digamma_sum(x, order):
    """``psi(x) = psi(x + 1) - 1/x``, by the asymptotic series from ``12 + order`` on.

    On numbers (order 0) and on series alike: sums of reciprocals are stable, whatever
    the curve, where a composition with the coefficients at a point would cancel.
    """
    total = 0.0 * x
    if x < REFLECTED:
        angle = math.pi * (x - np.rint(x))
        total = -math.pi * (np.cos(angle) * np.reciprocal(np.sin(angle)))
        x = 1.0 - x
    if x < 12.0 + order:
        steps = int(np.ceil(12.0 + order - x))
        terms = 0.0 * x
        for i in range(steps - 1, -1, -1):  # the smallest first
            terms = terms + np.reciprocal(x + i)
        total = total - terms
        x = x + steps
    inverse = np.reciprocal(x)
    scale = np.square(inverse)
    series = BERNOULLI[9] / 20.0 * scale
    for i in range(9, 0, -1):
        series = (series + BERNOULLI[i - 1] / (2.0 * i)) * scale
    return total + (np.log(x) - 0.5 * inverse - series)


@register_jitable
def digamma(x):
    """The logarithmic derivative of the gamma function, nan at the poles."""
    if x <= 0.0 and x == np.floor(x):
        return math.nan
    return math.inf if x == math.inf else digamma_sum(x, 0.0)


@register_jitable
def _zeta_right(s, x, order):
    """Hurwitz's zeta ``sum of (x + j)^-s`` where the terms run out of the pole at 0."""
    total = 0.0 * x
    while x < s + 12.0 + order:
        total = total + np.power(np.reciprocal(x), s)
        x = x + 1.0
    inverse = np.reciprocal(x)
    rising, factorial = s * inverse, 2.0
    series = 0.5 + x / (s - 1.0)
    for i in range(10):
        series = series + BERNOULLI[i] / factorial * rising
        m = 2.0 * i + 2.0
        rising = (s + m - 1.0) * (s + m) * (rising * np.square(inverse))
        factorial *= (m + 1.0) * (m + 2.0)
    return total + np.power(inverse, s) * series


@register_jitable
def zeta_sum(s, x, order):
    """Hurwitz's zeta for whole ``s >= 2`` on numbers (order 0) and series, also left of 0."""
    if x < REFLECTED:
        part = x - np.floor(x)
        left = _zeta_right(s, 1.0 - part, order) - _zeta_right(s, 1.0 - x, order)
        sign = 1.0 - 2.0 * (s % 2.0)
        return _zeta_right(s, part, order) + sign * left
    return _zeta_right(s, x, order)


@register_jitable
def zeta(s, x):
    """Hurwitz's zeta function for whole ``s >= 2``; nan at the poles."""
    if x <= 0.0 and x == np.floor(x):
        return math.nan
    return zeta_sum(float(s), x, 0.0)


@register_jitable
def _lgamma_plain(x):
    return math.lgamma(x)


@register_jitable
def lgamma_coefficient(n, x):
    """``psi(x)`` for ``n = 1``, ``(-1)^n zeta(n, x) / n`` beyond."""
    n = int(n)
    if n == 0:
        return _lgamma_plain(x)
    if n == 1:
        return digamma(x)
    value = zeta(n, x) / n
    return value if n % 2 == 0 else -value


@register_jitable
def lgamma_coefficient_sum(n, x, order):
    """The same for series ``x``, without coefficient 0 where ``n`` is 0."""
    if n <= 0.0:
        return math.nan * x
    if n == 1.0:
        return digamma_sum(x, order)
    return (1.0 - 2.0 * (n % 2.0)) / n * zeta_sum(n, x, order)
