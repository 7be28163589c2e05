"""Roots of polynomials in the unit interval: simple, multiple, at the ends, and none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.polynomial import polynomial

from taylorad.ode.roots import DEEPEST, isolate


def places(coefficients, noise=None):
    """The places where a polynomial is zero, as the loops find them."""
    a = np.array(coefficients, dtype=float)
    noise = 1e-15 * np.abs(a).sum() if noise is None else noise
    found = np.empty((3, a.size))
    count = isolate(a, noise, np.empty((DEEPEST + 2, a.size + 2)), found)
    begins, ends, points = found[:, :count]
    assert (begins <= ends).all() and (begins[1:] > ends[:-1]).all()
    assert (begins <= points).all() and (points <= ends).all()
    return points


@pytest.mark.parametrize(
    "roots",
    [
        [0.1, 0.2, 0.25, 0.9, 1.5],
        [0.5],
        [0.25, 0.5, 0.75],  # where intervals are halved
        [0.0, 1.0],
        [-1e-3, 1.001],
        np.linspace(0.05, 0.95, 10),
    ],
)
def test_simple_roots(roots):
    roots = np.array(roots)
    found = places(polynomial.polyfromroots(roots))
    inside = roots[(roots >= 0) & (roots <= 1)]
    assert found == pytest.approx(inside, abs=1e-10)


def test_signs_and_complex_roots():
    a = polynomial.polymul(polynomial.polyfromroots([0.3, 0.7]), [0.26, -1.0, 1.0])
    assert places(a) == pytest.approx([0.3, 0.7], abs=1e-14)
    assert places(-a) == pytest.approx([0.3, 0.7], abs=1e-14)


def test_a_double_root_is_one_place():
    a = polynomial.polyfromroots([0.3, 0.3])
    for b in (a, -a, np.append(a, np.zeros(18))):
        assert places(b) == pytest.approx([0.3], abs=1e-8)
    assert places(polynomial.polyfromroots([0.5, 0.5])) == pytest.approx([0.5], abs=1e-8)


def test_higher_multiplicities():
    assert places(polynomial.polyfromroots([0.3] * 3)) == pytest.approx([0.3], abs=1e-4)
    assert places(polynomial.polyfromroots([0.3] * 4)) == pytest.approx([0.3], abs=1e-3)


def test_nearly_touching():
    above = polynomial.polyadd(polynomial.polyfromroots([0.3, 0.3]), [1e-9])
    assert len(places(above)) == 0
    assert places(polynomial.polyfromroots([0.3, 0.3 + 1e-5])) == pytest.approx(
        [0.3, 0.3 + 1e-5], abs=1e-9
    )


def test_a_tiny_root_is_exact():
    assert places([-1e-20, 1.0, 3.0]) == pytest.approx([1e-20], rel=1e-14)


def test_a_root_at_zero_hides_no_other():
    """An upward flight that begins on the ground comes down again."""
    found = places([0.0, 1000.0, -49050.0] + [0.0] * 18)
    assert pytest.approx(found[-1], rel=1e-14) == 1000.0 / 49050.0


def test_nothing_but_noise_is_one_place():
    assert len(places(np.zeros(21))) == 1
    assert len(places([1e-17, -2e-17, 3e-18], noise=1e-16)) == 1
    assert len(places([1.0] + [0.0] * 20)) == 0


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(-8, 28), min_size=1, max_size=8, unique=True),
    st.lists(st.tuples(st.floats(-1, 2), st.floats(0.1, 1)), max_size=3),
    st.sampled_from([1.0, -1.0, 1e12, -1e-12]),
)
def test_random_roots(twentieths, pairs, factor):
    roots = np.sort(np.array(twentieths) / 20)
    a = factor * polynomial.polyfromroots(roots)
    for x, y in pairs:
        a = polynomial.polymul(a, [x * x + y * y, -2 * x, 1.0])
    inside = roots[(roots > 0) & (roots < 1)]
    found = places(a)
    found = found[(found > 1e-6) & (found < 1 - 1e-6)]  # those at the ends may or may not be
    assert found == pytest.approx(inside, abs=1e-6)
