"""The numbers that rules see when they are interpreted: wrapped numbers and series."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .series import ZERO


class Number:
    """What expansions and wrapped numbers share: operators by the functions' names."""

    def evaluate(self, function, *operands) -> Any:
        raise NotImplementedError

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            return NotImplemented
        return self.evaluate(ufunc, *inputs)

    def apply_primitive(self, function, *operands):
        """How functions of the library's own answer to these numbers."""
        return self.evaluate(function, *operands)

    def __neg__(self):
        return self.evaluate(operator.neg, self)

    @property
    def real(self):
        return self.evaluate(np.real, self)

    @property
    def imag(self):
        return self.evaluate(np.imag, self)

    def conjugate(self):
        return self.evaluate(np.conjugate, self)


def _operators(name: str, function) -> None:
    def forward(self, other):
        return NotImplemented if other is ZERO else self.evaluate(function, self, other)

    def reflected(self, other):
        return NotImplemented if other is ZERO else self.evaluate(function, other, self)

    setattr(Number, f"__{name}__", forward)
    setattr(Number, f"__r{name}__", reflected)


def _comparison(name: str, function) -> None:
    setattr(Number, f"__{name}__", lambda self, other: bool(self.evaluate(function, self, other)))


for _name in ("lt", "le", "gt", "ge", "eq"):
    _comparison(_name, getattr(operator, _name))
for _name in ("add", "sub", "mul", "truediv", "mod", "pow"):
    _operators(_name, getattr(operator, _name))


class Scalar(Number):
    """A number of a kind that NumPy does not know, with the function that evaluates."""

    __slots__ = ("scalar", "value")

    def __init__(self, scalar, value):
        self.scalar = scalar
        self.value = value

    def evaluate(self, function, *operands):
        for x in operands:
            if isinstance(x, Expansion):
                return x.evaluate(function, *operands)
        values = (x.value if isinstance(x, Scalar) else x for x in operands)
        return Scalar(self.scalar, self.scalar(function, *values))

    def __bool__(self):
        return bool(self.value)

    def __int__(self):
        return int(self.value)


class Expansion(Number):
    """A truncated series in the hands of an interpreter."""

    __slots__ = ("interpreter", "items")

    def __init__(self, interpreter, items):
        self.interpreter = interpreter
        self.items = items

    def evaluate(self, function, *operands):
        return self.interpreter.call(function, *operands)
