"""An expression as a list of steps: evaluated directly, or written as a Python function.

The text is made from the steps alone: numbers by ``repr``, variables as ``x[i]``, functions
under generated names.  Nothing that a user typed is ever part of it.
"""

from __future__ import annotations

import itertools
import linecache
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from numba import njit

from .functions import functions

BINARY: dict[str, Callable] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


class Program:
    """Steps ``(operation, *operands)``; operands are numbers of earlier steps.

    Operations are ``number``, ``variable``, ``call``, ``negative``, ``if`` and the symbols of
    `BINARY`.  Equal steps are kept once; ``result`` is the number of the step that is the value.
    """

    def __init__(self) -> None:
        self.variables: list[str] = []
        self.steps: list[tuple] = []
        self.result = -1
        self._known: dict[str, int] = {}

    def add(self, *step) -> int:
        """The number of this step, which is appended if it is new."""
        key = repr(step)
        if key not in self._known:
            self._known[key] = len(self.steps)
            self.steps.append(step)
        return self._known[key]

    def variable(self, name: str) -> int:
        if name not in self.variables:
            self.variables.append(name)
        return self.add("variable", name)

    def number(self, step: int):
        """The number that a step is, or None."""
        return self.steps[step][1] if self.steps[step][0] == "number" else None

    def evaluate(self, values: Mapping[str, Any], lift: Callable, table: Mapping[str, Callable]):
        """The value of the expression.

        ``lift`` makes numbers of the wanted kind and ``table`` has the functions for them.
        """
        results: list[Any] = []
        for operation, *operands in self.steps:
            match operation:
                case "number":
                    result = lift(operands[0])
                case "variable":
                    result = values[operands[0]]
                case "call":
                    result = table[operands[0]](*(results[i] for i in operands[1:]))
                case "negative":
                    result = -results[operands[0]]
                case "if":
                    condition, yes, no = operands
                    result = results[yes if results[condition] else no]
                case _:
                    result = BINARY[operation](*(results[i] for i in operands))
            results.append(result)
        return results[self.result]

    def source(self, order: Sequence[str]) -> str:
        """The Python text of the function of one array, its variables in this order."""
        lines = [
            f"    t{i} = {self._text(i, order)}"
            for i, step in enumerate(self.steps)
            if step[0] not in ("number", "variable")
        ]
        return "\n".join(
            ["def expression(x):", *lines, f"    return {self._operand(self.result, order)}"]
        )

    def _operand(self, step: int, order: Sequence[str], exponent: bool = False) -> str:
        operation, *rest = self.steps[step]
        if operation == "variable":
            return f"x[{order.index(rest[0])}]"
        if operation != "number":
            return f"t{step}"
        value = rest[0]
        text = repr(value if exponent and isinstance(value, int) else float(value))
        return f"({text})" if text.startswith("-") else text

    def _text(self, step: int, order: Sequence[str]) -> str:
        operation, *rest = self.steps[step]
        if operation == "call":
            return f"f_{rest[0]}({', '.join(self._operand(i, order) for i in rest[1:])})"
        if operation == "negative":
            return f"-{self._operand(rest[0], order)}"
        if operation == "if":
            condition, yes, no = (self._operand(i, order) for i in rest)
            return f"{yes} if {condition} else {no}"
        left, right = rest
        power = operation == "**"
        return f"{self._operand(left, order)} {operation} {self._operand(right, order, power)}"

    def compiled(self, order: Sequence[str]):
        """The function of one array, to be compiled by Numba; poles give inf or nan."""
        table = functions()
        called = {step[1] for step in self.steps if step[0] == "call"}
        scope: dict[str, Any] = {f"f_{name}": table[name][0] for name in called}
        scope.update(inf=float("inf"), nan=float("nan"), __name__="taylorad.generated")
        return compiled(self.source(order), "expression", scope, error_model="numpy")


_numbers = itertools.count(1)


def compiled(text: str, name: str, scope: dict[str, Any], **options):
    """A compiled function of generated text, which reverse mode and the graph can read."""
    filename = f"<command line {next(_numbers)}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    exec(compile(text, filename, "exec"), scope)
    return njit(**options)(scope[name])
