"""Gradients, Hessian-vector products and Hessians beside jax and CasADi, in one run.

Everything is in units of the plain function under Numba, timed within a compiled loop: a loop
of Numba's, of jax inside `jit`, of C around CasADi's generated C.  CasADi's Hessians are their
entries that are not zero alone; the others are full matrices, and left out for n = 1000.

    python benchmarks/peers.py [PART OF A NAME ...]
"""

from __future__ import annotations

import math
import shutil
import sys
import tempfile
import time
from pathlib import Path

import _by_hand
import hessians
import numpy as np
from _casadi import WANTED, Casadi
from _gradient_peers import Jax
from _timing import machine, table
from _workloads import workloads
from gradients import loop_over, ratios_of, require_agreement

import taylorad as ta

NAMES = ("Rosenbrock 10", "Rosenbrock 100", "Rosenbrock 1000", "Lennard-Jones 13")
#: Full Hessians of more variables than these are not formed.
MOST = 100


def candidates_of(w, folder: Path, jax):
    """What is timed, by row and kind of derivative; and seconds to make it, by row."""
    name, (x,) = w.function.__name__, w.args
    n = len(x)
    v = np.cos(np.arange(n))
    made, seconds = {("plain", ""): loop_over(w.function, x)}, {}
    transforms = {"gradient": ta.grad, "product": ta.hvp, "hessian": ta.hessian}
    expected = {}
    wanted = [k for k in WANTED if k != "hessian" or n <= MOST]
    start = time.perf_counter()
    for kind in wanted:
        args = (x, v) if kind == "product" else (x,)
        g = transforms[kind](w.function)
        expected[kind] = g(*args)
        made["taylorad", kind] = loop_over(g, *args)
    seconds["taylorad"] = time.perf_counter() - start
    made["by hand", "gradient"] = loop_over(getattr(_by_hand, name), x)
    if n <= MOST:
        made["by hand", "hessian"] = loop_over(getattr(hessians, name), x)
    if jax:
        f = getattr(jax, name)
        start = time.perf_counter()
        for kind in wanted:
            g = {"gradient": jax.gradient, "hessian": jax.hessian}.get(kind)
            g = jax.product(f, v) if g is None else g(f)
            require_agreement(np.asarray(g(x)), expected[kind])
            made["jax, loop inside jit", kind] = jax.loop(g, x)
            made["jax, from Python", kind] = jax.call(g, x)
        seconds["jax, loop inside jit"] = time.perf_counter() - start
    for way, label in (("SX", "unrolled"), ("MX", "map")):
        try:
            start = time.perf_counter()
            peer = Casadi(name, n, way)
            machine_seconds = time.perf_counter() - start
        except ImportError:
            continue
        for kind in WANTED:
            if kind in expected:
                require_agreement(peer.value(kind, x, v), expected[kind])
            row = f"casadi {label}, virtual machine"
            made[row, kind] = peer.in_virtual_machine(kind, x, v)
            seconds[row] = machine_seconds
        if not shutil.which("gcc"):
            continue
        for kind in WANTED:
            made[f"casadi {label}, gcc", kind] = peer.in_c(kind, x, v, folder)
        seconds[f"casadi {label}, gcc"] = time.perf_counter() - start
    return made, seconds


def main(wanted):
    print(machine())
    jax = None
    try:
        jax = Jax()
    except ImportError as missing:
        print(f"skipped jax: {missing}")
    try:
        import casadi  # noqa: F401
    except ImportError as missing:
        print(f"skipped casadi: {missing}")
    if not shutil.which("gcc"):
        print("skipped casadi's generated C: there is no gcc")
    for name in NAMES:
        if wanted and not any(part in name for part in wanted):
            continue
        w = workloads()[name]
        with tempfile.TemporaryDirectory() as folder:
            made, seconds = candidates_of(w, Path(folder), jax)
            ratio = ratios_of(made)
        rows = []
        for row in dict.fromkeys(row for row, kind in made if kind):
            values = [ratio((row, k), ("plain", "")) if (row, k) in made else math.nan
                      for k in WANTED]  # fmt: skip
            rows.append((row, [*values, seconds.get(row, math.nan)]))
        micro = ratio(("plain", "")) * 1e6
        columns = ["gradient", "H v", "Hessian", "all made in, s"]
        table(f"{name}, in units of the plain function ({micro:.3f} us)", columns, rows)


if __name__ == "__main__":
    main(sys.argv[1:])
