"""Arguments that share memory: refused where the function writes to one of them.

The adjoint works on copies of the arrays that a function writes to, so that the caller's stay
as they are; another argument on the same memory would not see what is written.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import types

from ..errors import ArgumentValueError
from ..jets.direct import answers
from .ir import Function, Op, Value


def refuse_shared(function: Function, written) -> None:
    """Let a function raise if a parameter that it writes to shares memory with another.

    ``written`` are the names of these parameters.
    """
    arrays = [p for p in function.params if p.is_array]
    seen: set[Value] = set()
    for target in arrays:
        if target.name not in written:
            continue
        seen.add(target)
        for other in arrays:
            if other not in seen and other.kind.dtype == target.kind.dtype:
                function.root.ops.append(_check(function, target, other))


def _check(function: Function, target: Value, other: Value) -> Op:
    error = function.known(ArgumentValueError.__name__, ArgumentValueError)
    share = function.known(share_memory.__name__, share_memory)
    message = (
        f"{function.name} writes to {target.name}, which may share memory with {other.name}; pass "
        "a copy of one of them"
    )
    text = f"if {share}({{0}}, {{1}}):\n    raise {error}({message!r})"
    op = Op("effect", [target, other], text)
    op.region = function.root
    return op


def share_memory(x, y) -> bool:
    """Whether the memory that two arrays lie in overlaps, from the first to the last element."""
    return np.may_share_memory(x, y)


@answers(share_memory, lambda x, y: True)
def _share_memory(typingctx, x, y):
    def codegen(context, builder, sig, args):
        ends = []
        empty = ir.Constant(ir.IntType(1), 0)
        for kind, value in zip(sig.args, args, strict=True):
            array = context.make_array(kind)(context, builder, value)
            low, high = _extent(builder, array, kind.ndim)
            none = builder.icmp_signed("==", array.nitems, ir.Constant(array.nitems.type, 0))
            empty = builder.or_(empty, none)
            ends.append((low, high))
        (first, last), (other_first, other_last) = ends
        overlap = builder.and_(
            builder.icmp_unsigned("<", first, other_last),
            builder.icmp_unsigned("<", other_first, last),
        )
        return builder.and_(overlap, builder.not_(empty))

    return types.boolean(x, y), codegen


def _extent(builder, array, ndim):
    """The addresses of the first byte of an array and of the byte behind the last."""
    itemsize = array.itemsize
    zero = ir.Constant(itemsize.type, 0)
    low = builder.ptrtoint(array.data, itemsize.type)
    high = builder.add(low, itemsize)
    for axis in range(ndim):
        length = builder.extract_value(array.shape, axis)
        stride = builder.extract_value(array.strides, axis)
        span = builder.mul(builder.sub(length, ir.Constant(length.type, 1)), stride)
        backwards = builder.icmp_signed("<", span, zero)
        low = builder.add(low, builder.select(backwards, span, zero))
        high = builder.add(high, builder.select(backwards, zero, span))
    return low, high
