"""Estimates of the radius of convergence from the last known coefficients."""

from __future__ import annotations

import numpy as np

#: A model of the coefficients is believed up to this relative residual.
CLOSE = 0.03
#: Relative size of what counts as rounding.
ROUNDING = 1e-12
#: Coefficients needed for an estimate.
FEWEST = 5


def radius(c: np.ndarray) -> float:
    """An estimate of the radius of convergence of the series ``c``.

    The tail of the coefficients is fitted to the recurrence of ``(1 - t / R)^s`` (one
    dominant singularity, of any exponent; Domb and Sykes 1957) and of
    ``(1 - u t + v t^2)^s`` (a pair of singularities), the three-term and the six-term test
    of G. Corliss and Y. F. Chang, Solving ordinary differential equations using Taylor
    series, ACM TOMS 8 (1982).  Where neither fits, the mean growth of the coefficients answers.
    """
    if not np.isfinite(c).all():
        return np.nan
    scale = balance(c)
    c = _without_noise(c * scale ** np.arange(len(c)))
    nonzero = np.flatnonzero(c)
    if len(nonzero) == 0:
        return np.inf if len(c) > 2 else np.nan
    steps = np.diff(nonzero)
    if len(c) - 1 - nonzero[-1] >= 2 * max(steps, default=1):
        return np.inf  # a polynomial, as far as is known
    step = int(np.gcd.reduce(steps)) if len(steps) else 1
    series = c[nonzero[0] :: step]  # a series in t**step
    if len(series) < FEWEST or np.count_nonzero(series) < FEWEST - 1:
        return np.nan
    return float(scale * _fitted(series) ** (1 / step))


def balance(c: np.ndarray) -> float:
    """A power of two ``r`` for which the ``c_k r^k`` are of about one size."""
    return float(2.0 ** round(np.clip(-_growth(c), -1000 / len(c), 1000 / len(c))))


def _growth(c) -> float:
    """The slope of ``log2 |c_k|``, of the largest of each four neighbours."""
    windows = np.lib.stride_tricks.sliding_window_view(np.abs(c), max(min(len(c) // 2, 4), 1))
    largest = windows.max(axis=1)
    k = np.flatnonzero(largest)
    if len(k) < 2:
        return 0.0
    return np.polynomial.polynomial.polyfit(k, np.log2(largest[k]), 1)[1]


def _without_noise(c):
    """The coefficients with zeros where both neighbours tell that only rounding is left."""
    size = np.abs(np.concatenate([[0.0], c, [0.0]]))
    return np.where(size[1:-1] < ROUNDING * np.maximum(size[:-2], size[2:]), 0, c)


def _fitted(c) -> float:
    """The radius by the simplest model that fits the tail."""
    single, residual = _recurrence(c, 1)
    if residual < CLOSE:
        return _moduli([-single[0], 1])[0]
    pair, pair_residual = _recurrence(c, 2)
    if pair_residual < min(CLOSE, residual):
        near, far = _moduli([pair[2], -pair[0], 1])
        if far < 1.5 * near:  # both singularities are seen, none is a stray zero of the fit
            return near
    return float(2.0 ** -_growth(c))


def _recurrence(c, degree):
    """``(n+1) c_{n+1} = (u_0 n + u_1) c_n - (u_2 (n-1) + u_3) c_{n-1}``: ``u``, misfit."""
    unknowns = 2 * degree
    first = min(len(c) // 2, len(c) - 1 - unknowns - 2)
    if first < degree - 1:
        return None, np.inf
    n = np.arange(first, len(c) - 1)
    columns = [n * c[n], c[n], -(n - 1) * c[n - 1], -c[n - 1]][:unknowns]
    right = (n + 1) * c[n + 1]
    matrix = np.stack(columns, axis=1)
    solution = np.linalg.lstsq(matrix, right, rcond=ROUNDING)[0]
    return solution, np.linalg.norm(matrix @ solution - right) / np.linalg.norm(right)


def _moduli(polynomial):
    """The moduli of the roots, smallest first; inf where the leading terms are rounding."""
    leading = np.abs(np.array(polynomial)) > ROUNDING
    roots = np.roots(polynomial[int(np.argmax(leading)) :])
    missing = [np.inf] * (len(polynomial) - 1 - len(roots))
    return [*sorted(map(float, np.abs(roots))), *missing]
