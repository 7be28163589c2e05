"""Arrays of jets in compiled code, against exact differences of the same code uncompiled."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from numba import njit

import taylorad as ta

RNG = np.random.default_rng(7)
X = RNG.uniform(0.5, 1.5, size=4)
V = RNG.normal(size=4)
A = RNG.normal(size=(4, 4)) + 3.0 * np.eye(4)


def exact(function, x, v, a, order=2):
    """Coefficients of ``t -> f(x + t v)`` by central differences with 80 digits.

    The function runs uncompiled on object arrays of mpmath numbers.
    """
    with mpmath.workdps(80):
        h = mpmath.mpf(10) ** -20
        big = np.vectorize(mpmath.mpf, otypes=[object])

        def at(t):
            return function(big(x) + t * big(v), a)

        plus, middle, minus = at(h), at(0), at(-h)
        rows = [middle, (plus - minus) / (2 * h), (plus - 2 * middle + minus) / (2 * h * h)]
        return np.array([np.array(row, dtype=float) for row in rows[: order + 1]])


def elementwise(x, a):
    """Operators, broadcasting, strides, numbers with arrays, operations in place."""
    m = a * x[0] - x  # plain matrix, number, row
    column = x.reshape(4, 1)
    m += column * x
    m *= 0.5
    m[1:, ::2] -= a[:3, 1:3]
    w = x[::-1] / (2.0 + x)
    w **= 2
    y = -m.T * a
    y[0] = np.square(x[0])
    y[:, 1] = np.minimum(x, 1.0)
    y[2, :2] = x[1] * np.ones(2)
    np.multiply(w, x, w)
    masked = np.where(x > 1.0, x * x, 2.0)
    masked[x < 0.7] = x[0]
    chosen = x[(x > 0.0) & (a[0] < 9.0)]
    return np.concatenate((y.ravel(), w, masked, chosen, m.flatten()))


def construction(x, a):
    """Making arrays, views of them, walks over them."""
    p = np.array([x[0], x[1] * x[2], x[3]])
    q = np.array([[x[0], x[1]], [x[2], x[3] * x[0]]])
    r = np.zeros_like(x)
    r[1:3] = x[:2] * x[0]
    r[0] += x[3]
    s = np.full_like(x, x[1])
    t = np.empty((2, 3), x.dtype)
    t[:] = x[2]
    t[1, 1:] = x[:2]
    total = x[0] - x[0]
    for i, row in enumerate(q):
        for value, weight in zip(row, a[i]):  # noqa: B905 (Numba)
            total += value * weight
    for (i, j), value in np.ndenumerate(t):
        total += value * (i + 2 * j)
    for index in np.ndindex(2, 2):
        total = total * q[index]
    u = x.copy().reshape((2, 2)).T
    return np.concatenate(
        (p, q.ravel(), r, s, t.T.flatten(), u.ravel(), x[np.array([2, 0, 2])], np.array([total]))
    )


def reductions(x, a):
    """Sums, products, moments, extremes and order."""
    m = a * x
    numbers = np.array(
        [
            np.sum(m),
            x[::2].sum(),
            m.T.sum(),
            np.prod(x),
            m.mean(),
            x.var(),
            np.min(m),
            m.max(),
            x[x.argmax()] * np.argmin(m),
            np.trace(m),
            sum(x),
        ]
    )
    return np.concatenate(
        (
            numbers,
            np.sum(m, axis=0),
            np.cumsum(x),
            np.cumprod(x),
            np.diff(x),
            np.sort(x),
            x[np.argsort(-x)],
        )
    )


def products(x, a):
    """Vectors and matrices, jets on one side or on both; joining and splitting."""
    m = np.outer(x, x) + a
    numbers = np.array([np.dot(x, x), x @ a[1], a[2] @ x, np.vdot(x, x)])
    both = np.stack((x, m @ x))
    return np.concatenate(
        (
            numbers,
            a @ x,
            x @ m.T,
            x @ a,
            (a @ m).ravel(),
            (m @ m[:, :2]).ravel(),
            both.T.ravel(),
            np.hstack((x, x * x)),
            np.vstack((x, a[0])).ravel(),
            np.column_stack((x, x)).ravel(),
            np.append(x, x[:2]),
            np.cross(x[:3], a[0, :3]),
            np.diag(m),
            np.triu(m, 1).ravel(),
            np.tril(m).ravel(),
            np.flip(x),
            np.roll(x, 1),
            np.kron(m, a[:1]).ravel(),
        )
    )


@pytest.mark.parametrize("function", [elementwise, construction, reductions, products])
def test_against_exact_differences(function):
    series = ta.directional(njit(function), 2)(X, V, A)
    np.testing.assert_allclose(series[0], function(X, A), rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(series, exact(function, X, V, A), rtol=1e-12, atol=1e-13)


@njit
def mixture(x, a):
    """A number from a bit of everything that is analytic."""
    y = (a * x[0]) @ x
    w = np.zeros(x.size, a.dtype)
    w[0] = x[0]
    w[1:] += y[1:]
    c = np.concatenate((w, np.exp(-x) / (2.0 + y)))
    c *= 0.5
    q = np.array([x[0], y[1] * x[2], x[1]])
    z = a.T @ x
    return np.sum(np.cumsum(c)[::2]) + np.prod(q) + np.dot(z, w) + np.sum(x[::-1] * c[: x.size])


def test_kinds_of_jets():
    """Packed high orders, lanes, nested lanes and complex numbers say the same."""
    x, v, a = X[:3], V[:3], A[:3, :3]
    low = ta.directional(mixture, 3)(x, v, a)
    packed = ta.directional(mixture, 16)(x, v, a)
    np.testing.assert_allclose(packed[:4], low, rtol=1e-12)
    gradient = ta.jacobian(mixture)(x, a)
    assert gradient @ v == pytest.approx(low[1], rel=1e-12)
    hessian = ta.hessian(mixture)(x, a)
    assert v @ hessian @ v == pytest.approx(2 * low[2], rel=1e-12)
    complex_series = ta.directional(mixture, 3)(x + 0j, 1j * v, a + 0j)
    np.testing.assert_allclose(complex_series, low * 1j ** np.arange(4), rtol=1e-12, atol=1e-12)


def test_nested_in_compiled_code():
    """A derivative of array code inside array code: no confusion of perturbations."""

    @njit
    def f(x):
        return np.sum(x * x * x[::-1])

    inner = ta.jvp(f)

    @njit
    def g(x):
        w = np.zeros(x.size)
        w[:] = 2.0 * x  # plain memory for the outer differentiation's numbers
        return inner(x, w)[1] + np.sum(w)

    x, v = X[:3], V[:3]
    value, slope = ta.jvp(g)(x, v)
    # f is homogeneous of degree 3: the inner derivative along 2 x is 6 f
    assert value == pytest.approx(6 * f(x) + 2 * x.sum(), rel=1e-14)
    assert slope == pytest.approx(6 * ta.jvp(f)(x, v)[1] + 2 * v.sum(), rel=1e-14)


def test_empty_and_single():
    @njit
    def f(x):
        y = x[x > 10.0]  # empty
        z = x[:1] * 2.0
        return np.sum(y) + np.prod(y) + np.sum(y * y + y) + z @ z + np.cumsum(y).size

    series = ta.directional(f, 2)(X, V)
    np.testing.assert_allclose(series, [1 + 4 * X[0] ** 2, 8 * X[0] * V[0], 4 * V[0] ** 2])

    @njit
    def smallest(x):
        return np.min(x[x > 10.0])

    with pytest.raises(ValueError, match="zero-size array"):
        ta.jvp(smallest)(X, V)

    @njit
    def mean(x):
        return np.mean(x[x > 10.0])

    assert np.isnan(ta.jvp(mean)(X, V)[0])


def test_shapes_that_do_not_fit():
    @njit
    def f(x):
        return np.sum(x[:2] + x[:3])

    with pytest.raises(ValueError, match="broadcast"):
        ta.jvp(f)(X, V)

    @njit
    def g(x):
        return x[:2] @ x[:3]

    with pytest.raises(ValueError, match="incompatible array sizes"):
        ta.jvp(g)(X, V)


def test_new_primitives_have_an_array_form():
    from taylorad.primitives.registry import primitive

    def cube(x):
        return x * x * x

    compiled = njit(cube)
    primitive("cube of the array tests", (compiled,), partials=(lambda x: 3.0 * x * x,))

    @njit
    def f(x):
        return np.sum(compiled(x))

    assert ta.jvp(f)(X, V)[1] == pytest.approx(np.sum(3 * X**2 * V))


@njit
def sums_over_axes(x):
    m = np.ones((2, 3, 4))
    m[0, :2, 1] += x
    return np.sum(m, axis=0), np.sum(m, axis=1), np.sum(m, axis=2), np.sum(m[1], axis=1)


def test_sums_over_each_axis_of_an_oblong_array():
    values = sums_over_axes(1.5)
    steps = sums_over_axes(2.5)
    for found, value, step in zip(ta.taylor(sums_over_axes, 2)(1.5), values, steps, strict=True):
        np.testing.assert_array_equal(found, [value, step - value, 0 * value])
