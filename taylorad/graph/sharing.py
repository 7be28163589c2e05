"""Numbers that are computed again, and numbers that many operations use.

Equal operations on equal operands are found by value numbering (Cocke and Schwartz 1970).
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..tables import Printed, Table
from .node import Loop, Node, Round

#: The order of whose operands does not matter.
_COMMUTE = {operator.add, operator.mul, np.add, np.multiply}
#: Rows of a table of most used numbers.
MOST = 12


def firsts(nodes: list[Node]) -> dict[Node, Node]:
    """For each operation that repeats an earlier one, the first such."""
    known: dict[tuple, Node] = {}
    found: dict[Node, Node] = {}
    for node in nodes:
        if node.is_input:
            continue
        operands = [
            str(found.get(a, a).number) if isinstance(a, Node) else f"= {a!r}" for a in node.args
        ]
        if node.function in _COMMUTE:
            operands.sort()
        first = known.setdefault((node.function, *operands), node)
        if first is not node:
            found[node] = first
    return found


@dataclass(frozen=True)
class Repeat:
    """An expression that is computed several times."""

    #: Written out, in the user's names.
    expression: str
    first: Node
    again: tuple[Node, ...]
    #: Operations less if it were computed once, those that lead to it alone included.
    saves: int
    #: The line of a loop in whose rounds it is always the same: it may stand before.
    loop: int | None = None

    @property
    def lines(self) -> list[int]:
        """The lines where it is computed again."""
        return sorted({n.line[1] for n in self.again if n.line})


class Repeats(Printed):
    """The expressions of a graph that are computed several times, those that save most first."""

    def __init__(self, graph):
        self.graph = graph
        #: All operations that repeat an earlier one.
        self.nodes: dict[Node, Node] = graph.repeated
        self.items = sorted(self._items(), key=lambda r: -r.saves)

    def _items(self) -> Iterator[Repeat]:
        """One for each expression that is used as a whole: its parts are not mentioned."""
        consumers = self.graph.consumers()
        outputs = set(self.graph.outputs_that_vary)
        again: dict[Node, list[Node]] = {}
        for node, first in self.nodes.items():
            if node in outputs or not all(c in self.nodes for c in consumers[node]):
                again.setdefault(first, []).append(node)
        heads = {n for nodes in again.values() for n in nodes}
        counted: set[Node] = set()
        for first, nodes in again.items():
            stack, saves = list(nodes), 0
            while stack:
                node = stack.pop()
                if node not in counted:
                    counted.add(node)
                    saves += 1
                    stack += [p for p in node.parents if p in self.nodes and p not in heads]
            loop = self._unchanged([first, *nodes])
            yield Repeat(self.graph.written(first), first, tuple(nodes), saves, loop)

    def _unchanged(self, nodes: list[Node]) -> int | None:
        """The line of the outermost loop that has one of these equal nodes in every round."""
        for depth, place in enumerate(nodes[0].rounds):
            places = {n.rounds[depth] if len(n.rounds) > depth else None for n in nodes}
            if place.loop.is_written and places == self._rounds[place.loop]:
                return place.loop.line
        return None

    @cached_property
    def _rounds(self) -> dict[Loop, set[Round]]:
        """The rounds of each loop that the graph has nodes of."""
        found: dict[Loop, set[Round]] = {}
        for node in self.graph.nodes:
            for place in node.rounds:
                found.setdefault(place.loop, set()).add(place)
        return found

    @property
    def saves(self) -> int:
        """Operations less if everything were computed once."""
        return len(self.nodes)

    def __iter__(self) -> Iterator[Repeat]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def parts(self) -> list[str | Table]:
        operations = sum(not n.is_input for n in self.graph.nodes)
        title = f"{self.graph.name}: {self.saves} of {operations} operations repeat an earlier one"
        if not self.items:
            return [title]
        head = ["expression", "first", "line", "times again", "at line", "saves", ""]
        rows = [
            [
                r.expression,
                f"v{r.first.number}",
                str(r.first.line[1]) if r.first.line else "",
                str(len(r.again)),
                ", ".join(map(str, r.lines)),
                str(r.saves),
                f"may stand before the loop at line {r.loop}" if r.loop is not None else "",
            ]
            for r in self.items
        ]
        return [title, Table(head, rows, left=(0, 6))]


@dataclass(frozen=True)
class Fan:
    """How many numbers an operation takes, and how many operations take its result."""

    node: Node
    fan_in: int
    fan_out: int
    #: Where it is used.
    lines: list[int]


class Fans(Printed):
    """Fan-in and fan-out of every number, the most used first."""

    def __init__(self, graph):
        self.graph = graph
        self.items = sorted(
            (
                Fan(node, len(node.parents), len(used), sorted({c.line[1] for c in used if c.line}))
                for node, used in graph.consumers().items()
            ),
            key=lambda fan: -fan.fan_out,
        )

    def __iter__(self) -> Iterator[Fan]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def parts(self) -> list[str | Table]:
        head = ["step", "name", "expression", "fan-in", "fan-out", "used at line"]
        rows = [
            [
                f"v{f.node.number}",
                self.graph.labels[f.node] if f.node.name else "",
                self.graph.expression(f.node),
                str(f.fan_in),
                str(f.fan_out),
                ", ".join(map(str, f.lines)),
            ]
            for f in self.items[:MOST]
        ]
        title = f"{self.graph.name}: the most used of {len(self.items)} numbers"
        return [title, Table(head, rows, left=(1, 2, 5))]
