"""What the code of a step depends on, as numbers and functions: the key under which it is kept.

Two right-hand sides of one structure have one step, however they are written.  A column is
known by its number in the order in which columns are met.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from .recurrences import Column, Operation, Parameter, State, Sum, Time

if TYPE_CHECKING:
    from .grouping import Plan
    from .lifting import Layout


def of_kind(kind) -> tuple:
    """A kind of operation: its formulas."""
    return type(kind).__name__, *(getattr(kind, field.name) for field in fields(kind))


def of_plan(plan: Plan) -> tuple:
    """The work of a step."""
    numbers: dict[Column, int] = {}

    def row(operands) -> tuple:
        """Columns by their numbers, each in a tuple of its own; plain numbers as they are."""
        return tuple(
            (numbers.setdefault(x, len(numbers)),) if isinstance(x, Column) else x
            for x in operands
        )

    def operation(op: Operation) -> tuple:
        own = of_kind(op.kind) if isinstance(op.kind, Sum) else ()
        return own, row(op.operands), row(op.arguments), tuple(sorted(op.delayed)), op.level

    equations = plan.equations
    r = equations.recurrences
    n, parameters = equations.dimension, equations.parameters
    given = [*map(State, range(n)), Time(), *map(Parameter, range(parameters))]
    row(map(r.column, given))
    row(column for alike in plan.alike for op in alike.operations for column in op.columns)
    work = tuple(
        (of_kind(alike.operations[0].kind), len(alike.operations[0].columns), alike.last,
         alike.static, tuple(map(operation, alike.operations)))
        for alike in plan.alike
    )  # fmt: skip
    slopes = []
    for i in range(equations.dimension):
        coefficients, columns, constant = plan.row(i)
        slopes.append((coefficients, row(columns), constant))
    return plan.order, n, parameters, work, tuple(slopes), row(plan.outputs)


def of_layout(layout: Layout, degree: int) -> tuple:
    """The work of a lift to one order of derivatives."""
    linear, rows = layout.linear, layout.rows

    def term(t) -> tuple:
        if t.partial is None:
            return t.factor, rows[t.operand]
        partial = layout.places[t.partial], rows.get(t.partial), t.partial.static
        return t.factor, rows[t.operand], *partial

    return (
        linear.order, degree, linear.degree, layout.lanes, layout.width,
        len(linear.states), len(linear.inputs),
        tuple(c.static for c in linear.columns),
        tuple((rows[c], tuple(map(term, linear.terms[c]))) for c in layout.columns(degree)),
        tuple(rows.get(c) if isinstance(c, Column) else None for c in linear.equations.slopes),
        tuple(layout.kept),
    )  # fmt: skip
