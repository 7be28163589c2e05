"""What can be done side by side: operations of one kind that do not depend on each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .reading import Equations
from .recurrences import Column, Head, Operation, Parameter, Solve, State, Sum, Time, needed


@dataclass(eq=False)
class Alike:
    """Operations of one kind and level."""

    operations: list[Operation]
    #: The last coefficient that is needed.
    last: int
    static: bool


class Plan:
    """The work of a step in the order in which it is done, coefficient by coefficient.

    Coefficients of the slopes are needed up to one below the order; those of the roots up to
    the order.  A slope that is a sum and nothing else is *folded* into the coefficient of its
    component: ``y_{k+1} = sum / (k + 1)``.
    """

    def __init__(self, equations: Equations, order: int):
        self.equations, self.order = equations, order
        slopes = [c for c in equations.slopes if isinstance(c, Column)]
        roots = [c for c in equations.roots if isinstance(c, Column)]
        watched = equations.watched
        wanted = dict.fromkeys([*slopes, *watched], order - 1)
        last = needed(wanted | dict.fromkeys(roots, order))
        used = {c for op in last for c in op.sources()} | {*roots, *watched}
        self.folded = {
            c for c in slopes if isinstance(c.kind, Sum) and not c.static and c not in used
        }
        alike: dict[Any, Alike] = {}
        for op, k in last.items():
            assert not isinstance(op.kind, Head) or k == 0
            assert op.order is None or op.order >= k
            if isinstance(op.kind, State | Parameter | Time) or op.columns[0] in self.folded:
                continue
            key = op.level, _signature(op), op.static, k
            alike.setdefault(key, Alike([], k, op.static)).operations.append(op)
        self.alike = list(alike.values())
        #: What is stored of each step behind the components of the state.
        self.outputs = [*equations.roots, *watched]

    def row(self, i: int):
        """The slope of component ``i`` as a linear form: coefficients, columns, constant."""
        slope = self.equations.slopes[i]
        if not isinstance(slope, Column):
            return (), (), slope
        if slope in self.folded:
            kind = slope.operation.kind
            return kind.coefficients, slope.operation.operands, kind.constant
        return (1.0,), (slope,), 0.0

    def products(self, widest: int) -> int:
        """How many rules by recurrence are run for a coefficient, in vectors of this width."""
        return sum(
            len(list(chunks_of(alike.operations, widest)))
            for alike in self.alike
            if isinstance(alike.operations[0].kind, Solve) and not alike.static
        )

    def terms(self) -> int:
        """How many terms there are in all sums for a coefficient."""
        sums = [
            op.operands
            for alike in self.alike
            for op in alike.operations
            if isinstance(op.kind, Sum) and not alike.static
        ]
        rows = (self.row(i)[1] for i in range(self.equations.dimension))
        return sum(map(len, (*sums, *rows)))


def lanes_of(operations, what: str):
    """The ``operands`` or ``arguments`` of operations, lane beside lane."""
    return zip(*(getattr(op, what) for op in operations), strict=True)


def _signature(op: Operation):
    numbers = tuple(None if isinstance(x, Column) else x for x in (*op.operands, *op.arguments))
    if isinstance(op.kind, Sum):
        return len(op.kind.coefficients), numbers
    return op.kind, numbers


def chunks_of(operations, widest: int):
    """Runs of a power of two; a few missing lanes repeat the last operation."""
    first = 0
    while first < len(operations):
        count = min(widest, len(operations) - first)
        width = 1 << (count - 1).bit_length()
        if width != count and 2 * (width - count) > width // 2:
            width //= 2
            count = width
        lanes = list(operations[first : first + count])
        yield lanes + lanes[-1:] * (width - count)
        first += count
