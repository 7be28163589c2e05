"""The sums that coefficient rules are made of.

A rule is ordinary Python that runs in three ways: compiled by Numba on arrays,
staged on symbolic LLVM values, and interpreted on exact numbers.  All three meet
here: the compiled form is an overload, the staged form a method of the staged
series, the exact form the function's own text.
"""

from __future__ import annotations

from numba.core import types
from numba.extending import intrinsic, overload, register_jitable


class Zero:
    """A coefficient known to be zero: costs nothing, whatever it meets."""

    def __add__(self, other):
        return other

    __radd__ = __add__

    def __sub__(self, other):
        return -other

    def __rsub__(self, other):
        return other

    def __mul__(self, other):
        return self

    __rmul__ = __truediv__ = __mul__

    def __neg__(self):
        return self

    @property
    def real(self):
        return self

    @property
    def imag(self):
        return self

    def conjugate(self):
        return self


ZERO = Zero()

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


def square_sum(a, k, lo):
    """Sum of ``a[j] * a[k-j]`` for ``j = lo..k-lo``, each pair of equal products formed once."""
    staged = getattr(a, "square_sum", None)
    return _square_sum(a, k, lo) if staged is None else staged(k, lo)


@register_jitable
def _square_sum(a, k, lo):
    total = dot(a, a, k, lo, (k - 1) // 2)
    total = total + total
    if k % 2 == 0:
        total = total + a[k // 2] * a[k // 2]
    return total


def compose(c, f, a):
    """Fill ``c`` with the coefficients of ``sum of f[n] (a - a[0])^n``, by Horner's rule.

    Coefficient ``k`` needs the steps ``n <= k`` alone: an infinite ``f[n]`` spoils no
    lower one.
    """
    order = len(f) - 1
    c[0] = f[order]
    for n in range(order - 1, -1, -1):
        for k in range(order - n, 0, -1):
            c[k] = dot(a, c, k, 1, k)
        c[0] = f[n]


def inverse(a):
    """``1 / a[0]``, formed once."""
    staged = getattr(a, "inverse", None)
    return 1 / a[0] if staged is None else staged()


def select(condition, x, y):
    """``x`` where the condition holds, else ``y``; the other one may be anything, even nan."""
    staged = getattr(condition, "select_from", None)
    if staged is not None:
        return staged(x, y)
    return x if condition else y


@overload(square_sum)
def _square_sum_compiled(a, k, lo):
    return lambda a, k, lo: _square_sum(a, k, lo)


@overload(inverse)
def _inverse_compiled(a):
    return lambda a: 1 / a[0]


@overload(select)
def _select_compiled(condition, x, y):
    return lambda condition, x, y: x if condition else y


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
