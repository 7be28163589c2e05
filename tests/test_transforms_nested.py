"""Transforms of transforms: perturbations of different levels never meet.

Cases of J. M. Siskind and B. A. Pearlmutter (Nesting forward-mode AD in a functional
framework, 2008) and O. Manzyuk et al. (Perturbation confusion in forward automatic
differentiation of higher-order functions, 2019), and combinations of all transforms.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

import taylorad as ta


@njit
def plus(y, x):
    return x + y


@njit
def times(y, x):
    return x * y


d_plus = ta.derivative(plus)
d_times = ta.derivative(times)


def test_the_inner_derivative_does_not_see_the_outer_perturbation():
    @njit
    def f(x):
        return x * d_plus(1.0, x)

    assert ta.derivative(f)(1.0) == 1.0  # 2 where perturbations are confused

    @njit
    def g(x):
        return x * d_times(2.0, x)

    assert ta.derivative(g)(3.0) == 6.0
    assert ta.derivative(g, 2)(3.0) == 2.0


def test_the_differentiated_argument_of_both_levels():
    @njit
    def f(x):
        return x * d_times(x, x)  # x * x: the derivative by the first argument only

    np.testing.assert_array_equal(ta.taylor(f, 2)(3.0), [9, 6, 1])


def test_inner_results_that_depend_on_the_outer_variable_only():
    @njit
    def outer_only(y, x):
        return x * x * x

    inner = ta.derivative(outer_only)
    inner_taylor = ta.taylor(outer_only, 2)

    @njit
    def f(x):
        return inner(1.0, x) + x

    @njit
    def g(x):
        c = inner_taylor(1.0, x)
        return c[0] + c[1] + c[2]

    assert ta.derivative(f)(2.0) == 1.0
    assert ta.derivative(g)(2.0) == 12.0


def test_an_inner_derivative_that_is_independent_of_the_outer_variable():
    @njit
    def cube(y):
        return y * y * y

    inner = ta.derivative(cube)

    @njit
    def f(x):
        return inner(3.0) * x

    assert ta.derivative(f)(5.0) == 27.0


def test_curried_functions():
    """Manzyuk et al.: D applied through an argument that is itself perturbed."""

    @njit
    def h(y, x):
        return np.sin(x * y)

    dh = ta.derivative(h)
    ddh = ta.derivative(dh, argnums=1)
    x, y = 0.6, 1.1
    expected = math.cos(x * y) - x * y * math.sin(x * y)
    assert ddh(y, x) == pytest.approx(expected, rel=1e-15)
    assert ta.derivative(ta.derivative(h, argnums=1))(y, x) == pytest.approx(expected, rel=1e-15)


@njit
def energy(x):
    return x[0] * x[0] * x[0] * x[1] + np.exp(x[1]) * x[0]


X = np.array([0.5, 0.3])
E = math.exp(0.3)
GRADIENT = [3 * 0.25 * 0.3 + E, 0.125 + 0.5 * E]
HESSIAN = [[6 * 0.5 * 0.3, 0.75 + E], [0.75 + E, 0.5 * E]]


def test_jacobian_of_jacobian_is_the_hessian():
    H = ta.jacobian(ta.jacobian(energy))(X)
    np.testing.assert_allclose(H, HESSIAN, rtol=1e-15)
    np.testing.assert_allclose(ta.hessian(energy)(X), HESSIAN, rtol=1e-15)


def test_jvp_of_hessian():
    v = np.array([1.0, 2.0])
    value, tangent = ta.jvp(ta.hessian(energy))(X, v)
    third = ta.derivatives(energy, 3)(X)[3]
    np.testing.assert_allclose(value, HESSIAN, rtol=1e-15)
    np.testing.assert_allclose(tangent, third @ v, rtol=1e-14)


def test_hessian_of_jvp():
    v = np.array([1.0, 2.0])
    _, H = ta.hessian(ta.jvp(energy))(X, v)
    np.testing.assert_allclose(H, ta.derivatives(energy, 3)(X)[3] @ v, rtol=1e-14)


def test_taylor_of_derivative_and_of_partial():
    @njit
    def f(x, y):
        return np.exp(x * y)

    c = ta.taylor(ta.derivative(f), 4)(0.5, 2.0)
    expected = [2.0 ** (k + 1) * math.e / math.factorial(k) for k in range(5)]
    np.testing.assert_allclose(c, expected, rtol=1e-15)
    mixed = ta.partial(f, (1, 1), argnums=(0, 1))
    np.testing.assert_allclose(
        ta.derivative(mixed, argnums=1)(0.5, 2.0),
        ta.partial(f, (1, 2), argnums=(0, 1))(0.5, 2.0),
        rtol=1e-15,
    )


def test_derivative_of_taylor():
    d = ta.derivative(ta.taylor(lambda x: np.sin(x), 3))(0.4)
    s, c = math.sin(0.4), math.cos(0.4)
    np.testing.assert_allclose(d, [c, -s, -c / 2, s / 6], rtol=1e-15)


def test_a_transform_inside_the_differentiated_function():
    J = ta.jacobian(energy)

    @njit
    def f(t, x):
        g = J(t * x)  # the gradient moves with t
        return g[0] * g[1]

    h = 1e-4
    shifts = [sum(np.prod(ta.jacobian(energy)((1 + s * h) * X)) for _ in (0,)) for s in (1, -1)]
    assert ta.derivative(f)(1.0, X) == pytest.approx((shifts[0] - shifts[1]) / (2 * h), rel=1e-6)


def test_jet_of_a_derivative():
    d = ta.derivative(lambda x: x * x * x)
    series = np.array([2.0, 1.0, 0.0])
    np.testing.assert_array_equal(ta.jet(d, 2)(series), [12, 12, 3])


def test_three_levels():
    @njit
    def f(x, y, z):
        return x * y * y * z * z * z

    d = ta.derivative(ta.derivative(ta.derivative(f), argnums=1), argnums=2)
    assert d(1.0, 2.0, 3.0) == 2 * 2.0 * 27
    nested = ta.jacobian(ta.jacobian(ta.jacobian(energy)))(X)
    np.testing.assert_allclose(nested, ta.derivatives(energy, 3)(X)[3], rtol=1e-15)
