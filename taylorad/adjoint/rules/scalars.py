"""Adjoints and tangents of operations on numbers, from the partials in the registry.

A partial derivative's own text runs on symbolic operands and leaves operations behind.  The
operands' values are asked for where the text uses them: what it does not use need not be
kept.  Where the text calls the primitive itself on its operands, the result is used again.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from ...errors import UnsupportedError
from ...primitives.expansions import Number
from ...primitives.functions import ELEMENTWISE
from ...primitives.registry import Discrete, Primitive
from ...primitives.routing import readable
from ..ir import Op, Value, constant
from ..operations import SELECT, primitive_of
from .base import NoTangent

#: Operators, which take numbers and arrays alike.
_OPERATORS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.neg, operator.pos, operator.invert, operator.and_, operator.or_,
    operator.xor, operator.lshift, operator.rshift, operator.lt, operator.le, operator.gt,
    operator.ge, operator.eq, operator.ne,
}  # fmt: skip


def is_differentiable(op: Op) -> bool:
    """Whether derivatives flow through an operation."""
    if op.kind != "apply":
        return True
    primitive = primitive_of(op.fn)
    return primitive is None or not isinstance(primitive.rules["x" * primitive.arity], Discrete)


def contributions(reverse, op: Op, bar: Value) -> Iterator[tuple[Value, Value]]:
    """For each active operand what the adjoint ``bar`` of the result adds to its adjoint."""
    if op.fn is SELECT:
        yield from _of_selection(reverse, op, bar)
        return
    primitive = primitive_of(op.fn)
    if primitive is None:
        raise UnsupportedError(f"{getattr(op.fn, '__name__', op.fn)}() has no adjoint rule")
    if op.fn is operator.truediv:
        yield from _of_quotient(reverse, op, bar)
        return
    if _is_square(op, primitive):
        a, two = reverse.content(op, op.args[0]), constant(2.0)
        if reverse.is_chained:
            yield op.args[0], reverse.times(bar, reverse.times(two, a))
        else:  # the doubled adjoint is one for all squares of a sum
            yield op.args[0], reverse.times(reverse.times(bar, two), a)
        return
    power = _repeated(op, primitive)
    if power is not None:  # k s^(k-1) at once, not by way of s^(k-1)
        s, rest, k = power
        yield s, reverse.times(bar, reverse.times(constant(float(k)), reverse.content(op, rest)))
        return
    for arg, slope in _slopes(reverse, op, primitive):
        yield arg, reverse.times(bar, slope)


def _slopes(sweep, op: Op, primitive: Primitive) -> Iterator[tuple[Value, Value]]:
    """For each active operand the partial derivative by it."""
    operands = [Operand(sweep, partial(sweep.content, op, v)) for v in op.args]
    context = _Context(sweep, op, primitive, operands)
    for k, arg in enumerate(op.args):
        if sweep.active(arg):
            yield arg, context.number(readable(primitive.partials[k])(*operands))


def tangent(forward, op: Op) -> Value | None:
    """The tangent of the result of an operation; None where no operand has one."""
    dots = [forward.dot(a) for a in op.args]
    if op.fn is SELECT:
        parts = [constant(0.0) if d is None else d for d in dots[1:]]
        return forward.apply(SELECT, op.args[0], *parts)
    primitive = primitive_of(op.fn)
    if primitive is None:
        raise NoTangent(f"{getattr(op.fn, '__name__', op.fn)}() has no tangent rule")
    if op.fn is operator.truediv:
        return _tangent_of_quotient(forward, op, *dots)
    power = _repeated(op, primitive)
    if power is not None:
        s, rest, k = power
        slope = forward.times(constant(float(k)), rest)
        return None if forward.dot(s) is None else forward.times(slope, forward.dot(s))
    total = None
    for arg, slope in _slopes(forward, op, primitive):
        if slope.is_constant and slope.const == 0:
            continue
        term = forward.times(slope, forward.dot(arg))
        total = term if total is None else forward.plus(total, term)
    return total


def _tangent_of_quotient(forward, op: Op, above: Value | None, below: Value | None):
    """``r = a / b``: ``(a_dot - r b_dot) / b``; for a constant ``a`` it is ``- b_dot r^2 / a``."""
    a, b = op.args
    r = op.outs[0]
    if below is None:
        return above and forward.over(above, b)
    if a.is_constant and a.const != 0:
        square = forward.times(forward.times(constant(-1.0 / a.const), r), r)
        return forward.times(square, below)
    change = forward.minus(forward.times(r, below))
    change = change if above is None else forward.plus(above, change)
    if r.is_array:
        return forward.over(change, b)
    # one reciprocal serves all quotients by ``b``, and does not wait for their numerators
    return forward.times(change, forward.apply(operator.truediv, constant(1.0), b))


def _is_square(op: Op, primitive: Primitive) -> bool:
    """Whether an operation is ``a * a`` or ``a ** 2``."""
    if primitive.name == "multiply":
        return op.args[0] is op.args[1]
    exponent = op.args[-1]
    whole = primitive.name == "power" and exponent.is_constant and exponent.const == 2
    return whole or primitive.name == "square"


def _repeated(op: Op, primitive: Primitive) -> tuple[Value, Value, int] | None:
    """``s``, ``s^(k-1)`` and ``k`` where an operation is their product; None if it is none."""
    if primitive.name != "multiply" or op.outs[0].is_array:
        return None
    for s, rest in (op.args, op.args[::-1]):
        base, k = _power(rest)
        if base is s and not s.is_constant:
            return s, rest, k + 1
    return None


def _power(value: Value) -> tuple[Value, int]:
    """A value as a power with a whole exponent, by products of equal factors."""
    op = value.op
    if op is None or op.kind != "apply" or op.fn is not operator.mul:
        return value, 1
    (a, m), (b, n) = map(_power, op.args)
    return (a, m + n) if a is b else (value, 1)


def _of_selection(reverse, op, bar):
    condition, a, b = op.args
    for arg, first in ((a, True), (b, False)):
        if reverse.active(arg):
            zero = constant(0.0)
            parts = (bar, zero) if first else (zero, bar)
            yield arg, reverse.apply(SELECT, reverse.content(op, condition), *parts)


def _of_quotient(reverse, op, bar):
    """``r = a / b``: the divided adjoint is formed once; for a constant ``a`` it is ``r / a``."""
    a, b = op.args
    if a.is_constant and a.const != 0:
        r = _result(reverse, op)
        square = reverse.times(reverse.times(constant(-1.0 / a.const), r), r)
        yield b, reverse.times(bar, square)
        return
    divisor = reverse.content(op, b)
    if reverse.is_chained:  # the quotient does not wait for the adjoint
        inverse = reverse.over(constant(1.0), divisor)
        divided = reverse.times(reverse.late(bar), inverse)
    else:
        divided = reverse.over(bar, divisor)
    if reverse.active(a):
        yield a, divided
    if reverse.active(b):
        yield b, reverse.minus(reverse.times(divided, _result(reverse, op)))


def _result(reverse, op: Op) -> Value:
    """The result of an operation; of an array that is changed later, computed again."""
    if reverse.is_written(op.outs[0]):
        return reverse.apply(op.fn, *(reverse.content(op, a) for a in op.args))
    return reverse.need(op.outs[0])


class Operand(Number):
    """A symbolic number; its value is made when it is first asked for."""

    __hash__ = object.__hash__

    def __init__(self, reverse, make: Callable[[], Value]):
        self.reverse, self._make = reverse, make
        self._value: Value | None = None
        self.context: _Context | None = None

    @property
    def value(self) -> Value:
        if self._value is None:
            self._value = self._make()
        return self._value

    def evaluate(self, function, *operands):
        return self.context.evaluate(function, operands)

    def select_from(self, x, y):
        return self.context.select(self, x, y)

    def __eq__(self, other):
        return self.evaluate(operator.eq, self, other)

    def __lt__(self, other):
        return self.evaluate(operator.lt, self, other)

    def __le__(self, other):
        return self.evaluate(operator.le, self, other)

    def __gt__(self, other):
        return self.evaluate(operator.gt, self, other)

    def __ge__(self, other):
        return self.evaluate(operator.ge, self, other)

    def __bool__(self):
        raise UnsupportedError(
            "a partial derivative branches on its operand; write it with "
            "taylorad.primitives.series.select"
        )


class _Context:
    """What partial derivatives of one operation run in."""

    def __init__(self, reverse, op: Op, primitive: Primitive, operands):
        self.reverse, self.op, self.primitive, self.operands = reverse, op, primitive, operands
        for x in operands:
            x.context = self

    def number(self, x) -> Value:
        if isinstance(x, Operand):
            return x.value
        if isinstance(x, bool | np.bool_):
            return constant(bool(x))
        if isinstance(x, int | np.integer):
            return constant(int(x))
        if isinstance(x, complex | np.complexfloating):
            raise UnsupportedError(
                "complex numbers cannot be differentiated in reverse mode; use forward mode"
            )
        return constant(float(x))

    def wrapped(self, make) -> Operand:
        made = Operand(self.reverse, make)
        made.context = self
        return made

    def evaluate(self, function, operands):
        own = primitive_of(function) is self.primitive and self._are_own(operands)
        if own and not self.reverse.is_written(self.op.outs[0]):
            return self.wrapped(lambda: self.reverse.need(self.op.outs[0]))
        values = [self.number(x) for x in operands]
        made = self.made(function, values)
        return self.wrapped(lambda: made)

    def _are_own(self, operands) -> bool:
        return len(operands) == len(self.operands) and all(
            a is b for a, b in zip(operands, self.operands, strict=True)
        )

    def made(self, function, values) -> Value:
        r = self.reverse
        name = getattr(primitive_of(function), "name", None)
        if name == "multiply":
            return r.times(*values)
        if name == "divide":
            return r.over(*values)
        if name == "negative":
            return r.minus(*values)
        if name == "square":
            return r.times(values[0], values[0])
        if name == "power":
            return r.power(*values)
        if name == "add":
            return r.plus(*values)
        if any(v.is_array for v in values):
            return r.apply(array_form(function), *values)
        return r.apply(spelled(function), *values)

    def select(self, condition, x, y):
        chosen = self.number(condition)
        if chosen.is_constant:
            return x if chosen.const else y
        made = self.reverse.apply(SELECT, chosen, self.number(x), self.number(y))
        return self.wrapped(lambda: made)


def spelled(function):
    """The spelling of a function that compiles fastest: that of `math`, where there is one."""
    primitive = primitive_of(function)
    if primitive is None:
        return function
    for candidate in primitive.functions:
        if getattr(candidate, "__module__", None) in ("math", "_operator"):
            return candidate
    return function if function in primitive.functions else primitive.functions[0]


def array_form(function):
    """The spelling of a function that takes arrays."""
    primitive = primitive_of(function)
    functions = (function, *(primitive.functions if primitive else ()))
    for candidate in functions:
        if isinstance(candidate, np.ufunc) or candidate in _OPERATORS or candidate in ELEMENTWISE:
            return candidate
    label = getattr(function, "__name__", str(function))
    raise UnsupportedError(
        f"{label}() of an array has no rule for reverse mode; write a loop over its elements"
    )
