"""Taylor numbers as functions: evaluation, composition, reversion, Padé, radius."""

from __future__ import annotations

from fractions import Fraction
from math import comb, exp, factorial, inf, isnan, log, pi

import mpmath
import numpy as np
import pytest

import taylorad as ta
from taylorad import Taylor, variable

N = 24
EXP = [Fraction(1, factorial(k)) for k in range(N + 1)]
LOG1P = [Fraction(0), *(Fraction((-1) ** (k + 1), k) for k in range(1, N + 1))]
GEOMETRIC = [Fraction(1)] * (N + 1)
XEXP = [Fraction(0), *EXP[:-1]]
LAMBERT = [Fraction(0), *(Fraction((-k) ** (k - 1), factorial(k)) for k in range(1, N + 1))]
SIN = [Fraction((0, 1, 0, -1)[k % 4], factorial(k)) for k in range(N + 1)]
ARCSIN = [
    Fraction(comb(k - 1, k // 2), 4 ** (k // 2) * k) if k % 2 else Fraction(0) for k in range(N + 1)
]
RATIONAL = [Fraction((-1) ** k * (k + 2), 3 * k + 1) for k in range(N + 1)]


def multiply(a, b):
    return [sum(a[j] * b[k - j] for j in range(k + 1)) for k in range(len(a))]


def composed(outer, inner):
    """Horner's rule on exact series."""
    result = [Fraction(0)] * len(inner)
    for c in reversed(outer):
        result = multiply(result, inner)
        result[0] += c
    return result


def sizes(outer, inner):
    """The same with absolute values: what the rounding errors are measured against."""
    return np.array(composed([abs(c) for c in outer], [abs(c) for c in inner]), float)


# -- evaluation, derivative, integral, shift ---------------------------------------------


def test_evaluation():
    p = Taylor([1.0, -2.0, 3.0])
    assert p(0.5) == 0.75
    assert p(2) == 9.0
    assert p(1j) == -2 - 2j
    np.testing.assert_array_equal(p([[0.0, 1.0], [2.0, 3.0]]), [[1.0, 2.0], [9.0, 22.0]])
    assert p(np.zeros((2, 0))).shape == (2, 0)
    assert Taylor(EXP)(1.0) == pytest.approx(exp(1.0), rel=1e-15)
    with pytest.raises(ta.ArgumentTypeError):
        p("x")


def test_evaluation_at_a_taylor_number_is_composition():
    p, q = Taylor([1.0, -2.0, 3.0]), variable(2.0, 4)
    assert p(q).equals(1 - 2 * q + 3 * q * q)
    assert p(Taylor([0.0, 1.0])).equals(Taylor([1.0, -2.0]))
    assert p(Taylor(2.0)).equals(Taylor(9.0))


def test_derivative_and_integral():
    c = Taylor(RATIONAL)
    exact = [RATIONAL[k + 3] * (k + 3) * (k + 2) * (k + 1) for k in range(N - 2)]
    np.testing.assert_allclose(c.derivative(3).coefficients, np.array(exact, float), rtol=1e-15)
    assert c.derivative(0).equals(c)
    assert c.derivative(N).order == 0
    np.testing.assert_allclose(c.integral(2.0).derivative()[:], c[:], rtol=1e-15)
    assert c.integral(2j).value == 2j
    with pytest.raises(ta.ArgumentValueError, match="more than the order"):
        c.derivative(N + 1)
    with pytest.raises(ta.ShapeError):
        c.integral([1.0])


def test_derivatives_where_the_factorial_overflows():
    order = 200
    c = Taylor([Fraction(k + 1, factorial(k)) if k < 170 else 0.0 for k in range(order + 1)])
    expected = [k + 1.0 if k < 170 else 0.0 for k in range(order + 1)]
    np.testing.assert_allclose(c.derivatives(), expected, rtol=1e-14)
    tiny = Taylor([0.0] * 175 + [1e-300])
    assert tiny.derivatives()[-1] == pytest.approx(float(Fraction(1e-300) * factorial(175)))
    assert Taylor([1.0] * 200).derivatives()[-1] == inf
    np.testing.assert_array_equal(Taylor([1j, 2j, 3.0]).derivatives(), [1j, 2j, 6.0])


@pytest.mark.parametrize("h", [Fraction(1, 3), Fraction(-5, 2), Fraction(0)])
def test_shift(h):
    exact = [
        sum(comb(j, k) * RATIONAL[j] * h ** (j - k) for j in range(k, N + 1)) for k in range(N + 1)
    ]
    scale = [
        sum(comb(j, k) * abs(RATIONAL[j] * h ** (j - k)) for j in range(k, N + 1))
        for k in range(N + 1)
    ]
    error = np.abs(Taylor(RATIONAL).shift(h).coefficients - np.array(exact, float))
    assert np.all(error <= N * 2.0**-52 * np.array(scale, float))


def test_shift_keeps_the_order_and_takes_complex_steps():
    moved = Taylor([0.0, 0.0, 1.0]).shift(1j)
    assert moved.equals(Taylor([-1.0 + 0j, 2j, 1.0]))
    with pytest.raises(ta.ShapeError):
        moved.shift([1.0])


def test_truncate():
    assert Taylor([1.0, 2.0, 3.0]).truncate(1).equals(Taylor([1.0, 2.0]))
    with pytest.raises(ta.ArgumentValueError):
        Taylor([1.0]).truncate(1)


# -- composition and reversion -------------------------------------------------------------


@pytest.mark.parametrize(
    ("outer", "inner"),
    [(EXP, LOG1P), (SIN, ARCSIN), (GEOMETRIC, LAMBERT), (RATIONAL, SIN), (LOG1P, XEXP)],
)
def test_composition(outer, inner):
    result = Taylor(outer).compose(Taylor(inner)).coefficients
    error = np.abs(result - np.array(composed(outer, inner), float))
    assert np.all(error <= 8 * 2.0**-52 * sizes(outer, inner))


def test_composition_takes_the_smaller_order():
    t = variable(0.0, 2)
    assert Taylor(EXP).compose(t).order == 2
    assert Taylor([1.0, 1.0]).compose(Taylor(LOG1P)).order == 1
    assert Taylor([1.0, 1j]).compose(t).equals(Taylor([1.0, 1j]))
    assert Taylor(3.0).compose(t).equals(Taylor(3.0))


def test_composition_refuses_a_value():
    with pytest.raises(ta.ArgumentValueError, match=r"shift"):
        Taylor(EXP).compose(variable(0.5, 3))
    with pytest.raises(ta.ArgumentTypeError):
        Taylor(EXP).compose(0.0)


def test_composition_is_nan_from_the_first_coefficient_that_is_not_finite():
    inner = variable(0.0, 4) * 2
    result = Taylor([1.0, 2.0, inf, 4.0, 5.0]).compose(inner)
    np.testing.assert_array_equal(result[:], [1.0, 4.0, np.nan, np.nan, np.nan])
    result = Taylor(EXP).compose(Taylor([0.0, 1.0, np.nan]))
    np.testing.assert_array_equal(result[:], [1.0, 1.0, np.nan])
    result = Taylor([1.0, inf])(Taylor([1.0, 1.0]))
    assert np.isnan(result.coefficients).all()


@pytest.mark.parametrize(
    ("series", "inverse"), [(XEXP, LAMBERT), (SIN, ARCSIN), (EXP, LOG1P), (LAMBERT, XEXP)]
)
def test_reversion(series, inverse):
    result = Taylor(series).reversion().coefficients
    scale = np.array(Taylor([0, 1, *(-abs(c) for c in series[2:])]).reversion()[:])
    error = np.abs(result - np.array(inverse, float))
    assert np.all(error <= 8 * 2.0**-52 * scale)


@pytest.mark.parametrize("scale", [1e-12, -3.0, 1e12])
def test_reversion_of_a_scaled_series(scale):
    result = Taylor([7.0, *(float(c) * scale for c in SIN[1:])]).reversion()
    expected = np.array(ARCSIN, float) / scale ** np.arange(N + 1.0)
    np.testing.assert_allclose(result[:], expected, rtol=1e-13)


def test_reversion_of_short_and_complex_series():
    assert Taylor([5.0, 2.0]).reversion().equals(Taylor([0.0, 0.5]))
    q = Taylor([1.0, 2j, 1.0, 0.5]).reversion()
    back = Taylor([0.0, 2j, 1.0, 0.5]).compose(q)
    np.testing.assert_allclose(back[:], [0.0, 1.0, 0.0, 0.0], atol=1e-15)
    result = Taylor([0.0, 1.0, 1.0, np.nan]).reversion()
    np.testing.assert_array_equal(result[:], [0.0, 1.0, -1.0, np.nan])


@pytest.mark.parametrize("bad", [[1.0], [0.0, 0.0, 1.0], [1.0, -0.0, 1.0]])
def test_reversion_refuses_a_vanishing_slope(bad):
    with pytest.raises(ta.ArgumentValueError, match="coefficient 1"):
        Taylor(bad).reversion()


# -- Padé approximants ---------------------------------------------------------------------


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 1), (1, 4), (5, 5), (4, 0), (0, 3)])
def test_pade_of_exp(m, n):
    """The approximants of exp are known (Padé 1892)."""
    r = Taylor(EXP).pade(m, n)
    p = [comb(m, k) * Fraction(factorial(m + n - k), factorial(m + n)) for k in range(m + 1)]
    q = [(-1) ** k * comb(n, k) * Fraction(factorial(m + n - k), factorial(m + n))
         for k in range(n + 1)]  # fmt: skip
    assert r.degrees == (m, n)
    np.testing.assert_allclose(r.numerator, np.array(p, float), rtol=1e-8, atol=1e-13)
    np.testing.assert_allclose(r.denominator, np.array(q, float), rtol=1e-8, atol=1e-13)


def test_pade_finds_a_rational_function():
    t = variable(0.0, 12)
    f = (1 + 2 * t) / (2 - t) / (1 + t * t)
    r = f.pade(5, 6)
    assert r.degrees == (1, 3)
    np.testing.assert_allclose(r.numerator, [0.5, 1.0], atol=1e-12)
    np.testing.assert_allclose(sorted(np.abs(r.poles())), [1.0, 1.0, 2.0], rtol=1e-10)
    np.testing.assert_allclose(r.zeros(), [-0.5], rtol=1e-10)
    assert r(0.25) == pytest.approx(1.5 / 1.75 / 1.0625)
    assert r(np.zeros((2, 3))).shape == (2, 3)
    assert r(variable(0.0, 6))[6] == pytest.approx(f[6])


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e5])
def test_pade_does_not_depend_on_the_scale_of_t(scale):
    tangent = np.array([float(c) for c in mpmath.taylor(mpmath.tan, 0, 20)])
    r = Taylor(tangent * scale ** np.arange(21.0)).pade(10, 10)
    assert np.min(np.abs(r.poles())) * scale == pytest.approx(pi / 2, rel=1e-12)
    assert r(1.5 / scale) == pytest.approx(np.tan(1.5), rel=1e-12)


def test_pade_of_degenerate_series():
    assert Taylor([0.0, 0.0, 1.0, 0.0, 0.0]).pade(1, 1).degrees == (0, 0)
    assert Taylor([0.0, 0.0, 1.0, 0.0, 0.0]).pade(1, 1)(3.0) == 0
    assert Taylor([0.0] * 5).pade(2, 2)(1.0) == 0
    assert Taylor([1.0, 1j, -1.0, -1j]).pade(1, 2).degrees == (0, 1)
    assert Taylor([2.0]).pade(0, 0)(5.0) == 2.0


def test_pade_refuses():
    with pytest.raises(ta.ArgumentValueError, match="m \\+ n"):
        Taylor(EXP).pade(20, 20)
    with pytest.raises(ta.ArgumentValueError, match="n must be"):
        Taylor(EXP).pade(2, -1)
    with pytest.raises(ta.ArgumentValueError, match="finite"):
        Taylor([1.0, np.nan, 1.0]).pade(1, 1)


# -- the radius of convergence ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "exact", "tolerance"),
    [
        (lambda k: 3.0**-k, 3.0, 1e-12),
        (lambda k: (k + 1) * (-2.0) ** -k + 3.0**-k, 2.0, 1e-3),
        (lambda k: 1e10**k * (k + 1), 1e-10, 1e-12),
        (lambda k: float(LOG1P[k]), 1.0, 1e-2),
        (lambda k: float(LAMBERT[k]), exp(-1), 1e-2),
        (lambda k: float(ARCSIN[k]), 1.0, 2e-2),
        (lambda k: 2.0**-k * np.cos(0.7 * k), 2.0, 1e-10),
        (lambda k: (1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0)[k % 8], 1.0, 1e-12),
        (lambda k: (1.5j) ** k, 1 / 1.5, 1e-12),
        (lambda k: float(mpmath.bernoulli(k) / mpmath.factorial(k)), 2 * pi, 1e-2),
        (lambda k: np.cos(2.0 * k) + 0.5 * 1.05**-k, 1.0, 0.1),
    ],
)
def test_radius(function, exact, tolerance):
    estimate = Taylor([function(k) for k in range(N + 1)]).radius()
    assert estimate == pytest.approx(exact, rel=tolerance)


def test_radius_sees_through_rounding():
    tangent = [float(c) for c in mpmath.taylor(mpmath.tan, 0, 30)]
    tangent[::2] = 1e-17 * np.random.default_rng(1).normal(size=16)
    assert Taylor(tangent).radius() == pytest.approx(pi / 2, rel=1e-6)


def test_radius_of_polynomials_entire_functions_and_short_series():
    assert variable(0.3, 3).radius() == inf
    assert Taylor([1.0, 2.0, 3.0, 0.0, 0.0]).radius() == inf
    assert Taylor([0.0, 0.0, 0.0]).radius() == inf
    assert Taylor(EXP).radius() == inf
    assert Taylor(SIN).radius() > 8
    for short in ([1.0], [1.0, 2.0, 3.0], [0.3, 1.0, 0.0], [1.0, np.nan] * 8):
        assert isnan(Taylor(short).radius())


def test_radius_of_computed_series():
    """log(x) about 2 converges up to its branch point."""
    x = variable(2.0, 30)
    assert np.log(x).radius() == pytest.approx(2.0, rel=1e-2)
    assert np.log(x)(0.5) == pytest.approx(log(2.5), rel=1e-14)
