"""Differential equations beside heyoka, numbalsoda, SciPy and diffrax, in one run.

    python benchmarks/ode.py [solve] [setup] [sensitivities] [ensembles]

Sections to print; by default all.  Every solver asks for about 1e-16, or the best that it can
keep, and its error against the exact end stands beside its time.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import _ode_heyoka
import _ode_peers
import numpy as np
from _ode_problems import known, ring, short
from _timing import machine, table

SOLVERS = {
    "taylorad": _ode_peers.taylorad,
    "taylorad, loop": _ode_peers.taylorad_loop,
    "heyoka": _ode_heyoka.heyoka,
    "heyoka compact": _ode_heyoka.heyoka_compact,
    "numbalsoda dop853": _ode_peers.numbalsoda,
    "scipy DOP853": _ode_peers.scipy,
    "diffrax Dopri8": _ode_peers.diffrax,
}
BASE = "heyoka"
BODIES = (6, 12, 24, 48)
#: Seconds after which a set-up is given up.
PATIENCE = 60


def available(makers: dict, *args):
    """A `Run` by name, of the solvers that are installed; the others are named once."""
    runs = {}
    for name, make in makers.items():
        try:
            runs[name] = make(*args)
        except ImportError as missing:
            skip(name, str(missing))
    return runs


@cache
def skip(name, why):
    """Say once that a solver is missing."""
    print(f"skipped {name}: {why}")


def timed(runs, budget=1.0):
    """Seconds of each: the best of many turns of one solution, ``budget`` seconds together.

    What a busy machine disturbs least; a solution of a second is disturbed all the same.
    """
    best, spent = dict.fromkeys(runs, math.inf), dict.fromkeys(runs, 0.0)
    while waiting := [name for name in runs if spent[name] < budget]:
        for name in waiting:
            start = time.perf_counter()
            runs[name].solve()
            elapsed = time.perf_counter() - start
            best[name] = min(best[name], elapsed)
            spent[name] += elapsed
    return best


def solve():
    """Whole solutions, from Python: time, time a step, steps, error."""
    for problem in known().values():
        runs = available(SOLVERS, problem)
        ends = {name: run.solve() for name, run in runs.items()}
        seconds = timed(runs)
        base = seconds.get(BASE, math.nan)
        base_step = base / ends[BASE][1] if BASE in ends else math.nan
        rows = []
        for name, (y, steps) in ends.items():
            step = seconds[name] / steps / base_step if steps else math.nan
            values = [seconds[name] / base, step, steps or math.nan, f"{problem.error(y):.1e}"]
            rows.append((name, [*values, f"{seconds[name] * 1e3:.3f}"]))
        columns = ["time", "time a step", "steps", "error", "ms"]
        table(f"{problem.title}; times in units of {BASE}'s", columns, rows)


def setup():
    """Seconds to the first step of n bodies, in fresh processes whose caches are empty.

    The generic loops of taylorad are compiled once for a machine: its cache holds them, from
    another system, and nothing else.
    """
    rows = {name: [] for name in ("heyoka", "heyoka compact", "taylorad")}
    for name, values in rows.items():
        with tempfile.TemporaryDirectory() as folder:
            if name == "taylorad" and math.isnan(seconds_to_start(name, 2, folder)):
                skip(name, "no taylorad.ode")
            for n in BODIES:
                late = bool(values) and math.isinf(values[-1])
                values.append(math.inf if late else seconds_to_start(name, n, folder))
    shown = [(name, [*map(_patient, values)]) for name, values in rows.items()]
    table("Set-up and one step, s", [f"{n} bodies" for n in BODIES], shown)


def _patient(seconds):
    return f">{PATIENCE}" if math.isinf(seconds) else float(seconds)


def seconds_to_start(name, n, folder):
    """In a process of its own; nan for what is not installed, inf for what takes too long."""
    environment = dict(
        os.environ, HEYOKA_CACHE_DIR=folder, TAYLORAD_CACHE_DIR=folder, NUMBA_CACHE_DIR=folder
    )
    command = [sys.executable, str(Path(__file__).resolve()), "--start", name, str(n)]
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=PATIENCE + 10
        )
    except subprocess.TimeoutExpired:
        return math.inf
    if done.returncode:
        if "ImportError" in done.stderr or "ModuleNotFoundError" in done.stderr:
            return math.nan
        raise RuntimeError(done.stderr)
    return float(done.stdout)


def start(name, n):
    """What `seconds_to_start` runs; imports do not count."""
    import importlib

    importlib.import_module("taylorad.ode" if name == "taylorad" else "heyoka")
    problem = ring(n, span=1e-3)
    start = time.perf_counter()
    SOLVERS[name](problem).solve()
    print(time.perf_counter() - start)


def sensitivities():
    """Derivatives by all initial values, in units of heyoka's solution without them.

    Short spans: a busy machine slows what takes long more than what it is divided by.
    """
    for name, problem in short().items():
        makers = {
            # its plain mode compiles six bodies for many seconds, and with derivatives for minutes
            BASE: _ode_heyoka.heyoka_compact if name == "six" else _ode_heyoka.heyoka,
            "heyoka, order 1": lambda p: _ode_heyoka.heyoka_variational(p, 1),
            "taylorad, order 1": lambda p: _ode_peers.taylorad_variational(p, 1),
            "taylorad, order 1, loop": lambda p: _ode_peers.taylorad_variational_loop(p, 1),
            "heyoka, order 2": lambda p: _ode_heyoka.heyoka_variational(p, 2),
            "taylorad, order 2": lambda p: _ode_peers.taylorad_variational(p, 2),
            "taylorad, order 2, loop": lambda p: _ode_peers.taylorad_variational_loop(p, 2),
        }
        if name == "six":
            del makers["heyoka, order 2"]
        runs, made = {}, {}
        for label, make in makers.items():
            begin = time.perf_counter()
            runs |= available({label: make}, problem)
            made[label] = time.perf_counter() - begin
        if BASE not in runs:
            return
        ends = {label: run.solve() for label, run in runs.items()}
        seconds = timed(runs)
        base, base_steps = seconds[BASE], ends[BASE][1]
        rows = []
        for label, (found, steps) in ends.items():
            a_step = seconds[label] / steps / (base / base_steps)
            error = math.nan if label == BASE else problem.derivative_error(found)
            shown = math.nan if math.isnan(error) else f"{error:.1e}"
            rows.append((label, [seconds[label] / base, a_step, steps, shown, made[label]]))
        columns = ["time", "time a step", "steps", "error", "made in, s"]
        table(f"{problem.title}: sensitivities in units of the solution", columns, rows)


def ensembles(members=64):
    """Many trajectories, one core, in units of heyoka's one after another.

    Arenstorf's neighbours need very different numbers of steps: lanes that wait are idle.
    """
    for problem in known().values():
        rng = np.random.default_rng(1)
        starts = problem.y0 * (1 + 1e-3 * rng.standard_normal((members, len(problem.y0))))
        makers = {
            "heyoka, one by one": _ode_heyoka.heyoka_one_by_one,
            "heyoka, batch": _ode_heyoka.heyoka_batch,
            "taylorad": _ode_peers.taylorad_ensemble,
        }
        if problem.system == "bodies":
            starts = starts[:8]
        runs = available(makers, problem, starts)
        ends = {name: run.solve()[0] for name, run in runs.items()}
        seconds = timed(runs)
        base = seconds.get("heyoka, one by one", math.nan)
        batch = seconds.get("heyoka, batch", math.nan)
        ours = ends["taylorad"]
        rows = [
            (name, [s / base, s / batch, f"{abs(ends[name] - ours).max() / abs(ours).max():.1e}",
                    f"{s / len(starts) * 1e3:.3f}"])
            for name, s in seconds.items()
        ]  # fmt: skip
        columns = ["time", "by heyoka's batch", "away from ours", "ms a member"]
        table(f"{problem.title}: {len(starts)} members", columns, rows)


SECTIONS = {f.__name__: f for f in (solve, setup, sensitivities, ensembles)}


def main(wanted):
    if wanted[:1] == ["--start"]:
        return start(wanted[1], int(wanted[2]))
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        # heyoka keeps what it has compiled: here it is compiled, as the columns say
        os.environ["HEYOKA_CACHE_DIR"] = folder
        for name in wanted or SECTIONS:
            SECTIONS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
