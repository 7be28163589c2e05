"""Adjoints of arrays whose lengths of 1 are repeated: broadcasting, reversed.

An element that is repeated receives the sum of the adjoints of its copies.
"""

from __future__ import annotations

import ast

import numpy as np

from ..ir import Op, Value
from ..kinds import FLOAT, ArrayKind
from ..shapes import have_same_shape
from .base import ArrayRule, Call


class Unbroadcast(ArrayRule):
    """``unbroadcast(term, shape)``: the sum over what was repeated to a larger shape."""

    __name__ = "unbroadcast"
    linear = (0,)

    def expression(self, writer, op, args):
        term, *lengths = args
        return ast.Call(
            ast.Name("unbroadcast", ast.Load()), [term, ast.Tuple(lengths, ast.Load())], []
        )


UNBROADCAST, TOTAL = Unbroadcast(), Call(np.sum, (0,))


def whole(reverse, op: Op, bar: Value) -> Value:
    """The adjoint of a result as an array of its shape, where that matters.

    One number is the adjoint of all elements, as after a sum: it is kept where all operands
    have the shape of the result.
    """
    out = op.outs[0]
    if bar.is_array or all(have_same_shape(a, out) for a in op.args if a.is_array):
        return bar
    return spread(reverse, out, bar)


def spread(reverse, array: Value, bar: Value) -> Value:
    """A number, or an array, repeated to the shape of an array."""
    lengths = [reverse.length(array, k) for k in range(array.kind.ndim)]
    made = reverse.alloc(lengths, FLOAT, "empty", array.name and f"{array.name}_bar")
    reverse.array_store(made, bar)
    return made


def contribute(reverse, value: Value, term: Value, out: Value) -> None:
    """Add a term of the shape of ``out`` to the adjoint of ``value``, which was repeated to it."""
    if not value.is_array:
        reverse.contribute(value, total(reverse, term, out))
    elif not term.is_array or have_same_shape(value, out):
        reverse.contribute(value, term)
    elif value in reverse.shadows.pure:
        lengths = [reverse.length(value, k) for k in range(value.kind.ndim)]
        kind = ArrayKind(len(lengths), FLOAT, "C")
        reverse.contribute(value, reverse.array(UNBROADCAST, [term, *lengths], kind))
    else:
        reverse.array_add(reverse.shadow(value), term, attr="unbroadcast_add")


def contribute_repeated(reverse, value: Value, term: Value) -> None:
    """Add a term that is to be repeated to the shape of an array to the array's adjoint."""
    if term.is_array and value in reverse.shadows.pure:
        term = spread(reverse, value, term)
    reverse.contribute(value, term)


def expanded(reverse, array: Value, axis: int) -> Value:
    """An array with an axis of length 1 more."""
    text = [":"] * array.kind.ndim
    text.insert(axis, "None")
    kind = ArrayKind(len(text), FLOAT, "A")
    return reverse.view(array, f"[{', '.join(text)}]", [], kind)


def total(reverse, term: Value, out: Value) -> Value:
    """The sum of a term over all elements of an array."""
    if term.is_array:
        return reverse.array(TOTAL, [term], FLOAT)
    for axis in range(out.kind.ndim):
        term = reverse.times(term, reverse.length(out, axis))
    return term
