"""Products of vectors and matrices, jets on either side or on both."""

from __future__ import annotations

import operator

import numpy as np
from numba.core import types
from numba.extending import overload

from ..types import bottom
from .elements import FIRST, convert, is_jets, joint_dtype, meet


def _vector_vector(a, b):
    if a.size != b.size:
        raise ValueError("incompatible array sizes for a product of vectors")
    total = convert(0.0, joint_dtype(a, b))
    for i in range(a.size):
        total += a[i] * b[i]
    return total


def _matrix_vector(a, b):
    if a.shape[1] != b.size:
        raise ValueError("incompatible array sizes for a product of matrix and vector")
    out = np.empty(a.shape[0], joint_dtype(a, b))
    for i in range(a.shape[0]):
        total = convert(0.0, joint_dtype(a, b))
        for k in range(b.size):
            total += a[i, k] * b[k]
        out[i] = total
    return out


def _vector_matrix(a, b):
    if a.size != b.shape[0]:
        raise ValueError("incompatible array sizes for a product of vector and matrix")
    out = np.empty(b.shape[1], joint_dtype(a, b))
    for j in range(b.shape[1]):
        total = convert(0.0, joint_dtype(a, b))
        for k in range(a.size):
            total += a[k] * b[k, j]
        out[j] = total
    return out


def _matrix_matrix(a, b):
    if a.shape[1] != b.shape[0]:
        raise ValueError("incompatible array sizes for a product of matrices")
    out = np.empty((a.shape[0], b.shape[1]), joint_dtype(a, b))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            total = convert(0.0, joint_dtype(a, b))
            for k in range(a.shape[1]):
                total += a[i, k] * b[k, j]
            out[i, j] = total
    return out


_BY_RANK = {
    (1, 1): _vector_vector,
    (2, 1): _matrix_vector,
    (1, 2): _vector_matrix,
    (2, 2): _matrix_matrix,
}


@overload(operator.matmul, **FIRST)
@overload(np.dot, **FIRST)
def _dot(a, b):
    return _BY_RANK.get((a.ndim, b.ndim)) if meet(a, b) else None


@overload(np.matmul, **FIRST)
def _matmul(a, b):
    return (lambda a, b: a @ b) if meet(a, b) else None


@overload(np.dot, **FIRST)
def _dot_into(a, b, out):
    if not meet(a, b):
        return None

    def impl(a, b, out):
        out[...] = np.dot(a, b)
        return out

    return impl


@overload(np.vdot, **FIRST)
def _vdot(a, b):
    if meet(a, b) and all(bottom(k.dtype) != types.complex128 for k in (a, b)):
        return lambda a, b: np.dot(a, b)
    return None


@overload(np.trace, **FIRST)
def _trace(a, offset=0):
    if not is_jets(a) or a.ndim != 2:
        return None

    def impl(a, offset=0):
        total = convert(0.0, joint_dtype(a, 0.0))
        rows, columns = a.shape
        first = max(0, -offset)
        for i in range(first, min(rows, columns - offset)):
            total += a[i, i + offset]
        return total

    return impl


def cross_row(a, b, out):
    """The vector product of two rows of three."""
    raise NotImplementedError("for compiled code")


@overload(cross_row)
def _cross_row(a, b, out):
    def impl(a, b, out):
        out[0] = a[1] * b[2] - a[2] * b[1]
        out[1] = a[2] * b[0] - a[0] * b[2]
        out[2] = a[0] * b[1] - a[1] * b[0]

    return impl


@overload(np.cross, **FIRST)
def _cross(a, b):
    if not meet(a, b) or a.ndim != b.ndim or a.ndim > 2:
        return None

    def impl(a, b):
        if a.shape != b.shape or a.shape[-1] != 3:
            raise ValueError("np.cross of jets takes arrays of the same shape (3,) or (n, 3)")
        out = np.empty(a.shape, joint_dtype(a, b))
        rows = (a.size // 3, 3)
        left, right, result = a.copy().reshape(rows), b.copy().reshape(rows), out.reshape(rows)
        for i in range(rows[0]):
            cross_row(left[i], right[i], result[i])
        return out

    return impl
