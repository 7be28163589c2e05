"""Adjoints of copies and of stores into whole arrays."""

from __future__ import annotations

import ast

from .. import shapes
from ..ir import Op, Value, constant
from . import elementwise
from .base import ArrayRule


class Copy(ArrayRule):
    """``x.copy()``."""

    __name__ = "copy"

    def expression(self, writer, op, args):
        return ast.Call(ast.Attribute(args[0], "copy", ast.Load()), [], [])

    def reverse(self, reverse, op):
        bar = reverse.bar(op.outs[0])
        if bar is not None:
            reverse.contribute(op.args[0], bar)

    def length(self, op, axis):
        return shapes.length(op.args[0], axis)


COPY = Copy()


def copied(reverse, array: Value) -> Value:
    """A copy of a shadow, which may change afterwards."""
    return reverse.array(COPY, [array], array.kind.with_layout("C"), array.name)


def reverse_store(reverse, op: Op, target: Value, value: Value) -> None:
    """``target[...] = value`` and ``target[...] += value`` reversed.

    The adjoint of the value is that of the target; a store also sets it to zero.
    """
    stored = op.kind == "array_store"
    bar = shadow = reverse.shadow(target)
    active = reverse.active(value)
    if active or stored:
        reverse.ordered(target)
    if not value.is_array:
        if active:
            elementwise.contribute(reverse, value, shadow, target)
        if stored:
            reverse.array_store(shadow, constant(0.0))
        return
    kept = value in reverse.shadows.pure or reverse.memory.values(target) & reverse.memory.values(
        value
    )
    if active and kept:
        bar = copied(reverse, shadow)
    if active and not kept:
        elementwise.contribute(reverse, value, bar, target)
    if stored:
        reverse.array_store(shadow, constant(0.0))
    if active and kept:
        elementwise.contribute(reverse, value, bar, target)
