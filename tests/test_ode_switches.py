"""Right-hand sides with kinks and jumps: steps end there, and go on by the other formula."""

from __future__ import annotations

import math

import numpy as np
import pytest

from taylorad.ode import solve_ivp


def end(fun, span, y0, **options):
    s = solve_ivp(fun, span, y0, **options)
    assert s.status == 0, s.message
    return s.y[:, -1]


def growth(t, y):
    return (abs(y[0]) + 1.0,)


def test_a_kink():
    assert end(growth, (0, 3), [-1.0]) == pytest.approx([math.exp(3) / 2 - 1], rel=1e-14)
    assert end(growth, (3, 0), [math.exp(3) / 2 - 1]) == pytest.approx([-1.0], rel=1e-14)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_start_on_the_kink(sign):
    assert end(growth, (0, sign), [0.0]) == pytest.approx([sign * (math.e - 1)], rel=1e-14)


def test_rest_on_the_kink():
    s = solve_ivp(lambda t, y: (-abs(y[0]),), (0, 10), [0.0])
    assert s.status == 0 and s.nsteps == 1 and (s.y == 0.0).all()


def test_jumps_in_time():
    assert end(lambda t, y: (np.floor(t),), (0, 10), [0.0]) == pytest.approx([45.0], rel=1e-14)
    assert end(lambda t, y: (np.floor(t),), (0.5, 10.5), [0.0]) == pytest.approx([50.0], rel=1e-14)
    wave = lambda t, y: (np.sign(np.sin(t)),)  # noqa: E731
    assert end(wave, (0, 9 * math.pi), [0.0]) == pytest.approx([math.pi], rel=1e-12)
    half = lambda t, y: (np.maximum(np.sin(t), 0.0),)  # noqa: E731
    assert end(half, (0, 20 * math.pi), [0.0]) == pytest.approx([20.0], rel=1e-13)


def bang(t, y, centre):
    return y[1], -np.sign(y[0] - centre)


def test_jumps_in_the_state():
    period = 4 * math.sqrt(2)
    found = end(bang, (0, 5 * period), [1.0, 0.0], args=(0.0,))
    assert found == pytest.approx([1.0, 0.0], abs=1e-11)
    found = end(bang, (0, 2 * period), [1e6 + 1.0, 0.0], args=(1e6,))
    assert found == pytest.approx([1e6 + 1.0, 0.0], abs=1e-6)


def test_events_besides():
    s = solve_ivp(
        bang, (0, 12), [1.0, 0.0], args=(0.0,),
        events=[lambda t, y, c: y[0], lambda t, y, c: y[1]],
    )  # fmt: skip
    root = math.sqrt(2)
    assert s.t_events[0] == pytest.approx(root * np.array([1, 3, 5, 7]), abs=1e-12)
    assert s.t_events[1] == pytest.approx(root * np.array([2, 4, 6, 8]), abs=1e-12)


def test_a_solution_that_is_held_at_a_jump():
    s = solve_ivp(lambda t, y: (-np.sign(y[0]),), (0, 2), [1.0])
    assert s.status == -1 and "held at a jump" in s.message
    assert s.t[-1] == pytest.approx(1.0, abs=1e-8) and abs(s.y[0, -1]) < 1e-8
