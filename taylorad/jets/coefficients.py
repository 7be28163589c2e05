"""Out of jets: coefficients and mixed derivatives of a result, number by number.

A result of lower depth than a level has not seen its perturbation and is constant there;
integers and bools count as constant floats.
"""

from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload, register_jitable

from .._compat import populate_array
from ..errors import ArgumentTypeError
from .direct import Operand, answers
from .rules import Executor
from .seeding import size
from .staging import I32, ZERO, Complex, Jet, Real, Series, pack, unpack
from .tuples import each, total
from .types import bottom, depth, join, number, vector_size


def refuse_result(kind):
    """Only numbers, arrays and tuples of them have derivatives."""
    raise ArgumentTypeError(
        f"the function returns {types.unliteral(kind)}; derivatives are defined for functions that return "
        "numbers, arrays of numbers, or tuples of these"
    )


def _coefficient(kind, value, k):
    """Staged coefficient ``k`` at a level of a result that may not have reached it."""
    if isinstance(value, Jet) and value.type.depth == kind.depth:
        return value.series[k]
    return value if k == 0 else ZERO


def _mixed(executor, kind, value, index):
    """The mixed derivative of order ``index`` (outermost level first), not normalised."""
    for order in index:
        value = _coefficient(kind, value, order)
        kind = kind.dtype
    scale = prod(factorial(order) for order in index)
    if scale > 1:
        with executor.coefficient(1):
            value = value * float(scale)
    return value


def _below(kind, result, levels=1):
    """The type of the coefficients of a result below so many levels."""
    below = result.dtype if isinstance(result, types.Array) else result
    below = number(below)
    if below is None:
        return refuse_result(result)
    for _ in range(levels):
        if depth(below) == kind.depth:
            below = below.dtype
        kind = kind.dtype
    return join(below, bottom(kind))


def _dummy(context, builder, sig, args):
    return context.get_dummy_value()


@intrinsic(prefer_literal=True)
def coefficient_dtype(typingctx, y, levels, lvl):
    """The dtype of arrays for the coefficients of a result below so many levels."""
    below = types.DType(_below(lvl.dtype, y, levels.literal_value))
    return below(y, levels, lvl), _dummy


# -- the coefficients of one level -----------------------------------------------------


@intrinsic
def store_series(typingctx, out, i, y, lvl):
    """``out[k, i] = y_k`` for all k; ``out`` is a C-contiguous matrix."""
    kind = lvl.dtype

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        matrix = context.make_array(sig.args[0])(context, builder, args[0])
        _, columns = cgutils.unpack_tuple(builder, matrix.shape)
        value = unpack(executor, sig.args[2], args[2])
        _store(executor, kind, value, sig.args[0].dtype, matrix.data, args[1], columns)
        return context.get_dummy_value()

    return types.none(out, types.intp, y, lvl), codegen


def _store(executor, kind, value, dtype, data, place, step):
    """The coefficients of a staged number to ``data[place]``, ``data[place + step]``, ..."""
    context, builder = executor.context, executor.builder
    for k in range(kind.order + 1):
        item = pack(executor, dtype, _coefficient(kind, value, k))
        context.pack_value(builder, dtype, item, builder.gep(data, [place]))
        place = builder.add(place, step)


def series(y, lvl):
    """All coefficients of a result: shape ``(order+1,) + out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


@answers(series, lambda y, lvl: number(y) is not None)
def series_of_number(typingctx, y, lvl):
    """A new array of the coefficients; its size is known, so its memory is taken directly."""
    kind, result = lvl.dtype, types.Array(_below(lvl.dtype, y), 1, "C")

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        value = unpack(executor, sig.args[0], args[0])
        layout, intp = context.get_data_type(result.dtype), context.get_value_type(types.intp)
        rows, size = kind.order + 1, context.get_abi_sizeof(layout)
        meminfo = context.nrt.meminfo_alloc_aligned(builder, ir.Constant(intp, rows * size), 32)
        data = context.nrt.meminfo_data(builder, meminfo)
        data = builder.bitcast(data, layout.as_pointer())
        zero, one = ir.Constant(intp, 0), ir.Constant(intp, 1)
        _store(executor, kind, value, result.dtype, data, zero, one)
        array = context.make_array(result)(context, builder)
        shape, strides = [ir.Constant(intp, rows)], [ir.Constant(intp, size)]
        populate_array(array, data, shape, strides, ir.Constant(intp, size), meminfo)
        return array._getvalue()

    return result(y, lvl), codegen


@overload(series)
def _series(y, lvl):
    rows = lvl.dtype.order + 1
    if isinstance(y, types.Array):

        def impl(y, lvl):
            out = np.empty((rows,) + y.shape, coefficient_dtype(y, 1, lvl))
            matrix, flat = out.reshape((rows, y.size)), np.ravel(y)
            for i in range(y.size):
                store_series(matrix, i, flat[i], lvl)
            return out

        return impl
    if isinstance(y, types.BaseTuple):
        return each("y, lvl", "series(y[{i}], lvl)", len(y), {"series": series})
    return refuse_result(y)


# -- derivatives across levels -----------------------------------------------------------


def orders_of(index) -> tuple[int, ...]:
    """The derivative orders that a literal such as ``"1 2"`` stands for, outermost level first."""
    return tuple(int(order) for order in index.literal_value.split())


def mixed(y, index, lvl):
    """A mixed derivative of a result, of shape ``out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


@intrinsic(prefer_literal=True)
@answers(mixed, lambda y, index, lvl: number(y) is not None)
def mixed_number(typingctx, y, index, lvl):
    """A mixed derivative of a number at levels of one lane."""
    kind, orders = lvl.dtype, orders_of(index)
    below = _below(kind, y, len(orders))

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        value = _mixed(executor, kind, unpack(executor, sig.args[0], args[0]), orders)
        return pack(executor, below, value)

    return below(y, index, lvl), codegen


@overload(mixed, prefer_literal=True)
def _mixed_result(y, index, lvl):
    text = index.literal_value
    levels = len(orders_of(index))
    if isinstance(y, types.Array):

        def impl(y, index, lvl):
            out = np.empty(y.shape, coefficient_dtype(y, levels, lvl))
            source, target = np.ravel(y), np.ravel(out)
            for i in range(y.size):
                target[i] = mixed_number(source[i], text, lvl)
            return out

        return impl
    if isinstance(y, types.BaseTuple):
        item = f"mixed(y[{{i}}], {text!r}, lvl)"
        return each("y, index, lvl", item, len(y), {"mixed": mixed})
    return refuse_result(y)


# -- many lanes ------------------------------------------------------------------------


def _at_lanes(value, chosen):
    """The part of a staged number in the chosen lane ``{depth: lane}`` of some lane axes."""
    if isinstance(value, Complex):
        return Complex(_at_lanes(value.re, chosen), _at_lanes(value.im, chosen))
    if isinstance(value, Jet):
        items = [_at_lanes(value.series[k], chosen) for k in range(value.type.order + 1)]
        return Jet(value.emitter, value.type, Series(value.emitter, items))
    if not isinstance(value, Real) or not any(d in chosen for d, _ in value.axes):
        return value
    kept = tuple(axis for axis in value.axes if axis[0] not in chosen)
    places = [
        sum(
            lane * vector_size(value.axes[j + 1 :])
            for j, lane in enumerate(choice)
        )
        for choice in product(
            *([chosen[d]] if d in chosen else range(count) for d, count in value.axes)
        )
    ]
    builder, vector = value.emitter.builder, value.value
    if not kept:
        return Real(value.emitter, builder.extract_element(vector, ir.Constant(I32, places[0])))
    mask = ir.Constant(ir.VectorType(I32, len(places)), places)
    return Real(value.emitter, builder.shuffle_vector(vector, vector, mask), kept)


@intrinsic(prefer_literal=True)
def store_lanes(typingctx, block, y, index, lvl):
    """The mixed derivatives of a number in all lanes, outermost level first."""
    orders = orders_of(index)
    kinds = list(lvl.dtype.ancestors())[: len(orders)]

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        array = context.make_array(sig.args[0])(context, builder, args[0])
        value = unpack(executor, sig.args[1], args[1])
        value = _mixed(executor, kinds[0], value, orders)
        for place, choice in enumerate(product(*(range(k.lanes) for k in kinds))):
            lanes = {k.depth: lane for k, lane in zip(kinds, choice, strict=True)}
            item = pack(executor, block.dtype, _at_lanes(value, lanes))
            pointer = builder.gep(array.data, [ir.Constant(ir.IntType(64), place)])
            context.pack_value(builder, block.dtype, item, pointer)
        return context.get_dummy_value()

    return types.none(block, y, index, lvl), codegen


@register_jitable
def _copy_block(block, row, place, stride, rows, columns):
    for p in range(rows):
        for q in range(columns):
            row[place + p * stride + q] = block[p, q]


def put(target, y, index, place, stride, rows, columns, lvl):
    """Mixed derivatives of a result, in all lanes, into rows of matrices made by `empty`.

    ``target[i, place + p stride + q]`` becomes the derivative of number ``i`` of the
    result in lane ``p`` of the outermost and ``q`` of the innermost level with lanes.
    """
    raise NotImplementedError("for compiled code")


@overload(put, prefer_literal=True)
def _put(target, y, index, place, stride, rows, columns, lvl):
    text, orders = index.literal_value, orders_of(index)
    lanes = [k.lanes for k in list(lvl.dtype.ancestors())[: len(orders)]]
    shape = (lanes[0], prod(lanes[1:])) if len(lanes) > 1 else (1, lanes[0])
    if number(y) is not None:

        def impl(target, y, index, place, stride, rows, columns, lvl):
            block = np.empty(shape, target.dtype)
            store_lanes(block, y, text, lvl)
            _copy_block(block, target[0], place, stride, rows, columns)

        return impl
    if isinstance(y, types.Array):

        def impl(target, y, index, place, stride, rows, columns, lvl):
            block, flat = np.empty(shape, target.dtype), np.ravel(y)
            for i in range(y.size):
                store_lanes(block, flat[i], text, lvl)
                _copy_block(block, target[i], place, stride, rows, columns)

        return impl
    if isinstance(y, types.BaseTuple):
        item = f"put(target[{{i}}], y[{{i}}], {text!r}, place, stride, rows, columns, lvl)"
        parameters = "target, y, index, place, stride, rows, columns, lvl"
        return each(parameters, item, len(y), {"put": put})
    return refuse_result(y)


def empty(y, columns, levels, lvl):
    """An uninitialised matrix of derivatives: a row for each number of the result."""
    raise NotImplementedError("for compiled code")


@overload(empty, prefer_literal=True)
def _empty(y, columns, levels, lvl):
    count = levels.literal_value
    if number(y) is not None:
        return lambda y, columns, levels, lvl: np.empty(
            (1, columns), coefficient_dtype(y, count, lvl)
        )
    if isinstance(y, types.Array):
        return lambda y, columns, levels, lvl: np.empty(
            (y.size, columns), coefficient_dtype(y, count, lvl)
        )
    if isinstance(y, types.BaseTuple):
        item = f"empty(y[{{i}}], columns, {count}, lvl)"
        return each("y, columns, levels, lvl", item, len(y), {"empty": empty})
    return refuse_result(y)


@register_jitable
def _mirror_matrix(matrix, n, order):
    digits = np.empty(order, np.int64)
    for place in range(matrix.shape[1]):
        rest = place
        for j in range(order):  # inserted in order: np.sort takes Numba a second to compile
            digit = rest % n
            rest //= n
            i = j
            while i > 0 and digits[i - 1] > digit:
                digits[i] = digits[i - 1]
                i -= 1
            digits[i] = digit
        source = 0
        for j in range(order):
            source = source * n + digits[j]
        if source != place:
            for i in range(matrix.shape[0]):
                matrix[i, place] = matrix[i, source]


def mirror(matrix, n, order):
    """Make tensors of order ``order`` in ``n`` inputs symmetric, given sorted indices only."""
    raise NotImplementedError("for compiled code")


@overload(mirror)
def _mirror(matrix, n, order):
    if isinstance(matrix, types.Array):
        return lambda matrix, n, order: _mirror_matrix(matrix, n, order)
    return each("matrix, n, order", "mirror(matrix[{i}], n, order)", len(matrix), {"mirror": mirror})


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


@overload(reshaped)
def _reshaped(matrix, shape):
    if len(shape) == 0:
        return lambda matrix, shape: matrix[0, 0]
    return lambda matrix, shape: matrix.reshape(shape)


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
        items = "".join(
            f"blocks(matrix, shape, part[{i}], active, first + {total('size(part[{i}])', i)}, sizes), "
            for i in range(len(part))
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
