"""Into jets and out again: what generated drivers call around the user's function.

A ``level`` is the jet type that one differentiation works at, as a compile-time value.
Its dtype joins the types of *all* arguments, so that an outer differentiation that is
under way stays inside the coefficients and perturbations are never confused: a result
of lower depth than the level does not depend on the differentiated argument.
"""

from __future__ import annotations

from functools import reduce
from math import factorial

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from ..errors import ArgumentTypeError, ShapeError, UnsupportedError
from . import arrays, lowering  # noqa: F401  (jets are of no use without their operations)
from .rules import Executor
from .staging import ZERO, Jet, Series, lift, pack, unpack
from .types import JetType, bottom, depth, join, number


def numbers_in(kind):
    """The number types inside an argument type: of a scalar, an array or a tuple."""
    if isinstance(kind, types.BaseTuple):
        for inner in kind.types:
            yield from numbers_in(inner)
    elif isinstance(kind, types.Array):
        yield from numbers_in(kind.dtype)
    elif number(kind) is not None:
        yield number(kind)


def level_type(order, lanes, active, others):
    """The jet type of a differentiation with respect to ``active`` arguments."""
    kinds = [k for k in numbers_in(others) if isinstance(k, JetType)]
    kinds += list(numbers_in(active)) or [types.float64]
    dtype = reduce(lambda a, b: a and join(a, b), kinds)
    if dtype is None:
        raise UnsupportedError(f"arguments of unrelated differentiations meet: {kinds}")
    return JetType(order, lanes, dtype)


@intrinsic(prefer_literal=True)
def level(typingctx, order, lanes, active, others):
    """The level of a differentiation, a compile-time value."""
    kind = types.DType(level_type(order.literal_value, lanes.literal_value, active, others))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return kind(order, lanes, active, others), codegen


def _level_of(kind, result):
    """The level as far as complex values went into the result; None for a constant."""
    if depth(result) < kind.depth:
        return None
    return result


# -- seeds ---------------------------------------------------------------------------


@intrinsic
def seed_number(typingctx, x, v, lvl):
    """The jet ``x + v t``."""
    kind = lvl.dtype

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        head = unpack(executor, sig.args[0], args[0])
        slope = unpack(executor, sig.args[1], args[1])
        items = [head, slope][: kind.order + 1] + [ZERO] * (kind.order - 1)
        return pack(executor, kind, Jet(executor, kind, Series(executor, items)))

    return kind(x, v, lvl), codegen


@intrinsic
def seed_lane(typingctx, x, lane, lvl):
    """The jet ``x + t`` in one lane and the constant ``x`` in the others (in all, if none fits)."""
    kind = lvl.dtype

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        head = unpack(executor, sig.args[0], args[0])
        axes = ((kind.depth, kind.lanes),) if kind.lanes > 1 else ()
        from .staging import Real

        numbers = ir.Constant(
            ir.VectorType(ir.IntType(64), kind.lanes), list(range(kind.lanes))
        )
        wanted = builder.insert_element(
            ir.Constant(numbers.type, ir.Undefined), args[1], ir.Constant(ir.IntType(32), 0)
        )
        mask = ir.Constant(ir.VectorType(ir.IntType(32), kind.lanes), [0] * kind.lanes)
        wanted = builder.shuffle_vector(wanted, wanted, mask)
        hit = builder.icmp_signed("==", numbers, wanted)
        slope = builder.uitofp(hit, ir.VectorType(ir.DoubleType(), kind.lanes))
        if kind.lanes == 1:
            slope = builder.extract_element(slope, ir.Constant(ir.IntType(32), 0))
        items = [head, Real(executor, slope, axes)] + [ZERO] * (kind.order - 1)
        return pack(executor, kind, Jet(executor, kind, Series(executor, items)))

    return kind(x, types.int64, lvl), codegen


def seed(x, v, lvl):
    """``x + v t`` for numbers, arrays and tuples of them."""
    raise NotImplementedError("for compiled code")


@overload(seed)
def _seed(x, v, lvl):
    if number(x) is not None:
        if number(v) is None:
            raise ArgumentTypeError(f"the direction {v} does not fit the argument {x}")
        return lambda x, v, lvl: seed_number(x, v, lvl)
    if isinstance(x, types.Array):
        if number(v) is not None:
            return _seed_array_along_ones
        if not isinstance(v, types.Array) or v.ndim != x.ndim:
            raise ShapeError(f"the direction {v} does not fit the argument {x}")
        return _seed_array
    if isinstance(x, types.BaseTuple):
        if not isinstance(v, types.BaseTuple) or len(v) != len(x):
            raise ShapeError(f"the direction {v} does not fit the argument {x}")
        if len(x) == 0:
            return lambda x, v, lvl: ()
        return lambda x, v, lvl: (seed(x[0], v[0], lvl),) + seed(x[1:], v[1:], lvl)
    raise ArgumentTypeError(f"cannot differentiate with respect to an argument of type {x}")


def _seed_array(x, v, lvl):
    if x.shape != v.shape:
        raise ValueError("the direction must have the shape of the differentiated argument")
    result = np.empty(x.shape, lvl)
    a, b, c = np.ravel(x), np.ravel(v), np.ravel(result)
    for i in range(x.size):
        c[i] = seed_number(a[i], b[i], lvl)
    return result


def _seed_array_along_ones(x, v, lvl):
    result = np.empty(x.shape, lvl)
    a, c = np.ravel(x), np.ravel(result)
    for i in range(x.size):
        c[i] = seed_number(a[i], v, lvl)
    return result


def seed_lanes(x, first, lvl):
    """The argument with unit tangents: input ``first + l`` in lane ``l``."""
    raise NotImplementedError("for compiled code")


@overload(seed_lanes)
def _seed_lanes(x, first, lvl):
    if number(x) is not None:
        return lambda x, first, lvl: seed_lane(x, -first, lvl)
    if isinstance(x, types.Array):
        return _seed_lanes_array
    raise ArgumentTypeError(
        f"cannot form a Jacobian with respect to an argument of type {x}; pass an array"
    )


def _seed_lanes_array(x, first, lvl):
    result = np.empty(x.shape, lvl)
    a, c = np.ravel(x), np.ravel(result)
    for i in range(x.size):
        c[i] = seed_lane(a[i], i - first, lvl)
    return result


# -- coefficients --------------------------------------------------------------------


def _coefficient(executor, kind, value, k):
    """Staged coefficient ``k`` at a level of a result that may not have reached it."""
    if isinstance(value, Jet) and value.type.depth == kind.depth:
        return value.series[k]
    return value if k == 0 else ZERO


def _below(kind, result):
    """The type of the coefficients of a result at a level."""
    result = number(result)
    return result.dtype if depth(result) == kind.depth else join(result, bottom(kind))


@intrinsic(prefer_literal=True)
def coefficient(typingctx, y, k, lvl):
    """Coefficient ``k`` of a number at a level (with one lane)."""
    kind, k_value = lvl.dtype, k.literal_value
    below = _below(kind, y)

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        value = unpack(executor, sig.args[0], args[0])
        return pack(executor, below, _coefficient(executor, kind, value, k_value))

    return below(y, k, lvl), codegen


@intrinsic(prefer_literal=True)
def derivative_number(typingctx, y, n, lvl):
    """The n-th derivative, coefficient n times n!."""
    kind, order = lvl.dtype, n.literal_value
    below = _below(kind, y)

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        value = _coefficient(executor, kind, unpack(executor, sig.args[0], args[0]), order)
        if order > 1:
            with executor.coefficient(order):
                value = value * float(factorial(order))
        return pack(executor, below, value)

    return below(y, n, lvl), codegen


@intrinsic
def store_series(typingctx, out, i, y, lvl):
    """``out[k, i] = y_k`` for all k; ``out`` is a C-contiguous matrix."""
    kind = lvl.dtype

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        matrix = context.make_array(sig.args[0])(context, builder, args[0])
        _, columns = cgutils.unpack_tuple(builder, matrix.shape)
        value = unpack(executor, sig.args[2], args[2])
        place = args[1]
        for k in range(kind.order + 1):
            item = pack(executor, sig.args[0].dtype, _coefficient(executor, kind, value, k))
            pointer = builder.gep(matrix.data, [place])
            context.pack_value(builder, sig.args[0].dtype, item, pointer)
            place = builder.add(place, columns)
        return context.get_dummy_value()

    return types.none(out, types.intp, y, lvl), codegen


@intrinsic
def load_series(typingctx, matrix, i, lvl):
    """The jet with coefficients ``matrix[:, i]``; the matrix is C-contiguous."""
    kind = lvl.dtype

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        array = context.make_array(sig.args[0])(context, builder, args[0])
        _, columns = cgutils.unpack_tuple(builder, array.shape)
        place, items = args[1], []
        for _ in range(kind.order + 1):
            item = context.unpack_value(builder, sig.args[0].dtype, builder.gep(array.data, [place]))
            items.append(unpack(executor, sig.args[0].dtype, item))
            place = builder.add(place, columns)
        return pack(executor, kind, lift(executor, kind, Jet(executor, kind, Series(executor, items))))

    return kind(matrix, types.intp, lvl), codegen


@intrinsic
def coefficient_dtype(typingctx, y, lvl):
    """The dtype of coefficient arrays of a result at a level."""
    below = types.DType(_below(lvl.dtype, y.dtype if isinstance(y, types.Array) else y))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return below(y, lvl), codegen


def refuse_result(kind):
    raise ArgumentTypeError(
        f"the function returns {kind}; derivatives are defined for numbers, arrays and tuples"
    )


def series(y, lvl):
    """All coefficients of a result: shape ``(order+1,) + out``; tuples item by item."""
    raise NotImplementedError("for compiled code")


@overload(series)
def _series(y, lvl):
    rows = lvl.dtype.order + 1
    if number(y) is not None:

        def impl(y, lvl):
            out = np.empty((rows, 1), coefficient_dtype(y, lvl))
            store_series(out, 0, y, lvl)
            return out.reshape(rows)

        return impl
    if isinstance(y, types.Array):

        def impl(y, lvl):
            out = np.empty((rows,) + y.shape, coefficient_dtype(y, lvl))
            matrix, flat = out.reshape((rows, y.size)), np.ravel(y)
            for i in range(y.size):
                store_series(matrix, i, flat[i], lvl)
            return out

        return impl
    if isinstance(y, types.BaseTuple):
        if len(y) == 0:
            return lambda y, lvl: ()
        return lambda y, lvl: (series(y[0], lvl),) + series(y[1:], lvl)
    return refuse_result(y)


def from_series(a, lvl):
    """An argument from its coefficients, of shape ``(order+1,) + in``."""
    raise NotImplementedError("for compiled code")


@overload(from_series)
def _from_series(a, lvl):
    rows = lvl.dtype.order + 1
    if not isinstance(a, types.Array) or a.ndim == 0:
        raise ArgumentTypeError(f"a coefficient series must be an array, not {a}")
    if a.ndim == 1:

        def impl(a, lvl):
            if a.shape[0] != rows:
                raise ValueError("a coefficient series must have order + 1 rows")
            return load_series(np.ascontiguousarray(a).reshape((rows, 1)), 0, lvl)

        return impl

    def impl(a, lvl):
        if a.shape[0] != rows:
            raise ValueError("a coefficient series must have order + 1 rows")
        result = np.empty(a.shape[1:], lvl)
        flat, matrix = np.ravel(result), np.ascontiguousarray(a).reshape((rows, result.size))
        for i in range(result.size):
            flat[i] = load_series(matrix, i, lvl)
        return result

    return impl


def nth(y, n, lvl):
    """The n-th derivative (not normalised) of a result, of shape ``out``."""
    raise NotImplementedError("for compiled code")


@overload(nth, prefer_literal=True)
def _nth(y, n, lvl):
    n_value = n.literal_value
    if number(y) is not None:
        return lambda y, n, lvl: derivative_number(y, n_value, lvl)
    if isinstance(y, types.Array):

        def impl(y, n, lvl):
            out = np.empty(y.shape, coefficient_dtype(y, lvl))
            source, target = np.ravel(y), np.ravel(out)
            for i in range(y.size):
                target[i] = derivative_number(source[i], n_value, lvl)
            return out

        return impl
    if isinstance(y, types.BaseTuple):
        if len(y) == 0:
            return lambda y, n, lvl: ()
        return lambda y, n, lvl: (nth(y[0], n_value, lvl),) + nth(y[1:], n_value, lvl)
    return refuse_result(y)
