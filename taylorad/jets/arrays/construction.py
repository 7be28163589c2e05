"""Arrays made of jets: ``np.array`` of lists and tuples, ``astype``, ``linspace``."""

from __future__ import annotations

import numpy as np
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from ..loops import emit
from ..types import JetType, depth, number
from .elements import FIRST, is_jets, item_type, joint_dtype
from .stores import number_inside


def _floating(dtype) -> bool:
    """Whether a requested dtype is none or one that jets take the place of."""
    if dtype is None or isinstance(dtype, types.NoneType | types.Omitted):
        return True
    kind = getattr(dtype, "dtype", getattr(dtype, "instance_type", None))
    return isinstance(kind, types.Float | types.Complex | JetType)


# -- np.array ------------------------------------------------------------------------


@intrinsic
def _store_items(typingctx, out, items):
    """Store a tuple of numbers into a contiguous row, each converted."""

    def codegen(context, builder, sig, args):
        row = context.make_array(sig.args[0])(context, builder, args[0])
        stride = cgutils.unpack_tuple(builder, row.strides)[0]
        pointer = row.data
        for i, kind in enumerate(sig.args[1].types):
            item = builder.extract_value(args[1], i)
            item = context.cast(builder, item, kind, sig.args[0].dtype)
            context.pack_value(builder, sig.args[0].dtype, item, pointer)
            pointer = cgutils.pointer_add(builder, pointer, stride)
        return context.get_dummy_value()

    return types.none(out, items), codegen


def fill(out, items):
    """Store nested lists and tuples of numbers into an array of their shape."""
    raise NotImplementedError("for compiled code")


@overload(fill)
def _fill(out, items):
    if isinstance(items, types.BaseTuple) and all(number(k) for k in items.types):
        return lambda out, items: _store_items(out, items)
    if isinstance(items, types.BaseTuple):
        return _fill_from_tuple if len(items) > 1 else _fill_last
    if number(items.dtype) is not None:

        def impl(out, items):
            if len(items) != len(out):
                raise ValueError("the rows of a nested list differ in length")
            for i in range(len(items)):
                out[i] = items[i]

        return impl

    def impl(out, items):
        if len(items) != len(out):
            raise ValueError("the rows of a nested list differ in length")
        for i in range(len(items)):
            fill(out[i], items[i])

    return impl


def _fill_from_tuple(out, items):
    fill(out[0], items[0])
    fill(out[1:], items[1:])


def _fill_last(out, items):
    fill(out[0], items[0])


def shape_of(items):
    """The shape of nested lists and tuples, by their first items."""
    raise NotImplementedError("for compiled code")


@overload(shape_of)
def _shape_of(items):
    inner = items.types[0] if isinstance(items, types.BaseTuple) else items.dtype
    if number(inner) is not None:
        return lambda items: (len(items),)

    def impl(items):
        return (len(items),) + shape_of(items[0])  # noqa: RUF005 (Numba)

    return impl


@overload(np.array, **FIRST)
def _array(object, dtype=None):
    if not isinstance(object, types.List | types.BaseTuple) or not _floating(dtype):
        return None
    if _contains_arrays(object) or not isinstance(item_type(object), JetType):
        return None

    def impl(object, dtype=None):
        out = np.empty(shape_of(object), joint_dtype(object, 0.0))
        fill(out, object)
        return out

    return impl


def _contains_arrays(kind) -> bool:
    if isinstance(kind, types.BaseTuple):
        return any(map(_contains_arrays, kind.types))
    return isinstance(kind, types.Array) or (
        isinstance(kind, types.List) and _contains_arrays(kind.dtype)
    )


@overload(np.asarray, **FIRST)
def _asarray(a, dtype=None):
    if is_jets(a) and _floating(dtype):
        return lambda a, dtype=None: a
    if isinstance(a, types.List | types.BaseTuple) and isinstance(item_type(a), JetType):
        return lambda a, dtype=None: np.array(a)
    return None


def astype(a, dtype):
    """``a.astype(dtype)``: jets stay jets, whatever floating type is asked for."""
    raise NotImplementedError("for compiled code")


@overload(astype, **FIRST)
def _astype(a, dtype):
    if not _floating(dtype):
        return None
    kind = getattr(dtype, "dtype", getattr(dtype, "instance_type", None))
    if isinstance(kind, JetType) and depth(kind) > depth(number(a.dtype)):
        return lambda a, dtype: converted(a, dtype)
    if isinstance(kind, types.Complex):
        return lambda a, dtype: converted(a, joint_dtype(a, 0j))
    return lambda a, dtype: a.copy()


@intrinsic
def converted(typingctx, a, dtype):
    """A new array with the items of ``a`` as numbers of ``dtype``."""
    kind = a.dtype
    result = types.Array(dtype.dtype, a.ndim, "F" if a.layout == "F" else "C")

    def codegen(context, builder, sig, args):
        return emit(context, builder, result, (a,), args[:1], lambda values: (values[0], kind))

    return result(a, dtype), codegen


@overload(np.linspace, **FIRST)
def _linspace(start, stop, num=50):
    if number(start) is None or number(stop) is None:
        return None
    if not any(isinstance(number_inside(k), JetType) for k in (start, stop)):
        return None

    def impl(start, stop, num=50):
        out = np.empty(num, joint_dtype(start, stop))
        if num == 0:
            return out
        if num == 1:
            out[0] = start
            return out
        step = (stop - start) / float(num - 1)
        for i in range(num):
            out[i] = start + i * step
        out[num - 1] = stop
        return out

    return impl
