"""Adjoints of elements chosen by an array of indices."""

from __future__ import annotations

import ast
import operator

import numpy as np

from .. import shapes
from ..ir import Value, constant
from ..kinds import FLOAT, INT, ArrayKind
from .base import ArrayRule, Call
from .elementwise import spread
from .reductions import size


class Take(ArrayRule):
    """``x[k]`` with a vector of indices: what was taken often receives as often."""

    __name__ = "take"
    linear = (0,)

    def expression(self, writer, op, args):

        return ast.Subscript(args[0], args[1], ast.Load())

    def reverse(self, reverse, op):
        x, indices = op.args
        bar = reverse.bar(op.outs[0])
        if bar is not None:
            add_at(reverse, x, reverse.content(op, indices), bar, op.outs[0])

    def length(self, op, axis):
        return shapes.length(op.args[1 if axis == 0 else 0], axis)


class Median(Call):
    """``np.median(x)`` of a vector: the mean of the two in the middle of the order."""

    def reverse(self, reverse, op):
        (x,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        order = reverse.array(
            ARGSORT, [reverse.content(op, x)], ArrayKind(1, INT, "C"), attr=STABLE
        )
        n = size(reverse, x)
        half = reverse.times(bar, constant(0.5))
        target = cleared(reverse, x) if x in reverse.shadows.pure else reverse.shadow(x)
        for shift in (1, 0):
            middle = reverse.apply(operator.sub, n, constant(shift))
            middle = reverse.apply(operator.floordiv, middle, constant(2))
            reverse.accumulate(target, [reverse.load(order, [middle])], half)
        if x in reverse.shadows.pure:
            reverse.contribute(x, target)


def add_at(reverse, x: Value, indices: Value, bar: Value, out: Value) -> None:
    """Add an adjoint to the elements, or rows, that the indices chose."""
    if x.kind.ndim > 1 and not bar.is_array:
        bar = spread(reverse, out, bar)
    if x in reverse.shadows.pure:
        made = cleared(reverse, x)
        reverse.array_add(made, indices, bar, attr="add_at")
        reverse.contribute(x, made)
    else:
        reverse.array_add(reverse.shadow(x), indices, bar, attr="add_at")


def cleared(reverse, x: Value) -> Value:
    """A new adjoint of an array, zero so far."""
    lengths = [reverse.length(x, k) for k in range(x.kind.ndim)]
    return reverse.alloc(lengths, FLOAT, "zeros", x.name and f"{x.name}_bar")


STABLE = (("kind", "mergesort"),)
TAKE, ARGSORT, MEDIAN = Take(), Call(np.argsort), Median(np.median)
