"""Nodes: what the graph is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..adjoint.operations import SELECT
from ..primitives.interpret import Interpreter
from ..primitives.registry import Discrete, Primitive, lookup

#: Rules run on plain numbers.
NUMBERS = Interpreter(0)
ROUNDS = "rounds of the loop"


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop of the program, as one run of it: its line and how it was entered."""

    line: int
    #: The rounds of loops around it.
    around: tuple[Round, ...] = ()
    #: What its rounds are: the program's, or "elements" for which it writes one operation.
    what: str = ROUNDS

    @property
    def is_written(self) -> bool:
        """Whether the program has this loop, and not an operation on arrays."""
        return self.what == ROUNDS


@dataclass(frozen=True)
class Round:
    """One iteration of a loop."""

    loop: Loop
    index: int


@dataclass(eq=False)
class Node:
    """A number that depends on the inputs: an input, or the result of an operation.

    Operands are nodes or plain numbers.
    """

    function: Any
    args: tuple
    value: float | int | bool
    name: str = ""
    #: File and line in the user's code.
    line: tuple[str, int] | None = None
    rounds: tuple[Round, ...] = field(default=(), repr=False)
    #: The place in the graph, from 0.
    number: int = -1

    @property
    def is_input(self) -> bool:
        return self.function is None

    @cached_property
    def primitive(self) -> Primitive | None:
        return lookup(self.function)

    @property
    def parents(self) -> list[Node]:
        """The operands that are nodes, each as often as it is one."""
        return [a for a in self.args if isinstance(a, Node)]

    @property
    def operation(self) -> str:
        """The operation's name in the registry; "select" for a choice."""
        if self.is_input:
            return "input"
        if self.primitive is not None:
            return self.primitive.name
        return getattr(self.function, "__name__", str(self.function))

    @property
    def is_discrete(self) -> bool:
        """Whether the number is constant in pieces: no derivatives flow through."""
        if self.is_input or self.function is SELECT:
            return False
        p = self.primitive
        return p is None or isinstance(p.rules["x" * p.arity], Discrete)

    def operands(self) -> list:
        """The operands' values."""
        return [value_of(a) for a in self.args]

    def partials(self) -> tuple[float, ...]:
        """The local partial derivatives, one an operand; those by constants are 0."""
        values = self.operands()
        if self.function is SELECT:
            return 0.0, float(bool(values[0])), float(not values[0])
        if self.is_discrete or self.is_input:
            return (0.0,) * len(values)
        assert self.primitive is not None
        return tuple(
            partial(self.primitive, k, values) if isinstance(a, Node) else 0.0
            for k, a in enumerate(self.args)
        )


def partial(primitive: Primitive, k: int, values) -> float:
    """The registry's local partial derivative by operand ``k`` at plain numbers."""
    with np.errstate(all="ignore"):
        found = NUMBERS.call(primitive.partials[k], *map(NUMBERS.number, values))
    return float(found)


def value_of(x):
    """The plain number of an operand."""
    return x.value if isinstance(x, Node) else x
