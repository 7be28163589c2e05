"""Reverse mode in reverse mode, in forward mode, and around it: against forward mode alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit

import taylorad as ta

X, V = np.array([0.3, 0.5, 0.7]), np.array([1.0, 2.0, -1.0])


@njit
def chain(x, p):
    s = 0.0
    for i in range(x.size):
        s += np.sin(x[i] * p) * x[(i + 1) % x.size]
    return s


@njit
def wave(t, a):
    return np.exp(t * a) + t * t


def close(actual, expected, rtol=1e-13):
    """The same numbers, shapes and tuples; errors in units of the largest entry."""
    assert isinstance(actual, tuple) == isinstance(expected, tuple)
    if isinstance(expected, tuple):
        assert len(actual) == len(expected)
        for a, e in zip(actual, expected, strict=True):
            close(a, e, rtol)
        return
    assert np.shape(actual) == np.shape(expected)
    scale = np.max(np.abs(expected), initial=1e-300)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=rtol * scale)


# -- transforms of gradients ---------------------------------------------------------------

gradient = ta.grad(chain)
by_forward = ta.jacobian(chain, "forward")


def test_forward_transforms_of_a_gradient():
    H = ta.jacobian(by_forward, "forward")(X, 1.3)
    close(ta.jacobian(gradient, "forward")(X, 1.3), H)
    close(ta.jvp(gradient)(X, V, 1.3)[1], H @ V)
    close(ta.hvp(chain)(X, V, 1.3), H @ V)
    series = ta.directional(by_forward, 3)(X, V, 1.3)
    close(ta.directional(gradient, 3)(X, V, 1.3), series)
    close(ta.taylor_grad(chain, 3)(X, V, 1.3), series)
    close(ta.derivative(gradient, 2, argnums=1)(X, 1.3), ta.derivative(by_forward, 2, 1)(X, 1.3))
    close(ta.taylor(gradient, 2, argnums=1)(X, 1.3), ta.taylor(by_forward, 2, 1)(X, 1.3))


def test_reverse_transforms_of_a_gradient():
    H = ta.jacobian(by_forward, "forward")(X, 1.3)
    close(ta.vjp(gradient)(X, V, 1.3)[1], H @ V)
    close(ta.jacobian(gradient, "reverse")(X, 1.3), H)
    third = ta.jacobian(ta.jacobian(by_forward, "forward"), "forward")(X, 1.3)
    close(ta.hessian(gradient)(X, 1.3), third)


def test_gradients_of_gradients_of_numbers():
    second = ta.grad(ta.grad(wave))
    assert second(0.3, 1.1) == pytest.approx(ta.derivative(wave, 2)(0.3, 1.1), rel=1e-15)
    third = ta.grad(second)
    assert third(0.3, 1.1) == pytest.approx(ta.derivative(wave, 3)(0.3, 1.1), rel=1e-14)
    mixed = ta.grad(ta.grad(wave, 1))
    forward = ta.derivative(ta.derivative(wave, 1, 1))
    assert mixed(0.3, 1.1) == pytest.approx(forward(0.3, 1.1), rel=1e-15)
    assert ta.grad(lambda t: ta_grad_cubic(t) * t)(2.0) == 36.0


ta_grad_cubic = ta.grad(lambda t: t**3)

# -- derivatives called in the function ----------------------------------------------------

value_and_gradient, tangent = ta.value_and_grad(chain), ta.jvp(chain)
curvature, matrix, line = ta.hvp(chain), ta.hessian(chain), ta.directional(chain, 3)
series_of_gradient, mixed = ta.taylor_grad(chain, 2), ta.partial(chain, (1, 0, 2))
product_of_gradient, rows = ta.vjp(gradient), ta.jacobian(gradient, "reverse")
everything, tensors = ta.value_grad_hessian(chain), ta.derivatives(wave, 2)
second, taylor, jet = ta.derivative(wave, 2), ta.taylor(wave, 3), ta.jet(wave, 2)


def calls_grad(x, p):
    q = gradient(x * p, p=p)
    return q[0] * q[1] + q[2]


def calls_value_and_grad(x, p):
    v, q = value_and_gradient(x, p * x[0])
    return v * q[0]


def calls_jvp(x, p):
    v, q = tangent(x, x * p, p * x[1])
    return v * q


def calls_hvp(x, p):
    q = curvature(x * x, x * p, p * x[1])
    return q[0] * q[2]


def calls_hessian(x, p):
    H = matrix(x * x, p * x[1])
    return H[0, 1] * H[2, 2] + H[1, 0]


def calls_directional(x, p):
    c = line(x * x, x * p, p * x[1])
    return c[0] * c[2] + c[3] * c[1]


def calls_taylor_grad(x, p):
    c = series_of_gradient(x * x, x * p, p * x[1])
    return c[0, 1] * c[2, 0] + c[1, 2]


def calls_partial(x, p):
    return mixed(x * x, p * x[1]) * x[2]


def calls_vjp(x, p):
    y, g = product_of_gradient(x * x, x * p, p * x[1])
    return y[0] * g[2] + g[1]


def calls_jacobian(x, p):
    H = rows(x * x, p * x[1])
    return H[0, 1] * H[2, 2] + H[1, 0]


def calls_value_grad_hessian(x, p):
    v, g, H = everything(x * x, p * x[1])
    return v * g[0] * H[1, 2]


def calls_derivative(x, p):
    return second(x[0] * x[1], x[2]) * p


def calls_taylor_and_derivatives(x, p):
    c = taylor(x[0] * x[1], x[2])
    v, d, dd = tensors(x[1], p)
    return c[0] * c[3] + c[1] * p + v * d * dd


def calls_jet(x, p):
    c = jet(x, x * x * p)
    return c[0] * c[1] + c[2]


CALLING = [
    calls_grad, calls_value_and_grad, calls_jvp, calls_hvp, calls_hessian, calls_directional,
    calls_taylor_grad, calls_partial, calls_vjp, calls_jacobian, calls_value_grad_hessian,
    calls_derivative, calls_taylor_and_derivatives, calls_jet,
]  # fmt: skip


@pytest.mark.parametrize("f", CALLING, ids=lambda f: f.__name__)
def test_gradients_of_functions_that_call_derivatives(f):
    both = ta.grad(f, argnums=(0, 1))(X, 1.3)
    close(both, ta.jacobian(f, "forward", argnums=(0, 1))(X, 1.3))


def test_second_derivatives_of_functions_that_call_derivatives():
    f = calls_grad
    H = ta.jacobian(ta.jacobian(f, "forward"), "forward")(X, 1.3)
    close(ta.hessian(f)(X, 1.3), H)
    assert "by_gradients" in ta.source(ta.hessian(f), X, 1.3)
    close(ta.vjp(ta.grad(f))(X, V, 1.3)[1], H @ V)


def test_the_text_names_the_derivatives_that_it_calls():
    text = ta.source(ta.grad(calls_grad), X, 1.3)
    assert "q = grad_chain(" in text and "product_grad_chain(" in text


def test_orders_beyond_what_a_series_keeps():
    along_nothing = ta.directional(chain, 0)

    def f(x, v):
        return along_nothing(x, v * x, 1.3)[0]

    close(ta.grad(f, (0, 1))(X, V), (gradient(X, 1.3), np.zeros(3)))


def test_results_that_are_not_used_and_arguments_that_do_not_matter():
    def f(x, p):
        v, _ = value_and_gradient(x, 2.0)
        _, dy = tangent(X, x, p)
        return v + dy

    close(ta.grad(f, (0, 1))(X, 1.3), ta.jacobian(f, "forward", argnums=(0, 1))(X, 1.3))


def test_several_arguments_and_tuples():
    def g(x, y, pair):
        return x[0] * y * pair[0] + x[1] * y * y * pair[1] ** 2

    several = ta.grad(g, argnums=(0, 2))

    def f(x, y, a):
        gx, gp = several(x, y, (a, x[1]))
        return gx[0] * gp[1] + gp[0] * y

    at = X[:2], 0.4, 1.7
    close(ta.grad(f, (0, 1, 2))(*at), ta.jacobian(f, "forward", argnums=(0, 1, 2))(*at))


def test_a_call_through_a_star():
    rest = ta.grad(lambda x, *more: x * x * more[0] * more[1])

    def f(x, p):
        return rest(x, 2.0, 3.0) * p

    assert ta.grad(f)(2.0, 5.0) == 60.0
    with pytest.raises(ta.UnsupportedError, match="name the parameter"):
        ta.grad(lambda x: rest(x, x, 3.0))(2.0)


# -- calls among stores, loops and branches ------------------------------------------------


def stores_into_the_argument(x, p):
    y, s = x.copy(), 0.0
    for k in range(3):
        q = gradient(y, p)
        y[k] = q[0] * 0.5 + y[k]
        s += q[1]
    return s + y[2]


def stores_into_the_result(x, p):
    x[0] = x[1] * p
    q = gradient(x, p)
    for i in range(3):
        q[i] *= x[i]
    x[1] = q[0]
    return gradient(x, p)[2] * q[1] * q[2]


def stores_into_rows(x, p):
    A = np.zeros((3, 3))
    for i in range(3):
        A[i] = gradient(x * A[i - 1, 0] + x, p)
        A[i, i] = x[i]
        q = gradient(A[i], p)
        A[i - 2, 0] += q[1]
    return A[0, 2] * A[2, 0] + A[1, 0]


def swaps(x, p):
    a, b = x.copy(), x * p
    for _ in range(3):
        c = gradient(a, p)
        a, b = b, c
    return a[0] * b[1]


def branches(x, p):
    s = p
    for k in range(5):
        q = gradient(x * s, p)
        if q[0] > 2.0:
            return q[1] * s
        if k % 2 == 0:
            s = s * 0.5 + q[0] * 0.1
        elif s > 0.2:
            v, q = value_and_gradient(x, s)
            s += v * q[2] * 0.1
    return s


def steps_until(x, p):
    t, n = x[0], 0
    while abs(t) > 0.1 and n < 5:
        t = t - 0.3 * second(t, p)
        n += 1
    return t * x[1]


@pytest.mark.parametrize(
    "f",
    [stores_into_the_argument, stores_into_the_result, stores_into_rows, swaps, branches,
     steps_until],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_calls_among_stores_loops_and_branches(f):
    both = ta.grad(f, argnums=(0, 1))(X, 1.3)
    close(both, ta.jacobian(f, "forward", argnums=(0, 1))(X, 1.3))


# -- solvers -------------------------------------------------------------------------------


@njit
def bowl(x, a):
    return (x[0] - a) ** 4 + (x[1] - a * x[0]) ** 2 + x[0] * x[1]


slope, bend = ta.grad(bowl), ta.hessian(bowl)


@njit
def descent(a, steps):
    x = np.full(2, 0.5)
    for _ in range(steps):
        g = slope(x, a)
        x = x - 0.1 * g
    return bowl(x, a)


@njit
def newton(a, steps):
    x = np.full(2, 0.5)
    for _ in range(steps):
        g, H = slope(x, a), bend(x, a)
        det = H[0, 0] * H[1, 1] - H[0, 1] * H[1, 0]
        dx = (H[1, 1] * g[0] - H[0, 1] * g[1]) / det
        dy = (H[0, 0] * g[1] - H[1, 0] * g[0]) / det
        x[0] -= dx
        x[1] -= dy
    return x[0] * x[1]


@pytest.mark.parametrize("solve", [descent, newton], ids=lambda f: f.py_func.__name__)
def test_solvers_that_call_gradients(solve):
    h = 1e-5
    by_difference = (solve(1.2 + h, 6) - solve(1.2 - h, 6)) / (2 * h)
    forward = ta.derivative(solve)(1.2, 6)
    assert forward == pytest.approx(by_difference, rel=1e-8)
    assert ta.grad(solve)(1.2, 6) == pytest.approx(forward, rel=1e-12)


def test_newton_on_a_number_to_second_order():
    @njit
    def f(t, a):
        return t**4 - a * t

    d1, d2 = ta.grad(f), ta.grad(ta.grad(f))

    @njit
    def solve(a):
        t = 1.0
        for _ in range(8):
            t -= d1(t, a) / d2(t, a)
        return t

    a = 2.0
    root = (a / 4) ** (1 / 3)
    assert ta.grad(solve)(a) == pytest.approx(root / (3 * a), rel=1e-12)
    assert ta.derivative(ta.grad(solve))(a) == pytest.approx(-2 * root / (9 * a * a), rel=1e-11)


def test_perturbations_of_levels_are_not_confused():
    inner = ta.grad(lambda y, x: x * y)

    @njit
    def f(x):
        return x * inner(2.0, x)

    assert ta.grad(f)(3.0) == 6.0
    assert ta.grad(ta.grad(f))(3.0) == 2.0
    assert ta.derivative(ta.grad(f))(3.0) == 2.0
    plus = ta.grad(lambda y, x: x + y)
    assert ta.grad(lambda x: x * plus(1.0, x))(1.0) == 1.0


def test_what_is_not_covered_is_refused():
    several = ta.jacobian(chain, argnums=(0, 1))
    with pytest.raises(ta.UnsupportedError, match="one by one"):
        ta.grad(lambda x: several(x, 1.3)[1])(X)
    assert math.isfinite(several(X, 1.3)[1])
    of_array, of_tuple = ta.hessian(lambda x: x * x[0]), ta.jacobian(lambda p: p[0] * p[1])
    with pytest.raises(ta.UnsupportedError, match="return a number"):
        ta.grad(lambda x: of_array(x)[0, 0, 0])(X)
    with pytest.raises(ta.UnsupportedError, match="as arrays, not as tuples"):
        ta.grad(lambda x: of_tuple((x, 2.0))[0])(1.0)


def test_a_refusal_inside_a_gradient_is_told():
    """By the function that holds the variable, however the types were looked for."""

    def f(w, b):
        u = w
        for _ in range(2):
            u = u + b * np.sin(u)
        return np.sum(u)

    assert np.isfinite(ta.hvp(f, 1)(np.array([0.3, 0.5]), 0.7, 1.0))
    with pytest.raises(ta.UnsupportedError, match="the variable 'u' holds array"):
        ta.jvp(ta.grad(f, 1), 1)(np.array([0.3, 0.5]), 0.7, 1.0)
