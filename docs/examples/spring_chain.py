"""A chain of springs hangs between two hooks: its shape at rest, by energy alone.

Masses on springs that resist stretching, not folding; the energy is that of the springs and of
gravity.  The trust-region method needs the Hessian, which is not definite on the way.  At rest
the two hooks carry the whole weight.

    python docs/examples/spring_chain.py
    python -m taylorad docs/examples/spring_chain.py:energy --fixed hooks,length,stiffness,weight \\
        --at "x=[0.5,-0.6],hooks=[[0,0],[1,0]],length=0.7,stiffness=200,weight=0.1"
"""

import math

import numpy as np
from numba import njit
from scipy.optimize import minimize

import taylorad as ta


@njit
def energy(x, hooks, length, stiffness, weight):
    """Energy of masses at ``x[0:2]``, ``x[2:4]``, ...; ``hooks`` holds the two ends."""
    masses = x.size // 2
    total = 0.0
    left, low = hooks[0, 0], hooks[0, 1]
    for i in range(masses + 1):
        if i < masses:
            right, high = x[2 * i], x[2 * i + 1]
            total += weight * high
        else:
            right, high = hooks[1, 0], hooks[1, 1]
        stretch = math.hypot(right - left, high - low) - length
        if stretch > 0.0:
            total += 0.5 * stiffness * stretch * stretch
        left, low = right, high
    return total


# by the place of the hooks: the force on a hook is minus the derivative of the energy
pull = ta.grad(energy, argnums=1)


def main(masses=30):
    hooks = np.array([[0.0, 0.0], [1.0, 0.0]])
    chain = (hooks, 1.5 / (masses + 1), 200.0, 0.1)
    start = np.linspace(hooks[0], hooks[1], masses + 2)[1:-1]
    start[:, 1] -= 0.3 * np.sin(np.pi * start[:, 0])
    rest = minimize(
        energy,
        start.ravel(),
        args=chain,
        jac=ta.grad(energy),
        hess=ta.hessian(energy),
        method="trust-exact",
        options={"gtol": 1e-9},
    )
    forces = -pull(rest.x, *chain)
    lowest = np.min(np.linalg.eigvalsh(ta.hessian(energy)(rest.x, *chain)))
    print(f"energy {rest.fun:.9f} after {rest.nit} steps, {rest.message}")
    print(f"the chain hangs down to {rest.x[1::2].min():.6f}, lowest stiffness {lowest:.3f}")
    print("forces on the hooks:", np.round(forces, 6).tolist(), f"weight {masses * chain[3]:.6f}")
    return rest.x.reshape(-1, 2), forces, masses * chain[3]


if __name__ == "__main__":
    main()
