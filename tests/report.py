"""The errors of all primitives: ``python tests/report.py [points]``, 200 points each by default.

Prints for each primitive and choice of varying operands the largest error of the
coefficients 0..30 against 60 digits, in units in the last place of the scale of
`exact.scale` for each order, and the point where it was seen.
"""

from __future__ import annotations

import sys

from points import real_near, sample
from test_primitives import CASES, ORDER, worst_error

from taylorad.primitives.registry import named


def main(count: int) -> None:
    print(f"{'primitive':20} {'varying':8} {'points':>6} {'ulps':>9}  worst at (orders 0..{ORDER})")
    for name, pattern in CASES:
        primitive = named(name)
        errors = {
            point: worst_error(primitive, pattern, point)
            for point in sample(primitive, count)
            if real_near(name, pattern, point)
        }
        worst = max(errors, key=errors.get)
        place = ", ".join(f"{x:.6g}" for x in worst)
        print(f"{name:20} {pattern:8} {len(errors):6} {errors[worst]:9.3g}  {place}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
