"""Values and shapes of the forward transforms."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
import pytest
from numba import njit

import taylorad as ta


@njit
def vector(x):
    y = np.zeros_like(x)
    y[0] = x[0] * x[1] * x[1]
    y[1] = np.sin(x[2]) * x[0]
    y[2] = x[2] / x[1]
    return y


@njit
def scalar(x, p=2.0):
    s = 0.0
    for i in range(x.size):
        s += p * x[i] * x[i] * x[i] * x[(i + 1) % x.size]
    return s


@njit
def of_numbers(x, y):
    return np.exp(x) * y * y * y


X = np.array([0.7, 1.3, -0.4])


def vector_jacobian(x):
    return np.array(
        [
            [x[1] ** 2, 2 * x[0] * x[1], 0],
            [math.sin(x[2]), 0, x[0] * math.cos(x[2])],
            [0, -x[2] / x[1] ** 2, 1 / x[1]],
        ]
    )


def quartic_tensors(x, p, order=4):
    """Derivatives of ``p sum x_i^3 x_{i+1}``, entry by entry from its monomials."""
    n = x.size
    tensors = []
    for k in range(1, order + 1):
        tensor = np.zeros((n,) * k)
        for entry in itertools.product(range(n), repeat=k):
            for i in range(n):
                powers = {i: 3}
                powers[(i + 1) % n] = powers.get((i + 1) % n, 0) + 1
                term = p
                for v in range(n):
                    m, d = powers.get(v, 0), entry.count(v)
                    term *= math.perm(m, d) * x[v] ** (m - d) if d <= m else 0.0
                tensor[entry] += term
        tensors.append(tensor)
    return tensors


def test_taylor_is_normalised_and_starts_with_the_value():
    c = ta.taylor(of_numbers, 6)(0.3, 2.0)
    assert c.shape == (7,)
    assert c[0] == of_numbers(0.3, 2.0)
    expected = [8 * math.exp(0.3) / math.factorial(k) for k in range(7)]
    np.testing.assert_allclose(c, expected, rtol=4e-16)


def test_taylor_of_an_array_and_of_a_tuple():
    def f(x):
        y = np.zeros((2, 3), dtype=np.float64)
        y[0, 0] = x
        y[1, 2] = x * x
        return y, x * x * x, 4

    array, number, constant = ta.taylor(f, 2)(2.0)
    assert array.shape == (3, 2, 3)
    np.testing.assert_array_equal(array[:, 0, 0], [2, 1, 0])
    np.testing.assert_array_equal(array[:, 1, 2], [4, 4, 1])
    np.testing.assert_array_equal(number, [8, 12, 6])
    np.testing.assert_array_equal(constant, [4, 0, 0])


def test_derivative_of_each_order():
    for n in range(4):
        assert ta.derivative(of_numbers, n)(0.3, 2.0) == pytest.approx(8 * math.exp(0.3), rel=4e-16)
    assert ta.derivative(of_numbers, 2, argnums=1)(0.0, 2.0) == 12.0
    assert ta.derivative(of_numbers, 4, argnums=-1)(0.0, 2.0) == 0.0


def test_directional_and_jvp_agree_with_the_jacobian():
    v = np.array([1.0, -2.0, 0.5])
    c = ta.directional(vector, 1)(X, v)
    value, tangent = ta.jvp(vector)(X, v)
    np.testing.assert_array_equal(c, [value, tangent])
    np.testing.assert_array_equal(value, vector(X))
    np.testing.assert_allclose(tangent, vector_jacobian(X) @ v, rtol=1e-15)


def test_jet_pushes_series():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(2, 5))
    c = ta.jet(lambda x, y: x * y, 4)(a, b)
    np.testing.assert_allclose(c, np.convolve(a, b)[:5], rtol=1e-14)


def test_jet_of_arrays_and_counts():
    def f(x, n, p=3.0):
        y = x * p
        for _ in range(n):
            y = y * x
        return y

    x = np.zeros((3, 2))
    x[0], x[1] = (1.0, 2.0), 1.0
    np.testing.assert_array_equal(ta.jet(f, 2)(x, 1), [[3, 12], [6, 12], [3, 3]])


@pytest.mark.parametrize("mode", ["auto", "forward"])
def test_jacobian(mode):
    J = ta.jacobian(vector, mode=mode)(X)
    assert J.dtype == np.float64 and J.flags.c_contiguous and J.flags.writeable
    np.testing.assert_allclose(J, vector_jacobian(X), rtol=1e-15, atol=0)


def test_jacobian_fills_more_inputs_than_lanes():
    x = np.linspace(0.5, 2, 19)
    (expected,) = quartic_tensors(x, 2.0, 1)
    np.testing.assert_allclose(ta.jacobian(scalar)(x), expected, rtol=1e-14)


def test_jacobian_of_any_rank():
    @njit
    def f(x):
        y = np.zeros((2, 2), dtype=x.dtype)
        for i in range(2):
            for j in range(2):
                y[i, j] = x[j, i, 0] * x[0, 0, 2]
        return y

    x = np.arange(12.0).reshape(2, 2, 3)
    J = ta.jacobian(f)(x)
    assert J.shape == (2, 2, 2, 2, 3)
    for i, j in itertools.product(range(2), repeat=2):
        expected = np.zeros((2, 2, 3))
        expected[j, i, 0] += x[0, 0, 2]
        expected[0, 0, 2] += x[j, i, 0]
        np.testing.assert_array_equal(J[i, j], expected)


def test_strided_and_fortran_arguments():
    wide = np.repeat(X, 2)[::2]
    assert not wide.flags.c_contiguous
    np.testing.assert_array_equal(ta.jacobian(vector)(wide), ta.jacobian(vector)(X))

    @njit
    def f(x):
        return x[0, 1] * x[1, 0] * x[1, 0]

    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    for same in (x, np.asfortranarray(x), x[::1]):
        np.testing.assert_array_equal(ta.jacobian(f)(same), [[0, 9], [12, 0]])


def test_layouts_that_are_read_only():
    @njit
    def f(x):
        return x * x

    x = X.copy()
    x.flags.writeable = False
    for same in (x, X[::-1][::-1], np.broadcast_to(X, (1, 3))[0]):
        np.testing.assert_array_equal(ta.jacobian(f)(same), np.diag(2 * X))
        np.testing.assert_array_equal(ta.jvp(f)(same, same)[1], 2 * X * X)


def test_arrays_without_dimensions():
    x = np.array(3.0)

    def f(x):
        return x * x * x

    assert ta.jacobian(f)(x) == 27.0 and ta.hessian(f)(x) == 18.0
    assert ta.derivatives(f, 2)(x) == (27.0, 27.0, 18.0)


def test_the_argument_is_left_alone():
    @njit
    def f(x):
        x[0] = x[0] * x[1]
        x[1] = 3.0
        return x

    x = np.array([2.0, 5.0])
    np.testing.assert_array_equal(ta.jacobian(f)(x), [[5, 2], [0, 0]])
    np.testing.assert_array_equal(x, [2, 5])


def test_hessian_is_symmetric_and_right():
    x = np.linspace(0.5, 2, 19)
    H = ta.hessian(scalar)(x, 1.5)
    _, expected = quartic_tensors(x, 1.5, 2)
    np.testing.assert_array_equal(H, H.T)
    np.testing.assert_allclose(H, expected, rtol=1e-14)


def test_hessian_of_a_vector():
    H = ta.hessian(vector)(X)
    assert H.shape == (3, 3, 3)
    np.testing.assert_array_equal(H, H.transpose(0, 2, 1))
    x = X
    np.testing.assert_allclose(H[0], [[0, 2 * x[1], 0], [2 * x[1], 2 * x[0], 0], [0, 0, 0]])
    np.testing.assert_allclose(H[2, 1], [0, 2 * x[2] / x[1] ** 3, -1 / x[1] ** 2], rtol=1e-15)


def test_numbers_in_give_shape_out():
    assert isinstance(ta.jacobian(of_numbers)(0.0, 2.0), float)
    assert ta.jacobian(of_numbers)(0.0, 2.0) == 8.0
    assert ta.hessian(of_numbers, argnums=1)(0.0, 2.0) == 12.0
    J, H = ta.jacobian(of_numbers, argnums=(1, 0)), ta.hessian(of_numbers, argnums=(0, 1))
    assert J(0.0, 2.0) == (12.0, 8.0)
    assert H(0.0, 2.0) == ((8.0, 12.0), (12.0, 12.0))


def mixed(a, x, b):
    return a * a * b * x[0] * x[1], x * b


def test_several_arguments_and_results_give_tuples():
    a, x, b = 2.0, np.array([3.0, 5.0]), 7.0
    of_number, of_array = ta.jacobian(mixed, argnums=(0, 1))(a, x, b)
    assert of_number[0] == 2 * a * b * 15
    np.testing.assert_array_equal(of_number[1], [a * a * b * 5, a * a * b * 3])
    np.testing.assert_array_equal(of_array[0], [0, 0])
    np.testing.assert_array_equal(of_array[1], 7 * np.eye(2))
    (aa, ax), (xa, xx) = ta.hessian(mixed, argnums=(0, 1))(a, x, b)[0]
    assert aa == 2 * b * 15
    np.testing.assert_array_equal(ax, [2 * a * b * 5, 2 * a * b * 3])
    np.testing.assert_array_equal(xa, ax)
    np.testing.assert_array_equal(xx, [[0, a * a * b], [a * a * b, 0]])


class Point(NamedTuple):
    x: float
    w: np.ndarray


def test_named_tuples_are_differentiated():
    def f(p):
        return p.x * p.x * p.w[1]

    p, v = Point(3.0, np.array([1.0, 4.0])), Point(1.0, np.array([0.0, 10.0]))
    assert ta.jvp(f)(p, v) == (36.0, 24.0 + 90.0)
    of_x, of_w = ta.jacobian(f)(p)
    assert of_x == 24.0
    np.testing.assert_array_equal(of_w, [0, 9])


@pytest.mark.parametrize("order", [0, 1, 2, 3, 4])
def test_derivatives(order):
    x = np.array([0.5, -1.25, 2.0])
    value, *tensors = ta.derivatives(scalar, order)(x)
    assert value == scalar(x)
    for tensor, expected in zip(tensors, quartic_tensors(x, 2.0), strict=False):
        np.testing.assert_allclose(tensor, expected, rtol=1e-14, atol=0)
        for axes in itertools.permutations(range(tensor.ndim)):
            np.testing.assert_array_equal(tensor, tensor.transpose(axes))
    assert len(tensors) == order


@pytest.mark.parametrize(("order", "n"), [(2, 11), (3, 11), (4, 5)])
def test_derivatives_fill_more_inputs_than_lanes(order, n):
    x = np.linspace(-1.0, 2.0, n)
    _, *tensors = ta.derivatives(scalar, order)(x)
    for tensor, expected in zip(tensors, quartic_tensors(x, 2.0), strict=False):
        np.testing.assert_allclose(tensor, expected, rtol=1e-14, atol=0)


def test_derivatives_of_order_five():
    def f(x):
        return x[0] * x[0] * x[1] * x[1] * x[2] + x[0]

    x = np.array([2.0, 3.0, 5.0])
    value, D1, D2, D3, D4, D5 = ta.derivatives(f, 5)(x)
    assert value == 182.0 and D2[0, 0] == 90.0 and D3[1, 1, 2] == 8.0 and D4[0, 0, 1, 1] == 20.0
    np.testing.assert_array_equal(D1, [181.0, 120.0, 36.0])
    expected = np.zeros((3,) * 5)
    for entry in itertools.permutations((0, 0, 1, 1, 2)):
        expected[entry] = 4.0
    np.testing.assert_array_equal(D5, expected)


def test_derivatives_of_results_and_arguments_of_many_shapes():
    def f(a, w):
        return w * w * a, (a * a * w[1, 0], w[0, 1])

    w = np.array([[1.0, 2.0], [3.0, 4.0]])
    value, _D1, _D2, D3 = ta.derivatives(f, 3, argnums=(0, 1))(5.0, w)
    np.testing.assert_array_equal(value[0], w * w * 5.0)
    assert value[1] == (75.0, 2.0)
    of_array, (of_number, of_item) = D3
    assert of_number[0][0][0] == 0.0 and of_item[0][0][1].shape == (2, 2)
    np.testing.assert_array_equal(of_number[0][0][1], [[0, 0], [2, 0]])
    np.testing.assert_array_equal(of_number[1][0][0], [[0, 0], [2, 0]])
    assert of_array[1][1][0].shape == of_array[0][1][1].shape == (2,) * 6
    np.testing.assert_array_equal(of_array[1][1][0], of_array[0][1][1])
    np.testing.assert_array_equal(
        of_array[0][1][1].sum(axis=(4, 5)), 2 * np.eye(4).reshape((2,) * 4)
    )


def test_derivatives_of_a_number_and_of_an_array_by_one_object():
    def f(x):
        return np.exp(x) * x

    g = ta.derivatives(f, 4)

    @njit
    def both(t, x):
        return g(t)[4], g(x)[4]

    of_number, of_array = both(0.0, np.zeros(1))
    assert of_number == 4.0 and of_array.shape == (1, 1, 1, 1, 1) and of_array.item() == 4.0
    assert g(0.0)[3] == 3.0 and g(np.zeros(2))[1].shape == (2, 2)


def test_derivatives_keep_small_entries_beside_large_ones():
    def f(x):
        return 1e20 * x[0] * x[0] * x[0] + x[0] * x[1] * x[1]

    D3 = ta.derivatives(f, 3)(np.array([1.0, 1.0]))[3]
    assert D3[0, 0, 0] == 6e20 and D3[0, 1, 1] == D3[1, 0, 1] == D3[1, 1, 0] == 2.0
    assert D3[0, 0, 1] == D3[1, 1, 1] == 0.0


def test_derivatives_of_a_number():
    values = ta.derivatives(of_numbers, 5, argnums=1)(0.0, 2.0)
    assert values == (8.0, 12.0, 12.0, 6.0, 0.0, 0.0)


def test_derivatives_by_several_arguments():
    value, D1, D2 = ta.derivatives(of_numbers, 2, argnums=(0, 1))(0.0, 2.0)
    assert (value, D1, D2) == (8.0, (8.0, 12.0), ((8.0, 12.0), (12.0, 12.0)))


def test_partial():
    x = np.array([0.5, -1.25, 2.0])
    tensors = quartic_tensors(x, 2.0)
    for index in [(1, 0, 0), (2, 1, 0), (0, 0, 2), (3, 1, 0), (1, 0, 3)]:
        entry = tuple(v for v, m in enumerate(index) for _ in range(m))
        expected = tensors[len(entry) - 1][entry]
        assert ta.partial(scalar, index)(x) == pytest.approx(expected, rel=1e-14)
    assert ta.partial(scalar, (0, 0, 0))(x) == scalar(x)
    assert ta.partial(of_numbers, 3)(0.0, 2.0) == 8.0
    assert ta.partial(of_numbers, (4, 2), argnums=(0, 1))(0.0, 2.0) == 12.0


def test_empty_arguments():
    x = X[:0]
    assert ta.jacobian(scalar)(x).shape == (0,)
    assert ta.hessian(scalar)(x).shape == (0, 0)
    value, D1, D2, D3 = ta.derivatives(scalar, 3)(x)
    assert value == 0.0 and (D1.shape, D2.shape, D3.shape) == ((0,), (0, 0), (0, 0, 0))
    c = ta.directional(scalar, 2)(x, x)
    np.testing.assert_array_equal(c, [0, 0, 0])


def test_results_that_do_not_depend_on_the_argument():
    def f(x):
        return np.ones(2), 3, x.size > 1

    for part, shape in zip(ta.jacobian(f)(X), [(2, 3), (3,), (3,)], strict=True):
        assert part.dtype == np.float64
        np.testing.assert_array_equal(part, np.zeros(shape))
    np.testing.assert_array_equal(ta.hessian(f)(X)[0], np.zeros((2, 3, 3)))


def test_float32_is_promoted():
    x = X.astype(np.float32)
    J = ta.jacobian(vector)(x)
    assert J.dtype == np.float64
    np.testing.assert_allclose(J, vector_jacobian(x.astype(float)), rtol=1e-15)
    assert ta.taylor(of_numbers, 2)(np.float32(0.5), np.float32(2)).dtype == np.float64


def test_complex_functions_of_complex_variables():
    def f(z):
        return np.exp(1j * z) * z

    z = 0.3 + 0.4j
    c = ta.taylor(f, 2)(z)
    assert c.dtype == np.complex128
    e = np.exp(1j * z)
    np.testing.assert_allclose(c, [e * z, e * (1 + 1j * z), e * (1j - z / 2)], rtol=4e-16)
    np.testing.assert_allclose(ta.derivative(f)(0.5), np.exp(0.5j) * (1 + 0.5j), rtol=4e-16)
    J = ta.jacobian(lambda z: z * z)(np.array([z, 2 * z]))
    assert J.dtype == np.complex128
    np.testing.assert_allclose(J, np.diag([2 * z, 4 * z]), rtol=4e-16)
    H = ta.hessian(lambda z: z[0] * z[0] * z[1])(np.array([z, 1j]))
    np.testing.assert_allclose(H, [[2j, 2 * z], [2 * z, 0]], rtol=4e-16)


def test_functions_that_write_to_their_arguments_are_called_with_copies_each_time():
    """What the first of several calls leaves behind is not what the next one begins with."""

    @njit
    def counting(x, pair):
        pair[0][0] += 1.0
        x[0] *= 3.0
        return x * x * pair[0][0]

    given, pair = np.arange(1.0, 12.0), (np.zeros(1), 2)
    x = given.copy()
    expected = np.diag(2 * given)
    expected[0, 0] *= 9
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(ta.jacobian(counting, mode=mode)(x, pair), expected)
    second = ta.hessian(counting)(x, pair)
    assert second[0, 0, 0] == 18.0 and np.all(second[range(1, 11), range(1, 11), range(1, 11)] == 2)
    assert np.array_equal(x, given) and pair[0][0] == 0.0
