"""Products of vectors and matrices."""

from __future__ import annotations

import operator

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value
from ..kinds import FLOAT, ArrayKind
from ..rules import products as rules
from . import arrays
from .whole import array_of, known, summed_kind, whole


def _product(b, rule, x, y) -> Value:
    x, y = array_of(x), array_of(y)
    ranks = x.kind.ndim, y.kind.ndim
    if not set(ranks) <= {1, 2}:
        raise UnsupportedError(
            f"products of arrays of {ranks[0]} and {ranks[1]} dimensions have no rule; give "
            "vectors and matrices"
        )
    kind = FLOAT if FLOAT in (x.kind.dtype, y.kind.dtype) else summed_kind(x)
    ndim = sum(ranks) - 2
    return b.array(rule, [x, y], ArrayKind(ndim, kind, "C") if ndim else kind)


def _matmul(b, x, y) -> Value:
    return _product(b, rules.MATMUL, x, y)


arrays.OPERATORS[operator.matmul] = _matmul
whole(np.matmul)(_matmul)


@whole(np.dot, methods=("dot",))
def _dot(b, a, b_):
    return _product(b, rules.DOT, a, b_)


@whole(np.vdot)
def _vdot(b, a, b_):
    return _product(b, rules.VDOT, array_of(a, 1, "vdot"), array_of(b_, 1, "vdot"))


@whole(np.outer)
def _outer(b, a, b_):
    a, b_ = array_of(a, 1, "outer"), array_of(b_, 1, "outer")
    kind = FLOAT if FLOAT in (a.kind.dtype, b_.kind.dtype) else summed_kind(a)
    return b.array(rules.OUTER, [a, b_], ArrayKind(2, kind, "C"))


@whole(np.trace)
def _trace(b, a, offset=None):
    a = array_of(a, 2, "trace")
    attr = () if offset is None else (known(offset, "the offset of a trace"),)
    return b.array(rules.TRACE, [a], summed_kind(a), attr=attr)
