"""Sums, products, extremes and moments of arrays."""

from __future__ import annotations

import operator

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import BOOL, FLOAT, INT, ArrayKind
from ..rules import reductions as rules
from ..rules.base import Call
from .whole import array_of, axis_of, known, summed_kind, whole

_ARGMAX, _ARGMIN, _ANY, _ALL = (Call(f) for f in (np.argmax, np.argmin, np.any, np.all))


def _elements(b, a, what: str) -> Value:
    """An array of rank 1 at least."""
    a = array_of(a)
    if a.kind.ndim == 0:
        raise UnsupportedError(f"{what} of an array of 0 dimensions; use its element a[()]")
    return a


@whole(np.sum, methods=("sum",))
def _sum(b, a, axis=None):
    a = _elements(b, a, "sum")
    axis = axis_of(axis, a)
    kind = summed_kind(a)
    if axis is None or a.kind.ndim == 1:
        return b.array(rules.SUM, [a], kind)
    return b.array(rules.SUM_ALONG, [a], ArrayKind(a.kind.ndim - 1, kind, "C"), attr=(axis,))


@whole(np.mean, methods=("mean",))
def _mean(b, a):
    return b.array(rules.MEAN, [_elements(b, a, "mean")], FLOAT)


@whole(np.prod, methods=("prod",))
def _prod(b, a):
    a = _elements(b, a, "prod")
    return b.array(rules.PROD, [a], summed_kind(a))


@whole(np.var, methods=("var",))
def _var(b, a):
    return b.array(rules.VAR, [_elements(b, a, "var")], FLOAT)


@whole(np.std, methods=("std",))
def _std(b, a):
    return b.array(rules.STD, [_elements(b, a, "std")], FLOAT)


# -- extremes: the element at the place of the first -----------------------------------------


def _place_of_extreme(b, rule, a, axis=None) -> Value:
    a = _elements(b, a, rule.__name__)
    axis = axis_of(axis, a)
    if axis is None:
        return b.array(rule, [a], INT)
    return b.array(rule, [a], ArrayKind(a.kind.ndim - 1, INT, "C"), attr=(axis,))


@whole(np.argmax, methods=("argmax",))
def _argmax(b, a, axis=None):
    return _place_of_extreme(b, _ARGMAX, a, axis)


@whole(np.argmin, methods=("argmin",))
def _argmin(b, a, axis=None):
    return _place_of_extreme(b, _ARGMIN, a, axis)


def _extreme(b, rule, a) -> Value:
    place = _place_of_extreme(b, rule, a)
    indices: list[Value] = []
    for axis in reversed(range(1, a.kind.ndim)):
        length = b.shape(a, axis)
        indices.insert(0, b.apply(operator.mod, place, length))
        place = b.apply(operator.floordiv, place, length)
    return b.load(a, [place, *indices])


@whole(np.max, np.amax, methods=("max",))
def _max(b, a):
    return _extreme(b, _ARGMAX, a)


@whole(np.min, np.amin, methods=("min",))
def _min(b, a):
    return _extreme(b, _ARGMIN, a)


@whole(np.ptp)
def _range_of_values(b, a):
    return b.apply(operator.sub, _extreme(b, _ARGMAX, a), _extreme(b, _ARGMIN, a))


@whole(np.any, methods=("any",))
def _any(b, a):
    return b.array(_ANY, [array_of(a)], BOOL)


@whole(np.all, methods=("all",))
def _all(b, a):
    return b.array(_ALL, [array_of(a)], BOOL)


# -- running sums ------------------------------------------------------------------------------


@whole(np.cumsum, methods=("cumsum",))
def _cumsum(b, a):
    a = array_of(a, 1, "cumsum")
    return b.array(rules.CUMSUM, [a], ArrayKind(1, summed_kind(a), "C"))


@whole(np.cumprod, methods=("cumprod",))
def _cumprod(b, a):
    a = array_of(a, 1, "cumprod")
    return b.array(rules.CUMPROD, [a], ArrayKind(1, summed_kind(a), "C"))


@whole(np.diff)
def _diff(b, a, n=None):
    a = _elements(b, a, "diff")
    for _ in range(1 if n is None else known(n, "the order of diff")):
        before = ", ".join([*[":"] * (a.kind.ndim - 1), "{0}:"])
        kind = a.kind.with_layout("C" if a.kind.layout == "C" and a.kind.ndim == 1 else "A")
        later = b.view(a, f"[{before}]", [constant(1)], kind)
        earlier = b.view(a, f"[{before.replace('{0}:', ':{0}')}]", [constant(-1)], kind)
        a = b.apply(operator.sub, later, earlier)
    return a


@whole(np.linalg.norm)
def _norm(b, x, ord=None):
    x = _elements(b, x, "norm")
    order = None if ord is None else known(ord, "the order of a norm")
    if x.kind.ndim > 2:
        raise UnsupportedError("np.linalg.norm takes vectors and matrices")
    if order is None or (order == 2 and x.kind.ndim == 1):
        return b.array(rules.NORM, [x], FLOAT)
    if order == 1 and x.kind.ndim == 1:
        return b.array(rules.NORM_ONE, [x], FLOAT, attr=(1,))
    if order in (np.inf, -np.inf) and x.kind.ndim == 1:
        return _extreme(b, _ARGMAX if order > 0 else _ARGMIN, b.apply(np.absolute, x))
    raise UnsupportedError(
        f"np.linalg.norm of order {order!r} has no rule for reverse mode; write it with sums"
    )
