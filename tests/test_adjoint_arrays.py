"""Reverse mode of array expressions, stores into arrays, and reductions."""

from __future__ import annotations

import numpy as np
import pytest
from adjoint_help import check

import taylorad as ta
from taylorad.primitives.registry import registered

numbers = np.random.default_rng(3)


def drawn(*shape):
    return numbers.normal(size=shape)


SHAPES = [
    ((3,), (3,)), ((3,), ()), ((), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (2, 1)),
    ((2, 1), (1, 3)), ((1,), (3,)), ((1, 1), (2, 3)), ((2, 3), ()), ((0,), (1,)),
    ((2, 1, 3), (4, 1)), ((1,), (1,)), ((0, 3), (3,)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_operators_broadcast(shapes):
    x, y = (drawn(*s) if s else 0.7 for s in shapes)

    def f(x, y):
        t = x * y - x / (3.0 + y * y)
        return -t + y * 2.0 - 1 / (2.0 + x**2)

    check(f, x, y)


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_sum_of_a_product_of_unlike_shapes(shapes):
    x, y = (drawn(*s) if s else 0.7 for s in shapes)

    def f(x, y):
        return np.sum(x * y + (x + y)) + np.sum(np.exp(x) - y)

    check(f, x, y)


LAYOUTS = {
    "fortran": np.asfortranarray(drawn(3, 4)),
    "strided": drawn(6, 8)[::2, ::2],
    "backwards": drawn(3, 4)[::-1, ::-1],
    "transposed": drawn(4, 3).T,
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout):
    def f(x, y):
        t = x * y
        t[1:, ::-1] *= x[:-1]
        t *= t
        return t * np.sum(x, axis=1)[0] + y.T.T

    check(f, LAYOUTS[layout], drawn(3, 4))
    check(f, drawn(3, 4), LAYOUTS[layout])


UNARY = [
    next(f for f in p.functions if isinstance(f, np.ufunc))
    for p in registered()
    if p.arity == 1 and any(isinstance(f, np.ufunc) for f in p.functions)
]
BINARY = [
    next(f for f in p.functions if isinstance(f, np.ufunc))
    for p in registered()
    if p.arity == 2 and any(isinstance(f, np.ufunc) for f in p.functions)
]


@pytest.mark.parametrize("function", UNARY, ids=lambda f: f.__name__)
def test_primitives_of_one_array(function):
    x = np.array([1.3, 1.7, 2.4]) if function is np.arccosh else np.array([0.3, 0.71, 0.13])

    def f(x):
        return function(x) * x

    if function is not np.spacing:
        check(f, x)


@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_primitives_of_two_arrays(function):
    def f(x, y):
        return function(x, y) * x

    if function is not np.nextafter:
        check(f, np.array([0.3, 1.7, 2.4]), np.array([1.1, 0.6, 2.9]))
        check(f, np.array([[0.3], [1.7]]), 1.3)


def test_choices():
    def f(x, y):
        t = np.where((x > y) & ~(x > 1.0), x * y, np.where(x < 0.0, 2.0, y))
        return t + np.clip(x, -0.5, 0.5) + np.maximum(x, y) * np.minimum(x, 0.3)

    check(f, drawn(4, 3), drawn(3))
    check(f, drawn(5), 0.2)


def test_expression_stays_readable():
    def f(x, a, y):
        return np.exp(-(x**2)) * a + y

    text = check(f, drawn(3), 0.3, drawn(3))
    assert "np.exp(-x ** 2)" in text


# -- stores ------------------------------------------------------------------------------------


def fill(x, y):
    t = np.empty((3, 4))
    t[:] = 2.0
    t[0] = y
    t[:, 1] = x
    t[1:, 2:] = x[0] * y[1]
    t[::-1, -1] = x * x
    return t


def overlapping(x, y):
    t = x * 1.0
    t[1:] = t[:-1]
    t[:-1] += t[1:] * y[0]
    t += t
    t[::2] = t[::-2]
    return t * y[:3]


def overlapping_parameter(x, y):
    x[1:] = x[:-1]
    x *= x
    x += x[::-1] * 2.0
    x[0] -= y[1]
    return x


def in_place(x, y):
    t = np.zeros((3, 4))
    t += y
    t *= y
    t /= 2.0 + y
    t[1] **= 2
    t[:, 0] -= x
    t[1:] = t[1:] * t[:-1]
    t[0] += t[2]
    x *= 2.0
    return t * x[1]


def overwritten(x, y):
    t = x * 2
    s = np.sin(t)
    t[1] = 3.0
    t += s
    s[:] = t * s
    return s * t


def rows(x, y):
    t = np.zeros((3, 4))
    for i in range(3):
        t[i] = y * x[i]
        t[i, 1:] += t[i - 1, :-1] * y[2]
        r = t[i]
        r *= r
    return t


def waves(x, y):
    for _ in range(3):
        x = np.sin(x) * x + y[1]
        y = y * 1.1
        y[0] = x[1]
    return x * y[0]


def buffers(x, y):
    a, b = x.copy(), np.zeros_like(x)
    for _ in range(4):
        b[1:-1] = a[1:-1] ** 2 + 0.3 * (a[2:] + a[:-2])
        b[0] = y[0]
        a, b = b, a
    return a


@pytest.mark.parametrize(
    "f",
    [fill, overlapping, overlapping_parameter, in_place, overwritten, rows, waves, buffers],
    ids=lambda f: f.__name__,
)
def test_stores(f):
    check(f, drawn(3), drawn(4))


def test_parts_that_overlap_in_place_are_refused():
    def f(x):
        t = x * 1.0
        t[1:] += t[:-1]
        return t

    with pytest.raises(ta.UnsupportedError, match="shares memory"):
        check(f, drawn(3))


def test_one_element_and_no_dimensions():
    def f(x, s):
        t = np.zeros((1, 3))
        t += x
        return t * s + 2 * s

    check(f, drawn(1), np.array(0.3))


# -- reductions ----------------------------------------------------------------------------------


REDUCTIONS = {
    "sum": lambda x: np.sum(x) * x,
    "sum of an expression": lambda x: x.sum() + np.sum(x * x),
    "mean": lambda x: x.mean() * np.mean(x * x),
    "prod": lambda x: x.prod() + np.prod(x + 1),
    "extremes": lambda x: np.max(x) * x.min() + np.amax(x * x),
    "ptp": lambda x: np.ptp(x),
    "var": lambda x: x.var() + np.var(2 * x),
    "std": lambda x: x.std() * np.std(x * x),
    "norm": lambda x: np.linalg.norm(x) + np.linalg.norm(x * x),
    "argmax": lambda x: x * np.argmax(x) + x.argmin(),
    "any": lambda x: x * np.any(x > 1) if np.all(x > -10) else x,
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name):
    check(REDUCTIONS[name], drawn(5))
    check(REDUCTIONS[name], drawn(3, 4))
    check(REDUCTIONS[name], LAYOUTS["strided"])
    check(REDUCTIONS[name], LAYOUTS["fortran"])


def test_products_with_zeros():
    x = np.array([0.7, 0.0, 1.2])

    def f(x):
        return np.prod(x) + np.cumprod(x) * x

    check(f, x)
    check(f, np.array([0.0, 0.4, 0.0]))


VECTORS = {
    "cumsum": lambda x: np.cumsum(x) * x.cumsum(),
    "cumsum summed": lambda x: np.sum(np.cumsum(x)),
    "cumprod": lambda x: np.cumprod(x) * x.cumprod(),
    "diff": lambda x: np.diff(x * x),
    "diff twice": lambda x: np.diff(x, n=2),
    "norms": lambda x: np.linalg.norm(x, 1) + np.linalg.norm(x, np.inf) * np.linalg.norm(x, 2),
    "dot": lambda x: np.dot(x, x) * x.dot(x[::-1]),
    "outer": lambda x: np.outer(x, x * x),
    "outer summed": lambda x: np.sum(np.outer(x, x)) + np.vdot(x, x),
}


@pytest.mark.parametrize("name", VECTORS)
def test_of_vectors(name):
    check(VECTORS[name], drawn(4))
    check(VECTORS[name], drawn(8)[::2])


MATRICES = {
    "sum 0": lambda a: np.sum(a, axis=0) * a,
    "sum 1": lambda a: a.sum(1) * np.sum(a * a, axis=-1),
    "sum of a sum": lambda a: np.sum(np.sum(a * a, 0)),
    "argmax": lambda a: np.argmax(a, axis=0) * a,
    "trace": lambda a: np.trace(a) + np.trace(a * a, 1),
    "triangles": lambda a: np.tril(a) * np.triu(a, 1).T + np.sum(np.triu(a * a)),
    "product": lambda a: a @ a.T + (a * a) @ a,
    "of slices": lambda a: a[:2] @ a[:, :2] + np.dot(a[1:], a)[:, 1:],
    "vectors": lambda a: (a @ a[0]) * (a[:, 1] @ a) + np.dot(a * 2, a[1] * a[0]),
    "summed": lambda a: np.sum(a @ a) + np.sum(a @ a[0]) + np.sum(a[0] @ a),
    "diff": lambda a: np.diff(a),
}


@pytest.mark.parametrize("name", MATRICES)
@pytest.mark.parametrize("layout", ["C", "F", "A"])
def test_of_matrices(name, layout):
    a = drawn(3, 3)
    check(MATRICES[name], a if layout == "C" else a.T if layout == "F" else drawn(6, 6)[::2, ::2])


def test_products_in_loops():
    def chain(a, x):
        for _ in range(3):
            x = np.tanh(a @ x)
        return x

    def in_place(a, x):
        for i in range(3):
            x[:] = a @ x + x[i]
        return x

    for f in (chain, in_place):
        check(f, drawn(3, 3), drawn(3))


