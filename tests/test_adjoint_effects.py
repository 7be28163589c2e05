"""What a function does besides returning a number: exceptions, prints, draws, other results."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
from numba import njit, typeof

import taylorad as ta

X = np.array([0.7, -1.3, 0.4, 2.1])
Pair = namedtuple("Pair", "first second")


class OutOfRange(ValueError):
    """An exception of the user's."""


def written(transform, f, *args):
    """The function that a derivative's text defines, run by Python."""
    (function,) = transform(f).functions_for(tuple(map(typeof, args)))
    return function


# -- exceptions ---------------------------------------------------------------------------


@njit
def checked(a):
    if a > 4:
        raise OutOfRange("too large")
    return a


def raising(x):
    if x < -5:
        raise ValueError
    if x < -4:
        raise ValueError("negative", 4)
    if x < -3:
        raise OutOfRange(f"{x} is negative")
    assert x > -2, "too small"
    assert x > -1
    values = (x, 2.0 * x, 3.0)
    s = 0.0
    for i in range(3 if x < 2 else 4):
        s += values[i]
    return checked(x) * s / (x - 1.0) + 5 // int(x + 2.0)


POINTS = [-6.0, -4.5, -3.5, -2.5, -1.5, 1.0, 2.5, 5.0, 0.5]


@pytest.mark.parametrize("compiled", [False, True])
def test_exceptions_are_those_of_the_function(compiled):
    gradient = ta.grad(raising) if compiled else written(ta.grad, raising, 1.0)
    for x in POINTS[:-1]:
        with pytest.raises(Exception) as expected:
            raising(x)
        with pytest.raises(expected.type) as found:
            gradient(x)
        if expected.type is AssertionError:  # the plain one has a message of pytest's too
            assert str(found.value) in str(expected.value)
        elif expected.type in (OutOfRange, ValueError) and "is negative" not in str(expected.value):
            assert found.value.args == expected.value.args
    assert np.isfinite(gradient(POINTS[-1]))


@njit(error_model="numpy")
def by_ieee_rules(x):
    return x[0] / x[1]


def test_division_by_zero_follows_the_function():
    at_zero = np.array([1.0, 0.0])
    assert ta.grad(by_ieee_rules)(at_zero)[0] == np.inf
    with pytest.raises(ZeroDivisionError):
        written(ta.grad, by_ieee_rules.py_func, at_zero)(at_zero)


# -- prints and draws ---------------------------------------------------------------------


def printing(x):
    s = 0.0
    for i in range(2):
        s += x[i] ** 2
        print("partial sum", i, (s, None))
    return s


@pytest.mark.parametrize("compiled", [False, True])
def test_prints_once(capfd, compiled):
    gradient = ta.grad(printing) if compiled else written(ta.grad, printing, X)
    gradient(X)
    shown = capfd.readouterr().out.splitlines()
    assert [line.split()[:3] for line in shown] == [
        ["partial", "sum", "0"],
        ["partial", "sum", "1"],
    ]


def drawing(x, n):
    np.random.seed(7)
    s = 0.0
    for i in range(n):
        unused = np.random.normal(0.0, 1.0)  # noqa: F841
        weight = np.random.rand()
        s = s * 0.5 + np.sin(weight * x[i]) * x[i]
    return s


def test_random_numbers_are_drawn_once_and_in_order():
    plain = njit(drawing)
    value, gradient = ta.value_and_grad(drawing)(X, 4)
    assert value == plain(X, 4)
    step = 1e-6 * np.eye(4)
    expected = [(plain(X + d, 4) - plain(X - d, 4)) / 2e-6 for d in step]
    np.testing.assert_allclose(gradient, expected, rtol=1e-8)


# -- results ------------------------------------------------------------------------------


def tuple_of_numbers(x):
    return x[0] * x[1], 2.0, x[2] ** 2


def nested_tuple(x):
    y = x * x
    return (y, (x[0], 3)), y[1:]


def named_tuple(x):
    return Pair(x[0] * x[3], x * 2.0)


def own_argument(x):
    return x


def view_of_argument(x):
    return x[::2]


def early_tuple(x):
    if x[0] > 5:
        return x[0], 1.0
    for i in range(4):
        if x[i] < 0:
            return x[i] * x[0], x[1]
    return 0.0, x[2]


def matrix(x):
    out = np.zeros((2, 4))
    for i in range(4):
        out[0, i] = x[i] ** 2
        out[1, 3 - i] = x[i] * x[0]
    return out


def one_array_twice(x):
    y = x * x
    return y, y


def cotangent_like(result, r):
    """Random numbers in the form of a result."""
    if isinstance(result, tuple):
        return tuple(cotangent_like(part, r) for part in result)
    return r.normal(size=np.shape(result)) if isinstance(result, np.ndarray) else r.normal()


def product(result, u):
    """The product of a result and a cotangent, summed over all parts."""
    if isinstance(result, tuple):
        return sum(product(*parts) for parts in zip(result, u, strict=True))
    return np.sum(result * np.asarray(u))


def assert_same(found, expected):
    """Equal results, part by part."""
    if isinstance(expected, tuple):
        assert type(found) is type(expected) and len(found) == len(expected)
        for parts in zip(found, expected, strict=True):
            assert_same(*parts)
    else:
        np.testing.assert_array_equal(found, expected)


RESULTS = [
    tuple_of_numbers, nested_tuple, named_tuple, own_argument, view_of_argument, early_tuple,
    matrix, one_array_twice,
]  # fmt: skip


@pytest.mark.parametrize("f", RESULTS, ids=[f.__name__ for f in RESULTS])
def test_results_of_all_forms(f):
    u = cotangent_like(f(X), np.random.default_rng(1))
    value, found = written(ta.vjp, f, X, u)(X.copy(), u)
    assert_same(value, f(X))
    step = 1e-6 * np.eye(4)
    expected = [(product(f(X + d), u) - product(f(X - d), u)) / 2e-6 for d in step]
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


def test_compiled_results():
    u = (np.ones(4), (2.0, 0.0)), np.ones(3)
    value, found = ta.vjp(nested_tuple)(X, u)
    assert_same(value, nested_tuple(X))
    np.testing.assert_allclose(found, [2 * X[0] + 2, 4 * X[1], 4 * X[2], 4 * X[3]])
