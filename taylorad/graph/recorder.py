"""The recorder: operations on numbers, done at once and written down where they matter."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..adjoint.kinds import BOOL, FLOAT, INT
from ..adjoint.operations import SELECT
from ..errors import ArgumentValueError, UnsupportedError
from .node import NUMBERS, ROUNDS, Loop, Node, Round, value_of

#: Why complex numbers are refused: every step has a real value, tangent and adjoint.
REAL = "a graph is of real numbers; compute with the two parts of complex ones"
#: What Python's own floats do as compiled ones, and quickly.
_PLAIN = {operator.add, operator.sub, operator.mul, operator.neg}


@dataclass(frozen=True)
class Decision:
    """A place where the program's way depended on the inputs: the graph is that of this way."""

    node: Node
    outcome: Any
    #: "branch", "index" or "order".
    what: str
    line: tuple[str, int] | None


class Recorder:
    """Evaluates operations; those that depend on the inputs become nodes."""

    def __init__(self, limit: int):
        self.limit = limit
        self.nodes: list[Node] = []
        self.decisions: list[Decision] = []
        self.line: tuple[str, int] | None = None
        self.rounds: tuple[Round, ...] = ()
        self.steps = 0

    def input(self, value: float, name: str) -> Node:
        return self._add(Node(None, (), float(value), name))

    def _add(self, node: Node) -> Node:
        node.number = len(self.nodes)
        self.nodes.append(node)
        return node

    def step(self) -> None:
        """Count an operation of the program, recorded or not: a loop must not run for ever."""
        self.steps += 1
        if self.steps > self.limit:
            where = ""
            if self.rounds:
                loop = self.rounds[0].loop
                where = f" in the {'loop' if loop.is_written else 'array'} at line {loop.line}"
            raise ArgumentValueError(
                f"more than {self.limit} operations{where}: a graph is for looking at; trace "
                "a smaller case, or pass limit="
            )

    def apply(self, fn, args, kind=FLOAT, name=""):
        """``fn(*args)``: a node where an operand is one."""
        self.step()
        if fn is SELECT and not isinstance(args[0], Node):
            return args[1] if args[0] else args[2]
        value = evaluated(fn, [value_of(a) for a in args], kind)
        if not any(isinstance(a, Node) for a in args):
            return value
        return self._add(Node(fn, tuple(args), value, name, self.line, self.rounds))

    def truth(self, x) -> bool:
        """A condition that the program branches on."""
        return bool(self.known(x, "branch"))

    def index(self, x) -> int:
        return int(self.known(x, "index"))

    def known(self, x, what: str):
        """The plain number of what the program's way depends on."""
        if not isinstance(x, Node):
            return x
        self.decisions.append(Decision(x, x.value, what, self.line))
        return x.value

    def entered(self, line, what: str = ROUNDS) -> Loop:
        return Loop(line[1] if line else 0, self.rounds, what)

    def each(self, items: Iterable, what: str = "elements") -> Iterator:
        """The items of an operation on arrays, for display each a round of a loop."""
        outer = self.rounds
        loop = self.entered(self.line, what)
        for i, item in enumerate(items):
            self.rounds = (*outer, Round(loop, i))
            yield item
        self.rounds = outer


def evaluated(fn, values, kind):
    """The value that the compiled program has, to the bit but for libm.

    NumPy's warnings are to be off: inf and nan are values.
    """
    if fn in _PLAIN and kind == FLOAT:
        made = fn(*values)
        if type(made) is float:
            return made
    if any(isinstance(v, complex | np.complexfloating) for v in values):
        raise UnsupportedError(REAL)
    if fn is SELECT:
        return values[1] if values[0] else values[2]
    if kind == FLOAT:
        made = NUMBERS.call(fn, *values)
        if isinstance(made, complex | np.complexfloating):
            raise UnsupportedError(REAL)
        return float(made)
    made = fn(*values)
    return bool(made) if kind == BOOL else int(made) if kind == INT else made
