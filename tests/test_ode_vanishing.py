"""Steps that no coefficient limits: polynomials, rest, and coefficients that come again."""

from __future__ import annotations

import numpy as np
import pytest

import taylorad as ta
from taylorad.ode import solve_ivp


def late(t, y):
    return np.array([t**30])


def test_coefficients_that_come_again():
    for solve in (
        lambda: solve_ivp(late, (0, 2.0), [0.0]).y[0, -1],
        lambda: ta.ode.adjoint(late, (0, 2.0), [0.0]).y[0, -1],
        lambda: run_to(ta.ode.Integrator(late, 0.0, [0.0]), 2.0),
        lambda: ta.ode.ensemble(late, (0, 2.0), np.zeros((3, 1))).y[-1, 0],
    ):
        assert solve() == pytest.approx(2.0**31 / 31, rel=1e-13)


def run_to(run, end):
    assert run.propagate(end) == 0
    return run.y[0]


def steady(t, y):
    return 2.0 + 0.0 * y


@pytest.mark.parametrize("end", [1e30, -1e30])
def test_polynomials_take_one_step(end):
    s = solve_ivp(steady, (0, end), [1.0])
    assert s.nsteps == 1 and s.y[0, -1] == 1.0 + 2.0 * end


def test_rest_takes_one_step():
    s = solve_ivp(lambda t, y: y * y, (0, 1e6), [0.0])
    assert s.nsteps == 1 and s.y[0, -1] == 0.0
