"""Time to the first answer: imports and first calls, each in a fresh process.

Absolute seconds of a quiet machine matter here; the best of a few processes is shown.
``plain`` is the first call of the function itself, which pays for Numba's own start; each
derivative is then asked for the first time, in a process of its own.  ``LLVM`` is the part
that optimisation and code generation take, as Numba reports it.

    python benchmarks/first_call.py [REPEATS]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from _timing import machine, table

_IMPORTS = """
import json, time
a = time.perf_counter()
import numba
b = time.perf_counter()
import taylorad
c = time.perf_counter()
print(json.dumps({"import numba": b - a, "import taylorad, beyond numba": c - b}))
"""

_CALL = """
import json, math, time
import numpy as np
from numba import njit
import taylorad as ta

@njit
def f(t):
    return math.exp(math.sin(t)) * math.log(2 + math.cos(t) * math.cos(t)) / (1 + t * t)

@njit
def rosenbrock(x):
    total = 0.0
    for i in range(x.shape[0] - 1):
        total += 100.0 * (x[i + 1] - x[i] * x[i]) ** 2 + (1.0 - x[i]) ** 2
    return total

x = np.linspace(0.5, 1.5, 10)
a = time.perf_counter()
f(0.3), rosenbrock(x)
b = time.perf_counter()
g = {make}
g({arguments})
c = time.perf_counter()
(result,) = g.overloads.values()
llvm = result.metadata["timers"]["llvm_lock"]
print(json.dumps({{"plain": b - a, "first": c - b, "llvm": llvm}}))
"""

#: What is asked for, and the arguments of its first call.
FIRST_CALLS = {
    "taylor, order 5": ("ta.taylor(f, 5)", "0.3"),
    "taylor, order 10": ("ta.taylor(f, 10)", "0.3"),
    "taylor, order 20": ("ta.taylor(f, 20)", "0.3"),
    "taylor, order 40": ("ta.taylor(f, 40)", "0.3"),
    "derivative": ("ta.derivative(f)", "0.3"),
    "jvp of an array function": ("ta.jvp(rosenbrock)", "x, x"),
    "hessian of an array function": ("ta.hessian(rosenbrock)", "x"),
}


def fresh(code: str) -> dict[str, float]:
    """What the code prints, run in a process of its own without Numba's cache."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path[1:]))}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def best(code: str, repeats: int) -> dict[str, float]:
    """The least of each figure over a few processes."""
    runs = [fresh(code) for _ in range(repeats)]
    return {key: min(run[key] for run in runs) for key in runs[0]}


def main(repeats):
    print(machine())
    imports = best(_IMPORTS, repeats)
    table("seconds", ["import"], [(name, [seconds]) for name, seconds in imports.items()])
    rows = []
    for name, (make, arguments) in FIRST_CALLS.items():
        try:
            times = best(_CALL.format(make=make, arguments=arguments), repeats)
        except RuntimeError as error:
            print(f"skipped {name}: {error}")
            continue
        rows.append((name, [times["plain"], times["first"], times["llvm"]]))
    table("seconds to the first answer", ["plain before", "derivative", "of which LLVM"], rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
