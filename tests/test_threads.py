"""Derivatives in several threads: compiled once, called at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
from numba import njit, prange

import taylorad as ta


@njit
def callee(x):
    return np.sin(x) * x


@njit
def f(x):
    total = 0.0
    for i in range(x.size):
        total += callee(x[i]) * x[0]
    return total


def test_first_calls_from_several_threads():
    barrier = Barrier(4)

    def work(i):
        x = np.linspace(0.1, 1, 5) + i % 2
        barrier.wait()
        return ta.jvp(f)(x, np.ones(5)), ta.derivative(callee, 2)(0.5)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(4)))
    assert results[0] == results[2] and results[1] == results[3] and results[0] != results[1]
    assert len(ta.jvp(f).signatures) == 1
    x, h = np.linspace(0.1, 1, 5), 1e-6
    slope = (f(x + h) - f(x - h)) / (2 * h)
    np.testing.assert_allclose(results[0][0][1], slope, rtol=1e-8)


def test_inside_prange():
    J, d = ta.jacobian(f), ta.taylor(callee, 3)

    @njit(parallel=True)
    def rows(X):
        out = np.empty(X.shape)
        series = np.empty((X.shape[0], 4))
        for i in prange(X.shape[0]):
            out[i] = J(X[i])
            series[i] = d(X[i, 0])
        return out, series

    X = np.random.default_rng(2).normal(size=(200, 3))
    gradients, series = rows(X)
    for i in (0, 17, 199):
        np.testing.assert_array_equal(gradients[i], J(X[i]))
        np.testing.assert_array_equal(series[i], d(X[i, 0]))


def test_calls_at_the_same_time():
    J = ta.jacobian(f)
    X = np.random.default_rng(2).normal(size=(64, 3))
    alone = [J(x) for x in X]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(J, X))
    np.testing.assert_array_equal(alone, together)


def test_nested_derivatives_from_several_threads():
    inner = ta.grad(f)

    def outer(x):
        return inner(x)[0] * x[1]

    x = np.linspace(0.1, 1, 3)
    makers = [
        lambda: ta.grad(outer)(x),
        lambda: ta.jacobian(outer, "forward")(x),
        lambda: ta.jvp(outer)(x, x)[1],
        lambda: ta.vjp(inner)(x, x)[1],
    ]
    barrier = Barrier(4)

    def work(make):
        barrier.wait()
        return make()

    with ThreadPoolExecutor(4) as pool:
        reverse, forward, tangent, product = pool.map(work, makers)
    np.testing.assert_allclose(reverse, forward, rtol=1e-14)
    np.testing.assert_allclose(tangent, forward @ x, rtol=1e-14)
    np.testing.assert_allclose(product, ta.hvp(f)(x, x), rtol=1e-14)
