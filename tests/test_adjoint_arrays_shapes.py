"""Reverse mode of views, of new arrays from others, and of linear algebra."""

from __future__ import annotations

import numpy as np
import pytest
from adjoint_help import check

import taylorad as ta

numbers = np.random.default_rng(4)


def drawn(*shape):
    return numbers.normal(size=shape)


VIEWS = {
    "T": lambda a: a.T,
    "transpose": lambda a: np.transpose(a),
    "transpose method": lambda a: a.transpose(1, 0),
    "same axes": lambda a: a.transpose((0, 1)),
    "swapaxes": lambda a: np.swapaxes(a, 0, -1),
    "reshape": lambda a: a.reshape(4, 3),
    "reshape to a tuple": lambda a: np.reshape(a, (2, 6)),
    "reshape of rows": lambda a: a[1:].reshape(-1),
    "ravel": lambda a: a.ravel(),
    "expand_dims": lambda a: np.expand_dims(a, 1),
    "flip": lambda a: np.flip(a),
    "fliplr": lambda a: np.fliplr(a)[::2],
    "newaxis": lambda a: a[:, None, 1:],
    "ellipsis": lambda a: a[..., ::-2],
}


@pytest.mark.parametrize("name", VIEWS)
def test_views(name):
    view = VIEWS[name]

    def f(a):
        t = a * 2.0
        v = view(t)
        v *= v
        v[0] = v[1] * 3.0
        return t * np.sum(view(a) * 3.0)

    check(f, drawn(3, 4))


COPIES = {
    "flatten": lambda a: a.flatten()[1:] * 2,
    "ravel": lambda a: np.ravel(a[:, 1:]) * a[:, 1:].flatten(),
    "contiguous": lambda a: np.ascontiguousarray(a[:, 1:]).reshape(1, 9) * 2.0,
    "fortran": lambda a: np.asfortranarray(a) * a,
    "copy": lambda a: a.copy() * np.copy(a.T).T,
    "flatten summed": lambda a: np.sum(a.flatten()) + np.sum(a.T.copy()),
    "atleast": lambda a: np.atleast_2d(a[0]) * np.atleast_1d(a[1]),
    "array": lambda a: np.array(a) * np.asarray(a),
    "astype": lambda a: a.astype(np.float64) * 2.0,
}


@pytest.mark.parametrize("name", COPIES)
def test_copies(name):
    check(COPIES[name], drawn(3, 4))
    check(COPIES[name], np.asfortranarray(drawn(3, 4)))


def test_reshape_of_other_orders_is_refused():
    def f(a):
        return a.reshape(-1) * 2.0

    def g(a):
        return a.T.reshape(-1) * 2.0

    ordered = drawn(3, 4)
    turned = np.asfortranarray(ordered)
    for function, a in ((f, turned), (f, ordered[:, ::2]), (g, ordered), (g, turned)):
        with pytest.raises(ta.UnsupportedError, match="reshape"):
            check(function, a)


def elements(x, s):
    return np.array([[x[0], s, 1.0], [x[1] * s, 2, s]]) * s + np.array((x[2], s, x[0]))


def rows(x, s):
    return np.array([x, x * s])


def joined(x, s):
    y = np.concatenate((x, x[1:] * s, x * x))
    z = np.hstack((x, x)) + np.append(x, x * s)
    return np.sum(y * y) + z * np.append(x[:-1], s)[0]


def stacked(x, s):
    a = np.vstack((x, x * s, x * x))
    b = np.stack((x, x, x * s), axis=1) + np.column_stack((x, x * x, x))
    c = np.concatenate((a, b), axis=1)
    return c * np.sum(np.stack((a, b)) ** 2)


def ranges(x, s):
    t = np.linspace(s, x[0] * 2.0, 5) * np.arange(5)
    return t + np.sum(np.linspace(0.0, s, 4)) + np.arange(1.0, 2.0, 0.25)[0]


def matrices(x, s):
    a = np.eye(3) * s
    a[0] += x
    return a @ np.diag(x) + np.identity(3) * np.full(3, s) + np.full_like(x, 2.0) * np.ones((3, 3))


def rolled(x, s):
    return np.roll(x, 1) * x + np.roll(x, -2) * s + np.roll(x * x, 7)


def filled(x, s):
    t = np.empty_like(x)
    t.fill(s)
    return t * x + np.array([s]).item()


@pytest.mark.parametrize(
    "f",
    [elements, rows, joined, stacked, ranges, matrices, rolled, filled],
    ids=lambda f: f.__name__,
)
def test_construction(f):
    check(f, drawn(3), 0.7)


LINEAR = {
    "inv": lambda a: np.linalg.inv(a + 3 * np.eye(3)) @ a,
    "inv summed": lambda a: np.sum(np.linalg.inv(a + 3 * np.eye(3))),
    "solve": lambda a: np.linalg.solve(a + 3 * np.eye(3), a[0] * a[1]),
    "solve columns": lambda a: np.linalg.solve(a + 3 * np.eye(3), a[:, :2]),
    "solve transposed": lambda a: np.linalg.solve(a.T + 3 * np.eye(3), a[:, 1]) * a,
    "det": lambda a: np.linalg.det(a) * np.linalg.det(a + np.eye(3)),
    "slogdet": lambda a: np.linalg.slogdet(a)[1] * np.linalg.slogdet(a)[0],
    "cholesky": lambda a: np.linalg.cholesky(a @ a.T + np.eye(3)) * a,
    "log of determinant": lambda a: np.exp(np.linalg.cholesky(a @ a.T + np.eye(3))[2]).sum(),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear_algebra(name):
    check(LINEAR[name], drawn(3, 3))
    check(LINEAR[name], np.asfortranarray(drawn(3, 3)))


def test_cholesky_reads_the_lower_triangle():
    def f(a):
        return np.linalg.cholesky(a)

    a = drawn(3, 3)
    check(f, np.tril(a @ a.T + np.eye(3)))
