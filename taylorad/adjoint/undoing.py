"""Undoing of memory: what stores overwrite is put back where their reversal needs it.

The forward sweep keeps the old content of those stores alone that overwrite what is read
again in the reverse sweep (see `undo`).
"""

from __future__ import annotations

from .ir import Op, Value, loops_around
from .memory import Root, writes
from .regaining import Regaining
from .rules import arrays


class Undoing(Regaining):
    """The part of the reverse sweep that restores memory."""

    @property
    def undone_stores(self) -> list[Op]:
        """The stores whose old content the reverse sweep puts back."""
        return list(self._undo)

    def undone_too_early(self) -> set[int]:
        """Merged loops, by order, with stores that may be put back only behind the loop.

        An iteration that forms its adjoint at once may put back its own memory alone.
        """
        return {
            self.order[loop]
            for op in self._undo
            for loop in loops_around(op.region)
            if self.is_direct_loop(loop)
            and not all(
                self.memory.of(array) <= {Root(v) for v in self.memory.made_in(loop)}
                for array in writes(op)
            )
        }

    def is_undone(self, op: Op) -> bool:
        if self.plan.undone is None:
            return True
        return self.order[op] in self.plan.undone

    def undoes(self, op: Op) -> None:
        """Note that an operation is undone by what is called for it in the reverse sweep."""
        self._undo.setdefault(op, None)

    def put_back_copies(self, op: Op, written: list[Value]) -> None:
        """Restore whole arrays as they were before an operation."""
        self.undoes(op)
        for array in written:
            old = self.need(self._copy_before(op, array))
            self.array_store(self.need(array), old)

    def _put_back(self, op: Op, places) -> None:
        """Restore what a store overwrote; the forward sweep keeps it from now on."""
        array = op.args[0]
        self.load_stored(op)
        if op not in self._undo:
            self._undo[op] = self._old_content(op)
        old = self.need(self._undo[op] or self._old_content(op))
        target = self.need(array)
        if op.kind in ("store", "accumulate"):
            self.store(target, places, old)
        else:
            self.array_store(target, old)

    def _old_content(self, op: Op) -> Value:
        """A value of the forward sweep: what a store is about to overwrite."""
        array = op.args[0]
        if op.kind in ("store", "accumulate"):
            made = Op("load", [array, *op.args[1:-1]], attr="old")
            made.region = op.region
            old = made.out(array.kind.dtype, array.name + "_old")
        else:
            return self._copy_before(op, array)
        op.region.ops.insert(op.region.ops.index(op), made)
        return old

    def _copy_before(self, op: Op, array: Value) -> Value:
        """A value of the forward sweep: a copy of an array, made before an operation."""
        made = Op("array", [array], fn=arrays.COPY)
        made.region = op.region
        old = made.out(array.kind.with_layout("C"), array.name + "_old")
        self.memory.roots[old] = {Root(old)}
        op.region.ops.insert(op.region.ops.index(op), made)
        return old
