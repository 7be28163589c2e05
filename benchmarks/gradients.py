"""Gradients in reverse mode: against the plain function and against gradients by hand.

Everything is timed within one compiled loop, in turns; an entry of the point changes from
call to call, so nothing can be hoisted.  First calls are seconds of this process, in which
Numba has already started.

    python benchmarks/gradients.py [PART OF A NAME ...]
"""

from __future__ import annotations

import math
import sys
import time

import _by_hand
import numpy as np
from _timing import interleave, machine, table
from _workloads import Workload, workloads
from numba import njit
from numba.extending import overload

import taylorad as ta

HANDS = {"chain": "chain_by_products", "chain_by_loops": "chain"}


def moved(x, i):
    """The point of the i-th call."""


def one(result):
    """A number of a result."""


@overload(moved)
def _moved(x, i):
    if hasattr(x, "ndim"):

        def impl(x, i):
            x.reshape(-1)[0] += 1e-13
            return x

        return impl
    return lambda x, i: x + 1e-13 * i


@overload(one)
def _one(result):
    if hasattr(result, "ndim"):
        return lambda result: result.flat[0]
    if hasattr(result, "types"):
        return lambda result: one(result[0])
    return lambda result: result


def loop_over(g):
    """A compiled loop over calls of ``g`` that adds up a number of each result."""

    @njit
    def loop(n, x, *others):
        total = 0.0
        for i in range(n):
            total += one(g(moved(x, i), *others))
        return total

    return loop


def first_call(make, *args):
    """A function, its result, and the seconds it took to have both."""
    start = time.perf_counter()
    function = make()
    result = function(*args)
    return function, result, time.perf_counter() - start


def require_agreement(found, expected):
    for a, b in zip(*(r if isinstance(r, tuple) else (r,) for r in (found, expected)), strict=True):
        scale = np.max(np.abs(b))
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-11 * scale)


def products(w: Workload):
    """Hessian-vector products, with the direction bound, so that they are called as gradients."""
    if isinstance(w.argnums, tuple):
        return None
    direction = np.cos(np.arange(w.args[0].size)).reshape(w.args[0].shape)
    hvp = ta.hvp(w.function)
    return hvp, direction


def measure(w: Workload):
    """The columns of one row."""
    w.function(*w.args)
    name = w.function.__name__
    by_hand = getattr(_by_hand, HANDS.get(name, name))
    gradient, found, first = first_call(lambda: ta.grad(w.function, w.argnums), *w.args)
    require_agreement(found, by_hand(*w.args))
    functions = {"plain": w.function, "by hand": by_hand, "gradient": gradient}
    candidates = {
        label: lambda n, loop=loop_over(g): loop(n, *w.args) for label, g in functions.items()
    }
    times = interleave(candidates, rounds=11)
    return [
        times.best("plain") * 1e6,
        times.ratio("by hand", "plain"),
        times.ratio("gradient", "plain"),
        w.target,
        times.ratio("gradient", "by hand"),
        first,
    ]


COLUMNS = ["us", "hand/plain", "grad/plain", "target", "grad/hand", "first call, s"]


def main(parts):
    print(machine())
    rows = []
    for name, w in workloads().items():
        if parts and not any(part in name for part in parts):
            continue
        try:
            rows.append((name, measure(w)))
        except ta.UnsupportedError as refused:
            print(f"{name}: {refused}", file=sys.stderr)
            rows.append((name, [math.nan] * 3 + [w.target, math.nan, math.nan]))
    table("gradients, in a compiled loop", COLUMNS, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
