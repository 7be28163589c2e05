"""Where derivatives hurt: the operation in which nan, inf or cancellation first arises."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..adjoint.operations import SELECT
from ..checks import order_of
from ..primitives.interpret import interpret
from . import table
from .advice import advice
from .graph import Graph
from .node import Node, value_of
from .tracing import recorded

#: Digits that must be lost for a sum to be mentioned.
DIGITS = 6.0
#: Inputs up to which each is a direction of its own.
MOST_UNITS = 16
EPS = 2.0**-52


@dataclass(frozen=True)
class Finding:
    """One operation in which something goes wrong.

    Attributes
    ----------
    kind : str
        "nan", "inf", "cancellation" or "division by zero".
    where : str
        In what it arises: "value", "partial derivative", "coefficient 2", "tangent", "adjoint".
    primitive, expression : str
        The operation.
    line : int or None
        In the user's code, whose file is ``file``.
    operands : tuple of float
        Values of the operands.
    number : float
        What came out.
    digits : float
        Decimal digits that are lost; inf for all of them.
    advice : str
        What to write instead, where that is known.
    """

    kind: str
    where: str
    primitive: str
    expression: str
    file: str
    line: int | None
    operands: tuple
    number: float
    digits: float = math.inf
    advice: str = ""

    def __str__(self) -> str:
        operands = ", ".join(table.number(x, 10) for x in self.operands)
        place = f"line {self.line}: " if self.line else ""
        lost = ""
        if self.kind == "cancellation":
            all_lost = not self.digits < 16
            lost = ", all digits lost" if all_lost else f", {self.digits:.0f} digits lost"
        where = self.where if self.where.startswith("coefficient") else f"the {self.where}"
        made = f" ({self.primitive} of {operands})" if self.operands else ""
        text = (
            f"{place}{self.kind} in {where} of {self.expression}{made}: "
            f"{table.number(self.number, 6)}{lost}"
        )
        return text + (f"\n    {self.advice}" if self.advice else "")


@dataclass
class Diagnosis:
    """What `taylorad.diagnose` found; true where there is something."""

    function: str
    order: int
    findings: list[Finding] = field(default_factory=list)
    graph: Graph | None = None

    @property
    def first(self) -> Finding | None:
        """Where it begins."""
        return self.findings[0] if self.findings else None

    def __bool__(self) -> bool:
        return bool(self.findings)

    def __str__(self) -> str:
        head = f"{self.function}, derivatives to order {self.order}: "
        if not self.findings:
            return head + "nothing found"
        return "\n".join([head + f"{len(self.findings)} found", *map(str, self.findings)])

    __repr__ = __str__


def diagnose(
    f, *args, order: int = 1, limit: int = 20_000, argnums: int | Sequence[int] | None = None
) -> Diagnosis:
    """Where nan, inf or cancellation first arises in a function's derivatives.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    *args
        Its arguments: the point where derivatives are wrong.
    order : int, default 1
        The order of the derivatives that are looked at.
    limit : int, default 20000
        The most operations.
    argnums : int or sequence of ints, optional
        The arguments by whose floats derivatives are taken; by default all.

    Returns
    -------
    Diagnosis
        Printed, one line for each operation in which something arises from operands that are
        as they should be, with its line, its values and what to write instead.  Its
        ``findings`` are in the order of the computation: values, then derivatives.

    Raises
    ------
    UnsupportedError, ArgumentTypeError, ArgumentValueError
        As for `taylorad.trace`.

    Notes
    -----
    The function runs once on its graph.  Values, local partial derivatives, Taylor
    coefficients along each input, and adjoints are followed through it.  Divisions by zero go
    on as IEEE arithmetic says, and are mentioned where the program would raise.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def distance(x):
    ...     return np.sqrt(x[0] * x[0] + x[1] * x[1])
    >>> print(ta.diagnose(distance, np.zeros(2)))
    distance, derivatives to order 1: 1 found
    line 2: inf in the partial derivative of sqrt(v4) (sqrt of 0): inf
        sqrt has no slope at 0: branch there, or add a small number under the root
    """
    order = order_of(order, least=1)
    graph = recorded(f, args, limit, argnums, checked=False)
    found = Diagnosis(graph.name, order, graph=graph)
    seen: set[Node] = set()
    for kind, where, node, number, digits in _all(graph, order):
        if node in seen:
            continue
        seen.add(node)
        found.findings.append(_finding(graph, kind, where, node, number, digits))
    return found


def _finding(graph: Graph, kind, where, node: Node, number, digits) -> Finding:
    file, line = node.line or ("", None)
    shown = graph.labels[node] if node.is_input else graph.expression(node)
    return Finding(
        kind, where, node.operation, shown, file, line, tuple(node.operands()),
        number, digits, advice(node, kind),
    )  # fmt: skip


def _all(graph: Graph, order: int) -> Iterator[tuple]:
    yield from _values(graph)
    yield from _partials(graph)
    for direction in _directions(graph):
        yield from _coefficients(graph, order, direction)
    yield from _adjoints(graph)


# -- values --------------------------------------------------------------------------------


def _finite(x) -> bool:
    return not isinstance(x, float) or math.isfinite(x)


def _kind(x: float) -> str:
    return "nan" if math.isnan(x) else "inf"


def _values(graph: Graph) -> Iterator[tuple]:
    bars = _plain_adjoints(graph)
    size = sum(abs(o.value) for o in graph.outputs if isinstance(o, Node) and _finite(o.value))
    for node in graph.nodes:
        if node.is_input:
            if not _finite(node.value):
                yield _kind(node.value), "value", node, node.value, math.inf
            continue
        operands = node.operands()
        if not _finite(node.value) and all(map(_finite, operands)):
            by_zero = node.operation in ("divide", "remainder", "floor_divide", "reciprocal")
            kind = "division by zero" if by_zero and operands[-1] == 0 else _kind(node.value)
            yield kind, "value", node, node.value, math.inf
        elif node.operation in ("log", "log2", "log10") and _near_one(node):
            lost = -math.log10(abs(node.value)) if node.value else math.inf
            if lost >= DIGITS and abs(bars[node]) * EPS > 10.0 ** (DIGITS - 16) * size:
                yield "cancellation", "value", node, node.value, lost
        elif node.operation in ("add", "subtract"):
            lost = _lost(operands, node.value)
            if lost >= DIGITS and _matters(node, operands, bars, size):
                yield "cancellation", "value", node, node.value, lost


def _near_one(node: Node) -> bool:
    """Whether a logarithm's operand is a sum with few digits of what it is off from 1."""
    a = node.args[0]
    summed = isinstance(a, Node) and a.operation in ("add", "subtract")
    return summed and abs(a.value - 1.0) < 10.0**-DIGITS


def _lost(terms, total) -> float:
    """The decimal digits that a sum of rounded terms loses."""
    largest = max(map(abs, terms), default=0.0)
    if not (_finite(largest) and _finite(total)) or largest == 0:
        return 0.0
    return math.inf if total == 0 else math.log10(largest / abs(total)) if total else 0.0


def _matters(node: Node, operands, bars, size: float) -> bool:
    """Whether rounding in the operands changes the result, and the operands are rounded.

    The difference of two inputs or of an input and a constant is exact where it is small.
    """
    rounded = [
        a for a in node.args if isinstance(a, Node) and not a.is_input and a.function is not SELECT
    ]
    if not rounded:
        return False
    bar = bars[node]
    change = abs(bar) * EPS * max(map(abs, operands))
    return not math.isfinite(change) or change > 10.0 ** (DIGITS - 16) * size or size == 0


# -- derivatives ---------------------------------------------------------------------------


def _partials(graph: Graph) -> Iterator[tuple]:
    for node in graph.nodes:
        if node.is_input or not all(map(_finite, node.operands())):
            continue
        for slope in graph.partials[node]:
            if not math.isfinite(slope):
                yield _kind(slope), "partial derivative", node, slope, math.inf
                break


def _directions(graph: Graph) -> Iterator[list[float]]:
    n = len(graph.inputs)
    if n <= MOST_UNITS:
        yield from np.eye(n).tolist()
    else:
        yield np.random.default_rng(0).normal(size=n).tolist()


def _coefficients(graph: Graph, order: int, direction) -> Iterator[tuple]:
    """Taylor coefficients along a direction, by the rules as they stand."""
    series: dict[Node, list[float]] = dict(
        zip(graph.inputs, ([n.value, v] + [0.0] * (order - 1) for n, v in
            zip(graph.inputs, direction, strict=True)), strict=True)
    )  # fmt: skip
    for node in graph.nodes:
        if node.is_input:
            continue
        made = series[node] = _series(node, order, series)
        inside = [c for a in node.parents for c in series[a]]
        if not all(map(_finite, inside)):
            continue
        for k in range(1, order + 1):
            if not math.isfinite(made[k]):
                yield _kind(made[k]), f"coefficient {k}", node, made[k], math.inf
                break
            terms = [series[a][k] for a in node.parents]
            linear = node.operation in ("add", "subtract") and len(terms) == 2
            if linear and DIGITS <= _lost(terms, made[k]) < math.inf:
                yield "cancellation", f"coefficient {k}", node, made[k], _lost(terms, made[k])
                break


def _series(node: Node, order: int, series) -> list[float]:
    if node.function is SELECT:
        chosen = node.args[1] if value_of(node.args[0]) else node.args[2]
        return series[chosen] if isinstance(chosen, Node) else [float(chosen)] + [0.0] * order
    if node.is_discrete or node.primitive is None:
        return [float(node.value)] + [0.0] * order
    operands = [series[a] if isinstance(a, Node) else a for a in node.args]
    with np.errstate(all="ignore"):
        found = interpret(node.primitive, order, *operands, function=node.function)
    return [float(c) for c in found]


def _plain_adjoints(graph: Graph) -> dict[Node, float]:
    """Adjoints by plain arithmetic: 0 times inf is nan, as in compiled code."""
    bars = dict.fromkeys(graph.nodes, 0.0)
    for o in graph.outputs:
        if isinstance(o, Node):
            bars[o] += 1.0
    for node in reversed(graph.nodes):
        if not node.is_input:
            for a, slope in zip(node.args, graph.partials[node], strict=True):
                if isinstance(a, Node) and not node.is_discrete and node.function is not SELECT:
                    bars[a] += slope * bars[node]
                elif isinstance(a, Node) and slope:
                    bars[a] += bars[node]
    return bars


def _adjoints(graph: Graph) -> Iterator[tuple]:
    """From the result back: the first operations whose operands' adjoints are no numbers."""
    bars = _plain_adjoints(graph)
    terms: dict[Node, list[float]] = {n: [] for n in graph.nodes}
    for node in reversed(graph.nodes):
        if node.is_input:
            continue
        for a, slope in zip(node.args, graph.partials[node], strict=True):
            if not isinstance(a, Node) or node.is_discrete or not math.isfinite(bars[node]):
                continue
            if not all(map(_finite, node.operands())):
                continue  # what comes of them has been found
            term = slope * bars[node]
            terms[a].append(term)
            if not math.isfinite(term):
                yield _kind(term), "adjoint", node, term, math.inf
    for node in graph.inputs:
        lost = _lost(terms[node], sum(terms[node]))
        if len(terms[node]) > 1 and DIGITS <= lost < math.inf:
            yield "cancellation", "adjoint", node, sum(terms[node]), lost
