"""Attempts at a reverse sweep, until the plan that one is built by holds at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .checking import check_late
from .dead import remove_dead
from .delaying import delay_terms
from .first import store_first
from .hoisting import hoist_sums
from .neighbours import gather_neighbours
from .ordering import run_forwards
from .regaining import Again, Plan
from .reverse import Reverse
from .sinking import sink_sums
from .undo import stores_to_undo


def planned(
    attempt: Callable[[Plan], tuple[Reverse, Any]],
    extend: Callable[[Reverse], None] | None = None,
) -> Reverse:
    """A reverse sweep by a plan that holds, its dead code removed.

    ``attempt(plan)`` builds one anew and returns it with the result of the whole function;
    ``extend`` may add to it, before its loops are put in their final form.
    """
    plan = Plan()
    while True:
        try:
            reverse, result = attempt(plan)
        except Again:
            plan.undone = plan.needed = None
            continue
        function = reverse.function
        undone = stores_to_undo(function, reverse.memory, reverse.read_again)
        found = {reverse.order[op] for op in undone if op in reverse.order}
        if plan.undone is None and not reverse.memory.stores:
            plan.undone = set()
        if plan.needed is None and not any(op.is_loop for op in reverse.memory.ops):
            plan.needed = reverse.asked_at  # all values are in their variables
        if plan.settle(found, reverse.asked_at):
            continue
        if early := reverse.undone_too_early():
            plan.separate |= early
            plan.undone = plan.needed = None
            continue
        function.result = result
        remove_dead(function)
        if extend is not None:
            extend(reverse)
            remove_dead(function)
        check_late(function)
        sink_sums(function)
        hoist_sums(function)
        run_forwards(function)
        gather_neighbours(function)
        delay_terms(function)
        remove_dead(function)
        store_first(function)
        return reverse
