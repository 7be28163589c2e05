"""Recurrences: a right-hand side as operations on Taylor coefficients, done order by order.

A *column* is the series of one intermediate number along the solution; an *operation*
computes coefficient ``k`` of its columns from coefficients up to ``k`` of its operands.
With ``y_{k+1} = f_k / (k + 1)`` all coefficients of a solution cost ``O(K^2)`` products
(Moore 1966; Jorba and Zou 2005).  Equal operations are one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: An operand: a column, or a plain number.
Operand = Any


@dataclass(frozen=True)
class State:
    """A component of the solution."""

    index: int


@dataclass(frozen=True)
class Time:
    """The independent variable."""


@dataclass(frozen=True)
class Parameter:
    """A number of the arguments, the same at all times."""

    index: int


@dataclass(frozen=True)
class Sum:
    """``constant + sum of coefficients[i] * operand[i]``."""

    coefficients: tuple[float, ...]
    constant: float


@dataclass(frozen=True)
class Map:
    """``c_k = formula(a_k, b_k, ..., *constants)``, one coefficient from each operand.

    ``constants`` are functions of the first coefficients of the arguments.  With ``head``
    coefficient 0 is this function's value at them.
    """

    formula: Callable
    constants: tuple[Callable, ...] = ()
    head: Callable | None = None


@dataclass(frozen=True)
class Value:
    """A function of first coefficients: the series is constant."""

    function: Callable


@dataclass(frozen=True)
class Head(Value):
    """A function of which no more than the first coefficient is known, or needed."""


@dataclass(frozen=True)
class Solve:
    """``formula(k, *outputs, *operands)`` for ``k >= 1``, as `taylorad.primitives.Recurrence`.

    ``starts`` are functions of the first coefficients of the arguments.
    """

    formula: Callable
    starts: tuple[Callable, ...]


@dataclass(eq=False, slots=True)
class Operation:
    """One operation and its columns.

    Of ``delayed`` operands coefficient ``k`` takes no more than ``k - 1``: they may depend
    on the operation itself.
    """

    kind: Any
    operands: tuple[Operand, ...] = ()
    arguments: tuple[Operand, ...] = ()
    delayed: frozenset[int] = frozenset()
    columns: tuple[Column, ...] = field(default=(), repr=False)
    #: Whether it depends on parameters alone.
    static: bool = False
    #: Operations of one level do not depend on each other.
    level: int = 0
    #: Up to which coefficient it is good; None for all.
    order: int | None = None
    line: tuple[str, int] | None = None

    def needs(self) -> list[Column]:
        """The columns of which coefficient ``k`` is needed for coefficient ``k``, or 0 for 0."""
        operands = self.operands
        if self.delayed:
            operands = tuple(x for i, x in enumerate(operands) if i not in self.delayed)
        return [x for x in (*operands, *self.arguments) if isinstance(x, Column)]

    def sources(self) -> list[Column]:
        """All columns that it depends on."""
        return [x for x in (*self.operands, *self.arguments) if isinstance(x, Column)]


@dataclass(eq=False, slots=True)
class Column:
    """The series of one output of an operation."""

    operation: Operation = field(repr=False)
    place: int = 0
    #: In the order in which columns were made.
    number: int = -1
    #: The primitive that it is the value of, and its operands.
    origin: Any = field(default=None, repr=False)

    @property
    def static(self) -> bool:
        return self.operation.static

    @property
    def kind(self) -> Any:
        return self.operation.kind


class Recurrences:
    """Operations as they are made, each once."""

    def __init__(self):
        self.operations: list[Operation] = []
        self._made: dict[Any, Operation] = {}
        self._columns = 0
        #: Where in the user's code the operations come from.
        self.line: tuple[str, int] | None = None

    def operation(self, kind, operands=(), arguments=(), delayed=frozenset()) -> Operation:
        """The operation of this kind on these operands; ``arguments`` are of its heads."""
        key = kind, operands, arguments
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._new(kind, operands, arguments, delayed)
        return found

    def _new(self, kind, operands, arguments, delayed) -> Operation:
        made = Operation(kind, operands, arguments, delayed, line=self.line)
        count = len(kind.starts) if isinstance(kind, Solve) else 1
        first = self._columns
        self._columns += count
        made.columns = tuple(Column(made, i, first + i) for i in range(count))
        self.operations.append(made)
        self.settle(made)
        return made

    def unfinished(self, kind, columns) -> Operation:
        """The operation of this kind on these arguments, whose operands are still to be given."""
        key = kind, None, columns
        if key not in self._made:
            self._made[key] = self._new(kind, columns[:1], columns, frozenset())
            self._made[key].order = 0
        return self._made[key]

    def complete(self, made: Operation, operands, delayed) -> None:
        """Give an operation operands that may depend on it; they are delayed."""
        made.operands, made.delayed = operands, delayed
        self.settle(made)

    @staticmethod
    def settle(made: Operation) -> None:
        """Where an operation stands among the others."""
        level, static = -1, not isinstance(made.kind, State | Time)
        for column in made.needs():
            source = column.operation
            static = static and source.static
            level = max(level, source.level)
        for i in made.delayed:
            delayed = made.operands[i]
            static = static and not (isinstance(delayed, Column) and not delayed.static)
        made.level, made.static = 1 + level, static

    def column(self, kind, operands=(), arguments=(), delayed=frozenset(), place=0) -> Column:
        return self.operation(kind, operands, arguments, delayed).columns[place]


def needed(wanted: dict[Column, int]) -> dict[Operation, int]:
    """The last coefficient that is needed of each operation, given those of columns.

    In an order in which the operations can be done.
    """
    last: dict[Operation, int] = {}
    stack = [(column.operation, k) for column, k in wanted.items()]
    while stack:
        op, k = stack.pop()
        if k < 0 or last.get(op, -1) >= k:
            continue
        last[op] = k
        stack += [(a.operation, 0) for a in op.arguments if isinstance(a, Column)]
        for i, x in enumerate(op.operands):
            if isinstance(x, Column):
                stack.append((x.operation, k - (i in op.delayed)))
    return dict(sorted(last.items(), key=lambda item: (item[0].level, item[0].columns[0].number)))
