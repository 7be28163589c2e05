"""Functions of generated drivers that answer without code of their own to compile.

Numba compiles an overload as a function: 20 ms for a line that calls an intrinsic, 0.1 s
for `np.empty`, and as much for `np.ravel`, when the user's function of ten operations takes
0.05 s.  What every driver calls is therefore written as instructions at the place.
"""

from __future__ import annotations

from contextlib import contextmanager

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import lower_builtin

from .._compat import AbstractTemplate, empty_array, infer_global
from .types import number


def answers(function, accepts):
    """Let ``function`` answer by itself to argument types that it ``accepts``.

    The decorated function types and generates code as an intrinsic does; overloads of
    ``function`` serve the argument types for which ``accepts(*types)`` is false.
    """

    def decorate(make):
        @infer_global(function)
        class DirectTemplate(AbstractTemplate):
            prefer_literal = True

            def generic(self, args, kws):
                return make(self.context, *args)[0] if not kws and accepts(*args) else None

            def get_impl_key(self, sig):
                return make

        @lower_builtin(make, types.VarArg(types.Any))
        def lower(context, builder, sig, args):
            _, generate = make(context.typing_context, *sig.args)
            return generate(context, builder, sig, args)

        return make

    return decorate


def is_array_of_numbers(kind) -> bool:
    """Whether a type is an array whose items are numbers."""
    return isinstance(kind, types.Array) and number(kind.dtype) is not None


class Operand:
    """An array argument while code is generated."""

    def __init__(self, context, builder, kind, value):
        self.context, self.builder, self.kind = context, builder, kind
        self.array = context.make_array(kind)(context, builder, value)
        self.shape = cgutils.unpack_tuple(builder, self.array.shape, kind.ndim)

    def pointer(self, indices):
        return cgutils.get_item_pointer(
            self.context, self.builder, self.kind, self.array, indices, wraparound=False
        )

    def load(self, indices):
        pointer = self.pointer(indices)
        return self.context.unpack_value(self.builder, self.kind.dtype, pointer)

    def store(self, value, indices):
        self.context.pack_value(self.builder, self.kind.dtype, value, self.pointer(indices))


def place_of(builder, shape, indices):
    """The place of an item in C order."""
    place = ir.Constant(ir.IntType(64), 0)
    for count, index in zip(shape, indices, strict=True):
        place = builder.add(builder.mul(place, count), index)
    return place


@contextmanager
def filling(context, builder, kind, shape):
    """A loop over the indices of a new C-contiguous array: gives the array and the indices."""
    made = empty_array(context, builder, kind, shape)
    target = Operand(context, builder, kind, made._getvalue())
    with cgutils.loop_nest(builder, shape, context.get_value_type(types.intp)) as indices:
        yield target, indices


def require_same_shape(context, builder, a: Operand, b: Operand, error, message):
    """Raise where two arrays of the same rank differ in shape."""
    differ = ir.Constant(ir.IntType(1), 0)
    for m, n in zip(a.shape, b.shape, strict=True):
        differ = builder.or_(differ, builder.icmp_signed("!=", m, n))
    with cgutils.if_unlikely(builder, differ):
        context.call_conv.return_user_exc(builder, error, (message,))
