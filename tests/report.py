"""The accuracy table of all primitives: ``python -m tests.report [points]``, 300 each by default.

Writes ``docs/accuracy.md``: for each primitive and choice of varying operands the largest
error of the coefficients 0..30 against 60 digits, and the point where it was seen.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from test_primitives import CASES, MANY_POINTS, ORDER, ULPS, worst_of

HEAD = f"""# Accuracy

The largest error of the coefficients 0 to {ORDER} of every primitive, over points drawn from its
domain and the hard ones among them: tiny and huge arguments, next to poles and branch points.
This page is made by `python -m tests.report`.

Exact coefficients come from evaluation with 60 digits. The unit of an error is that in the last
place (2^-52) of the condition estimate, for each of the k + 1 steps that lead to coefficient k.
The estimate is the largest of the coefficient's size, of the geometric mean of its neighbours
(for coefficients that happen to vanish), of what a small relative change of one operand makes of
the coefficient, and of what small relative changes of all the coefficients make of it that the
recurrence computes on its way; the last two, which are slow, only where the error would else be
above the limit. The tests hold every primitive to {ULPS:g} units.

*Varying* says which operands are series (x) and which are plain numbers (c).

| primitive | varying | points | error | seen at |
|---|---|---|---|---|
"""


def main(count: int) -> None:
    """Print the table's rows as they come, then write the page."""
    rows = []
    for name, pattern in CASES:
        points, error, worst = worst_of(name, pattern, count)
        place = ", ".join(f"{x:.6g}" for x in worst) if error else ""
        rows.append(f"| {name} | {pattern} | {points} | {error:.2f} | {place} |")
        print(rows[-1], flush=True)
    page = Path(__file__).parents[1] / "docs" / "accuracy.md"
    page.write_text(HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MANY_POINTS)
