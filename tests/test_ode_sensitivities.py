"""Derivatives of solutions by their inputs: exact values, forward against backward, events."""

from __future__ import annotations

import math

import numpy as np
import ode_fields as of
import ode_problems as op
import pytest

import taylorad as ta
from taylorad.ode import sensitivities as lifts
from taylorad.ode import solve_ivp

NAMES = ("kepler_short", "lorenz_short")


@pytest.fixture(scope="module")
def solved():
    """Solutions with sensitivities of first and second order."""
    found = {}
    for name in NAMES:
        p = op.PROBLEMS[name]
        found[name] = solve_ivp(
            p.fun, p.span, p.y0, args=p.args, dense_output=True, sensitivity_order=2,
            sensitivity=("y0", "args") if p.args else "y0", t_eval=np.linspace(*p.span, 5),
        )  # fmt: skip
    return found


def close(found, expected, tolerance=3e-14):
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


@pytest.mark.parametrize("name", NAMES)
def test_tensors_are_exact(solved, name):
    first, second = op.sensitivities(name)
    s = solved[name]
    close(s.sensitivities[1][..., -1], first)
    close(s.sensitivities[2][..., -1], second)
    np.testing.assert_array_equal(s.sensitivities[2], s.sensitivities[2].swapaxes(1, 2))


def test_shapes_and_beginnings(solved):
    s = solved["lorenz_short"]
    assert s.dy_dy0.shape == (3, 3, 5) and s.dy_dargs.shape == (3, 3, 5)
    assert [x.shape for x in s.sensitivities] == [(3, 5), (3, 6, 5), (3, 6, 6, 5)]
    np.testing.assert_array_equal(s.sensitivities[0], s.y)
    np.testing.assert_array_equal(np.concatenate([s.dy_dy0, s.dy_dargs], 1), s.sensitivities[1])
    np.testing.assert_array_equal(s.sensitivities[1][..., 0], np.eye(3, 6))
    assert not s.sensitivities[2][..., 0].any()


def test_dense_output(solved):
    s = solved["lorenz_short"]
    for order in (1, 2):
        close(s.sol.sensitivity(s.t, order), s.sensitivities[order], 1e-14)
        assert s.sol.sensitivity(0.3, order).shape == (3, *(6,) * order)
    with pytest.raises(ta.ArgumentValueError, match="up to order 2"):
        s.sol.sensitivity(0.3, 3)


def test_large_systems_by_tables(monkeypatch):
    p = op.PROBLEMS["lorenz_short"]
    monkeypatch.setattr(lifts, "UNROLLED", 0)

    def lorenz(t, y, sigma, rho, beta):  # another function: systems are remembered
        return of.lorenz(t, y, sigma, rho, beta)

    s = solve_ivp(lorenz, p.span, p.y0, args=p.args, t_eval=[2.0],
                  sensitivity=("args", "y0"), sensitivity_order=2)  # fmt: skip
    turned = [3, 4, 5, 0, 1, 2]
    first, second = op.sensitivities("lorenz_short")
    close(s.sensitivities[1][..., 0], first[:, turned])
    close(s.sensitivities[2][..., 0], second[:, turned][:, :, turned])


def growth(t, y, rate):
    return rate * y * np.exp(-t)


def grown(t, y0, rate):
    return y0 * np.exp(rate * (1 - np.exp(-t)))


def test_third_order_and_time():
    s = solve_ivp(growth, (0, 2.0), [1.5], args=(0.7,), sensitivity=("args", "y0"),
                  sensitivity_order=3)  # fmt: skip
    c = 1 - np.exp(-s.t)
    np.testing.assert_allclose(s.sensitivities[3][0, 0, 0, 0], c**3 * s.y[0], rtol=1e-14)
    np.testing.assert_allclose(s.sensitivities[3][0, 0, 1, 0], c**2 * s.y[0] / 1.5, rtol=1e-14)
    np.testing.assert_allclose(s.sensitivities[3][0, 1, 1, 0], 0.0, atol=1e-15)


def beside(t, y, rate):
    """A slow rotation, and a fast one of which the state may know nothing."""
    return y[1], -y[0], rate * y[3], -rate * np.sin(y[2])


@pytest.mark.parametrize("size", [1.0, 0.0])
@pytest.mark.parametrize("end", [3.0, -1e3])
def test_where_the_solution_rests(size, end):
    s = solve_ivp(beside, (0, end), [size, 0.0, 0.0, 0.0], args=(20.0,), sensitivity=("y0", "args"))
    c, d, e, f = math.cos(end), math.sin(end), math.cos(20 * end), math.sin(20 * end)
    expected = [[c, d, 0, 0, 0], [-d, c, 0, 0, 0], [0, 0, e, f, 0], [0, 0, -f, e, 0]]
    np.testing.assert_allclose(s.sensitivities[1][..., -1], expected, atol=1e-12 * abs(end))


@pytest.mark.parametrize("size", [1.0, 0.0])
def test_gradients_where_the_solution_rests(size):
    a = ta.ode.adjoint(beside, (0, 3.0), [size, 0.0, 0.0, 0.0], (20.0,))
    pulled = np.array([a.pullback(np.eye(4)[:, i : i + 1])[0] for i in range(4)])
    c, d, e, f = math.cos(3.0), math.sin(3.0), math.cos(60.0), math.sin(60.0)
    expected = [[c, d, 0, 0], [-d, c, 0, 0], [0, 0, e, f], [0, 0, -f, e]]
    np.testing.assert_allclose(pulled, expected, atol=1e-12)


def flight(t, y, g):
    return y[1], -g


def ground(t, y, g):
    return y[0]


def highest(t, y, g):
    return y[1]


ground.terminal = True


def test_event_times_depend_on_inputs():
    h, v, g = 0.5, 10.0, 9.81
    s = solve_ivp(flight, (0, 100), [h, v], args=(g,), events=[ground, highest],
                  sensitivity=("y0", "args"))  # fmt: skip
    root = math.sqrt(v * v + 2 * g * h)
    lands = np.array([1 / root, (1 + v / root) / g, h / (g * root) - (v + root) / g**2])
    np.testing.assert_allclose(s.dt_events[0], [lands], rtol=1e-13)
    np.testing.assert_allclose(s.dt_events[1], [[0.0, 1 / g, -v / g**2]], rtol=1e-14)
    # on the ground the height stays 0, whatever the inputs; the speed there is -root
    expected = [[0.0, 0.0, 0.0], [-g / root, -v / root, -h / root]]
    np.testing.assert_allclose(s.dy_events[0][0], expected, rtol=1e-13, atol=1e-15)
    assert s.dy_dy0.shape[-1] == s.t.size == 2


def piecewise(t, y, rate):
    return np.array([np.maximum(y[1], 0.5), -rate])


def test_through_a_kink():
    # y1 = 1 - rate t reaches 1/2 at t = 1 / (2 rate): before, y0 grows by y1, then by 1/2
    s = solve_ivp(piecewise, (0, 2.0), [0.0, 1.0], args=(0.5,), sensitivity=("y0", "args"))
    exact = 0.5 * 2.0 + 0.125 / 0.5  # and the area above one half
    np.testing.assert_allclose(s.y[0, -1], exact, rtol=1e-14)
    np.testing.assert_allclose(s.dy_dargs[0, 0, -1], -0.125 / 0.25, rtol=1e-13)
    np.testing.assert_allclose(s.dy_dy0[0, 1, -1], 0.5 / 0.5, rtol=1e-13)


def relay(t, y, rate):
    return np.where(y[0] < 1.0, rate, 0.5 * rate) + np.zeros(1)


def test_through_a_jump():
    # y = rate t until 1, at t = 1 / rate, then with half the rate
    s = solve_ivp(relay, (0, 3.0), [0.0], args=(0.5,), sensitivity=("y0", "args"))
    np.testing.assert_allclose(s.y[0, -1], 1.25, rtol=1e-14)
    # y(3) = 1 + (3 - (1 - y0) / rate) rate / 2
    np.testing.assert_allclose(s.dy_dargs[0, 0, -1], 1.5, rtol=1e-13)
    np.testing.assert_allclose(s.dy_dy0[0, 0, -1], 0.5, rtol=1e-13)
    with pytest.raises(ta.UnsupportedError, match="kinks or jumps"):
        solve_ivp(relay, (0, 3.0), [0.0], args=(0.5,), sensitivity="y0", sensitivity_order=2)


@pytest.mark.parametrize("checkpoints", [1000, 3])
def test_backward_is_forward(solved, checkpoints):
    p, s = op.PROBLEMS["lorenz_short"], solved["lorenz_short"]
    a = ta.ode.adjoint(p.fun, p.span, p.y0, p.args, t_eval=s.t, checkpoints=checkpoints)
    assert (a.checkpoints > 1) == (checkpoints == 3)
    np.testing.assert_allclose(a.y, s.y, rtol=1e-14)
    bar = np.random.default_rng(0).standard_normal(s.y.shape)
    y0_bar, args_bar = a.pullback(bar)
    expected = np.einsum("it,ijt->j", bar, s.sensitivities[1])
    close(np.concatenate([y0_bar, args_bar]), expected)
    v = np.random.default_rng(1).standard_normal(6)
    pushed = a.pushforward(v[:3], tuple(v[3:]))
    close(pushed, np.einsum("ijt,j->it", s.sensitivities[1], v), 1e-13)
    # <bar, J v> = <J^T bar, v>, to rounding
    assert np.vdot(bar, pushed) == pytest.approx(y0_bar @ v[:3] + np.dot(args_bar, v[3:]))


def misfit(y, data):
    return np.sum((y - data) ** 2) + y[0, 1] * y[2, -1]


@pytest.mark.parametrize("checkpoints", [1000, 3])
def test_gradients_and_products_with_hessians(solved, checkpoints):
    p, s = op.PROBLEMS["lorenz_short"], solved["lorenz_short"]
    data = np.cos(np.arange(15.0)).reshape(3, 5)
    a = ta.ode.adjoint(p.fun, p.span, p.y0, p.args, t_eval=s.t, checkpoints=checkpoints)
    value, *bars = a.value_and_grad(misfit, data)
    bar, curvature = ta.grad(misfit)(s.y, data), ta.hessian(misfit)(s.y, data)
    first, second = s.sensitivities[1:]
    assert value == pytest.approx(misfit(s.y, data), rel=1e-13)
    close(np.concatenate(bars), np.einsum("it,ijt->j", bar, first), 1e-13)
    hessian = np.einsum("it,ijkt->jk", bar, second)
    hessian += np.einsum("itlu,ijt,lku->jk", curvature, first, first)
    v = np.linspace(-1.0, 1.0, 6)
    products = a.hvp(misfit, v[:3], tuple(v[3:]), data)
    close(np.concatenate(products), hessian @ v, 1e-12)


def test_many_parameters():
    def field(t, y, weights, shift):
        return np.tanh(weights @ y + shift)

    def total(y):
        return np.sum(y)

    weights = 0.5 * np.sin(np.arange(16.0)).reshape(4, 4)
    shift = 0.1 * np.arange(4.0)
    y0 = np.linspace(-1.0, 1.0, 4)
    a = ta.ode.adjoint(field, (0.0, 1.0), y0, (weights, shift))
    _, y0_bar, (weights_bar, shift_bar) = a.value_and_grad(total)
    s = solve_ivp(field, (0.0, 1.0), y0, args=(weights, shift), sensitivity=("y0", "args"))
    expected = s.sensitivities[1][..., -1].sum(axis=0)
    assert weights_bar.shape == (4, 4) and shift_bar.shape == (4,)
    found = np.concatenate([y0_bar, weights_bar.reshape(-1), shift_bar])
    close(found, expected)


def test_what_is_refused():
    with pytest.raises(ta.ArgumentValueError, match="sensitivity must be"):
        solve_ivp(growth, (0, 1), [1.0], args=(1.0,), sensitivity="y")
    with pytest.raises(ta.ArgumentValueError, match="no floats"):
        solve_ivp(growth, (0, 1), [1.0], args=(1,), sensitivity="args")
    with pytest.raises(ta.ArgumentValueError, match="asked for"):
        solve_ivp(growth, (0, 1), [1.0], args=(1,), dense_output=True).sol.sensitivity(0.5)
    with pytest.raises(ta.SolverError, match="not finite"):
        ta.ode.adjoint(lambda t, y: y * y, (0, 2.0), [1.0])
    with pytest.raises(ta.UnsupportedError, match="kinks"):
        ta.ode.adjoint(lambda t, y: abs(y), (0, 2.0), [1.0])
    with pytest.raises(ta.ShapeError, match="cotangent"):
        ta.ode.adjoint(growth, (0, 1), [1.0], (1.0,)).pullback(np.ones(1))


def jump(t, y, g):
    return np.array([0.0, -y[1]])


def test_jumps_end_sensitivities():
    def bounce(t, y, g):
        return y[0]

    bounce.callback = jump
    with pytest.raises(ta.UnsupportedError, match="callback"):
        solve_ivp(flight, (0, 3.0), [0.5, 0.0], args=(9.81,), events=bounce, sensitivity="y0")
