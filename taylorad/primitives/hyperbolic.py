"""Hyperbolic functions and their inverses (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math

import numpy as np

from .functions import sech_squared
from .registry import Quotient, Recurrence, primitive
from .series import square_sum, wdot


def sinh_cosh(k, s, c, a):
    """``s' = a' c`` and ``c' = a' s``."""
    return wdot(a, c, k, 1, k) / k, wdot(a, s, k, 1, k) / k


primitive(
    "sinh",
    (math.sinh, np.sinh),
    rule=Recurrence(sinh_cosh, (np.sinh, np.cosh), result=0),
    partials=(lambda a: np.cosh(a),),
    complex=True,
)

primitive(
    "cosh",
    (math.cosh, np.cosh),
    rule=Recurrence(sinh_cosh, (np.sinh, np.cosh), result=1),
    partials=(lambda a: np.sinh(a),),
    complex=True,
)


def hyperbolic_tangent(k, c, w, a):
    """``c' = a' w`` with ``w = 1 - c c``, which starts as ``1 / cosh(a)^2``: no cancellation."""
    new = wdot(a, w, k, 1, k) / k
    return new, -(square_sum(c, k, 1) + 2 * (c[0] * new))


primitive(
    "tanh",
    (math.tanh, np.tanh),
    rule=Recurrence(hyperbolic_tangent, (np.tanh, sech_squared)),
    rules={"z": Recurrence(hyperbolic_tangent, (np.tanh, lambda a: np.square(1 / np.cosh(a))))},
    partials=(lambda a: sech_squared(a),),
    domain=((-5.0, 5.0),),
    complex=True,
)

# the slope of tanh as an operation of its own: from an expression in exponentials or in cosh,
# second derivatives would lose digits near 0, or overflow
primitive(
    "sech_squared",
    (sech_squared,),
    rule=Recurrence(hyperbolic_tangent, (np.tanh, sech_squared), result=1),
    partials=(lambda a: -2 * (np.tanh(a) * sech_squared(a)),),
    domain=((-5.0, 5.0),),
)

primitive(
    "arcsinh",
    (math.asinh, np.arcsinh),
    rule=Quotient(lambda a: np.hypot(1, a)),
    rules={"z": Quotient(lambda a: np.sqrt(1 + a * a))},
    partials=(lambda a: 1 / np.hypot(1, a),),
    domain=((-5.0, 5.0),),
    complex=True,
)

primitive(
    "arccosh",
    (math.acosh, np.arccosh),
    rule=Quotient(lambda a: np.sqrt(a - 1) * np.sqrt(a + 1)),
    partials=(lambda a: 1 / (np.sqrt(a - 1) * np.sqrt(a + 1)),),
    domain=((1.05, 20.0),),
    nonsmooth="at 1 the coefficients are inf or nan; below 1 the value is nan",
    complex=True,
)

primitive(
    "arctanh",
    (math.atanh, np.arctanh),
    rule=Quotient(lambda a: (1 - a) * (1 + a)),
    partials=(lambda a: 1 / ((1 - a) * (1 + a)),),
    domain=((-0.95, 0.95),),
    nonsmooth="at -1 and 1 the coefficients are inf or nan; beyond them the value is nan",
    complex=True,
)
