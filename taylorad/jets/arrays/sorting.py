"""Order of arrays of jets: by their primals, the first of equal ones first."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..types import JetType, bottom, number
from .elements import FIRST, convert, is_jets, item_type, joint_dtype, primal_of, primals


def _ordered(a) -> bool:
    """Whether ``a`` holds jets of real numbers: complex ones have no order."""
    return is_jets(a) and bottom(a.dtype) == types.float64


@overload(np.argsort, **FIRST)
def _argsort(a, kind="quicksort"):
    if _ordered(a) and a.ndim == 1:
        # stable, so that equal values keep their order whatever the user's kind
        return lambda a, kind="quicksort": np.argsort(primals(a), kind="mergesort")
    return None


@overload(np.sort, **FIRST)
def _sort(a):
    if _ordered(a) and a.ndim == 1:
        return lambda a: a[np.argsort(primals(a), kind="mergesort")]
    return None


def sort_in_place(a):
    """``a.sort()``."""
    raise NotImplementedError("for compiled code")


@overload(sort_in_place, **FIRST)
def _sort_in_place(a):
    if not _ordered(a) or a.ndim != 1:
        return None

    def impl(a):
        a[:] = np.sort(a)

    return impl


@overload(np.argmin, **FIRST)
def _argmin(a, axis=None):
    if not _ordered(a):
        return None
    if isinstance(axis, types.Integer):
        return lambda a, axis=None: np.argmin(primals(a), axis)
    return lambda a, axis=None: np.argmin(primals(a))


@overload(np.argmax, **FIRST)
def _argmax(a, axis=None):
    if not _ordered(a):
        return None
    if isinstance(axis, types.Integer):
        return lambda a, axis=None: np.argmax(primals(a), axis)
    return lambda a, axis=None: np.argmax(primals(a))


@overload(np.searchsorted, **FIRST)
def _searchsorted(a, v, side="left"):
    if not is_jets(a) and item_type(v) is not None and not isinstance(item_type(v), JetType):
        return None
    if number(v) is not None:
        return lambda a, v, side="left": np.searchsorted(primals(a), primal_of(v), side)
    return lambda a, v, side="left": np.searchsorted(primals(a), primals(v), side)


@overload(np.median, **FIRST)
def _median(a):
    """The middle element in order, or the mean of the two there; nan if there is one."""
    if not _ordered(a):
        return None

    def impl(a):
        if a.size == 0:
            return convert(np.nan, joint_dtype(a, 0.0))
        flat = a.flatten()
        plain = primals(flat)
        order = np.argsort(plain, kind="mergesort")
        last = order[a.size - 1]
        if np.isnan(plain[last]):  # nan sorts to the end
            return flat[last]
        upper, lower = flat[order[a.size // 2]], flat[order[(a.size - 1) // 2]]
        return (lower + upper) / 2.0

    return impl


@overload(np.min, **FIRST)
@overload(np.amin, **FIRST)
def _min(a):
    """The first of the smallest elements, nan before all: `np.argmin` of the primals."""
    if not _ordered(a):
        return None

    def impl(a):
        if a.size == 0:
            raise ValueError("zero-size array to reduction operation minimum which has no identity")
        return a.flat[np.argmin(primals(a))]

    return impl


@overload(np.max, **FIRST)
@overload(np.amax, **FIRST)
def _max(a):
    if not _ordered(a):
        return None

    def impl(a):
        if a.size == 0:
            raise ValueError("zero-size array to reduction operation maximum which has no identity")
        return a.flat[np.argmax(primals(a))]

    return impl
