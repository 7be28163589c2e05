"""Reports of checks: as text, JSON and HTML."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any

from ..tables import Printed, Table
from .blame import Fault

#: Verdicts of one comparison.
AGREES, LOSES, WRONG, SKIPPED = "agrees", "loses digits", "WRONG", "not compared"


def counted(points: int) -> str:
    return f"{points} point{'s' * (points != 1)}"


def short(x: float) -> str:
    return f"{x:.2g}"


@dataclass
class Report(Printed):
    """What a check found."""

    function: str
    order: int
    rows: list = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list:
        """The comparisons that failed."""
        return [r for r in self.rows if r.verdict == WRONG]

    @property
    def passed(self) -> bool:
        """Whether no derivative is wrong."""
        return not self.wrong

    def head(self) -> str:
        raise NotImplementedError

    def columns(self) -> tuple[list[str], list[list[str]]]:
        """The head and the rows of the table."""
        raise NotImplementedError

    def table(self) -> Table:
        """The comparisons."""
        head, rows = self.columns()
        return Table(head, rows, left=(0, 1), bad=[i for i, r in enumerate(rows) if WRONG in r])

    def verdict(self) -> list[str]:
        """The last lines: what is wrong, and where it comes from."""
        lines = [] if self.passed else [f"{len(self.wrong)} derivatives are WRONG"]
        lines += self.failures()
        lines += [f"the rule of {fault}" for fault in self.faults]
        if self.wrong and not self.faults:
            lines.append(
                "no primitive's rule is at fault by itself: see whether digits are lost to "
                "cancellation (taylorad.diagnose); else it is how rules are put together"
            )
        return lines + self.notes

    def failures(self) -> list[str]:
        """What the table does not say of wrong derivatives."""
        return []

    def parts(self) -> list[str | Table]:
        """What is printed: the table, and what is said of it."""
        return [self.head(), self.table(), *self.verdict()]

    def to_json(self) -> str:
        """One JSON object with every comparison; nan and infinities are strings."""
        return json.dumps(self.document(), allow_nan=False)

    def document(self) -> dict[str, Any]:
        """What `to_json` writes."""
        return _plain({
            "function": self.function,
            "order": self.order,
            "passed": self.passed,
            "faults": [asdict(f) for f in self.faults],
            "notes": self.notes,
            "rows": [asdict(r) for r in self.rows],
        })  # fmt: skip

    def to_html(self) -> str:
        """A table of the comparisons, as a piece of HTML."""
        said = "".join(f"<p>{escape(text)}</p>" for text in self.verdict())
        return f"<p><b>{escape(self.head())}</b></p>{self.table().to_html()}{said}"

    def _repr_html_(self) -> str:
        return self.to_html()


def _plain(thing: Any):
    if isinstance(thing, dict):
        return {k: _plain(v) for k, v in thing.items()}
    if isinstance(thing, list | tuple):
        return [_plain(v) for v in thing]
    return str(thing) if isinstance(thing, float) and not math.isfinite(thing) else thing


@dataclass(frozen=True)
class Comparison:
    """One derivative of one mode at one point, with the truth."""

    point: int
    mode: str
    #: The result's number, and the inputs that are differentiated by.
    output: int
    by: tuple[str, ...]
    found: float
    #: To 50 digits.
    expected: str
    #: The error in units of the last place of the truth.
    ulps: float
    #: The relative change of the truth for relative changes of the inputs, an estimate.
    condition: float
    verdict: str

    @property
    def order(self) -> int:
        return len(self.by)


@dataclass
class SymbolicReport(Report):
    """All partial derivatives, against SymPy's."""

    points: list[dict[str, float]] = field(default_factory=list)

    def head(self) -> str:
        done = sum(r.verdict != SKIPPED for r in self.rows)
        return (
            f"{self.function}: {done} derivatives to order {self.order} at "
            f"{counted(len(self.points))}, against SymPy to 50 digits"
        )

    @property
    def worst(self) -> float:
        """The largest error that does not come from the condition, in units of the last place."""
        return max((r.ulps / (1 + r.condition) for r in self.rows if r.verdict == AGREES),
                   default=0.0)  # fmt: skip

    def columns(self):
        groups: dict[tuple[int, str], list[Comparison]] = {}
        for row in self.rows:
            groups.setdefault((row.order, row.mode), []).append(row)
        head = ["order", "mode", "derivatives", "median ulps", "worst ulps", "its condition",
                "verdict"]  # fmt: skip
        rows = []
        for (order, mode), group in sorted(groups.items()):
            done = sorted((r for r in group if r.verdict != SKIPPED), key=lambda r: r.ulps)
            verdicts = [r.verdict for r in done]
            verdict = next((v for v in (WRONG, LOSES) if v in verdicts), AGREES)
            if not done:
                rows.append([str(order), mode, "0", "", "", "", SKIPPED])
                continue
            worst = done[-1]
            rows.append([str(order), mode, str(len(done)), short(done[len(done) // 2].ulps),
                         short(worst.ulps), short(worst.condition), verdict])  # fmt: skip
        return head, rows

    def failures(self) -> list[str]:
        lines = []
        for row in self.wrong[:8]:
            at = ", ".join(f"{n}={x:.6g}" for n, x in list(self.points[row.point].items())[:6])
            by = "".join(f"/d{n}" for n in row.by) or "value"
            which = f" of result {row.output}" if row.output else ""
            lines.append(
                f"  {row.mode} {by}{which} at {at}: {row.found:.17g} is not {row.expected[:24]}"
            )
        return lines


@dataclass(frozen=True)
class Direction:
    """One derivative along one direction, found in every way there is."""

    order: int
    direction: str
    forward: float
    reverse: float | None
    complex_step: float | None
    differences: float | None
    precise: float | None
    error: float
    verdict: str


@dataclass
class DerivativeReport(Report):
    """Derivatives along directions, each in several ways."""

    def head(self) -> str:
        return f"{self.function}: derivatives along directions, to order {self.order}"

    def columns(self):
        head = ["order", "direction", "forward", "reverse", "complex step", "differences",
                "50 digits", "error", "verdict"]  # fmt: skip

        def shown(x) -> str:
            return "-" if x is None else f"{x:.12g}"

        rows = [
            [str(r.order), r.direction, shown(r.forward), shown(r.reverse), shown(r.complex_step),
             shown(r.differences), shown(r.precise), short(r.error), r.verdict]
            for r in self.rows
        ]  # fmt: skip
        return head, rows
