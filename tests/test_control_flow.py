"""Ordinary code, differentiated as it stands, against the same code in 50 digits.

Each function runs twice: compiled with jets, and as plain Python on mpmath numbers, from
which mpmath takes Taylor coefficients by numerical differentiation at high precision.
"""

from __future__ import annotations

import math
from types import CellType, FunctionType, SimpleNamespace

import mpmath
import numpy as np
import pytest
from numba import njit
from numba.core.dispatcher import Dispatcher

import taylorad as ta

ORDER = 4


class _Numbers:
    """Just enough of NumPy for the functions below, on mpmath numbers."""

    @staticmethod
    def zeros(shape, dtype=None):
        result = np.empty(shape, dtype=object)
        result.fill(mpmath.mpf(0))
        return result


_MATH = SimpleNamespace(sin=mpmath.sin, cos=mpmath.cos, exp=mpmath.exp, pi=mpmath.pi)


def in_high_precision(f):
    """The same Python code, and that of all functions it calls, on mpmath numbers."""
    if isinstance(f, Dispatcher):
        f = f.py_func
    scope = {**f.__globals__, "math": _MATH, "np": _Numbers}
    cells = tuple(CellType(_translated(c.cell_contents)) for c in f.__closure__ or ())
    g = FunctionType(f.__code__, scope, f.__name__, f.__defaults__, cells or None)
    for name in f.__code__.co_names:
        if name in f.__globals__ and name not in ("math", "np"):
            scope[name] = g if name == f.__name__ else _translated(f.__globals__[name])
    return g


def _translated(value):
    return in_high_precision(value) if isinstance(value, Dispatcher) else value


@njit
def loop(x):
    total = 0.0
    for i in range(1, 8):
        total += math.sin(i * x) / i
    return total


@njit
def backwards_and_nested_loops(x):
    total = x
    for i in range(5, 0, -2):
        for j in range(i):
            total = total * x + i - j
    return total


@njit
def newton(x):
    """A while loop that runs until it has converged: the square root of x."""
    y = x
    while abs(y * y - x) > 1e-30 * x and y != x / y:
        y = 0.5 * (y + x / y)
        if y == 0.5 * (y + x / y):
            break
    return 0.5 * (y + x / y)


@njit
def branches(x):
    if x < 0:
        return -x * x
    elif x < 1:
        y = x * x * x
    else:
        y = math.exp(x)
    if y > 0.1 and x != 3.0:
        y = y * x
    return y


@njit
def early_return(x):
    y = x
    for i in range(10):
        y = y * y + x
        if y > 2.0:
            return y * i
    return y


@njit
def break_continue_else(x):
    total = 0.0
    for i in range(12):
        if i % 3 == 0:
            continue
        total += x * i
        if total > 9.0:
            break
    else:
        return total
    for _ in range(2):
        total *= x
    else:
        total += 1.0 / x
    return total


@njit
def in_place(x):
    a = np.zeros(5)
    a[0] = x
    for i in range(1, 5):
        a[i] += a[i - 1] * x
        a[i] *= i
        a[0] -= a[i] * a[i]
    return a[0] + a[4]


@njit
def double_buffer(x):
    u, w = np.zeros(6), np.zeros(6)
    u[2] = x
    for _ in range(4):
        for i in range(1, 5):
            w[i] = u[i] + 0.25 * (u[i - 1] - 2 * u[i] + u[i + 1]) * (1 + u[i])
        u, w = w, u
    return u[1] * u[3]


@njit
def tuples(x):
    pair = (x, 1.0)
    for _ in range(5):
        a, b = pair
        pair = (b, a * b + x)
    first, (second, third) = pair[0], (pair[1], x)
    return first * second - third


@njit
def factorial_like(x, n):
    return x if n == 0 else (x + n) * factorial_like(x, n - 1)


@njit
def recursion(x):
    return factorial_like(x, 4)


@njit
def inner(x, k):
    if k > 1:
        return x * k
    return math.cos(x)


@njit
def middle(x):
    return inner(x, 1) + inner(x * x, 3)


@njit
def nested_calls(x):
    return middle(middle(x)) * inner(x, 0)


def make_closure(scale):
    @njit
    def helper(x):
        return scale * x * x

    @njit
    def closure(x):
        return helper(x) + scale * math.sin(x)

    return closure


closure = make_closure(1.5)


@njit
def conditional_expression(x):
    y = x if x > 0.2 else 1 / x
    return y * (2 if y < 1 else 3)


@njit
def chained_comparisons(x):
    if (0.5 < x * x <= 1.5 and not x > 5) or x == 0.0:
        return x * x * x
    return x


@njit
def time_stepping(x):
    """A pendulum of initial angle x by the explicit midpoint rule."""
    angle, speed, h = x, 0.0, 0.125
    for _ in range(16):
        half, rate = angle + h / 2 * speed, speed - h / 2 * math.sin(angle)
        angle, speed = angle + h * rate, speed - h * math.sin(half)
    return angle


CASES = [
    (loop, 0.3),
    (backwards_and_nested_loops, 0.7),
    (newton, 2.0),
    (branches, -0.5),
    (branches, 0.5),
    (branches, 0.25),
    (branches, 1.5),
    (early_return, 0.3),
    (early_return, 0.9),
    (break_continue_else, 0.1),
    (break_continue_else, 0.72),
    (in_place, 0.4),
    (double_buffer, 0.8),
    (tuples, 0.6),
    (recursion, 0.25),
    (nested_calls, 0.35),
    (closure, 0.45),
    (conditional_expression, 0.5),
    (conditional_expression, 0.125),
    (chained_comparisons, 0.9),
    (chained_comparisons, 2.0),
    (time_stepping, 1.25),
]


@pytest.mark.parametrize(("f", "x"), CASES, ids=[f"{f.__name__}-{x}" for f, x in CASES])
def test_against_the_same_code_in_high_precision(f, x):
    with mpmath.workdps(50):
        expected = [float(c) for c in mpmath.taylor(in_high_precision(f), mpmath.mpf(x), ORDER)]
    c = ta.taylor(f, ORDER)(x)
    assert c[0] == f(x)
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(c, expected, rtol=2e-14, atol=2e-15 * scale)


def test_closures_hold_their_own_constants():
    one, other = make_closure(1.0), make_closure(2.0)
    assert ta.derivative(one)(0.0) == 1.0
    assert ta.derivative(other)(0.0) == 2.0


def test_mutual_recursion():
    even, odd = _mutual()
    # even(x, n) = x^n alternately times 2 and 3
    assert ta.derivative(even)(2.0, 2) == 2 * 6 * 2.0
    assert ta.derivative(odd)(2.0, 1) == 3.0


def _mutual():
    @njit
    def even(x, n):
        if n == 0:
            return x * 0 + 1.0
        return 2 * x * odd(x, n - 1)

    @njit
    def odd(x, n):
        if n == 0:
            return x * 0 + 1.0
        return 3 * x * even(x, n - 1)

    return even, odd


@njit
def even(x, n):
    """x**n for even n, and 0 for odd n: known to be a float before it is known to be a jet."""
    return 1.0 if n == 0 else x * odd(x, n - 1)


@njit
def odd(x, n):
    return 0.0 if n == 0 else x * even(x, n - 1)


@njit
def first(x, n):
    if n == 0:
        return 1
    return x * second(x, n - 1) + third(x, n - 1)


@njit
def second(x, n):
    if n == 0:
        return 2.0
    return third(x, n - 1) * x


@njit
def third(x, n):
    if n == 0:
        return 3.0
    return x * first(x, n - 1) + second(x, n - 1)


def polynomials(n):
    """What the three return, as polynomials of x."""
    x = np.polynomial.Polynomial([0.0, 1.0])
    a, b, c = 1.0 + 0 * x, 2.0 + 0 * x, 3.0 + 0 * x
    for _ in range(n):
        a, b, c = x * b + c, c * x, x * a + b
    return a, b, c


def test_mutual_recursion_from_constants():
    caller = njit(lambda x, n: even(x, n))
    np.testing.assert_array_equal(ta.taylor(caller, 5)(2.0, 4), [16, 32, 24, 8, 1, 0])
    np.testing.assert_array_equal(ta.taylor(odd, 2)(2.0, 3), [8, 12, 6])
    np.testing.assert_array_equal(ta.taylor(odd, 2)(2.0, 4), [0, 0, 0])
    for f, p in zip((first, second, third), polynomials(6), strict=True):
        expected = [p.deriv(k)(2.0) if k else p(2.0) for k in range(4)]
        np.testing.assert_array_equal([ta.derivative(f, k)(2.0, 6) for k in range(4)], expected)


@njit
def pair(x, n):
    return (1.0, x) if n == 0 else other_pair(x, n - 1)


@njit
def other_pair(x, n):
    a, b = pair(x, n)
    return x * a, x * b


def test_mutual_recursion_of_tuples_is_right_or_refused():
    try:
        found = ta.derivative(pair)(2.0, 2)
    except ta.UnsupportedError as error:
        assert "pair and a function that it calls call one another" in str(error)
    else:
        np.testing.assert_array_equal(found, [4.0, 12.0])


@njit
def cholesky(a):
    """In-place, row by row; returns the logarithm of the determinant."""
    n = a.shape[0]
    total = 0.0
    for j in range(n):
        for i in range(j, n):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            if i == j:
                a[j, j] = np.sqrt(a[j, j])
                total += 2.0 * np.log(a[j, j])
            else:
                a[i, j] /= a[j, j]
    return total


def test_the_gradient_of_a_log_determinant():
    rng = np.random.default_rng(3)
    a = rng.normal(size=(4, 4))
    a = a @ a.T + 4 * np.eye(4)
    gradient = ta.jacobian(cholesky)(a)
    expected = np.tril(2 * np.linalg.inv(a))  # entries above the diagonal are not read
    expected[np.diag_indices(4)] /= 2
    np.testing.assert_allclose(gradient, expected, rtol=1e-12, atol=1e-15)
