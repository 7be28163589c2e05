"""Out of jets: what generated drivers call on the result of the user's function."""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import overload

from .._compat import populate_array
from .allocation import empty_array
from .direct import answers, is_array_of_numbers
from .loops import Operand, filling, place_of
from .matrices import empty, mirror, put, tensors
from .results import below, coefficient_of, mixed_of, orders_of, part_of, refuse_result
from .rows import matrix, put_columns, put_rows, split
from .rules import Executor
from .staging import pack, unpack
from .tuples import each
from .types import number

__all__ = [
    "coefficient", "empty", "matrix", "mirror", "mixed", "put", "put_columns", "put_rows",
    "series", "split", "tensors",
]  # fmt: skip

I64 = ir.IntType(64)


# -- the coefficients of one level -----------------------------------------------------


def series(y, lvl):
    """All coefficients of a result: shape ``(order+1,) + out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


def _store(executor, kind, value, dtype, data, place, step):
    """The coefficients of a staged number to ``data[place]``, ``data[place + step]``, ..."""
    context, builder = executor.context, executor.builder
    for k in range(kind.order + 1):
        item = pack(executor, dtype, coefficient_of(kind, value, k))
        context.pack_value(builder, dtype, item, builder.gep(data, [place]))
        place = builder.add(place, step)


@answers(series, lambda y, lvl: number(y) is not None)
def series_of_number(typingctx, y, lvl):
    """A new array of the coefficients; its size is known, so its memory is taken directly."""
    kind, result = lvl.dtype, types.Array(below(lvl.dtype, y), 1, "C")

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        value = unpack(executor, y, args[0])
        layout, rows = context.get_data_type(result.dtype), kind.order + 1
        size = context.get_abi_sizeof(layout)
        meminfo = context.nrt.meminfo_alloc_aligned(builder, ir.Constant(I64, rows * size), 32)
        data = context.nrt.meminfo_data(builder, meminfo)
        data = builder.bitcast(data, layout.as_pointer())
        _store(executor, kind, value, result.dtype, data, ir.Constant(I64, 0), ir.Constant(I64, 1))
        array = context.make_array(result)(context, builder)
        shape, strides = [ir.Constant(I64, rows)], [ir.Constant(I64, size)]
        populate_array(array, data, shape, strides, ir.Constant(I64, size), meminfo)
        return array._getvalue()

    return result(y, lvl), codegen


@answers(series, lambda y, lvl: is_array_of_numbers(y))
def series_of_array(typingctx, y, lvl):
    """A new array of the coefficients, with the coefficient's index in front."""
    kind, result = lvl.dtype, types.Array(below(lvl.dtype, y), y.ndim + 1, "C")

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        source = Operand(context, builder, y, args[0])
        shape = [ir.Constant(I64, kind.order + 1), *source.shape]
        made = empty_array(context, builder, result, shape)
        with cgutils.loop_nest(builder, source.shape, I64) as indices:
            value = unpack(executor, y.dtype, source.load(indices))
            place = place_of(builder, source.shape, indices)
            _store(executor, kind, value, result.dtype, made.data, place, source.array.nitems)
        return made._getvalue()

    return result(y, lvl), codegen


@overload(series)
def _series(y, lvl):
    if isinstance(y, types.BaseTuple):
        return each("y, lvl", "series(y[{i}], lvl)", len(y), {"series": series})
    if not is_array_of_numbers(y) and number(y) is None:
        refuse_result(y)


# -- derivatives across levels -----------------------------------------------------------


def mixed(y, index, lvl):
    """A mixed derivative of a result, of shape ``out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


def coefficient(y, index, lvl):
    """The coefficient of a result at this index, of shape ``out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


def _answer(function, part_of):
    """Let ``function`` give the part that ``part_of`` takes of a staged number, of any result."""

    @answers(function, lambda y, index, lvl: number(y) is not None)
    def of_number(typingctx, y, index, lvl):
        """The part of a number at levels of one lane."""
        orders = orders_of(index)
        result = below(lvl.dtype, y, len(orders))

        def codegen(context, builder, sig, args):
            executor = Executor(context, builder)
            value = part_of(executor, lvl.dtype, unpack(executor, y, args[0]), orders)
            return pack(executor, result, value)

        return result(y, index, lvl), codegen

    @answers(function, lambda y, index, lvl: is_array_of_numbers(y))
    def of_array(typingctx, y, index, lvl):
        """A new array of the part of every number."""
        signature, generate = of_number(typingctx, y.dtype, index, lvl)
        result = types.Array(signature.return_type, y.ndim, "C")

        def codegen(context, builder, sig, args):
            source = Operand(context, builder, y, args[0])
            with filling(context, builder, result, source.shape) as (target, indices):
                item = generate(context, builder, signature, (source.load(indices), *args[1:]))
                target.store(item, indices)
            return target.array._getvalue()

        return result(y, index, lvl), codegen

    @overload(function, prefer_literal=True)
    def of_tuple(y, index, lvl):
        if isinstance(y, types.BaseTuple):
            item = f"part(y[{{i}}], {index.literal_value!r}, lvl)"
            return each("y, index, lvl", item, len(y), {"part": function})
        if not is_array_of_numbers(y) and number(y) is None:
            refuse_result(y)


_answer(mixed, mixed_of)
_answer(coefficient, part_of)
