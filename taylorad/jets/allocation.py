"""Memory for arrays that results are written to.

As Numba's own allocation, in the same instructions; Numba compiles two functions for it in each
process, which take as long as a small derivative.
"""

from __future__ import annotations

from functools import reduce

from llvmlite import ir
from numba.core import cgutils, types

from .._compat import populate_array

#: NumPy's words.
_TOO_BIG = (
    "array is too big; `arr.size * arr.dtype.itemsize` is larger than the maximum possible size."
)


def empty_array(context, builder, kind: types.Array, shape):
    """A new contiguous array of a type, in C or Fortran order, its elements not set."""
    element = context.get_data_type(kind.dtype)
    intp = context.get_value_type(types.intp)
    itemsize = ir.Constant(intp, context.get_abi_sizeof(element))
    overflow = ir.Constant(ir.IntType(1), 0)

    def times(a, b):
        nonlocal overflow
        product = builder.smul_with_overflow(a, b)
        overflow = builder.or_(overflow, builder.extract_value(product, 1))
        return builder.extract_value(product, 0)

    size = reduce(times, shape, ir.Constant(intp, 1))
    size = times(size, itemsize)
    lengths = list(shape)
    strides = [itemsize]
    for length in lengths[:-1] if kind.layout == "F" else reversed(lengths[1:]):
        strides.append(builder.mul(strides[-1], length))
    strides = strides[: len(lengths)]
    if kind.layout != "F":
        strides.reverse()
    with builder.if_then(overflow, likely=False):
        context.call_conv.return_user_exc(builder, ValueError, (_TOO_BIG,))
    alignment = context.get_preferred_array_alignment(kind.dtype)
    alignment = context.get_constant(types.uint32, alignment)
    memory = context.nrt.meminfo_alloc_aligned(builder, size, alignment)
    data = context.nrt.meminfo_data(builder, memory)
    made = context.make_array(kind)(context, builder)
    populate_array(
        made,
        data=builder.bitcast(data, element.as_pointer()),
        shape=cgutils.pack_array(builder, shape, ty=intp),
        strides=cgutils.pack_array(builder, strides, ty=intp),
        itemsize=itemsize,
        meminfo=memory,
    )
    return made
