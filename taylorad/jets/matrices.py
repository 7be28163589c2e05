"""Matrices of derivatives: a row for each number of the result, a column for each direction.

Drivers of Jacobians, Hessians and tensors fill them block by block and then give them
their final shape, ``out + in * order``.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import overload

from .._compat import empty_array, populate_array
from .direct import answers
from .loops import Operand, place_of
from .results import at_lanes, below, mixed_of, orders_of, refuse_result
from .rules import Executor
from .seeding import size
from .staging import pack, unpack
from .tuples import each, total
from .types import number

I64 = ir.IntType(64)


def _is_one(y) -> bool:
    """Whether a result is a number or an array: not a tuple, and nothing to refuse."""
    return number(y.dtype if isinstance(y, types.Array) else y) is not None


def empty(y, columns, levels, lvl):
    """An uninitialised matrix of derivatives: a row for each number of the result."""
    raise NotImplementedError("for compiled code")


@answers(empty, lambda y, columns, levels, lvl: _is_one(y))
def empty_of_one(typingctx, y, columns, levels, lvl):
    """The matrix for a number or an array."""
    result = types.Array(below(lvl.dtype, y, levels.literal_value), 2, "C")

    def codegen(context, builder, sig, args):
        rows = ir.Constant(I64, 1)
        if isinstance(y, types.Array):
            rows = Operand(context, builder, y, args[0]).array.nitems
        return empty_array(context, builder, result, [rows, args[1]])._getvalue()

    return result(y, types.intp, levels, lvl), codegen


@overload(empty, prefer_literal=True)
def _empty(y, columns, levels, lvl):
    if _is_one(y):
        return None
    if isinstance(y, types.BaseTuple):
        item = f"empty(y[{{i}}], columns, {levels.literal_value}, lvl)"
        return each("y, columns, levels, lvl", item, len(y), {"empty": empty})
    return refuse_result(y)


def put(target, y, index, place, stride, rows, columns, lvl):
    """Mixed derivatives of a result, in all lanes, into rows of matrices made by `empty`.

    ``target[i, place + p stride + q]`` becomes the derivative of number ``i`` of the
    result in lane ``p`` of the outer levels and ``q`` of the innermost.  Of lanes beyond
    ``rows`` and ``columns``, which count the inputs that are left, nothing is stored.
    """
    raise NotImplementedError("for compiled code")


@answers(put, lambda target, y, *others: _is_one(y))
def put_one(typingctx, target, y, index, place, stride, rows, columns, lvl):
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


@overload(put, prefer_literal=True)
def _put(target, y, index, place, stride, rows, columns, lvl):
    if isinstance(y, types.BaseTuple):
        item = f"put(target[{{i}}], y[{{i}}], {index.literal_value!r}, "
        item += "place, stride, rows, columns, lvl)"
        parameters = "target, y, index, place, stride, rows, columns, lvl"
        return each(parameters, item, len(y), {"put": put})


def mirror(matrix, n, order):
    """Make tensors of order ``order`` in ``n`` inputs symmetric, given sorted indices only."""
    raise NotImplementedError("for compiled code")


@answers(mirror, lambda matrix, n, order: isinstance(matrix, types.Array))
def mirror_matrix(typingctx, matrix, n, order):
    """Copies from earlier columns, which are right already.

    A column that is not given has two neighbouring indices in falling order: with the last
    such pair exchanged it comes earlier.
    """
    levels = order.literal_value

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

    return types.none(matrix, types.intp, order), codegen


@overload(mirror, prefer_literal=True)
def _mirror(matrix, n, order):
    item = f"mirror(matrix[{{i}}], n, {order.literal_value})"
    return each("matrix, n, order", item, len(matrix), {"mirror": mirror})


# -- shapes ----------------------------------------------------------------------------


def shape_of(x):
    """The shape of an array; of a number ``()``."""
    raise NotImplementedError("for compiled code")


@answers(shape_of, lambda x: True)
def shape_of_one(typingctx, x):
    """The shape as a tuple."""
    rank = x.ndim if isinstance(x, types.Array) else 0
    result = types.UniTuple(types.intp, rank) if rank else types.Tuple(())

    def codegen(context, builder, sig, args):
        lengths = Operand(context, builder, x, args[0]).shape if rank else []
        return context.make_tuple(builder, result, lengths)

    return result(x), codegen


def reshaped(matrix, shape):
    """The matrix as an array; as a number where the shape is ``()``."""
    raise NotImplementedError("for compiled code")


@answers(reshaped, lambda matrix, shape: matrix.layout == "C")
def reshaped_matrix(typingctx, matrix, shape):
    """The same memory under another shape of the same size."""
    kind = _reshaped_type(matrix, len(shape))

    def codegen(context, builder, sig, args):
        lengths = cgutils.unpack_tuple(builder, args[1], len(shape))
        return _reshape(context, builder, matrix, args[0], lengths)

    return kind(matrix, shape), codegen


def _reshaped_type(matrix, rank):
    return types.Array(matrix.dtype, rank, "C") if rank else matrix.dtype


def _reshape(context, builder, matrix, value, lengths):
    source = Operand(context, builder, matrix, value)
    if not lengths:
        return source.load([ir.Constant(I64, 0)] * matrix.ndim)
    strides = [source.array.itemsize]
    for length in reversed(lengths[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    kind = _reshaped_type(matrix, len(lengths))
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


def tensors(matrix, y, active, sizes):
    """Matrices of derivatives in their final form, ``out + in * order``.

    ``sizes`` holds the number of inputs once for each order.  A tuple of results or of
    differentiated arguments gives a tuple of tensors: first by result, then by argument.
    """
    raise NotImplementedError("for compiled code")


def _is_array_by_one(matrix, y, active, sizes):
    return _is_one(y) and not isinstance(active, types.BaseTuple)


@answers(tensors, _is_array_by_one)
def tensors_of_one(typingctx, matrix, y, active, sizes):
    """All columns under one shape."""
    ranks = [kind.ndim if isinstance(kind, types.Array) else 0 for kind in (y, active)]
    kind = _reshaped_type(matrix, ranks[0] + ranks[1] * len(sizes))

    def codegen(context, builder, sig, args):
        parts = zip((y, active), args[1:3], ranks, strict=True)
        out, into = ([*Operand(context, builder, t, v).shape] if r else [] for t, v, r in parts)
        return _reshape(context, builder, matrix, args[0], out + into * len(sizes))

    return kind(matrix, y, active, sizes), codegen


@overload(tensors)
def _tensors(matrix, y, active, sizes):
    if isinstance(y, types.BaseTuple):
        item = "tensors(matrix[{i}], y[{i}], active, sizes)"
        return each("matrix, y, active, sizes", item, len(y), {"tensors": tensors})
    if _is_one(y):
        return lambda matrix, y, active, sizes: blocks(
            matrix, shape_of(y), active, active, 0, sizes
        )


def blocks(matrix, shape, part, active, first, sizes):
    """The columns of one differentiated argument, ``part``, and in these of each argument."""
    raise NotImplementedError("for compiled code")


@overload(blocks)
def _blocks(matrix, shape, part, active, first, sizes):
    if len(sizes) == 0:
        return lambda matrix, shape, part, active, first, sizes: reshaped(matrix, shape)
    if isinstance(part, types.BaseTuple):
        starts = [total("size(part[{i}])", i) for i in range(len(part))]
        items = "".join(
            f"blocks(matrix, shape, part[{i}], active, first + {start}, sizes), "
            for i, start in enumerate(starts)
        )
        text = f"lambda matrix, shape, part, active, first, sizes: ({items})"
        return eval(text, {"blocks": blocks, "size": size})

    inner = " * ".join(f"sizes[{j}]" for j in range(1, len(sizes))) or "1"
    scope = {"np": np, "blocks": blocks, "size": size, "shape_of": shape_of}
    text = f"""
def impl(matrix, shape, part, active, first, sizes):
    columns = matrix[:, first * {inner} : (first + size(part)) * {inner}]
    rows = np.ascontiguousarray(columns).reshape((matrix.shape[0] * size(part), {inner}))
    return blocks(rows, shape + shape_of(part), active, active, 0, sizes[1:])
"""
    exec(text, scope)
    return scope["impl"]
