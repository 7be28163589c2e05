"""A stack of numbers in one growing piece of memory: what loops keep for the reverse sweep.

``push(stack, n)`` and ``pop(stack, n)`` return the ``n`` entries on top as an array.  It
shares the stack's memory and owns nothing: it is valid until the next push.
"""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import models, register_model

from .._compat import populate_array
from ..jets.direct import answers

I64 = ir.IntType(64)
#: Bytes before the entries: the number of bytes in use, and of those there are.
HEADER = 64
#: Entries of a new stack.
FIRST = 64


class Stack:
    """The stack of plain Python, for debugging: entries that were not set are nan."""

    def __init__(self, dtype):
        self.dtype = np.dtype(dtype)
        self.frames: list[np.ndarray] = []


def stack(dtype):
    """A new stack of numbers of a type."""
    return Stack(dtype)


def push(kept, n):
    """Put ``n`` new entries on a stack, not set, and return them as an array."""
    unset = np.nan if kept.dtype.kind == "f" else -(10**6)
    kept.frames.append(np.full(max(n, 0), unset).astype(kept.dtype))
    return kept.frames[-1]


def pop(kept, n):
    """Take the last ``n`` entries off a stack and return them as an array."""
    frame = kept.frames.pop()
    assert frame.size == max(n, 0)
    return frame


class StackType(types.Type):
    """Numba type of a stack."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Stack({dtype})")


@register_model(StackType)
class StackModel(models.StructModel):
    """A reference to memory that can be made longer in its place."""

    def __init__(self, dmm, fe_type):
        members = [("meminfo", types.MemInfoPointer(types.voidptr))]
        super().__init__(dmm, fe_type, members)


@answers(stack, lambda dtype: True)
def _stack(typingctx, dtype):
    kind = StackType(dtype.dtype)

    def codegen(context, builder, sig, args):
        made = cgutils.create_struct_proxy(kind)(context, builder)
        room = HEADER + FIRST * _item_size(context, kind)
        made.meminfo = context.nrt.meminfo_new_varsize(builder, I64(room))
        header = _header(context, builder, made.meminfo)
        _set(builder, header, 0, I64(0))
        _set(builder, header, 1, I64(room - HEADER))
        return made._getvalue()

    return kind(dtype), codegen


def _item_size(context, kind: StackType) -> int:
    return context.get_abi_sizeof(context.get_data_type(kind.dtype))


def _header(context, builder, meminfo):
    data = context.nrt.meminfo_data(builder, meminfo)
    return builder.bitcast(data, I64.as_pointer())


def _get(builder, header, k):
    return builder.load(builder.gep(header, [I64(k)]))


def _set(builder, header, k, value):
    builder.store(value, builder.gep(header, [I64(k)]))


def _frame(context, builder, kind: StackType, result, header, start, n):
    """The entries from byte ``start`` on as an array without an owner."""
    data = builder.bitcast(header, cgutils.voidptr_t)
    data = builder.gep(data, [builder.add(start, I64(HEADER))])
    layout = context.get_data_type(kind.dtype)
    size = I64(_item_size(context, kind))
    array = context.make_array(result)(context, builder)
    data = builder.bitcast(data, layout.as_pointer())
    populate_array(array, data, [n], [size], size, None)
    return array._getvalue()


def _count(context, builder, n, kind):
    """A number of entries, not below 0."""
    n = context.cast(builder, n, kind, types.intp)
    return builder.select(builder.icmp_signed("<", n, I64(0)), I64(0), n)


@answers(push, lambda kept, n: isinstance(kept, StackType))
def _push(typingctx, kept, n):
    result = types.Array(kept.dtype, 1, "C")

    def codegen(context, builder, sig, args):
        made = cgutils.create_struct_proxy(kept)(context, builder, value=args[0])
        count = _count(context, builder, args[1], n)
        header = _header(context, builder, made.meminfo)
        used = _get(builder, header, 0)
        end = builder.add(used, builder.mul(count, I64(_item_size(context, kept))))
        with builder.if_then(
            builder.icmp_signed(">", end, _get(builder, header, 1)), likely=False
        ):
            room = builder.mul(end, I64(2))
            size = builder.add(room, I64(HEADER))
            data = context.nrt.meminfo_varsize_realloc_unchecked(builder, made.meminfo, size)
            cgutils.guard_memory_error(context, builder, data, "a loop's stack cannot grow")
            _set(builder, _header(context, builder, made.meminfo), 1, room)
        header = _header(context, builder, made.meminfo)
        _set(builder, header, 0, end)
        return _frame(context, builder, kept, result, header, used, count)

    return result(kept, n), codegen


@answers(pop, lambda kept, n: isinstance(kept, StackType))
def _pop(typingctx, kept, n):
    result = types.Array(kept.dtype, 1, "C")

    def codegen(context, builder, sig, args):
        made = cgutils.create_struct_proxy(kept)(context, builder, value=args[0])
        count = _count(context, builder, args[1], n)
        header = _header(context, builder, made.meminfo)
        size = builder.mul(count, I64(_item_size(context, kept)))
        start = builder.sub(_get(builder, header, 0), size)
        _set(builder, header, 0, start)
        return _frame(context, builder, kept, result, header, start, count)

    return result(kept, n), codegen


def lent(kept):
    """A stack for functions to use: not theirs, and without a count of references to it."""
    return kept


def release(kept):
    """The end of a lent stack's use, until which it must live."""


class LentType(StackType):
    """Numba type of a lent stack."""

    def __init__(self, dtype):
        self.dtype = dtype
        types.Type.__init__(self, name=f"Lent({dtype})")


@register_model(LentType)
class LentModel(models.StructModel):
    """The reference of a stack, not counted."""

    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, [("meminfo", types.voidptr)])


@answers(lent, lambda kept: isinstance(kept, StackType))
def _lent(typingctx, kept):
    kind = LentType(kept.dtype)

    def codegen(context, builder, sig, args):
        owned = cgutils.create_struct_proxy(kept)(context, builder, value=args[0])
        made = cgutils.create_struct_proxy(kind)(context, builder)
        made.meminfo = owned.meminfo
        return made._getvalue()

    return kind(kept), codegen


@answers(release, lambda kept: isinstance(kept, StackType))
def _release(typingctx, kept):
    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return types.none(kept), codegen
