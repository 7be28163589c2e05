"""Hard places of primitives, one by one."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from numba import njit

import taylorad as ta
from taylorad.primitives import table
from taylorad.primitives.functions import digamma, erf, erfc, gamma, lgamma
from taylorad.primitives.interpret import interpret
from taylorad.primitives.registry import named

inf, nan = math.inf, math.nan


def series(name, order, *operands):
    return np.array(interpret(named(name), order, *operands), dtype=float)


def same(found, wanted, ulps=4):
    wanted = np.array(wanted, dtype=float)
    np.testing.assert_allclose(found, wanted, rtol=ulps * 2.0**-52, atol=0)


def test_small_and_large_arguments():
    same(series("expm1", 1, [1e-10, 1.0]), [1.00000000005e-10, 1.0000000001])
    same(series("log1p", 2, [1e-18, 1.0]), [1e-18, 1.0, -0.5])
    same(series("arcsinh", 1, [-1e8, 1.0]), [-19.113827924512310753, 1e-8])
    assert series("arcsinh", 1, [1e200, 1.0])[1] == 1e-200
    slope = -2.0 / math.sqrt(math.pi) * math.exp(-100.0)
    same(series("erfc", 1, [10.0, 1.0]), [2.0884875837625447570e-45, slope])
    same(series("hypot", 1, [3e200, 1.0], [4e200, 0.0]), [5e200, 0.6])
    same(series("arctan2", 1, [3e200, 1.0], [4e200, 0.0]), [0.6435011087932844, 0.16e-200])
    assert series("tanh", 3, [400.0, 1.0]).tolist() == [1.0, 0.0, 0.0, 0.0]
    same(series("logaddexp", 1, [1000.0, 1.0], [0.0, 0.0]), [1000.0, 1.0])
    assert np.isfinite(series("logaddexp", 5, [-1000.0, 1.0], [1000.0, 0.5])).all()


@njit
def gammas(x):
    return math.lgamma(x), math.gamma(x), digamma(x * x)


def test_gamma_functions_at_high_order():
    """The nearest pole is at distance 1.5, whatever the curve, and the sums stay stable."""
    found = ta.taylor(gammas, 150)(1.5)
    variable = ta.variable(1.5, 150)
    for f, coefficients in zip((lgamma, gamma, lambda x: digamma(x * x)), found, strict=True):
        np.testing.assert_allclose(f(variable).coefficients, coefficients, rtol=1e-9)
    k = np.arange(2, 151)
    zeta = np.array([float(mpmath.zeta(int(n), 1.5)) for n in k])
    np.testing.assert_allclose(found[0][2:], (-1.0) ** k * zeta / k, rtol=1e-13)


@njit
def steep(x):
    return math.atan(1e160 * x), np.hypot(x, 4.0), math.sqrt(x * x + 16.0)


def test_steep_arctangents_and_roots_in_nested_jets():
    second = ta.derivative(ta.derivative(steep))(3.0)
    exact = -2e-160 / 27, 16 / 125, 16 / 125
    np.testing.assert_allclose(second, exact, rtol=1e-14)
    first = ta.derivative(steep)(3.0)
    np.testing.assert_allclose(first, (1e-160 / 9, 0.6, 0.6), rtol=1e-15)
    assert np.isnan(ta.jacobian(lambda x, y: np.hypot(x, y), argnums=(0, 1))(0.0, 0.0)).all()
    for zero in (0.0, -0.0):
        assert ta.derivative(lambda x: abs(x) + np.sign(x))(zero) == 0.0


@njit
def omega(x):
    """Lambert's function: the root of ``w exp(w) = x``."""
    w = math.log1p(x)
    for _ in range(20):
        e = math.exp(w)
        w -= (w * e - x) / (e * (w + 1))
    return w


@njit
def omega_of_square(x):
    return omega(x * x)


def test_partials_that_call_the_primitive_itself():
    slope = lambda x: math.exp(-omega(x)) / (1 + omega(x))  # noqa: E731
    ta.primitive("omega", (omega,), partials=(slope,), domain=((0.1, 10.0),))
    exact = mpmath.taylor(lambda t: mpmath.lambertw(t * t), 1.5, 8)
    exact = np.array([float(c.real) for c in exact])
    np.testing.assert_allclose(ta.taylor(omega_of_square, 4)(1.5), exact[:5], rtol=1e-13)
    for order in (8, 150):
        square = ta.variable(1.5, order) ** 2
        found = square.apply_primitive(omega, square).coefficients
        np.testing.assert_allclose(found[:9], exact, rtol=1e-12)
        assert np.isfinite(found).all()


def test_sinc_at_and_near_zero():
    exact = [1.0, 0.0, -(np.pi**2) / 6, 0.0, np.pi**4 / 120]
    same(series("sinc", 4, [0.0, 1.0]), exact)
    near = series("sinc", 4, [1e-9, 1.0])
    np.testing.assert_allclose(near[::2], exact[::2], rtol=1e-15)
    np.testing.assert_allclose(near[1], -(np.pi**2) / 3 * 1e-9, rtol=1e-12)


@njit
def powers(x, n, r):
    return x**2, x**2.0, x**n, x**r, pow(x, 3), math.pow(x, 3.0), np.power(x, 3.0), x**0, x**0.0


@njit
def other_powers(x):
    return x**1.5, x**0.5, (x * x) ** 1.5, x**-1.0, 2.0**x, 0.0**x


@njit
def both(x, y):
    return x**y


def test_whole_powers_are_exact_at_zero_and_for_negative_bases():
    square, cube = [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]
    one = [1, 0, 0, 0, 0]
    found = ta.taylor(powers, 4)(0.0, 2, 2.0)
    assert np.array_equal(found, [square] * 4 + [cube] * 3 + [one] * 2)
    square, cube = [4, -4, 1, 0, 0], [-8, 12, -6, 1, 0]
    found = ta.taylor(powers, 4)(-2.0, 2, 2.0)
    assert np.array_equal(found, [square] * 4 + [cube] * 3 + [one] * 2)
    found = ta.taylor(powers, 4)(-2.0, -1, -1.0)[2:4]
    assert np.array_equal(found, [[-1 / 2, -1 / 4, -1 / 8, -1 / 16, -1 / 32]] * 2)
    assert powers(-2.0, 2, 2.0) == tuple(c[0] for c in ta.taylor(powers, 4)(-2.0, 2, 2.0))


def test_whole_powers_nested_and_in_lanes():
    second = ta.derivative(ta.derivative(powers))(0.0, 2, 2.0)
    assert second == (2, 2, 2, 2, 0, 0, 0, 0, 0)
    along = ta.directional(powers, 2)(0.0, 2.0, 3, 3.0)
    assert np.array_equal(along[2], [0, 0, 0]) and np.array_equal(along[1], [0, 0, 4])


def test_other_powers_at_zero():
    found = ta.taylor(other_powers, 2)(0.0)
    assert np.array_equal(found[0], [0, 0, inf])
    assert np.array_equal(found[1][:2], [0, inf])
    assert np.array_equal(found[2], [0, 0, 0])
    assert np.array_equal(found[3][:2], [inf, -inf])
    assert found[5][0] == 1 and np.isnan(found[5][1:]).all()
    assert np.array_equal(ta.taylor(other_powers, 2)(1.0)[5], [0, 0, 0])
    assert np.array_equal(ta.derivative(both, argnums=1)(0.0, 2.0), 0.0)
    assert np.isnan(ta.derivative(both, argnums=1)(-2.0, 3.0))
    assert ta.derivative(both)(-2.0, 3.0) == 12.0
    assert np.array_equal(ta.directional(both, 2, argnums=(0, 1))(0.0, 2.0, (1.0, 0.5)), [0, 0, 1])
    assert series("power", 3, [0.0, 1.0], [2.0, 0.0]).tolist() == [0, 0, 1, 0]
    assert both(0.0, 0.0) == 1.0 and ta.derivative(both)(0.0, 0.0) == 0.0


def test_varying_powers_at_base_zero():
    """``x^y``: ``d/dx = y x^(y-1)`` and ``d/dy = x^y log x``, limits where they exist."""
    slopes, curvatures = (t(both, argnums=(0, 1)) for t in (ta.jacobian, ta.hessian))
    assert slopes(0.0, 2.0) == slopes(0.0, 2.5) == slopes(0.0, 3.0) == (0.0, 0.0)
    assert slopes(0.0, 1.0) == (1.0, 0.0)
    assert slopes(0.0, 0.0)[0] == 0.0 and np.isnan(slopes(0.0, 0.0)[1])
    assert slopes(0.0, -1.0)[0] == -inf and np.isnan(slopes(0.0, -1.0)[1])
    assert curvatures(0.0, 2.0) == ((2.0, 0.0), (0.0, 0.0))
    assert curvatures(0.0, 3.0) == curvatures(0.0, 2.5) == ((0.0, 0.0), (0.0, 0.0))
    mixed = curvatures(0.0, 1.0)
    assert mixed[0][0] == 0.0 and np.isnan(mixed[0][1]) and np.isnan(mixed[1][0])
    one = ta.derivative(ta.derivative(both), argnums=1)
    other = ta.derivative(ta.derivative(both, argnums=1))
    assert one(0.0, 2.0) == other(0.0, 2.0) == 0.0
    assert np.isnan(one(0.0, 1.0)) and np.isnan(other(0.0, 1.0))


@njit
def kinks(x):
    y = max(x, 0.0) + 2.0 * min(0.0, x)
    return math.sqrt(x), abs(x), max(x, 0.0), max(0.0, x), y, math.copysign(x, -1.0), np.sign(x)


def test_kinks_at_zero():
    root, size, first, second, sum_, copied, sign = ta.taylor(kinks, 4)(0.0)
    assert np.array_equal(root, [0, inf, -inf, inf, -inf])
    assert np.array_equal(size, [0, 0, 0, 0, 0])
    assert np.array_equal(first, [0, 1, 0, 0, 0])
    assert np.array_equal(second, [0, 0, 0, 0, 0])
    assert np.array_equal(sum_, [0, 1, 0, 0, 0])
    assert np.array_equal(copied, [0, 0, 0, 0, 0]) and np.array_equal(sign, [0] * 5)


@njit
def angle_of(t, y):
    return math.atan2(y, -1.0 + t), math.atan2(y + t, -1.0)


def test_arctan2_on_its_cut():
    for y in (0.0, -0.0):
        across, around = ta.taylor(angle_of, 2)(0.0, y)
        assert across[0] == math.atan2(y, -1.0) and around[0] == math.pi
        assert np.array_equal(across[1:], [0, 0]) and np.array_equal(around[1:], [-1, 0])


def test_published_values():
    @njit
    def f(x):
        return math.exp(math.sin(x)) / (1 + x * x)

    found = ta.taylor(f, 16)(0.5)[[4, 8, 16]]
    wanted = [0.27427688102482305, -0.36371201173241204, 0.13679538545883284]
    np.testing.assert_allclose(found, wanted, rtol=4e-15)


def test_blow_up_through_the_product_rule():
    """The series of ``x' = x^2`` from 3, coefficient by coefficient: ``3^(k+1)``."""
    x = [3.0]
    for k in range(20):
        x.append(series("multiply", k, x, x)[k] / (k + 1))
    assert x == [3.0 ** (k + 1) for k in range(21)]


def test_high_order_of_a_square():
    @njit
    def f(x):
        return x * x

    found = ta.taylor(f, 200)(3.0)
    assert found.shape == (201,) and np.array_equal(found[:3], [9, 6, 1])
    assert not found[3:].any()


@njit
def remainders(x, y):
    return x % y, np.fmod(x, y), x // y, divmod(x, y)[1]


def test_remainders():
    for x, y in ((7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0)):
        found = ta.jvp(remainders)(x, 1.0, y)
        assert found[0] == remainders(x, y) and found[1] == (1.0, 1.0, 0.0, 1.0)
        slopes = ta.jvp(remainders, argnums=1)(x, y, 1.0)[1]
        assert slopes == (-math.floor(x / y), -math.trunc(x / y), 0.0, -math.floor(x / y))
    with pytest.raises(ZeroDivisionError):
        remainders(1.0, 0.0)
    with pytest.raises(ZeroDivisionError):
        ta.jvp(remainders)(1.0, 1.0, 0.0)


@njit
def parts(x):
    z = np.exp(1j * x) * x
    return z.real, z.imag, abs(z), np.angle(z), (z * z.conjugate()).real, complex(x, 2.0).imag


def test_parts_of_complex_numbers_by_a_real_variable():
    real, imag, size, turn, square, constant = ta.taylor(parts, 3)(0.5)
    c, s = math.cos(0.5), math.sin(0.5)
    np.testing.assert_allclose(real[:2], [0.5 * c, c - 0.5 * s], rtol=1e-15)
    np.testing.assert_allclose(imag[:2], [0.5 * s, s + 0.5 * c], rtol=1e-15)
    np.testing.assert_allclose(size, [0.5, 1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(turn, [0.5, 1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(square, [0.25, 1, 1, 0], atol=1e-15)
    assert np.array_equal(constant, [2, 0, 0, 0])


@njit
def analytic(z):
    return np.exp(z) * np.sqrt(z) + z**3 + z**2.5 + np.arcsinh(z) + np.log(z) / np.tan(z)


def test_complex_variables():
    def exact(z):
        powers = z**3 + z ** mpmath.mpf(2.5) + mpmath.asinh(z)
        return mpmath.exp(z) * mpmath.sqrt(z) + powers + mpmath.log(z) / mpmath.tan(z)

    found = ta.taylor(analytic, 6)(1.2 + 0.7j)
    wanted = mpmath.taylor(exact, mpmath.mpc(1.2 + 0.7j), 6)
    np.testing.assert_allclose(found, np.array([complex(c) for c in wanted]), rtol=1e-12)


@njit
def many(x):
    return (x * x + 1) ** 1.5 * np.hypot(x, 2.0) + math.gamma(x) * math.erf(x) + np.sinc(x) + x**2.5


def test_nested_is_the_higher_order():
    nested = ta.derivative(ta.derivative(ta.derivative(many)))(1.3)
    assert nested == pytest.approx(ta.derivative(many, 3)(1.3), rel=1e-13)


@njit
def conversions(x):
    y = x
    y **= 2
    y %= 1.5
    kept = x if x and not x < 0 and 0 < x <= 5 else 0.0
    return y + kept + float(x) + np.float64(x) + int(x) + math.floor(x) + round(x) + round(x, 1)


def test_in_place_forms_and_conversions():
    found = ta.taylor(conversions, 2)(1.25)
    assert found[0] == conversions(1.25)
    assert np.array_equal(found[1:], [2.5 + 3.0, 1.0])


@njit
def extremes(x):
    several = max(x, 2.0, x * x), min(1.0, x, 7.0), max((x, x * x))
    return *several, np.maximum(x, nan), np.fmax(nan, x)


def test_extremes_of_several():
    found = ta.taylor(extremes, 1)(1.5)
    assert np.array_equal(found[0], [2.25, 3]) and np.array_equal(found[1], [1, 0])
    assert np.array_equal(found[2], [2.25, 3]) and np.isnan(found[3][0])
    assert np.array_equal(found[4], [1.5, 1])


def test_library_functions_on_plain_numbers():
    assert erf(0.5) == math.erf(0.5) and erfc(0.5) == math.erfc(0.5)
    assert gamma(4.0) == 6.0 and np.isnan(gamma(-1.0)) and gamma(200.0) == inf
    assert lgamma(3.0) == math.lgamma(3.0) and lgamma(0.0) == inf
    assert digamma(1.0) == pytest.approx(-0.5772156649015329, rel=1e-15)
    assert np.isnan(digamma(-3.0)) and digamma(inf) == inf


def test_the_table_is_up_to_date():
    assert table.main(["--check"]) == 0
