"""Circular functions and their inverses (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math

import numpy as np
from numba.extending import register_jitable

from .functions import choices, sinc_coefficient
from .registry import Composed, Piecewise, Quotient, Recurrence, primitive
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



def _shrink(a):
    """A power of two, 1 below 1e150, by which ``a`` can be multiplied and squared."""
    return 1 / np.fmax(1.0, np.spacing(np.absolute(a)) * 2.0**-448)


def _one_more_square(a):
    shrink = _shrink(a)
    return np.square(shrink) + np.square(a * shrink)


def inverse_tangent(k, c, a, d):
    """``c' = a' / d`` with ``d = 1 + a a``, both times the square of a small number."""
    return (a[k] - wdot(c, d, k, 1, k - 1) / k) * inverse(d)


primitive(
    "arctan",
    (math.atan, np.arctan),
    rule=Recurrence(
        inverse_tangent,
        (np.arctan,),
        inner=(lambda a: a * _shrink(a) * _shrink(a), _one_more_square),
    ),
    rules={"z": Quotient(lambda a: 1 + a * a)},
    partials=(lambda a: np.square(1 / np.hypot(1, a)),),
    domain=((-5.0, 5.0),),
    complex=True,
)


@register_jitable
def polar(k, r, turn, c, s, x, y):
    """``r' = c x' + s y'`` and ``r turn' = c y' - s x'``; ``c' = -s turn'``, ``s' = c turn'``.

    With the cosine and sine of the angle nothing overflows and nothing large cancels.
    """
    r_k = (wdot(x, c, k, 1, k) + wdot(y, s, k, 1, k)) / k
    across = wdot(y, c, k, 1, k) - wdot(x, s, k, 1, k) - wdot(turn, r, k, 1, k - 1)
    turn_k = across * inverse(r) / k
    c_k = -(s[0] * turn_k + wdot(turn, s, k, 1, k - 1) / k)
    s_k = c[0] * turn_k + wdot(turn, c, k, 1, k - 1) / k
    return r_k, turn_k, c_k, s_k


def polar_of_opposite(k, r, turn, c, s, y, x):
    """The same with the operands in the order of `arctan2`."""
    return polar(k, r, turn, c, s, x, y)


def _cosine(x, y):
    return x / np.hypot(x, y)


def _sine(x, y):
    return y / np.hypot(x, y)


primitive(
    "hypot",
    (math.hypot, np.hypot),
    rule=Recurrence(polar, (np.hypot, lambda x, y: 0.0, _cosine, _sine)),
    partials=(_cosine, _sine),
    nonsmooth="at the origin, a kink, the coefficients are nan",
)

primitive(
    "arctan2",
    (math.atan2, np.arctan2),
    rule=Recurrence(
        polar_of_opposite,
        (
            lambda y, x: np.hypot(x, y),
            np.arctan2,
            lambda y, x: _cosine(x, y),
            lambda y, x: _sine(x, y),
        ),
        result=1,
    ),
    partials=(
        lambda y, x: _cosine(x, y) / np.hypot(x, y),
        lambda y, x: -_sine(x, y) / np.hypot(x, y),
    ),
    nonsmooth="on the cut (y = 0, x < 0) the derivatives of the branch that is returned; "
    "at the origin nan",
)

primitive(
    "sinc",
    (np.sinc,),
    rule=Composed(sinc_coefficient),
    partials=(lambda a: sinc_coefficient(1, a),),
    domain=((-4.0, 4.0),),
)

primitive(
    "sinc_coefficient",
    (sinc_coefficient,),
    rules={"cx": Composed(lambda n, m, a: choices(m, n) * sinc_coefficient(m + n, a))},
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
