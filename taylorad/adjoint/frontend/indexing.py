"""Elements chosen by arrays of indices or of truth values, and orders of elements."""

from __future__ import annotations

import ast
import operator

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import BOOL, FLOAT, INT, ArrayKind
from ..operations import SELECT
from ..rules.arrays import FLATTEN
from ..rules.base import Call
from ..rules.gathering import ARGSORT, MEDIAN, STABLE, TAKE
from . import arrays
from .calls import number
from .things import described
from .whole import array_of, known, whole

_FLATNONZERO, _COUNT, _SEARCH = (
    Call(f) for f in (np.flatnonzero, np.count_nonzero, np.searchsorted)
)
_INDICES = ArrayKind(1, INT, "C")


def _taken(b, a: Value, axis: int | None, indices: Value) -> Value:
    """``a[indices]``, or along another axis of a part."""
    if indices.kind.dtype == BOOL:
        if axis is None:
            a = a if a.kind.ndim == 1 else b.array(FLATTEN, [a], ArrayKind(1, a.kind.dtype, "C"))
        indices = b.array(_FLATNONZERO, [indices], _INDICES)
    elif indices.kind.dtype != INT:
        raise UnsupportedError(f"{described(indices)} cannot be an index")
    if not axis:
        return b.array(TAKE, [a, indices], a.kind.with_layout("A"))
    if axis == 1 and a.kind.ndim == 2:
        turned = b.array(TAKE, [arrays.attribute(b, a, "T"), indices], a.kind.with_layout("A"))
        return arrays.attribute(b, turned, "T")
    raise UnsupportedError("an array as an index of a later dimension; write a loop")


def _stored(b, a: Value, axis: int | None, chosen: Value, thing) -> None:
    """``a[mask] = number``: a choice between the number and what was there."""
    if axis is not None or not isinstance(thing, Value) or thing.is_array:
        raise UnsupportedError(
            "a store to elements that an array chooses; write a loop, or np.where"
        )
    b.array_store(a, b.apply(SELECT, chosen, arrays.as_item(b, a, thing), a))


def _updated(b, a: Value, axis: int | None, chosen: Value, op, operand) -> None:
    from .expressions import binary

    plain = isinstance(op, ast.Add | ast.Sub | ast.Mult) and isinstance(operand, Value)
    if axis is not None or not plain or operand.is_array:
        raise UnsupportedError(
            "a store to elements that an array chooses; write a loop, or np.where"
        )
    b.array_store(a, b.apply(SELECT, chosen, binary(b, op, a, operand), a))


arrays.CHOICES.update(load=_taken, store=_stored, update=_updated)


@whole(np.take, methods=("take",))
def _take(b, a, indices):
    a = array_of(a, 1, "take")
    if isinstance(indices, Value) and not indices.is_array:
        return b.load(a, [indices])
    return _taken(b, a, 0, array_of(indices, 1, "take"))


# -- order ---------------------------------------------------------------------------------------


def _order(b, a: Value) -> Value:
    return b.array(ARGSORT, [a], _INDICES, attr=STABLE)


@whole(np.argsort, methods=("argsort",))
def _argsort(b, a, kind=None):
    a = array_of(a, 1, "argsort")
    attr = () if kind is None else (("kind", known(kind, "the kind of a sort")),)
    return b.array(ARGSORT, [a], _INDICES, attr=attr)


@whole(np.sort)
def _sort(b, a):
    """The elements in their order: equal ones keep theirs, as in forward mode."""
    a = array_of(a, 1, "sort")
    return _taken(b, a, 0, _order(b, a))


@whole(methods=("sort",))
def _sort_in_place(b, a):
    b.array_store(a, _sort(b, a))


@whole(np.median)
def _median(b, a):
    return b.array(MEDIAN, [array_of(a, 1, "median")], FLOAT)


@whole(np.searchsorted)
def _searchsorted(b, a, v):
    is_array = isinstance(v, Value) and v.is_array
    kind = ArrayKind(v.kind.ndim, INT, "C") if is_array else INT
    v = v if is_array else number(v)
    return b.array(_SEARCH, [array_of(a, 1, "searchsorted"), v], kind)


@whole(np.flatnonzero)
def _flatnonzero(b, a):
    return b.array(_FLATNONZERO, [array_of(a)], _INDICES)


@whole(np.nonzero, methods=("nonzero",))
def _nonzero(b, a):
    return (_flatnonzero(b, array_of(a, 1, "nonzero")),)


@whole(np.count_nonzero)
def _count_nonzero(b, a):
    return b.array(_COUNT, [array_of(a)], INT)


# -- a few functions of vectors --------------------------------------------------------------------


@whole(np.cross)
def _cross(b, x, y):
    """``x x y`` of vectors of three."""
    x, y = array_of(x, 1, "cross"), array_of(y, 1, "cross")
    kind = FLOAT if FLOAT in (x.kind.dtype, y.kind.dtype) else x.kind.dtype
    x, y = ([arrays.item(b, a, [constant(i)]) for i in range(3)] for a in (x, y))
    made = b.alloc([constant(3)], kind, "empty")
    for i, (j, k) in enumerate(((1, 2), (2, 0), (0, 1))):
        first = b.apply(operator.mul, x[j], y[k])
        second = b.apply(operator.mul, x[k], y[j])
        b.store(made, [constant(i)], b.apply(operator.sub, first, second))
    return made


@whole(np.average)
def _average(b, a, weights=None):
    from .reductions import _mean, _sum

    if weights is None:
        return _mean(b, a)
    weighted = b.apply(operator.mul, array_of(a), array_of(weights))
    return b.apply(operator.truediv, _sum(b, weighted), _sum(b, weights))
