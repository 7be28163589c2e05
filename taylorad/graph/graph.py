"""The graph: nodes in the order of their evaluation, and derivatives that flow along it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from ..errors import ArgumentTypeError, ArgumentValueError
from ..tables import Printed, Table, plain
from . import counting, drawing, folding, layout, notebook, sharing, table
from .forms import Form, items_of, mapped, numbers_of
from .node import Node
from .recorder import Decision, Recorder


class Graph(Printed):
    """What a function did at a point; made by `taylorad.trace`.

    Attributes
    ----------
    nodes : list of Node
        Inputs and operations that the result depends on, in the order of evaluation.
    inputs : list of Node
        All inputs, also those that nothing depends on.
    result
        What the function returned, with nodes for numbers.
    decisions : list of Decision
        Where the program's way depended on the inputs.
    """

    def __init__(self, name, function, original, args, recorder: Recorder, arguments, result):
        #: The function's name.
        self.name: str = name
        self.function, self.original, self.args = function, original, args
        #: The differentiated arguments by name.
        self.arguments: dict[str, Form] = arguments
        self.result = result
        self.decisions: list[Decision] = recorder.decisions
        self.inputs = [n for form in arguments.values() for n in form.nodes]
        self.recorded = recorder.nodes
        #: Whether the inputs have names that were given for the picture.
        self.renamed = False
        self._name_result()

    def _name_result(self) -> None:
        """A result without a name of its own has the function's."""
        label = self.name if self.name.isidentifier() else ""
        if isinstance(self.result, Node) and not self.result.name and not self.result.is_input:
            self.result.name = label

    @cached_property
    def nodes(self) -> list[Node]:
        """The nodes that the result depends on, and the inputs; numbered anew."""
        wanted = set(self.inputs)
        stack = list(items_of(self.result))
        while stack:
            node = stack.pop()
            if node not in wanted or node.is_input:
                wanted.add(node)
                stack += [p for p in node.parents if p not in wanted]
        nodes = [n for n in self.recorded if n in wanted]
        for i, node in enumerate(nodes):
            node.number = i
        return nodes

    @property
    def outputs(self) -> list:
        """The numbers of the result in order: nodes, and constants where they depend on nothing."""
        return list(numbers_of(self.result))

    @property
    def outputs_that_vary(self) -> list[Node]:
        """The nodes of the result."""
        return list(items_of(self.result))

    @property
    def value(self):
        """What the function returned, in numbers."""
        return mapped(lambda x: x.value if isinstance(x, Node) else x, self.result)

    @cached_property
    def partials(self) -> dict[Node, tuple[float, ...]]:
        """The local partial derivatives of each operation, one an operand."""
        return {node: node.partials() for node in self.nodes if not node.is_input}

    # -- derivatives ---------------------------------------------------------------------

    def tangents(self, *direction) -> dict[Node, float]:
        """The derivative of every number along a direction of the inputs.

        Parameters
        ----------
        *direction
            One number, array or tuple for each differentiated argument; without any, the
            first input alone varies.

        Returns
        -------
        dict
            By node.
        """
        dots = self._direction(direction)
        for node in self.nodes:
            if node.is_input:
                dots.setdefault(node, 0.0)
                continue
            dots[node] = sum(
                (
                    _product(slope, dots[a])
                    for a, slope in zip(node.args, self.partials[node], strict=True)
                    if isinstance(a, Node)
                ),
                0.0,
            )
        return dots

    def _direction(self, direction) -> dict[Node, float]:
        if not direction:
            return {node: float(i == 0) for i, node in enumerate(self.inputs)}
        if len(direction) != len(self.arguments):
            raise ArgumentTypeError(
                f"a direction has one part for each of {', '.join(self.arguments)}; got "
                f"{len(direction)}"
            )
        dots: dict[Node, float] = {}
        for (name, form), given in zip(self.arguments.items(), direction, strict=True):
            dots |= form.read(name, given)
        return dots

    def adjoints(self, cotangent: Any = None) -> dict[Node, float]:
        """The derivative of the result by every number.

        Parameters
        ----------
        cotangent : optional
            Weights of the result's numbers, of the result's form; by default 1 for each.

        Returns
        -------
        dict
            By node.
        """
        bars = dict.fromkeys(self.nodes, 0.0)
        if cotangent is None:
            for node in items_of(self.result):
                bars[node] += 1.0
        else:
            for node, weight in Form(self.result).read("cotangent", cotangent).items():
                bars[node] += weight
        for node in reversed(self.nodes):
            if node.is_input or bars[node] == 0:
                continue
            for a, slope in zip(node.args, self.partials[node], strict=True):
                if isinstance(a, Node):
                    bars[a] += _product(slope, bars[node])
        return bars

    def gradient(self, cotangent: Any = None):
        """The adjoints of the arguments: a tuple, or the only argument's own."""
        bars = self.adjoints(cotangent)
        found = tuple(form.filled(bars) for form in self.arguments.values())
        if not found:
            raise ArgumentValueError(f"{self.name} was traced without a float to differentiate by")
        return found[0] if len(found) == 1 else found

    # -- names -----------------------------------------------------------------------------

    @cached_property
    def labels(self) -> dict[Node, str]:
        """A name for every node that is its own: the user's, numbered where it has several."""
        uses: dict[str, int] = {}
        for node in self.nodes:
            uses[node.name] = uses.get(node.name, 0) + 1
        seen: dict[str, int] = {}
        labels = {}
        for node in self.nodes:
            name = node.name
            if not name:
                labels[node] = f"v{node.number}"
                continue
            seen[name] = seen.get(name, 0) + 1
            labels[node] = name if uses[name] == 1 else f"{name}'{seen[name]}"
        return labels

    def expression(self, node: Node) -> str:
        """An operation as it is written, of names and numbers."""
        return table.expression(node, self.labels)

    def written(self, node: Node) -> str:
        """An operation with its operands written out, down to numbers that have names."""
        whole = table.written(node, self.labels)
        return whole if len(whole) <= table.LONGEST else self.expression(node)

    def consumers(self) -> dict[Node, list[Node]]:
        """For each node the operations that use it, each as often as it does."""
        found: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for parent in node.parents:
                found[parent].append(node)
        return found

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __len__(self) -> int:
        return len(self.nodes)

    # -- what it is shown as -----------------------------------------------------------------

    def parts(self) -> list[str | Table]:
        return table.parts(self)

    def __repr__(self) -> str:
        c = self.counts()
        return (
            f"<graph of {self.name}: {c.inputs} inputs, {c.operations} operations, "
            f"depth {c.depth}>"
        )

    def table(self, *direction, cotangent=None, digits: int = 6, fold: bool = True) -> str:
        """The table of steps along a direction, with the adjoints for a cotangent.

        Parameters
        ----------
        *direction
            As of `tangents`.
        cotangent : optional
            As of `adjoints`.
        digits : int, default 6
            Significant digits.
        fold : bool, default True
            Whether of a loop's many rounds only the first and the last are shown.

        Returns
        -------
        str
        """
        return plain(table.parts(self, direction, cotangent, digits, fold))

    @cached_property
    def repeated(self) -> dict[Node, Node]:
        """The operations that repeat an earlier one on the same operands, with the first such."""
        return sharing.firsts(self.nodes)

    def repeats(self) -> sharing.Repeats:
        """Common subexpressions: what is computed several times, where, and what that costs.

        Returns
        -------
        Repeats
            Printed, a table; iterated, `Repeat` with ``expression``, ``first``, ``again``,
            ``lines``, ``saves``, and the ``loop`` before which it may stand.
        """
        return sharing.Repeats(self)

    def fans(self) -> sharing.Fans:
        """Fan-in and fan-out of every number, the most used first.

        Returns
        -------
        Fans
            Printed, a table; iterated, `Fan` with ``node``, ``fan_in``, ``fan_out``, ``lines``.
        """
        return sharing.Fans(self)

    def counts(self) -> counting.Counts:
        """What the graph consists of: operations, depth, live memory, fan-in and fan-out."""
        return counting.counts(self)

    def costs(self, measure: bool = False) -> counting.Costs:
        """What each mode of differentiation costs, predicted; with ``measure`` timed too.

        Measuring compiles the function, its tangent and its gradient.
        """
        return counting.costs(self, measure)

    def to_mermaid(self, fold: bool = True) -> str:
        """The graph as Mermaid text, with the local partial derivatives on the edges.

        With ``fold`` of a loop's many rounds only the first and the last are shown.
        """
        return drawing.mermaid(self, fold)

    def to_dot(self, fold: bool = True) -> str:
        """The graph in Graphviz's language, with the local partial derivatives on the edges.

        With ``fold`` of a loop's many rounds only the first and the last are shown.
        """
        return drawing.dot(self, fold)

    def to_svg(self, engine: str = "auto", fold: bool = True) -> str:
        """The graph as a picture.

        Parameters
        ----------
        engine : {"auto", "dot", "plain"}, default "auto"
            Graphviz's program ``dot``, or a plain layout in layers of its own; "auto" is
            ``dot`` where it is installed.
        fold : bool, default True
            Whether of a loop's many rounds only the first and the last are shown.

        Returns
        -------
        str
            SVG; beside each node what it is and its value, tangent and adjoint as a tooltip.
        """
        return layout.svg(self, engine, fold)

    def to_sympy(self):
        """The result as SymPy expressions of the inputs; see `taylorad.symbolic.to_sympy`."""
        from .formulas import formula

        return formula(self)

    def _repr_svg_(self) -> str | None:
        return self.to_svg() if len(folding.View(self).items) <= layout.MOST else None

    def _repr_html_(self) -> str:
        return notebook.html(self)


def _product(slope: float, x: float) -> float:
    """A product in which what does not vary does not count, also next to inf."""
    return 0.0 if x == 0 or slope == 0 else slope * x
