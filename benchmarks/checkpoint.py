"""What `ta.checkpoint` saves and costs: gradients of loops without it, and with several intervals.

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


def oscillator_over(loop, every):
    """The van der Pol oscillator by Euler's method: the state after a time of 20."""

    @njit
    def oscillator(x, steps):
        u, v, h = x[0], x[1], 20.0 / steps
        for _ in loop(range(steps), every):
            u, v = u + h * v, v + h * (x[2] * (1.0 - u * u) * v - u)
        return u

    return oscillator


def diffusion_over(loop, every):
    """Eight cells that react and exchange with their neighbours, in two arrays by turns."""

    @njit
    def diffusion(x, steps):
        u, v, h = np.linspace(0.0, x[0], 8), np.zeros(8), 20.0 / steps
        for _ in loop(range(steps), every):
            for i in range(8):
                flow = x[1] * (u[i - 1] - 2.0 * u[i] + u[(i + 1) % 8])
                v[i] = u[i] + h * (flow + x[2] * u[i] * (1.0 - u[i]))
            u, v = v, u
        return u[0]

    return diffusion


FUNCTIONS = {"oscillator": oscillator_over, "diffusion": diffusion_over}
#: The loops of a table, by name: what is around the range, and the interval.
LOOPS = {
    "plain": (njit(lambda steps, _: steps), 0),
    "checkpoint": (ta.checkpoint, 0),
    "every=10": (ta.checkpoint, 10),
    "every=10000": (ta.checkpoint, 10_000),
}


def best_of_three(f, *args):
    """The result, and the shortest time."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        result = f(*args)
        times.append(time.perf_counter() - start)
    return result, min(times)


def measure(name, loop, steps):
    """Print time, memory and the gradient of one loop, in this process."""
    x = np.array([0.5, 0.1, 1.0])
    function = FUNCTIONS[name](*LOOPS[loop])
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
    rows: dict[str, list] = {"time / function": [], "memory, MB": []}
    for name in FUNCTIONS:
        for steps in numbers:
            measured = []
            for loop in LOOPS:
                command = [sys.executable, __file__, name, loop, str(steps)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                measured.append([float(word) for word in done.stdout.split()])
            for _, _, *gradient in measured:
                assert np.allclose(gradient, measured[0][2:], rtol=1e-9), measured
            for k, title in enumerate(rows):
                rows[title].append((f"{name}, 10^{math.log10(steps):g}", [m[k] for m in measured]))
    for title, lines in rows.items():
        table(title, list(LOOPS), lines)


if __name__ == "__main__":
    if sys.argv[1:] and sys.argv[1] in FUNCTIONS:
        measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main([int(steps) for steps in sys.argv[1:]] or [10**5, 10**6])
