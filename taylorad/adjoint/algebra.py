"""Arithmetic of adjoints: operations made with the obvious simplifications.

They hold for derivatives, not bit for bit: a product with one is left out, and so is a sum
with zero.
"""

from __future__ import annotations

import operator

from .ir import Region, Value, constant
from .making import Maker
from .operations import SELECT


def is_number(value: Value, number) -> bool:
    """Whether a value is this constant."""
    return value.is_constant and not isinstance(value.const, bool) and value.const == number


def _made_by(value: Value, fn):
    """The operands of the operation that made a value, if it is ``fn``; else None."""
    op = value.op
    return op.args if op is not None and op.kind == "apply" and op.fn is fn else None


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

    def plus(self, a: Value, b: Value) -> Value:
        if is_number(a, 0):
            return b
        if is_number(b, 0):
            return a
        negated = _made_by(b, operator.neg)
        if negated:
            return self.apply(operator.sub, a, negated[0])
        negated = _made_by(a, operator.neg)
        if negated:
            return self.apply(operator.sub, b, negated[0])
        return self.apply(operator.add, a, b)

    def minus(self, a: Value) -> Value:
        """The negative."""
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
            negated = _made_by(y, operator.neg)
            if negated:
                return self.minus(self.times(x, negated[0]))
        if b in self._reciprocals:
            return self.over(a, self._reciprocals[b])
        (first, x), (second, y) = _scaled(a), _scaled(b)
        if first is not None and second is not None:
            scale = constant(first * second)
            rest = [v for v in (x, y) if v is not None]
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
