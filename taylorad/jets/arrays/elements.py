"""What array functions ask of element types: primals, joint dtypes, conversions."""

from __future__ import annotations

from functools import reduce

import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload

from ..rules import Executor, primal
from ..staging import pack, unpack
from ..types import JetType, bottom, full, join, number

#: Before Numba's own implementations, which take no jets; each passes on plain arrays.
FIRST = {"target": "cpu"}


def is_jets(kind) -> bool:
    """Whether a type is an array of jets."""
    return isinstance(kind, types.Array) and isinstance(kind.dtype, JetType)


def is_numbers(kind) -> bool:
    """Whether a type is an array of jets or plain numbers."""
    return isinstance(kind, types.Array) and number(kind.dtype) is not None


def meet(*kinds) -> bool:
    """Whether these are arrays of numbers, jets among them."""
    return all(map(is_numbers, kinds)) and any(map(is_jets, kinds))


def item_type(kind):
    """The number type in a number, array, list or tuple, nested ones too; None for no number.

    Jets of low degree count as any of their order: arrays are there to be stored into.
    """
    if isinstance(kind, types.BaseTuple):
        items = [item_type(k) for k in kind.types]
        return reduce(lambda a, b: a and b and join(a, b), items) if items else None
    if isinstance(kind, types.Array | types.List | types.ListType):
        return item_type(kind.dtype)
    return full(number(kind))


def _no_code(context, builder, sig, args):
    return context.get_dummy_value()


@intrinsic
def joint_dtype(typingctx, a, b):
    """The dtype in which the numbers inside two values meet."""
    kind = join(item_type(a), item_type(b))
    return None if kind is None else (types.DType(kind)(a, b), _no_code)


@intrinsic
def convert(typingctx, value, dtype):
    """A number as one of ``dtype``."""
    sig = dtype.dtype(value, dtype)
    return sig, lambda context, builder, sig, args: context.cast(
        builder, args[0], sig.args[0], sig.return_type
    )


@intrinsic
def primal_of(typingctx, value):
    """The plain number at the bottom of a number."""

    def codegen(context, builder, sig, args):
        executor = Executor(context, builder)
        staged = primal(unpack(executor, sig.args[0], args[0]))
        return pack(executor, sig.return_type, staged)

    return bottom(number(value))(value), codegen


def primals(a):
    """The plain numbers of an array, in a new array."""
    raise NotImplementedError("for compiled code")


@intrinsic
def primal_dtype(typingctx, a):
    """The dtype of the plain numbers in an array."""
    return types.DType(bottom(number(a.dtype)))(a), _no_code


@overload(primals)
def _primals(a):
    def impl(a):
        out = np.empty(a.shape, primal_dtype(a))
        for index in np.ndindex(a.shape):
            out[index] = primal_of(a[index])
        return out

    return impl
