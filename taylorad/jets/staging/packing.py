"""Between LLVM values of jet types and staged numbers."""

from __future__ import annotations

from llvmlite import ir
from numba.core import types

from ..types import F64, WIDTH, JetType, llvm_type
from .numbers import CHUNK, I32, ZERO, Complex, Jet, Operand, Real, as_complex
from .series import Series


def unpack(emitter, kind, value):
    """The staged number of an LLVM value."""
    builder = emitter.builder
    if isinstance(kind, JetType):
        count = len(llvm_type(kind).elements)
        fields = [builder.extract_value(value, i) for i in range(count)]
        if kind.packed:
            chunks = [Real(emitter, f, CHUNK) for f in fields]
            return Jet(emitter, kind, Series(emitter, chunks=chunks))
        reals = [Real(emitter, f, axes) for f, axes in zip(fields, kind.components, strict=True)]
        return _gather(emitter, kind, iter(reals))
    if isinstance(kind, types.Complex):
        value = emitter.context.cast(builder, value, kind, types.complex128)
        pair = emitter.context.make_complex(builder, types.complex128, value)
        return Complex(Real(emitter, pair.real), Real(emitter, pair.imag))
    if isinstance(kind, types.Omitted) or isinstance(value, int | float):
        return _known(emitter, kind, value)
    if isinstance(kind, types.Integer | types.Float) and _is_literal(value):
        return _known(emitter, types.unliteral(kind), value.constant)
    wide = emitter.context.cast(builder, value, types.unliteral(kind), types.float64)
    if isinstance(kind, types.Integer):
        return Operand(emitter, types.unliteral(kind), wide, value)
    return Real(emitter, wide)


def _is_literal(value) -> bool:
    """Whether an LLVM value is a number that stands in the user's text."""
    return isinstance(value, ir.Constant) and isinstance(value.constant, int | float)


def _known(emitter, kind, value):
    """The operand for a number that stands in the user's text, as in ``x ** 2``."""
    wide = ir.Constant(F64, float(value))
    if isinstance(kind, types.Integer):
        original = emitter.context.get_constant(types.unliteral(kind), value)
        return Operand(emitter, kind, wide, original, value)
    return Operand(emitter, types.float64, wide, wide, value)


def _gather(emitter, kind, reals):
    """A staged number from its components, taken in memory order."""
    if isinstance(kind, JetType):
        items = [_gather(emitter, kind.dtype, reals) for _ in range(kind.degree + 1)]
        items += [ZERO] * (kind.order - kind.degree)
        return Jet(emitter, kind, Series(emitter, items))
    if isinstance(kind, types.Complex):
        return Complex(next(reals), next(reals))
    return next(reals)


def _scatter(emitter, kind, value):
    """The components of a staged number (or `ZERO`), in memory order."""
    if isinstance(kind, JetType):
        value = lift(emitter, kind, value)
        assert all(value.series[k] is ZERO for k in range(kind.degree + 1, kind.order + 1))
        for k in range(kind.degree + 1):
            yield from _scatter(emitter, kind.dtype, value.series[k])
    elif isinstance(kind, types.Complex):
        value = as_complex(emitter.constant(0.0) if value is ZERO else emitter.lift(value))
        yield value.re
        yield value.im
    else:
        yield emitter.constant(0.0) if value is ZERO else emitter.lift(value)


def pack(emitter, kind, value):
    """The LLVM value of a staged number."""
    if isinstance(value, Operand) and value.type == kind:
        return value.original
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
            if item is ZERO and isinstance(base, ir.Constant):
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
