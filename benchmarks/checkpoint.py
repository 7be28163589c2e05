"""What `ta.checkpoint` saves and costs: gradients of one loop with it and without.

Each gradient runs in a process of its own, whose largest resident size before and after tells
what it kept; times are the best of three, in units of the plain function.

    python benchmarks/checkpoint.py [STEPS ...]
"""

from __future__ import annotations

import math
import resource
import subprocess
import sys
import time

import numpy as np
from _timing import machine, table
from numba import njit

import taylorad as ta


def oscillator_over(loop):
    """The van der Pol oscillator by Euler's method: the state after a time of 20."""

    @njit
    def oscillator(x, steps):
        u, v, h = x[0], x[1], 20.0 / steps
        for _ in loop(range(steps)):
            u, v = u + h * v, v + h * (x[2] * (1.0 - u * u) * v - u)
        return u

    return oscillator


LOOPS = {"plain": njit(lambda steps: steps), "checkpointed": ta.checkpoint}
COLUMNS = ["time/function", "checkpointed", "memory, MB", "checkpointed"]


def best_of_three(f, *args):
    """The result, and the shortest time."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = f(*args)
        times.append(time.perf_counter() - start)
    return result, min(times)


def measure(name, steps):
    """Print time, memory and the gradient of one loop, in this process."""
    x = np.array([0.5, 0.1, 1.0])
    function = oscillator_over(LOOPS[name])
    gradient = ta.grad(function)
    gradient(x, 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, seconds = best_of_three(gradient, x, steps)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    function(x, 10)
    _, alone = best_of_three(function, x, steps)
    print(seconds / alone, (after - before) * 1024 / 1e6, *found)


def main(numbers):
    print(machine())
    rows = []
    for steps in numbers:
        times, sizes, found = [], [], []
        for name in LOOPS:
            command = [sys.executable, __file__, name, str(steps)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            ratio, size, *gradient = map(float, done.stdout.split())
            times.append(ratio)
            sizes.append(size)
            found.append(gradient)
        assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(*found, strict=True)), found
        rows.append((f"{steps} steps", times + sizes))
    table("gradient of a loop", COLUMNS, rows)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in LOOPS:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main([int(steps) for steps in sys.argv[1:]] or [10**5, 10**6, 10**7])
