"""Order of arrays of jets: by their primals, the first of equal ones first."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..types import bottom
from .elements import FIRST, is_jets, primals


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


@overload(sort_in_place)
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
