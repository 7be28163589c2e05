"""One call from Python of a derivative of a trivial function, against the plain dispatcher.

python benchmarks/call_overhead.py
"""

from __future__ import annotations

import numpy as np
from _timing import from_python, interleave, machine, table
from numba import njit

import taylorad as ta


@njit
def scalar(x):
    return x * x + 1.0


@njit
def vector(x):
    return x[0] * x[1] + x[2]


@njit
def pair(x):
    return x * x + 1.0, x + x


@njit
def fresh_array(x):
    return np.empty(4)


def main():
    print(machine())
    x, v = np.array([0.5, 1.0, 2.0]), np.array([1.0, 0.0, 0.0])
    groups = {
        "plain scalar function": {
            "derivative": (ta.derivative(scalar), 0.5),
            "jvp": (ta.jvp(scalar), 0.5, 1.0),
            "taylor, order 3": (ta.taylor(scalar, 3), 0.5),
            "plain function that returns two numbers": (pair, 0.5),
            "plain function that returns an array of 4": (fresh_array, 0.5),
        },
        "plain function of an array": {
            "jvp": (ta.jvp(vector), x, v),
            "directional, order 3": (ta.directional(vector, 3), x, v),
        },
    }
    plain = {"plain scalar function": (scalar, 0.5), "plain function of an array": (vector, x)}
    for base, calls in groups.items():
        times = interleave({n: from_python(*c) for n, c in {base: plain[base], **calls}.items()})
        rows = [
            (n, [times.ratio(n, base), times.above(n, base) * 1e6, times.best(n) * 1e6])
            for n in times.rounds
        ]
        table(f"one call from Python / {base}", ["ratio", "us beyond it", "us"], rows)


if __name__ == "__main__":
    main()
