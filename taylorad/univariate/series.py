"""Power series as arrays of coefficients: products, composition, reversion, shifts.

Every function returns as many coefficients as its arguments determine.  Coefficient
``k`` of a result depends on coefficients ``0..k`` of the arguments only, also where later
ones are infinite or nan.  Overflow and the like give inf and nan without a warning.
"""

from __future__ import annotations

from math import factorial, isqrt

import numpy as np


@np.errstate(all="ignore")
def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The Cauchy product of two series of one length."""
    reverse = b[::-1]
    n = len(a)
    return np.array([np.dot(a[: k + 1], reverse[n - 1 - k :]) for k in range(n)])


@np.errstate(all="ignore")
def reciprocal(a: np.ndarray) -> np.ndarray:
    """The series ``1 / a``."""
    result = np.empty_like(a)
    result[0] = 1 / a[0]
    for k in range(1, len(a)):
        result[k] = -np.dot(a[1 : k + 1], result[k - 1 :: -1]) / a[0]
    return result


def powers(a: np.ndarray, count: int) -> np.ndarray:
    """The rows ``a**0 .. a**(count - 1)``."""
    rows = np.zeros((count, len(a)), a.dtype)
    rows[0, 0] = 1
    for i in range(1, count):
        rows[i] = product(rows[i - 1], a) if i > 1 else a
    return rows


@np.errstate(all="ignore")
def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The series ``outer(inner(t))``, as long as ``inner``, with ``outer`` as a polynomial.

    Paterson and Stockmeyer (1973): blocks of ``sqrt(n)`` coefficients against a table of
    powers, then Horner's rule over the blocks.  From the first coefficient on that depends
    on one that is not finite the result is nan.
    """
    known = _known(outer, inner)
    if known < len(inner):
        result = np.full(len(inner), np.nan, np.result_type(outer, inner))
        if known:
            outer = outer[:known] if inner[0] == 0 else outer
            result[:known] = compose(outer, inner[:known])
        return result
    m = max(isqrt(len(outer)), 1)
    table = powers(inner, m + 1)
    result = np.zeros(len(inner), np.result_type(outer, inner))
    for start in reversed(range(0, len(outer), m)):
        block = outer[start : start + m]
        result = product(result, table[m]) + block @ table[: len(block)]
    return result


def _known(outer, inner) -> int:
    """How many coefficients of a composition depend on finite coefficients only."""
    inner_known = _leading(np.isfinite(inner))
    if inner[0] == 0:
        return min(inner_known, _leading(np.isfinite(outer[: len(inner)]), len(inner)))
    return inner_known if np.isfinite(outer).all() else 0


def _leading(flags, otherwise=None) -> int:
    """The number of leading true flags; ``otherwise`` if all are true."""
    if flags.all():
        return len(flags) if otherwise is None else otherwise
    return int(np.argmin(flags))


@np.errstate(all="ignore")
def reversion(c: np.ndarray) -> np.ndarray:
    """The series ``q`` without constant term with ``p(q(s)) = c[0] + s``.

    Lagrange inversion, ``q_n = [t^(n-1)] h(t)^n / n`` with ``h = t / (p - c0)``, where
    ``h^n`` is split as ``h^(i m) h^j`` so that one coefficient of a product is one scalar
    product (F. Johansson, A fast algorithm for reversion of power series, Math. Comp. 84,
    2015).  It is done for ``(p - c0) / c1``, so that powers of ``c1`` stay out of it.
    """
    n = len(c)
    result = np.zeros(n, c.dtype)
    h = reciprocal(c[1:] / c[1])
    m = max(isqrt(n - 1), 1)
    table = powers(h, m + 1)
    giant = table[0]
    for k in range(1, n):
        j = (k - 1) % m + 1  # k = i m + j with j = 1..m
        if j == 1 and k > 1:
            giant = product(giant, table[m])
        result[k] = np.dot(giant[:k], table[j][k - 1 :: -1]) / k
    scale = c[1] ** -np.arange(1.0, n)
    result[1:] *= scale
    return result


@np.errstate(all="ignore")
def shift(c: np.ndarray, h) -> np.ndarray:
    """The coefficients of ``p(h + t)``: Horner's rule on polynomials in ``t``."""
    if h == 0:
        return c
    result = np.zeros(len(c), np.result_type(c, np.asarray(h).dtype, np.float64))
    for coefficient in c[::-1]:
        carried = result[:-1].copy()
        result *= h
        result[1:] += carried
        result[0] += coefficient
    return result


@np.errstate(all="ignore")
def evaluate(c: np.ndarray, h):
    """``p(h)`` for a number or an array of them, by Horner's rule."""
    result = c[-1] * np.ones_like(h)
    for coefficient in c[-2::-1]:
        result = result * h + coefficient
    return result


@np.errstate(all="ignore")
def differentiate(c: np.ndarray, n: int) -> np.ndarray:
    """The coefficients of the n-th derivative."""
    for _ in range(n):
        c = c[1:] * np.arange(1.0, len(c))
    return c


def integrate(c: np.ndarray, constant) -> np.ndarray:
    """The coefficients of the integral that is ``constant`` at 0."""
    return np.concatenate([[constant], c / np.arange(1.0, len(c) + 1)])


@np.errstate(all="ignore")
def derivatives(c: np.ndarray) -> np.ndarray:
    """``k! c_k``, finite wherever the product is, also where ``k!`` alone overflows."""
    factorials = [factorial(k) for k in range(len(c))]
    exponents = np.array([f.bit_length() for f in factorials])
    mantissas = np.array([f / (1 << int(e)) for f, e in zip(factorials, exponents, strict=True)])
    parts = (c * mantissas).view(np.float64).reshape(len(c), -1)
    return np.ldexp(parts, exponents[:, None]).view(c.dtype).reshape(len(c))
