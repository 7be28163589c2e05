"""Memory of reverse sweeps: bytes that gradients keep for each step of a loop.

Each loop runs in a process of its own, whose largest resident size before and after the
gradient tells what it kept.  Growing stacks hold up to twice what lies on them.

    python benchmarks/memory.py [STEPS]
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import time

import numpy as np
from _timing import table
from _workloads import runge_kutta
from numba import njit

import taylorad as ta


@njit
def linear_sum(x, steps):
    s = 0.0
    for i in range(steps):
        s += x[i % 8] * (1 + i % 3)
    return s


@njit
def linear_recurrence(x, steps):
    s = 0.0
    for i in range(steps):
        s = 0.5 * s + x[i % 8]
    return s


@njit
def sum_of_sines(x, steps):
    s = 0.0
    for i in range(steps):
        s += math.sin(x[i % 8] * i)
    return s


@njit
def logistic_map(x, steps):
    u = x[0]
    for _ in range(steps):
        u = x[1] * u * (1 - u)
    return u


@njit
def two_carried(x, steps):
    """The van der Pol oscillator by Euler's method."""
    u, v = x[0], x[1]
    for _ in range(steps):
        u, v = u + 0.001 * v, v + 0.001 * ((1 - u * u) * v - u)
    return u


@njit
def branches(x, steps):
    u, s = x[0], 0.0
    for _ in range(steps):
        u = x[1] * (1 - u) * 2 if u > 0.5 else x[1] * math.cos(u) * 2
        s += u  # which keeps adjoints away from denormal numbers
    return s


@njit
def unknown_end(x, steps):
    u, i = x[0], 0
    while i < steps and u > -1.0:
        u = x[1] * u * (1 - u)
        i += 1
    return u


@njit
def in_place(x, steps):
    """Eight elements, one overwritten in each step."""
    y = x.copy()
    for i in range(steps):
        y[i % 8] = math.sin(y[(i + 1) % 8] + y[i % 8])
    return y[0]


@njit
def four_stages(x, steps):
    """The method of Runge and Kutta with arrays and a helper function."""
    return runge_kutta(x[:2], x[2:4], steps)


LOOPS = {
    f.__name__: f
    for f in (
        linear_sum,
        linear_recurrence,
        sum_of_sines,
        logistic_map,
        two_carried,
        branches,
        unknown_end,
        in_place,
        four_stages,
    )
}


def measure(name, steps):
    """Bytes a step and nanoseconds a step of the gradient of one loop, in this process."""
    x = np.linspace(0.3, 0.9, 8)
    gradient = ta.grad(LOOPS[name])
    gradient(x, 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    found = gradient(x, steps)
    elapsed = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert np.all(np.isfinite(found)), found
    print((after - before) * 1024 / steps, elapsed / steps * 1e9)


def main(steps):
    rows = []
    for name in LOOPS:
        command = [sys.executable, __file__, name, str(steps)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1]}")
            continue
        rows.append((name, [float(number) for number in done.stdout.split()]))
    table(f"gradients of loops of {steps} steps", ["bytes a step", "ns a step"], rows)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in LOOPS:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 10**7)
