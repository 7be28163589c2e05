"""The two sums that every coefficient rule is made of.

A rule is ordinary Python that runs in three ways: compiled by Numba on arrays,
staged on symbolic LLVM values, and interpreted on exact numbers.  All three meet
in `dot` and `wdot`: the compiled form is an overload, the staged form a method of
the staged series, the exact form the loop below.
"""

from __future__ import annotations

from numba.core import types
from numba.extending import intrinsic, overload

#: Sums may be reordered and products fused; nan, inf and signed zero keep their meaning.
REORDER = {"contract", "reassoc"}


def dot(a, b, k, lo, hi):
    """Sum of ``a[j] * b[k-j]`` for ``j = lo..hi``: part of a Cauchy product."""
    staged = getattr(a, "dot", None)
    if staged is not None:
        return staged(b, k, lo, hi)
    total = 0
    for j in range(lo, hi + 1):
        total = total + a[j] * b[k - j]
    return total


def wdot(a, b, k, lo, hi):
    """Sum of ``j * a[j] * b[k-j]`` for ``j = lo..hi``: the same with the derivative of ``a``."""
    staged = getattr(a, "weighted", None)
    if staged is not None:
        return staged().dot(b, k, lo, hi)
    total = 0
    for j in range(lo, hi + 1):
        total = total + j * a[j] * b[k - j]
    return total


@intrinsic
def _item(typingctx, a, i):
    """``a[i]`` of a contiguous array without the test for a negative index."""

    def codegen(context, builder, sig, args):
        array = context.make_array(sig.args[0])(context, builder, args[0])
        pointer = builder.gep(array.data, [args[1]])
        return context.unpack_value(builder, sig.args[0].dtype, pointer)

    return a.dtype(a, types.intp), codegen


@overload(dot, jit_options={"fastmath": REORDER})
def _dot_compiled(a, b, k, lo, hi):
    def impl(a, b, k, lo, hi):
        total = 0.0
        for j in range(lo, hi + 1):
            total += _item(a, j) * _item(b, k - j)
        return total

    return impl


@overload(wdot, jit_options={"fastmath": REORDER})
def _wdot_compiled(a, b, k, lo, hi):
    def impl(a, b, k, lo, hi):
        total = 0.0
        for j in range(lo, hi + 1):
            total += (j * _item(a, j)) * _item(b, k - j)
        return total

    return impl
