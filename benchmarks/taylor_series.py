"""Taylor coefficients of exp(sin t) log(2 + cos(t)^2) / (1 + t^2) at 0.3.

Against the limit, which is C unrolled for this one function and order with
``-ffast-math``, and against the plain function.  Compiled code is timed in a compiled loop
with an argument that changes from turn to turn; the loops add up the last coefficient.

    python benchmarks/taylor_series.py [ORDER ...]
"""

from __future__ import annotations

import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from _peers import PEERS
from _timing import from_python, interleave, machine, table
from _unrolled import FAST, STRICT, Limit
from numba import njit

import taylorad as ta

POINT, STEP = 0.3, 1e-9


@njit
def function(t):
    return math.exp(math.sin(t)) * math.log(2 + math.cos(t) * math.cos(t)) / (1 + t * t)


@njit
def plain_loop(n, t, step):
    total = 0.0
    for i in range(n):
        total += function(t + step * i)
    return total


def taylor_loop(g, order):
    """``g`` returns all coefficients, in an array of their own."""

    @njit
    def loop(n, t, step):
        total = 0.0
        for i in range(n):
            total += g(t + step * i)[order]
        return total

    return loop


def derivative_loop(g):
    """``g`` returns one number: no array is allocated."""

    @njit
    def loop(n, t, step):
        total = 0.0
        for i in range(n):
            total += g(t + step * i)
        return total

    return loop


def array_loop(order):
    """What a fresh array costs compiled code: the difference between the two above."""

    @njit
    def loop(n, t, step):
        total = 0.0
        for i in range(n):
            fresh = np.empty(order + 1)
            fresh[order] = t + step * i
            total += fresh[order]
        return total

    return loop


def measure(order: int, folder: Path):
    """Times of every way to one order, after checking that all ways agree."""
    taylor, derivative = ta.taylor(function, order), ta.derivative(function, order)
    limits = {
        "limit: C unrolled, fast-math": Limit(folder, "fast", order, FAST),
        "C unrolled, strict": Limit(folder, "strict", order, STRICT),
        "C rolled, strict": Limit(folder, "rolled", order, STRICT, rolled=True),
    }
    reference = taylor(POINT)
    for name, limit in limits.items():
        agree(name, limit.coefficients(POINT), reference)
    agree("derivative", [derivative(POINT) / math.factorial(order)], reference[-1:])

    loops = {
        "plain function": plain_loop,
        "taylorad derivative": derivative_loop(derivative),
        "taylorad taylor": taylor_loop(taylor, order),
        "a fresh array alone": array_loop(order),
        **{name: limit.loop for name, limit in limits.items()},
    }
    candidates = {name: lambda n, loop=loop: loop(n, POINT, STEP) for name, loop in loops.items()}
    candidates["taylorad taylor, from Python"] = from_python(taylor, POINT)
    for name, make in PEERS.items():
        try:
            peer, coefficients = make(order, POINT)
        except ImportError as missing:
            missing_peers[name] = str(missing)
            continue
        agree(name, coefficients, reference, 1e-9)
        candidates[name] = peer
    return interleave(candidates)


missing_peers: dict[str, str] = {}


def agree(name, found, expected, tolerance=1e-12):
    error = np.max(np.abs(np.array(found) - expected) / np.abs(expected))
    if not error < tolerance:
        raise SystemExit(f"{name} disagrees: relative error {error:.1e}")


def main(orders):
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        times = {order: measure(order, Path(folder)) for order in orders}
    names = list(dict.fromkeys(name for t in times.values() for name in t.rounds))
    for base in ("limit: C unrolled, fast-math", "plain function"):
        rows = [(name, [times[k].ratio(name, base) for k in orders]) for name in names]
        table(f"time / {base}", [f"K={k}" for k in orders], rows)
    rows = [
        (name, [times[k].best(name) * 1e9 for k in orders if name in times[k].rounds])
        for name in ("plain function", "limit: C unrolled, fast-math")
    ]
    table("nanoseconds", [f"K={k}" for k in orders], rows)
    for name, reason in missing_peers.items():
        print(f"skipped {name}: {reason}")


if __name__ == "__main__":
    main([int(k) for k in sys.argv[1:]] or [5, 10, 20, 40])
