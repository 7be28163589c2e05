"""Rows of derivatives: one for each lane, a column for each number of a gradient.

A run of an adjoint gives gradients in all lanes at once: rows of a Jacobian where cotangents
travel in lanes, and of a Hessian where tangents do.
"""

from __future__ import annotations

from functools import reduce

from llvmlite import ir
from numba.core import cgutils, types

from .._compat import populate_array
from .allocation import empty_array
from .direct import answers
from .loops import Operand, place_of
from .results import at_lanes, below, mixed_of
from .rules import Executor
from .staging import Real, pack, unpack
from .types import join

I64, F64 = ir.IntType(64), types.float64


def matrix(y, rows, columns, lvl):
    """An uninitialised matrix that holds the derivatives of a gradient."""
    raise NotImplementedError("for compiled code")


def _parts(kind):
    """The types of the numbers and arrays in a result."""
    if isinstance(kind, types.BaseTuple):
        for inner in kind.types:
            yield from _parts(inner)
    else:
        yield kind


@answers(matrix, lambda *args: True)
def matrix_of_any(typingctx, y, rows, columns, lvl):
    """A new matrix."""
    dtype = reduce(join, [below(lvl.dtype, part) for part in _parts(y)], types.float64)
    result = types.Array(dtype, 2, "C")

    def codegen(context, builder, sig, args):
        return empty_array(context, builder, result, args[1:3])._getvalue()

    return result(y, types.intp, types.intp, lvl), codegen


def put_rows(target, y, first, left, columns, lvl):
    """First derivatives in every lane, into rows of ``columns`` entries from ``first`` on.

    Of lanes beyond ``left``, which counts the rows that are left, nothing is stored.
    """
    raise NotImplementedError("for compiled code")


def put_columns(target, y, first, left, columns, lvl):
    """The same into columns: what is symmetric is stored lane beside lane."""
    raise NotImplementedError("for compiled code")


def _answer(function, across):
    """Let ``function`` store all numbers in a result, one after another."""

    @answers(function, lambda *args: True)
    def of_any(typingctx, target, y, first, left, columns, lvl):
        """The derivatives, by way of a block on the stack where not all lanes are stored."""
        level, kind = lvl.dtype, target.dtype

        def codegen(context, builder, sig, args):
            executor = Executor(context, builder)
            data = Operand(context, builder, target, args[0]).array.data
            first, left, columns = args[2:5]
            most = ir.Constant(I64, level.lanes)
            all_left = builder.icmp_signed("<=", most, left)
            lanes = builder.select(all_left, most, left)
            block = cgutils.alloca_once(builder, context.get_data_type(kind), level.lanes)

            def slot(lane, number):
                lane = builder.add(first, lane)
                row, column = (number, lane) if across else (lane, number)
                return builder.gep(data, [builder.add(builder.mul(row, columns), column)])

            def put_number(number, value, place):
                staged = mixed_of(executor, level, unpack(executor, number, value), (1,))
                if across and kind == F64 and _is_vector(staged, level):
                    with builder.if_else(all_left) as (whole, part):
                        with whole:
                            to = slot(ir.Constant(I64, 0), place)
                            pointer = builder.bitcast(to, staged.value.type.as_pointer())
                            builder.store(staged.value, pointer, align=8)
                        with part:
                            put_lanes(staged, place)
                else:
                    put_lanes(staged, place)

            def put_lanes(staged, place):
                for lane in range(level.lanes):
                    item = pack(executor, kind, at_lanes(staged, {level.depth: lane}))
                    to = builder.gep(block, [ir.Constant(I64, lane)])
                    context.pack_value(builder, kind, item, to)
                with cgutils.for_range(builder, lanes) as lane:
                    item = context.unpack_value(builder, kind, builder.gep(block, [lane.index]))
                    context.pack_value(builder, kind, item, slot(lane.index, place))

            def put_part(part, value, place):
                if isinstance(part, types.BaseTuple):
                    items = cgutils.unpack_tuple(builder, value)
                    for inner, item in zip(part.types, items, strict=True):
                        place = put_part(inner, item, place)
                    return place
                if not isinstance(part, types.Array):
                    put_number(part, value, place)
                    return builder.add(place, ir.Constant(I64, 1))
                source = Operand(context, builder, part, value)
                with cgutils.loop_nest(builder, source.shape, I64) as indices:
                    at = builder.add(place, place_of(builder, source.shape, indices))
                    put_number(part.dtype, source.load(indices), at)
                return builder.add(place, source.array.nitems)

            put_part(y, args[1], ir.Constant(I64, 0))
            return context.get_dummy_value()

        return types.none(target, y, types.intp, types.intp, types.intp, lvl), codegen


def _is_vector(staged, level) -> bool:
    """Whether a staged number is one vector with an entry for each lane."""
    return isinstance(staged, Real) and staged.axes == ((level.depth, level.lanes),)


_answer(put_rows, across=False)
_answer(put_columns, across=True)


def split(matrix, y):
    """The rows of a matrix that belong to each number or array of a result."""
    raise NotImplementedError("for compiled code")


@answers(split, lambda *args: True)
def split_by_any(typingctx, matrix, y):
    """Views of the matrix, in tuples as the result is."""

    def kind_of(part):
        if isinstance(part, types.BaseTuple):
            return types.BaseTuple.from_types([kind_of(inner) for inner in part.types])
        return matrix

    result = kind_of(y)

    def codegen(context, builder, sig, args):
        source = Operand(context, builder, matrix, args[0]).array
        _, columns = cgutils.unpack_tuple(builder, source.shape)
        row = ir.Constant(I64, 0)

        def part_of(part, value):
            nonlocal row
            if isinstance(part, types.BaseTuple):
                pairs = zip(part.types, cgutils.unpack_tuple(builder, value), strict=True)
                items = [part_of(*pair) for pair in pairs]
                return context.make_tuple(builder, kind_of(part), items)
            rows = ir.Constant(I64, 1)
            if isinstance(part, types.Array):
                rows = Operand(context, builder, part, value).array.nitems
            view = context.make_array(matrix)(context, builder)
            populate_array(
                view,
                data=builder.gep(source.data, [builder.mul(row, columns)]),
                shape=[rows, columns],
                strides=source.strides,
                itemsize=source.itemsize,
                meminfo=source.meminfo,
                parent=source.parent,
            )
            row = builder.add(row, rows)
            return view._getvalue()

        made = part_of(y, args[1])
        context.nrt.incref(builder, result, made)
        return made

    return result(matrix, y), codegen
