"""Full Hessians: lanes of directions through the generated gradient.

In units of the plain function, both within a compiled loop and both called from Python; the
entries by hand stand for what the structure of the function would allow.

    python benchmarks/hessians.py
"""

from __future__ import annotations

import math

import numpy as np
from _gradient_peers import Jax
from _timing import from_python, machine, table
from _workloads import workloads
from gradients import first_call, loop_over, ratios_of, require_agreement
from numba import njit

import taylorad as ta

NAMES = ("Rosenbrock 10", "Rosenbrock 100", "Lennard-Jones 13", "logistic regression 500 x 20")


@njit(error_model="numpy")
def rosenbrock(x):
    n = x.shape[0]
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200.0 * x[i] * x[i] - 400.0 * x[i + 1] + 2.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[i]
        h[i + 1, i + 1] = 200.0
    return h


@njit(error_model="numpy")
def lennard_jones(p):
    """A pair adds ``a d d^T + b I`` to its four blocks, with signs."""
    atoms = p.shape[0] // 3
    h = np.zeros((p.shape[0], p.shape[0]))
    d = np.empty(3)
    for i in range(atoms):
        for j in range(i + 1, atoms):
            for k in range(3):
                d[k] = p[3 * i + k] - p[3 * j + k]
            s = 1.0 / (d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
            s6 = s * s * s
            b = (24.0 - 48.0 * s6) * s6 * s
            a = (672.0 * s6 - 192.0) * s6 * s * s
            for k in range(3):
                for m in range(3):
                    e = a * d[k] * d[m]
                    if k == m:
                        e += b
                    h[3 * i + k, 3 * i + m] += e
                    h[3 * j + k, 3 * j + m] += e
                    h[3 * i + k, 3 * j + m] = -e
                    h[3 * j + k, 3 * i + m] = -e
    return h


@njit(error_model="numpy")
def logistic(w, X, y):
    n = w.shape[0]
    h = np.eye(n)
    for i in range(X.shape[0]):
        z = 0.0
        for j in range(n):
            z += X[i, j] * w[j]
        e = math.exp(-abs(z))
        weight = e / ((1.0 + e) * (1.0 + e))
        for j in range(n):
            scaled = weight * X[i, j]
            for k in range(j + 1):
                h[j, k] += scaled * X[i, k]
    for j in range(n):
        for k in range(j):
            h[k, j] = h[j, k]
    return h


def main():
    print(machine())
    rows, calls = [], []
    try:
        jax = Jax()
    except ImportError as missing:
        print(f"skipped jax: {missing}")
        jax = None
    made = workloads()
    for name in NAMES:
        w = made[name]
        w.function(*w.args)
        by_hand = globals()[w.function.__name__]
        hessian, found, first = first_call(lambda f=w.function: ta.hessian(f), *w.args)
        whole, _, _ = first_call(lambda f=w.function: ta.value_grad_hessian(f), *w.args)
        require_agreement(found, by_hand(*w.args))
        functions = {
            "plain": w.function,
            "by hand": by_hand,
            "hessian": hessian,
            "value_grad_hessian": whole,
        }
        inside = {label: loop_over(g, *w.args) for label, g in functions.items()}
        called = {label: from_python(g, *w.args) for label, g in functions.items()}
        if jax:
            f = getattr(jax, w.function.__name__)
            inside["jax"] = jax.loop(jax.hessian(f), *w.args)
            called["jax"] = jax.call(jax.hessian(f), *w.args)
        for candidates, found_rows in ((inside, rows), (called, calls)):
            ratio = ratios_of(candidates)
            values = [ratio(label, "plain") for label in list(candidates)[1:]]
            values += [math.nan] * (jax is None)
            found_rows.append((name, [ratio("plain") * 1e6, *values, first]))
    columns = ["us", "by hand", "hessian", "value_grad_hessian", "jax", "first hessian, s"]
    table("Hessians / plain, in a compiled loop", columns, rows)
    table("Hessians / plain, called from Python", columns[:-1], [(n, v[:-1]) for n, v in calls])


if __name__ == "__main__":
    main()
