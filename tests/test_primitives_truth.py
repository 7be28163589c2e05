"""The independent truth of every rule: mpmath's functions differentiated, without rule text."""

from __future__ import annotations

import mpmath
import pytest
from exact import DIGITS, FUNCTIONS, GAMMAS, by_composition, by_rule, coefficients
from points import patterns, sample

from taylorad.primitives.registry import registered

#: Without the step between floats and the coefficients of sinc, which sinc itself shows.
CHECKED = [
    p for p in registered() if p.name in FUNCTIONS and p.name not in ("spacing", "sinc_coefficient")
]
#: Rules with a constant that is rounded to double precision.
CONSTANTS = {"exp2", "log2", "log10", "logaddexp2", "radians", "degrees", "erf", "erfc", *GAMMAS}


@pytest.mark.parametrize("primitive", CHECKED, ids=lambda p: p.name)
def test_rules_are_true(primitive):
    """The rule on 60 digits against differentiation of the composition with a curve."""
    slow = primitive.name in GAMMAS
    order, points = 12, 2 if slow else 3
    tolerance = 1e-13 if primitive.name in CONSTANTS else mpmath.mpf(10) ** -35
    curves = ([0.75, -0.5, 0.25], [-0.5, 0.125, 1.0])
    for point in list(sample(primitive, points, seed=7))[:points]:
        for pattern in patterns(primitive):
            operands = [
                [x, *curve] if p == "x" else x
                for x, curve, p in zip(point, curves, pattern, strict=False)
            ]
            truth = coefficients(primitive.name, order, *operands)
            close(by_rule(primitive, order, *operands), truth, tolerance)
            if slow:
                close(by_composition(primitive.name, order, *operands), truth, 1e-35)


def close(found, truth, tolerance):
    with mpmath.mp.workdps(DIGITS):
        for a, b in zip(found, truth, strict=True):
            assert abs(a - b) <= tolerance * max(1, abs(b))
