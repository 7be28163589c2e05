"""Arrays that the user allocates as floats and that later receive differentiated values."""

from __future__ import annotations

import numpy as np
import pytest
from numba import float64, njit, types
from numpy.polynomial import Polynomial

import taylorad as ta
from taylorad.jets.types import JetType


@njit
def put(out, i, v):
    out[i] = v


@njit
def put_twice(out, v):
    put(out, 0, v)
    put(out[1:], i=0, v=2 * v)


@njit
def zeros_of(n):
    return np.zeros(n)


@njit
def zeros_and_ones(n):
    a = np.zeros(n)
    b = np.ones(n)
    return a, b


@njit
def zeros_or_ones(n, c):
    a = np.zeros(n)
    if c:
        return a
    return np.ones(n)


def stored_by_helper(x):
    a = np.zeros(3)
    put(a, 1, x * x)
    return a[1] * a[1]


def stored_by_helper_of_helper(x):
    a = np.zeros(3)
    put_twice(a, x)
    return a[0] * a[1]


def made_by_helper(x):
    a = zeros_of(3)
    a[0] = x * x
    return a[0] * x


def one_of_two_made_by_helper(x):
    a, b = zeros_and_ones(3)
    b[0] = x * x
    return b[0] * b[1] + a[0]


def made_on_two_paths_of_helper(x):
    a = zeros_or_ones(3, x > 0.0)
    b = zeros_or_ones(2, x < 0.0)
    a[0] = x
    return a[0] * b[0] * x


def swapped_buffers(x):
    u = np.zeros(4)
    v = np.ones(4)
    for _ in range(3):
        for i in range(4):
            v[i] = u[i] * x + v[i]
        u, v = v, u
    return u[1] * v[2]


def chosen_buffer(x):
    a = np.zeros(3)
    b = np.zeros(3)
    b[0] = 1.0
    c = a if x > 10.0 else b
    c[1] = x
    return c[0] * x + c[1] * x + b[1]


def views(x):
    a = np.zeros((2, 3))
    r = a.reshape(6)
    s = r[1:]
    t = a.T
    s[0] = x
    t[2, 1] = x * x
    return a[0, 1] * a[1, 2]


def floats_first(x):
    a = np.zeros(3, np.float64)
    a[0] = 1.0
    if x > 0.0:
        a[1] = x
    a[2] += a[1] * x
    return a[0] + a[1] + a[2]


def every_allocator(x):
    a = np.zeros(3, dtype=np.float64)
    b = 2.0 * np.ones(3)
    c = np.arange(3.0)
    d = np.array([1.0, 2.0, 3.0])
    e = np.eye(3)
    a[:] = x
    b[0] = x
    c[1] = x * x
    d[2] = x
    e[0, 0] = x
    return a[1] * b[0] * c[1] * d[2] * e[0, 0] * b[1] * e[1, 1]


def rows(x):
    a = np.zeros((3, 2))
    for row in a:
        row[:] = x
    return a[1, 1] * a[2, 0]


def tuple_of_buffers(x):
    buffers = (np.zeros(2), np.zeros(2))
    for i in range(2):
        buffers[i][0] = x * (i + 1)
    return buffers[0][0] * buffers[1][0]


def operators_and_outputs(x):
    a = np.zeros(2)
    a += np.ones(2) * x
    b = np.zeros(2)
    np.multiply(a, a, b)
    b.flat[0] = b[0] * x
    c = np.empty(2)
    c[:] = x
    return b[0] + b[1] * c[1]


def one_array_like_another(x):
    a = np.full(3, 2.0)
    b = np.zeros_like(a)
    b[0] = a[0] * x
    d = np.full_like(a, 3.0)
    d[1] = b[0] * x
    buffers = [np.zeros(2), np.ones(2)]
    buffers[1][0] = x
    return b[0] * d[1] * d[0] * buffers[1][0]


def made_in_a_loop(x):
    total = 0.0
    for k in range(3):
        a = np.zeros((2, 2))
        a[0, 1] = x * k
        total += a[0, 1] * a[0, 1]
    return total


def views_by_functions(x):
    a = np.zeros((2, 2))
    b = np.rot90(a)
    b[0, 0] = x  # a[0, 1]
    c = np.split(a, 2)[1]
    c[0, 0] = x * x
    return a[0, 1] * a[1, 0]


def copies(x):
    a = np.zeros(3)
    b = a.copy()
    c = a[::-1]
    c[0] = x
    b[1] = x
    return a[2] * b[1] * x


#: The polynomial that each function computes, by its coefficients.
CASES = [
    (stored_by_helper, [0, 0, 0, 0, 1]),
    (stored_by_helper_of_helper, [0, 0, 2]),
    (made_by_helper, [0, 0, 0, 1]),
    (one_of_two_made_by_helper, [0, 0, 1]),
    (made_on_two_paths_of_helper, [0, 0, 1]),
    (swapped_buffers, [0, 1, 0, 1]),
    (chosen_buffer, [0, 2, 1]),
    (views, [0, 0, 0, 1]),
    (floats_first, [1, 1, 1]),
    (every_allocator, [0, 0, 0, 0, 0, 0, 2]),
    (rows, [0, 0, 1]),
    (tuple_of_buffers, [0, 0, 2]),
    (operators_and_outputs, [0, 0, 0, 2]),
    (one_array_like_another, [0, 0, 0, 0, 12]),
    (made_in_a_loop, [0, 0, 5]),
    (views_by_functions, [0, 0, 0, 1]),
    (copies, [0, 0, 0, 1]),
]


def expected(coefficients, order, at=0.75):
    shifted = Polynomial(coefficients)(Polynomial([at, 1.0])).coef
    return np.pad(shifted, (0, order + 1))[: order + 1]


@pytest.mark.parametrize("function, coefficients", CASES, ids=lambda v: getattr(v, "__name__", ""))
def test_series(function, coefficients):
    assert function(0.75) == pytest.approx(expected(coefficients, 0)[0], rel=1e-14)
    series = ta.taylor(njit(function), 3)(0.75)
    np.testing.assert_allclose(series, expected(coefficients, 3), rtol=1e-14)


@pytest.mark.parametrize("function", [stored_by_helper_of_helper, made_by_helper, swapped_buffers])
def test_nested(function):
    coefficients = dict(CASES)[function]
    second = ta.derivative(ta.derivative(njit(function)))(0.75)
    assert second == pytest.approx(2 * expected(coefficients, 2)[2], rel=1e-14)


def integers(x):
    a = np.zeros(3, np.int64)
    a[0] = x
    return a[0] * 1.0


def integers_of_a_list(x):
    a = np.array([1, 2])
    a[0] = x
    return a[0] * 1.0


def integers_in_place(x):
    a = np.zeros(2, np.int64)
    a += x
    return a[0] * 1.0


@pytest.mark.parametrize("function", [integers, integers_of_a_list, integers_in_place])
def test_integer_arrays_are_refused(function):
    with pytest.raises(ta.UnsupportedError) as refused:
        ta.taylor(njit(function), 2)(0.75)
    message = str(refused.value)
    line = function.__code__.co_firstlineno + 2
    assert f'{__file__}", line {line}' in message
    assert "int64" in message and "make it an array of floats" in message


def into_argument(x, work):
    work[0] = x
    return work[0] * x


def into_argument_by_helper(x, work):
    put(work, 0, x)
    return work[0] * x


@pytest.mark.parametrize("function", [into_argument, into_argument_by_helper])
def test_plain_arguments_are_refused(function):
    with pytest.raises(ta.UnsupportedError, match=r"line \d+: .* in its argument '\w+'") as refused:
        ta.taylor(njit(function), 2)(0.75, np.zeros(2))
    assert "allocate the array inside" in str(refused.value)
    assert "Failed in nopython" not in str(refused.value)


def test_differentiated_argument_may_be_stored_into():
    def f(x, work):
        put(work, 0, x * work[1])
        return work[0] * x

    jvp = ta.jvp(njit(f), argnums=(0, 1))
    value, tangent = jvp(0.75, np.array([0.0, 2.0]), (1.0, np.zeros(2)))
    assert value == pytest.approx(2 * 0.75**2)
    assert tangent == pytest.approx(4 * 0.75)


def test_plain_function_with_jets_is_refused():
    """A user's own njit function, compiled without the passes of a twin."""

    @njit
    def plain(a, x):
        a[0] = x
        return a[0]

    for store in (float64[::1], types.int64[::1]):
        with pytest.raises(ta.UnsupportedError, match=r"np\.zeros\(n, dtype=x\.dtype\)") as refused:
            plain.compile((store, JetType(2)))
        assert "a[0] = x" in str(refused.value)
