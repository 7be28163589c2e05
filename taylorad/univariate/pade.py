"""Padé approximants: rational functions that agree with a Taylor number."""

from __future__ import annotations

import numpy as np

from ..errors import ArgumentValueError
from .radius import balance


class Pade:
    """A rational function ``numerator(t) / denominator(t)``, from `Taylor.pade`.

    Attributes
    ----------
    numerator, denominator : ndarray
        Coefficients in rising powers of ``t``; ``denominator[0]`` is 1.

    Examples
    --------
    >>> import numpy as np, taylorad as ta
    >>> r = np.exp(ta.variable(0.0, 4)).pade(2, 2)
    >>> r.degrees, r.denominator.round(6)
    ((2, 2), array([ 1.      , -0.5     ,  0.083333]))
    >>> round(float(r(0.1)), 6)   # exp(0.1) = 1.105171
    1.105171
    """

    def __init__(self, numerator, denominator):
        self.numerator = np.array(numerator)
        self.denominator = np.array(denominator)
        self.numerator.flags.writeable = self.denominator.flags.writeable = False

    @property
    def degrees(self) -> tuple[int, int]:
        """The degrees of numerator and denominator, as they came out."""
        return len(self.numerator) - 1, len(self.denominator) - 1

    def __call__(self, t):
        """The value at a number, an array or a `Taylor` number, with ``t = x - x0``."""
        value = np.polynomial.polynomial.polyval
        return value(t, self.numerator) / value(t, self.denominator)

    def poles(self) -> np.ndarray:
        """The zeros of the denominator."""
        return np.roots(self.denominator[::-1])

    def zeros(self) -> np.ndarray:
        """The zeros of the numerator."""
        return np.roots(self.numerator[::-1])

    def __repr__(self):
        return f"Pade({self.numerator.tolist()}, {self.denominator.tolist()})"


def pade(c: np.ndarray, m: int, n: int, tolerance: float) -> Pade:
    """The approximant of degrees ``m`` and ``n`` or, where that is degenerate, lower.

    P. Gonnet, S. Güttel, L. N. Trefethen, Robust Padé approximation via SVD, SIAM Review 55
    (2013) 101-117, after scaling ``t`` so that the coefficients are of one size.
    """
    c = c[: m + n + 1]
    if not np.isfinite(c).all():
        raise ArgumentValueError("a Padé approximant needs finite coefficients")
    scale = balance(c)
    powers = scale ** np.arange(len(c))
    c = c * powers
    size = np.linalg.norm(c)
    if np.abs(c[: m + 1]).max() <= tolerance * size:
        return Pade(np.zeros(1, c.dtype), np.ones(1, c.dtype))
    m, n = _reduced_degrees(c, m, n, tolerance * size)
    b = _denominator(c, m, n)
    a = _toeplitz(c, m + 1, n) @ b
    first = int(np.argmax(np.abs(b) > tolerance))  # t**first divides both
    head = b[first]
    a = a[first : _end(np.abs(a) > tolerance * size)] / head
    b = b[first : _end(np.abs(b) > tolerance)] / head
    return Pade(a / powers[: len(a)], b / powers[: len(b)])


def _toeplitz(c, rows, n):
    """The matrix that multiplies a polynomial of degree ``n`` by the series."""
    i, j = np.arange(rows)[:, None], np.arange(n + 1)
    return np.where(i >= j, c[np.maximum(i - j, 0)], 0)


def _reduced_degrees(c, m, n, threshold):
    """Degrees at which the linear system for the denominator has full rank."""
    while n > 0:
        lower = _toeplitz(c, m + n + 1, n)[m + 1 :]
        rank = int(np.sum(np.linalg.svd(lower, compute_uv=False) > threshold))
        if rank == n or m < n - rank:
            break
        m, n = m - (n - rank), rank
    return m, n


def _denominator(c, m, n):
    """The null vector of the system, refined by a column-scaled QR factorisation."""
    if n == 0:
        return np.ones(1, c.dtype)
    lower = _toeplitz(c, m + n + 1, n)[m + 1 :]
    b = np.linalg.svd(lower)[2][-1].conj()
    weights = np.abs(b) + np.sqrt(np.finfo(float).eps)
    q = np.linalg.qr((lower * weights).conj().T, mode="complete")[0]
    b = weights * q[:, n]
    return b / np.linalg.norm(b)


def _end(flags) -> int:
    """One more than the position of the last true flag."""
    return len(flags) - int(np.argmax(flags[::-1]))
