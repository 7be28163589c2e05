"""What a rule of an operation on whole arrays is."""

from __future__ import annotations

import ast

from ..ir import Op


class ArrayRule:
    """An operation on whole arrays: its text, and its adjoint."""

    name = ""

    def expression(self, writer, op: Op, args) -> ast.expr:
        """The expression of the result."""
        raise NotImplementedError

    def reverse(self, reverse, op: Op) -> None:
        """Add to the adjoints of the operands."""
        raise NotImplementedError

    def length(self, op: Op, axis: int):
        """Where a length of the result is known from, as of `shapes.length`; or None."""
        return None
