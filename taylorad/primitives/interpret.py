"""Rules interpreted: the declarations run as they stand on any kind of Python number.

The numbers may be floats, complex numbers, fractions, mpmath or SymPy numbers: an
interpreter asks only for arithmetic and for a function that evaluates functions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from functools import singledispatch
from types import FunctionType
from typing import Any

import numpy as np

from .expansions import Expansion, Scalar
from .registry import (
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
)
from .routing import readable
from .series import ZERO, compose, select, wdot

#: The largest whole exponent that is a product; Numba has the same bound.
LARGEST_WHOLE = 0x10000


def interpret(
    primitive, order, *operands, function=None, scalar=None, interpreter=None
) -> list:
    """Coefficients ``0..order`` of a primitive's value.

    Parameters
    ----------
    primitive : Primitive
    order : int
    *operands : list or number
        A list is a coefficient series (padded with zeros); a number is a constant.
    function : callable, optional
        The spelling whose value coefficient 0 is.
    scalar : callable, optional
        ``scalar(function, *numbers)`` evaluates any function that a rule calls, for
        numbers that NumPy does not know.
    interpreter : type, optional
        The kind of `Interpreter` that runs the rule.

    Returns
    -------
    list
        The coefficients; for a discrete primitive the value and zeros.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from taylorad.primitives.registry import named
    >>> interpret(named("multiply"), 2, [Fraction(1, 3), 1], [2, 1])
    [Fraction(2, 3), Fraction(7, 3), 1]
    """
    numbers = [c for x in operands for c in (x if isinstance(x, list | tuple) else [x])]
    exact = not all(isinstance(c, int | float | complex | np.generic) for c in numbers)
    interpreter = (interpreter or Interpreter)(order, scalar, exact)
    arguments = [
        Expansion(interpreter, [interpreter.number(c) for c in x][: order + 1])
        if isinstance(x, list | tuple)
        else interpreter.number(x)
        for x in operands
    ]
    with np.errstate(all="ignore"):
        result = interpreter.apply(primitive, arguments, function)
    items = result.items if isinstance(result, Expansion) else [result] + [ZERO] * order
    return [interpreter.plain(c) for c in items]


class Interpreter:
    """Runs rules on `Expansion` objects and numbers."""

    def __init__(self, order: int, scalar: Callable | None = None, exact: bool = False):
        self.order = order
        self.scalar = scalar
        self.exact = exact
        #: The rules by slopes that are being run.
        self.underway: list[_Underway] = []

    def number(self, value):
        """A number as rules see it: one for which division by zero gives inf or nan."""
        value = 0 if value is ZERO else value
        if self.scalar is not None:
            return value if isinstance(value, Scalar) else Scalar(self.scalar, value)
        if self.exact:
            return value
        if isinstance(value, bool | int | float):
            return np.float64(value)
        return np.complex128(value) if isinstance(value, complex) else value

    def plain(self, value):
        if value is ZERO:
            return self.plain(self.number(0))
        return value.value if isinstance(value, Scalar) else value

    def call(self, function, *operands):
        """A function's value on expansions and numbers."""
        declared = lookup(function)
        if any(isinstance(x, Expansion) for x in operands) and declared is not None:
            return self.apply(declared, operands)
        if declared is None:
            text = getattr(function, "py_func", function)
            if isinstance(text, FunctionType):
                return readable(text)(*operands)
        numbers = [self.number(x) for x in operands]
        if self.scalar is not None:
            return self.number(self.scalar(function, *(x.value for x in numbers)))
        return self.number(_quiet(function, declared)(*numbers))

    def apply(self, primitive: Primitive, operands, function=None):
        """The primitive's value on operands of which any may be expansions."""
        function = function or primitive.value
        active = "".join("x" if isinstance(x, Expansion) else "c" for x in operands)
        if "x" not in active:
            return self.call(function, *operands)
        heads = [_head(x) for x in operands]
        complex_heads = any(isinstance(h, complex | np.complexfloating) for h in heads)
        return _run(primitive.rule(active, complex_heads), self, operands, function)

    def slope(self, slope, operands):
        """The series of a slope, one order lower."""
        if self.order == 0:
            return [ZERO]
        lower = _truncated(self, self.order - 1)
        value = lower.call(
            slope,
            *(
                Expansion(lower, x.items[: self.order]) if isinstance(x, Expansion) else x
                for x in operands
            ),
        )
        return self.column([*lower.series(value), ZERO][: self.order + 1])

    def series(self, operand) -> list:
        """An operand's coefficients, as many as are asked for."""
        items = operand.items if isinstance(operand, Expansion) else [self.number(operand)]
        return items + [ZERO] * (self.order + 1 - len(items))

    def column(self, items):
        """A series that a rule makes, to be appended to; others may hold it in arrays."""
        return items


def _quiet(function, declared):
    """The spelling that returns inf or nan where `math` raises."""
    if declared is not None and getattr(function, "__module__", None) == "math":
        return next((f for f in declared.functions if isinstance(f, np.ufunc)), declared.value)
    return function


# -- one function for each kind of rule ------------------------------------------------


def _head(operand):
    return operand.items[0] if isinstance(operand, Expansion) else operand


@singledispatch
def _run(rule, interpreter, operands, function):
    raise TypeError(rule)


@_run.register
def _(rule: Discrete, interpreter, operands, function):
    return interpreter.call(function, *(_head(x) for x in operands))


@_run.register
def _(rule: Linear, interpreter, operands, function):
    heads = [_head(x) for x in operands]
    constants = [interpreter.call(c, *heads) for c in rule.constants]
    columns = [interpreter.series(x) for x in operands]
    items = [rule.formula(*column, *constants) for column in zip(*columns, strict=True)]
    if isinstance(rule, Piecewise):
        items[0] = interpreter.call(function, *heads)
    return Expansion(interpreter, items)


@_run.register
def _(rule: Recurrence, interpreter, operands, function):
    heads = [_head(x) for x in operands]
    passed = [interpreter.call(f, *operands) for f in rule.inner] or operands
    columns = [interpreter.series(x) for x in passed]
    outputs = [
        interpreter.column([interpreter.call(function if i == rule.result else start, *heads)])
        for i, start in enumerate(rule.outputs)
    ]
    for k in range(1, interpreter.order + 1):
        new = rule.formula(k, *outputs, *columns)
        for output, item in zip(outputs, new if isinstance(new, tuple) else (new,), strict=True):
            output.append(item)
    return Expansion(interpreter, outputs[rule.result])


@_run.register
def _(rule: Slopes, interpreter, operands, function):
    for entry in interpreter.underway:
        if entry.rule is rule and entry.holds(operands):
            return Expansion(interpreter, entry.known().items)
    entry = _Underway(rule, operands)
    interpreter.underway.append(entry)
    try:
        return _integrated(rule, interpreter, operands, function)
    except _SelfReference as reference:
        if reference.entry is not entry:
            raise
        # A slope that calls the primitive itself needs the series that is being computed,
        # one order lower: order by order each is found once.
        for order in range(interpreter.order + 1):
            lower = _truncated(interpreter, order)
            cut = [
                Expansion(lower, x.items[: order + 1]) if isinstance(x, Expansion) else x
                for x in operands
            ]
            entry.result = _integrated(rule, lower, cut, function)
        return Expansion(interpreter, entry.result.items)
    finally:
        interpreter.underway.remove(entry)


class _SelfReference(Exception):
    """A rule by slopes met itself on the same operands."""

    def __init__(self, entry):
        self.entry = entry


class _Underway:
    """A rule by slopes that is being run, with its result of the last lower order."""

    def __init__(self, rule, operands):
        self.rule = rule
        self.operands = operands
        self.result: Expansion | None = None

    def holds(self, operands) -> bool:
        """Whether these are the operands, cut at some order."""
        return all(map(_begins, self.operands, operands))

    def known(self) -> Expansion:
        if self.result is None:
            raise _SelfReference(self)
        return self.result


def _begins(x, y) -> bool:
    if not (isinstance(x, Expansion) and isinstance(y, Expansion)):
        return x is y or bool(x == y)
    mine = list(x.items)
    return all(a is b or bool(a == b) or a != a for a, b in zip(mine, y.items, strict=False))


def _truncated(interpreter, order):
    lower = copy(interpreter)
    lower.order = order
    return lower


def _integrated(rule, interpreter, operands, function):
    """The series of ``c' = sum of slopes times a'``."""
    pairs = [
        (interpreter.series(x), interpreter.slope(slope, operands))
        for slope, x in zip(rule.slopes, operands, strict=True)
        if isinstance(x, Expansion)
    ]
    items = [interpreter.call(function, *(_head(x) for x in operands))]
    for k in range(1, interpreter.order + 1):
        total = ZERO
        for a, slope in pairs:
            total = total + wdot(a, slope, k, 1, k)
        items.append(total / k)
    return Expansion(interpreter, items)


@_run.register
def _(rule: Quotient, interpreter, operands, function):
    (operand,) = operands
    a = interpreter.series(operand)
    d = interpreter.series(interpreter.call(rule.divisor, operand))
    items = interpreter.column([interpreter.call(function, _head(operand))])
    inverse = 1 / d[0]
    for k in range(1, interpreter.order + 1):
        items.append((a[k] - wdot(items, d, k, 1, k - 1) / k) * inverse)
    return Expansion(interpreter, items)


@_run.register
def _(rule: Composed, interpreter, operands, function):
    heads = [_head(x) for x in operands]
    values = [interpreter.call(function, *heads)]
    for n in range(1, interpreter.order + 1):
        values.append(interpreter.call(rule.coefficient, n, *heads))
    items = interpreter.column(list(values))
    compose(items, values, interpreter.series(operands[-1]))
    return Expansion(interpreter, items)


@_run.register
def _(rule: Formula, interpreter, operands, function):
    order = (float(interpreter.order),) if rule.ordered else ()
    result = interpreter.call(rule.formula, *operands, *order)
    head = interpreter.call(function, *(_head(x) for x in operands))
    return Expansion(interpreter, interpreter.column([head, *interpreter.series(result)[1:]]))


@_run.register
def _(rule: Power, interpreter, operands, function):
    base, exponent = operands
    if isinstance(exponent, Expansion):
        if not isinstance(base, Expansion):
            return _run(rule.constant, interpreter, operands, function)
        if _head(base) != 0:
            return _run(rule.varying, interpreter, operands, function)
        fixed = _run(rule, interpreter, (base, _head(exponent)), function)
        b = interpreter.series(exponent)
        items = held_fast(interpreter.series(fixed), b, b[0], interpreter.order)
        return Expansion(interpreter, interpreter.column(items))
    whole = whole_number(interpreter.plain(interpreter.number(exponent)))
    if whole is None:
        result = _run(rule.general, interpreter, operands, function)
        if _head(base) != 0 or not exponent > 0:
            return result
        slope = interpreter.series(base)[1] if interpreter.order else ZERO
        limits = [rule.vanishing(k, exponent, slope) for k in range(1, interpreter.order + 1)]
        return Expansion(interpreter, interpreter.column([_head(result), *limits]))
    one = Expansion(interpreter, [interpreter.number(1)])
    power: Any = chain(base, abs(whole)) if whole else one
    items = interpreter.series(1 / power if whole < 0 else power)
    head = interpreter.call(function, _head(base), exponent)
    return Expansion(interpreter, interpreter.column([head, *items[1:]]))


def held_fast(fixed, exponent, r, order: int) -> list:
    """``a ** b`` at ``a_0 = 0`` from the power with the exponent held at ``r = b_0``.

    What the varying part of the exponent adds starts with a logarithm at degree ``r + 1``.
    """
    items, doubt = [fixed[0]], 0.0
    for k in range(1, order + 1):
        if exponent[k] is not ZERO:
            doubt = doubt + select(np.equal(exponent[k], 0), 0.0, math.nan)
        items.append(fixed[k] + select(np.less(k, r + 1), 0.0, doubt))
    return items


def whole_number(exponent) -> int | None:
    """A whole number as an int, None for another number."""
    if isinstance(exponent, complex) or not abs(exponent) <= LARGEST_WHOLE:
        return None
    whole = int(exponent)
    return whole if whole == exponent else None


def chain(base, n: int):
    """``base ** n`` for ``n >= 1`` by repeated squaring."""
    result = None
    while True:
        if n & 1:
            result = base if result is None else result * base
        n >>= 1
        if not n:
            return result
        base = base * base
