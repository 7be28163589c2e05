"""Counts and costs: what a graph consists of, and what derivatives of it cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from ..errors import ArgumentValueError
from ..tables import Printed, Table
from . import timing
from .forms import mapped
from .node import Node

#: Operations whose local partials are known without computing anything.
_LINEAR = {"add", "subtract", "negative", "positive", "select"}
#: Those whose partials are the operands or the result.
_FREE = _LINEAR | {"multiply", "absolute", "exp", "maximum", "minimum", "max", "min"}


@dataclass(frozen=True)
class Counts(Printed):
    """What a graph consists of."""

    inputs: int
    operations: int
    #: How often each primitive occurs.
    by_operation: dict[str, int] = field(repr=False)
    #: The longest way from an input to the result, in operations.
    depth: int = 0
    #: The most numbers that are needed at once: the memory of the plain function.
    live: int = 0
    #: Numbers that reverse mode keeps until it returns to them.
    kept: int = 0
    largest_fan_in: int = 0
    largest_fan_out: int = 0
    #: Operations that repeat an earlier one on the same operands.
    repeated: int = 0
    #: Inputs that the result does not depend on.
    unused: int = 0
    #: The numbers with the largest fan-in and fan-out, as the table of steps calls them.
    widest_in: str = ""
    widest_out: str = ""

    def parts(self) -> list[str | Table]:
        most = ", ".join(
            f"{n} {name}" for name, n in sorted(self.by_operation.items(), key=lambda x: -x[1])
        )
        rows = [
            ["inputs", f"{self.inputs} ({self.unused} unused)"],
            ["operations", f"{self.operations}: {most}" if most else "0"],
            ["depth", f"{self.depth}"],
            ["live numbers at most", f"{self.live}"],
            ["kept by reverse mode", f"{self.kept}"],
            ["largest fan-in", _with_name(self.largest_fan_in, self.widest_in)],
            ["largest fan-out", _with_name(self.largest_fan_out, self.widest_out)],
            ["repeated operations", f"{self.repeated}"],
        ]
        return [Table(["", ""], rows, left=(0, 1))]


def _with_name(n: int, name: str) -> str:
    return f"{n}, of {name}" if name else f"{n}"


def counts(graph) -> Counts:
    """The counts of a graph."""
    operations = [n for n in graph.nodes if not n.is_input]
    consumers = graph.consumers()
    outputs = set(graph.outputs_that_vary)
    taking = max(operations, key=lambda n: len(n.parents), default=None)
    used = max(graph.nodes, key=lambda n: len(consumers[n]), default=None)
    return Counts(
        inputs=len(graph.inputs),
        operations=len(operations),
        by_operation=dict(Counter(n.operation for n in operations)),
        depth=max(layers(graph).values(), default=0),
        live=_live(graph, consumers, outputs),
        kept=len(_kept(operations)),
        largest_fan_in=len(taking.parents) if taking else 0,
        largest_fan_out=len(consumers[used]) if used else 0,
        widest_in=graph.labels[taking] if taking else "",
        widest_out=graph.labels[used] if used else "",
        repeated=len(graph.repeated),
        unused=sum(not consumers[n] and n not in outputs for n in graph.inputs),
    )


def layers(graph) -> dict[Node, int]:
    """For each node the length of the longest way to it from an input."""
    found: dict[Node, int] = {}
    for node in graph.nodes:
        found[node] = 1 + max((found[p] for p in node.parents), default=-1)
    return found


def _live(graph, consumers, outputs) -> int:
    last = {n: max((c.number for c in consumers[n]), default=n.number) for n in graph.nodes}
    ends = Counter(
        len(graph.nodes) if n in outputs else last[n] for n in graph.nodes
    )
    alive = most = 0
    for node in graph.nodes:
        alive += 1
        most = max(most, alive)
        alive -= ends[node.number]
    return most


def _kept(operations: list[Node]) -> set[Node]:
    """The numbers that local partials are made of."""
    kept: set[Node] = set()
    for node in operations:
        name = node.operation
        if name in _LINEAR or node.is_discrete:
            continue
        if name in ("exp", "sqrt", "tanh"):
            kept.add(node)
        elif name == "multiply":  # each operand is the other's partial
            a, b = node.args
            kept |= {x for x, other in ((a, b), (b, a)) if _both(x, other)}
        else:
            kept |= set(node.parents)
    return kept


def _both(x, other) -> bool:
    return isinstance(x, Node) and isinstance(other, Node)


@dataclass(frozen=True)
class Costs(Printed):
    """Costs of each mode, in multiples of the plain function's.

    Predicted from the operations: a product and a sum along each edge, and one operation
    for each partial derivative that must be computed.  Griewank and Walther 2008, section
    3.3: reverse mode takes at most 4 or so, whatever the number of inputs.
    """

    operations: int
    tangent: float
    gradient: float
    #: A gradient by forward mode: a tangent for each input.
    gradient_forward: float
    #: The plain function's time in seconds, None if not measured, and ratios to it, None also
    #: where it is too short.
    seconds: float | None = None
    measured_tangent: float | None = None
    measured_gradient: float | None = None

    def parts(self) -> list[str | Table]:
        measured = self.measured_gradient is not None
        modes = [
            ("one tangent, forward", self.tangent, self.measured_tangent),
            ("gradient, reverse", self.gradient, self.measured_gradient),
            ("gradient, forward", self.gradient_forward, None),
        ]
        head = ["cost / the function", "predicted", *["measured"] * measured]
        rows = [
            [name, f"{predicted:.2f}", *["" if m is None else f"{m:.2f}"] * measured]
            for name, predicted, m in modes
        ]
        said = [f"the function has {self.operations} operations"]
        if measured:
            said[0] += f" and takes {self.seconds:.2e} s"
        elif self.seconds is not None:
            said[0] += f", and less than {timing.LEAST:.0e} s: too short to be compared"
        return [Table(head, rows), *said]


def costs(graph, measure: bool) -> Costs:
    """Predicted and, if asked for, measured costs."""
    operations = [n for n in graph.nodes if not n.is_input]
    plain = max(len(operations), 1)
    slopes = sum(
        len(n.parents) for n in operations if n.operation not in _FREE and not n.is_discrete
    )
    edges = products = 0
    for n in operations:
        if not n.is_discrete:
            edges += len(n.parents)
            products += 0 if n.operation in _LINEAR else len(n.parents)
    sums_forward = edges - sum(bool(n.parents) and not n.is_discrete for n in operations)
    sums_reverse = edges - sum(bool(c) for c in graph.consumers().values())
    tangent = 1 + (slopes + products + sums_forward) / plain
    gradient = 1 + (slopes + products + max(sums_reverse, 0)) / plain
    forward = 1 + (slopes + len(graph.inputs) * (products + sums_forward)) / plain
    predicted = Costs(len(operations), tangent, gradient, forward)
    return _measured(graph, predicted) if measure else predicted


def _measured(graph, predicted: Costs) -> Costs:
    from ..transforms.forward import jvp
    from ..transforms.reverse import vjp

    f, args = graph.original, graph.args
    code = graph.function.__code__
    names = code.co_varnames[: min(code.co_argcount, len(args))]
    where = tuple(i for i, name in enumerate(names) if name in graph.arguments)
    if not where:
        raise ArgumentValueError(f"{graph.name} was traced without a float to differentiate by")
    ones = dict.fromkeys(graph.inputs, 1.0)
    along = tuple(graph.arguments[names[i]].filled(ones) for i in where)
    behind = where[-1] + 1
    direction = [*args[:behind], along, *args[behind:]]
    weighted = [*args[:behind], mapped(lambda _: 1.0, graph.result), *args[behind:]]
    value = graph.value
    derivatives = [
        (jvp(f, where), direction, (value, value)), (vjp(f, where), weighted, (value, along))
    ]  # fmt: skip
    plain, tangent, gradient = timing.seconds(f, args, derivatives)
    if plain < timing.LEAST:
        return replace(predicted, seconds=plain)
    return replace(
        predicted,
        seconds=plain,
        measured_tangent=tangent / plain,
        measured_gradient=gradient / plain,
    )
