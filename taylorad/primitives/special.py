"""Error and gamma functions, at every order."""

from __future__ import annotations

import math

import numpy as np

from .exponential import exponential
from .functions import digamma, erf, erfc, gamma, lgamma, lgamma_coefficient
from .gammas import digamma_sum, lgamma_coefficient_sum
from .registry import Formula, Recurrence, Slopes, primitive
from .series import wdot

_DENSITY = 2.0 / math.sqrt(math.pi)


def error_function(k, c, e, a, q):
    """``c' = a' e`` and ``e' = q' e`` with ``q = -a a`` (DLMF 7.2.1)."""
    return wdot(a, e, k, 1, k) / k, wdot(q, e, k, 1, k) / k


for _name, _functions, _density in (
    ("erf", (math.erf, erf), lambda a: _DENSITY * np.exp(-a * a)),
    ("erfc", (math.erfc, erfc), lambda a: -_DENSITY * np.exp(-a * a)),
):
    primitive(
        _name,
        _functions,
        value=_functions[1],
        rule=Recurrence(
            error_function, (_functions[1], _density), inner=(lambda a: a, lambda a: -(a * a))
        ),
        partials=(_density,),
        domain=((-3.0, 3.0),),
    )

primitive(
    "gamma",
    (math.gamma, gamma),
    value=gamma,
    rule=Recurrence(exponential, (gamma,), inner=(lgamma,)),
    partials=(lambda a: gamma(a) * digamma(a),),
    domain=((0.1, 8.0),),
    nonsmooth="at the poles 0, -1, -2, ... the coefficients are nan",
)

primitive(
    "lgamma",
    (math.lgamma, lgamma),
    value=lgamma,
    rule=Slopes((digamma,)),
    partials=(lambda a: digamma(a),),
    domain=((0.1, 20.0),),
    nonsmooth="at the poles 0, -1, -2, ... the value is inf, the coefficients inf or nan",
)

primitive(
    "digamma",
    (digamma,),
    rule=Formula(digamma_sum, ordered=True),
    partials=(lambda a: 2 * lgamma_coefficient(2, a),),
    domain=((0.1, 20.0),),
    nonsmooth="at the poles 0, -1, -2, ... the value is nan, the coefficients inf or nan",
)

primitive(
    "lgamma_coefficient",
    (lgamma_coefficient,),
    rules={"cx": Formula(lgamma_coefficient_sum, ordered=True)},
    partials=(lambda n, a: n * math.nan, lambda n, a: (n + 1) * lgamma_coefficient(n + 1, a)),
    domain=((2.0, 2.0), (0.1, 20.0)),
    nonsmooth="the index is a whole number: its derivative is nan",
)
