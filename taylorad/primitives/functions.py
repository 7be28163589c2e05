"""Functions that NumPy lacks, for rules and users: on numbers, series and in compiled code.

Each answers to plain numbers by the algorithm below, to differentiated ones through
`apply_primitive` and to compiled code through the overload made by `_compiled`.
"""

from __future__ import annotations

import math

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from . import gammas


def _evaluate(function, number, *operands):
    for x in operands:
        apply = getattr(x, "apply_primitive", None)
        if apply is not None:
            return apply(function, *operands)
    with np.errstate(all="ignore"):
        return number(*operands)


def erf(x):
    """The error function."""
    return _evaluate(erf, math.erf, x)


def erfc(x):
    """The complementary error function ``1 - erf(x)``."""
    return _evaluate(erfc, math.erfc, x)


def gamma(x):
    """The gamma function; nan at its poles, infinite where it overflows."""
    return _evaluate(gamma, gammas.gamma, x)


def lgamma(x):
    """The logarithm of the gamma function's absolute value."""
    return _evaluate(lgamma, gammas.lgamma, x)


def digamma(x):
    """The logarithmic derivative of the gamma function; nan at its poles."""
    return _evaluate(digamma, gammas.digamma, x)


def sech_squared(x):
    """``1 / cosh(x)^2``, the slope of the hyperbolic tangent; arrays, too."""
    return _evaluate(sech_squared, _sech_squared, x)


def lgamma_coefficient(n, x):
    """Taylor coefficient ``n`` of `lgamma` at ``x``: ``polygamma(n - 1, x) / n!``."""
    return _evaluate(lgamma_coefficient, gammas.lgamma_coefficient, n, x)


def sinc_coefficient(n, x):
    """Taylor coefficient ``n`` of ``sin(pi x) / (pi x)`` at ``x``."""
    return _evaluate(sinc_coefficient, sinc_number, n, x)


@register_jitable
def _sech_squared(x):
    """``4 u / (1 + u)^2`` with ``u = exp(-2 |x|)``: nothing overflows."""
    u = np.exp(-2.0 * np.abs(x))
    return 4.0 * u / ((1.0 + u) * (1.0 + u))


def choices(m, n: int):
    """``(m + 1) (m + 2) ... (m + n) / n!`` for any number ``m``; whole at every step."""
    result = 1.0
    for i in range(1, n + 1):
        result = (m + i) * result / float(i)
    return result


@register_jitable
def sinc_number(n, x):
    """``pi^n / n! h_n`` with ``h_n`` the integral of ``t^n cos(z t + n pi/2)`` over (0, 1).

    Integration by parts gives ``z h_n = sin(z + n pi/2) - n h_{n-1}`` (``z = pi x``), which
    is stable upwards to ``n = |z|`` and downwards from anywhere above.
    """
    n = int(n)
    if not abs(x) < math.inf:
        return math.nan * x if x != x else 0.0
    z = math.pi * x
    reduced = math.pi * (x - 2.0 * np.rint(x / 2.0))
    turns = (math.sin(reduced), math.cos(reduced), -math.sin(reduced), -math.cos(reduced))
    if n <= abs(z):
        h = turns[0] / z
        for m in range(1, n + 1):
            h = (turns[m % 4] - m * h) / z
    else:
        top, decay = n, 1.0
        while decay > 1e-20:
            top += 1
            decay *= abs(z) / top
        h = 0.0
        for m in range(top, n, -1):
            h = (turns[m % 4] - z * h) / m
    for m in range(1, n + 1):
        h *= math.pi / m
    return h


#: Functions whose numbers may be arrays of numbers.
ELEMENTWISE = {sech_squared}
_REAL = (types.Float, types.Integer, types.Boolean)


def _compiled(function, number):
    """Let compiled code call ``function`` with plain real numbers."""

    def one(x):
        item = x.dtype if isinstance(x, types.Array) and function in ELEMENTWISE else x
        return (lambda x: number(x)) if isinstance(item, _REAL) else None

    def two(n, x):
        if isinstance(n, _REAL) and isinstance(x, _REAL):
            return lambda n, x: number(n, x)
        return None

    overload(function)(one if function.__code__.co_argcount == 1 else two)


for _function, _number in (
    (erf, math.erf),
    (erfc, math.erfc),
    (gamma, math.gamma),
    (lgamma, math.lgamma),
    (digamma, gammas.digamma),
    (lgamma_coefficient, gammas.lgamma_coefficient),
    (sinc_coefficient, sinc_number),
    (sech_squared, _sech_squared),
):
    _compiled(_function, _number)
