"""Matrices of derivatives: a row for each number of the result, a column for each direction.

Drivers of Jacobians, Hessians and tensors fill them block by block and then give them
their final shape, ``out + in * order``.
"""

from __future__ import annotations

from functools import reduce
from itertools import product
from math import prod
from typing import NamedTuple

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import overload

from .._compat import populate_array
from .allocation import empty_array
from .direct import answers
from .loops import Operand, place_of
from .results import at_lanes, below, mixed_of, orders_of, refuse_result
from .rules import Executor
from .staging import pack, unpack
from .tuples import itemwise
from .types import number

I64 = ir.IntType(64)


def _has_derivatives(y) -> bool:
    """Whether a result consists of numbers and arrays of them: nothing is to be refused."""
    if isinstance(y, types.BaseTuple):
        return all(map(_has_derivatives, y.types))
    return number(y.dtype if isinstance(y, types.Array) else y) is not None


def empty(y, columns, levels, lvl):
    """An uninitialised matrix of derivatives: a row for each number of the result."""
    raise NotImplementedError("for compiled code")


def _empty_of_one(typingctx, y, columns, levels, lvl):
    """The matrix for a number or an array."""
    result = types.Array(below(lvl.dtype, y, levels.literal_value), 2, "C")

    def codegen(context, builder, sig, args):
        rows = ir.Constant(I64, 1)
        if isinstance(y, types.Array):
            rows = Operand(context, builder, y, args[0]).array.nitems
        return empty_array(context, builder, result, [rows, args[1]])._getvalue()

    return result(y, types.intp, levels, lvl), codegen


answers(empty, lambda y, *others: _has_derivatives(y))(itemwise(_empty_of_one, 1))


@overload(empty)
def _empty(y, columns, levels, lvl):
    while isinstance(y, types.BaseTuple):
        y = next(kind for kind in y.types if not _has_derivatives(kind))
    return refuse_result(y)


def put(target, y, index, place, stride, rows, columns, lvl):
    """Mixed derivatives of a result, in all lanes, into rows of matrices made by `empty`.

    ``target[i, place + p stride + q]`` becomes the derivative of number ``i`` of the
    result in lane ``p`` of the outer levels and ``q`` of the innermost.  Of lanes beyond
    ``rows`` and ``columns``, which count the inputs that are left, nothing is stored.
    """
    raise NotImplementedError("for compiled code")


def _put_one(typingctx, target, y, index, place, stride, rows, columns, lvl):
    """The derivatives of a number or an array, by way of a block on the stack."""
    orders = orders_of(index)
    kinds = list(lvl.dtype.ancestors())[: len(orders)]
    lanes = [kind.lanes if order else 1 for kind, order in zip(kinds, orders, strict=True)]
    height, width = prod(lanes[:-1]), lanes[-1]
    kind, single = target.dtype, not isinstance(y, types.Array)

    def codegen(context, builder, sig, args):
        place, stride = args[3:5]
        rows, columns = (
            _least(builder, ir.Constant(I64, most), left)
            for most, left in zip((height, width), args[5:7], strict=True)
        )
        executor = Executor(context, builder)
        matrix = Operand(context, builder, target, args[0])
        block = cgutils.alloca_once(builder, context.get_data_type(kind), prod(lanes))

        def slot(number):
            return builder.gep(block, [number])

        def put_number(row, value):
            staged = unpack(executor, y if single else y.dtype, value)
            staged = mixed_of(executor, kinds[0], staged, orders)
            for i, choice in enumerate(product(*map(range, lanes))):
                chosen = {k.depth: lane for k, lane in zip(kinds, choice, strict=True)}
                item = pack(executor, kind, at_lanes(staged, chosen))
                context.pack_value(builder, kind, item, slot(ir.Constant(I64, i)))
            with cgutils.loop_nest(builder, (rows, columns), I64) as (p, q):
                source = slot(builder.add(builder.mul(p, ir.Constant(I64, width)), q))
                column = builder.add(builder.add(place, builder.mul(p, stride)), q)
                matrix.store(context.unpack_value(builder, kind, source), (row, column))

        if single:
            put_number(ir.Constant(I64, 0), args[1])
        else:
            result = Operand(context, builder, y, args[1])
            with cgutils.loop_nest(builder, result.shape, I64) as indices:
                put_number(place_of(builder, result.shape, indices), result.load(indices))
        return context.get_dummy_value()

    return types.none(target, y, index, *[types.intp] * 4, lvl), codegen


def _least(builder, a, b):
    return builder.select(builder.icmp_signed("<", a, b), a, b)


answers(put, lambda *args: True)(itemwise(_put_one, 2))


def mirror(matrix, n, order):
    """Make tensors of order ``order`` in ``n`` inputs symmetric, given sorted indices only."""
    raise NotImplementedError("for compiled code")


def _mirror_matrix(typingctx, matrix, n, order):
    """Copies from earlier columns, which are right already.

    A column that is not given has two neighbouring indices in falling order: with the last
    such pair exchanged it comes earlier.
    """
    levels = order.literal_value

    def pairs(context, builder, sig, args):
        target = Operand(context, builder, matrix, args[0])
        with (
            cgutils.for_range(builder, target.shape[0]) as row,
            cgutils.for_range(builder, args[1]) as i,
            cgutils.for_range(builder, i.index) as j,
        ):
            upper = builder.add(builder.mul(j.index, args[1]), i.index)
            lower = builder.add(builder.mul(i.index, args[1]), j.index)
            target.store(target.load((row.index, upper)), (row.index, lower))
        return context.get_dummy_value()

    def codegen(context, builder, sig, args):
        target = Operand(context, builder, matrix, args[0])
        one = ir.Constant(I64, 1)
        powers = [one]
        for _ in range(levels - 1):
            powers.insert(0, builder.mul(powers[0], args[1]))
        with cgutils.loop_nest(builder, [args[1]] * levels, I64) as indices:
            column = ir.Constant(I64, 0)
            for index, power in zip(indices, powers, strict=True):
                column = builder.add(column, builder.mul(index, power))
            source = column
            for j in range(1, levels):
                high, low = indices[j - 1], indices[j]
                step = builder.mul(builder.sub(high, low), builder.sub(powers[j - 1], powers[j]))
                falls = builder.icmp_signed(">", high, low)
                source = builder.select(falls, builder.sub(column, step), source)
            missing = builder.icmp_signed("!=", source, column)
            rows = builder.select(missing, target.shape[0], ir.Constant(I64, 0))
            with cgutils.for_range(builder, rows) as row:
                target.store(target.load((row.index, source)), (row.index, column))
        return context.get_dummy_value()

    return types.none(matrix, types.intp, order), pairs if levels == 2 else codegen


answers(mirror, lambda *args: True)(itemwise(_mirror_matrix, 1))


# -- shapes ----------------------------------------------------------------------------


def tensors(matrix, y, active, sizes):
    """Matrices of derivatives in their final form, ``out + in * order``.

    ``sizes`` holds the number of inputs once for each order.  A tuple of results or of
    differentiated arguments gives a tuple of tensors: first by result, then by argument.
    """
    raise NotImplementedError("for compiled code")


@answers(tensors, lambda matrix, y, active, sizes: True)
def tensors_of_any(typingctx, matrix, y, active, sizes):
    """All columns under one shape, or copies of those of each differentiated argument."""
    result = _tensors_type(matrix, y, active, len(sizes))

    def codegen(context, builder, sig, args):
        inputs = _leaves(context, builder, active, args[2])

        def of_result(matrix, y, result, made, value):
            if not isinstance(y, types.BaseTuple):
                source = Operand(context, builder, matrix, made)
                return by_argument(source, _shape(context, builder, y, value), [], result)
            columns = (cgutils.unpack_tuple(builder, v) for v in (made, value))
            items = zip(matrix.types, y.types, result.types, *columns, strict=True)
            return context.make_tuple(builder, result, [of_result(*item) for item in items])

        def by_argument(source, out, chosen, result):
            if len(chosen) == len(sizes):
                return tensor(source, out, chosen, result)
            return by_part(source, out, chosen, result, inputs)

        def by_part(source, out, chosen, result, part):
            if not isinstance(part, list):
                return by_argument(source, out, [*chosen, part], result)
            parts = zip(result.types, part, strict=True)
            items = [by_part(source, out, chosen, kind, item) for kind, item in parts]
            return context.make_tuple(builder, result, items)

        def tensor(source, out, chosen, result):
            shape = sum((part.shape for part in chosen), out)
            if not isinstance(active, types.BaseTuple):
                return _reshape(context, builder, source, result, shape)
            counts = [source.shape[0], *(part.size for part in chosen)]
            n = cgutils.unpack_tuple(builder, args[3])[0] if chosen else None

            def column(places):
                flat = ir.Constant(I64, 0)
                for part, place in zip(chosen, places, strict=True):
                    flat = builder.add(builder.mul(flat, n), builder.add(part.first, place))
                return flat

            if not shape:
                zero = ir.Constant(I64, 0)
                return source.load((zero, column([zero] * len(chosen))))
            target = empty_array(context, builder, result, shape)
            with cgutils.loop_nest(builder, counts, I64) as (row, *places):
                item = source.load((row, column(places)))
                place = place_of(builder, counts, (row, *places))
                context.pack_value(builder, result.dtype, item, builder.gep(target.data, [place]))
            return target._getvalue()

        return of_result(matrix, y, result, args[0], args[1])

    return result(matrix, y, active, sizes), codegen


def _tensors_type(matrix, y, active, order):
    if isinstance(y, types.BaseTuple):
        items = zip(matrix.types, y.types, strict=True)
        return types.BaseTuple.from_types([_tensors_type(m, t, active, order) for m, t in items])

    def by_argument(rank, order):
        if order == 0:
            return types.Array(matrix.dtype, rank, "C") if rank else matrix.dtype
        return by_part(rank, order, active)

    def by_part(rank, order, part):
        if isinstance(part, types.BaseTuple):
            return types.BaseTuple.from_types([by_part(rank, order, t) for t in part.types])
        return by_argument(rank + _rank(part), order - 1)

    return by_argument(_rank(y), order)


class _Leaf(NamedTuple):
    """A number or an array among the differentiated arguments."""

    first: ir.Value  #: its first column
    shape: list
    size: ir.Value


def _leaves(context, builder, active, value):
    """The `_Leaf` of an argument; of a tuple, nested lists of them."""
    first = ir.Constant(I64, 0)

    def visit(kind, value):
        nonlocal first
        if isinstance(kind, types.BaseTuple):
            items = zip(kind.types, cgutils.unpack_tuple(builder, value), strict=True)
            return [visit(*item) for item in items]
        shape = _shape(context, builder, kind, value)
        leaf = _Leaf(first, shape, reduce(builder.mul, shape, ir.Constant(I64, 1)))
        first = builder.add(first, leaf.size)
        return leaf

    return visit(active, value)


def _rank(kind) -> int:
    return kind.ndim if isinstance(kind, types.Array) else 0


def _shape(context, builder, kind, value) -> list:
    return list(Operand(context, builder, kind, value).shape) if _rank(kind) else []


def _reshape(context, builder, source: Operand, kind, lengths):
    """The same memory under another shape; its number where the shape is ``()``."""
    if not lengths:
        return source.load([ir.Constant(I64, 0)] * 2)
    strides = [source.array.itemsize]
    for length in reversed(lengths[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    view = context.make_array(kind)(context, builder)
    populate_array(
        view,
        data=source.array.data,
        shape=lengths,
        strides=strides,
        itemsize=source.array.itemsize,
        meminfo=source.array.meminfo,
        parent=source.array.parent,
    )
    context.nrt.incref(builder, kind, view._getvalue())
    return view._getvalue()
