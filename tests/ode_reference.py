"""Compute the references of `ode_problems`: ``python -m tests.ode_reference [NAME ...]``.

All of them, or those named; minutes for six bodies over 1000 years, seconds for the others.
Each is computed twice, with other digits, orders and steps, and kept to the 30 digits on which
both runs agree; sensitivities to 20.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
from mpmath import mp, nstr
from ode_problems import PROBLEMS, REFERENCES, SENSITIVE
from ode_truth import sensitivities, solve


def agreed(compute, digits, first, second) -> list[str]:
    """Numbers of two runs as text, if they agree to the digits, by the largest of them."""
    with mp.workdps(max(first, second) + 10):
        one, other = (compute(d).ravel() for d in (first, second))
        apart = max(abs(one - other)) / max(abs(other))
        if apart > 10.0**-digits:
            raise ArithmeticError(f"two runs differ by {nstr(apart, 3)}")
        return [nstr(x, digits, min_fixed=0, max_fixed=0) for x in other]


def end(name):
    p = PROBLEMS[name]
    return agreed(lambda d: solve(p.fun, p.span, p.y0, p.args, digits=d), 30, 42, 50)


def derivatives(name):
    p = PROBLEMS[name]
    parts = {}
    for index, (key, digits) in enumerate({"first": (42, 50), "second": (66, 74)}.items()):

        def compute(d, index=index):
            return sensitivities(
                p.fun, p.span, p.y0, p.args, order=index + 1, wrt=("y0", "args"), digits=d
            )[index]

        m = len(p.y0) + sum(np.size(a) for a in p.args)
        shape = [len(p.y0)] + [m] * (index + 1)
        parts[key] = {"shape": shape, "digits": agreed(compute, 20, *digits)}
    return parts


def main(names):
    for name in names or PROBLEMS:
        start = time.perf_counter()
        found = {"end": end(name)}
        if name in SENSITIVE:
            found["sensitivities"] = derivatives(name)
        stored = json.loads(REFERENCES.read_text()) if REFERENCES.exists() else {}
        for part, value in found.items():
            stored.setdefault(part, {})[name] = value
        REFERENCES.write_text(json.dumps(stored, indent=0, sort_keys=True) + "\n")
        print(f"{name}: {time.perf_counter() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
