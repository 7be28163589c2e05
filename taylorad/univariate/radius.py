"""Estimates of the radius of convergence from the last known coefficients."""

from __future__ import annotations

import numpy as np

#: A model of the coefficients is believed up to this relative residual.
BELIEVED = 0.1
#: Residuals below this are rounding.
ROUNDING = 1e-12
#: Coefficients needed for an estimate.
FEWEST = 5


def radius(c: np.ndarray) -> float:
    """An estimate of the radius of convergence of the series ``c``.

    The last half of the coefficients is fitted to the recurrence of
    ``(1 - t / R)^s`` (one dominant singularity, of any exponent; Domb and Sykes 1957) and
    of ``(1 - u t + v t^2)^s`` (a pair of singularities), the three-term and the six-term
    test of G. Corliss and Y. F. Chang, Solving ordinary differential equations using Taylor
    series, ACM TOMS 8 (1982).  Where neither fits, the root test answers.
    """
    nonzero = np.flatnonzero(c)
    if not np.isfinite(c).all():
        return np.nan
    if len(nonzero) == 0:
        return np.inf if len(c) > 2 else np.nan
    steps = np.diff(nonzero)
    trailing = len(c) - 1 - nonzero[-1]
    if trailing >= 2 * max(steps, default=1):
        return np.inf  # a polynomial, as far as is known
    step = int(np.gcd.reduce(steps)) if len(steps) else 1
    series = c[nonzero[0] :: step]  # a series in t**step
    if len(series) < FEWEST:
        return np.nan
    scale = balance(series)
    if np.count_nonzero(series) < FEWEST - 1:
        return np.nan
    estimate = _fitted(series * scale ** np.arange(len(series)))
    return float((estimate * scale) ** (1 / step))


def balance(c: np.ndarray) -> float:
    """A power of two ``r`` for which the ``c_k r^k`` are of about one size."""
    k = np.flatnonzero(c)
    if len(k) < 2:
        return 1.0
    slope = np.polynomial.polynomial.polyfit(k, np.log2(np.abs(c[k])), 1)[1]
    return float(2.0 ** round(min(max(-slope, -1000 / len(c)), 1000 / len(c))))


def _fitted(c) -> float:
    """The radius by the model that fits the tail best."""
    n = np.arange(max(len(c) // 2, 2), len(c) - 1)
    newest = (n + 1) * c[n + 1]
    single, single_residual = _solve(np.stack([n * c[n], c[n]], axis=1), newest)
    columns = [n * c[n], c[n], (n - 1) * c[n - 1], c[n - 1]]
    residual = np.inf
    if len(n) > len(columns):
        pair, residual = _solve(np.stack(columns, axis=1), newest)
    if residual < 0.1 * max(single_residual, ROUNDING) and residual < BELIEVED:
        return _smallest_root([1, -pair[0], -pair[2]])
    if single_residual < BELIEVED:
        return _smallest_root([1, -single[0]])
    tail = np.abs(c[n[0] :]) / np.abs(c).max()
    return float(1 / np.max(tail ** (1 / np.arange(n[0], len(c)))))


def _solve(columns, right):
    """Least squares and its relative residual."""
    solution = np.linalg.lstsq(columns, right, rcond=ROUNDING)[0]
    size = np.linalg.norm(right)
    return solution, np.linalg.norm(columns @ solution - right) / size if size else np.inf


def _smallest_root(polynomial) -> float:
    """The modulus of the smallest root; inf where the leading terms are rounding."""
    polynomial = np.array(polynomial)
    polynomial[np.abs(polynomial) < ROUNDING] = 0
    roots = np.roots(np.trim_zeros(polynomial, "b")[::-1])
    return float(np.min(np.abs(roots), initial=np.inf))
