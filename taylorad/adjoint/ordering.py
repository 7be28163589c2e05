"""Reversed loops whose order is free run forwards: it is what memory and vectors like best.

The order is free where iterations only add: to shadows that the loop does not read, and to
sums that it carries.
"""

from __future__ import annotations

from .additive import is_sum
from .ir import Function, Op, Value, loop_of, walk
from .memory import Memory, read, written


def run_forwards(function: Function) -> None:
    """Let reversed loops run forwards where that makes no difference but in rounding."""
    memory = Memory(function)
    for op in walk(function.root):
        if op.kind == "for" and op.attr == "reversed" and is_order_free(op, memory):
            op.attr = None


def is_order_free(loop: Op, memory: Memory) -> bool:
    """Whether the iterations of a loop may run in any order."""
    if loop.body.leave is not None:
        return False
    if not all(is_sum(loop, carried) for carried in loop.carries()):
        return False
    added: set[Value] = set()
    others: set[Value] = set()
    for op in walk(loop.body):
        if op.kind in ("store", "array_store", "effect", "check", "text"):
            return False
        if op.kind == "save" or (op.kind == "restore" and not is_own_restore(op, loop)):
            return False
        target = written(op)
        if target is not None:
            added |= memory.values(target)
            continue
        for array in read(op):
            others |= memory.values(array)
    return not added & others


def is_own_restore(restore: Op, loop: Op) -> bool:
    """Whether a value is restored by the iteration of this loop, not from a list or a stack."""
    slot = restore.attr
    known = slot.loop.kind == "for" and slot.loop.body.leave is None
    return known and loop_of(restore.region) is loop and not slot.value.is_array
