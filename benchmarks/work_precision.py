"""Work against precision: a picture of the time that each solver takes for an error.

    python benchmarks/work_precision.py [FILE]

Each solver runs at tolerances from 1e-4 to the smallest that it takes; a point is the best time
of a few, and the error against the exact end.  Needs matplotlib; writes work_precision.png by
default, and prints the points.
"""

from __future__ import annotations

import sys

import _ode_peers
import numpy as np
from _ode_problems import known
from _timing import machine, table
from ode import SOLVERS, skip, timed

#: By problem: for six bodies heyoka's plain mode compiles for ten seconds at each tolerance.
LEFT_OUT = {"six": {"heyoka"}}
TOLERANCES = np.append(10.0 ** -np.arange(4.0, 16.0, 1.5), _ode_peers.EPS)


def points(problem, make):
    """``(tolerance, seconds, error)`` at each tolerance."""
    found = []
    for tol in TOLERANCES:
        run = make(problem, tol)
        error = problem.error(run.solve()[0])
        found.append((tol, timed({"": run}, budget=0.2)[""], error))
    return np.array(found)


def main(path="work_precision.png"):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    print(machine())
    problems = known()
    figure, axes = plt.subplots(2, 2, figsize=(11, 8.5), layout="constrained")
    looks = {name: (f"C{i}", "osP^Dvx"[i]) for i, name in enumerate(SOLVERS)}
    for axis, (key, problem) in zip(axes.flat, problems.items(), strict=True):
        for name, make in SOLVERS.items():
            if name in LEFT_OUT.get(key, ()):
                continue
            try:
                curve = points(problem, make)
            except ImportError as missing:
                skip(name, str(missing))
                continue
            color, marker = looks[name]
            axis.loglog(
                curve[:, 2], 1e3 * curve[:, 1], color=color, marker=marker, ms=4, label=name
            )
            rows = [("tolerance", [f"{x:.0e}" for x in curve[:, 0]])]
            rows += [("ms", [f"{1e3 * x:.3f}" for x in curve[:, 1]])]
            rows += [("error", [f"{x:.0e}" for x in curve[:, 2]])]
            table(f"{problem.title}, {name}", range(1, len(curve) + 1), rows)
        axis.set(title=problem.title, xlabel="error at the end", ylabel="ms")
        axis.invert_xaxis()
        axis.grid(True, which="major", alpha=0.3)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    figure.savefig(path, dpi=120)
    print(f"\nsaved {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
