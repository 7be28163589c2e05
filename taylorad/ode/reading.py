"""Reading a right-hand side: from the user's function to recurrences.

The function runs once on the recorder of the graph, which knows the user's lines; what it
did is then made of columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..adjoint.source import place
from ..compiler.collecting import without_collection
from ..errors import ShapeError, UnsupportedError
from ..graph.forms import numbers_of
from ..graph.graph import Graph
from ..graph.node import Node
from ..graph.tracing import recorded
from .affine import Affine
from .recurrences import Column, Parameter, Recurrences, State, Time
from .rules import Builder

#: The most operations of one evaluation of a right-hand side.
LIMIT = 2_000_000


@dataclass
class Equations:
    """A right-hand side as recurrences.

    ``slopes[i]`` is the column of ``y_i'``, or a number where that is constant; ``roots``
    the same for each event function, and behind them for each switch: a number that changes
    its sign where the right-hand side has a kink or jumps.
    """

    builder: Builder = field(repr=False)
    dimension: int
    parameters: int
    slopes: list[Column | float]
    roots: list[Column | float]
    switches: int = 0
    #: Further columns whose coefficients are wanted.
    watched: list[Column] = field(default_factory=list)
    #: Whether the program's way depended on the values of the parameters.
    particular: bool = False

    @property
    def recurrences(self) -> Recurrences:
        return self.builder.recurrences


@without_collection()
def read(fun, t: float, y: np.ndarray, args: Sequence[Any], order: int, events=()) -> Equations:
    """The recurrences of ``fun(t, y, *args)`` and of event functions of the same arguments."""
    builder = Builder()
    builder.order = order
    r = builder.recurrences
    states = [r.column(State(i)) for i in range(y.size)]
    time = r.column(Time())
    reader = _Reader(builder, states, time, (t, y, *args))
    slopes = reader.columns(fun)
    if len(slopes) != y.size:
        raise ShapeError(
            f"{_name(fun)} returns {len(slopes)} numbers for the {y.size} components of y"
        )
    roots: list[Column | float] = []
    for event in events:
        found = reader.columns(event)
        if len(found) != 1:
            raise ShapeError(f"the event {_name(event)} returns {len(found)} numbers, not one")
        roots += found
    switches = list(builder.switches)  # of the events too
    roots += switches
    return Equations(
        builder, y.size, reader.count, slopes, roots, len(switches),
        particular=reader.particular,
    )


def _name(f) -> str:
    return getattr(f, "__name__", repr(f))


class _Reader:
    """Reads functions of the same arguments into one set of recurrences."""

    def __init__(self, builder: Builder, states, time: Column, arguments):
        self.builder, self.states, self.time = builder, states, time
        self.arguments = arguments
        self.count = sum(1 for x in arguments[2:] for _ in floats_of(x))
        self.particular = False
        parameters = [builder.recurrences.column(Parameter(i)) for i in range(self.count)]
        self.inputs = [self.time, *self.states, *parameters]

    def columns(self, f) -> list[Column | float]:
        """The columns of a function's numbers."""
        graph = recorded(f, self.arguments, LIMIT, checked=False)
        forms = self.forms(graph)
        self.check_decisions(f, graph, forms)
        made = []
        for number in numbers_of(graph.result):
            form = forms[number] if isinstance(number, Node) else float(number)
            made.append(self.builder.operand(form))
        return made

    def forms(self, graph: Graph) -> dict[Node, Any]:
        """What each number of the graph is, as an affine form."""
        builder = self.builder
        forms: dict[Node, Any] = {
            node: Affine.of(column, builder)
            for node, column in zip(graph.inputs, self.inputs, strict=True)
        }
        for node in graph.recorded:
            if node.is_input:
                continue
            builder.recurrences.line = node.line
            operands = [forms[a] if isinstance(a, Node) else a for a in node.args]
            forms[node] = builder.apply(node.function, operands)
        return forms

    def check_decisions(self, f, graph: Graph, forms) -> None:
        """Refuse a program whose way depends on the solution."""
        for decision in graph.decisions:
            form = forms[decision.node]
            if not isinstance(form, Affine) or all(c.static for c in form.terms):
                self.particular = True
                continue
            where = place(*decision.line) if decision.line else ""
            what = {
                "branch": "branches on",
                "index": "uses as an index",
                "order": "sorts or compares",
            }[decision.what]
            raise UnsupportedError(
                f"{_name(f)} {what} the time or the solution: a Taylor step needs one formula "
                "throughout. Write the choice with np.where, np.minimum, np.maximum or abs, or "
                "stop at the switch with a terminal event and solve on from there" + where
            )


def floats_of(x):
    """The floats of an argument, as the recorder takes them."""
    if isinstance(x, tuple):
        for item in x:
            yield from floats_of(item)
    elif isinstance(x, np.ndarray):
        if x.dtype.kind == "f":
            yield from (float(v) for v in x.flat)
    elif isinstance(x, float | np.floating):
        yield float(x)


def with_floats(x, numbers):
    """An argument with other numbers in the place of its floats; None where it has none."""
    if isinstance(x, tuple):
        items = [with_floats(item, numbers) for item in x]
        return type(x)(*items) if hasattr(x, "_fields") else tuple(items)
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return np.array([next(numbers) for _ in range(x.size)]).reshape(x.shape)
    return next(numbers) if isinstance(x, float | np.floating) else None


def parameters_of(args) -> np.ndarray:
    """The numbers of arguments that are differentiable: floats and elements of float arrays."""
    return np.array([v for x in args for v in floats_of(x)], dtype=float)
