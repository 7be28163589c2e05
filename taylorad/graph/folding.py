"""What is shown of a graph: of loops with many rounds the first and the last.

One rule for tables and pictures.  Operations that it hides stand together in the order of
evaluation, so that a fold may take their place: what leads to it comes before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from .node import Loop, Node, Round

#: Loops of more rounds are folded,
UNFOLDED = 3
#: if that hides so many steps; inputs are hidden where it is so many of them.
FEWEST, FEWEST_INPUTS = 4, 5


@dataclass(frozen=True, eq=False)
class Fold:
    """Steps that are not shown, in a row."""

    nodes: tuple[Node, ...]
    #: What they are: ``5 rounds of the loop at line 52``.
    heading: str
    #: How many: ``15 steps``.
    size: str
    #: Whether they are those of the round before over again.
    alike: bool = False
    #: The rounds of loops around it.
    around: tuple[Round, ...] = ()

    def __str__(self) -> str:
        return f"{self.heading}{' like the first' * self.alike}, {self.size}"

    @property
    def remark(self) -> str:
        """What follows the heading on a line of its own."""
        return f"{'like the first, ' * self.alike}{self.size}"


def key(item: Node | Fold) -> str:
    """What an item is called in the text of a picture."""
    return f"f{item.nodes[0].number}" if isinstance(item, Fold) else f"n{item.number}"


@dataclass(frozen=True)
class Edge:
    """Uses of a number, or of one that is folded away, by another."""

    source: Node | Fold
    target: Node | Fold
    #: The local partial derivative; None where none flows, and for several uses.
    slope: float | None
    #: How many uses: 1 between nodes.
    count: int = 1


class View:
    """What of a graph is shown: nodes and folds in the order of evaluation."""

    def __init__(self, graph, fold: bool = True):
        self.graph = graph
        self.items: list[Node | Fold] = list(_items(graph) if fold else graph.nodes)
        #: The item that a node is shown as.
        self.place: dict[Node, Node | Fold] = {}
        for item in self.items:
            nodes = item.nodes if isinstance(item, Fold) else (item,)
            self.place.update(dict.fromkeys(nodes, item))
        #: The items that are the result, or hold a part of it.
        self.outputs = {self.place[o] for o in graph.outputs_that_vary}

    def edges(self) -> list[Edge]:
        """Each use between nodes; those of a fold and another item together."""
        found: list[Edge] = []
        uses: dict[tuple[Node | Fold, Node | Fold], list[float | None]] = {}
        for a, b, slope in flows(self.graph):
            ends = self.place[a], self.place[b]
            if ends[0] is ends[1]:
                continue
            if not any(isinstance(e, Fold) for e in ends):
                found.append(Edge(a, b, slope))
            else:
                uses.setdefault(ends, []).append(slope)
        for (source, target), slopes in uses.items():
            found.append(Edge(source, target, slopes[0] if len(slopes) == 1 else None, len(slopes)))
        return found

    def boxes(self) -> Iterator[tuple[str, tuple[Round, ...], Node | Fold | None]]:
        """The items in order, between "open" and "close" for each round of a loop."""
        inside: tuple[Round, ...] = ()
        for item in self.items:
            rounds = item.around if isinstance(item, Fold) else item.rounds
            path = tuple(r for r in rounds if r.loop.is_written)
            common = 0
            while common < min(len(path), len(inside)) and path[common] == inside[common]:
                common += 1
            for depth in range(len(inside), common, -1):
                yield "close", inside[:depth], None
            for depth in range(common, len(path)):
                yield "open", path[: depth + 1], None
            yield "item", path, item
            inside = path
        for depth in range(len(inside), 0, -1):
            yield "close", inside[:depth], None


def flows(graph) -> Iterator[tuple[Node, Node, float | None]]:
    """Operand, operation and the local partial derivative; None where none flows."""
    for node in graph.nodes:
        if node.is_input:
            continue
        for a, slope in zip(node.args, graph.partials[node], strict=True):
            if isinstance(a, Node):
                yield a, node, None if node.is_discrete or a.is_discrete else slope


def _items(graph) -> Iterator[Node | Fold]:
    operations = list(_folded([n for n in graph.nodes if not n.is_input], 0))
    hidden = {n for item in operations if isinstance(item, Fold) for n in item.nodes}
    yield from _inputs(graph, hidden)
    yield from operations


def _inputs(graph, hidden: set[Node]) -> Iterator[Node | Fold]:
    """The inputs; many of an argument that only hidden operations use are hidden too."""
    consumers = graph.consumers()
    outputs = set(graph.outputs_that_vary)

    def kind(node: Node) -> str | Node:
        """The argument that a hidden input is of; one that is shown stands alone."""
        inside = node not in outputs and all(c in hidden for c in consumers[node])
        return node.name.partition("[")[0] if inside else node

    rows = [(of, list(row)) for of, row in groupby(graph.inputs, kind)]
    short: dict[str, list[Node]] = {}
    for of, row in rows:
        if isinstance(of, str) and len(row) < FEWEST_INPUTS:
            short.setdefault(of, []).extend(row)
    scattered = {n: nodes for nodes in short.values() if len(nodes) >= FEWEST_INPUTS for n in nodes}
    for of, row in rows:
        if len(row) >= FEWEST_INPUTS:
            names = f"{graph.labels[row[0]]} to {graph.labels[row[-1]]}"
            yield Fold(tuple(row), names, f"{len(row)} inputs")
        elif row[0] not in scattered:
            yield from row
        elif (nodes := scattered[row[0]])[0] is row[0]:
            yield Fold(tuple(nodes), f"more of {of}", f"{len(nodes)} inputs")


def _folded(nodes: list[Node], depth: int) -> Iterator[Node | Fold]:
    """Nodes of the same rounds of ``depth`` loops."""
    i = 0
    while i < len(nodes):
        if len(nodes[i].rounds) <= depth:
            yield nodes[i]
            i += 1
            continue
        loop = nodes[i].rounds[depth].loop
        j = i
        while j < len(nodes) and _is_in(nodes[j], loop, depth):
            j += 1
        yield from _loop(nodes[i:j], loop, depth)
        i = j


def _is_in(node: Node, loop: Loop, depth: int) -> bool:
    return len(node.rounds) > depth and node.rounds[depth].loop is loop


def _loop(nodes: list[Node], loop: Loop, depth: int) -> Iterator[Node | Fold]:
    groups: dict[Round, list[Node]] = {}
    for node in nodes:
        groups.setdefault(node.rounds[depth], []).append(node)
    rounds = list(groups.values())
    hidden = [n for r in rounds[1:-1] for n in r]
    if len(rounds) <= UNFOLDED or len(hidden) < FEWEST:
        yield from _folded(nodes, depth + 1)
        return
    yield from _folded(rounds[0], depth + 1)
    alike = len({tuple(n.function for n in r) for r in rounds}) == 1
    yield Fold(
        tuple(hidden),
        f"{len(rounds) - 2} {loop.what} at line {loop.line}",
        f"{len(hidden)} steps",
        alike,
        loop.around,
    )
    yield from _folded(rounds[-1], depth + 1)
