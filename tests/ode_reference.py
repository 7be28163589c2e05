"""Compute the references of `ode_problems`: ``python -m tests.ode_reference [NAME ...]``.

All of them, or those named.  Each is computed twice, with other digits, orders and steps, and kept
to the 30 digits on which both runs agree; sensitivities to 20.

One stored end is not from here: that of six bodies over 1000 years, which takes half an hour, is
heyoka's in quadruple precision, to the 25 digits on which its runs at 1e-32 and 1e-33 agree.  Over
20000 days the two programs agree to 28 digits.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from mpmath import mp, nstr
from ode_problems import PROBLEMS, REFERENCES, SENSITIVE
from ode_truth import sensitivities, solve


def agreed(one, other, digits) -> list[str]:
    """Numbers of two runs as text, if they agree to the digits, by the largest of them."""
    apart = max(abs(x) for x in (one - other).ravel()) / max(abs(x) for x in other.ravel())
    if apart > 10.0**-digits:
        raise ArithmeticError(f"two runs differ by {nstr(apart, 3)}")
    return [nstr(x, digits, min_fixed=0, max_fixed=0) for x in other.ravel()]


def end(name):
    p = PROBLEMS[name]
    with mp.workdps(60):
        return agreed(*(solve(p.fun, p.span, p.y0, p.args, digits=d) for d in (42, 50)), 30)


def derivatives(name):
    p = PROBLEMS[name]
    with mp.workdps(70):
        runs = [
            sensitivities(
                p.fun, p.span, p.y0, p.args, order=2, wrt=("y0", "args"), digits=d
            )
            for d in (54, 60)
        ]
        return {
            key: {"shape": one.shape, "digits": agreed(one, other, 20)}
            for key, one, other in zip(("first", "second"), *runs, strict=True)
        }


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
