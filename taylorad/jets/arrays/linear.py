"""Linear algebra on jets: loops that are generic in the number type, pivoting on primals."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..types import bottom
from .construction import converted
from .elements import FIRST, convert, is_jets, joint_dtype, meet, primal_of, primals


def factor(a):
    """LU factors of ``a`` in one new matrix, the row order and the number of row exchanges."""
    raise NotImplementedError("for compiled code")


@overload(factor)
def _factor(a):
    """Doolittle's elimination with partial pivoting; stops at a column of zero primals."""

    def impl(a):
        n = a.shape[0]
        if a.shape[1] != n:
            raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square.")
        lu = converted(a, joint_dtype(a, 0.0))
        order = np.empty(n, np.intp)
        for i in range(n):
            order[i] = i
        exchanges, regular = 0, True
        for k in range(n):
            pivot, largest = k, abs(primal_of(lu[k, k]))
            for i in range(k + 1, n):
                size = abs(primal_of(lu[i, k]))
                if size > largest:
                    pivot, largest = i, size
            if largest == 0.0:
                regular = False
                break
            if pivot != k:
                exchanges += 1
                order[k], order[pivot] = order[pivot], order[k]
                for j in range(n):
                    x = lu[k, j]
                    lu[k, j] = lu[pivot, j]
                    lu[pivot, j] = x
            inverse = 1.0 / lu[k, k]
            for i in range(k + 1, n):
                ratio = lu[i, k] * inverse
                lu[i, k] = ratio
                for j in range(k + 1, n):
                    lu[i, j] -= ratio * lu[k, j]
        return lu, order, exchanges, regular

    return impl


def substitute(lu, order, b, x):
    """``x = a^-1 b`` by forward and back substitution, column by column."""
    raise NotImplementedError("for compiled code")


@overload(substitute)
def _substitute(lu, order, b, x):
    def impl(lu, order, b, x):
        n = lu.shape[0]
        for column in range(b.shape[1]):
            for i in range(n):
                total = convert(b[order[i], column], x.dtype)
                for j in range(i):
                    total -= lu[i, j] * x[j, column]
                x[i, column] = total
            for i in range(n - 1, -1, -1):
                total = x[i, column]
                for j in range(i + 1, n):
                    total -= lu[i, j] * x[j, column]
                x[i, column] = total / lu[i, i]

    return impl


@overload(np.linalg.solve, **FIRST)
def _solve(a, b):
    if not meet(a, b) or a.ndim != 2 or b.ndim not in (1, 2):
        return None
    one = b.ndim == 1

    def impl(a, b):
        if a.shape[0] != b.shape[0]:
            raise np.linalg.LinAlgError("Incompatible sizes, system is not solvable.")
        lu, order, _, regular = factor(a)
        if not regular:
            raise np.linalg.LinAlgError("Matrix is singular to machine precision.")
        columns = b.copy().reshape((b.size, 1)) if one else b
        x = np.empty((a.shape[0], columns.shape[1]), joint_dtype(a, b))
        substitute(lu, order, columns, x)
        return x.reshape((x.size,)) if one else x

    return impl


@overload(np.linalg.inv, **FIRST)
def _inv(a):
    if not is_jets(a) or a.ndim != 2:
        return None

    def impl(a):
        lu, order, _, regular = factor(a)
        if not regular:
            raise np.linalg.LinAlgError("Matrix is singular to machine precision.")
        x = np.empty(a.shape, joint_dtype(a, 0.0))
        substitute(lu, order, np.eye(a.shape[0]), x)
        return x

    return impl


def determinant_without_division(a):
    raise NotImplementedError("for compiled code")


@overload(determinant_without_division)
def _determinant_without_division(a):
    """R. S. Bird, A simple division-free algorithm for computing determinants, IPL 111 (2011).

    ``F -> mu(F) a`` n-1 times from ``F = a``, where ``mu`` keeps what is right of the diagonal
    and puts minus the sum of the later diagonal items on it; then ``det = (-1)^(n-1) F[0, 0]``.
    """

    def impl(a):
        n = a.shape[0]
        f = a.copy()
        for _ in range(n - 1):
            mu = np.zeros((n, n), joint_dtype(a, 0.0))
            tail = convert(0.0, joint_dtype(a, 0.0))
            for i in range(n - 1, -1, -1):
                mu[i, i] = -tail
                tail += f[i, i]
                for j in range(i + 1, n):
                    mu[i, j] = f[i, j]
            f = np.zeros((n, n), joint_dtype(a, 0.0))
            for i in range(n):
                for k in range(i, n):  # mu is upper triangular
                    for j in range(n):
                        f[i, j] += mu[i, k] * a[k, j]
        return f[0, 0] if n % 2 == 1 else -f[0, 0]

    return impl


@overload(np.linalg.det, **FIRST)
def _det(a):
    if not is_jets(a) or a.ndim != 2:
        return None

    def impl(a):
        lu, _, exchanges, regular = factor(a)
        if not regular:  # the derivative is not zero with the determinant
            return determinant_without_division(np.ascontiguousarray(a))
        product = convert(1.0, joint_dtype(a, 0.0))
        for i in range(a.shape[0]):
            product *= lu[i, i]
        return product if exchanges % 2 == 0 else -product

    return impl


@overload(np.linalg.slogdet, **FIRST)
def _slogdet(a):
    """The sign is a plain number; at a singular matrix the derivatives are nan."""
    if not is_jets(a) or a.ndim != 2 or bottom(a.dtype) != types.float64:
        return None

    def impl(a):
        lu, _, exchanges, regular = factor(a)
        sign = 1.0 if exchanges % 2 == 0 else -1.0
        total = convert(0.0, joint_dtype(a, 0.0))
        if not regular:
            return 0.0, total * np.nan - np.inf
        for i in range(a.shape[0]):
            if primal_of(lu[i, i]) < 0.0:
                sign = -sign
            total += np.log(np.abs(lu[i, i]))
        return sign, total

    return impl


@overload(np.linalg.cholesky, **FIRST)
def _cholesky(a):
    """Cholesky-Banachiewicz, row by row, from the lower triangle."""
    if not is_jets(a) or a.ndim != 2 or bottom(a.dtype) != types.float64:
        return None

    def impl(a):
        n = a.shape[0]
        if a.shape[1] != n:
            raise np.linalg.LinAlgError("Last 2 dimensions of the array must be square.")
        low = np.zeros((n, n), joint_dtype(a, 0.0))
        for i in range(n):
            for j in range(i):
                total = a[i, j]
                for k in range(j):
                    total -= low[i, k] * low[j, k]
                low[i, j] = total / low[j, j]
            total = a[i, i]
            for k in range(i):
                total -= low[i, k] * low[i, k]
            if not primal_of(total) > 0.0:
                raise np.linalg.LinAlgError("Matrix is not positive definite.")
            low[i, i] = np.sqrt(total)
        return low

    return impl


@overload(np.linalg.norm, **FIRST)
def _norm(a, ord=None):
    """The Euclidean (Frobenius) norm; for vectors also ``ord`` 1, 2 and inf.

    Where squares over- or underflow, they are taken of elements over the largest.
    At zero it is not differentiable: what the square root says there.
    """
    if not is_jets(a) or a.ndim > 2 or bottom(a.dtype) != types.float64:
        return None
    if ord is None or isinstance(ord, types.NoneType | types.Omitted):

        def impl(a, ord=None):
            total = convert(0.0, joint_dtype(a, 0.0))
            for x in a.flat:
                total += x * x
            size = primal_of(total)
            if a.size > 0 and not 1e-280 < size < np.inf:
                largest = np.max(np.abs(primals(a)))
                if 0.0 < largest < np.inf:
                    total = convert(0.0, joint_dtype(a, 0.0))
                    for x in a.flat:
                        total += (x / largest) * (x / largest)
                    return np.sqrt(total) * largest
            return np.sqrt(total)

        return impl
    if a.ndim == 1 and isinstance(ord, types.Integer | types.Float):

        def impl(a, ord=None):
            if ord == 2:
                return np.linalg.norm(a)
            if ord == 1:
                return np.sum(np.abs(a))
            if ord == np.inf:
                return np.max(np.abs(a))
            raise ValueError("np.linalg.norm of jets takes ord None, 1, 2 or inf")

        return impl
    return None
