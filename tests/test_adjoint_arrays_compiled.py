"""Compiled adjoints of whole-array functions, by jets: gradients and their derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from adjoint_help import STEP, WEIGHTS, product

import taylorad as ta

numbers = np.random.default_rng(6)
PLACES = np.array([2, 0, 2, -1])


def drawn(*shape):
    return numbers.normal(size=shape)


def reduced(x):
    w = x[0] * x[1]
    s = np.sum(x * w) + x.mean() * np.prod(x) + np.var(x) * np.std(w) + np.linalg.norm(x)
    y = np.sum(x, axis=0) * np.cumsum(w) + x.sum(1)[0] + np.cumprod(w) + np.linalg.norm(w, 1)
    return np.sum(y * s + np.max(x) + w.min()) + np.diff(y, 2).sum() + np.trace(x)


def multiplied(a):
    x = a[0]
    y = a @ x + np.dot(x, a)
    c = a @ a.T + np.outer(y, x) * np.dot(x, y) + np.tril(a.T)
    return np.sum((c + np.where(a > 0.1, a * a, x) + np.clip(a, -0.5, 0.5)) ** 2)


def stored(x):
    t = np.zeros((4, 4))
    t[:] = x
    t[1:, ::-1] *= x[:-1]
    t /= 1.0 + x * x
    a = x[0].copy()
    for i in range(4):
        t[i] += a
        a = np.sin(a) * t[i]
        t[:, i] = a
    v = t.reshape(2, 8)
    v *= v
    t.T[1:] *= np.swapaxes(x, 0, 1)[1:]
    a[a > 0.2] = x[0, 0]
    return np.sum(t * t[0]) + np.mean(a**3) + np.sum(np.ravel(x[:, 1:]) ** 2)


def solved(a):
    b = a @ a.T + np.eye(4)
    low = np.linalg.cholesky(b)
    sign, log = np.linalg.slogdet(a)
    x = np.linalg.solve(a.T, a[1]) + low[1]
    c = np.linalg.inv(a + 3 * np.eye(4)) @ np.linalg.solve(b, a[:, :2])
    return np.sum(x) * log * sign + np.linalg.det(a) * np.sum(c * c) + np.sum(low * b)


def gathered(a):
    x = np.concatenate((a[0], a[1] * a[2])) + np.linspace(a[0, 0], 1.0, 8)
    y = np.stack((np.sort(x), x[::-1], np.roll(x, 3)), axis=1) @ np.array([a[1, 1], 2.0, 1])
    return np.sum(y * x[np.argsort(-x)]) + np.sum(a[PLACES] * a[:, PLACES]) + np.median(x) ** 2


def slope_of_gradient(f, x, v):
    """The derivative of the gradient along ``v``: differences of the uncompiled adjoint."""

    def gradient(t):
        return product(f, (x + t * v,), 1.0)[1][0]

    terms = ((i, w) for i, w in enumerate(WEIGHTS, 1))
    return sum(w * (gradient(i * STEP) - gradient(-i * STEP)) for i, w in terms) / STEP


@pytest.mark.parametrize(
    "f", [reduced, multiplied, stored, solved, gathered], ids=lambda f: f.__name__
)
def test_gradients_by_jets(f):
    x, v = drawn(4, 4), drawn(4, 4)
    found, slope = ta.jvp(ta.grad(f))(x, v)
    _, (gradient,), _ = product(f, (x,), 1.0)
    scale = np.abs(gradient).max()
    np.testing.assert_allclose(found, gradient, rtol=1e-9, atol=1e-11 * scale)
    truth = slope_of_gradient(f, x, v)
    np.testing.assert_allclose(slope, truth, rtol=1e-5, atol=1e-7 * np.abs(truth).max())
