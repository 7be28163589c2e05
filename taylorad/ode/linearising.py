"""The linearised recurrences: how small changes of the inputs travel along a solution.

The derivative of every column by an input is a sum of products of series, the partial
derivatives of its operation times the derivatives of its operands.  The partial derivatives
are the registry's, made of columns like all else.  So one operation, a Cauchy product, serves
all primitives, whatever their own recurrences are; and derivatives of any order are derivatives
of these products.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..adjoint.operations import SELECT
from ..primitives.registry import Discrete
from .affine import Affine
from .reading import Equations
from .recurrences import Column, Parameter, State, Sum


@dataclass(frozen=True)
class Term:
    """``factor * partial * derivative of operand``; without a partial a multiple alone."""

    factor: float
    partial: Column | None
    operand: Column


class Linear:
    """What derivatives by the inputs are made of.

    Parameters
    ----------
    equations : Equations
    parameters : sequence of int
        The parameters among the inputs; components of the initial state may always be.
    degree : int
        The highest order of derivatives.
    order : int
        The highest coefficient.

    Attributes
    ----------
    columns : list of Column
        Components of the state, the parameters, then all others in the order in which they
        can be done.
    terms : dict
        Of each column its terms.
    degrees : dict
        Of each column the highest order of its derivatives that is needed.
    """

    def __init__(self, equations: Equations, parameters, degree: int, order: int):
        self.equations, self.builder = equations, equations.builder
        self.degree, self.order = degree, order
        r = equations.recurrences
        self.states = [r.column(State(i)) for i in range(equations.dimension)]
        self.parameters = [r.column(Parameter(i)) for i in parameters]
        self.inputs = [*self.states, *self.parameters]
        self._varies: dict[Column, bool] = {c: True for c in self.inputs}
        self.terms: dict[Column, list[Term]] = {c: [] for c in self.inputs}
        self.degrees: dict[Column, int] = dict.fromkeys(self.inputs, degree)
        outputs = [c for c in (*equations.slopes, *equations.roots) if isinstance(c, Column)]
        for column in outputs:
            self._need(column, degree)
        self.columns = self._in_order(outputs)

    def _in_order(self, outputs) -> list[Column]:
        """Each column behind its operands, and near them: what is used again is still at hand."""
        found = dict.fromkeys(self.inputs)
        for column in [*outputs, *self.degrees]:
            stack = [column] if column in self.degrees else []
            while stack:
                top = stack[-1]
                waiting = [] if top in found else [
                    t.operand for t in self.terms[top] if t.operand not in found
                ]  # fmt: skip
                if waiting:
                    stack += reversed(waiting)
                else:
                    found[stack.pop()] = None
        return list(found)

    def varies(self, column: Column) -> bool:
        """Whether a column depends on an input."""
        if column not in self._varies:
            found: dict[Column, None] = {}
            stack = [column]
            while stack:  # all that it depends on: the recurrences may be circular
                top = stack.pop()
                if self._varies.get(top):
                    return self._varies.setdefault(column, True)
                if top not in found and top not in self._varies:
                    found[top] = None
                    stack += top.operation.sources()
            self._varies.update(dict.fromkeys(found, False))
        return self._varies[column]

    def _need(self, column: Column, degree: int) -> None:
        """Note that derivatives up to this order are needed of a column, and of what it needs."""
        stack = [(column, degree)]
        while stack:
            column, degree = stack.pop()
            if degree < 1 or self.degrees.get(column, 0) >= degree or not self.varies(column):
                continue
            self.degrees[column] = degree
            if column not in self.terms:
                self.terms[column] = self._terms(column)
            for term in self.terms[column]:
                stack.append((term.operand, degree))
                if term.partial is not None:
                    stack.append((term.partial, degree - 1))

    def _terms(self, column: Column) -> list[Term]:
        kind = column.kind
        if isinstance(kind, Sum):
            pairs = zip(kind.coefficients, column.operation.operands, strict=True)
            return [Term(f, None, c) for f, c in pairs if self.varies(c)]
        primitive, operands = column.origin
        if primitive is not SELECT and isinstance(
            primitive.rules["x" * primitive.arity], Discrete
        ):
            return []
        self.builder.order = self.order
        forms = [Affine.of(x, self.builder) if isinstance(x, Column) else x for x in operands]
        found = []
        for i, operand in enumerate(operands):
            if not isinstance(operand, Column) or not self.varies(operand):
                continue
            if primitive is SELECT:
                if i == 0:
                    continue
                slope = self.builder.select(forms[0], float(i == 1), float(i == 2))
            else:
                slope = self.builder.apply(primitive.partials[i], forms)
            found += _term(slope, operand)
        return found


def _term(slope, operand: Column) -> list[Term]:
    """The term of a partial derivative, none where it is 0."""
    if not isinstance(slope, Affine):
        return [Term(float(slope), None, operand)] if slope != 0 else []
    if slope.is_constant:
        return _term(slope.expanded().constant, operand)
    factor, column = slope.normal()
    return [Term(factor, column, operand)]
