"""Products of vectors and matrices added in place, for generated adjoints.

Sums over the rows of a matrix in memory order vectorise as they are; what is a dot product of
rows, or a product of matrices, is left to BLAS where the numbers are floats.
"""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..jets.arrays.elements import joint_dtype

#: Elements of a matrix from which on a call of BLAS pays.
LARGE = 256


def add_outer(target, a, b):
    """``target += outer(a, b)``."""
    target += np.outer(a, b)


@overload(add_outer)
def _add_outer(target, a, b):
    if target.layout == "F":
        return lambda target, a, b: add_outer(target.T, b, a)

    def impl(target, a, b):
        for i in range(a.size):
            factor = a[i]
            for j in range(b.size):
                target[i, j] += factor * b[j]

    return impl


def add_outers(target, a, b, c, d):
    """``target += outer(a, b) + outer(c, d)``, in one pass over the target."""
    target += np.outer(a, b) + np.outer(c, d)


@overload(add_outers)
def _add_outers(target, a, b, c, d):
    if target.layout == "F":
        return lambda target, a, b, c, d: add_outers(target.T, b, a, d, c)

    def impl(target, a, b, c, d):
        for i in range(a.size):
            first, second = a[i], c[i]
            for j in range(b.size):
                target[i, j] += first * b[j] + second * d[j]

    return impl


def store_outer(target, a, b):
    """``target[:] = outer(a, b)``."""
    target[:] = np.outer(a, b)


@overload(store_outer)
def _store_outer(target, a, b):
    def impl(target, a, b):
        for i in range(a.size):
            factor = a[i]
            for j in range(b.size):
                target[i, j] = factor * b[j]

    return impl


def store_outers(target, a, b, c, d):
    """``target[:] = outer(a, b) + outer(c, d)``."""
    target[:] = np.outer(a, b) + np.outer(c, d)


@overload(store_outers)
def _store_outers(target, a, b, c, d):
    def impl(target, a, b, c, d):
        for i in range(a.size):
            first, second = a[i], c[i]
            for j in range(b.size):
                target[i, j] = first * b[j] + second * d[j]

    return impl


def store_product(target, a, b):
    """``target[:] = a @ b``, of vectors and matrices."""
    target[:] = a @ b


@overload(store_product)
def _store_product(target, a, b):
    if a.ndim == b.ndim == 2 and target.layout == "C" and _is_plain(target, a, b):

        def by_blas(target, a, b):
            np.dot(a, b, target)

        return by_blas

    def impl(target, a, b):
        target[:] = 0.0
        add_product(target, a, b)

    return impl


def add_product(target, a, b):
    """``target += a @ b``, of vectors and matrices."""
    target += a @ b


@overload(add_product)
def _add_product(target, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return _by_blas if _is_plain(target, a, b) else _rows_by_matrix
    matrix = b if a.ndim == 1 else a
    along = "C" if a.ndim == 1 else "F"
    loops = _add_matrix_vector if a.ndim == 2 else _add_vector_matrix
    if matrix.layout == along or not _is_plain(target, a, b):
        return loops

    def impl(target, a, b):
        if a.size < LARGE and b.size < LARGE:
            _small(target, a, b)
        else:
            target += np.dot(a, b)

    return impl


def _is_plain(target, *operands) -> bool:
    """Whether BLAS takes these operands."""
    return (
        all(k.dtype == types.float64 and k.layout in "CF" for k in operands)
        and target.dtype == types.float64
    )


def _by_blas(target, a, b):
    target += np.dot(a, b)


def _rows_by_matrix(target, a, b):
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            factor = a[i, k]
            for j in range(b.shape[1]):
                target[i, j] += factor * b[k, j]


def _add_vector_matrix(target, a, b):
    for i in range(b.shape[0]):
        factor = a[i]
        for j in range(b.shape[1]):
            target[j] += factor * b[i, j]


def _add_matrix_vector(target, a, b):
    for j in range(a.shape[1]):
        factor = b[j]
        for i in range(a.shape[0]):
            target[i] += a[i, j] * factor


def _small(target, a, b):
    """The products of few elements."""
    raise NotImplementedError("for compiled code")


@overload(_small)
def _small_product(target, a, b):
    return _add_matrix_vector if a.ndim == 2 else _add_vector_matrix


def matrix_product(a, b):
    """``a @ b`` as a new array."""
    return a @ b


@overload(matrix_product)
def _matrix_product(a, b):
    if a.ndim == 2:
        if b.ndim == 2:

            def impl(a, b):
                made = np.zeros((a.shape[0], b.shape[1]), joint_dtype(a, b))
                add_product(made, a, b)
                return made

            return impl

        def of_matrix(a, b):
            made = np.zeros(a.shape[0], joint_dtype(a, b))
            add_product(made, a, b)
            return made

        return of_matrix

    def of_vector(a, b):
        made = np.zeros(b.shape[1], joint_dtype(a, b))
        add_product(made, a, b)
        return made

    return of_vector


def add_to_diagonal(target, term, offset=0):
    """Add a number, or the elements of a vector, to the diagonal of a matrix."""
    i = np.arange(max(0, -offset), max(0, -offset, min(target.shape[0], target.shape[1] - offset)))
    target[i, i + offset] += term


@overload(add_to_diagonal)
def _add_to_diagonal(target, term, offset=0):
    if isinstance(term, types.Array):

        def of_vector(target, term, offset=0):
            first = max(0, -offset)
            for i in range(first, min(target.shape[0], target.shape[1] - offset)):
                target[i, i + offset] += term[i - first]

        return of_vector

    def of_number(target, term, offset=0):
        for i in range(max(0, -offset), min(target.shape[0], target.shape[1] - offset)):
            target[i, i + offset] += term

    return of_number


SCOPE = {
    "add_outer": add_outer,
    "add_outers": add_outers,
    "add_product": add_product,
    "add_to_diagonal": add_to_diagonal,
    "matrix_product": matrix_product,
    "store_outer": store_outer,
    "store_outers": store_outers,
    "store_product": store_product,
}
