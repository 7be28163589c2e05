"""Loops over arrays, written as LLVM instructions while Numba lowers a call.

An array expression costs one small loop nest and no compilation of its own.  Elements are
visited in the order of Numba's own loops, so an operation in place on overlapping views
has the plain program's values.
"""

from __future__ import annotations

from contextlib import contextmanager

from llvmlite import ir
from numba.core import cgutils, types

from .._compat import impl_ret_borrowed, impl_ret_new_ref
from .allocation import empty_array
from .types import JetType

INTP = ir.IntType(types.intp.bitwidth)


class Operand:
    """An array or a number as an operand of a loop."""

    def __init__(self, context, builder, kind, value):
        self.context, self.builder, self.kind = context, builder, kind
        self.value = value
        self.shape, self.strides = (), ()
        self.contiguous = isinstance(kind, types.Array) and kind.layout == "C"
        if isinstance(kind, types.Array):
            self.array = context.make_array(kind)(context, builder, value)
            self.shape = cgutils.unpack_tuple(builder, self.array.shape, kind.ndim)
            self.strides = cgutils.unpack_tuple(builder, self.array.strides, kind.ndim)
            self.dtype = kind.dtype
        else:
            self.dtype = types.unliteral(kind)

    def stretch(self):
        """Let dimensions of length 1 stand for any length."""
        builder, zero, one = self.builder, INTP(0), INTP(1)
        strides = [
            builder.select(builder.icmp_signed("==", n, one), zero, stride)
            for n, stride in zip(self.shape, self.strides, strict=True)
        ]
        self.rearrange(self.shape, strides)

    def rearrange(self, shape, strides):
        """Walk the memory by another shape: it is contiguous for the old one only."""
        self.shape, self.strides, self.contiguous = shape, strides, False

    def pointer(self, indices):
        """The address of the element at the last of ``indices``."""
        builder = self.builder
        offset = INTP(0)
        last = indices[len(indices) - len(self.shape) :]
        if self.contiguous:  # what LLVM can turn into vectors
            return builder.gep(self.array.data, [place_of(builder, self.shape, last)])
        for index, stride in zip(last, self.strides, strict=True):
            offset = builder.add(offset, builder.mul(index, stride))
        return cgutils.pointer_add(builder, self.array.data, offset)

    def load(self, indices):
        if not isinstance(self.kind, types.Array):
            return self.value
        return self.context.unpack_value(self.builder, self.dtype, self.pointer(indices))

    def store(self, value, indices, kind=None):
        """Store an element: of the array's dtype, or of another ``kind`` that is converted."""
        value = self.context.cast(self.builder, value, kind or self.dtype, self.dtype)
        pointer = self.pointer(indices)
        if not isinstance(self.dtype, JetType) or self.dtype.packed:
            self.context.pack_value(self.builder, self.dtype, value, pointer)
            return
        for i in range(len(value.type.elements)):  # one by one: LLVM splits no structures
            place = cgutils.gep_inbounds(self.builder, pointer, 0, i)
            align = 1 if value.type.packed else 8
            self.builder.store(self.builder.extract_value(value, i), place, align=align)


def place_of(builder, shape, indices):
    """The place of an item in C order."""
    place = INTP(0)
    for count, index in zip(shape, indices, strict=True):
        place = builder.add(builder.mul(place, count), index)
    return place


@contextmanager
def filling(context, builder, kind, shape):
    """A loop over the indices of a new C-contiguous array: gives the array and the indices."""
    made = empty_array(context, builder, kind, shape)
    target = Operand(context, builder, kind, made._getvalue())
    with cgutils.loop_nest(builder, shape, INTP) as indices:
        yield target, indices


def require_same_shape(context, builder, a: Operand, b: Operand, error, message):
    """Raise where two arrays of the same rank differ in shape."""
    differ = ir.Constant(ir.IntType(1), 0)
    for m, n in zip(a.shape, b.shape, strict=True):
        differ = builder.or_(differ, builder.icmp_signed("!=", m, n))
    with cgutils.if_unlikely(builder, differ):
        context.call_conv.return_user_exc(builder, error, (message,))


def broadcast_shape(context, builder, operands, ndim, fixed=None):
    """The joint shape of operands, or ``fixed``; emits the check that they fit."""
    shape = list(fixed) if fixed is not None else [INTP(1)] * ndim
    one = INTP(1)
    arrays = [x for x in operands if x.shape]
    if fixed is None:
        for x in arrays:
            for axis, n in enumerate(x.shape, start=ndim - len(x.shape)):
                alone = builder.icmp_signed("==", shape[axis], one)
                shape[axis] = builder.select(alone, n, shape[axis])
    if len(arrays) + (fixed is not None) > 1:
        fits = ir.Constant(ir.IntType(1), 1)
        for x in arrays:
            for axis, n in enumerate(x.shape, start=ndim - len(x.shape)):
                same = builder.icmp_signed("==", n, shape[axis])
                alone = builder.icmp_signed("==", n, one)
                fits = builder.and_(fits, builder.or_(same, alone))
            x.stretch()
        with builder.if_then(builder.not_(fits), likely=False):
            message = "operands could not be broadcast together"
            context.call_conv.return_user_exc(builder, ValueError, (message,))
    return shape


def emit(context, builder, result, kinds, values, kernel, out=None):
    """``result = kernel(elements...)`` over broadcast operands; ``out`` is stored into if given.

    ``kernel(values)`` writes one element's instructions and returns (value, type).
    """
    operands = [Operand(context, builder, k, v) for k, v in zip(kinds, values, strict=True)]
    if not isinstance(result, types.Array):  # numbers and arrays of rank 0
        value, kind = kernel([x.load(()) for x in operands])
        return context.cast(builder, value, kind, result)
    if out is None:
        shape = broadcast_shape(context, builder, operands, result.ndim)
        out = empty_array(context, builder, result, shape)._getvalue()
        target = Operand(context, builder, result, out)
        finish = impl_ret_new_ref
    else:
        target = Operand(context, builder, result, out)
        shape = broadcast_shape(context, builder, operands, result.ndim, target.shape)
        finish = impl_ret_borrowed
    with cgutils.loop_nest(builder, shape, INTP) as indices:
        value, kind = kernel([x.load(indices) for x in operands])
        target.store(value, indices, kind)
    return finish(context, builder, result, out)
