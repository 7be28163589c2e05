"""Every registered primitive against mpmath: a primitive is tested by being registered."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from exact import DIGITS, EPS, FUNCTIONS, conditions, sizes, truth
from points import costly, patterns, real_near, sample, variables

from taylorad.primitives.interpret import interpret
from taylorad.primitives.registry import named, registered

ORDER = 30
POINTS = 40
MANY_POINTS = 300
#: Units in the last place of the condition estimate, for each of the ``k + 1`` steps that lead
#: to coefficient ``k``: the one limit for all primitives.
ULPS = 4.0

#: Where coefficient 0, which is Python's own value to the bit, has lost digits (near zeros).
LOSSY_VALUES = ("lgamma",)

OWN = [p.name for p in registered() if p.name in FUNCTIONS]
CASES = [(name, pattern) for name in OWN for pattern in patterns(named(name))]


def worst_error(primitive, pattern, point, order=ORDER):
    """The largest error of coefficients ``0..order``, in ulps of the condition per step.

    The condition is first taken as `exact.sizes`, which is quick and never more than the
    whole; as `exact.conditions` only where the error is beyond the limit of that.
    """
    operands = variables(point, pattern)
    found = interpret(primitive, order, *operands)
    exact = truth(primitive, order + 2, *operands)
    first = 1 if primitive.name in LOSSY_VALUES else 0
    worst = _error(found, exact, sizes(exact, point[0] if len(point) == 1 else 0.0), first)
    if worst > ULPS:
        worst = _error(found, exact, conditions(primitive, exact, operands), first)
    return worst


def _error(found, exact, scale, first):
    worst = 0.0
    with mpmath.mp.workdps(DIGITS):
        for k, c in enumerate(found):
            if k < first or abs(exact[k]) > 1e308 or abs(exact[k]) < 1e-290:
                continue
            if not np.isfinite(c):
                return np.inf
            error = abs(mpmath.mpmathify(complex(c)) - exact[k])
            unit = max(EPS * scale[k] * (k + 1), mpmath.mpf(2) ** -1060)
            worst = max(worst, float(error / unit))
    return worst


def worst_of(name, pattern, count):
    """The number of points, the worst error among them and where that is."""
    primitive = named(name)
    errors = {
        p: worst_error(primitive, pattern, p)
        for p in sample(primitive, count)
        if real_near(name, pattern, p)
    }
    point = max(errors, key=errors.get)
    return len(errors), errors[point], point


@pytest.mark.parametrize(("name", "pattern"), CASES)
def test_coefficients_to_rounding(name, pattern):
    """Orders 0..30 within `ULPS` units of the condition of problem and recurrence.

    The estimate of the condition is that of `exact.conditions`.
    """
    count = 3 if costly(name) else POINTS
    _, error, point = worst_of(name, pattern, count)
    assert error <= ULPS, (point, error)


@pytest.mark.long
@pytest.mark.parametrize(("name", "pattern"), CASES)
def test_coefficients_to_rounding_at_many_points(name, pattern):
    _, error, point = worst_of(name, pattern, MANY_POINTS)
    assert error <= ULPS, (point, error)
