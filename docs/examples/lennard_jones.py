"""A cluster of atoms with the Lennard-Jones potential: forces and normal modes.

The Hessian of the energy at a minimum has six zero eigenvalues, one for each rigid motion;
the others are the squared frequencies of vibration.

    python -m taylorad docs/examples/lennard_jones.py:energy --at "[0,0,0,1.12,0,0,0.56,0.97,0]"
"""

import numpy as np
from numba import njit

import taylorad as ta


@njit
def energy(x):
    """Energy of atoms at ``x[0:3]``, ``x[3:6]``, ..."""
    atoms = x.size // 3
    total = 0.0
    for i in range(atoms):
        for j in range(i):
            square = 0.0
            for axis in range(3):
                d = x[3 * i + axis] - x[3 * j + axis]
                square += d * d
            inverse = 1.0 / (square * square * square)
            total += 4.0 * inverse * (inverse - 1.0)
    return total


def relax(x, steps=20):
    """A minimum of the energy, by Newton's method; rigid motions are left alone."""
    gradient, hessian = ta.grad(energy), ta.hessian(energy)
    for _ in range(steps):
        x = x - np.linalg.pinv(hessian(x), rcond=1e-6) @ gradient(x)
    return x


def main():
    side = 2.0 ** (1.0 / 6.0)  # the distance at which one pair is at rest
    corners = [[0, 0, 0], [1, 0, 0], [0.5, 3**0.5 / 2, 0], [0.5, 3**0.5 / 6, (2 / 3) ** 0.5]]
    x = relax(side * np.array(corners).ravel() * 1.01)
    squares = np.linalg.eigvalsh(ta.hessian(energy)(x))
    print(f"energy of four atoms: {energy(x):.12f} (six pairs at rest: -6)")
    print("squared frequencies:", np.round(squares, 6) + 0.0)
    return energy(x), squares


if __name__ == "__main__":
    main()
