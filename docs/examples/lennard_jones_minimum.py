"""Thirteen atoms find their minimum: SciPy's second-order methods on a compiled energy.

The energy is a double loop over pairs, and all that SciPy asks for comes from it: the gradient,
the product of the Hessian with a vector, the Hessian.  The icosahedron with an atom in its
centre is the best of all arrangements, at energy -44.326801 (J. Northby, J. Chem. Phys. 87,
1987).

    python docs/examples/lennard_jones_minimum.py
    python -m taylorad docs/examples/lennard_jones_minimum.py:energy --at "[0,0,0,1.12,0,0]"
"""

import itertools

import numpy as np
from numba import njit
from scipy.optimize import minimize

import taylorad as ta


@njit
def energy(x):
    """Energy of atoms at ``x[0:3]``, ``x[3:6]``, ..., in units of the depth of a pair."""
    atoms = x.reshape(-1, 3)
    total = 0.0
    for i in range(atoms.shape[0]):
        for j in range(i):
            square = 0.0
            for axis in range(3):
                square += (atoms[i, axis] - atoms[j, axis]) ** 2
            inverse = 1.0 / square**3
            total += 4.0 * inverse * (inverse - 1.0)
    return total


def icosahedron():
    """Its twelve corners at distance 1 from an atom in the centre."""
    golden = 0.5 * (1.0 + 5.0**0.5)
    corners = [np.zeros(3)]
    for a, b in itertools.product((-1.0, 1.0), (-golden, golden)):
        corners += [np.roll((0.0, a, b), shift) for shift in range(3)]
    return np.array(corners) / np.hypot(1.0, golden)


def main():
    noise = np.random.default_rng(1).normal(scale=0.1, size=(13, 3))
    start = (1.1 * icosahedron() + noise).ravel()
    gradient, product, hessian = ta.grad(energy), ta.hvp(energy), ta.hessian(energy)
    print(f"start: energy {energy(start):.6f}")
    runs = {}
    for method in ("Newton-CG", "trust-krylov"):
        runs[method] = minimize(energy, start, jac=gradient, hessp=product, method=method)
    runs["trust-exact"] = minimize(energy, start, jac=gradient, hess=hessian, method="trust-exact")
    for method, run in runs.items():
        slope = np.max(np.abs(gradient(run.x)))
        print(f"{method}: energy {run.fun:.9f} after {run.nit} steps, largest force {slope:.1e}")
    squares = np.linalg.eigvalsh(hessian(runs["trust-exact"].x))
    print("lowest squared frequencies beyond six rigid motions:", np.round(squares[6:10], 3))
    return runs, squares


if __name__ == "__main__":
    main()
