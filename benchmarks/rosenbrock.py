"""Directional derivatives of the Rosenbrock loop, n = 1000, of order 1 and 2.

Against the plain function and against tangent code written by hand, within a compiled
loop and called from Python.  The point and the direction are the same in every turn, but
one entry of the point changes, so nothing can be hoisted.

    python benchmarks/rosenbrock.py [N]
"""

from __future__ import annotations

import sys

import numpy as np
from _timing import from_python, interleave, machine, table
from numba import njit

import taylorad as ta


@njit
def rosenbrock(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total += 100.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2
    return total


@njit
def tangent_by_hand(x, v):
    total, slope = 0.0, 0.0
    for i in range(x.shape[0] - 1):
        a, da = x[i + 1] - x[i] * x[i], v[i + 1] - 2.0 * x[i] * v[i]
        b, db = 1.0 - x[i], -v[i]
        total += 100.0 * a * a + b * b
        slope += 200.0 * a * da + 2.0 * b * db
    return total, slope


@njit
def order_two_by_hand(x, v):
    c0, c1, c2 = 0.0, 0.0, 0.0
    for i in range(x.shape[0] - 1):
        a0, a1, a2 = x[i + 1] - x[i] * x[i], v[i + 1] - 2.0 * x[i] * v[i], -v[i] * v[i]
        b0, b1 = 1.0 - x[i], -v[i]
        c0 += 100.0 * a0 * a0 + b0 * b0
        c1 += 200.0 * a0 * a1 + 2.0 * b0 * b1
        c2 += 100.0 * (2.0 * a0 * a2 + a1 * a1) + b1 * b1
    return c0, c1, c2


def loop_over(g):
    """A compiled loop over calls ``g(x, v)`` that adds up the results."""

    @njit
    def loop(n, x, v):
        total = 0.0
        for i in range(n):
            x[0] = 0.5 + 1e-9 * i
            for item in g(x, v):
                total += item
        return total

    return loop


@njit
def plain(x, v):
    return (rosenbrock(x),)


def main(size):
    print(machine())
    rng = np.random.default_rng(0)
    x, v = rng.uniform(0.5, 1.5, size), rng.normal(size=size)
    jvp, directional = ta.jvp(rosenbrock), ta.directional(rosenbrock, 2)
    np.testing.assert_allclose(jvp(x, v), tangent_by_hand(x, v), rtol=1e-12)
    np.testing.assert_allclose(directional(x, v), order_two_by_hand(x, v), rtol=1e-12)
    functions = {
        "plain function": plain,
        "order 1 by hand": tangent_by_hand,
        "taylorad jvp": jvp,
        "order 2 by hand": order_two_by_hand,
        "taylorad directional, order 2": directional,
    }
    loops = {name: loop_over(g) for name, g in functions.items()}
    inside = interleave({name: lambda n, loop=loop: loop(n, x, v) for name, loop in loops.items()})
    called = interleave({name: from_python(g, x, v) for name, g in functions.items()})
    base = "plain function"
    columns = ["in a compiled loop", "from Python"]
    rows = [(name, [t.ratio(name, base) for t in (inside, called)]) for name in functions]
    table(f"time / {base}, Rosenbrock n={size}", columns, rows)
    microseconds = [t.best(base) * 1e6 for t in (inside, called)]
    table("microseconds", columns, [(base, microseconds)])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
