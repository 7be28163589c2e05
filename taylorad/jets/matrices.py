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
from .direct import Operand, answers, place_of
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
    result in lane ``p`` of the outermost and ``q`` of the innermost level with lanes.
    """
    raise NotImplementedError("for compiled code")


@answers(put, lambda target, y, *others: _is_one(y))
def put_one(typingctx, target, y, index, place, stride, rows, columns, lvl):
    """The derivatives of a number or an array, by way of a block on the stack."""
    orders = orders_of(index)
    kinds = list(lvl.dtype.ancestors())[: len(orders)]
    lanes = [kind.lanes for kind in kinds]
    width = prod(lanes[1:]) if len(lanes) > 1 else lanes[0]
    kind, single = target.dtype, not isinstance(y, types.Array)

    def codegen(context, builder, sig, args):
        place, stride, rows, columns = args[3:7]
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


@overload(mirror)
def _mirror(matrix, n, order):
    if isinstance(matrix, types.Array):
        return _mirror_matrix
    item = "mirror(matrix[{i}], n, order)"
    return each("matrix, n, order", item, len(matrix), {"mirror": mirror})


def _mirror_matrix(matrix, n, order):
    # Two neighbouring digits of a column's index in falling order: with these exchanged the
    # column comes earlier and is right already.
    for place in range(matrix.shape[1]):
        rest, stride = place // n, 1
        low = place - rest * n
        for _ in range(order - 1):
            high = rest % n
            if high > low:
                source = place - (high - low) * stride * (n - 1)
                for i in range(matrix.shape[0]):
                    matrix[i, place] = matrix[i, source]
                break
            low, rest, stride = high, rest // n, stride * n


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
    kind = types.Array(matrix.dtype, len(shape), "C") if len(shape) else matrix.dtype

    def codegen(context, builder, sig, args):
        source = Operand(context, builder, matrix, args[0])
        if not len(shape):
            return source.load([ir.Constant(I64, 0)] * matrix.ndim)
        lengths = cgutils.unpack_tuple(builder, args[1], len(shape))
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
        value = view._getvalue()
        context.nrt.incref(builder, kind, value)
        return value

    return kind(matrix, shape), codegen


def tensors(matrix, y, active, sizes):
    """Matrices of derivatives in their final form, ``out + in * order``.

    ``sizes`` holds the number of inputs once for each order.  A tuple of results or of
    differentiated arguments gives a tuple of tensors: first by result, then by argument.
    """
    raise NotImplementedError("for compiled code")


@overload(tensors)
def _tensors(matrix, y, active, sizes):
    if isinstance(y, types.BaseTuple):
        item = "tensors(matrix[{i}], y[{i}], active, sizes)"
        return each("matrix, y, active, sizes", item, len(y), {"tensors": tensors})
    if isinstance(active, types.BaseTuple):
        return lambda matrix, y, active, sizes: blocks(
            matrix, shape_of(y), active, active, 0, sizes
        )
    shape = "shape_of(y)" + " + shape_of(active)" * len(sizes)
    scope = {"reshaped": reshaped, "shape_of": shape_of}
    return eval(f"lambda matrix, y, active, sizes: reshaped(matrix, {shape})", scope)


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
