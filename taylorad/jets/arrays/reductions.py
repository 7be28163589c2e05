"""Sums, products and moments of arrays of jets, in the order of Numba's own loops."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..types import bottom
from .elements import FIRST, convert, is_jets

# Numba's loops run along memory: a Fortran-ordered array is taken by its transpose.


def _in_memory_order(a):
    """The array or its transpose, such that its rows lie in memory."""
    raise NotImplementedError("for compiled code")


@overload(_in_memory_order)
def _transposed(a):
    return (lambda a: a.T) if a.layout == "F" else (lambda a: a)


@overload(np.sum, **FIRST)
def _sum(a):
    if not is_jets(a):
        return None

    def impl(a):
        total = convert(0.0, a.dtype)
        for x in _in_memory_order(a).flat:
            total += x
        return total

    return impl


@overload(np.prod, **FIRST)
def _prod(a):
    if not is_jets(a):
        return None

    def impl(a):
        total = convert(1.0, a.dtype)
        for x in _in_memory_order(a).flat:
            total *= x
        return total

    return impl


@overload(np.mean, **FIRST)
def _mean(a):
    if not is_jets(a):
        return None

    def impl(a):
        if a.size == 0:
            return convert(np.nan, a.dtype)
        return np.sum(a) / float(a.size)

    return impl


@overload(np.var, **FIRST)
def _var(a):
    if not is_jets(a) or bottom(a.dtype) != types.float64:
        return None  # of complex numbers it is not analytic

    def impl(a):
        if a.size == 0:
            return convert(np.nan, a.dtype)
        mean = np.mean(a)
        total = convert(0.0, a.dtype)
        for x in _in_memory_order(a).flat:
            total += (x - mean) * (x - mean)
        return total / float(a.size)

    return impl


@overload(np.std, **FIRST)
def _std(a):
    if is_jets(a) and bottom(a.dtype) == types.float64:
        return lambda a: np.sqrt(np.var(a))
    return None


@overload(np.cumsum, **FIRST)
def _cumsum(a):
    if not is_jets(a):
        return None

    def impl(a):
        out = np.empty(a.size, a.dtype)
        total = convert(0.0, a.dtype)
        for i, x in enumerate(a.flat):
            total += x
            out[i] = total
        return out

    return impl


@overload(np.cumprod, **FIRST)
def _cumprod(a):
    if not is_jets(a):
        return None

    def impl(a):
        out = np.empty(a.size, a.dtype)
        total = convert(1.0, a.dtype)
        for i, x in enumerate(a.flat):
            total *= x
            out[i] = total
        return out

    return impl
