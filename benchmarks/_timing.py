"""What the benchmarks share: interleaved timing, medians of ratios, tables.

Absolute times do not travel between machines and drift within one run, so candidates are
timed in turns, round after round, and compared within each round.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


class Times:
    """Seconds a call of each candidate, round by round."""

    def __init__(self, rounds: dict[str, list[float]]):
        self.rounds = rounds

    def best(self, name: str) -> float:
        """The shortest time of a candidate: the one least disturbed."""
        return min(self.rounds[name])

    def ratio(self, name: str, base: str) -> float:
        """Median over the rounds of a candidate's time by the base's; nan for one not timed."""
        if name not in self.rounds or base not in self.rounds:
            return math.nan
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return statistics.median(a / b for a, b in pairs)

    def above(self, name: str, base: str) -> float:
        """Median over the rounds of the seconds that a candidate takes beyond the base."""
        pairs = zip(self.rounds[name], self.rounds[base], strict=True)
        return statistics.median(a - b for a, b in pairs)


def interleave(
    candidates: dict[str, Callable[[int], object]], rounds: int = 15, budget: float = 0.01
) -> Times:
    """Time ``candidate(n)``, which does its work ``n`` times over, in turns.

    Parameters
    ----------
    candidates : dict
        By name; each is called once to warm up.
    rounds : int
        How many turns each candidate gets.
    budget : float
        Seconds that one turn of one candidate should take; fixes its ``n``.
    """
    repeats = {}
    for name, candidate in candidates.items():
        candidate(1)
        n = 1
        while (elapsed := _elapsed(candidate, n)) < budget / 4 and n < 1 << 24:
            n *= 4
        repeats[name] = max(1, round(n * budget / max(elapsed, 1e-9)))
    times: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, candidate in candidates.items():
            times[name].append(_elapsed(candidate, repeats[name]) / repeats[name])
    return Times(times)


def _elapsed(candidate, n):
    start = time.perf_counter()
    candidate(n)
    return time.perf_counter() - start


def from_python(function: Callable, *args) -> Callable[[int], None]:
    """A candidate that calls ``function(*args)`` from the interpreter."""

    def repeat(n):
        for _ in range(n):
            function(*args)

    return repeat


def table(title: str, columns: Sequence[object], rows: Iterable[tuple[str, Sequence[object]]]):
    """Print rows of numbers under a title; nan shows as a dash."""
    lines = [["", *map(str, columns)]]
    lines += [[name, *map(_shown, values)] for name, values in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print(f"\n{title}")
    for first, *others in lines:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        print("  ".join([first.ljust(widths[0]), *cells]).rstrip())


def _shown(value):
    if not isinstance(value, float):
        return str(value)
    if math.isnan(value):
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def machine() -> str:
    """The processor and the versions that matter, for the head of a report."""
    import platform

    import llvmlite
    import numba
    import numpy

    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    versions = f"numba {numba.__version__}, llvmlite {llvmlite.__version__}"
    return f"{model}; Python {platform.python_version()}, NumPy {numpy.__version__}, {versions}"
