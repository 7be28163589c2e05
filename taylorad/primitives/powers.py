"""Roots and powers (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math
import operator

import numpy as np

from .registry import Power, Recurrence, primitive
from .series import inverse, select, square_sum, wdot


def square_root(k, c, a):
    """``c c = a``."""
    return (a[k] - square_sum(c, k, 1)) * inverse(c) / 2


primitive(
    "sqrt",
    (math.sqrt, np.sqrt),
    rule=Recurrence(square_root, (np.sqrt,)),
    partials=(lambda a: 0.5 / np.sqrt(a),),
    domain=((0.05, 20.0),),
    nonsmooth="at 0 the coefficients are inf and -inf in turn, nan where the operand's "
    "derivative is 0; below 0 all are nan",
    complex=True,
)


def cube_root(k, c, q, a):
    """``3 q c' = a'`` with ``q = c c``."""
    c_k = (a[k] / 3 - wdot(c, q, k, 1, k - 1) / k) * inverse(q)
    return c_k, square_sum(c, k, 1) + 2 * (c[0] * c_k)


primitive(
    "cbrt",
    (np.cbrt,),
    rule=Recurrence(cube_root, (np.cbrt, lambda a: np.square(np.cbrt(a)))),
    partials=(lambda a: 1 / (3 * np.square(np.cbrt(a))),),
    domain=((0.05, 20.0),),
    nonsmooth="at 0 coefficient 1 is inf, further ones nan",
)


def power(k, c, a, b):
    """``a c' = r c a'`` with the plain exponent ``r = b_0``."""
    return (b[0] * wdot(a, c, k, 1, k) - wdot(c, a, k, 1, k - 1)) * inverse(a) / k


def vanishing_power(k, r, slope):
    """Coefficient ``k`` of ``a ** r`` where ``a_0 = 0`` and ``a_1 = slope``, no whole ``r > 0``.

    ``a ** r`` starts at degree ``r``, or not below ``2 r`` if the slope is 0; the first
    coefficient beyond is infinite, further ones are nan.
    """
    first = math.inf * (slope * slope if k % 2 == 0 else slope)
    beyond = select(np.less(k, r + 1), first, math.nan)
    flat = select(np.less(k, 2 * r), 0.0, math.nan)
    return select(np.less(k, r), 0.0, select(np.equal(slope, 0), flat, beyond))


def constant_to_power(k, c, log, a, b):
    """``c' = log(a_0) b' c``."""
    return log[0] * wdot(b, c, k, 1, k) / k, 0.0


def _safe_log(a, b):
    """The logarithm of a constant base; for 0, where ``0 ** b`` is constant for ``b > 0``, 0.

    At ``b = 0`` the constants 0 and inf meet, below it is infinite: nan.
    """
    return select(np.equal(a, 0), select(np.greater(b, 0), 0.0, math.nan), np.log(a))


def general_power(k, c, g, a, b, p):
    """``a c' = g' c`` with ``g' = a log(a) b' + b a'`` and ``p = a log(a)``.

    The logarithm's series ``b log(a)`` is avoided: its terms outgrow those of the power.
    """
    g_k = (wdot(b, p, k, 1, k) + wdot(a, b, k, 1, k)) / k
    known = wdot(g, c, k, 1, k - 1) - wdot(c, a, k, 1, k - 1)
    return (g_k * c[0] + known / k) * inverse(a), g_k


primitive(
    "power",
    (operator.pow, operator.ipow, math.pow, np.power, np.float_power, pow),
    rule=Power(
        Recurrence(power, (operator.pow,)),
        vanishing_power,
        Recurrence(
            general_power,
            (operator.pow, lambda a, b: 0.0),
            inner=(lambda a, b: a, lambda a, b: b, lambda a, b: a * np.log(a)),
        ),
        Recurrence(constant_to_power, (operator.pow, _safe_log)),
    ),
    partials=(
        lambda a, b: b * np.power(a, b - 1),
        lambda a, b: np.power(a, b) * _safe_log(a, b),
    ),
    domain=((0.2, 4.0), (-3.0, 3.0)),
    nonsmooth="a whole constant exponent: exact at 0 and for negative bases. At base 0 with "
    "another constant exponent r: 0 below degree r, inf or nan beyond. The derivative by the "
    "exponent at base 0 is 0 for positive exponents, else nan, and nan for negative bases. Where "
    "both vary, the powers of the moving exponent have logarithms at base 0: mixed derivatives "
    "are exact up to total degree r, nan beyond",
    complex=True,
)
