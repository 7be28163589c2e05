"""Sums, products and moments of arrays of jets, in the order of Numba's own loops."""

from __future__ import annotations

import operator
from itertools import pairwise

import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from ..allocation import empty_array
from ..loops import INTP, Operand
from ..types import bottom, full
from .elements import FIRST, convert, is_jets, joint_dtype
from .elementwise import ArrayForm

# Numba's loops run along memory: a Fortran-ordered array is taken by its transpose.


def _in_memory_order(a):
    """The array or its transpose, such that its rows lie in memory."""
    raise NotImplementedError("for compiled code")


@overload(_in_memory_order)
def _transposed(a):
    return (lambda a: a.T) if a.layout == "F" else (lambda a: a)


@overload(np.sum, **FIRST)
def _sum(a, axis=None):
    if not is_jets(a):
        return None
    if isinstance(axis, types.Integer):
        return _sum_along_the_axis if a.ndim == 1 else _sum_along
    if axis is not None and not isinstance(axis, types.NoneType | types.Omitted):
        return None

    def impl(a, axis=None):
        total = convert(0.0, joint_dtype(a, 0.0))
        for x in _in_memory_order(a).flat:
            total += x
        return total

    return impl


def _sum_along_the_axis(a, axis=None):
    if axis != 0 and axis != -1:
        raise ValueError("'axis' entry is out of bounds")
    return np.sum(a)


def _sum_along(a, axis=None):
    if axis < 0:
        axis += a.ndim
    if axis < 0 or axis >= a.ndim:
        raise ValueError("'axis' entry is out of bounds")
    return _sum_over(a, axis)


@intrinsic
def _sum_over(typingctx, a, axis):
    """The sum over an axis of an array of rank 2 or more, slice by slice."""
    dtype = full(a.dtype)
    result = types.Array(dtype, a.ndim - 1, "C")

    def codegen(context, builder, sig, args):
        source = Operand(context, builder, a, args[0])
        add = ArrayForm(operator.add).kernel(context, builder, (dtype, a.dtype))
        zero = context.cast(
            builder, context.get_constant(types.float64, 0.0), types.float64, dtype
        )

        def without(values):
            """The values of the other axes, in their order."""
            pairs = enumerate(pairwise(values))
            return [
                builder.select(builder.icmp_signed("<", INTP(k), args[1]), kept, shifted)
                for k, (kept, shifted) in pairs
            ]

        def of_axis(values):
            found = values[0]
            for k, value in enumerate(values[1:], start=1):
                found = builder.select(builder.icmp_signed("==", INTP(k), args[1]), value, found)
            return found

        shape = without(source.shape)
        made = empty_array(context, builder, result, shape)._getvalue()
        target = Operand(context, builder, result, made)
        with cgutils.loop_nest(builder, shape, INTP) as indices:
            target.store(zero, indices, dtype)
        count = of_axis(source.shape)
        source.rearrange(
            [count, *shape], [of_axis(source.strides), *without(source.strides)]
        )
        with cgutils.loop_nest(builder, source.shape, INTP) as (i, *indices):
            total, kind = add([target.load(indices), source.load([i, *indices])])
            target.store(total, indices, kind)
        return made

    return result(a, types.intp), codegen


@overload(np.prod, **FIRST)
def _prod(a):
    if not is_jets(a):
        return None

    def impl(a):
        total = convert(1.0, joint_dtype(a, 0.0))
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
            return convert(np.nan, joint_dtype(a, 0.0))
        return np.sum(a) / float(a.size)

    return impl


@overload(np.var, **FIRST)
def _var(a):
    if not is_jets(a) or bottom(a.dtype) != types.float64:
        return None  # of complex numbers it is not analytic

    def impl(a):
        if a.size == 0:
            return convert(np.nan, joint_dtype(a, 0.0))
        mean = np.mean(a)
        total = convert(0.0, joint_dtype(a, 0.0))
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
        out = np.empty(a.size, joint_dtype(a, 0.0))
        total = convert(0.0, joint_dtype(a, 0.0))
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
        out = np.empty(a.size, joint_dtype(a, 0.0))
        total = convert(1.0, joint_dtype(a, 0.0))
        for i, x in enumerate(a.flat):
            total *= x
            out[i] = total
        return out

    return impl
