"""Functions as people write them under `njit`: what reverse mode is measured on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit


@njit
def rosenbrock(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total += 100.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2
    return total


@njit
def lennard_jones(p):
    atoms = p.shape[0] // 3
    energy = 0.0
    for i in range(atoms):
        for j in range(i + 1, atoms):
            dx = p[3 * i] - p[3 * j]
            dy = p[3 * i + 1] - p[3 * j + 1]
            dz = p[3 * i + 2] - p[3 * j + 2]
            s = 1.0 / (dx * dx + dy * dy + dz * dz)
            s6 = s * s * s
            energy += 4.0 * (s6 * s6 - s6)
    return energy


@njit
def logistic(w, X, y):
    loss = 0.0
    for i in range(X.shape[0]):
        z = 0.0
        for j in range(w.shape[0]):
            z += X[i, j] * w[j]
        if z > 0:
            loss += z + math.log1p(math.exp(-z)) - y[i] * z
        else:
            loss += math.log1p(math.exp(z)) - y[i] * z
    for j in range(w.shape[0]):
        loss += 0.5 * w[j] ** 2
    return loss


@njit
def van_der_pol(x, p, out):
    out[0] = x[1]
    out[1] = p[0] * (1 - x[0] * x[0]) * x[1] - p[1] * x[0]


@njit
def runge_kutta(x0, p, steps):
    h = 0.01
    x = x0.copy()
    m = x.shape[0]
    k1, k2, k3, k4, t = np.empty(m), np.empty(m), np.empty(m), np.empty(m), np.empty(m)
    for _ in range(steps):
        van_der_pol(x, p, k1)
        for i in range(m):
            t[i] = x[i] + 0.5 * h * k1[i]
        van_der_pol(t, p, k2)
        for i in range(m):
            t[i] = x[i] + 0.5 * h * k2[i]
        van_der_pol(t, p, k3)
        for i in range(m):
            t[i] = x[i] + h * k3[i]
        van_der_pol(t, p, k4)
        for i in range(m):
            x[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i])
    return x[0] * x[0] + x[1]


@njit
def cholesky(matrix):
    """The logarithm of the determinant, by a factorisation in place."""
    n = matrix.shape[0]
    a = matrix.copy()
    logdet = 0.0
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= a[j, k] * a[j, k]
        d = math.sqrt(s)
        a[j, j] = d
        logdet += 2.0 * math.log(d)
        for i in range(j + 1, n):
            t = a[i, j]
            for k in range(j):
                t -= a[i, k] * a[j, k]
            a[i, j] = t / d
    return logdet


@njit
def newton(a, x):
    y = 1.0
    steps = 0
    while abs(y * y * y + a * y - x) > 1e-12 and steps < 50:
        y = y - (y * y * y + a * y - x) / (3 * y * y + a)
        steps += 1
    return y * y + math.sin(y)


@njit
def chain(x, W):
    """Layers of ``tanh(W @ x)``."""
    h = x
    for layer in range(W.shape[0]):
        h = np.tanh(W[layer] @ h)
    return np.sum(h * h)


@njit
def chain_by_loops(x, W):
    n = x.shape[0]
    h = x.copy()
    for layer in range(W.shape[0]):
        g = np.empty(n)
        for i in range(n):
            s = 0.0
            for j in range(n):
                s += W[layer, i, j] * h[j]
            g[i] = math.tanh(s)
        h = g
    total = 0.0
    for i in range(n):
        total += h[i] ** 2
    return total


@njit
def stencil(x, steps):
    """Diffusion with a reaction on a line, by two buffers that change places."""
    n = x.shape[0]
    u, v = x.copy(), np.empty(n)
    for _ in range(steps):
        v[0] = u[0]
        v[n - 1] = u[n - 1]
        for i in range(1, n - 1):
            v[i] = u[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1]) - 0.05 * u[i] ** 3
        u, v = v, u
    s = 0.0
    for i in range(n):
        s += u[i] * u[i] * (i + 1)
    return s


@njit
def five_points(f, sweeps):
    """Jacobi's sweeps of a nonlinear Poisson problem, by two buffers that change places."""
    m, n = f.shape
    u, v = np.zeros((m, n)), np.zeros((m, n))
    for _ in range(sweeps):
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                r = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                v[i, j] = 0.25 * (r + f[i, j]) - 0.01 * u[i, j] * u[i, j]
        u, v = v, u
    s = 0.0
    for i in range(m):
        for j in range(n):
            s += u[i, j] * u[i, j]
    return s


@njit
def relaxation(f, sweeps):
    """Successive over-relaxation in place, with a nonlinear damping."""
    m, n = f.shape
    u = np.zeros((m, n))
    for _ in range(sweeps):
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                r = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j]
                r = 0.25 * r - u[i, j]
                u[i, j] += 1.3 * r / (1 + r * r)
    s = 0.0
    for i in range(m):
        for j in range(n):
            s += u[i, j] * u[i, j]
    return s


@njit
def branchy(x):
    """Branches, `continue` and `break`, around two carried values."""
    s, m = 0.0, 1.0
    for i in range(x.size):
        if x[i] > 0.3:
            m *= x[i]
            if m > 2.0:
                m = math.sqrt(m)
        elif x[i] < -0.5:
            s += m * math.exp(x[i])
            continue
        else:
            s = s * 0.9 + x[i] ** 3
        if s > 50:
            break
        s += abs(x[i]) * m
    return s + m


@njit
def piecewise(x):
    """A sum whose terms differ by branch."""
    s = 0.0
    for i in range(x.size):
        if x[i] > 0.5:
            s += x[i] * x[i]
        elif x[i] > -0.5:
            s += 0.5 * x[i] + 0.125
        else:
            s -= x[i] ** 3
    return s


@njit
def filtered(x):
    """Two carried values, updated by branches."""
    level, speed = 0.0, 1.0
    for i in range(x.size):
        if x[i] > level:
            level = level + 0.5 * (x[i] - level) * speed
        else:
            level = level * 0.9 + 0.1 * x[i] * x[i]
            speed = 0.9 * speed + 0.1 * level * level
    return level * speed


@njit
def recursive(x, depth):
    if depth == 0:
        return x
    return math.sin(recursive(x, depth - 1)) * x + recursive(x * 0.5, depth - 1)


@njit
def tree(x, first, last):
    """A balanced binary tree over the entries of an array, by recursion."""
    if last - first == 1:
        return x[first]
    middle = (first + last) // 2
    a = tree(x, first, middle)
    b = tree(x, middle, last)
    return math.sin(a) * b + 0.5 * a


@dataclass(frozen=True)
class Workload:
    """A function, its arguments, and what its gradient is meant to cost in its own time at most."""

    function: Callable
    args: tuple
    target: float
    #: The differentiated arguments.
    argnums: int | tuple[int, ...] = 0


def _definite(rng, n):
    m = rng.normal(size=(n, n))
    return m @ m.T + n * np.eye(n)


def workloads() -> dict[str, Workload]:
    """All of them, by name."""
    rng = np.random.default_rng(3)
    made = {}
    for n in (10, 100, 1000):
        made[f"Rosenbrock {n}"] = Workload(rosenbrock, (rng.uniform(0.5, 1.5, n),), 3)
    for n in (13, 100):
        p = 1.1 * np.argwhere(np.ones((5, 5, 4)))[:n] + rng.uniform(-0.1, 0.1, (n, 3))
        made[f"Lennard-Jones {n}"] = Workload(lennard_jones, (p.ravel(),), 3)
    data = rng.normal(size=(500, 20)), (rng.random(500) > 0.5).astype(float)
    made["logistic regression 500 x 20"] = Workload(logistic, (rng.normal(size=20), *data), 3)
    start = np.array([1.0, 0.3]), np.array([1.5, 1.0])
    made["Runge-Kutta, 1000 steps"] = Workload(runge_kutta, (*start, 1000), 3, (0, 1))
    for n in (20, 100):
        made[f"Cholesky {n}"] = Workload(cholesky, (_definite(rng, n),), 3)
    made["Newton's iteration"] = Workload(newton, (1.3, 2.2), 3, (0, 1))
    for n in (50, 100):
        layers = rng.normal(size=n), rng.normal(size=(10, n, n)) / math.sqrt(n)
        made[f"10 layers of {n}, by loops"] = Workload(chain_by_loops, layers, 3, (0, 1))
        made[f"10 layers of {n}, by @"] = Workload(chain, layers, 3, (0, 1))
    made["stencil 200, 500 steps"] = Workload(stencil, (rng.normal(size=200), 500), 4)
    made["5 points 60 x 60, 20 sweeps"] = Workload(five_points, (rng.normal(size=(60, 60)), 20), 4)
    made["relaxation 60 x 60, 20 sweeps"] = Workload(relaxation, (rng.normal(size=(60, 60)), 20), 4)
    made["branchy 1000"] = Workload(branchy, (1.2 * rng.normal(size=1000),), 4)
    made["piecewise sum 1000"] = Workload(piecewise, (rng.normal(size=1000),), 4)
    made["filter 1000"] = Workload(filtered, (rng.normal(size=1000),), 4)
    made["binary recursion, depth 10"] = Workload(recursive, (0.7, 10), 4)
    made["tree of 1000"] = Workload(tree, (rng.normal(size=1000), 0, 1000), math.nan)
    return made
