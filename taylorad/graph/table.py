"""The table of steps that textbooks print: value, tangent and adjoint of every operation."""

from __future__ import annotations

import operator
from collections.abc import Iterable

from ..adjoint.operations import SELECT
from .node import Node, Round

#: Operators with their precedence.
SIGNS = {
    operator.add: ("+", 1), operator.sub: ("-", 1), operator.mul: ("*", 2),
    operator.truediv: ("/", 2), operator.floordiv: ("//", 2), operator.mod: ("%", 2),
    operator.pow: ("**", 4), operator.lt: ("<", 0), operator.le: ("<=", 0),
    operator.gt: (">", 0), operator.ge: (">=", 0), operator.eq: ("==", 0),
    operator.ne: ("!=", 0), operator.and_: ("&", 0), operator.or_: ("|", 0),
    operator.xor: ("^", 0),
}  # fmt: skip
#: More rounds of a loop than these are folded: the first and the last are shown.
UNFOLDED = 3
HEAD = ["step", "name", "expression", "value", "tangent", "adjoint", "line"]
RIGHT = {"step", "value", "tangent", "adjoint", "line"}


def number(x, digits: int = 6) -> str:
    """A number with so many significant digits."""
    if isinstance(x, bool | int):
        return str(x)
    return f"{x + 0.0:.{digits}g}"


def expression(node: Node, labels: dict[Node, str]) -> str:
    """An operation as it is written."""
    if node.is_input:
        return "input"
    args = [labels[a] if isinstance(a, Node) else number(a) for a in node.args]
    if node.function is SELECT:
        return f"{args[1]} if {args[0]} else {args[2]}"
    if node.function in SIGNS:
        args = [f"({a})" if a.startswith("-") else a for a in args]
        return f"{args[0]} {SIGNS[node.function][0]} {args[1]}"
    if node.function is operator.neg:
        return f"-{args[0]}"
    if node.function is operator.not_:
        return f"not {args[0]}"
    name = getattr(node.function, "__name__", node.operation)
    return f"{name}({', '.join(args)})"


def header(graph, direction) -> str:
    """What the table is of."""
    shown = [f"{n.name} = {number(n.value, 10)}" for n in graph.inputs[:6]]
    shown += [f"... {len(graph.inputs)} inputs"] if len(graph.inputs) > 6 else []
    along = "the direction given" if direction else graph.inputs[0].name if graph.inputs else ""
    at = f" at {', '.join(shown)}" if shown else ""
    return f"{graph.name}{at}" + (f"; tangent along {along}" if along else "")


def rows(graph, direction=(), cotangent=None, digits: int = 6) -> Iterable[tuple[Node, list[str]]]:
    """The cells of each node."""
    dots, bars = graph.tangents(*direction), graph.adjoints(cotangent)
    files = {n.line[0] for n in graph.nodes if n.line}
    for node in graph.nodes:
        flows = not node.is_discrete
        line = ""
        if node.line:
            line = str(node.line[1])
            if len(files) > 1:
                line = f"{node.line[0].rpartition('/')[2]}:{line}"
        yield node, [
            f"v{node.number}",
            graph.labels[node] if node.name else "",
            graph.expression(node),
            number(node.value, digits),
            number(dots[node], digits) if flows else "",
            number(bars[node], digits) if flows else "",
            line,
        ]


def text(graph, direction=(), cotangent=None, digits: int = 6, fold: bool = True) -> str:
    """The whole table."""
    cells = dict(rows(graph, direction, cotangent, digits))
    lines: list[list[str] | str] = list(folded(graph.nodes, cells) if fold else cells.values())
    columns = [HEAD, *(r for r in lines if not isinstance(r, str))]
    widths = [max(len(row[k]) for row in columns) for k in range(len(HEAD))]

    def shown(row) -> str:
        if isinstance(row, str):
            return row
        parts = [
            c.rjust(w) if h in RIGHT else c.ljust(w)
            for c, w, h in zip(row, widths, HEAD, strict=True)
        ]
        return "  ".join(parts).rstrip()

    out = [header(graph, direction), shown(HEAD), *map(shown, lines)]
    for note in notes(graph):
        out.append(note)
    return "\n".join(out)


def notes(graph) -> list[str]:
    """What else is to be known: results that are not one node, the way that was taken."""
    found = []
    outputs = graph.outputs
    if len(outputs) != 1 or not isinstance(outputs[0], Node):
        names = [graph.labels[o] if isinstance(o, Node) else number(o) for o in outputs[:20]]
        more = ", ..." if len(outputs) > 20 else ""
        found.append(f"result: {', '.join(names)}{more}")
    branches = [d for d in graph.decisions if d.what == "branch"]
    lines = sorted({d.line[1] for d in branches if d.line})
    if lines:
        found.append(f"branches on the inputs were followed at line {', '.join(map(str, lines))}")
    if len(branches) < len(graph.decisions):
        found.append("indices or an order of elements depend on the inputs, and are kept")
    return found


def folded(nodes: list[Node], cells, depth: int = 0):
    """Rows in order; of a loop with many rounds the first and the last."""
    i = 0
    while i < len(nodes):
        rounds = nodes[i].rounds
        if len(rounds) <= depth:
            yield cells[nodes[i]]
            i += 1
            continue
        loop = rounds[depth].loop
        j = i
        while j < len(nodes) and _in(nodes[j], loop, depth):
            j += 1
        yield from _loop(nodes[i:j], cells, depth)
        i = j


def _in(node: Node, loop, depth: int) -> bool:
    return len(node.rounds) > depth and node.rounds[depth].loop is loop


def _loop(nodes: list[Node], cells, depth: int):
    groups: dict[Round, list[Node]] = {}
    for node in nodes:
        groups.setdefault(node.rounds[depth], []).append(node)
    rounds = list(groups.values())
    if len(rounds) <= UNFOLDED:
        yield from folded(nodes, cells, depth + 1)
        return
    yield from folded(rounds[0], cells, depth + 1)
    hidden = rounds[1:-1]
    line = nodes[0].rounds[depth].loop.line
    steps = sum(map(len, hidden))
    alike = len({tuple(n.function for n in r) for r in rounds}) == 1
    how = " like the first" if alike else ""
    yield f"   :  {len(hidden)} rounds of the loop at line {line}{how}, {steps} steps"
    yield from folded(rounds[-1], cells, depth + 1)


