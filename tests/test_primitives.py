"""Every registered primitive against mpmath: a primitive is tested by being registered."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from exact import DIGITS, EPS, FUNCTIONS, by_rule, scale
from points import patterns, real_near, sample, variables

from taylorad.primitives.interpret import interpret
from taylorad.primitives.registry import named, registered

ORDER = 30
POINTS = 6
#: Units in the last place, of the scale that `exact.scale` gives, allowed per order.
ULPS = 8.0
#: With base and exponent both varying, coefficients far below their terms lose digits.
LOSSES = {("power", "xx"): 400.0}

OWN = [p.name for p in registered() if p.name in FUNCTIONS]
CASES = [(name, pattern) for name in OWN for pattern in patterns(named(name))]


def worst_error(primitive, pattern, point, order=ORDER):
    """The largest error of coefficients ``0..order``, in ulps of the scale per order."""
    operands = variables(point, pattern)
    found = interpret(primitive, order, *operands)
    exact = by_rule(primitive, order + 2, *operands)
    head = max(abs(x) for x in point)
    worst = 0.0
    with mpmath.mp.workdps(DIGITS):
        for k in range(order + 1):
            unit = max(EPS * scale(exact, head, k) * (k + 1), mpmath.mpf(2) ** -1060)
            if abs(exact[k]) > 1e308 or abs(exact[k]) < 1e-290:
                continue
            error = abs(mpmath.mpmathify(complex(found[k])) - exact[k]) / unit
            worst = max(worst, float(error)) if np.isfinite(found[k]) else np.inf
    return worst


@pytest.mark.parametrize(("name", "pattern"), CASES)
def test_coefficients_to_rounding(name, pattern):
    primitive = named(name)
    errors = {
        p: worst_error(primitive, pattern, p)
        for p in sample(primitive, POINTS)
        if real_near(name, pattern, p)
    }
    point = max(errors, key=errors.get)
    assert errors[point] <= LOSSES.get((name, pattern), ULPS), (point, errors[point])
