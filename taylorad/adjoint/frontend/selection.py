"""Choices among elements, and bounds on them."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value
from ..kinds import COMPLEX
from ..operations import SELECT
from ..rules.selection import TRIL, TRIU
from . import arrays
from .expressions import applied
from .things import Static, described
from .whole import array_of, known, whole


@whole(np.where)
def _where(b, condition, x=None, y=None):
    if x is None or y is None:
        raise UnsupportedError("np.where with a condition alone gives indices; write a loop")
    values = []
    for thing in (condition, x, y):
        value = arrays.as_operand(b, thing) if isinstance(thing, Value) else None
        if value is None or COMPLEX in (value.kind, getattr(value.kind, "dtype", None)):
            raise UnsupportedError(f"np.where of {described(thing)} has no rule for reverse mode")
        values.append(value)
    if values[0].is_array or not any(v.is_array for v in values):
        return b.apply(SELECT, *values)
    raise UnsupportedError("np.where with one condition for whole arrays; write an if statement")


@whole(np.clip, methods=("clip",))
def _clip(b, a, a_min=None, a_max=None):
    """``minimum(maximum(a, a_min), a_max)``; a bound may be None."""
    for function, bound in ((np.maximum, a_min), (np.minimum, a_max)):
        if bound is not None and not (isinstance(bound, Static) and bound.object is None):
            a = applied(b, function, a, bound)
    return a


@whole(np.tril)
def _tril(b, m, k=None):
    m = array_of(m, 2, "tril")
    return b.array(TRIL, [m], m.kind.with_layout("C"), attr=_offset(k))


@whole(np.triu)
def _triu(b, m, k=None):
    m = array_of(m, 2, "triu")
    return b.array(TRIU, [m], m.kind.with_layout("C"), attr=_offset(k))


def _offset(k) -> tuple:
    return () if k is None else (known(k, "the offset of a triangle"),)
