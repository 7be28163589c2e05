"""Stiff problems: noticed, and solved by SciPy with slopes and Jacobians of the recurrences."""

from __future__ import annotations

import warnings

import numpy as np
import ode_fields as of
import pytest

import taylorad as ta
from taylorad.ode import solve_ivp
from taylorad.ode.stiff import Field


def reactions(t, y):
    """Robertson (1966), The solution of a set of reaction rate equations."""
    a, b, c = y
    return [-0.04 * a + 1e4 * b * c, 0.04 * a - 1e4 * b * c - 3e7 * b**2, 3e7 * b**2]


def follower(t, y, rate):
    return -rate * (y - np.cos(t))


def test_a_stiff_problem_is_noticed():
    with pytest.warns(ta.StiffnessWarning, match='stiff at t = .* method="Radau"') as noticed:
        s = solve_ivp(follower, (0, 1), [1.0], args=(1e6,), max_steps=4000)
    assert len(noticed) == 1 and s.status == -1 and "max_steps" in s.message


def test_long_and_fast_problems_are_not():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert solve_ivp(of.lorenz, (0, 60.0), np.ones(3), args=(10.0, 28.0, 8 / 3)).success


@pytest.mark.parametrize("method", ["Radau", "BDF", "LSODA"])
def test_implicit_methods(method):
    pytest.importorskip("scipy")
    s = solve_ivp(reactions, (0, 40.0), [1.0, 0.0, 0.0], method=method, t_eval=[0.4, 40.0])
    # Hairer and Wanner (1996), Solving ordinary differential equations II
    np.testing.assert_allclose(s.y[:, 1], [0.7158270, 9.185535e-6, 0.2841637], rtol=1e-6)
    assert s.success and s.y.shape == (3, 2)


def half(t, y):
    return y[0] - 0.5


half.terminal = True


def test_events_and_dense_output_of_implicit_methods():
    pytest.importorskip("scipy")
    s = solve_ivp(reactions, (0, 1e4), [1.0, 0.0, 0.0], method="Radau", events=half,
                  dense_output=True)  # fmt: skip
    assert s.status == 1 and s.sol(s.t_events[0][0])[0] == pytest.approx(0.5)


def test_jacobians_are_exact():
    field = Field(reactions, 0.0, np.ones(3), ())
    a, b, c = 0.7, 1e-5, 0.3
    expected = [
        [-0.04, 1e4 * c, 1e4 * b], [0.04, -1e4 * c - 6e7 * b, -1e4 * b], [0.0, 6e7 * b, 0.0],
    ]  # fmt: skip
    for _ in range(2):
        np.testing.assert_allclose(field.jacobian(0.0, np.array([a, b, c])), expected, rtol=1e-15)
    np.testing.assert_allclose(
        field.slopes(0.0, np.array([a, b, c])), reactions(0.0, [a, b, c]), rtol=1e-15
    )


def test_what_is_not_for_them():
    with pytest.raises(ta.ArgumentValueError, match="of the method Taylor"):
        solve_ivp(reactions, (0, 1), [1.0, 0.0, 0.0], method="BDF", sensitivity="y0")
    with pytest.raises(ta.ArgumentValueError, match="method must be"):
        solve_ivp(reactions, (0, 1), [1.0, 0.0, 0.0], method="RK45")
