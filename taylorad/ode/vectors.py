"""Vectors of eight numbers as values in compiled code, held in registers."""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, models, register_model

from ..jets.types import F64
from .lanes import I32, I64, WIDEST
from .sums import cauchy

VECTOR = ir.VectorType(F64, WIDEST)
ZERO = ir.Constant(VECTOR, [0.0] * WIDEST)
FAST = ("contract",)


class VectorType(types.Type):
    """The Numba type of a vector."""

    def __init__(self):
        super().__init__(name="Vector")


KIND = VectorType()


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """A vector is LLVM's."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, VECTOR)


def _spread(builder, x):
    one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), x, I32(0))
    mask = ir.Constant(ir.VectorType(I32, WIDEST), [0] * WIDEST)
    return builder.shuffle_vector(one, one, mask)


def _plus(builder, total, factor, vector):
    term = builder.fmul(vector, _spread(builder, factor), flags=FAST)
    return builder.fadd(total, term, flags=FAST)


def _place(builder, address, index=None):
    pointer = builder.inttoptr(address, VECTOR.as_pointer())
    return pointer if index is None else builder.gep(pointer, [index])


@intrinsic
def nothing(typingctx):
    """Zeros."""
    return KIND(), lambda context, builder, sig, args: ZERO


@intrinsic
def vector_at(typingctx, address):
    """The vector at an address."""

    def codegen(context, builder, sig, args):
        return builder.load(_place(builder, args[0]), align=8)

    return KIND(types.int64), codegen


@intrinsic
def put(typingctx, address, vector):
    """Store a vector at an address."""

    def codegen(context, builder, sig, args):
        builder.store(args[1], _place(builder, args[0]), align=8)
        return context.get_dummy_value()

    return types.none(types.int64, vector), codegen


@intrinsic
def plus(typingctx, total, factor, vector):
    """``total + factor * vector``."""

    def codegen(context, builder, sig, args):
        return _plus(builder, *args)

    return KIND(total, types.float64, vector), codegen


def _convolution(stride: int):
    """``total + factor * sum of numbers[j * stride] * vectors[k - j]`` for ``j = 0..k``."""

    @intrinsic
    def convolve(typingctx, total, factor, numbers, vectors, k):
        def codegen(context, builder, sig, args):
            total, factor, numbers, vectors, k = args
            numbers = builder.inttoptr(numbers, F64.as_pointer())
            end = _place(builder, vectors, k)

            def product(j, before):
                number = builder.load(builder.gep(numbers, [builder.mul(j, I64(stride))]))
                vector = builder.load(builder.gep(end, [builder.neg(j)]), align=8)
                return _plus(builder, before, number, vector)

            return _plus(builder, total, factor, cauchy(builder, ZERO, k, product))

        kinds = (total, types.float64, types.int64, types.int64, types.int64)
        return KIND(*kinds), codegen

    return convolve


#: With numbers one behind the other, and with those in a lane of vectors.
convolve_series, convolve_lane = _convolution(1), _convolution(WIDEST)
