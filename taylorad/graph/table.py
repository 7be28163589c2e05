"""The table of steps that textbooks print: value, tangent and adjoint of every operation."""

from __future__ import annotations

import operator

from ..adjoint.operations import SELECT
from ..tables import Remark, Table
from .folding import Fold, View
from .node import Node

#: Operators with their precedence.
SIGNS = {
    operator.add: ("+", 1), operator.sub: ("-", 1), operator.mul: ("*", 2),
    operator.truediv: ("/", 2), operator.floordiv: ("//", 2), operator.mod: ("%", 2),
    operator.pow: ("**", 4), operator.lt: ("<", 0), operator.le: ("<=", 0),
    operator.gt: (">", 0), operator.ge: (">=", 0), operator.eq: ("==", 0),
    operator.ne: ("!=", 0), operator.and_: ("&", 0), operator.or_: ("|", 0),
    operator.xor: ("^", 0),
}  # fmt: skip
HEAD = ["step", "name", "expression", "value", "tangent", "adjoint", "line"]
#: Letters of an expression that is written out.
LONGEST = 60
#: Its columns that are aligned to the left.
LEFT = (1, 2)


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


def place(graph) -> str:
    """The function, and the point where it was traced."""
    shown = [f"{n.name} = {number(n.value, 10)}" for n in graph.inputs[:6]]
    shown += [f"... {len(graph.inputs)} inputs"] if len(graph.inputs) > 6 else []
    return f"{graph.name} at {', '.join(shown)}" if shown else graph.name


def header(graph, direction) -> str:
    """What the table is of."""
    along = "the direction given" if direction else graph.inputs[0].name if graph.inputs else ""
    return place(graph) + (f"; tangent along {along}" if along else "")


def written(node: Node, labels: dict[Node, str], looser: int = -1) -> str:
    """An operation with its operands written out, down to numbers that have names."""

    def operand(a, precedence: int = -1) -> str:
        if not isinstance(a, Node):
            shown = number(a)
            return f"({shown})" if shown.startswith("-") and precedence >= 0 else shown
        return labels[a] if a.name else written(a, labels, precedence)

    if node.function in SIGNS:
        sign, precedence = SIGNS[node.function]
        # what is left of an operator may bind as loosely, what is right of it may not
        power = node.function is operator.pow
        left, right = (operand(a, precedence - (k == power)) for k, a in enumerate(node.args))
        text = f"{left} {sign} {right}"
        return f"({text})" if precedence <= looser else text
    is_call = node.function not in (operator.neg, operator.not_, SELECT)
    tightest = -1 if is_call else max(precedence for _, precedence in SIGNS.values())
    text = expression(node, {a: operand(a, tightest) for a in node.parents})
    bare = is_call or looser < 0 or (node.function is operator.neg and looser < 2)
    return text if bare else f"({text})"


def steps(graph, direction=(), cotangent=None, digits: int = 6, fold: bool = True) -> Table:
    """The table of steps; of loops with many rounds the first and the last."""
    shown = cells(graph, direction, cotangent, digits)
    rows = [
        Remark(str(item)) if isinstance(item, Fold) else shown[item]
        for item in View(graph, fold).items
    ]
    return Table(HEAD, rows, LEFT)


def cells(graph, direction=(), cotangent=None, digits: int = 6) -> dict[Node, list[str]]:
    """The cells of each node."""
    dots, bars = graph.tangents(*direction), graph.adjoints(cotangent)
    files = {n.line[0] for n in graph.nodes if n.line}
    found = {}
    for node in graph.nodes:
        flows = not node.is_discrete
        line = ""
        if node.line:
            line = str(node.line[1])
            if len(files) > 1:
                line = f"{node.line[0].rpartition('/')[2]}:{line}"
        found[node] = [
            f"v{node.number}",
            graph.labels[node] if node.name else "",
            graph.expression(node),
            number(node.value, digits),
            number(dots[node], digits) if flows else "",
            number(bars[node], digits) if flows else "",
            line,
        ]
    return found


def parts(graph, direction=(), cotangent=None, digits: int = 6, fold: bool = True):
    """What is printed: the table between its title and notes."""
    table = steps(graph, direction, cotangent, digits, fold)
    return [header(graph, direction), table, *notes(graph)]


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
    if graph.repeated:
        found.append(_repeated(graph))
    return found


def _repeated(graph) -> str:
    pairs = [f"{graph.labels[n]} is {graph.labels[first]}" for n, first in graph.repeated.items()]
    more = f", ... {len(pairs)} in all; see repeats()" if len(pairs) > 4 else ""
    return f"computed again: {', '.join(pairs[:4])}{more}"
