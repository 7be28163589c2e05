"""Other solvers of differential equations, each optional.

``solver(problem, tol)`` makes a `Run`, or raises ImportError where the library is not installed.
Making it is what a user pays once; calling it solves the problem once more.  Runge-Kutta
methods get 1e-14 at the tightest by default, about where rounding takes over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

EPS = float(np.finfo(float).eps)


@dataclass
class Run:
    """``solve()`` returns the state at the end and the number of steps, None if unknown."""

    solve: Callable[[], tuple[np.ndarray, int | None]]


def taylorad(problem, tol=EPS):
    """Our own, through its public call."""
    from taylorad import ode

    def solve():
        r = ode.solve_ivp(
            problem.fun, problem.span, problem.y0, t_eval=problem.span[1:], args=problem.args,
            rtol=tol, atol=tol,
        )  # fmt: skip
        if not r.success:
            raise RuntimeError(r.message)
        return r.y[:, -1], r.nsteps

    return Run(solve)


def taylorad_ensemble(problem, starts, tol=EPS):
    """Ends of many trajectories, on one core: ``starts`` of shape ``(members, n)``."""
    from taylorad import ode

    def solve():
        r = ode.ensemble(
            problem.fun, problem.span, starts, problem.args, batched=(), rtol=tol, atol=tol,
            workers=1,
        )  # fmt: skip
        if not r.success.all():
            raise RuntimeError(r.messages[int(np.argmin(r.status))])
        return r.y, int(r.nsteps.sum())

    return Run(solve)


def taylorad_variational(problem, order, tol=EPS):
    """Derivatives by all initial values, at the end, through the public call."""
    from taylorad import ode

    def solve():
        r = ode.solve_ivp(
            problem.fun, problem.span, problem.y0, t_eval=problem.span[1:], args=problem.args,
            rtol=tol, atol=tol, sensitivity="y0", sensitivity_order=order,
        )  # fmt: skip
        return r.sensitivities[order][..., -1], r.nsteps

    solve()
    return Run(solve)


def taylorad_variational_loop(problem, order, tol=EPS):
    """The same by our compiled loops alone: without `solve_ivp`'s options and outputs."""
    from numba import njit

    from taylorad.ode.lifted import lift
    from taylorad.ode.options import Tolerances
    from taylorad.ode.reading import parameters_of
    from taylorad.ode.recording import Motion
    from taylorad.ode.stepping import sure_step
    from taylorad.ode.system import sensitive

    @njit
    def through(address, t, end, motion, coefficients, start, rest, lifts):
        steps = 0
        while t < end:
            h = sure_step(address, t, end - t, motion, coefficients, start, rest)
            lift(lifts, coefficients, h)
            t += h
            steps += 1
        return steps

    tolerances = Tolerances.of(tol, tol, None, problem.y0)
    made, lifts = sensitive(
        problem.fun, problem.span[0], problem.y0, problem.args, order=tolerances.order,
        first=("y0",), degree=order,
    )  # fmt: skip
    par, work = parameters_of(problem.args), made.scratch()
    coefficients, n = np.empty((made.order + 1, made.width)), len(problem.y0)
    memory = lifts.memory()
    begin = memory.states.copy()

    def solve():
        memory.states[:] = begin
        motion = Motion(problem.y0.copy(), np.zeros(n), par, tolerances.floor, work)
        steps = through(
            made.address, *problem.span, motion, coefficients, np.empty(n), np.empty(n), memory
        )
        rows = np.zeros((len(lifts.lifts), lifts.rows, lifts.lanes))
        rows[:, :n] = memory.states.reshape(len(lifts.lifts), n, lifts.lanes)
        return lifts.tensors(rows.reshape(-1))[order - 1][:n], steps

    solve()
    return Run(solve)


def taylorad_loop(problem, tol=EPS):
    """Our compiled loop alone, as code under Numba meets it: without `solve_ivp`'s options."""
    from taylorad.ode.options import Tolerances
    from taylorad.ode.reading import parameters_of
    from taylorad.ode.recording import Motion
    from taylorad.ode.stepping import END, propagate
    from taylorad.ode.system import system

    tolerances = Tolerances.of(tol, tol, None, problem.y0)
    start, end = problem.span
    made = system(problem.fun, start, problem.y0, problem.args, order=tolerances.order)
    par, work = parameters_of(problem.args), made.scratch()
    coefficients = np.empty((made.order + 1, made.width))

    def solve():
        y, low = problem.y0.copy(), np.zeros(len(problem.y0))
        status, _, _, steps = propagate(
            made.address, start, 0.0, end, math.inf, 10**9,
            Motion(y, low, par, tolerances.floor, work), coefficients,
        )
        if status != END:
            raise RuntimeError(f"status {status}")
        return y, steps

    return Run(solve)


def in_place(problem):
    """``f(t, y, dy)`` under Numba that allocates nothing, with numbers for the parameters."""
    from numba import njit

    if problem.system == "kepler":

        def f(t, y, dy):
            r2 = y[0] * y[0] + y[1] * y[1]
            r3 = 1 / (r2 * math.sqrt(r2))
            dy[0], dy[1], dy[2], dy[3] = y[2], y[3], -y[0] * r3, -y[1] * r3

    elif problem.system == "lorenz":
        s, r, b = problem.args

        def f(t, y, dy):
            dy[0] = s * (y[1] - y[0])
            dy[1] = y[0] * (r - y[2]) - y[1]
            dy[2] = y[0] * y[1] - b * y[2]

    elif problem.system == "restricted":
        (m,) = problem.args

        def f(t, y, dy):
            p, q, zz = y[0] + m, y[0] - (1 - m), y[1] * y[1]
            d1, d2 = p * p + zz, q * q + zz
            g1, g2 = (1 - m) / (d1 * math.sqrt(d1)), m / (d2 * math.sqrt(d2))
            dy[0], dy[1] = y[2], y[3]
            dy[2] = y[0] + 2 * y[3] - g1 * p - g2 * q
            dy[3] = y[1] - 2 * y[2] - (g1 + g2) * y[1]

    else:
        (gm,) = problem.args
        n = len(gm)

        def f(t, y, dy):
            for i in range(3 * n):
                dy[i] = y[3 * n + i]
                dy[3 * n + i] = 0.0
            for i in range(n):
                for j in range(i):
                    a = y[3 * j] - y[3 * i]
                    b = y[3 * j + 1] - y[3 * i + 1]
                    c = y[3 * j + 2] - y[3 * i + 2]
                    r2 = a * a + b * b + c * c
                    r3 = 1 / (r2 * math.sqrt(r2))
                    p, q = gm[j] * r3, gm[i] * r3
                    dy[3 * n + 3 * i] += p * a
                    dy[3 * n + 3 * i + 1] += p * b
                    dy[3 * n + 3 * i + 2] += p * c
                    dy[3 * n + 3 * j] -= q * a
                    dy[3 * n + 3 * j + 1] -= q * b
                    dy[3 * n + 3 * j + 2] -= q * c

    return njit(f)


def numbalsoda(problem, tol=1e-14):
    """DOP853 in Fortran, called with the address of a compiled right-hand side."""
    import numbalsoda as nb
    from numba import carray, cfunc

    f, n = in_place(problem), len(problem.y0)

    @cfunc(nb.lsoda_sig)
    def right_hand_side(t, y, dy, _):
        f(t, carray(y, (n,)), carray(dy, (n,)))

    address, times = right_hand_side.address, np.array(problem.span)

    def solve():
        y, success = nb.dop853(address, problem.y0, times, rtol=tol, atol=tol, mxstep=10**8)
        if not success:
            raise RuntimeError("numbalsoda failed")
        return y[-1], None

    return Run(solve)


def scipy(problem, tol=1e-14):
    """SciPy's DOP853 on a compiled right-hand side."""
    from scipy.integrate import solve_ivp

    f, dy = in_place(problem), np.empty(len(problem.y0))

    def right_hand_side(t, y):
        f(t, y, dy)
        return dy.copy()

    def solve():
        r = solve_ivp(
            right_hand_side, problem.span, problem.y0, "DOP853", problem.span[1:],
            rtol=max(tol, 100 * EPS), atol=tol,
        )  # fmt: skip
        return r.y[:, -1], None

    return Run(solve)


def diffrax(problem, tol=1e-14):
    """Dopri8 of diffrax, the whole solution in one compiled function."""
    import diffrax as dx
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    controller = dx.PIDController(rtol=tol, atol=tol)

    def kepler(t, y, _):
        return jnp.concatenate([y[2:], -y[:2] * (y[0] ** 2 + y[1] ** 2) ** -1.5])

    def lorenz(t, y, _):
        s, r, b = problem.args
        return jnp.stack([s * (y[1] - y[0]), y[0] * (r - y[2]) - y[1], y[0] * y[1] - b * y[2]])

    def restricted(t, y, _):
        (m,) = problem.args
        p, q = y[0] + m, y[0] - (1 - m)
        g1 = (1 - m) * (p**2 + y[1] ** 2) ** -1.5
        g2 = m * (q**2 + y[1] ** 2) ** -1.5
        ax = y[0] + 2 * y[3] - g1 * p - g2 * q
        return jnp.stack([y[2], y[3], ax, y[1] - 2 * y[2] - (g1 + g2) * y[1]])

    def bodies(t, y, _):
        (gm,) = problem.args
        q, v = y.reshape(2, len(gm), 3)
        d = q[None, :] - q[:, None]
        r2 = jnp.sum(d * d, axis=2) + jnp.eye(len(gm))
        a = jnp.sum(d * (gm[None, :] * r2**-1.5)[:, :, None], axis=1)
        return jnp.concatenate([v.ravel(), a.ravel()])

    field = {f.__name__: f for f in (kepler, lorenz, restricted, bodies)}[problem.system]

    @jax.jit
    def run(y0):
        found = dx.diffeqsolve(
            dx.ODETerm(field), dx.Dopri8(), *problem.span, None, y0,
            stepsize_controller=controller, max_steps=10**7, saveat=dx.SaveAt(t1=True),
        )  # fmt: skip
        return found.ys[-1], found.stats["num_steps"]

    def solve():
        y, steps = run(problem.y0)
        return np.asarray(y), int(steps)

    return Run(solve)
