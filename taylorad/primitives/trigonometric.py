"""Circular functions and their inverses (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math

import numpy as np

from .functions import sinc_coefficient
from .registry import Piecewise, Quotient, Recurrence, Slopes, primitive
from .series import inverse, square_sum, wdot


def sine_cosine(k, s, c, a):
    """``s' = a' c`` and ``c' = -a' s``."""
    return wdot(a, c, k, 1, k) / k, -wdot(a, s, k, 1, k) / k


primitive(
    "sin",
    (math.sin, np.sin),
    rule=Recurrence(sine_cosine, (np.sin, np.cos), result=0),
    partials=(lambda a: np.cos(a),),
    domain=((-10.0, 10.0),),
    complex=True,
)

primitive(
    "cos",
    (math.cos, np.cos),
    rule=Recurrence(sine_cosine, (np.sin, np.cos), result=1),
    partials=(lambda a: -np.sin(a),),
    domain=((-10.0, 10.0),),
    complex=True,
)


def tangent(k, c, w, a):
    """``c' = a' w`` with ``w = 1 + c c``."""
    new = wdot(a, w, k, 1, k) / k
    return new, square_sum(c, k, 1) + 2 * (c[0] * new)


primitive(
    "tan",
    (math.tan, np.tan),
    rule=Recurrence(tangent, (np.tan, lambda a: 1 + np.square(np.tan(a)))),
    partials=(lambda a: 1 + np.square(np.tan(a)),),
    domain=((-1.5, 1.5),),
    complex=True,
)

_ENDS = "at -1 and 1 the coefficients are inf or nan; beyond them the value is nan"

primitive(
    "arcsin",
    (math.asin, np.arcsin),
    rule=Quotient(lambda a: np.sqrt((1 - a) * (1 + a))),
    partials=(lambda a: 1 / np.sqrt((1 - a) * (1 + a)),),
    domain=((-0.95, 0.95),),
    nonsmooth=_ENDS,
    complex=True,
)

primitive(
    "arccos",
    (math.acos, np.arccos),
    rule=Quotient(lambda a: -np.sqrt((1 - a) * (1 + a))),
    partials=(lambda a: -1 / np.sqrt((1 - a) * (1 + a)),),
    domain=((-0.95, 0.95),),
    nonsmooth=_ENDS,
    complex=True,
)

primitive(
    "arctan",
    (math.atan, np.arctan),
    rule=Quotient(lambda a: 1 + a * a),
    partials=(lambda a: 1 / (1 + a * a),),
    domain=((-5.0, 5.0),),
    nonsmooth="beyond 1e154 in size the derivatives, below 1e-308, are returned as 0",
    complex=True,
)


def angle(k, c, m, u, v, q, y, x):
    """``c' q = v' u - u' v`` with ``u = m x``, ``v = m y``, ``q = u u + v v``.

    The constant ``m = 1 / hypot(x_0, y_0)`` keeps the squares from overflow.
    """
    u_k, v_k = m[0] * x[k], m[0] * y[k]
    turn = wdot(v, u, k, 1, k - 1) - wdot(u, v, k, 1, k - 1) - wdot(c, q, k, 1, k - 1)
    c_k = (v_k * u[0] - u_k * v[0] + turn / k) * inverse(q)
    q_k = square_sum(u, k, 1) + square_sum(v, k, 1) + 2 * (u[0] * u_k + v[0] * v_k)
    return c_k, 0.0, u_k, v_k, q_k


def _cosine(y, x):
    return x / np.hypot(x, y)


def _sine(y, x):
    return y / np.hypot(x, y)


primitive(
    "arctan2",
    (math.atan2, np.arctan2),
    rule=Recurrence(
        angle,
        (
            np.arctan2,
            lambda y, x: 1 / np.hypot(x, y),
            _cosine,
            _sine,
            lambda y, x: np.square(_cosine(y, x)) + np.square(_sine(y, x)),
        ),
    ),
    partials=(
        lambda y, x: _cosine(y, x) / np.hypot(x, y),
        lambda y, x: -_sine(y, x) / np.hypot(x, y),
    ),
    nonsmooth="on the cut (y = 0, x < 0) the derivatives of the branch that is returned; "
    "at the origin nan",
)

primitive(
    "sinc",
    (np.sinc,),
    rule=Slopes((lambda a: sinc_coefficient(1, a),)),
    partials=(lambda a: sinc_coefficient(1, a),),
    domain=((-4.0, 4.0),),
)

primitive(
    "sinc_coefficient",
    (sinc_coefficient,),
    rule=Slopes((lambda n, a: n * math.nan, lambda n, a: (n + 1) * sinc_coefficient(n + 1, a))),
    partials=(lambda n, a: n * math.nan, lambda n, a: (n + 1) * sinc_coefficient(n + 1, a)),
    domain=((3.0, 3.0), (-4.0, 4.0)),
    nonsmooth="the index is a whole number: its derivative is nan",
)

_DEGREE = math.pi / 180.0

primitive(
    "radians",
    (math.radians, np.radians, np.deg2rad),
    rule=Piecewise(lambda a: a * _DEGREE),
    partials=(lambda a: _DEGREE,),
)

primitive(
    "degrees",
    (math.degrees, np.degrees, np.rad2deg),
    rule=Piecewise(lambda a: a * (180.0 / math.pi)),
    partials=(lambda a: 180.0 / math.pi,),
)
