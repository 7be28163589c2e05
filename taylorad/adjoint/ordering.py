"""Reversed loops whose order is free run forwards: it is what memory and vectors like best.

The order is free where iterations only add: to shadows that the loop does not read, and to
sums that it carries.  An element of another shadow may be taken, that is loaded and cleared,
where each iteration takes others.
"""

from __future__ import annotations

import operator

from .additive import is_sum
from .bounds import is_natural
from .ir import Function, Op, Value, all_same, loop_of, regions_of, walk
from .memory import Memory, read, writes
from .runtime import added
from .storage import is_grid, is_known, kept_for


def run_forwards(function: Function) -> None:
    """Let reversed loops run forwards where that makes no difference but in rounding."""
    memory = Memory(function)
    for op in walk(function.root):
        if op.kind == "for" and op.attr == "reversed" and is_order_free(op, memory):
            op.attr = None
            for _, _, yielded, _ in op.carries():
                loosen(yielded)


def loosen(total: Value) -> None:
    """Let the terms of a sum be added in any order."""
    while total.op is not None and total.op.kind == "apply" and total.op.fn is operator.add:
        total.op.fn = added
        total = total.op.args[0]


def is_order_free(loop: Op, memory: Memory) -> bool:
    """Whether the iterations of a loop may run in any order."""
    if loop.body.leave is not None:
        return False
    if not all(is_sum(loop, carried) for carried in loop.carries()):
        return False
    added: list[Value] = []
    others: list[Value] = []
    for op in walk(loop.body):
        if op.kind == "store" and takes(op, loop, memory):
            continue
        if op.kind in ("store", "array_store", "effect", "check", "call", "invoke", "text"):
            return False
        if op.kind == "save" or (op.kind == "restore" and not _is_own_restore(op, loop)):
            return False
        accessed = list(read(op))
        if writes(op):  # the first of what an addition reads is what it adds to
            added += writes(op)
            del accessed[0]
        others += accessed
    return all(memory.apart(a, b, loop) for a in added for b in others)


def _is_own_restore(restore: Op, loop: Op) -> bool:
    """Whether a value is restored by the iteration of this loop, not from a list or a stack."""
    slot = restore.attr
    if slot.value.is_array or not is_known(slot.loop):
        return False
    return loop_of(restore.region) is loop or is_grid(kept_for(slot.loop, restore))


def takes(store: Op, loop: Op, memory: Memory) -> bool:
    """Whether a store clears elements that only this iteration takes."""
    array, *indices, value = store.args
    if not value.is_constant or value.const != 0 or not _is_own_place(indices, loop):
        return False
    for op in walk(loop.body):
        if op is store or (op.kind == "load" and all_same(op.args, store.args[:-1])):
            continue
        touched = [*read(op), *writes(op)]
        if not all(memory.apart(array, other, loop) for other in touched):
            return False
    return True


def _is_own_place(indices: list[Value], loop: Op) -> bool:
    """Whether each iteration's elements are other ones."""
    inside = set(regions_of(loop))
    return any(_moves(i, loop, inside) and is_natural(i) for i in indices)


def _moves(index: Value, loop: Op, inside) -> bool | None:
    """Whether an index is the loop's own plus something fixed; None if it is neither nor fixed."""
    if index is loop.body.params[0]:
        return True
    if index.is_constant or index.region not in inside:
        return False
    op = index.op
    if op is None or op.kind != "apply" or op.fn not in (operator.add, operator.sub):
        return None
    first, second = (_moves(a, loop, inside) for a in op.args)
    return None if None in (first, second) or second else first
