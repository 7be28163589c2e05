"""Taylor numbers as arguments and results of compiled functions."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numba import njit, typeof

import taylorad as ta
from taylorad import Taylor, variable
from taylorad.jets.types import JetType


@njit
def looped(x):
    y = x
    for i in range(4):
        if i % 2 == 0:
            y = np.sin(y) * x
            y += 0.5
        else:
            y = y / (1.0 + np.exp(x))
    return y


@njit
def pair(x, y):
    return x * y, (y, 2.0)


@njit
def same(x):
    return x


@pytest.mark.parametrize("order", [0, 1, 5, 15, 16, 17, 40, 100])
def test_agrees_with_the_transform(order):
    result = looped(variable(0.3, order))
    assert isinstance(result, Taylor) and result.order == order
    expected = ta.taylor(looped, order)(0.3)
    np.testing.assert_allclose(result.coefficients, expected, rtol=1e-13, atol=1e-300)
    assert result.value == looped(0.3)


@pytest.mark.parametrize("order", [0, 3, 20])
def test_complex(order):
    z = variable(0.3 + 0.2j, order)
    assert typeof(z).dtype.name == "complex128"
    assert np.allclose(looped(z).coefficients, looped.py_func(z).coefficients, rtol=1e-13)


def test_compiled_and_interpreted_agree():
    x = variable(0.7, 12)
    np.testing.assert_allclose(looped(x).coefficients, looped.py_func(x).coefficients, rtol=1e-13)


@pytest.mark.parametrize(
    "number",
    [
        Taylor([np.nan, np.inf, -np.inf, -0.0, 5e-324]),
        Taylor([1.0 + 2.0j, complex(np.nan, np.inf)]),
        Taylor(np.arange(19.0)),
        Taylor(2.5),
    ],
    ids=["special", "complex", "packed", "order 0"],
)
def test_passes_unchanged(number):
    back = same(number)
    assert back.equals(number)
    np.testing.assert_array_equal(np.signbit(back[:].real), np.signbit(number[:].real))
    with pytest.raises(ValueError, match="read-only"):
        back.coefficients[0] = 1.0


def test_tuples_and_plain_numbers():
    x = variable(2.0, 3)
    product, (y, two) = pair(x, 3.0)
    assert product.equals(3.0 * x) and y == 3.0 and two == 2.0
    product, _ = pair(x, x)
    assert product.equals(x * x)
    (first, second), _ = same(((x, x * x), 1))
    assert first.equals(x) and second.equals(x * x)


def test_nothing_is_leaked():
    x = variable(2.0, 3)
    same(x)
    counts = sys.getrefcount(x), sys.getrefcount(x.coefficients)
    for _ in range(50):
        same(x)
    assert (sys.getrefcount(x), sys.getrefcount(x.coefficients)) == counts


def test_type_follows_order_and_dtype():
    assert typeof(variable(1.0, 4)) == JetType(4)
    assert typeof(variable(1.0, 4)) == typeof(variable(2.0, 4)) != typeof(variable(1.0, 5))


def test_transforms_take_taylor_numbers():
    """The derivative along a series is the series of the derivative."""
    slope = ta.derivative(looped)(variable(0.3, 4))
    expected = Taylor(ta.taylor(looped, 5)(0.3)).derivative()
    np.testing.assert_allclose(slope.coefficients, expected.coefficients, rtol=1e-12)


def test_refusals():
    x = variable(0.3, 2)

    @njit
    def stores(x):
        a = np.zeros(2)
        a[0] = x
        return a[0]

    @njit
    def array_of_numbers(x):
        return np.full(2, x)

    with pytest.raises(Exception, match=r"np\.zeros_like"):
        stores(x)
    with pytest.raises(Exception, match="cannot be represented as a NumPy dtype"):
        array_of_numbers(x)
    with pytest.raises(ta.UnsupportedError, match="array of Taylor numbers"):
        ta.taylor(looped, 2)(x)
    with pytest.raises(Exception, match="No implementation"):
        pair(x, variable(0.3, 5))
    assert same(x).equals(x)
