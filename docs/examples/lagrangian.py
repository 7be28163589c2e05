"""Equations of motion from a Lagrangian, without writing them down.

For a Lagrangian ``L(q, w)`` the acceleration ``a`` solves ``L_ww a = L_q - L_wq w``: second
derivatives of ``L`` with respect to velocities ``w`` and positions ``q``.  The double pendulum
below states its energy only; the simulation conserves it.

    python -m taylorad docs/examples/lagrangian.py:lagrangian --at q=[1,0.5],w=[0,0.2] --order 2
"""

import math

import numpy as np
from numba import njit

import taylorad as ta

GRAVITY = 9.81


@njit
def energies(q, w):
    """Kinetic and potential energy of two unit masses on two unit rods."""
    swing = w[0] * w[1] * math.cos(q[0] - q[1])
    kinetic = w[0] ** 2 + 0.5 * w[1] ** 2 + swing
    potential = -GRAVITY * (2.0 * math.cos(q[0]) + math.cos(q[1]))
    return kinetic, potential


@njit
def lagrangian(q, w):
    """Kinetic minus potential energy."""
    kinetic, potential = energies(q, w)
    return kinetic - potential


@njit
def of_state(y):
    """The Lagrangian of the state ``y = (q, w)``, whose Hessian has all that is needed."""
    return lagrangian(y[:2], y[2:])


def acceleration(q, w):
    """The angular accelerations that the Lagrangian implies."""
    y = np.concatenate((q, w))
    _, gradient, hessian = ta.value_grad_hessian(of_state)(y)
    force = gradient[:2] - hessian[2:, :2] @ w
    return np.linalg.solve(hessian[2:, 2:], force)


def main():
    q, w, h = np.array([1.0, 0.5]), np.zeros(2), 1e-3
    before = sum(energies(q, w))
    for _ in range(1000):  # the midpoint rule
        middle_q, middle_w = q + 0.5 * h * w, w + 0.5 * h * acceleration(q, w)
        q, w = q + h * middle_w, w + h * acceleration(middle_q, middle_w)
    after = sum(energies(q, w))
    print("angles after one second:", q)
    print(f"energy before {before:.9f}, after {after:.9f}")
    return before, after


if __name__ == "__main__":
    main()
