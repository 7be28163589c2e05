"""Functions that call derivatives, traced: the derivatives' operations are recorded."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy
from numba import njit

import taylorad as ta


@njit
def g(x, y):
    return x * x * y + math.sin(x)


@njit
def q(x):
    return np.sum(x**3) * x[0]


slope, bend, series, twice = ta.grad(g), ta.derivative(g, 2), ta.taylor(g, 3), ta.grad(ta.grad(g))
gradient, both, hessian = ta.grad(q), ta.value_and_grad(q), ta.hessian(q)
times, along, back, line = ta.hvp(q), ta.jvp(q), ta.vjp(q), ta.directional(q, 2)


def shared(x):
    """The number that varies inside is another one than the constant beside it."""
    return slope(x, x) + 2 * bend(x, x) + series(x, 2.0 * x)[2] + twice(x, 2.0)


def newton(x):
    for _ in range(3):
        x = x - slope(x, 1.0) / bend(x, 1.0)
    return x


def squares(x):
    value, d = both(x)
    return np.sum(gradient(x) ** 2) + value * d[1] + np.trace(hessian(x)) + np.sum(times(x, x))


def products(x):
    y, dot = along(x, x * x)
    return y + dot + line(x, x)[2] + back(x, 2.0)[1][0]


@pytest.mark.parametrize("f", [shared, newton, squares, products])
def test_graphs_go_through_derivatives(f):
    x = 0.4 if f in (shared, newton) else np.array([1.0, 2.0])
    graph, h = ta.trace(f, x), 1e-5
    found = np.atleast_1d(graph.gradient())
    for i, unit in enumerate(np.eye(found.size)):
        step = h * unit if np.ndim(x) else h
        high, low = ta.trace(f, x + step).value, ta.trace(f, x - step).value
        assert found[i] == pytest.approx((high - low) / (2 * h), rel=1e-7, abs=1e-8)


def test_formulas_go_through_derivatives():
    x, y = sympy.symbols("x y", real=True)
    found = ta.symbolic.to_sympy(lambda x, y: slope(x, y) * y + bend(x, y), 0.5, 2.0)
    truth = sympy.diff(x**2 * y + sympy.sin(x), x) * y + 2 * y - sympy.sin(x)
    assert sympy.simplify(found - truth) == 0


def test_values_are_those_of_the_compiled_function():
    assert ta.trace(squares, np.array([1.0, 2.0])).value == 288.0 + 108.0 + 24.0 + 72.0


def test_derivatives_that_cannot_be_recorded_are_refused():
    jet = ta.jet(q, 2)
    with pytest.raises(ta.UnsupportedError, match="of these arguments cannot be recorded"):
        ta.trace(lambda x: jet(np.ones((3, 2)))[0] * x, 1.0)
