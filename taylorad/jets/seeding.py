"""Into jets: levels of differentiation and seeded arguments.

A ``level`` is the jet type that one differentiation works at, as a compile-time value.
Its dtype joins the types of *all* arguments, so that an outer differentiation that is
under way stays inside the coefficients and perturbations are never confused: a result
of lower depth than the level does not depend on the differentiated argument.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic, overload

from ..errors import ArgumentTypeError, ShapeError, UnsupportedError
from . import arrays, lowering, refusals, scalars  # noqa: F401  (jets need their operations)
from .direct import answers, is_array_of_numbers
from .loops import Operand, filling, place_of, require_same_shape
from .rules import Executor
from .staging import ZERO, Jet, Real, Series, lift, pack, unpack
from .tuples import each, named_like, total
from .types import F64, JetType, full, join, number

I32, I64 = ir.IntType(32), ir.IntType(64)


def numbers_in(kind):
    """The number types inside an argument type: of a scalar, a container or a tuple."""
    if isinstance(kind, types.BaseTuple):
        for inner in kind.types:
            yield from numbers_in(inner)
    elif isinstance(kind, types.Optional):
        yield from numbers_in(kind.type)
    elif isinstance(kind, types.DictType):
        yield from numbers_in(kind.value_type)
    elif isinstance(kind, types.Array | types.List | types.ListType):
        yield from numbers_in(kind.dtype)
    elif number(kind) is not None:
        yield number(kind)


def count_in(kind) -> int | None:
    """How many numbers an argument holds, where its type says so."""
    if isinstance(kind, types.BaseTuple):
        total_count = 0
        for inner in kind.types:
            count = count_in(inner)
            if count is None:
                return None
            total_count += count
        return total_count
    return None if number(kind) is None else 1


def level_type(order, most, active, others):
    """The jet type of a differentiation with respect to ``active`` arguments.

    It has ``most`` lanes, or fewer where the arguments hold fewer numbers.
    """
    kinds = [full(k) for k in numbers_in(others) if isinstance(k, JetType)]
    kinds += [full(k) for k in numbers_in(active)] or [types.float64]
    dtype = reduce(lambda a, b: a and join(a, b), kinds)
    if dtype is None:
        raise UnsupportedError(f"arguments of unrelated differentiations meet: {kinds}")
    count = count_in(active)
    return JetType(order, most if count is None else max(1, min(most, count)), dtype)


def _level(order, most, active, others, degree=None):
    kind = level_type(order.literal_value, most.literal_value, active, others)
    kind = types.DType(kind if degree is None else kind.of_degree(degree))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return kind(order, most, active, others), codegen


@intrinsic(prefer_literal=True)
def level(typingctx, order, most, active, others):
    """The level of a differentiation, a compile-time value."""
    return _level(order, most, active, others)


@intrinsic(prefer_literal=True)
def line(typingctx, order, most, active, others):
    """The level of a differentiation along a line: its seeds have degree 1."""
    return _level(order, most, active, others, degree=1)


@intrinsic
def lanes(typingctx, lvl):
    """The number of lanes of a level."""

    def codegen(context, builder, sig, args):
        return ir.Constant(I64, lvl.dtype.lanes)

    return types.intp(lvl), codegen


def size(x):
    """How many numbers an argument holds."""
    raise NotImplementedError("for compiled code")


@answers(size, lambda x: not isinstance(x, types.BaseTuple))
def size_of_one(typingctx, x):
    """The size of an array; 1 for a number."""

    def codegen(context, builder, sig, args):
        if isinstance(x, types.Array):
            return Operand(context, builder, x, args[0]).array.nitems
        return ir.Constant(I64, 1)

    return types.intp(x), codegen


@overload(size)
def _size(x):
    if isinstance(x, types.BaseTuple):
        text = total("size(x[{i}])", len(x))
        return eval(f"lambda x: {text}", {"size": size})


def apart(x):
    """An argument for a function that is called several times and may write to it: a copy."""
    raise NotImplementedError("for compiled code")


@overload(apart)
def _apart(x):
    if isinstance(x, types.BaseTuple):
        return each("x", "apart(x[{i}])", len(x), {"apart": apart, "named_like": named_like},
                    "named_like({0}, x)")  # fmt: skip
    if isinstance(x, types.Array):
        return lambda x: x.copy()
    return lambda x: x


def refuse_argument(x):
    """Only numbers, arrays and tuples of them can be differentiated by."""
    raise ArgumentTypeError(
        f"cannot differentiate with respect to an argument of type {x}; pass a float, "
        "an array of floats, or a tuple of these"
    )


# -- one direction -------------------------------------------------------------------


def seed(x, v, lvl):
    """``x + v t`` for numbers, arrays and tuples of them."""
    raise NotImplementedError("for compiled code")


@answers(seed, lambda x, v, lvl: number(x) is not None and number(v) is not None)
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


def _are_arrays(x, v, lvl):
    return is_array_of_numbers(x) and is_array_of_numbers(v) and x.ndim == v.ndim


@answers(seed, _are_arrays)
def seed_array(typingctx, x, v, lvl):
    """The array of jets ``x + v t``."""
    result = types.Array(lvl.dtype, x.ndim, "C")
    kind, generate = seed_number(typingctx, x.dtype, v.dtype, lvl)

    def codegen(context, builder, sig, args):
        point = Operand(context, builder, x, args[0])
        direction = Operand(context, builder, v, args[1])
        message = "the direction must have the shape of the differentiated argument"
        require_same_shape(context, builder, point, direction, ShapeError, message)
        with filling(context, builder, result, point.shape) as (target, indices):
            pair = point.load(indices), direction.load(indices)
            target.store(generate(context, builder, kind, pair), indices)
        return target.array._getvalue()

    return result(x, v, lvl), codegen


@overload(seed)
def _seed(x, v, lvl):
    if isinstance(x, types.BaseTuple) and isinstance(v, types.BaseTuple) and len(v) == len(x):
        item = "seed(x[{i}], v[{i}], lvl)"
        scope = {"seed": seed, "named_like": named_like}
        return each("x, v, lvl", item, len(x), scope, "named_like({}, x)")
    if number(x) is None and not isinstance(x, types.Array | types.BaseTuple):
        return refuse_argument(x)
    raise ShapeError(
        f"the direction must have the shape of the differentiated argument: {v} does not fit {x}"
    )


# -- many directions -----------------------------------------------------------------


def seed_lanes(x, first, lvl):
    """Unit tangents: the number at place ``first + l`` of the argument moves in lane ``l``."""
    raise NotImplementedError("for compiled code")


def unit_lanes(x, first, lvl):
    """The unit tangents alone, added to zeros."""
    raise NotImplementedError("for compiled code")


def _seed_lane(x, lvl, from_zero):
    """The jet ``x + t``, or ``t``, in one lane and the constant in the others."""
    kind = lvl.dtype

    def generate(context, builder, head, value, lane):
        executor = Executor(context, builder)
        head = ZERO if from_zero else unpack(executor, head, value)
        if kind.lanes == 1:
            hit = builder.icmp_signed("==", lane, ir.Constant(I64, 0))
            slope = Real(executor, builder.uitofp(hit, F64))
        else:
            numbers = ir.Constant(ir.VectorType(I64, kind.lanes), list(range(kind.lanes)))
            wanted = builder.insert_element(
                ir.Constant(numbers.type, ir.Undefined), lane, ir.Constant(I32, 0)
            )
            everywhere = ir.Constant(ir.VectorType(I32, kind.lanes), [0] * kind.lanes)
            wanted = builder.shuffle_vector(wanted, wanted, everywhere)
            hit = builder.icmp_signed("==", numbers, wanted)
            hit = builder.uitofp(hit, ir.VectorType(F64, kind.lanes))
            slope = Real(executor, hit, ((kind.depth, kind.lanes),))
        items = [head, slope][: kind.order + 1] + [ZERO] * (kind.order - 1)
        return pack(executor, kind, Jet(executor, kind, Series(executor, items)))

    return generate


def _answer_in_lanes(function, from_zero):
    """Let ``function`` answer to numbers, arrays and tuples."""

    @answers(function, lambda x, first, lvl: number(x) is not None)
    def of_number(typingctx, x, first, lvl):
        """The jet of a number, which is at place 0."""
        generate = _seed_lane(x, lvl, from_zero)

        def codegen(context, builder, sig, args):
            return generate(context, builder, sig.args[0], args[0], builder.neg(args[1]))

        return lvl.dtype(x, types.int64, lvl), codegen

    @answers(function, lambda x, first, lvl: is_array_of_numbers(x))
    def of_array(typingctx, x, first, lvl):
        """The array of jets."""
        result = types.Array(lvl.dtype, x.ndim, "C")
        generate = _seed_lane(x.dtype, lvl, from_zero)

        def codegen(context, builder, sig, args):
            point = Operand(context, builder, x, args[0])
            with filling(context, builder, result, point.shape) as (target, indices):
                lane = builder.sub(place_of(builder, point.shape, indices), args[1])
                target.store(
                    generate(context, builder, x.dtype, point.load(indices), lane), indices
                )
            return target.array._getvalue()

        return result(x, types.int64, lvl), codegen

    @overload(function)
    def of_tuple(x, first, lvl):
        if isinstance(x, types.BaseTuple):
            calls = (
                f"lanes_of(x[{i}], first - ({total('size(x[{i}])', i)}), lvl)"
                for i in range(len(x))
            )
            items = "".join(call + ", " for call in calls)
            scope = {"lanes_of": function, "size": size, "named_like": named_like}
            return eval(f"lambda x, first, lvl: named_like(({items}), x)", scope)
        return refuse_argument(x)


_answer_in_lanes(seed_lanes, False)
_answer_in_lanes(unit_lanes, True)


# -- whole series --------------------------------------------------------------------


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
            item = context.unpack_value(
                builder, sig.args[0].dtype, builder.gep(array.data, [place])
            )
            items.append(unpack(executor, sig.args[0].dtype, item))
            place = builder.add(place, columns)
        return pack(
            executor, kind, lift(executor, kind, Jet(executor, kind, Series(executor, items)))
        )

    return kind(matrix, types.intp, lvl), codegen


def from_series(a, lvl):
    """An argument from its coefficients, shape ``(order+1,) + in``; plain numbers as they are."""
    raise NotImplementedError("for compiled code")


@overload(from_series)
def _from_series(a, lvl):
    rows = lvl.dtype.order + 1
    message = f"a coefficient series of order {rows - 1} must have {rows} rows"
    if number(a) is not None:
        return lambda a, lvl: a
    if isinstance(a, types.BaseTuple):
        scope = {"from_series": from_series, "named_like": named_like}
        return each("a, lvl", "from_series(a[{i}], lvl)", len(a), scope, "named_like({}, a)")
    if not isinstance(a, types.Array) or a.ndim == 0:
        raise ArgumentTypeError(f"a coefficient series must be an array, not {a}")
    if a.ndim == 1:

        def impl(a, lvl):
            if a.shape[0] != rows:
                raise ShapeError(message)
            return load_series(np.ascontiguousarray(a).reshape((rows, 1)), 0, lvl)

        return impl

    def impl(a, lvl):
        if a.shape[0] != rows:
            raise ShapeError(message)
        result = np.empty(a.shape[1:], lvl)
        flat, matrix = np.ravel(result), np.ascontiguousarray(a).reshape((rows, result.size))
        for i in range(result.size):
            flat[i] = load_series(matrix, i, lvl)
        return result

    return impl
