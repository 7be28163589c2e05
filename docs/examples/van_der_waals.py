"""The critical point of a van der Waals gas.

In reduced units the pressure is ``p(T, v) = 8 T / (3 v - 1) - 3 / v**2``.  At the critical
point ``T = v = 1`` the first and second derivatives with respect to the volume vanish, and
the third, -9, is the first that does not: it sets the shape of the critical isotherm.  So
third derivatives are the physics here, and a difference quotient would drown them in noise.

    python -m taylorad docs/examples/van_der_waals.py:pressure --at T=1,v=1 --order 3
"""

import numpy as np
from numba import njit

import taylorad as ta


@njit
def pressure(T, v):
    """Reduced pressure at reduced temperature ``T`` and volume ``v``."""
    repulsion = 8.0 * T / (3.0 * v - 1.0)
    attraction = 3.0 / v**2
    return repulsion - attraction


slope = ta.derivative(pressure, 1, argnums=1)
curvature = ta.derivative(pressure, 2, argnums=1)


@njit
def compressibility(T, v):
    """Isothermal compressibility ``-1 / (v dp/dv)``: derivatives are compiled functions."""
    return -1.0 / (v * slope(T, v))


@njit
def spinodal(T, v=0.8, steps=30):
    """The volume below 1 at which ``dp/dv = 0``, by Newton's method with exact slopes."""
    for _ in range(steps):
        v -= slope(T, v) / curvature(T, v)
    return v


def main():
    isotherm = ta.taylor(pressure, 4, argnums=1)(1.0, 1.0)
    print("critical isotherm: p(1, 1 + u) =", np.round(isotherm, 12), "in powers of u")
    print("its third derivative:", ta.derivative(pressure, 3, argnums=1)(1.0, 1.0))
    print("compressibility at T=1.2, v=1:", compressibility(1.2, 1.0))
    print("spinodal volume at T=0.9:", spinodal(0.9))
    return isotherm


if __name__ == "__main__":
    main()
