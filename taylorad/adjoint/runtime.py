"""What generated adjoints call: buffers of the numbers that a differentiation works with.

Everything here answers to plain Python too, where it serves for debugging: `empty` then
holds nan, so that what is read before it is written shows.
"""

from __future__ import annotations

from functools import reduce

import numpy as np
from numba.core import cgutils, types
from numba.extending import overload

from ..jets.allocation import empty_array
from ..jets.direct import answers
from ..jets.seeding import numbers_in
from ..jets.types import full, join
from . import broadcasting, conversion, cumulative, factoring, gathering, products
from .stack import lent, pop, push, release, stack


def number_of(arguments):
    """The type that holds the numbers of all arguments and their adjoints."""
    return np.float64


def empty(shape, dtype):
    """A new array, not filled."""
    return np.full(shape, np.nan if dtype is np.float64 else -(10**6)).astype(dtype)


def zeros(shape, dtype):
    """A new array of zeros."""
    return np.zeros(shape, dtype)


def added(a, b):
    """``a + b`` in a sum whose terms may be added in any order."""
    return a + b


@answers(added, lambda a, b: a == types.float64 and b == types.float64)
def _added(typingctx, a, b):
    def codegen(context, builder, sig, args):
        return builder.fadd(*args, flags=("reassoc", "nsz"))

    return types.float64(a, b), codegen


@overload(added)
def _added_numbers(a, b):
    return lambda a, b: a + b


@answers(number_of, lambda arguments: True)
def _number_of(typingctx, arguments):
    kinds = [full(kind) for kind in numbers_in(arguments)]
    number = types.DType(reduce(join, kinds, types.float64))

    def codegen(context, builder, sig, args):
        return context.get_dummy_value()

    return number(arguments), codegen


def _dtype(kind):
    """The item type that a dtype argument stands for."""
    return kind.dtype if hasattr(kind, "dtype") else kind.instance_type


def _new(typingctx, shape, dtype, zero):
    result = types.Array(
        _dtype(dtype), len(shape) if isinstance(shape, types.BaseTuple) else 1, "C"
    )

    def codegen(context, builder, sig, args):
        lengths = [args[0]]
        if isinstance(shape, types.BaseTuple):
            lengths = cgutils.unpack_tuple(builder, args[0], len(shape))
        kinds = shape.types if isinstance(shape, types.BaseTuple) else [shape]
        lengths = [
            context.cast(builder, n, k, types.intp) for n, k in zip(lengths, kinds, strict=True)
        ]
        made = empty_array(context, builder, result, lengths)
        if zero:
            size = builder.mul(made.itemsize, made.nitems)
            cgutils.memset(builder, made.data, size, 0)
        return made._getvalue()

    return result(shape, dtype), codegen


@answers(empty, lambda shape, dtype: True)
def _empty(typingctx, shape, dtype):
    return _new(typingctx, shape, dtype, False)


@answers(zeros, lambda shape, dtype: True)
def _zeros(typingctx, shape, dtype):
    return _new(typingctx, shape, dtype, True)


#: The names of the text.
SCOPE = {
    "np": np,
    "number_of": number_of,
    "added": added,
    "empty": empty,
    "zeros": zeros,
    "stack": stack,
    "push": push,
    "pop": pop,
    "lent": lent,
    "release": release,
    **broadcasting.SCOPE,
    **conversion.SCOPE,
    **cumulative.SCOPE,
    **factoring.SCOPE,
    **gathering.SCOPE,
    **products.SCOPE,
}
