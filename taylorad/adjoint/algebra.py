"""Arithmetic of adjoints: operations made with the obvious simplifications.

They hold for derivatives, not bit for bit: a product with one is left out, and so is a sum
with zero.
"""

from __future__ import annotations

import operator

from .ir import Region, Value, constant, loop_of
from .making import Maker
from .operations import SELECT


def is_number(value: Value, number) -> bool:
    """Whether a value is this constant."""
    return value.is_constant and not isinstance(value.const, bool) and value.const == number


def _made_by(value: Value, fn):
    """The operands of the operation that made a value, if it is ``fn``; else None."""
    op = value.op
    if op is None or value.is_array:  # arrays may have changed since
        return None
    return op.args if op.kind == "apply" and op.fn is fn else None


def _scaled(value: Value) -> tuple[float | None, Value | None]:
    """A constant factor and the rest, None where there is none."""
    if value.is_constant:
        return float(value.const), None
    x, y = _made_by(value, operator.mul) or (value, value)
    if x.is_constant:
        return float(x.const), y
    return (float(y.const), x) if y.is_constant else (None, value)


class Algebra(Maker):
    """A maker of operations that simplifies."""

    def __init__(self, region: Region):
        super().__init__(region)
        #: Reciprocals that a rule has formed, to be multiplied by: a quotient is better.
        self._reciprocals: dict[Value, Value] = {}
        #: Multiples of adjoints that are known late: the adjoint, and the factor.
        self._multiples: dict[Value, tuple[Value, Value]] = {}

    def comes_late(self, bar: Value) -> None:
        """Let products with an adjoint that is waited for have all other factors first.

        Adjoints pass through a chain of iterations.  With ``bar * (a * b)`` for
        ``(bar * a) * b`` the chain is one multiplication long.
        """
        self._multiples[bar] = bar, constant(1.0)

    def is_late(self, bar: Value) -> bool:
        """Whether a value is a multiple of an adjoint that is waited for."""
        return bar in self._multiples

    def _late(self, value: Value) -> tuple[Value, Value] | None:
        """The adjoint and the factor of a multiple made in this loop: others do not wait here."""
        if value not in self._multiples or loop_of(value.region) is not loop_of(self.region):
            return None
        return self._multiples[value]

    def _multiple(self, bar: Value, factor: Value) -> Value:
        if is_number(factor, 1):
            return bar
        if is_number(factor, -1):
            made = self.apply(operator.neg, bar)
        else:
            made = self.apply(operator.mul, bar, factor)
        self._multiples[made] = bar, factor
        return made

    def plus(self, a: Value, b: Value) -> Value:
        if is_number(a, 0):
            return b
        if is_number(b, 0):
            return a
        (bar, first), (other, second) = (self._late(v) or (None, v) for v in (a, b))
        if bar is not None and bar is other:
            return self._multiple(bar, self.plus(first, second))
        negated = _made_by(b, operator.neg)
        if negated:
            return self.apply(operator.sub, a, negated[0])
        negated = _made_by(a, operator.neg)
        if negated:
            return self.apply(operator.sub, b, negated[0])
        return self.apply(operator.add, a, b)

    def minus(self, a: Value) -> Value:
        """The negative."""
        if late := self._late(a):
            return self._multiple(late[0], self.minus(late[1]))
        if a.is_constant:
            return constant(-a.const)
        negated = _made_by(a, operator.neg)
        return negated[0] if negated else self.apply(operator.neg, a)

    def times(self, a: Value, b: Value) -> Value:
        for x, y in ((a, b), (b, a)):
            if is_number(x, 1):
                return y
            if is_number(x, -1):
                return self.minus(y)
            if is_number(x, 0):
                return x
        for x, y in ((a, b), (b, a)):
            if (late := self._late(x)) and not self._late(y):
                return self._multiple(late[0], self.times(late[1], y))
        for x, y in ((a, b), (b, a)):
            negated = _made_by(y, operator.neg)
            if negated:
                return self.minus(self.times(x, negated[0]))
        if b in self._reciprocals:
            return self.over(a, self._reciprocals[b])
        (first, left), (second, right) = _scaled(a), _scaled(b)
        if first is not None and second is not None:
            scale = constant(first * second)
            rest = [v for v in (left, right) if v is not None]
            if not rest:
                return scale
            return self.times(scale, rest[0] if len(rest) == 1 else self.times(*rest))
        choice = _made_by(b, SELECT)
        if choice and all(is_number(c, 0) or is_number(c, 1) for c in choice[1:]):
            parts = (a if is_number(c, 1) else constant(0.0) for c in choice[1:])
            return self.apply(SELECT, choice[0], *parts)
        return self.apply(operator.mul, a, b)

    def over(self, a: Value, b: Value) -> Value:
        if is_number(b, 1):
            return a
        if late := self._late(a):
            return self._multiple(late[0], self.over(late[1], b))
        negated = _made_by(a, operator.neg)
        if negated:
            return self.minus(self.over(negated[0], b))
        quotient = self.apply(operator.truediv, a, b)
        if is_number(a, 1) and quotient.region is self.region and not quotient.name:
            self._reciprocals[quotient] = b
        return quotient

    def power(self, a: Value, b: Value) -> Value:
        if is_number(b, 0):
            return constant(1.0)
        if is_number(b, 1):
            return a
        if is_number(b, 2):
            return self.times(a, a)
        if b.is_constant and isinstance(b.const, float) and b.const in range(-64, 64):
            b = constant(int(b.const))
        return self.apply(operator.pow, a, b)
