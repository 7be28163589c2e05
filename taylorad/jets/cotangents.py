"""Cotangents of derivatives: what drivers of reverse mode through derivatives are given."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..errors import UnsupportedError
from .tuples import each
from .types import number


def backwards(series):
    """Coefficients in reverse order, shape ``(order+1,) + out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


@overload(backwards)
def _backwards(series):
    if isinstance(series, types.BaseTuple):
        return each("series", "backwards(series[{i}])", len(series), {"backwards": backwards})
    if isinstance(series, types.Array):
        return lambda series: series[::-1]
    return lambda series: series


def added(a, b):
    """The sum of two results of one form."""
    raise NotImplementedError("for compiled code")


@overload(added)
def _added(a, b):
    if isinstance(a, types.BaseTuple):
        return each("a, b", "added(a[{i}], b[{i}])", len(a), {"added": added})
    return lambda a, b: a + b


def column(u, x, i):
    """The part of a cotangent of shape ``out + in`` that belongs to number ``i`` of ``x``."""
    raise NotImplementedError("for compiled code")


@overload(column)
def _column(u, x, i):
    if isinstance(u, types.BaseTuple) or isinstance(x, types.BaseTuple):
        raise UnsupportedError(
            "reverse mode through matrices of derivatives takes one argument and one result; "
            "write them as arrays, not as tuples"
        )
    if number(x) is not None:
        return lambda u, x, i: u
    rank = u.ndim - x.ndim
    if rank == 0:

        def impl(u, x, i):
            flat = np.ravel(np.ascontiguousarray(u))
            return flat[i] if x.size else np.sum(flat)

        return impl

    def impl(u, x, i):
        shape = u.shape[:rank]
        rows = 1
        for length in shape:
            rows *= length
        matrix = np.ascontiguousarray(u).reshape((rows, x.size))
        if x.size == 0:
            return np.sum(matrix, axis=1).reshape(shape)
        return np.ascontiguousarray(matrix[:, i]).reshape(shape)

    return impl


def column_of_hessian(u, x, i):
    """The same of a cotangent of the Hessian of a number, of shape ``in + in``."""
    raise NotImplementedError("for compiled code")


@overload(column_of_hessian)
def _column_of_hessian(u, x, i):
    if isinstance(u, types.Array) and u.ndim != 2 * getattr(x, "ndim", 0):
        raise UnsupportedError(
            "reverse mode through ta.hessian is for functions that return a number; write "
            "ta.jacobian(ta.jacobian(f))"
        )
    return lambda u, x, i: column(u, x, i)
