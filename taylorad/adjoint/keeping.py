"""What to save: for each loop the fewest values from which all needed ones can be computed.

A first attempt at the reverse sweep tells which values it asks for.  In each iteration some
values cannot be computed again, or not cheaply: what the loop carries, results of inner loops,
loads from memory that has changed, transcendental functions.  The values to save separate the
needed ones from these; the smallest such set is a minimum cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .cut import smallest_cut
from .ir import Op, Value, loop_of, loops_around

#: The cost of saving a reference to an array, in numbers.
REFERENCE = 16.0


def values_to_save(
    needed: Iterable[Value],
    origins: Callable[[Value], list[Value] | None],
    free: Callable[[Value], bool],
) -> tuple[set[Value], set[Value]]:
    """The values to save, and all values that are computed in the reverse sweep.

    Parameters
    ----------
    needed : iterable of Value
    origins : callable
        The values that a value can be computed from again; None if it cannot.
    free : callable
        Whether a value is at hand in the reverse sweep without being saved.
    """
    wanted: dict[Op, dict[Value, None]] = {}

    def want(value: Value) -> None:
        if not value.is_constant and not free(value) and (loop := loop_of(value.region)):
            wanted.setdefault(loop, {})[value] = None

    for value in needed:
        want(value)
    saved: set[Value] = set()
    known: set[Value] = set()
    while wanted:
        loop = max(wanted, key=lambda op: len(loops_around(op.region)))  # inner loops first
        sinks = wanted.pop(loop)
        inside, _ = _reached(loop, sinks, origins, free)
        costs = {v: REFERENCE if v.is_array else 1.0 for v in inside}
        sources = [v for v in inside if origins(v) is None]
        chosen = smallest_cut(costs, inside, sources, sinks)
        saved |= chosen
        computed, outside = _reached(loop, sinks, origins, free, chosen)
        known |= set(computed)
        for value in outside:
            want(value)
    return saved, known


def _reached(loop, sinks, origins, free, saved=frozenset()):
    """The values of a loop that ``sinks`` follow from, with origins; and those from outside."""
    inside: dict[Value, list[Value]] = {}
    outside: dict[Value, None] = {}
    work = list(sinks)
    while work:
        value = work.pop()
        if value in inside or value.is_constant or free(value):
            continue
        if loop_of(value.region) is not loop:
            outside[value] = None
            continue
        found = [] if value in saved else origins(value) or []
        inside[value] = [
            v for v in found if not (v.is_constant or free(v)) and loop_of(v.region) is loop
        ]
        work += found
    return inside, outside
