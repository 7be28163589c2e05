"""`ta.ode.solve_ivp`: SciPy's arguments and results, and what goes wrong on the way."""

from __future__ import annotations

import math
import pickle
import sys

import numpy as np
import pytest
from numba import njit
from scipy.integrate import solve_ivp as scipy_solve

import taylorad as ta
from taylorad.ode import solve_ivp


def oscillator(t, y):
    return y[1], -y[0]


@njit
def kepler(t, y):
    r3 = (y[0] ** 2 + y[1] ** 2) ** 1.5
    return np.array([y[2], y[3], -y[0] / r3, -y[1] / r3])


def lotka_volterra(t, z, a, b, c, d):
    x, y = z
    return [a * x - b * x * y, -c * y + d * x * y]


def square(t, y):
    return (y[0] * y[0],)


# -- as SciPy's ------------------------------------------------------------------------------


def test_result_has_the_form_of_scipys():
    mine = solve_ivp(oscillator, (0, 10), [1.0, 0.0], dense_output=True, events=lambda t, y: y[0])
    theirs = scipy_solve(
        oscillator, (0, 10), [1.0, 0.0], dense_output=True, events=lambda t, y: y[0],
        rtol=1e-10, atol=1e-10,
    )  # fmt: skip
    assert set(theirs) <= set(mine)
    assert (mine.status, mine.success, mine.message) == (0, True, theirs.message)
    assert mine.y.shape == (2, len(mine.t)) and mine.t[0] == 0.0 and mine.t[-1] == 10.0
    assert mine.t_events[0] == pytest.approx(theirs.t_events[0], abs=1e-8)
    assert mine.y_events[0] == pytest.approx(theirs.y_events[0], abs=1e-6)
    times = np.linspace(0, 10, 31)
    assert mine.sol(times) == pytest.approx(theirs.sol(times), abs=1e-3)
    assert np.abs(mine.sol(times)[0] - np.cos(times)).max() < 1e-15
    assert mine["t"] is mine.t and "nfev" in dir(mine)
    assert "success: True" in repr(mine)
    with pytest.raises(AttributeError):
        _ = mine.nothing


def test_scipys_example_with_arguments():
    times = np.linspace(0, 15, 300)
    mine = solve_ivp(lotka_volterra, [0, 15], [10, 5], args=(1.5, 1, 1, 3), t_eval=times)
    theirs = scipy_solve(
        lotka_volterra, [0, 15], [10, 5], args=(1.5, 1, 1, 3), t_eval=times,
        method="DOP853", rtol=1e-12, atol=1e-12,
    )  # fmt: skip
    assert mine.t is not times and (mine.t == times).all()
    assert mine.y == pytest.approx(theirs.y, abs=1e-8)


def test_kepler_returns_after_a_hundred_orbits():
    y0 = np.array([0.5, 0, 0, math.sqrt(3)])
    s = solve_ivp(kepler, (0, 200 * np.pi), y0, t_eval=[200 * np.pi])
    assert np.abs(s.y[:, 0] - y0).max() < 3e-11  # the energy is good to 1e-15
    assert (y0 == [0.5, 0, 0, math.sqrt(3)]).all()


def test_there_and_back():
    y0 = np.array([0.5, 0, 0, math.sqrt(3)])
    there = solve_ivp(kepler, (0, 30), y0)
    back = solve_ivp(kepler, (30, 0), there.y[:, -1])
    assert back.t[0] == 30 and back.t[-1] == 0 and (np.diff(back.t) < 0).all()
    assert np.abs(back.y[:, -1] - y0).max() < 1e-12


@pytest.mark.parametrize("end", [7.0, -7.0])
def test_times_of_output(end):
    times = np.linspace(0, end, 200)
    s = solve_ivp(oscillator, (0, end), [1.0, 0.0], t_eval=times)
    assert (s.t == times).all()
    assert np.abs(s.y - [np.cos(times), -np.sin(times)]).max() < 1e-15
    plain = solve_ivp(oscillator, (0, end), [1.0, 0.0])
    assert (s.y[:, -1] == plain.y[:, -1]).all()  # the state itself at the end
    few = solve_ivp(oscillator, (0, end), [1.0, 0.0], t_eval=[])
    assert few.t.shape == (0,) and few.y.shape == (2, 0)


def test_an_interval_of_no_length():
    s = solve_ivp(oscillator, (2, 2), [1.0, 0.0], dense_output=True)
    assert s.status == 0 and s.nsteps == 0
    assert (s.t == [2.0]).all() and (s.y == [[1.0], [0.0]]).all()
    assert s.sol(2.5) == pytest.approx([math.cos(0.5), -math.sin(0.5)], abs=1e-15)
    assert (solve_ivp(oscillator, (2, 2), [1.0, 0.0], t_eval=[2.0]).t == [2.0]).all()


def test_states_of_any_shape():
    s = solve_ivp(lambda t, y: -y, (0, 1), np.ones((2, 3)), dense_output=True)
    assert s.y.shape == (2, 3, len(s.t)) and s.sol([0.0, 1.0]).shape == (2, 3, 2)
    assert s.y[..., -1] == pytest.approx(np.full((2, 3), math.exp(-1)), abs=1e-15)


# -- steps and tolerances --------------------------------------------------------------------


def test_bounds_of_steps():
    assert np.diff(solve_ivp(oscillator, (0, 1), [1.0, 0.0], max_step=0.1).t).max() < 0.1 + 1e-15
    s = solve_ivp(oscillator, (0, 3), [1.0, 0.0], first_step=0.01)
    assert s.t[1] == 0.01 and s.t[2] > 0.5
    s = solve_ivp(oscillator, (0, 100), [1.0, 0.0], max_steps=7)
    assert (s.status, s.nsteps, len(s.t)) == (-1, 7, 8) and "max_steps = 7" in s.message


def test_tolerances_choose_order_and_steps():
    y0, errors = [0.5, 0, 0, math.sqrt(3)], []
    for rtol in (1e-4, 1e-8, 1e-12, 0.0):
        s = solve_ivp(kepler, (0, 2 * np.pi), y0, rtol=rtol)
        errors.append(np.abs(s.y[:, -1] - y0).max())
    assert errors[0] > errors[1] > errors[2] > errors[3]
    assert errors[1] < 1e-6 and errors[2] < 1e-10 and errors[3] < 1e-13
    high = solve_ivp(kepler, (0, 2 * np.pi), y0, rtol=1e-4, order=20)
    assert np.abs(high.y[:, -1] - y0).max() < 1e-13


def test_tolerances_of_components():
    """A component that is small beside the others is as exact as they are, if that is asked."""

    def fun(t, y):
        return y[1], -y[0], 20.0 * y[3], -20.0 * y[2]

    y0 = [1.0, 0.0, 1e-12, 0.0]
    together = solve_ivp(fun, (0, 3), y0)
    each = solve_ivp(fun, (0, 3), y0, atol=[0.1, 0.1, 1e-28, 1e-28])
    exact = 1e-12 * math.cos(60.0)
    assert abs(each.y[2, -1] - exact) < 1e-25 and each.nsteps > together.nsteps


@pytest.mark.parametrize("scale", [1e-300, 1e-150, 1.0, 1e150, 1e300])
def test_scales(scale):
    s = solve_ivp(oscillator, (0, 10), [scale, 0.0], atol=0.0)
    assert s.y[:, -1] / scale == pytest.approx([math.cos(10), -math.sin(10)], abs=1e-14)


def test_simple_solutions_take_one_step():
    for fun, y0, exact in (
        (oscillator, [0.0, 0.0], [0.0, 0.0]),
        (lambda t, y: (y[0] - y[0] ** 2,), [1.0], [1.0]),  # an equilibrium
        (lambda t, y: (3.0 * t * t,), [1.0], [1.0 + 1e9]),  # a polynomial
    ):
        s = solve_ivp(fun, (0, 1e3), y0)
        assert s.nsteps == 1 and s.y[:, -1] == pytest.approx(exact, rel=1e-15)


def test_many_steps_need_more_memory():
    s = solve_ivp(kepler, (0, 20 * np.pi), [0.5, 0, 0, math.sqrt(3)], dense_output=True)
    assert s.nsteps > 300 and len(s.t) == s.nsteps + 1 == s.sol.n_segments + 1
    assert np.abs(s.sol(s.t) - s.y).max() < 1e-13
    energy = 0.5 * (s.y[2] ** 2 + s.y[3] ** 2) - 1.0 / np.hypot(s.y[0], s.y[1])
    assert np.abs(energy - energy[0]).max() < 1e-13


# -- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_blow_up_ends_with_the_last_good_state(sign):
    s = solve_ivp(square, (0, 2 * sign), [sign], dense_output=True)
    assert s.status == -1 and not s.success and "singularity" in s.message
    assert 1 - 1e-12 < abs(s.t[-1]) <= 1 and np.isfinite(s.y).all()
    assert s.y[0, 99] == pytest.approx(1.0 / (sign - s.t[99]), rel=1e-8)
    assert s.sol(0.5 * sign) == pytest.approx([2.0 * sign], rel=1e-14)


def test_overflow():
    s = solve_ivp(lambda t, y: (y[0],), (0, 800), [1.0])
    assert s.status == -1 and 705 < s.t[-1] < 709.8 and np.isfinite(s.y).all()


def test_a_right_hand_side_that_is_nan():
    s = solve_ivp(lambda t, y: (np.sqrt(y[0]),), (0, 1), [-1.0])
    assert s.status == -1 and s.nsteps == 0 and "nan or infinite" in s.message
    assert (s.t == [0.0]).all() and (s.y == [[-1.0]]).all()
    s = solve_ivp(lambda t, y: (math.sqrt(y[0]),), (0, 1), [-1.0], t_eval=[0.0, 0.5])
    assert s.status == -1 and "raises ValueError" in s.message and (s.t == [0.0]).all()


def test_steps_below_the_spacing_of_time():
    s = solve_ivp(lambda t, y: (1e9 * y[1], -1e9 * y[0]), (1e10, 1e10 + 1e-3), [1.0, 0.0])
    assert s.status == -1 and "below the spacing of floats" in s.message


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"t_eval": [5.0]}, "outside of t_span"),
        ({"t_eval": [1.0, 0.5]}, "sorted"),
        ({"t_eval": [[1.0]]}, "one axis"),
        ({"t_eval": ["a"]}, "t_eval must be"),
        ({"method": "RK45"}, "method must be 'Taylor'"),
        ({"rtol": -1.0}, "rtol must be"),
        ({"rtol": "a"}, "rtol must be"),
        ({"atol": [1.0]}, "atol has the shape"),
        ({"atol": math.nan}, "atol must be"),
        ({"order": 2}, "order must be at least 4"),
        ({"max_step": 0}, "max_step must be positive"),
        ({"first_step": math.nan}, "first_step must be positive"),
        ({"first_step": "a"}, "first_step must be a number"),
        ({"max_steps": 0}, "max_steps must be at least 1"),
        ({"args": 3.0}, "args must be a tuple"),
        ({"events": 3}, "an event is a function"),
    ],
)
def test_arguments_that_cannot_be(options, error):
    with pytest.raises(ta.TayloradError, match=error):
        solve_ivp(oscillator, (0, 3), [1.0, 0.0], **options)


@pytest.mark.parametrize(
    ("span", "y0", "error"),
    [
        ((0, math.inf), [1.0, 0.0], "must be finite"),
        (3.0, [1.0, 0.0], "t_span must be two numbers"),
        (("a", 1), [1.0, 0.0], "must be a number"),
        ((0, 1), [math.nan, 0.0], "must be finite"),
        ((0, 1), [1j, 0.0], "complex"),
        ((0, 1), ["a", "b"], "array of floats"),
        ((0, 1), [], "empty"),
    ],
)
def test_problems_that_cannot_be(span, y0, error):
    with pytest.raises(ta.TayloradError, match=error):
        solve_ivp(oscillator, span, y0)


# -- dense output and the rest ---------------------------------------------------------------


def test_dense_output():
    s = solve_ivp(oscillator, (1, 8), [math.cos(1), -math.sin(1)], dense_output=True).sol
    times = np.array([[8.0, 1.0], [4.5, 1.0]])
    assert s(times).shape == (2, 2, 2) and s(2.0).shape == (2,)
    assert (s.t_min, s.t_max, s.ts[0], s.ts[-1]) == (1.0, 8.0, 1.0, 8.0)
    for k, exact in enumerate((np.cos, lambda t: -np.sin(t), lambda t: -np.cos(t))):
        assert np.abs(s(times, derivative=k)[0] - exact(times)).max() < 1e-13
    assert (s(times, derivative=30) == 0.0).all()
    # beyond the ends the outermost polynomials go on
    assert s([0.9, 8.1])[0] == pytest.approx(np.cos([0.9, 8.1]), abs=1e-12)
    again = pickle.loads(pickle.dumps(s))
    assert (again(times) == s(times)).all() and "segments" in repr(again)
    with pytest.raises(ta.ArgumentTypeError):
        s("a")
    with pytest.raises(ta.ArgumentValueError):
        s(1.0, derivative=-1)


def test_dense_output_backward():
    s = solve_ivp(oscillator, (0, -9), [1.0, 0.0], dense_output=True).sol
    times = np.linspace(-9, 0, 50)
    assert np.abs(s(times)[0] - np.cos(times)).max() < 1e-15 and (s.t_min, s.t_max) == (-9.0, 0.0)


def test_a_progress_bar(capsys):
    solve_ivp(oscillator, (0, 5000), [1.0, 0.0], t_eval=[], progress=True)
    assert "100%" in capsys.readouterr().err


def test_a_progress_bar_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ta.MissingExtraError, match="progress"):
        solve_ivp(oscillator, (0, 1), [1.0, 0.0], progress=True)
