"""A choice between two staged numbers at run time, without a branch."""

from __future__ import annotations

from typing import Any

from ..types import join
from .numbers import ZERO, Complex, Jet, Real, as_complex
from .packing import lift
from .series import Series


def choose(emitter, condition: Real, x, y):
    """``x`` where the condition is not zero, else ``y``; both may be jets or `ZERO`."""
    if x is y:
        return x
    x, y = (_number(emitter, z) for z in (x, y))
    if isinstance(x, Jet) or isinstance(y, Jet):
        kind: Any = join(x.type, y.type)
        a, b = lift(emitter, kind, x).series, lift(emitter, kind, y).series
        if a.chunks and b.chunks:
            pairs = zip(a.chunks, b.chunks, strict=True)
            return Jet(
                emitter,
                kind,
                Series(emitter, chunks=[choose(emitter, condition, p, q) for p, q in pairs]),
            )
        items = [choose(emitter, condition, a[k], b[k]) for k in range(kind.order + 1)]
        return Jet(emitter, kind, Series(emitter, items))
    if isinstance(x, Complex) or isinstance(y, Complex):
        x, y = as_complex(x), as_complex(y)
        return Complex(
            choose(emitter, condition, x.re, y.re), choose(emitter, condition, x.im, y.im)
        )
    axes = tuple(sorted({*x.axes, *y.axes, *condition.axes}, reverse=True))
    flag = condition.flag(axes)
    return Real(emitter, emitter.builder.select(flag, x.spread(axes), y.spread(axes)), axes)


def _number(emitter, value):
    return emitter.lift(0.0 if value is ZERO else value)
