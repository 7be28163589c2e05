"""Functions that are smooth or linear between kinks: absolute values, remainders, extremes."""

from __future__ import annotations

import math
import operator

import numpy as np

from .registry import Formula, Piecewise, primitive
from .series import select

primitive(
    "absolute",
    (abs, np.absolute, np.fabs, math.fabs),
    rule=Piecewise(lambda a, sign: a * sign, (np.sign,)),
    rules={"z": Formula(lambda a: np.hypot(a.real, a.imag))},
    partials=(lambda a: np.sign(a),),
    nonsmooth="at 0 the derivative is 0. Of a complex number: real, the derivative by a real "
    "parameter, nan at 0",
    complex=True,
    result="real",
)

primitive(
    "copysign",
    (math.copysign, np.copysign),
    rule=Piecewise(lambda a, b, sign: a * sign, (lambda a, b: np.sign(a) * np.copysign(1.0, b),)),
    partials=(lambda a, b: np.sign(a) * np.copysign(1.0, b), lambda a, b: 0.0),
    nonsmooth="at a = 0 the derivative is 0; by b it is 0 everywhere",
)

primitive(
    "nextafter",
    (np.nextafter, math.nextafter),
    rule=Piecewise(lambda a, b: a),
    partials=(lambda a, b: 1.0, lambda a, b: 0.0),
    nonsmooth="the derivative is that of the first operand",
)


def _floor_quotient(a, b):
    return np.floor_divide(a, b)


def _truncated_quotient(a, b):
    return np.rint((a - np.fmod(a, b)) / b)


primitive(
    "remainder",
    (operator.mod, operator.imod, np.remainder),
    rule=Piecewise(lambda a, b, quotient: a - b * quotient, (_floor_quotient,)),
    partials=(lambda a, b: 1.0, lambda a, b: -_floor_quotient(a, b)),
    domain=((-5.0, 5.0), (0.5, 3.0)),
    nonsmooth="at a jump the derivatives of the piece that the value is on",
)

primitive(
    "fmod",
    (np.fmod,),
    rule=Piecewise(lambda a, b, quotient: a - b * quotient, (_truncated_quotient,)),
    partials=(lambda a, b: 1.0, lambda a, b: -_truncated_quotient(a, b)),
    domain=((-5.0, 5.0), (0.5, 3.0)),
    nonsmooth="at a jump the derivatives of the piece that the value is on",
)


def _extreme(name, functions, wins):
    """Declare a maximum or minimum; ``wins(a, b)`` tells whether the first operand is it."""
    primitive(
        name,
        functions,
        rule=Piecewise(lambda a, b, first: select(first, a, b), (wins,)),
        partials=(
            lambda a, b: select(wins(a, b), 1.0, 0.0),
            lambda a, b: select(wins(a, b), 0.0, 1.0),
        ),
        nonsmooth="at a tie the derivative of the first operand",
    )


# Which operand is returned, nan included: the builtins keep the first unless the second
# compares beyond it, `maximum` and `minimum` return a nan, `fmax` and `fmin` the other number.
_extreme("max", (max,), lambda a, b: np.logical_not(np.greater(b, a)))
_extreme("min", (min,), lambda a, b: np.logical_not(np.less(b, a)))
_extreme("maximum", (np.maximum,), lambda a, b: np.logical_or(np.greater_equal(a, b), np.isnan(a)))
_extreme("minimum", (np.minimum,), lambda a, b: np.logical_or(np.less_equal(a, b), np.isnan(a)))
_extreme("fmax", (np.fmax,), lambda a, b: np.logical_or(np.greater_equal(a, b), np.isnan(b)))
_extreme("fmin", (np.fmin,), lambda a, b: np.logical_or(np.less_equal(a, b), np.isnan(b)))
