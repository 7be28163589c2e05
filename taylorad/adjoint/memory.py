"""Memory: which arrays an operation reads and writes, and which arrays may share memory.

An array refers to the memory of its roots: parameters, globals and allocations.  An
allocation inside a loop has two: this iteration's, and ``old``, those of earlier iterations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .ir import Function, Op, Region, Value, loops_around, regions_of, walk

#: Operations that make new arrays.
MAKING = {"alloc", "apply", "array", "invoke"}


@dataclass(frozen=True)
class Root:
    """The memory of one parameter, global or allocation."""

    value: Value
    old: bool = False


def written(op: Op) -> Value | None:
    """The array that an operation writes to, or None."""
    if op.kind in ("store", "accumulate", "array_store", "array_add"):
        return op.args[0]
    return None


def writes(op: Op) -> list[Value]:
    """The arrays that an operation writes to; a function may write to several."""
    if op.kind == "invoke":
        return op.fn.writes(op)
    array = written(op)
    return [] if array is None else [array]


def read(op: Op) -> Iterator[Value]:
    """The arrays whose content an operation reads."""
    if op.kind == "load" or op.kind in ("accumulate", "array_add"):
        yield op.args[0]
    if op.kind in ("apply", "array", "effect", "invoke"):
        yield from (a for a in op.args if a.is_array)
    if op.kind in ("array_store", "array_add"):
        yield from (a for a in op.args[1:] if a.is_array)


class Memory:
    """The roots of every array of a function."""

    def __init__(self, function: Function):
        self.ops = list(walk(function.root))
        self.roots: dict[Value, set[Root]] = {}
        for param in function.params:
            if param.is_array:
                self.roots[param] = {Root(_leader(param, function))}
        self._made: dict[Op, set[Value]] = {}  # by each loop's allocations
        for op in self.ops:
            for v in op.args:
                if v.is_array and v.role == "global":
                    self.roots[v] = {Root(v)}
            for v in op.outs:
                if v.is_array and op.kind in MAKING:
                    self.roots[v] = {Root(v)}
                    for loop in loops_around(op.region):
                        self._made.setdefault(loop, set()).add(v)
        while self._spread():
            pass
        #: Roots that anything is stored into, by operation.
        self.stores = [op for op in self.ops if writes(op)]
        self.written = {r for op in self.stores for a in writes(op) for r in self.of(a)}
        self.written_values = {r.value for r in self.written}

    def of(self, array: Value) -> set[Root]:
        return self.roots.setdefault(array, set())

    def values(self, array: Value) -> set[Value]:
        """The roots' values, old and new alike."""
        return {r.value for r in self.of(array)}

    def aged(self, loop: Op, roots: Iterable[Root]) -> set[Root]:
        """Roots as the next iteration of a loop sees them."""
        made = self._made.get(loop, set())
        return {Root(r.value, True) if r.value in made else r for r in roots}

    def made_in(self, loop: Op) -> set[Value]:
        """The allocations inside a loop."""
        return self._made.get(loop, set())

    def _spread(self) -> bool:
        changed = False

        def grow(value, roots):
            nonlocal changed
            if not roots <= self.of(value):
                self.roots[value] = self.of(value) | roots
                changed = True

        for op in self.ops:
            if op.kind == "view":
                grow(op.outs[0], self.of(op.args[0]))
            elif op.kind == "restore" and op.outs[0].is_array:
                grow(op.outs[0], self.of(op.attr.value))  # as in the iteration that is reversed
            elif op.is_loop:
                for initial, param, yielded, out in op.carries():
                    if param.is_array:
                        grow(param, self.of(initial) | self.aged(op, self.of(yielded)))
                        grow(out, self.of(param) | self.of(yielded))
            elif op.kind == "if":
                for k, out in enumerate(op.outs):
                    if out.is_array:
                        for region in op.regions:
                            grow(out, self.of(region.yields[k]))
        return changed

    def distinct(self, a: Value, b: Value) -> bool:
        """Whether two arrays certainly share no memory at the same time."""
        if not self.of(a) & self.of(b):
            return True
        for loop in (a.region.op, a.op):
            if loop is None or not loop.is_loop:
                continue
            group = swapped(loop)
            for k in (1, 3):  # parameters, results
                mine, other = ([c[0] for c in group if c[k] is v] for v in (a, b))
                if mine and other and a is not b:
                    return self.distinct(mine[0], other[0])
        return False

    def apart(self, a: Value, b: Value, loop: Op) -> bool:
        """Whether two arrays share no memory, whatever iterations of a loop they are met in."""
        inside = set(regions_of(loop))
        if a.region in inside or b.region in inside:
            return not self.values(a) & self.values(b)
        return self.distinct(a, b)

    # -- order -----------------------------------------------------------------------

    def conflicts(self, op: Op, roots: set[Root]) -> bool:
        """Whether an operation, or anything inside it, may write to memory of these roots."""
        if any(self.of(array) & roots for array in writes(op)):
            return True
        return any(self.conflicts(inner, roots) for r in op.regions for inner in r.ops)

    def changed_after(self, op: Op, roots: set[Root], upto: Region | None) -> bool:
        """Whether memory may change after ``op`` before the end of the region ``upto``."""
        region, pos = op.region, op.region.ops.index(op)
        while True:
            if any(self.conflicts(o, roots) for o in region.ops[pos + 1 :]):
                return True
            if region is upto or region.op is None:
                return False
            if region.op.is_loop:
                return any(self.conflicts(o, roots) for o in region.ops)
            region, pos = region.op.region, region.op.region.ops.index(region.op)

    def later_stores(self, op: Op, array: Value) -> list[Op]:
        """The stores that may change, after ``op``, memory that it has read."""
        around = loops_around(op.region)
        found = []
        for store in self.stores:
            shared = [loop for loop in loops_around(store.region) if loop in around]
            if any(
                self._may_follow(mine, other, shared, store, op)
                for mine in self.of(array)
                for target in writes(store)
                for other in self.of(target)
                if mine.value is other.value
            ):
                found.append(store)
        return found

    def _may_follow(self, mine: Root, other: Root, shared, store: Op, op: Op) -> bool:
        """Whether a store to ``other`` may come after ``op`` has read ``mine``, the same memory."""
        if mine.old != other.old:
            return other.old  # what is new now is old in a later iteration, not the reverse
        if any(mine.value not in self.made_in(loop) for loop in shared):
            return True  # the memory outlives an iteration that both are in
        return (mine.old and bool(shared)) or _comes_after(store, op)


def swapped(loop: Op) -> list[tuple[Value, Value, Value, Value]]:
    """What a loop carries of references to arrays that it only permutes."""
    found = [c for c in loop.carries() if c[1].is_array]
    while True:
        params = {c[1] for c in found}
        kept = [c for c in found if c[2] in params]
        if len(kept) == len(found):
            break
        found = kept
    return found if len({c[2] for c in found}) == len(found) else []


def _leader(param: Value, function: Function) -> Value:
    """The parameter whose memory that of ``param`` is, or may be."""
    if not function.shared:
        return param
    return next(p for p in function.params if p.is_array and p.kind.dtype == param.kind.dtype)


def _path(op: Op) -> list[Op]:
    """The operation and those around it, outermost first."""
    path = [op]
    while path[-1].region.op is not None:
        path.append(path[-1].region.op)
    return path[::-1]


def _comes_after(later: Op, op: Op) -> bool:
    """Whether ``later`` stands behind ``op`` in the text."""
    for a, b in zip(_path(later), _path(op), strict=False):
        if a is not b:
            if a.region is not b.region:
                return False  # two branches of one condition
            return a.pos > b.pos
    return False


def depth(region: Region | None) -> int:
    """The number of loops around a region."""
    return len(loops_around(region))
