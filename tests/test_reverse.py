"""The transforms of reverse mode, and those built on them, against forward mode."""

from __future__ import annotations

import gc
import pickle
import weakref
from typing import NamedTuple

import numpy as np
import pytest
from numba import float64, njit, prange
from scipy.optimize import minimize

import taylorad as ta

X, V = np.array([0.3, 0.5, 0.7]), np.array([1.0, 2.0, -1.0])


@njit
def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return s


@njit
def weighted(x, a, b=2.0):
    return a * np.sin(x[0] * x[1]) * b + x[2] ** 3


def several(x, y):
    z = np.empty((3, 4))
    for i in range(3):
        for j in range(4):
            z[i, j] = x[i] * y**j
    return z, x[0] * x[1] * y, x


def close(actual, expected, rtol=1e-14):
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


# -- gradients and products -----------------------------------------------------------------


def test_gradients():
    close(ta.grad(rosenbrock)(X), ta.jacobian(rosenbrock, "forward")(X))
    value, gradient = ta.value_and_grad(weighted, argnums=(0, 1))(X, 1.3)
    assert value == weighted(X, 1.3)
    close(gradient, ta.jacobian(weighted, "forward", argnums=(0, 1))(X, 1.3))
    (alone,) = ta.grad(weighted, argnums=(2,))(X, 1.3)
    assert alone == pytest.approx(1.3 * np.sin(0.15), rel=1e-15)


def test_products_with_the_transposed_jacobian():
    J = ta.jacobian(several, "forward", argnums=(0, 1))(X, 0.9)
    u = (np.arange(12.0).reshape(3, 4), -2.0, V)
    y, (gx, gy) = ta.vjp(several, argnums=(0, 1))(X, 0.9, u)
    close(y, several(X, 0.9))
    close(gx, np.tensordot(u[0], J[0][0], 2) - 2 * J[1][0] + u[2] @ J[2][0])
    close(gy, np.sum(u[0] * J[0][1]) - 2 * J[1][1] + u[2] @ J[2][1])
    with pytest.raises(ta.ShapeError):
        ta.vjp(several)(X, u[:2], 0.9)


def test_results_do_not_share_the_arguments_memory():
    y, g = ta.vjp(lambda x: x)(X, V)
    assert not np.shares_memory(y, X) and not np.shares_memory(g, V)
    a, b = ta.vjp(lambda x: (x, x))(X, (V, V))[0]
    assert not np.shares_memory(a, b)


# -- Jacobians ---------------------------------------------------------------------------------


@pytest.mark.parametrize("argnums", [1, (0, 1)], ids=str)
def test_jacobians_by_rows_and_by_columns_are_equal(argnums):
    rows = ta.jacobian(several, "reverse", argnums=argnums)(X, 0.9)
    close(rows, ta.jacobian(several, "forward", argnums=argnums)(X, 0.9))


def test_jacobians_of_tuples_of_arguments():
    def f(pair, s):
        return pair[0] * s, pair[1][0] * pair[0] * s

    at = (2.0, X), 3.0
    both = 0, 1
    close(ta.jacobian(f, "reverse", both)(*at), ta.jacobian(f, "forward", both)(*at))


def test_jacobians_of_numbers_and_of_nothing():
    def mean(x):
        s = 0.0
        for v in x:
            s += v
        return s / 4

    for mode in ("auto", "reverse", "forward"):
        close(ta.jacobian(mean, mode)(X), np.full(3, 0.25))
        close(ta.jacobian(lambda x: x * x, mode)(np.zeros(0)), np.zeros((0, 0)))
        close(ta.jacobian(lambda x: x * x, mode)(3.0), 6.0)


def test_auto_is_reverse_mode_for_numbers_of_arrays():
    assert "_of_number" in ta.source(ta.jacobian(weighted), X, 1.0)
    assert "_of_number" not in ta.source(ta.jacobian(several), X, 1.0)
    assert "_of_number" not in ta.source(ta.jacobian(lambda x: x * x), 1.0)
    scope: dict = {}
    exec("def f(x): return x[0] * x[1]", scope)  # no source, no reverse mode
    close(ta.jacobian(scope["f"])(X), [0.5, 0.3, 0.0])
    close(ta.hessian(scope["f"])(X), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


# -- second derivatives and beyond -------------------------------------------------------------


def test_hessians_by_gradients():
    x = np.linspace(-1.0, 1.5, 19)  # more than one block of lanes
    H = ta.hessian(rosenbrock)(x)
    assert "by_gradients" in ta.source(ta.hessian(rosenbrock), x)
    np.testing.assert_array_equal(H, H.T)
    forward = ta.jacobian(ta.jacobian(rosenbrock, "forward"), "forward")(x)
    close(H, forward)
    v = np.cos(x)
    close(ta.hvp(rosenbrock)(x, v), forward @ v)
    value, gradient, again = ta.value_grad_hessian(rosenbrock)(x)
    assert value == rosenbrock(x)
    np.testing.assert_array_equal(again, H)
    close(gradient, ta.grad(rosenbrock)(x))


def test_hessians_by_several_arguments():
    def f(A, pair, s):
        return A[0, 1] * A[1, 0] * pair[0] * s + pair[1][2] ** 2 * A[1, 1] * s * s

    at = np.array([[1.0, 2.0], [3.0, 4.0]]), (0.5, X), 0.7
    for argnums in ((0, 1, 2), (2, 0)):
        J = ta.jacobian(f, "forward", argnums=argnums)
        close(ta.hessian(f, argnums)(*at), ta.jacobian(J, "forward", argnums=argnums)(*at))


def test_hessians_of_other_functions_are_as_before():
    H = ta.hessian(several)(X, 0.9)
    assert [h.shape for h in H] == [(3, 4, 3, 3), (3, 3), (3, 3, 3)]
    value, D, DD = ta.value_grad_hessian(several)(X, 0.9)
    close(value, several(X, 0.9))
    close(D, ta.jacobian(several)(X, 0.9))
    close(DD, H)
    assert ta.value_grad_hessian(lambda x: x**3)(2.0) == (8.0, 12.0, 12.0)


def test_products_with_hessians_by_several_arguments():
    H = ta.hessian(weighted, argnums=(0, 1))(X, 1.3)
    product = ta.hvp(weighted, argnums=(0, 1))(X, 1.3, (V, 0.5))
    close(product, (H[0][0] @ V + H[0][1] * 0.5, H[1][0] @ V + H[1][1] * 0.5))


def test_series_of_gradients():
    series = ta.taylor_grad(weighted, 3)(X, V, 1.3, b=0.5)
    forward = ta.directional(ta.jacobian(weighted, "forward"), 3)(X, V, 1.3, b=0.5)
    close(series, forward)
    close(ta.taylor_grad(weighted, 0)(X, V, 1.3), ta.grad(weighted)(X, 1.3)[None])
    with pytest.raises(ta.ArgumentValueError):
        ta.taylor_grad(weighted, -1)


def test_nothing_depends_on_the_argument():
    def f(x, y):
        return y * y

    at = X, 2.0
    assert ta.grad(lambda x: 3.0)(2.0) == 0.0
    close(ta.value_grad_hessian(f)(*at), (4.0, np.zeros(3), np.zeros((3, 3))))
    close(ta.hvp(f)(X, V, 2.0), np.zeros(3))
    close(ta.hessian(f, (0, 1))(*at)[1], (np.zeros(3), 2.0))


def test_empty_arrays_and_arrays_without_dimensions():
    e = np.zeros(0)
    close(ta.grad(rosenbrock)(e), e)
    close(ta.hvp(rosenbrock)(e, e), e)
    close(ta.value_grad_hessian(rosenbrock)(e), (0.0, e, np.zeros((0, 0))))
    close(ta.taylor_grad(rosenbrock, 2)(e, e), np.zeros((3, 0)))

    def square(x):
        return x[()] * x[()]

    x = np.array(3.0)
    for derivative in (ta.grad, ta.jacobian):
        close(derivative(square)(x), 6.0)
    close(ta.hessian(square)(x), 2.0)


# -- what is passed, and how ---------------------------------------------------------------


def test_keywords_defaults_and_stars():
    for call in (ta.grad(weighted), ta.hessian(weighted)):
        close(call(X, 1.3), call(x=X, b=2.0, a=1.3))
    g, p = ta.grad(weighted), ta.hvp(weighted)

    @njit
    def compiled(x):
        return g(x, 1.3) + g(x, b=2.0, a=1.3), p(x, x, a=1.3)

    close(compiled(X), (2 * g(X, 1.3), p(X, X, 1.3)))
    rest = ta.grad(lambda x, *more: x * x * more[0] * more[1])
    assert rest(2.0, 3.0, 4.0) == 48.0
    assert "*more" in ta.source(rest, 2.0, 3.0, 4.0)


class Point(NamedTuple):
    x: float
    y: float


def test_named_tuples():
    gradient = ta.grad(lambda p: p.x * p.y * p.y)(Point(2.0, 3.0))
    assert gradient == (9.0, 12.0)


def test_layouts_and_single_precision():
    A = np.array([[1.0, 2.0], [3.0, 4.0]])

    def f(A):
        return A[0, 1] ** 2 * A[1, 0]

    for B in (A, np.asfortranarray(A), np.kron(A, np.ones((2, 2)))[::2, ::2]):
        gradient = ta.grad(f)(B)
        close(gradient, [[0, 12], [4, 0]])
        assert gradient.flags.c_contiguous
    single = ta.grad(rosenbrock)(X.astype(np.float32))
    assert single.dtype == np.float64
    close(single, ta.grad(rosenbrock)(X), rtol=1e-6)  # the function works in single precision
    locked = X.copy()
    locked.setflags(write=False)
    close(ta.hessian(rosenbrock)(locked), ta.hessian(rosenbrock)(X))


REFUSED = [
    (lambda: ta.grad(rosenbrock)(np.arange(3)), ta.ArgumentTypeError, "integer type"),
    (lambda: ta.hvp(rosenbrock)(np.arange(3), V), ta.ArgumentTypeError, "integer type"),
    (lambda: ta.grad(rosenbrock)([1.0]), ta.ArgumentTypeError, "np.array"),
    (lambda: ta.grad(several)(X, 1.0), ta.ArgumentTypeError, "does not return a number"),
    (lambda: ta.hvp(several)(X, V, 1.0), ta.ArgumentTypeError, "does not return a number"),
    (lambda: ta.grad(lambda x: None)(X), ta.ArgumentTypeError, "does not return a number"),
    (lambda: ta.hvp(rosenbrock)(X, V[:2]), ta.ShapeError, "shape"),
    (lambda: ta.grad(rosenbrock, 1), ta.ArgumentValueError, "does not fit"),
    (lambda: ta.grad(weighted, (0, 0)), ta.ArgumentValueError, "does not fit"),
    (lambda: ta.hessian(weighted, "x"), ta.ArgumentTypeError, "argnums"),
    (lambda: ta.grad(lambda z: z * z)(1j), ta.UnsupportedError, "forward mode"),
    (lambda: ta.grad(lambda x: (x * 1j * 1j).real)(1.0), ta.UnsupportedError, "complex"),
    (lambda: ta.source(ta.grad(lambda x: x * x)), ta.ArgumentTypeError, "types of its arg"),
    (lambda: ta.jacobian(rosenbrock, "backward"), ta.ArgumentValueError, "mode"),
]


@pytest.mark.parametrize("call, error, words", REFUSED)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_functions_own_options():
    @njit(float64(float64[:]))
    def fixed(x):
        return x[0] * x[1]

    close(ta.hessian(fixed)(X), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])

    @njit(parallel=True, fastmath=True)
    def parallel(x):
        s = 0.0
        for i in prange(x.size):
            s += x[i] ** 3
        return s

    close(ta.grad(parallel)(X), 3 * X**2)
    assert ta.grad(parallel).targetoptions["fastmath"]

    def division(x):
        return 1.0 / (x[0] - 0.5)

    careful, careless = njit(division), njit(error_model="numpy")(division)
    at = np.array([0.5])
    for derivative in (ta.grad, ta.hessian):
        with pytest.raises(ZeroDivisionError):
            derivative(careful)(at)
        assert not np.isfinite(derivative(careless)(at)).any()

    @njit(boundscheck=True)
    def checked(x):
        return x[5] * x[0]

    for derivative in (ta.grad, ta.hessian):
        with pytest.raises(IndexError):
            derivative(checked)(X)


# -- the derivatives as objects ----------------------------------------------------------------

MAKING = [
    ta.grad,
    ta.value_and_grad,
    ta.vjp,
    ta.hvp,
    ta.hessian,
    ta.value_grad_hessian,
    lambda f: ta.taylor_grad(f, 2),
    lambda f: ta.jacobian(f, "reverse"),
    lambda f: ta.grad(ta.grad(f)),
]


@pytest.mark.parametrize("make", MAKING)
def test_asked_for_twice_and_pickled_they_are_the_same(make):
    assert make(rosenbrock) is make(rosenbrock)
    assert pickle.loads(pickle.dumps(make(rosenbrock))) is make(rosenbrock)
    assert "rosenbrock" in repr(make(rosenbrock)) and "rosenbrock" in make(rosenbrock).__doc__


def test_texts():
    assert ta.source(ta.hvp(rosenbrock), X, X).startswith("def hvp_rosenbrock(x, v):")
    text = ta.source(ta.grad(weighted), X, 1.3)
    assert text.startswith("def grad_weighted(x, a, b):")
    g = ta.grad(rosenbrock)
    g(X)
    assert ta.source(g) == ta.source(g, X)


def test_they_go_with_their_function():
    def make():
        def f(x):
            return x[0] * x[1]

        compiled = njit(f)
        ta.hessian(compiled)(X)
        return weakref.ref(compiled), weakref.ref(ta.hessian(compiled))

    references = make()
    gc.collect()
    assert [r() for r in references] == [None, None]


# -- SciPy ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"method": "Newton-CG", "hessp": ta.hvp(rosenbrock)},
        {"method": "trust-ncg", "hessp": ta.hvp(rosenbrock)},
        {"method": "trust-exact", "hess": ta.hessian(rosenbrock)},
    ],
    ids=lambda o: o["method"],
)
def test_minimisation(options):
    x0 = np.array([0.3, 0.6, 0.7, 0.5])
    found = minimize(rosenbrock, x0, jac=ta.grad(rosenbrock), **options)
    assert found.success
    np.testing.assert_allclose(found.x, 1.0, atol=2e-3)


def test_minimisation_with_value_and_gradient_and_arguments():
    found = minimize(
        ta.value_and_grad(lambda x, a: (x[0] - a) ** 2 + x[1] ** 2),
        np.zeros(2),
        args=(3.0,),
        jac=True,
    )
    np.testing.assert_allclose(found.x, [3.0, 0.0], atol=1e-6)
