"""Loops whose iterations have adjoints of their own: all that is carried is summed.

Where every active number that a loop carries is a sum, the adjoint of each iteration needs
the sum's adjoint alone.  If that is known before the loop runs, an iteration's adjoint can be
formed in the same pass, while everything it needs is at hand.
"""

from __future__ import annotations

import operator
from collections import Counter

from .activity import Activity
from .ir import Op, Value, regions_of, uses_in
from .memory import Memory, Root, writes
from .runtime import added


def independent(loop: Op, activity: Activity, memory: Memory) -> bool:
    """Whether the adjoint of each iteration depends on that of the loop's sums alone.

    A function's adjoint puts back what the function overwrites, which must not be read later.
    """
    uses = Counter(uses_in(loop))
    carries_arrays = any(param.is_array for param in loop.carried)
    for _initial, param, yielded, _out in loop.carries():
        if param.is_array:
            if activity.active(param):
                return False
        elif activity.active(param) and not _is_sum(yielded, param, uses):
            return False
    fresh = {Root(v) for v in memory.made_in(loop)}
    for region in regions_of(loop):
        for op in region.ops:
            for array in writes(op):
                is_fresh = memory.of(array) <= fresh
                if op.kind == "invoke" and (carries_arrays or not is_fresh):
                    return False
                if activity.active(array) and not is_fresh:
                    return False
    return True


def is_sum(loop: Op, carried) -> bool:
    """Whether what a loop carries is a sum: its adjoint is the same in every iteration."""
    _, param, yielded, _ = carried
    if param.is_array:
        return False  # what is added may change its shape
    return _is_sum(yielded, param, Counter(uses_in(loop)))


def _is_sum(yielded: Value, param: Value, uses: Counter) -> bool:
    reached = _reaches(yielded, param, uses)
    return reached is not None and reached == uses[param]


def _reaches(value: Value, param: Value, uses: Counter) -> int | None:
    """How often ``param`` is met where ``value`` is ``param`` plus other terms; None if not."""
    if value is param:
        return 1
    op = value.op
    if op is None or uses[value] != 1:
        return None
    if op.kind == "apply" and op.fn in (operator.add, added):
        found = [r for a in op.args if (r := _reaches(a, param, uses)) is not None]
        return found[0] if len(found) == 1 else None
    if op.kind == "apply" and op.fn is operator.sub:
        return _reaches(op.args[0], param, uses)
    if op.kind == "if":
        k = op.outs.index(value)
        found = [n for r in op.regions if (n := _reaches(r.yields[k], param, uses)) is not None]
        return sum(found) if len(found) == 2 else None
    if op.is_loop:
        initial, inner, yielded, _ = op.carries()[op.outs.index(value)]
        return _reaches(initial, param, uses) if _is_sum(yielded, inner, uses) else None
    return None
