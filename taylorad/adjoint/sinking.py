"""Out of branches: what all paths add to one element is added once, behind the branch.

Where every path of a branch adds to ``x_bar[i]``, the paths choose the term alone.  LLVM turns
that into a selection, and the loop around it into vectors.  An addition of zero on one path
is there to find its partner on the other; where it has none, it goes.
"""

from __future__ import annotations

from .algebra import is_number
from .ir import Function, Op, Region, all_same, regions_of, walk
from .kinds import FLOAT
from .memory import Memory, read, writes


def sink_sums(function: Function) -> None:
    """Move additions that all paths of a branch make behind the branch."""
    memory = Memory(function)
    for op in reversed(list(walk(function.root))):  # inner branches first
        if op.kind == "if":
            _sink(op, memory)
    for op in list(walk(function.root)):
        if op.kind == "accumulate" and is_number(op.args[-1], 0):
            op.region.ops.remove(op)


def _sink(op: Op, memory: Memory) -> None:
    inside = set(regions_of(op))
    for first in [o for o in op.regions[0].ops if _is_outside(o, inside)]:
        second = _partner(first, op.regions[1])
        if second is None or not _is_last(first, memory) or not _is_last(second, memory):
            continue
        for addition, region in ((first, op.regions[0]), (second, op.regions[1])):
            region.ops.remove(addition)
            region.yields.append(addition.args[-1])
        term = op.out(FLOAT, f"{first.args[0].name or 't'}_term")
        made = Op("accumulate", [*first.args[:-1], term], line=first.line)
        made.region = op.region
        op.region.ops.insert(op.region.ops.index(op) + 1, made)


def _is_outside(op: Op, inside: set[Region]) -> bool:
    """Whether an operation adds to an element that is known outside the branch."""
    return op.kind == "accumulate" and all(
        v.is_constant or v.region not in inside for v in op.args[:-1]
    )


def _partner(op: Op, region: Region) -> Op | None:
    """The addition to the same element on the other path."""
    for other in region.ops:
        if other.kind == "accumulate" and all_same(op.args[:-1], other.args[:-1]):
            return other
    return None


def _is_last(op: Op, memory: Memory) -> bool:
    """Whether nothing behind it on its path reads or overwrites what it adds to."""
    ops = op.region.ops
    for later in ops[ops.index(op) + 1 :]:
        for inner in (later, *(o for r in regions_of(later) for o in r.ops)):
            if inner.kind == "accumulate":
                continue
            if not all(memory.distinct(op.args[0], a) for a in (*read(inner), *writes(inner))):
                return False
    return True
