"""Which stores must be undone: those that may overwrite what is read again in reverse."""

from __future__ import annotations

from .ir import Function, Op, Region
from .memory import MAKING, Memory, Root, read, writes


def stores_to_undo(function: Function, memory: Memory, read_again: set[Op]) -> set[Op]:
    """The stores that overwrite memory which operations in ``read_again`` have read before.

    A walk along the program with the memory read so far; around loops until nothing is added.
    """
    undone: set[Op] = set()

    def through(region: Region, seen: set[Root]) -> None:
        for op in region.ops:
            if op in read_again and op.kind != "invoke":
                for array in read(op):
                    seen |= memory.of(array)
            if any(memory.of(target) & seen for target in writes(op)):
                undone.add(op)
            if op.kind == "store" and op in read_again:  # what it stored is read again
                seen |= memory.of(op.args[0])
            for out in op.outs:
                if op.kind in MAKING:
                    seen.discard(Root(out))
            if op in read_again and op.kind == "invoke":  # reversed from the state it leaves
                for array in [v for v in (*op.args, *op.outs) if v.is_array]:
                    if not (op.fn.rerun and array in writes(op)):  # these are put back as copies
                        seen |= memory.of(array)
            if op.kind == "if":
                ends = []
                for inner in op.regions:
                    ends.append(set(seen))
                    through(inner, ends[-1])
                seen |= ends[0] | ends[1]
            elif op.is_loop:
                around(op, seen)

    def around(loop: Op, seen: set[Root]) -> None:
        while True:
            end = set(seen)
            for inner in loop.regions:
                through(inner, end)
            aged = memory.aged(loop, end)
            if aged <= seen:
                break
            seen |= aged
        seen |= end

    through(function.root, {r for array in function.restored for r in memory.of(array)})
    return undone
