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
def digamma(x):
    """``psi(x) = psi(x + 1) - 1/x``, by the asymptotic series from 12 on."""
    if x <= 0.0 and x == math.floor(x):
        return math.nan
    total = 0.0
    if x < REFLECTED:
        total = -math.pi / math.tan(math.pi * (x - np.rint(x)))
        x = 1.0 - x
    while x < 12.0:
        total -= 1.0 / x
        x += 1.0
    series, scale = 0.0, 1.0 / (x * x)
    weight = scale
    for i in range(8):
        series += BERNOULLI[i] / (2 * i + 2) * weight
        weight *= scale
    return total + (math.log(x) - 0.5 / x - series)


@register_jitable
def _zeta_right(s, x):
    """Hurwitz's zeta ``sum of (x + j)^-s`` where the terms run out of the pole at 0."""
    total = 0.0
    while x < s + 12.0:
        term = np.power(x, -1.0 * s)
        total += term
        x += 1.0
        if x > 1.0 and abs(term) * x < 1e-19 * abs(total):
            return total
    series, rising = 0.5 + x / (s - 1.0), s / x
    factorial = 2.0
    for i in range(10):
        series += BERNOULLI[i] / factorial * rising
        m = 2 * i + 2
        rising *= (s + m - 1.0) * (s + m) / (x * x)
        factorial *= (m + 1.0) * (m + 2.0)
    return total + np.power(x, -1.0 * s) * series


@register_jitable
def zeta(s, x):
    """Hurwitz's zeta function for whole ``s >= 2``, also left of 0 (nan at the poles)."""
    if x <= 0.0 and x == math.floor(x):
        return math.nan
    if x >= REFLECTED or x != x:
        return _zeta_right(s, x)
    part = x - math.floor(x)
    left = _zeta_right(s, 1.0 - part) - _zeta_right(s, 1.0 - x)
    return _zeta_right(s, part) + (left if s % 2 == 0 else -left)


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
