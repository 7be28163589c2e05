"""Running a primitive's rule on staged operands: one function for each kind of rule.

All rules that are not linear end in `solve`, which computes the coefficients one after
the other: written out for the compile-time order while that stays small, by a compiled
loop beyond (`kernels`).
"""

from __future__ import annotations

from functools import reduce, singledispatch

from llvmlite import ir
from numba.core import types

from ..primitives.registry import (
    Composed,
    Discrete,
    Formula,
    Linear,
    Piecewise,
    Power,
    Quotient,
    Recurrence,
    Slopes,
)
from ..primitives.series import compose, inverse, wdot
from . import kernels
from .staging import CHUNK, I32, ZERO, Emitter, Jet, Real, Series, lift, pack_chunks
from .types import F64, LOW_DEGREE, WIDTH, JetType, bottom, full, join, llvm_type, with_bottom

#: Products of reals in one Cauchy product up to which rules are written out.
UNROLLED_PRODUCTS = 600
#: Order up to which rules on packed vectors are written out.
UNROLLED_PACKED_ORDER = 48


class Executor(Emitter):
    """An emitter that runs the rules of primitives."""

    def apply(self, primitive, operands, function=None):
        """The primitive's value on operands of which at least one is a jet.

        ``function`` is the spelling that the user's program calls: coefficient 0 is its
        value.  The result is a jet of the joint type, or plain where it is discrete.
        """
        operands = [self.lift(x) for x in operands]
        kinds = [x.type for x in operands if x is not ZERO]
        kind = full(reduce(join, kinds))
        pattern = "".join("x" if is_active(kind, x) else "c" for x in operands)
        rule = primitive.rule(pattern, isinstance(bottom(kind), types.Complex))
        kind = result_type(primitive, kind)
        return run(rule, self, kind, operands, function or primitive.value)


def result_type(primitive, kind):
    """The type of a primitive's result where the operands meet in ``kind``."""
    if primitive.result == "joint":
        return kind
    return with_bottom(kind, types.float64 if primitive.result == "real" else types.complex128)


def degree_of(primitive, kind, operands) -> int:
    """The degree of a primitive's result on operands of these types."""
    active = [isinstance(t, JetType) and t.depth == kind.depth for t in operands]
    pattern = "".join("x" if a else "c" for a in active)
    rule = primitive.rule(pattern, isinstance(bottom(kind), types.Complex))
    degrees = [t.degree if a else 0 for t, a in zip(operands, active, strict=True)]
    if isinstance(rule, Linear):
        return max(degrees)
    if isinstance(rule, Recurrence) and rule.degree is not None:
        return rule.degree(*degrees)
    if isinstance(rule, Power) and isinstance(operands[1], types.IntegerLiteral):
        exponent = operands[1].literal_value
        return exponent * degrees[0] if exponent > 0 else kind.order
    return kind.order


@singledispatch
def run(rule, emitter, kind, operands, function):
    """The result of a rule; coefficient 0 is the function's value."""
    raise TypeError(rule)


@run.register
def _(rule: Discrete, emitter, kind, operands, function):
    return emitter.call(function, *(primal(x) for x in operands))


@run.register
def _(rule: Linear, emitter, kind, operands, function):
    primals = [head_of(kind, x) for x in operands]
    head = emitter.call(function, *primals) if isinstance(rule, Piecewise) else None
    with emitter.coefficient(0 if head is None else 1):
        constants = [emitter.call(c, *primals) for c in rule.constants]
    if kind.packed and any(isinstance(x, Jet) and x.series.chunks for x in operands):
        count = -(-(kind.order + 1) // WIDTH)
        columns = [_chunks(emitter, kind, x, count) for x in operands]
        chunks = [
            _full(emitter, rule.formula(*(c[m] for c in columns), *constants)) for m in range(count)
        ]
        if head is not None:
            chunks[0] = _with_head(emitter, chunks[0], head)
        return Jet(emitter, kind, Series(emitter, chunks=chunks))
    columns = [lift(emitter, kind, x).series for x in operands]
    items = [] if head is None else [head]
    for k in range(len(items), kind.order + 1):
        with emitter.coefficient(k):
            items.append(rule.formula(*(c[k] for c in columns), *constants))
    return Jet(emitter, kind, Series(emitter, items))


def _chunks(emitter, kind, operand, count):
    """An operand as packed vectors; a constant fills lane 0 of the first."""
    if isinstance(operand, Jet):
        return operand.series.chunks or _vectors(emitter, kind, operand.series)
    zero = ir.Constant(ir.VectorType(F64, WIDTH), [-0.0] * WIDTH)  # x + -0.0 is x for every x
    first = emitter.builder.insert_element(zero, operand.value, ir.Constant(ir.IntType(32), 0))
    return [Real(emitter, first, CHUNK)] + [ZERO] * (count - 1)


def _is_short(series):
    """Whether a series is a polynomial of a degree that types tell."""
    return not series.chunks and all(item is ZERO for item in series.items[LOW_DEGREE + 1 :])


def _vectors(emitter, kind, series):
    return [Real(emitter, vector, CHUNK) for vector in pack_chunks(emitter, kind, series)]


def _full(emitter, chunk):
    chunk = emitter.constant(0.0) if chunk is ZERO else chunk
    return Real(emitter, chunk.spread(CHUNK), CHUNK)


@run.register
def _(rule: Formula, emitter, kind, operands, function):
    head = emitter.call(function, *(head_of(kind, x) for x in operands))
    with emitter.coefficient(1):
        order = (emitter.constant(total_order(kind)),) if rule.ordered else ()
        result = emitter.call(rule.formula, *operands, *order)
    return with_head(emitter, kind, lift(emitter, kind, result), head)


def with_head(emitter, kind, jet, head):
    """The jet with another coefficient 0."""
    series = jet.series
    if series.chunks and not series.growing:
        chunks = [_with_head(emitter, series.chunks[0], head), *series.chunks[1:]]
        return Jet(emitter, kind, Series(emitter, chunks=chunks))
    rest = (series[k] for k in range(1, kind.order + 1))
    return Jet(emitter, kind, Series(emitter, [head, *rest]))


def _with_head(emitter, chunk, head):
    vector = emitter.builder.insert_element(chunk.value, head.value, ir.Constant(I32, 0))
    return Real(emitter, vector, CHUNK)


@run.register
def _(rule: Recurrence, emitter, kind, operands, function):
    primals = [head_of(kind, x) for x in operands]
    starts = []
    for i, start in enumerate(rule.outputs):
        with emitter.coefficient(0 if i == rule.result else 1):
            starts.append(emitter.call(function if i == rule.result else start, *primals))
    passed = operands
    if rule.inner:
        with emitter.coefficient(1):
            passed = [emitter.call(f, *operands) for f in rule.inner]
    columns = [lift(emitter, kind, x).series for x in passed]
    short = rule.degree is not None and all(map(_is_short, columns))
    return solve(emitter, kind, rule.formula, starts, columns, rule.result, short)


def integrated(k, c, *pairs):
    """``c' = sum of a' s`` over pairs ``a, s`` of operands and slopes."""
    total = wdot(pairs[0], pairs[1], k, 1, k)
    for i in range(2, len(pairs), 2):
        total = total + wdot(pairs[i], pairs[i + 1], k, 1, k)
    return total / k


@run.register
def _(rule: Slopes, emitter, kind, operands, function):
    start = emitter.call(function, *(head_of(kind, x) for x in operands))
    columns = []
    for slope, x in zip(rule.slopes, operands, strict=True):
        if is_active(kind, x):
            columns += [lift(emitter, kind, x).series, _slope(emitter, kind, slope, operands)]
    return solve(emitter, kind, integrated, [start], columns)


def _slope(emitter, kind, slope, operands) -> Series:
    """The series of a slope, one order lower: it may call the primitive itself."""
    if kind.order == 0:
        return Series(emitter, [ZERO])
    lower = JetType(kind.order - 1, kind.lanes, kind.dtype)
    with emitter.coefficient(1):
        value = emitter.call(slope, *(_truncated(emitter, kind, lower, x) for x in operands))
        if kind.order == 1:
            return Series(emitter, [emitter.lift(value), ZERO])
        series = lift(emitter, lower, value).series
    if kind.packed and series.chunks:
        count = len(llvm_type(kind).elements)
        padding = [_full(emitter, ZERO)] * (count - len(series.chunks))
        return Series(emitter, chunks=series.chunks + padding)
    return Series(emitter, [series[k] for k in range(kind.order)] + [ZERO])


def _truncated(emitter, kind, lower, x):
    """An operand without its highest coefficient; a plain number where none is left."""
    if not is_active(kind, x):
        return x
    if kind.order == 1:
        return x.series[0]
    if lower.packed and x.series.chunks:
        chunks = x.series.chunks[: len(llvm_type(lower).elements)]
        return Jet(emitter, lower, Series(emitter, chunks=chunks))
    return Jet(emitter, lower, Series(emitter, [x.series[k] for k in range(kind.order)]))


def integrated_quotient(k, c, a, d):
    """``c' = a' / d``."""
    return (a[k] - wdot(c, d, k, 1, k - 1) / k) * inverse(d)


@run.register
def _(rule: Quotient, emitter, kind, operands, function):
    (operand,) = operands
    start = emitter.call(function, head_of(kind, operand))
    with emitter.coefficient(1):
        divisor = lift(emitter, kind, emitter.call(rule.divisor, operand))
    columns = [lift(emitter, kind, operand).series, divisor.series]
    return solve(emitter, kind, integrated_quotient, [start], columns)


@run.register
def _(rule: Composed, emitter, kind, operands, function):
    heads = [head_of(kind, x) for x in operands]
    values = [emitter.call(function, *heads)]
    with emitter.coefficient(1):
        for n in range(1, kind.order + 1):
            values.append(emitter.call(rule.coefficient, n, *heads))
        series = lift(emitter, kind, operands[-1]).series
        degree = LOW_DEGREE if _is_short(series) else kind.order
        if kind.order**2 * degree * _products(kind.dtype) > 6 * UNROLLED_PRODUCTS:
            return Jet(emitter, kind, kernels.composed(emitter, kind, values, series))
        result = Series(emitter, list(values))
        compose(result, values, series)
    return Jet(emitter, kind, _packed(emitter, kind, result))


def solve(emitter, kind: JetType, formula, starts, columns, result=0, short=False):
    """The jet of output ``result`` of ``formula(k, *outputs, *columns)``, k from 1 on.

    Of ``short`` polynomials it is one again, which must show in its known zeros.
    """
    if not short and not written_out(kind):
        return Jet(emitter, kind, kernels.solve(emitter, kind, formula, starts, columns, result))
    outputs = [Series(emitter, [start], growing=True) for start in starts]
    for k in range(1, kind.order + 1):
        with emitter.coefficient(k):
            new = formula(k, *outputs, *columns)
        for output, item in zip(outputs, new if isinstance(new, tuple) else (new,), strict=True):
            output.append(item)
    outputs[result].growing = False
    return Jet(emitter, kind, _packed(emitter, kind, outputs[result]))


def _packed(emitter, kind, series):
    """A series with its vectors, where its type has them and it is not short."""
    if not kind.packed or _is_short(series):
        return series
    chunks = _vectors(emitter, kind, series)
    spare = [None] * (WIDTH * len(chunks) - len(series.items))
    return Series(emitter, series.items + spare, chunks)


def written_out(kind: JetType) -> bool:
    """Whether rules are written out coefficient by coefficient for this type."""
    if kind.packed:
        return kind.order <= UNROLLED_PACKED_ORDER
    return kind.order == 0 or _products(kind) <= UNROLLED_PRODUCTS


def _products(kind) -> int:
    """Products of real components in a product of two numbers (lanes go in one)."""
    if isinstance(kind, JetType):
        return (kind.order + 1) * (kind.order + 2) // 2 * _products(kind.dtype)
    return 4 if isinstance(kind, types.Complex) else 1


def total_order(kind) -> int:
    """The highest degree in all variables together."""
    return kind.order + total_order(kind.dtype) if isinstance(kind, JetType) else 0


def is_active(kind, x):
    return isinstance(x, Jet) and x.type.depth == kind.depth


def head_of(kind, x):
    """Coefficient 0 of a jet of this level; a number of a lower level as it is."""
    return x.series[0] if is_active(kind, x) else x


def primal(x):
    """The plain number at the bottom."""
    while isinstance(x, Jet):
        x = x.series[0]
    return x
