"""Staged numbers: rules run once on them while Numba lowers the user's function.

Arithmetic on a `Real`, `Complex` or `Jet` writes LLVM instructions, so that a rule
leaves straight-line code for the compile-time order behind.  A real component may be
a vector over lanes; its ``axes`` name the nesting depth and size of each lane axis,
outermost first, and operands are broadcast to the union of their axes.

Coefficient 0 is computed as the plain program computes it, to the bit: products and
sums are only fused (`Emitter.fuse`) in coefficients of derivatives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from llvmlite import ir
from numba import njit
from numba.core import types
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from ..primitives import registry
from .types import F64, WIDTH, JetType, llvm_type, vector_size

I32 = ir.IntType(32)
#: The lane axis of a packed vector of coefficients (depth 0 belongs to no jet).
CHUNK = ((0, WIDTH),)


class Emitter:
    """Where staged numbers write their instructions."""

    #: Makes a user's function callable with jets; the compile package provides it.
    compiled: Callable = staticmethod(njit)

    def __init__(self, context, builder):
        self.context = context
        self.builder = builder
        self.fuse = False

    @contextmanager
    def coefficient(self, k: int):
        """Allow fused products from the first derivative on."""
        before = self.fuse
        self.fuse = before or k > 0
        yield
        self.fuse = before

    @property
    def flags(self) -> tuple[str, ...]:
        return ("contract",) if self.fuse else ()

    def constant(self, value: float | complex) -> Real | Complex:
        if isinstance(value, complex):
            return Complex(self.constant(value.real), self.constant(value.imag))
        return Real(self, ir.Constant(F64, float(value)))

    def lift(self, value: Any) -> Any:
        """A staged number from a Python number; others pass."""
        return self.constant(value) if isinstance(value, bool | int | float | complex) else value

    def call(self, function, *operands):
        """The function's value: traced if it is a rule's own text, else as Numba compiles it."""
        declared = registry.lookup(function)
        if declared is not None and any(isinstance(x, Jet) for x in operands):
            return self.apply(declared, operands)
        if declared is None and isinstance(function, FunctionType):
            try:
                return function(*operands)
            except (TypeError, NumbaError):  # math.* or a branch: only compiled code can
                function = Emitter.compiled(function)
        elif declared is None and isinstance(function, Dispatcher):
            function = Emitter.compiled(function)
        operands = [self.lift(x) for x in operands]
        typing, context = self.context.typing_context, self.context
        kind = typing.resolve_value_type(function)
        sig = kind.get_call_type(typing, tuple(x.type for x in operands), {})
        implementation = context.get_function(kind, sig)
        values = [
            context.cast(self.builder, x.ir(), x.type, want)
            for x, want in zip(operands, sig.args, strict=True)
        ]
        result = implementation(self.builder, values)
        context.add_linking_libs(getattr(implementation, "libs", ()))
        return unpack(self, sig.return_type, result)


    def apply(self, primitive, operands, function=None):
        """Run the primitive's rule: `rules.Executor` knows how."""
        raise NotImplementedError


class Zero:
    """A coefficient known to be zero: costs nothing, whatever it meets."""

    def __add__(self, other):
        return other

    __radd__ = __add__

    def __sub__(self, other):
        return -other

    def __rsub__(self, other):
        return other

    def __mul__(self, other):
        return self

    __rmul__ = __truediv__ = __mul__

    def __neg__(self):
        return self


ZERO = Zero()


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

    __slots__ = ("emitter", "_value", "axes", "source")
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

    def spread(self, axes):
        """The LLVM value broadcast to more lane axes."""
        if axes == self.axes:
            return self.value
        builder, size = self.emitter.builder, vector_size(axes)
        value = self.value
        if not self.axes:
            one = ir.VectorType(F64, 1)
            value = builder.insert_element(ir.Constant(one, ir.Undefined), value, ir.Constant(I32, 0))
            mask = [0] * size
        else:
            mask = _broadcast_mask(self.axes, axes)
        return builder.shuffle_vector(
            value, ir.Constant(value.type, ir.Undefined), ir.Constant(ir.VectorType(I32, size), mask)
        )

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

    __slots__ = ("emitter", "re", "im")
    type = types.complex128

    def __init__(self, re, im):
        self.emitter = re.emitter
        self.re = re
        self.im = im

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
            other = _as_complex(other)
        a, b, c, d = self.re, self.im, other.re, other.im
        if op is operator.add or op is operator.sub:
            return Complex(op(a, c), op(b, d))
        if op is operator.mul:
            return Complex(a * c - b * d, a * d + b * c)
        return self.emitter.call(operator.truediv, self, other)

    def _reflected(self, other, op):
        return op(_as_complex(self.emitter.lift(other)), self)

    def __neg__(self):
        return Complex(-self.re, -self.im)


def _as_complex(value):
    return value if isinstance(value, Complex) else Complex(value, value.emitter.constant(0.0))


class Jet(Staged):
    """A jet as the list of its staged coefficients, or as packed vectors."""

    __slots__ = ("emitter", "type", "series")

    def __init__(self, emitter, kind: JetType, series: Series):
        self.emitter = emitter
        self.type = kind
        self.series = series

    def ir(self):
        return pack(self.emitter, self.type, self)

    def _binary(self, other, op):
        if isinstance(other, Zero):
            return ZERO if op is operator.mul else self
        return self.emitter.call(op, self, self.emitter.lift(other))

    def _reflected(self, other, op):
        return self.emitter.call(op, self.emitter.lift(other), self)

    def __neg__(self):
        return self.emitter.call(operator.neg, self)


class Series:
    """The coefficients of one operand or output of a rule, for indices ``0..``.

    Known series come whole; growing ones (the outputs) are appended to.  Items are
    staged numbers, `ZERO`, or None where a packed vector still holds them.
    """

    def __init__(self, emitter, items=None, chunks=None, growing=False):
        self.emitter = emitter
        self.chunks = chunks
        self.items = [None] * (WIDTH * len(chunks)) if items is None else items
        self.growing = growing
        self._derived: Series | None = None
        self._shifts: dict = {}
        self._sums: dict = {}

    def __getitem__(self, j):
        if self.items[j] is None:
            self.items[j] = Real(
                self.emitter, None, source=(self.chunks[j // WIDTH].value, j % WIDTH)
            )
        return self.items[j]

    def __len__(self):
        return len(self.items)

    def append(self, item):
        self.items.append(item)

    def weighted(self) -> Series:
        """The series of ``j * a[j]``: the derivative's coefficients, index shifted by one."""
        if self._derived is None:
            self._derived = _Weighted(self)
        return self._derived

    def dot(self, other: Series, k: int, lo: int, hi: int):
        """Sum of ``self[j] * other[k-j]``, newest coefficients last to shorten the chain."""
        if self.chunks and other.chunks and not other.growing:
            return self._convolved(other, k, lo, hi)
        if other.chunks and self.growing and not other.growing:
            return other._online(self, k, k - hi, k - lo)
        if self.chunks and other.growing and not self.growing:
            return self._online(other, k, lo, hi)
        order = range(hi, lo - 1, -1) if other.growing else range(lo, hi + 1)
        return add_products([(self[j], other[k - j]) for j in order])

    # -- packed vectors -----------------------------------------------------------

    def shifted(self, j: int, m: int):
        """Vector ``m`` of the series moved up by ``j`` places, or None where it is empty."""
        q, r = divmod(j, WIDTH)
        m -= q
        if m < 0:
            return None
        if r == 0:
            return self.chunks[m]
        if (r, m) not in self._shifts:
            high = self.chunks[m].value
            zero = ir.Constant(high.type, [0.0] * WIDTH)
            low = self.chunks[m - 1].value if m else zero
            mask = [WIDTH - r + i for i in range(WIDTH)]
            value = self.emitter.builder.shuffle_vector(
                low, high, ir.Constant(ir.VectorType(I32, WIDTH), mask)
            )
            self._shifts[r, m] = Real(self.emitter, value, CHUNK)
        return self._shifts[r, m]

    def _convolved(self, other, k, lo, hi):
        """A lane of the whole Cauchy product, which is formed once."""
        key = id(other), lo == 0, hi == k
        if key not in self._sums:
            self._sums[key] = other, _cauchy(self, other, lo > 0, hi < k)
        vector = self._sums[key][1][k // WIDTH]
        return Real(self.emitter, None, source=(vector.value, k % WIDTH))

    def _online(self, growing, k, lo, hi):
        """Sum of ``self[j] * growing[k-j]`` for ``j = lo..hi`` with sums kept in vectors.

        Each coefficient of ``growing``, once known, is multiplied into the sums of all
        later ``k`` at once; the `LAG` newest ones wait and enter as scalars, so that the
        vector work stays off the chain from one coefficient to the next.
        """
        first, last = k - hi, k - lo
        key = id(growing), first == 0
        if key not in self._sums:
            self._sums[key] = growing, _OnlineSum(self, growing, first)
        return self._sums[key][1].at(k, last)


#: Newest coefficients that stay out of the vector sums.
LAG = 3


class _OnlineSum:
    """The running Cauchy product of a known and a growing series."""

    def __init__(self, known, growing, first):
        self.known = known
        self.growing = growing
        self.next = first
        self.vectors: list = [None] * len(known.chunks)

    def at(self, k, last):
        emitter, known, growing = self.known.emitter, self.known, self.growing
        while self.next <= last - LAG:
            self._push(growing[self.next], self.next)
            self.next += 1
        recent = [(known[k - j], growing[j]) for j in range(self.next, last + 1)]
        vector = self.vectors[k // WIDTH]
        start = None
        if vector is not None:
            start = Real(emitter, None, source=(vector.value, k % WIDTH))
        return add_products(recent, start)

    def _push(self, coefficient, j):
        if isinstance(coefficient, Zero):
            return
        for m in range((j + LAG) // WIDTH, len(self.vectors)):
            moved = self.known.shifted(j, m)
            if moved is not None:
                term = moved * coefficient
                self.vectors[m] = term if self.vectors[m] is None else self.vectors[m] + term


class _Weighted(Series):
    """The view ``j * a[j]`` of a series, growing with it."""

    def __init__(self, base: Series):
        chunks = None
        if base.chunks:
            chunks = [
                Real(base.emitter, _lane_numbers(m), CHUNK) * chunk
                for m, chunk in enumerate(base.chunks)
            ]
        super().__init__(base.emitter, {}, chunks, base.growing)
        self.base = base

    def __getitem__(self, j):
        if j not in self.items:
            self.items[j] = j * self.base[j] if j else ZERO
        return self.items[j]


def _lane_numbers(m):
    lanes = [float(m * WIDTH + i) for i in range(WIDTH)]
    return ir.Constant(ir.VectorType(F64, WIDTH), lanes)


def _cauchy(a: Series, b: Series, skip_a0: bool, skip_b0: bool) -> list[Real]:
    """The vectors of the Cauchy product of two known packed series.

    Lanes that a shifted operand leaves empty keep their sum: an infinite coefficient
    must not reach lower orders as ``0 * inf``.
    """
    emitter = a.emitter
    builder = emitter.builder
    vectors = []
    for m in range(len(a.chunks)):
        sums: list[Real | None] = [None, None]
        for j in range(1 if skip_a0 else 0, (m + 1) * WIDTH):
            moved = b.shifted(j, m)
            empty = j - m * WIDTH + (1 if skip_b0 else 0)  # lanes below are empty
            if moved is None or empty >= WIDTH:
                continue
            term = moved * a[j]
            old = sums[j % 2]
            if old is not None:
                term = old + term
            if empty > 0:
                keep = old.value if old is not None else ir.Constant(term.value.type, [0.0] * WIDTH)
                mask = ir.Constant(
                    ir.VectorType(ir.IntType(1), WIDTH), [int(i >= empty) for i in range(WIDTH)]
                )
                term = Real(emitter, builder.select(mask, term.value, keep), CHUNK)
            sums[j % 2] = term
        even, odd = sums
        total = even if odd is None else odd if even is None else even + odd
        vectors.append(total if total is not None else emitter.constant(0.0))
    return vectors


def add_products(pairs, start=None):
    """``start + sum of x*y`` with two partial sums; the last product is added last."""
    pairs = [(x, y) for x, y in pairs if x is not ZERO and y is not ZERO]
    if not pairs:
        return ZERO if start is None else start
    *older, newest = pairs
    sums = [start, None] if start is not None else [None, None]
    wide = len(older) >= 4
    for i, (x, y) in enumerate(older):
        s = i % 2 if wide else 0
        sums[s] = x * y if sums[s] is None else sums[s] + x * y
    total = sums[0]
    if sums[1] is not None:
        total = sums[1] if total is None else total + sums[1]
    x, y = newest
    return x * y if total is None else total + x * y


def unpack(emitter, kind, value):
    """The staged number of an LLVM value."""
    builder = emitter.builder
    if isinstance(kind, JetType):
        count = len(llvm_type(kind).elements)
        fields = [builder.extract_value(value, i) for i in range(count)]
        if kind.packed:
            return Jet(emitter, kind, Series(emitter, chunks=[Real(emitter, f, CHUNK) for f in fields]))
        reals = [Real(emitter, f, axes) for f, axes in zip(fields, kind.components, strict=True)]
        return _gather(emitter, kind, iter(reals))
    if isinstance(kind, types.Complex):
        value = emitter.context.cast(builder, value, kind, types.complex128)
        pair = emitter.context.make_complex(builder, types.complex128, value)
        return Complex(Real(emitter, pair.real), Real(emitter, pair.imag))
    value = emitter.context.cast(builder, value, types.unliteral(kind), types.float64)
    return Real(emitter, value)


def _gather(emitter, kind, reals):
    """A staged number from its components, taken in memory order."""
    if isinstance(kind, JetType):
        items = [_gather(emitter, kind.dtype, reals) for _ in range(kind.order + 1)]
        return Jet(emitter, kind, Series(emitter, items))
    if isinstance(kind, types.Complex):
        return Complex(next(reals), next(reals))
    return next(reals)


def _scatter(emitter, kind, value):
    """The components of a staged number (or `ZERO`), in memory order."""
    if isinstance(kind, JetType):
        value = lift(emitter, kind, value)
        for k in range(kind.order + 1):
            yield from _scatter(emitter, kind.dtype, value.series[k])
    elif isinstance(kind, types.Complex):
        value = _as_complex(emitter.constant(0.0) if value is ZERO else emitter.lift(value))
        yield value.re
        yield value.im
    else:
        yield emitter.constant(0.0) if value is ZERO else emitter.lift(value)


def pack(emitter, kind, value):
    """The LLVM value of a staged number."""
    if not isinstance(kind, JetType):
        parts = list(_scatter(emitter, kind, value))
        return (Complex(*parts) if len(parts) == 2 else parts[0]).ir()
    builder, layout = emitter.builder, llvm_type(kind)
    if kind.packed:
        fields = pack_chunks(emitter, kind, lift(emitter, kind, value).series)
    else:
        fields = [
            real.spread(axes)
            for real, axes in zip(_scatter(emitter, kind, value), kind.components, strict=True)
        ]
    result = ir.Constant(layout, ir.Undefined)
    for i, field in enumerate(fields):
        result = builder.insert_value(result, field, i)
    return result


def pack_chunks(emitter, kind, series):
    """The packed vectors of a series; lanes that are in place already are not moved."""
    if series.chunks and not series.growing:
        return [chunk.spread(CHUNK) for chunk in series.chunks]
    builder = emitter.builder
    vector = ir.VectorType(F64, WIDTH)
    fields = []
    for m in range(len(llvm_type(kind).elements)):
        items = [series[k] for k in range(m * WIDTH, min(kind.order + 1, (m + 1) * WIDTH))]
        sources = [x.source[0] for x in items if isinstance(x, Real) and x.source]
        base = max(sources, key=sources.count) if sources else ir.Constant(vector, [0.0] * WIDTH)
        for i, item in enumerate(items):
            if isinstance(item, Real) and item.source == (base, i):
                continue
            item = emitter.constant(0.0) if item is ZERO else emitter.lift(item)
            base = builder.insert_element(base, item.value, ir.Constant(I32, i))
        fields.append(base)
    return fields


def lift(emitter, kind: JetType, value) -> Jet:
    """A number as a jet of type ``kind``: a constant unless it is one already."""
    if isinstance(value, Jet) and value.type == kind:
        return value
    value = emitter.lift(value)
    if isinstance(value, Jet) and value.type.depth == kind.depth:
        items = [value.series[k] for k in range(kind.order + 1)]  # real to complex
    else:
        items = [value] + [ZERO] * kind.order
    return Jet(emitter, kind, Series(emitter, items))
