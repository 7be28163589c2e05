"""What a rule of an operation on whole arrays is."""

from __future__ import annotations

import ast

import numpy as np

from ..ir import Op
from ..runtime import SCOPE


class NoTangent(Exception):
    """An operation has no rule for tangents."""


class ArrayRule:
    """An operation on whole arrays: its text, its adjoint, and its tangent."""

    name = ""
    #: The operands that the result is linear in, each by itself, as a product is in both.
    linear: tuple[int, ...] = ()

    def expression(self, writer, op: Op, args) -> ast.expr:
        """The expression of the result."""
        raise NotImplementedError

    def reverse(self, reverse, op: Op) -> None:
        """Add to the adjoints of the operands."""
        raise NotImplementedError

    def tangent(self, forward, op: Op):
        """The tangent of the result; None where no operand has one.

        The sum over the operands of what the operation makes of their tangents.
        """
        total = None
        for k, arg in enumerate(op.args):
            if (dot := forward.dot(arg)) is None:
                continue
            if k not in self.linear:
                raise NoTangent(f"{getattr(self, '__name__', self.name)}() has no tangent rule")
            args = [*op.args[:k], dot, *op.args[k + 1 :]]
            term = forward.array(self, args, op.outs[0].kind, attr=op.attr)
            total = term if total is None else forward.plus(total, term)
        return total

    def length(self, op: Op, axis: int):
        """Where a length of the result is known from, as of `shapes.length`; or None."""
        return None


class Call(ArrayRule):
    """A function of NumPy or of the run time.

    ``op.attr`` are further constant arguments; a pair is a keyword and a value.
    """

    def __init__(self, function, linear=None):
        self.function, self.__name__ = function, function.__name__
        self.linear = self.linear if linear is None else linear

    def expression(self, writer, op, args):
        constants = [ast.Constant(c) for c in op.attr or () if not isinstance(c, tuple)]
        named = [
            ast.keyword(c[0], ast.Constant(c[1])) for c in op.attr or () if isinstance(c, tuple)
        ]
        return ast.Call(self.named(writer), [*args, *constants], named)

    def named(self, writer) -> ast.expr:
        """The function as the text calls it."""
        if getattr(np.linalg, self.__name__, None) is self.function:
            return ast.parse(f"np.linalg.{self.__name__}", mode="eval").body
        if SCOPE.get(self.__name__) is self.function:
            return ast.Name(self.__name__, ast.Load())
        return writer.function_name(self.function)
