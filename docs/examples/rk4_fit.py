"""Hares and lynxes: the rates of a Lotka-Volterra model, fitted through its Runge-Kutta loop.

The right-hand side writes into an array and the integrator updates its state in place; the
gradient runs back through all steps.  It keeps some numbers for each step; over
``ta.checkpoint`` it keeps the state now and then, and runs the steps between once more.

    python docs/examples/rk4_fit.py
    python -m taylorad docs/examples/rk4_fit.py:misfit --fixed data,h \\
        --at "p=[1,0.4,0.1,0.4],data=[[10.0,5.0],[5.0,9.0]],h=0.005"
"""

import numpy as np
from numba import njit
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

import taylorad as ta


@njit
def rates(y, p, dy):
    """Hares breed and are eaten; lynxes live on hares and die."""
    hares, lynxes = y[0], y[1]
    dy[0] = p[0] * hares - p[1] * hares * lynxes
    dy[1] = p[2] * hares * lynxes - p[3] * lynxes


@njit
def step(y, p, h, k, middle):
    """One classical Runge-Kutta step, in place; ``k`` and ``middle`` are work arrays."""
    rates(y, p, k[0])
    for stage in range(1, 4):
        part = h if stage == 3 else 0.5 * h
        for j in range(y.size):
            middle[j] = y[j] + part * k[stage - 1, j]
        rates(middle, p, k[stage])
    for j in range(y.size):
        y[j] += h * (k[0, j] + 2.0 * k[1, j] + 2.0 * k[2, j] + k[3, j]) / 6.0


def misfit_over(loop):
    """The squared distance from data at the start and after every ``stride`` steps."""

    @njit
    def misfit(p, data, h, stride=100):
        y, k, middle = data[0].copy(), np.empty((4, 2)), np.empty(2)
        total = 0.0
        for i in loop(range(1, (data.shape[0] - 1) * stride + 1)):
            step(y, p, h, k, middle)
            if i % stride == 0:
                row = data[i // stride]
                total += (y[0] - row[0]) ** 2 + (y[1] - row[1]) ** 2
        return total

    return misfit


misfit, in_segments = misfit_over(njit(lambda steps: steps)), misfit_over(ta.checkpoint)


def observations(p, rows=21):
    """The populations twice a year, by another integrator."""

    def right_side(_, y):
        dy = np.empty(2)
        rates(y, p, dy)
        return dy

    time = 0.5 * np.arange(rows)
    run = solve_ivp(right_side, (0.0, time[-1]), [10.0, 5.0], "DOP853", time, rtol=1e-12)
    return np.ascontiguousarray(run.y.T)


def main():
    truth, guess = np.array([1.1, 0.4, 0.1, 0.4]), np.array([1.0, 0.45, 0.08, 0.35])
    args = observations(truth), 0.005
    run = {"jac": True, "bounds": [(0.05, 2.0)] * 4, "options": {"ftol": 1e-16, "gtol": 1e-8}}
    fit = minimize(ta.value_and_grad(misfit), guess, args=args, **run)
    print(f"rates {np.round(fit.x, 7).tolist()} after {fit.nit} steps, misfit {fit.fun:.1e}")
    plain, segments = ta.grad(misfit)(guess, *args), ta.grad(in_segments)(guess, *args)
    print("gradient at the guess:", plain)
    print("with checkpoints:     ", segments)
    return fit.x, truth, plain, segments


if __name__ == "__main__":
    main()
