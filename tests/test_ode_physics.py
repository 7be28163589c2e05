"""`taylorad.ode` as physics and the literature want it: order, reversal, invariants, exponents."""

from __future__ import annotations

import math

import numpy as np
import ode_fields as of
import ode_problems as op
import pytest
from scipy.integrate import solve_ivp as scipy_solve

import taylorad as ta
from taylorad.ode import solve_ivp

# -- order and reversal ----------------------------------------------------------------------


@pytest.mark.parametrize(("order", "length"), [(4, 1 / 64), (7, 1 / 16), (10, 1 / 4)])
def test_order_of_convergence(order, length):
    """Steps of half the length: errors fall by 2^order."""
    p = op.PROBLEMS["elementary_short"]
    errors = []
    for h in (length, length / 2):
        # a tolerance that asks for nothing: the length alone decides
        s = solve_ivp(p.fun, p.span, p.y0, args=p.args, order=order, rtol=1e-2, atol=1e40,
                      max_step=h, t_eval=[1.0])  # fmt: skip
        errors.append(np.abs(s.y[:, 0] - op.reference("elementary_short")).max())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, rel=0.07)
    assert errors[1] > 1e-14  # above rounding


def test_errors_follow_tolerances():
    p, tolerances = op.PROBLEMS["kepler_short"], 10.0 ** -np.arange(3, 15)
    errors = [
        np.abs(solve_ivp(p.fun, p.span, p.y0, rtol=r).y[:, -1] - op.reference("kepler_short")).max()
        for r in tolerances
    ]
    slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)
    assert (errors < 20 * tolerances).all()


def test_forth_and_back():
    p = op.PROBLEMS["six_bodies_short"]
    there = solve_ivp(p.fun, p.span, p.y0, args=p.args).y[:, -1]
    back = solve_ivp(p.fun, p.span[::-1], there, args=p.args).y[:, -1]
    error = (back - p.y0).reshape(2, -1)
    assert np.abs(error[0]).max() < 1e-12 and np.abs(error[1]).max() < 1e-15
    # and with turned velocities forward in time
    sign = np.repeat([1.0, -1.0], 18)
    turned = sign * solve_ivp(p.fun, p.span, sign * there, args=p.args).y[:, -1]
    np.testing.assert_allclose(turned, back, rtol=0, atol=1e-13)


# -- invariants ------------------------------------------------------------------------------


def invariants(gm, y):
    """Energy, momentum and angular momentum of bodies in space."""
    q, v = y.reshape(2, -1, 3)
    pairs = [(i, j) for i in range(len(gm)) for j in range(i)]
    energy = math.fsum([*(gm[:, None] * v * v / 2).ravel(),
                        *(-gm[i] * gm[j] / math.dist(q[i], q[j]) for i, j in pairs)])  # fmt: skip
    return energy, gm @ v, (gm[:, None] * np.cross(q, v)).sum(0)


def test_outer_planets_keep_their_invariants():
    """A thousand years; ``benchmarks/long_run.py`` goes on to a million."""
    gm, y0 = op.GM, op.PLANETS.reshape(2, 6, 3)
    y0 = (y0 - (gm[:, None] * y0).sum(1, keepdims=True) / gm.sum()).ravel()
    s = solve_ivp(of.bodies, (0, 365250.0), y0, args=(gm,), t_eval=np.linspace(0, 365250.0, 12))
    first = invariants(gm, y0)
    for now in (invariants(gm, y) for y in s.y.T):
        assert now[0] == pytest.approx(first[0], rel=2e-14)
        assert np.abs(now[1]).max() < 1e-19
        np.testing.assert_allclose(now[2], first[2], rtol=2e-14)


def test_flows_of_hamiltonians_are_symplectic():
    p = op.PROBLEMS["figure_eight"]
    s = solve_ivp(p.fun, p.span, p.y0, sensitivity="y0", t_eval=[p.span[1]])
    m = s.dy_dy0[..., 0]
    form = np.kron([[0, 1], [-1, 0]], np.eye(6))
    np.testing.assert_allclose(m.T @ form @ m, form, atol=1e-15 * np.abs(m).max() ** 2)


# -- Lyapunov exponents ----------------------------------------------------------------------


def test_exponents_of_the_lorenz_attractor():
    found = ta.ode.lyapunov(of.lorenz, (0, 620), np.ones(3), op.LORENZ, transient=20)
    # Sprott (2003), Chaos and time-series analysis, table A.5: 0.9056, 0, -14.5723
    assert found.exponents == pytest.approx([0.9056, 0.0, -14.5723], abs=0.02)
    assert found.exponents.sum() == pytest.approx(-10 - 1 - 8 / 3, rel=1e-12)
    assert found.history.shape == (found.t.size, 3) and found.t[-1] == 620
    first = ta.ode.lyapunov(of.lorenz, (0, 120), np.ones(3), op.LORENZ, transient=20, count=1)
    assert first.exponents == pytest.approx([0.9], abs=0.1)


def test_exponents_of_the_roessler_attractor():
    found = ta.ode.lyapunov(of.roessler, (0, 2100), [1.0, 1.0, 0.0], (0.2, 0.2, 5.7), transient=100)
    # the same table: 0.0714, 0, -5.3943
    assert found.exponents == pytest.approx([0.0714, 0.0, -5.3943], abs=0.01)


def test_exponents_of_a_linear_system():
    """Real parts of the eigenvalues; backward with the other sign."""
    matrix = op.MATRIX
    exact = np.sort(np.linalg.eigvals(matrix).real)
    for sign in (1, -1):
        found = ta.ode.lyapunov(of.linear, (0, sign * 2000.0), np.ones(4), (matrix,),
                                transient=200, atol=0.0)  # fmt: skip
        expected = exact[::-1] if sign == 1 else -exact
        assert found.exponents == pytest.approx(expected, abs=2e-3)
        assert found.exponents.sum() == pytest.approx(sign * np.trace(matrix), rel=1e-11)


def test_what_exponents_refuse():
    with pytest.raises(ta.ArgumentValueError, match="count is 4"):
        ta.ode.lyapunov(of.lorenz, (0, 10), np.ones(3), op.LORENZ, count=4)
    with pytest.raises(ta.ArgumentValueError, match="transient"):
        ta.ode.lyapunov(of.lorenz, (0, 10), np.ones(3), op.LORENZ, transient=10)
    with pytest.raises(ta.SolverError, match="singularity"):
        ta.ode.lyapunov(lambda t, y: y * y, (0, 2), [1.0])


# -- SciPy's documentation -------------------------------------------------------------------
# scipy.integrate.solve_ivp's examples, unchanged but for the solver.  The one that is not here has
# a complex state, which is refused: real and imaginary parts are to be components.


def both(*arguments, **options):
    theirs = scipy_solve(*arguments, **{"rtol": 1e-11, "atol": 1e-11, **options})
    return solve_ivp(*arguments, **options), theirs


def exponential_decay(t, y):
    return -0.5 * y


def test_exponential_decay():
    sol = solve_ivp(exponential_decay, [0, 10], [2, 4, 8])
    assert sol.y[:, -1] == pytest.approx(np.array([2, 4, 8]) * math.exp(-5), rel=1e-14)
    sol = solve_ivp(exponential_decay, [0, 10], [2, 4, 8], t_eval=[0, 1, 2, 4, 10])
    assert (sol.t == [0, 1, 2, 4, 10]).all()
    assert sol.y == pytest.approx(np.outer([2, 4, 8], np.exp(-0.5 * sol.t)), rel=1e-14)


def upward_cannon(t, y):
    return [y[1], -0.5]


def hit_ground(t, y):
    return y[0]


hit_ground.terminal = True
hit_ground.direction = -1


def apex(t, y):
    return y[1]


def test_upward_cannon():
    sol, _ = both(upward_cannon, [0, 100], [0, 10], events=hit_ground)
    assert sol.t_events[0] == pytest.approx([40.0]) and sol.t[-1] == pytest.approx(40.0)
    sol, theirs = both(
        upward_cannon, [0, 100], [0, 10], events=(hit_ground, apex), dense_output=True
    )
    for name in ("t_events", "y_events"):
        for found, expected in zip(sol[name], theirs[name], strict=True):
            np.testing.assert_allclose(found, expected, atol=1e-9)
    assert sol.sol(sol.t_events[1][0]) == pytest.approx([100.0, 0.0], abs=1e-12)
    assert sol.status == theirs.status == 1 and sol.message == theirs.message


def lotkavolterra(t, z, a, b, c, d):
    x, y = z
    return [a * x - b * x * y, -c * y + d * x * y]


def test_lotka_volterra():
    sol, theirs = both(lotkavolterra, [0, 15], [10, 5], args=(1.5, 1, 1, 3), dense_output=True)
    t = np.linspace(0, 15, 300)
    np.testing.assert_allclose(sol.sol(t), theirs.sol(t), atol=1e-6)


def test_a_matrix_of_the_documentation():
    """A complex state is refused; the same in real numbers is solved."""
    A = np.array([[-0.25 + 0.14j, 0, 0.33 + 0.44j],
                  [0.25 + 0.58j, -0.2 + 0.14j, 0],
                  [0, 0.2 + 0.4j, -0.1 + 0.97j]])  # fmt: skip

    def deriv_vec(t, y):
        return A @ y

    start = np.array([10 + 0j, 20 + 0j, 30 + 0j])
    with pytest.raises(ta.ArgumentTypeError, match="real and imaginary"):
        solve_ivp(deriv_vec, [0, 25], start)
    real = np.block([[A.real, -A.imag], [A.imag, A.real]])
    y0 = np.concatenate([start.real, start.imag])
    sol = solve_ivp(lambda t, y: real @ y, [0, 25], y0, t_eval=[25.0])
    theirs = scipy_solve(deriv_vec, [0, 25], start, t_eval=[25.0], rtol=1e-11, atol=1e-11)
    assert sol.y[:3] + 1j * sol.y[3:] == pytest.approx(theirs.y, rel=1e-8)
