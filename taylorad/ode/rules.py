"""From primitives to recurrences: each kind of rule of the registry as operations on columns.

What is linear stays an affine form, powers are brought to one form; every other primitive
becomes the operation that its own rule says.
"""

from __future__ import annotations

import operator
from functools import cache, singledispatchmethod
from typing import Any

import numpy as np

from ..adjoint.operations import SELECT
from ..errors import UnsupportedError
from ..graph.node import NUMBERS
from ..jets.rules import integrated, integrated_quotient
from ..primitives.interpret import whole_number
from ..primitives.powers import power
from ..primitives.registry import (
    Composed,
    Discrete,
    Formula,
    Linear,
    Piecewise,
    Power,
    Primitive,
    Quotient,
    Recurrence,
    Slopes,
    lookup,
    named,
)
from ..primitives.routing import readable
from ..primitives.series import select
from .affine import Affine
from .recurrences import Column, Head, Map, Recurrences, Solve, Value
from .switches import SWITCHES

#: The largest exponent whose first coefficient is made of products and roots.
LARGEST_PRODUCT = 16


def scaled_column(a, scale):
    """``c_k = s a_k``."""
    return a * scale


def itself(x):
    """The value that is given."""
    return x


def chosen(x, y, condition):
    """``c_k`` is ``x_k`` or ``y_k``."""
    return select(condition, x, y)


def last(*operands):
    """The series that was found, behind the operands that its head is of."""
    return operands[-1]


def root_power(a, p):
    """``a ** p``; whole and half exponents by products and roots, which are vectors' own."""
    double = abs(2.0 * p)
    if double != int(double) or double > 2 * LARGEST_PRODUCT:
        return np.power(a, p)
    result = None
    base = 1.0 / a if p < 0 else a
    for _ in range(int(double) // 2):
        result = base if result is None else result * base
    if int(double) % 2:
        root = np.sqrt(base)
        result = root if result is None else result * root
    return result


#: A column times a number that is constant in time.
SCALED = Map(scaled_column, (itself,))
#: Powers to a constant exponent.
POWER = Solve(power, (root_power,))
#: The primitives that are linear, or are brought to one form, have methods of their own.
OWN = {
    "add", "subtract", "negative", "positive", "multiply", "divide", "reciprocal", "square",
    "sqrt", "power",
}  # fmt: skip


class Builder:
    """Makes recurrences of calls of primitives on affine forms."""

    def __init__(self):
        self.recurrences = Recurrences()
        #: The coefficients that are needed of what is made now.
        self.order = 0
        #: Where the right-hand side has kinks or jumps, these change sign.
        self.switches: dict[Column, None] = {}
        self._switching = False

    # -- calls -----------------------------------------------------------------------------

    def apply(self, function, operands):
        """The function's value on numbers and affine forms."""
        if all(map(_is_constant, operands)):
            return self._number(function, [_plain(x) for x in operands])
        if function is SELECT:
            return self.select(*operands)
        declared = lookup(function)
        if declared is None:
            return readable(getattr(function, "py_func", function))(*operands)
        if declared.name in OWN:
            return getattr(self, "_" + declared.name)(*operands)
        return self._by_rule(declared, operands)

    def _number(self, function, values):
        with np.errstate(all="ignore"):
            if function is SELECT:
                return values[1] if values[0] else values[2]
            return float(NUMBERS.call(function, *values))

    def _affine(self, column: Column, factor=1.0) -> Affine:
        return Affine.of(column, self, factor)

    def operand(self, x):
        """A column, or a plain number."""
        if isinstance(x, Affine):
            return x.expanded().constant if x.is_constant else x.exact()
        return float(x)

    def refuse_branch(self):
        raise UnsupportedError(
            "the program branches on the solution: a Taylor step needs one formula throughout. "
            "Write the choice with np.where, np.minimum, np.maximum or abs, or stop at the switch "
            "with a terminal event and go on from there"
        )

    # -- rules -----------------------------------------------------------------------------

    def _by_rule(self, declared: Primitive, operands):
        columns = [self.operand(x) for x in operands]
        if all(not isinstance(c, Column) or c.static for c in columns):
            value = self.recurrences.column(Value(declared.value), (), tuple(columns))
            return self._of(declared.name, tuple(columns), value)
        active = "".join("x" if isinstance(c, Column) else "c" for c in columns)
        switching = self._switching
        # within the rule of a smooth function there are kinks, of scalings, that do not show
        self._switching = switching or not declared.nonsmooth
        made = self._run(declared.rule(active), declared, operands, tuple(columns))
        self._switching = switching
        ((column, _),) = made.terms.items()
        return self._of(declared.name, tuple(columns), column)

    def _of(self, name: str, operands, column: Column, factor=1.0) -> Affine:
        """A column as the value of a primitive: its derivatives follow from that."""
        column.origin = column.origin or (named(name), operands)
        return self._affine(column, factor)

    @singledispatchmethod
    def _run(self, rule, declared, operands, columns):
        raise UnsupportedError(f"{declared.name} has no rule for solutions of ODEs")

    @_run.register
    def _(self, rule: Linear, declared, operands, columns):
        head = declared.value if isinstance(rule, Piecewise) else None
        kind = Map(rule.formula, rule.constants, head)
        self._switch(declared.name, operands)
        return self._affine(self.recurrences.column(kind, columns, columns))

    @_run.register
    def _(self, rule: Discrete, declared, operands, columns):
        self._switch(declared.name, operands)
        return self._affine(self.recurrences.column(Value(declared.value), (), columns))

    def _switch(self, name: str, operands) -> None:
        """Note the numbers whose signs tell the piece of a function that is not smooth."""
        if name in SWITCHES and not self._switching:
            self._switching = True
            for number in SWITCHES[name](*(self._form(x) for x in operands)):
                column = self.operand(number)
                moves = isinstance(column, Column) and not column.static
                if moves and not isinstance(column.kind, Value):
                    self.switches[column] = None
            self._switching = False

    def _form(self, x):
        return x if isinstance(x, Affine) else Affine(self, {}, float(x))

    @_run.register
    def _(self, rule: Recurrence, declared, operands, columns):
        passed = columns
        if rule.inner:
            passed = tuple(self.operand(self._text(f, operands)) for f in rule.inner)
        kind = Solve(rule.formula, rule.outputs)
        return self._affine(self.recurrences.column(kind, passed, columns, place=rule.result))

    @_run.register
    def _(self, rule: Quotient, declared, operands, columns):
        divisor = self.operand(self._text(rule.divisor, operands))
        kind = Solve(integrated_quotient, (declared.value,))
        made = self.recurrences.column(kind, (columns[0], divisor), columns, frozenset({1}))
        return self._affine(made)

    @_run.register
    def _(self, rule: Slopes, declared, operands, columns):
        return self._by_slopes(rule.slopes, declared, operands, columns)

    @_run.register
    def _(self, rule: Composed | Formula, declared, operands, columns):
        return self._by_slopes(declared.partials, declared, operands, columns)

    def _by_slopes(self, slopes, declared, operands, columns):
        """``c' = sum of slopes times a'``; a slope may call the primitive itself, or others.

        Coefficient ``k`` takes those of the slopes up to ``k - 1``.  So a tower of slopes,
        each with its own, has as many floors as the order and no more.
        """
        if self.order == 0:
            return self._affine(self.recurrences.column(Head(declared.value), (), columns))
        made = self.recurrences.unfinished(Solve(integrated, (declared.value,)), columns)
        if made.order < self.order:
            made.order = self.order
            self.order -= 1
            pairs = []
            for slope, column in zip(slopes, columns, strict=True):
                if isinstance(column, Column) and not column.static:
                    pairs += [column, self.operand(self._text(slope, operands))]
            self.order += 1
            self.recurrences.complete(made, tuple(pairs), frozenset(range(1, len(pairs), 2)))
        return self._affine(made.columns[0])

    def _text(self, function, operands):
        """The text of a rule run on the operands."""
        return self.apply(function, operands)

    # -- what is linear --------------------------------------------------------------------

    def _add(self, a, b):
        return a.plus(b) if isinstance(a, Affine) else b.plus(a)

    def _subtract(self, a, b):
        return self._add(a, self._negative(b))

    def _negative(self, a):
        return a.scaled(-1.0) if isinstance(a, Affine) else -a

    def _positive(self, a):
        return a

    def select(self, condition, x, y):
        if not isinstance(condition, Affine):
            return x if condition else y
        if condition.is_constant:
            return x if condition.expanded().constant else y
        flag = self.operand(condition)
        self._switch("bool", (condition,))
        columns = self.operand(x), self.operand(y)
        made = self.recurrences.column(Map(chosen, (itself,)), columns, (flag,))
        made.origin = SELECT, (flag, *columns)
        return self._affine(made)

    # -- products and powers ---------------------------------------------------------------

    def _multiply(self, a, b):
        if _is_constant(a):
            return b.scaled(_plain(a))
        if _is_constant(b):
            return a.scaled(_plain(b))
        (f, m), (g, n) = a.normal(), b.normal()
        factor = f * g
        for x, y in ((m, n), (n, m)):  # what is constant moves out of products of series
            if x.kind is SCALED and not y.static:
                (series,), (scale,) = x.operation.operands, x.operation.arguments
                inner = self._multiply(self._affine(series), self._affine(y))
                return self._multiply(self._affine(scale), inner).scaled(factor)
        if m is n:
            return self._to_power(m, 2.0).scaled(factor)
        (m_base, p), (n_base, q) = _power_of(m), _power_of(n)
        if m_base is n_base and not (whole_number(p) and whole_number(q)):
            return self._to_power(m_base, p + q).scaled(factor)
        if m.static and n.static:
            pair = _ordered(m, n)
            value = self.recurrences.column(Value(operator.mul), (), pair)
            return self._of("multiply", pair, value, factor)
        if m.static or n.static:
            scale, series = (m, n) if m.static else (n, m)
            if series.kind is SCALED:
                (series,), (inner,) = series.operation.operands, series.operation.arguments
                return self._multiply(
                    self._multiply(self._affine(scale), self._affine(inner)), self._affine(series)
                ).scaled(factor)
            made = self.recurrences.column(SCALED, (series,), (scale,))
            return self._of("multiply", (scale, series), made, factor)
        kind = _solve_of("multiply", operator.mul)
        pair = _ordered(m, n)
        return self._of("multiply", pair, self.recurrences.column(kind, pair, pair), factor)

    def _divide(self, a, b):
        if _is_constant(b):
            b = _plain(b)
            if not isinstance(a, Affine):
                return a / b
            with np.errstate(all="ignore"):
                return Affine(self, a.terms, a.constant, float(np.float64(a.factor) / b))
        factor, column = b.normal()
        base, p = _power_of(column)
        if _is_constant(a) or column.static or base is not column:
            return self._multiply(a, self._to_power(base, -p)).scaled(1.0 / factor)
        f, numerator = a.normal()
        pair = numerator, column
        made = self.recurrences.column(_solve_of("divide", operator.truediv), pair, pair)
        return self._of("divide", pair, made, f / factor)

    def _reciprocal(self, a):
        return self._divide(1.0, a)

    def _square(self, a):
        return self._multiply(a, a)

    def _sqrt(self, a):
        return self._power(a, 0.5)

    def _power(self, a, b):
        if not _is_constant(b):
            return self._by_rule(named("power"), (a, b))
        p = _plain(b)
        if p == 0.0:
            return 1.0
        if p == 1.0:
            return a
        factor, column = a.normal()
        base, q = _power_of(column)
        if base is not column and whole_number(q) is None:  # (x^q)^p = x^(q p) where x > 0
            column, p = base, q * p
        if factor < 0 and whole_number(p) is None:
            column, factor = a.exact(), 1.0
        return self._to_power(column, p).scaled(float(factor ** _plain(b)))

    def _to_power(self, column: Column, p: float):
        """A column to a constant power: products for small whole exponents."""
        if p == 0.0:
            return 1.0
        if p == 1.0:
            return self._affine(column)
        whole = whole_number(p)
        if column.static:
            made = self.recurrences.column(Value(operator.pow), (), (column, p))
            return self._of("power", (column, p), made)
        if p == 2.0:
            made = self.recurrences.column(_solve_of("square", np.square), (column,), (column,))
            return self._of("square", (column,), made)
        if whole is not None and whole > 2:  # products are exact at 0 too
            half = self._to_power(column, float(whole // 2))
            product = self._multiply(half, half)
            return self._multiply(product, self._affine(column)) if whole % 2 else product
        made = self.recurrences.column(POWER, (column, p), (column, p))
        return self._of("power", (column, p), made)

    @_run.register
    def _(self, rule: Power, declared, operands, columns):
        """A power whose exponent is no constant of the program."""
        base, exponent = columns
        if not isinstance(base, Column) or base.static:
            return self._run(rule.constant, declared, operands, columns)
        if exponent.static:
            return self._run(rule.general, declared, operands, columns)
        return self._run(rule.varying, declared, operands, columns)


@cache
def _solve_of(name: str, start) -> Solve:
    """The registry's recurrence of a primitive."""
    rule: Any = named(name).rules["x" * named(name).arity]
    return Solve(rule.formula, (start,))


def _plain(x) -> float:
    return x.expanded().constant if isinstance(x, Affine) else x


def _is_constant(x) -> bool:
    return not isinstance(x, Affine) or not x.terms


def _ordered(m: Column, n: Column) -> tuple[Column, Column]:
    return (m, n) if m.number <= n.number else (n, m)


def _power_of(column: Column) -> tuple[Column, float]:
    """The base and the constant exponent of a column that is a power."""
    kind = column.kind
    if kind is POWER:
        base, p = column.operation.operands
        return base, p
    if kind is _solve_of("square", np.square):
        return column.operation.operands[0], 2.0
    return column, 1.0
