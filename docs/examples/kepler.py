"""Kepler's equation ``E - e sin E = M``, solved by Newton's method in a loop.

The loop stops when the value has converged; the derivatives need a little more.  Each further
Newton step doubles the number of correct Taylor coefficients: three steps make 1, 2, 4, 8.

    python -m taylorad docs/examples/kepler.py:eccentric_anomaly --at M=1.2,e=0.4 --order 3
"""

import math

from numba import njit

import taylorad as ta


@njit
def eccentric_anomaly(M, e):
    """The eccentric anomaly ``E`` for a mean anomaly ``M`` and an eccentricity ``e < 1``."""
    E = M + e * math.sin(M)
    for _ in range(50):
        step = (E - e * math.sin(E) - M) / (1.0 - e * math.cos(E))
        E -= step
        if abs(step) < 1e-14:
            break
    # the value has converged; three more steps settle every derivative up to the seventh
    for _ in range(3):
        E -= (E - e * math.sin(E) - M) / (1.0 - e * math.cos(E))
    return E


@njit
def radius(M, e):
    """Distance from the focus, in units of the semi-major axis."""
    return 1.0 - e * math.cos(eccentric_anomaly(M, e))


def main():
    M, e = 1.2, 0.4
    E = eccentric_anomaly(M, e)
    slope = ta.derivative(eccentric_anomaly)(M, e)
    exact = 1.0 / (1.0 - e * math.cos(E))
    print(f"E = {E:.15f}")
    print(f"dE/dM = {slope:.15f}, by implicit differentiation {exact:.15f}")
    print("radius as a series in M:", ta.taylor(radius, 5)(M, e))
    return slope, exact


if __name__ == "__main__":
    main()
