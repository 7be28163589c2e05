"""Linear algebra on arrays of numbers and nodes: products, elimination, Cholesky's factor."""

from __future__ import annotations

import operator

import numpy as np

from .node import value_of


def _dot(recorder, x, y):
    total = 0.0
    for k, (a, b) in enumerate(recorder.each(zip(x, y, strict=True), "terms")):
        term = recorder.apply(operator.mul, [a, b])
        total = term if k == 0 else recorder.apply(operator.add, [total, term])
    return total


def product(recorder, a: np.ndarray, b: np.ndarray):
    """``a @ b`` of vectors and matrices; of numbers their product."""
    if a.ndim == 0 or b.ndim == 0:
        return recorder.apply(operator.mul, [a[()], b[()]])
    rows = a if a.ndim == 2 else a[None, :]
    columns = b if b.ndim == 2 else b[:, None]
    if rows.shape[1] != columns.shape[0]:
        raise ValueError(f"incompatible array sizes for the product: {a.shape} and {b.shape}")
    made = np.empty((len(rows), columns.shape[1]), dtype=object)
    for i, j in recorder.each(np.ndindex(made.shape)):
        made[i, j] = _dot(recorder, rows[i], columns[:, j])
    if a.ndim == 1:
        made = made[0]
    if b.ndim == 2:
        return made
    return made[0] if a.ndim == 1 else made[:, 0]


def _minus_product(recorder, x, a, b):
    return recorder.apply(operator.sub, [x, recorder.apply(operator.mul, [a, b])])


def eliminate(recorder, a: np.ndarray, right: np.ndarray | None = None):
    """Gaussian elimination with the pivots of the values: the diagonal, the sign, the system.

    The order of the rows does not change the result, only its rounding.
    """
    n = len(a)
    if a.shape != (n, n):
        raise np.linalg.LinAlgError("a square matrix is needed")
    m = np.concatenate([a, right], axis=1) if right is not None else a.copy()
    m = m.astype(object)
    sign = 1
    for k in recorder.each(range(n), "columns"):
        best = k + int(np.argmax([abs(value_of(v)) for v in m[k:, k]]))
        if best != k:
            m[[k, best]] = m[[best, k]]
            sign = -sign
        for i in recorder.each(range(k + 1, n), "rows"):
            if _is_zero(m[i, k]):
                continue
            if value_of(m[k, k]) == 0:
                raise np.linalg.LinAlgError("the matrix is singular: elimination has no pivot")
            factor = recorder.apply(operator.truediv, [m[i, k], m[k, k]])
            for j in recorder.each(range(k + 1, m.shape[1])):
                m[i, j] = _minus_product(recorder, m[i, j], factor, m[k, j])
            m[i, k] = 0.0
    return [m[k, k] for k in range(n)], sign, m


def _is_zero(x) -> bool:
    return isinstance(x, float | int) and x == 0


def solve(recorder, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``x`` with ``a @ x = b``."""
    right = b if b.ndim == 2 else b[:, None]
    n = len(a)
    diagonal, _, m = eliminate(recorder, a, right)
    if any(value_of(d) == 0 for d in diagonal):
        raise np.linalg.LinAlgError("Matrix is singular to machine precision.")
    x = np.empty(right.shape, dtype=object)
    for j in recorder.each(range(right.shape[1]), "columns"):
        for i in recorder.each(reversed(range(n))):
            rest = m[i, n + j]
            for k in recorder.each(range(i + 1, n), "terms"):
                rest = _minus_product(recorder, rest, m[i, k], x[k, j])
            x[i, j] = recorder.apply(operator.truediv, [rest, m[i, i]])
    return x if b.ndim == 2 else x[:, 0]


def cholesky(recorder, a: np.ndarray) -> np.ndarray:
    """``L`` with ``L @ L.T = a``, from the lower triangle."""
    n = len(a)
    low = np.full((n, n), 0.0, dtype=object)
    for j in recorder.each(range(n), "columns"):
        rest = a[j, j]
        for k in recorder.each(range(j), "terms"):
            rest = _minus_product(recorder, rest, low[j, k], low[j, k])
        if not value_of(rest) > 0:
            raise np.linalg.LinAlgError("Matrix is not positive definite.")
        low[j, j] = recorder.apply(np.sqrt, [rest])
        for i in recorder.each(range(j + 1, n)):
            rest = a[i, j]
            for k in recorder.each(range(j), "terms"):
                rest = _minus_product(recorder, rest, low[i, k], low[j, k])
            low[i, j] = recorder.apply(operator.truediv, [rest, low[j, j]])
    return low
