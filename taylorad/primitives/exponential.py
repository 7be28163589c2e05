"""Exponentials and logarithms (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math

import numpy as np

from .registry import Quotient, Recurrence, primitive
from .series import dot, wdot

LN2 = math.log(2.0)
LN10 = math.log(10.0)


def exponential(k, c, a):
    """``c' = a' c``."""
    return wdot(a, c, k, 1, k) / k


primitive(
    "exp",
    (math.exp, np.exp),
    rule=Recurrence(exponential, (np.exp,)),
    partials=(lambda a: np.exp(a),),
    complex=True,
)


def exponential_of_two(k, c, a):
    """``c' = log(2) a' c``."""
    return wdot(a, c, k, 1, k) * LN2 / k


primitive(
    "exp2",
    (np.exp2, math.exp2),
    rule=Recurrence(exponential_of_two, (np.exp2,)),
    partials=(lambda a: LN2 * np.exp2(a),),
    complex=True,
)


def exponential_less_one(k, c, e, a):
    """``c' = e' = a' e`` with ``e = exp(a)``."""
    new = wdot(a, e, k, 1, k) / k
    return new, new


primitive(
    "expm1",
    (math.expm1, np.expm1),
    rule=Recurrence(exponential_less_one, (np.expm1, np.exp)),
    partials=(lambda a: np.exp(a),),
    complex=True,
)

_AT_ZERO = "at 0 the coefficients are inf or nan; below 0 the value is nan"

primitive(
    "log",
    (math.log, np.log),
    rule=Quotient(lambda a: a),
    partials=(lambda a: 1 / a,),
    domain=((0.05, 20.0),),
    nonsmooth=_AT_ZERO,
    complex=True,
)

primitive(
    "log2",
    (math.log2, np.log2),
    rule=Quotient(lambda a: a * LN2),
    partials=(lambda a: 1 / (a * LN2),),
    domain=((0.05, 20.0),),
    nonsmooth=_AT_ZERO,
    complex=True,
)

primitive(
    "log10",
    (math.log10, np.log10),
    rule=Quotient(lambda a: a * LN10),
    partials=(lambda a: 1 / (a * LN10),),
    domain=((0.05, 20.0),),
    nonsmooth=_AT_ZERO,
    complex=True,
)

primitive(
    "log1p",
    (math.log1p, np.log1p),
    rule=Quotient(lambda a: 1 + a),
    partials=(lambda a: 1 / (1 + a),),
    domain=((-0.95, 20.0),),
    nonsmooth="at -1 the coefficients are inf or nan; below -1 the value is nan",
    complex=True,
)


def softmax_pair(k, c, s, q, w, a, b):
    """``c' = s a' + q b'``, ``s' = w (a - b)'``, ``q' = -s'``, ``w = s q``.

    The weights ``s`` and ``q`` of the two exponentials start apart from one another, so
    that a vanishing one keeps its relative accuracy.
    """
    s_k = (wdot(a, w, k, 1, k) - wdot(b, w, k, 1, k)) / k
    w_k = dot(s, q, k, 1, k - 1) + s_k * q[0] - s[0] * s_k
    return (wdot(a, s, k, 1, k) + wdot(b, q, k, 1, k)) / k, s_k, -s_k, w_k


def softmax_pair_of_two(k, c, s, q, w, a, b):
    """The same with powers of two: ``s' = log(2) w (a - b)'``."""
    s_k = (wdot(a, w, k, 1, k) - wdot(b, w, k, 1, k)) * LN2 / k
    w_k = dot(s, q, k, 1, k - 1) + s_k * q[0] - s[0] * s_k
    return (wdot(a, s, k, 1, k) + wdot(b, q, k, 1, k)) / k, s_k, -s_k, w_k


def _share(exp, a, b):
    """``exp(a) / (exp(a) + exp(b))`` without overflow."""
    return 1 / (1 + exp(b - a))


for _name, _formula, _value, _exp in (
    ("logaddexp", softmax_pair, np.logaddexp, np.exp),
    ("logaddexp2", softmax_pair_of_two, np.logaddexp2, np.exp2),
):
    primitive(
        _name,
        (_value,),
        rule=Recurrence(
            _formula,
            (
                _value,
                lambda a, b, exp=_exp: _share(exp, a, b),
                lambda a, b, exp=_exp: _share(exp, b, a),
                lambda a, b, exp=_exp: _share(exp, a, b) * _share(exp, b, a),
            ),
        ),
        partials=(
            lambda a, b, exp=_exp: _share(exp, a, b),
            lambda a, b, exp=_exp: _share(exp, b, a),
        ),
        domain=((-30.0, 30.0), (-30.0, 30.0)),
        nonsmooth="two infinities of the same sign give nan coefficients",
    )
