"""Adjoints of operations on whole arrays."""

from __future__ import annotations

import ast

from ..ir import Op, Value, constant


class ArrayRule:
    """An operation on whole arrays: its text, and its adjoint."""

    name = ""

    def expression(self, writer, op: Op, args) -> ast.expr:
        """The expression of the result."""
        raise NotImplementedError

    def reverse(self, reverse, op: Op) -> None:
        """Add to the adjoints of the operands."""
        raise NotImplementedError


class Copy(ArrayRule):
    """``x.copy()``."""

    __name__ = "copy"

    def expression(self, writer, op, args):
        return ast.Call(ast.Attribute(args[0], "copy", ast.Load()), [], [])

    def reverse(self, reverse, op):
        (x,) = op.args
        if reverse.active(x):
            reverse.array_add(reverse.shadow(x), reverse.shadow(op.outs[0]))


COPY = Copy()


def reverse_store(reverse, op: Op, target: Value, value: Value) -> None:
    """``target[...] = value`` and ``target[...] += value`` reversed."""
    shadow = reverse.shadow(target)
    if value.is_array and reverse.active(value):
        reverse.array_add(reverse.shadow(value), shadow)
        reverse.ordered(target)
    if op.kind == "array_store":
        reverse.array_store(shadow, constant(0.0))
        reverse.ordered(target)
