"""A function's own options and signatures hold in its derivatives, or do not get in the way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit, prange

import taylorad as ta
from taylorad.compiler.twin import twin


@njit(error_model="python")
def raising(x):
    return 1.0 / x


@njit(error_model="numpy")
def ieee(x):
    return 1.0 / x


def test_error_model_python_raises_as_the_plain_function_does():
    for call in (raising, ta.derivative(raising), ta.taylor(raising, 3)):
        with pytest.raises(ZeroDivisionError):
            call(0.0)
    assert ta.derivative(raising)(2.0) == -0.25


def test_error_model_numpy_gives_ieee_values():
    assert ieee(0.0) == math.inf
    c = ta.taylor(ieee, 2)(0.0)
    assert c[0] == math.inf and not np.isfinite(c[1:]).any()


def test_error_models_of_callees_are_their_own():
    @njit(error_model="numpy")
    def f(x):
        return raising(x)

    with pytest.raises(ZeroDivisionError):
        ta.derivative(f)(0.0)


def test_explicit_signatures():
    @njit("f8(f8)")
    def callee(x):
        return x * x

    @njit("f8(f8, i8)")
    def f(x, n):
        return callee(x) * n

    assert ta.derivative(f)(3.0, 2) == 12.0
    assert ta.taylor(f, 2)(3.0, 2).tolist() == [18, 12, 2]


def test_parallel_functions_run_in_order():
    @njit(parallel=True)
    def callee(x):
        total = 0.0
        for i in prange(x.size):
            total += x[i] * x[i]
        return total

    @njit(parallel=True)
    def f(x):
        y = np.zeros_like(x)
        for i in prange(x.size):
            y[i] = x[i] * x[i] * i
        return callee(y)

    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(ta.jacobian(f)(x), 4 * x**3 * np.arange(3) ** 2)


def test_fastmath_is_kept():
    @njit(fastmath=True)
    def f(x):
        return x * x

    d = ta.derivative(f)
    assert d(3.0) == 6.0
    for code in twin(f).inspect_llvm().values():
        assert "fmul fast double" in code


def test_boundscheck_is_kept():
    @njit(boundscheck=True)
    def f(x, i):
        return x[i] * x[i]

    x = np.ones(3)
    for call in (f, ta.jacobian(f)):
        with pytest.raises(IndexError):
            call(x, 3)
    np.testing.assert_array_equal(ta.jacobian(f)(x, 2), [0, 0, 2])


def test_exceptions_are_the_functions_own():
    @njit
    def callee(x):
        if x < 0:
            raise ValueError("x must not be negative")
        return x * x

    @njit
    def f(x):
        if x == 1.0:
            raise ArithmeticError("one is excluded")
        return callee(x)

    for call in (f, ta.derivative(f), ta.hessian(f)):
        with pytest.raises(ValueError, match=r"^x must not be negative$"):
            call(-1.0)
        with pytest.raises(ArithmeticError, match="one is excluded"):
            call(1.0)
    assert ta.derivative(f)(3.0) == 6.0


def test_the_users_function_is_left_as_it_is():
    @njit("f8(f8)")
    def f(x):
        return x * x

    before = list(f.signatures)
    ta.derivative(f)(2.0)
    assert f.signatures == before and f(2.0) == 4.0


def test_disabled_fastmath_keeps_ieee_values():
    @njit
    def f(x):
        return x * math.inf

    assert ta.derivative(f)(1.0) == math.inf
    assert math.isnan(ta.taylor(f, 1)(0.0)[0])
