"""Running a primitive's rule on staged operands: one function for each kind of rule."""

from __future__ import annotations

from functools import reduce, singledispatch

from llvmlite import ir

from ..primitives.registry import Discrete, Linear, Quotient, Recurrence, Slopes
from ..primitives.series import wdot
from .staging import CHUNK, ZERO, Emitter, Jet, Real, Series, lift
from .types import F64, WIDTH, join


class Executor(Emitter):
    """An emitter that runs the rules of primitives."""

    def apply(self, primitive, operands, function=None):
        """The primitive's value on operands of which at least one is a jet.

        ``function`` is the spelling that the user's program calls: coefficient 0 is its
        value.  The result is a jet of the joint type, or plain where it is discrete.
        """
        operands = [self.lift(x) for x in operands]
        kinds = [x.type for x in operands if x is not ZERO]
        kind = reduce(join, kinds)
        pattern = "".join("x" if _is_active(kind, x) else "c" for x in operands)
        return _run(primitive.rule(pattern), self, kind, operands, function or primitive.value)


@singledispatch
def _run(rule, emitter, kind, operands, function):
    raise TypeError(rule)


@_run.register
def _(rule: Discrete, emitter, kind, operands, function):
    return emitter.call(function, *(primal(x) for x in operands))


@_run.register
def _(rule: Linear, emitter, kind, operands, function):
    primals = [_head(kind, x) for x in operands]
    constants = [emitter.call(c, *primals) for c in rule.constants]
    if kind.packed and not any(isinstance(x, Jet) and not x.series.chunks for x in operands):
        count = -(-(kind.order + 1) // WIDTH)
        columns = [_chunks(emitter, kind, x, count) for x in operands]
        chunks = [rule.formula(*(c[m] for c in columns), *constants) for m in range(count)]
        return Jet(emitter, kind, Series(emitter, chunks=[_full(emitter, c) for c in chunks]))
    columns = [lift(emitter, kind, x).series for x in operands]
    items = []
    for k in range(kind.order + 1):
        with emitter.coefficient(k):
            items.append(rule.formula(*(c[k] for c in columns), *constants))
    return Jet(emitter, kind, Series(emitter, items))


def _chunks(emitter, kind, operand, count):
    """An operand as packed vectors; a constant fills lane 0 of the first."""
    if isinstance(operand, Jet):
        return operand.series.chunks
    zero = ir.Constant(ir.VectorType(F64, WIDTH), [-0.0] * WIDTH)  # x + -0.0 is x for every x
    first = emitter.builder.insert_element(zero, operand.value, ir.Constant(ir.IntType(32), 0))
    return [Real(emitter, first, CHUNK)] + [ZERO] * (count - 1)


def _full(emitter, chunk):
    zero = emitter.constant(0.0) if chunk is ZERO else chunk
    return Real(emitter, zero.spread(CHUNK), CHUNK)


@_run.register
def _(rule: Recurrence, emitter, kind, operands, function):
    primals = [_head(kind, x) for x in operands]
    columns = [lift(emitter, kind, x).series for x in operands]
    outputs = []
    for i, start in enumerate(rule.outputs):
        value = emitter.call(function if i == rule.result else start, *primals)
        outputs.append(Series(emitter, [value], growing=True))
    for k in range(1, kind.order + 1):
        with emitter.coefficient(k):
            new = rule.formula(k, *outputs, *columns)
        for output, item in zip(outputs, new if isinstance(new, tuple) else (new,), strict=True):
            output.append(item)
    return _finished(emitter, kind, outputs[rule.result])


def _finished(emitter, kind, series):
    series.growing = False
    return Jet(emitter, kind, series)


@_run.register
def _(rule: Slopes, emitter, kind, operands, function):
    """``k c_k = sum over operands of sum_j j a_j s_{k-j}`` with the slopes ``s`` as jets."""
    primals = [_head(kind, x) for x in operands]
    series = [x.series for x in operands if _is_active(kind, x)]
    with emitter.coefficient(1):
        slopes = [
            lift(emitter, kind, emitter.call(slope, *operands)).series
            for slope, x in zip(rule.slopes, operands, strict=True)
            if _is_active(kind, x)
        ]
    result = Series(emitter, [emitter.call(function, *primals)], growing=True)
    for k in range(1, kind.order + 1):
        with emitter.coefficient(k):
            total = ZERO
            for a, s in zip(series, slopes, strict=True):
                total = total + wdot(a, s, k, 1, k)
            result.append(total / k)
    return _finished(emitter, kind, result)


@_run.register
def _(rule: Quotient, emitter, kind, operands, function):
    """``c' = a' / d``: ``c_k = (a_k - (1/k) sum_{j<k} j c_j d_{k-j}) / d_0``."""
    (operand,) = operands
    a = operand.series
    with emitter.coefficient(1):
        d = lift(emitter, kind, emitter.call(rule.divisor, operand)).series
    result = Series(emitter, [emitter.call(function, _head(kind, operand))], growing=True)
    for k in range(1, kind.order + 1):
        with emitter.coefficient(k):
            result.append((a[k] - wdot(result, d, k, 1, k - 1) / k) * (1 / d[0]))
    return _finished(emitter, kind, result)


def _is_active(kind, x):
    return isinstance(x, Jet) and x.type.depth == kind.depth


def _head(kind, x):
    """Coefficient 0 of a jet of this level; a number of a lower level as it is."""
    return x.series[0] if _is_active(kind, x) else x


def primal(x):
    """The plain number at the bottom."""
    while isinstance(x, Jet):
        x = x.series[0]
    return x


