"""The staged numbers: reals over lanes, complex pairs, jets, and the known zero.

A real component may be a vector over lanes; its ``axes`` name the nesting depth and size
of each lane axis, outermost first, and operands are broadcast to the union of their axes.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np
from llvmlite import ir
from numba.core import types

from ...primitives.series import ZERO, Zero
from ..types import F64, WIDTH, JetType, vector_size

if TYPE_CHECKING:
    from .emitter import Emitter
    from .series import Series

I32 = ir.IntType(32)
#: The lane axis of a packed vector of coefficients (depth 0 belongs to no jet).
CHUNK = ((0, WIDTH),)


class Staged:
    """What all staged numbers share: operators and NumPy functions by the registry."""

    emitter: Emitter
    type: types.Type

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            return NotImplemented
        return self.emitter.call(ufunc, *inputs)

    def apply_primitive(self, function, *operands):
        """How functions of the library's own answer to staged operands."""
        return self.emitter.call(function, *operands)

    def _binary(self, other, op):
        raise NotImplementedError

    def __add__(self, other):
        return self._binary(other, operator.add)

    def __radd__(self, other):
        return self if _is_zero(other) else self._reflected(other, operator.add)

    def __sub__(self, other):
        return self._binary(other, operator.sub)

    def __rsub__(self, other):
        return -self if _is_zero(other) else self._reflected(other, operator.sub)

    def __mul__(self, other):
        return self._binary(other, operator.mul)

    def __rmul__(self, other):
        if isinstance(other, int) and other == 1:
            return self
        return self._reflected(other, operator.mul)

    def __truediv__(self, other):
        return self._binary(other, operator.truediv)

    def __rtruediv__(self, other):
        return self._reflected(other, operator.truediv)

    def __pow__(self, other):
        return self.emitter.call(operator.pow, self, other)

    def _reflected(self, other, op):
        return op(self.emitter.lift(other), self)


def _is_zero(value) -> bool:
    """The integer 0 that sums in rules start from."""
    return isinstance(value, int) and value == 0


class Real(Staged):
    """A float64 or a vector of them over lane axes.

    A lane of a packed vector may be held as ``(vector, lane)`` until its value is used.
    """

    __slots__ = ("_value", "axes", "emitter", "source")
    type = types.float64

    def __init__(self, emitter, value, axes=(), source=None):
        self.emitter = emitter
        self._value = value
        self.axes = axes
        self.source = source

    @property
    def value(self):
        if self._value is None:
            vector, lane = self.source
            self._value = self.emitter.builder.extract_element(vector, ir.Constant(I32, lane))
        return self._value

    def ir(self):
        assert not self.axes, "a value with lanes has no plain representation"
        return self.value

    def select_from(self, x, y):
        """``x`` where this number is not zero, else ``y``."""
        return self.emitter.choose(self, x, y)

    def flag(self, axes):
        """The LLVM truth value: one for all lanes, or one for each lane of ``axes``."""
        value = self.spread(axes) if self.axes else self.value
        zero = ir.Constant(value.type, [0.0] * vector_size(axes) if self.axes else 0.0)
        return self.emitter.builder.fcmp_unordered("!=", value, zero)

    @property
    def real(self):
        return self

    @property
    def imag(self):
        return ZERO

    def conjugate(self):
        return self

    def spread(self, axes):
        """The LLVM value broadcast to more lane axes."""
        if axes == self.axes:
            return self.value
        builder, size = self.emitter.builder, vector_size(axes)
        value = self.value
        if not self.axes:
            nothing = ir.Constant(ir.VectorType(F64, 1), ir.Undefined)
            value = builder.insert_element(nothing, value, ir.Constant(I32, 0))
            mask = [0] * size
        else:
            mask = _broadcast_mask(self.axes, axes)
        nothing = ir.Constant(value.type, ir.Undefined)
        return builder.shuffle_vector(value, nothing, ir.Constant(ir.VectorType(I32, size), mask))

    def _binary(self, other, op):
        emitter = self.emitter
        if isinstance(other, Zero):
            if op is operator.mul:
                return ZERO
            return self
        if isinstance(other, int) and other == 1 and op in (operator.mul, operator.truediv):
            return self
        if isinstance(other, int) and op is operator.truediv and emitter.fuse:
            return self * (1.0 / other)
        other = emitter.lift(other)
        if not isinstance(other, Real):
            return NotImplemented
        plain = not self.axes and not other.axes
        if op is operator.truediv and plain and not emitter.fuse:
            return emitter.call(op, self, other)  # Numba's own: keeps the error model
        axes = self.axes if self.axes == other.axes else _union(self.axes, other.axes)
        instruction = getattr(emitter.builder, _INSTRUCTION[op])
        value = instruction(self.spread(axes), other.spread(axes), flags=emitter.flags)
        return Real(emitter, value, axes)

    def __neg__(self):
        return Real(self.emitter, self.emitter.builder.fneg(self.value), self.axes)


class Operand(Real):
    """A plain operand as the program has it: an integer, or a value known when compiling."""

    __slots__ = ("known", "original", "type")

    def __init__(self, emitter, kind, value, original, known=None):
        super().__init__(emitter, value)
        self.type = kind
        self.original = original
        self.known = known


_INSTRUCTION = {
    operator.add: "fadd",
    operator.sub: "fsub",
    operator.mul: "fmul",
    operator.truediv: "fdiv",
}


def _union(a, b):
    return tuple(sorted({*a, *b}, reverse=True))


def _broadcast_mask(inner, outer):
    """For each lane of ``outer`` the lane of ``inner`` that it comes from."""
    index = [0]
    for axis in outer:
        stride = 0
        if axis in inner:
            stride = vector_size(inner[inner.index(axis) + 1 :])
        index = [i + stride * lane for i in index for lane in range(axis[1])]
    return index


class Complex(Staged):
    """A complex128 as two reals."""

    __slots__ = ("emitter", "im", "re")
    type = types.complex128

    def __init__(self, re, im):
        self.emitter = re.emitter
        self.re = re
        self.im = im

    @property
    def real(self):
        return self.re

    @property
    def imag(self):
        return self.im

    def conjugate(self):
        return Complex(self.re, -self.im)

    def ir(self):
        value = self.emitter.context.make_complex(self.emitter.builder, self.type)
        value.real = self.re.ir()
        value.imag = self.im.ir()
        return value._getvalue()

    def _binary(self, other, op):
        if isinstance(other, Zero):
            return ZERO if op is operator.mul else self
        if isinstance(other, int) and op in (operator.mul, operator.truediv):
            return Complex(op(self.re, other), op(self.im, other))
        other = self.emitter.lift(other)
        if not isinstance(other, Real | Complex):
            return NotImplemented
        if isinstance(other, Real):
            if op in (operator.add, operator.sub):
                return Complex(op(self.re, other), self.im)
            if op is operator.mul:
                return Complex(self.re * other, self.im * other)
            other = as_complex(other)
        a, b, c, d = self.re, self.im, other.re, other.im
        if op is operator.add or op is operator.sub:
            return Complex(op(a, c), op(b, d))
        if op is operator.mul:
            return Complex(a * c - b * d, a * d + b * c)
        return self.emitter.call(operator.truediv, self, other)

    def _reflected(self, other, op):
        return op(as_complex(self.emitter.lift(other)), self)

    def __neg__(self):
        return Complex(-self.re, -self.im)


def as_complex(value):
    """A real or complex number as a complex one."""
    return value if isinstance(value, Complex) else Complex(value, value.emitter.constant(0.0))


class Jet(Staged):
    """A jet as the list of its staged coefficients, or as packed vectors."""

    @property
    def real(self):
        return self.emitter.call(np.real, self)

    @property
    def imag(self):
        return self.emitter.call(np.imag, self)

    def conjugate(self):
        return self.emitter.call(np.conjugate, self)

    __slots__ = ("emitter", "series", "type")

    def __init__(self, emitter, kind: JetType, series: Series):
        self.emitter = emitter
        self.type = kind
        self.series = series

    def _binary(self, other, op):
        if isinstance(other, Zero):
            return ZERO if op is operator.mul else self
        return self.emitter.call(op, self, self.emitter.lift(other))

    def _reflected(self, other, op):
        return self.emitter.call(op, self.emitter.lift(other), self)

    def __neg__(self):
        return self.emitter.call(operator.neg, self)
