"""Linear algebra on jets: by identities that hold for every coefficient."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import taylorad as ta

RNG = np.random.default_rng(11)
N = 4
A = RNG.normal(size=(N, N)) + 3.0 * np.eye(N)
B = RNG.normal(size=(N, N))
C = RNG.normal(size=N)


@njit
def identities(t, a, b, c):
    m = a + t * b + t * t * a.T
    x = np.linalg.solve(m, c)  # jets, floats
    y = np.linalg.solve(a, t * c)  # floats, jets
    z = np.linalg.solve(m.T, m)  # both, several columns, Fortran order
    spd = m @ m.T
    low = np.linalg.cholesky(spd)
    w = np.exp(t) * c
    return (
        m @ x - c,
        a @ y - t * c,
        m.T @ z - m,
        np.linalg.inv(m) @ m - np.eye(len(c)),
        low @ low.T - spd,
        np.linalg.norm(w) ** 2 - w @ w,
        np.linalg.norm(m) ** 2 - np.trace(m @ m.T),
        np.linalg.norm(w, 1) - np.sum(np.abs(w)),
        np.linalg.norm(w, np.inf) - np.max(np.abs(w)),
        np.linalg.det(m) * np.linalg.det(np.linalg.inv(m)) - 1.0,
    )


def test_identities():
    for row in ta.taylor(identities, 3)(0.3, A, B, C):
        np.testing.assert_allclose(row, 0.0, atol=2e-11)


@njit
def determinant(t, a, b):
    return np.linalg.det(a + t * b)


def test_determinant_of_singular_matrices():
    """Where elimination meets a column of zeros, the derivatives are still exact."""
    series = ta.taylor(determinant, 2)(0.0, np.diag([0.0, 2.0, 3.0]), np.diag([1.0, 1.0, 1.0]))
    np.testing.assert_allclose(series, [0, 6, 5], atol=1e-15)
    singular = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])
    bump = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    # det(A + t B) is linear in t with slope the cofactor -(2*1 - 6*1) = 4
    np.testing.assert_allclose(
        ta.taylor(determinant, 2)(0.0, singular, bump), [0, 4, 0], atol=1e-14
    )
    single = ta.taylor(determinant, 2)(0.0, np.zeros((1, 1)), np.ones((1, 1)))
    np.testing.assert_allclose(single, [0, 1, 0])


@njit
def failing(t, which):
    m = np.zeros((2, 2))
    m[0, 0] = t
    if which == 0:
        return np.linalg.solve(m, np.ones(2))[0]
    if which == 1:
        return np.linalg.inv(m)[0, 0]
    return np.linalg.cholesky(m)[0, 0]


@pytest.mark.parametrize("which, message", [(0, "singular"), (1, "singular"), (2, "definite")])
def test_failures_are_those_of_numpy(which, message):
    with pytest.raises(np.linalg.LinAlgError, match=message):
        ta.derivative(failing)(2.0, which)


def test_norm_does_not_overflow():
    @njit
    def norm(t, c):
        return np.linalg.norm(t * c)

    for scale in (1e200, 1e-200):
        series = ta.taylor(norm, 1)(2.0, scale * C)
        np.testing.assert_allclose(series, scale * np.linalg.norm(C) * np.array([2.0, 1.0]))
