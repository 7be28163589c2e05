"""A pendulum by the classical Runge-Kutta method, differentiated through the whole loop.

The state is one array, updated in place; the work arrays are ordinary ``np.empty`` and
``np.zeros``.  The derivative with respect to the angle of release says how much the final
angle changes; higher coefficients give the final angle for all angles of release nearby.

    python -m taylorad docs/examples/pendulum.py:angle_after --at 1.0,2.0,200 --order 4
"""

import math

import numpy as np
from numba import njit

import taylorad as ta


@njit
def rates(y, dy):
    """``theta' = omega``, ``omega' = -sin(theta)``, written into ``dy``."""
    dy[0] = y[1]
    dy[1] = -math.sin(y[0])


@njit
def angle_after(theta, time, steps: int = 200):
    """The angle at ``time`` of a pendulum released at rest from ``theta``."""
    y = np.zeros(2)
    y[0] = theta
    k1 = np.empty(2)
    k2 = np.empty(2)
    k3 = np.empty(2)
    k4 = np.empty(2)
    h = time / steps
    for _ in range(steps):
        rates(y, k1)
        rates(y + 0.5 * h * k1, k2)
        rates(y + 0.5 * h * k2, k3)
        rates(y + h * k3, k4)
        y += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y[0]


def main():
    theta, time = 1.0, 2.0
    series = ta.taylor(angle_after, 6)(theta, time, 200)
    print("final angle as a series in the angle of release:")
    print(series)
    nearby = angle_after(theta + 0.1, time, 200)
    print("from the series at 1.1:", np.polynomial.Polynomial(series)(0.1))
    print("from the program at 1.1:", nearby)
    return series, nearby


if __name__ == "__main__":
    main()
