"""Right-hand sides as users write them, for Numba: lists, arrays, loops, slices, helpers.

DETEST: Hull, Enright, Fellen, Sedgwick (1972), Comparing numerical methods for ordinary
differential equations.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


def kepler(t, y):
    x, z, vx, vz = y
    r3 = np.sqrt(x * x + z * z) ** 3
    return [vx, vz, -x / r3, -z / r3]


def lorenz(t, y, sigma, rho, beta):
    return [sigma * (y[1] - y[0]), y[0] * (rho - y[2]) - y[1], y[0] * y[1] - beta * y[2]]


def restricted(t, y, mu):
    """The restricted three-body problem in the plane, in rotating coordinates."""
    x, z, vx, vz = y
    nu = 1 - mu
    d1 = ((x + mu) ** 2 + z**2) ** 1.5
    d2 = ((x - nu) ** 2 + z**2) ** 1.5
    ax = x + 2 * vz - nu * (x + mu) / d1 - mu * (x - nu) / d2
    az = z - 2 * vx - nu * z / d1 - mu * z / d2
    return [vx, vz, ax, az]


def double_pendulum(t, y, m1, m2, l1, l2, g):
    a, b, u, v = y
    s, c = np.sin(a - b), np.cos(a - b)
    mass = m1 + m2 * s * s
    du = (m2 * g * np.sin(b) * c - m2 * s * (l1 * u**2 * c + l2 * v**2)
          - (m1 + m2) * g * np.sin(a)) / (l1 * mass)  # fmt: skip
    dv = ((m1 + m2) * (l1 * u**2 * s - g * np.sin(b) + g * np.sin(a) * c)
          + m2 * l2 * v**2 * s * c) / (l2 * mass)  # fmt: skip
    return np.array([u, v, du, dv])


def van_der_pol(t, y, mu):
    return [y[1], mu * (1 - y[0] ** 2) * y[1] - y[0]]


def pleiades(t, y):
    """Seven stars in the plane; Hairer, Norsett, Wanner (1993), section II.10."""
    dy = np.zeros_like(y)
    for i in range(14):
        dy[i] = y[14 + i]
    for i in range(7):
        for j in range(7):
            if i != j:
                dx, dz = y[j] - y[i], y[7 + j] - y[7 + i]
                r3 = (dx**2 + dz**2) ** 1.5
                dy[14 + i] += (j + 1) * dx / r3
                dy[21 + i] += (j + 1) * dz / r3
    return dy


def bodies(t, y, gm):
    """Newton's law for any number of bodies in space: all positions, then all velocities."""
    n = gm.shape[0]
    dy = np.zeros_like(y)
    for i in range(3 * n):
        dy[i] = y[3 * n + i]
    for i in range(n):
        for j in range(n):
            if i != j:
                dx = y[3 * j] - y[3 * i]
                dz = y[3 * j + 1] - y[3 * i + 1]
                dw = y[3 * j + 2] - y[3 * i + 2]
                r2 = dx * dx + dz * dz + dw * dw
                r3 = r2 * np.sqrt(r2)
                dy[3 * n + 3 * i] += gm[j] * dx / r3
                dy[3 * n + 3 * i + 1] += gm[j] * dz / r3
                dy[3 * n + 3 * i + 2] += gm[j] * dw / r3
    return dy


def outer_planets(t, y, k2, m0, m):
    """DETEST C5: five planets about the sun, which stays at the origin."""
    dy = np.empty_like(y)
    dy[:15] = y[15:]
    for i in range(5):
        r = _length(y[3 * i : 3 * i + 3])
        for c in range(3):
            dy[15 + 3 * i + c] = -(m0 + m[i]) * y[3 * i + c] / r**3
        for k in range(5):
            if k != i:
                d3 = _length(y[3 * k : 3 * k + 3] - y[3 * i : 3 * i + 3]) ** 3
                r3 = _length(y[3 * k : 3 * k + 3]) ** 3
                for c in range(3):
                    apart = (y[3 * k + c] - y[3 * i + c]) / d3
                    dy[15 + 3 * i + c] += m[k] * (apart - y[3 * k + c] / r3)
        for c in range(3):
            dy[15 + 3 * i + c] *= k2
    return dy


@njit
def _length(d):
    return np.sqrt(d[0] ** 2 + d[1] ** 2 + d[2] ** 2)


def brusselator(t, y, a, b):
    reaction = y[0] * y[0] * y[1]
    return [a + reaction - (b + 1) * y[0], b * y[0] - reaction]


def duffing(t, y, damping, forcing):
    return [y[1], y[0] - y[0] ** 3 - damping * y[1] + forcing * np.cos(t)]


def roessler(t, y, a, b, c):
    return [-y[1] - y[2], y[0] + a * y[1], b + y[2] * (y[0] - c)]


def planar_bodies(t, y):
    """Three equal masses in the plane: x1 z1 x2 z2 x3 z3 and their velocities."""
    q = y[:6].reshape(3, 2)
    acceleration = np.zeros_like(q)
    for i in range(3):
        for j in range(3):
            if i != j:
                d = q[j] - q[i]
                acceleration[i] += d / (d[0] ** 2 + d[1] ** 2) ** 1.5
    return np.concatenate((y[6:], acceleration.ravel()))


def elementary(t, y, a):
    """Elementary and special functions of the state and of time."""
    return [
        np.exp(-y[0]) + math.erf(t - 1) * y[1] - np.arctan(a * y[2]),
        np.tan(y[0] / 5) - y[1] ** 1.5 + np.tanh(y[3]) + np.sqrt(1 + y[2] ** 2),
        np.log(2 + t + y[1]) * np.sin(y[3]) - y[2] / 2,
        np.cos(y[2]) + np.arcsin(y[3] / 4) - y[3] / (1 + t) - np.sinh(y[3] / 3),
    ]


def linear(t, y, matrix):
    return matrix @ y


def logistic(t, y):
    """DETEST A4."""
    return y / 4 * (1 - y / 20)


def spiral(t, y):
    """DETEST A5."""
    return (y - t) / (y + t)


def torus(t, y):
    """DETEST B4."""
    r = np.sqrt(y[0] ** 2 + y[1] ** 2)
    return [-y[1] - y[0] * y[2] / r, y[0] - y[1] * y[2] / r, y[0] / r]


def chain(t, y, rates):
    """DETEST C1 and C2: decay down a chain."""
    dy = np.empty_like(y)
    dy[0] = -rates[0] * y[0]
    for i in range(1, y.shape[0] - 1):
        dy[i] = rates[i - 1] * y[i - 1] - rates[i] * y[i]
    dy[-1] = rates[-1] * y[-2]
    return dy


def diffusion(t, y):
    """DETEST C3 and C4."""
    dy = -2 * y
    dy[1:] += y[:-1]
    dy[:-1] += y[1:]
    return dy


def bessel(t, y):
    """DETEST E1: the function of order one half, at t + 1."""
    s = t + 1
    return [y[1], -(y[1] / s + (1 - 0.25 / s**2) * y[0])]


def pursuit(t, y):
    """DETEST E5."""
    return [y[1], np.sqrt(1 + y[1] ** 2) / (25 - t)]


def b1(t, y):
    return [2 * (y[0] - y[0] * y[1]), -(y[1] - y[0] * y[1])]


def b2(t, y):
    return [-y[0] + y[1], y[0] - 2 * y[1] + y[2], y[1] - y[2]]


def b3(t, y):
    return [-y[0], y[0] - y[1] ** 2, y[1] ** 2]


def b5(t, y):
    return [y[1] * y[2], -y[0] * y[2], -0.51 * y[0] * y[1]]


def e3(t, y):
    return [y[1], y[0] ** 3 / 6 - y[0] + 2 * np.sin(2.78535 * t)]


def e4(t, y):
    return [y[1], 0.032 - 0.4 * y[1] ** 2]
