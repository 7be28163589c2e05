"""Adjoints of sums, products and moments of arrays."""

from __future__ import annotations

import operator

import numpy as np

from ..cumulative import cumprod_adjoint, products_of_others
from ..ir import Op, Value, constant
from ..kinds import FLOAT, ArrayKind
from .base import Call
from .elementwise import contribute_repeated, expanded, spread


class Reduction(Call):
    """A function of all elements of one array."""

    def reverse(self, reverse, op):
        (x,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is not None:
            reverse.contribute(x, self.term(reverse, op, x, bar))

    def term(self, reverse, op: Op, x: Value, bar: Value) -> Value:
        """What the adjoint of the result adds to that of the array."""
        raise NotImplementedError


class Sum(Reduction):
    """``np.sum(x)``: the same for every element."""

    linear = (0,)

    def term(self, reverse, op, x, bar):
        return bar


class SumAlong(Call):
    """``np.sum(x, axis)``; ``op.attr`` is the axis."""

    linear = (0,)

    def reverse(self, reverse, op):
        (x,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        if bar.is_array:
            bar = expanded(reverse, bar, op.attr[0] % x.kind.ndim)
        contribute_repeated(reverse, x, bar)


class Mean(Reduction):
    """``np.mean(x)``."""

    linear = (0,)

    def term(self, reverse, op, x, bar):
        return reverse.over(bar, size(reverse, x))


class Prod(Reduction):
    """``np.prod(x)``: the product of the other elements, without a division."""

    def term(self, reverse, op, x, bar):
        others = reverse.array(OTHERS, [reverse.content(op, x)], fresh(x))
        return reverse.times(bar, others)


class Var(Reduction):
    """``np.var(x) = sum (x - m)^2 / n``: ``2 (x - m) / n``."""

    def term(self, reverse, op, x, bar):
        scale = reverse.over(reverse.times(bar, constant(2.0)), size(reverse, x))
        return reverse.times(scale, centred(reverse, op, x))

    def tangent(self, forward, op):
        (x,) = op.args
        total = slope_product(forward, centred(forward, op, x), op)
        return forward.over(forward.times(constant(2.0), total), size(forward, x))


class Std(Reduction):
    """``np.std(x)``, the root of the variance: ``(x - m) / (n std)``."""

    def term(self, reverse, op, x, bar):
        std = reverse.need(op.outs[0])
        scale = reverse.over(bar, reverse.times(size(reverse, x), std))
        return reverse.times(scale, centred(reverse, op, x))

    def tangent(self, forward, op):
        (x,) = op.args
        total = slope_product(forward, centred(forward, op, x), op)
        return forward.over(total, forward.times(size(forward, x), op.outs[0]))


class Norm(Reduction):
    """``np.linalg.norm(x)``, the root of the sum of squares: ``x / norm``."""

    def term(self, reverse, op, x, bar):
        scaled = reverse.over(bar, reverse.need(op.outs[0]))
        return reverse.times(scaled, reverse.content(op, x))

    def tangent(self, forward, op):
        return forward.over(slope_product(forward, op.args[0], op), op.outs[0])


class NormOne(Reduction):
    """``np.linalg.norm(x, 1)`` of a vector, the sum of magnitudes."""

    def term(self, reverse, op, x, bar):
        return reverse.times(bar, reverse.apply(np.sign, reverse.content(op, x)))


class CumSum(Reduction):
    """``np.cumsum(x)`` of a vector: sums from the end."""

    linear = (0,)

    def term(self, reverse, op, x, bar):
        if not bar.is_array:
            bar = spread(reverse, op.outs[0], bar)
        turned = backwards(reverse, bar)
        return backwards(reverse, reverse.array(CUMSUM, [turned], fresh(x)))


class CumProd(Reduction):
    """``np.cumprod(x)`` of a vector."""

    def term(self, reverse, op, x, bar):
        if not bar.is_array:
            bar = spread(reverse, op.outs[0], bar)
        return reverse.array(CUMPROD_ADJOINT, [reverse.content(op, x), bar], fresh(x))


def slope_product(forward, slope: Value, op: Op) -> Value:
    """The sum over the elements of an operand's tangents, each times its slope."""
    dot = forward.dot(op.args[0])
    return forward.array(SUM, [forward.apply(operator.mul, slope, dot)], FLOAT)


def backwards(reverse, x: Value) -> Value:
    """A vector from its end."""
    return reverse.view(x, "[::-1]", [], x.kind.with_layout("A"))


def centred(reverse, op: Op, x: Value) -> Value:
    """``x - mean(x)``."""
    x = reverse.content(op, x)
    return reverse.apply(operator.sub, x, reverse.array(MEAN, [x], FLOAT))


def size(reverse, x: Value) -> Value:
    """The number of elements of an array."""
    n = constant(1)
    for axis in range(x.kind.ndim):
        n = reverse.times(n, reverse.length(x, axis))
    return n


def fresh(x: Value) -> ArrayKind:
    """The kind of a new array of the shape of ``x``."""
    return ArrayKind(x.kind.ndim, FLOAT, "C")


SUM, SUM_ALONG, MEAN, PROD = Sum(np.sum), SumAlong(np.sum), Mean(np.mean), Prod(np.prod)
VAR, STD = Var(np.var), Std(np.std)
NORM, NORM_ONE = Norm(np.linalg.norm), NormOne(np.linalg.norm)
CUMSUM, CUMPROD = CumSum(np.cumsum), CumProd(np.cumprod)
OTHERS, CUMPROD_ADJOINT = Call(products_of_others), Call(cumprod_adjoint, (1,))
