"""Reversed loops that scatter, split into loops that LLVM turns into vectors.

The adjoint of a stencil takes one shadow's element and adds to several neighbours in another:
each iteration writes where the next one reads.  Split into one loop for each place that is
added to, and one that clears what was taken, no loop depends on its own iterations.

That is legal where what is taken has, in every iteration, a place of its own, and shares no
memory with what is added to: then all iterations may take first, and clear last.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field

from .ir import Function, Op, Region, Value, walk
from .memory import Memory, read
from .operations import primitive_of
from .ordering import is_own_restore
from .regaining import CHEAP

#: Operations that are worth repeating in each of the loops, at most.
LARGEST = 24


def split_scatters(function: Function) -> None:
    """Split the reversed loops that add to several places of one array."""
    memory = Memory(function)
    for op in list(walk(function.root)):
        if op.kind == "for" and op.attr == "reversed":
            parts = _Parts(op, memory)
            if parts.collect() and parts.pays():
                parts.replace()


@dataclass
class _Parts:
    """What the body of a loop consists of, if it is of the right form."""

    loop: Op
    memory: Memory
    #: Loads from shadows, each with the store that clears the element.
    taken: dict[Op, Op] = field(default_factory=dict)
    added: list[Op] = field(default_factory=list)
    #: Operations without effects, and the value they define.
    pure: dict[Value, Op] = field(default_factory=dict)

    def collect(self) -> bool:
        """Sort the operations; whether the form is right."""
        loop = self.loop
        if loop.outs or loop.body.leave is not None:
            return False
        stores = []
        for op in loop.body.ops:
            if op.kind in ("apply", "load", "shape"):
                self.pure[op.outs[0]] = op
            elif op.kind == "restore" and is_own_restore(op, loop):
                self.pure[op.outs[0]] = op
            elif op.kind == "accumulate":
                self.added.append(op)
            elif op.kind == "store" and op.args[-1].is_constant and op.args[-1].const == 0:
                stores.append(op)
            else:
                return False
        return all(map(self._takes, stores)) and self._is_apart()

    def _takes(self, store: Op) -> bool:
        """Match a store of zero with the load of the same element before it."""
        for op in self.pure.values():
            same = op.kind == "load" and _same_place(op.args, store.args[:-1])
            if same:
                self.taken[op] = store
                return self._is_own_place(store.args[1:-1])
        return False

    def _is_own_place(self, indices) -> bool:
        """Whether each iteration's element is another one."""
        own = [self._moves(i) for i in indices]
        return None not in own and own.count(True) == 1

    def _moves(self, index: Value) -> bool | None:
        """Whether an index is the loop's own plus a constant; None if it is neither nor fixed."""
        if index is self.loop.body.params[0]:
            return True
        if index.is_constant or index not in self.pure:
            return False
        op = self.pure[index]
        if op.kind != "apply" or op.fn not in (operator.add, operator.sub):
            return None
        first, second = (self._moves(a) for a in op.args)
        if None in (first, second) or second:
            return None
        return first

    def _is_apart(self) -> bool:
        """Whether what is taken, read and added to are different memory."""
        taken = [store.args[0] for store in self.taken.values()]
        added = [op.args[0] for op in self.added]
        for k, array in enumerate(taken):
            others = taken[:k] + added
            if not all(self.memory.distinct(array, other) for other in others):
                return False
        for op in self.pure.values():
            if op not in self.taken and any(
                not self.memory.distinct(array, other)
                for array in read(op)
                for other in taken + added
            ):
                return False
        return True

    def pays(self) -> bool:
        """Whether an array is added to in several places, by cheap operations."""
        places: dict[Value, set] = {}
        for op in self.added:
            key = tuple(repr(v) if v.is_constant else id(v) for v in op.args[1:-1])
            places.setdefault(op.args[0], set()).add(key)
        if all(len(found) < 2 for found in places.values()):
            return False
        cheap = all(
            op.kind != "apply" or getattr(primitive_of(op.fn), "name", "") in CHEAP
            for op in self.pure.values()
        )
        return cheap and len(self.pure) <= LARGEST

    def replace(self) -> None:
        """Put a loop for each addition in the place of the loop, and one that clears."""
        home = self.loop.region
        made = [self._loop_with([op]) for op in self.added]
        if self.taken:
            made.append(self._loop_with(list(self.taken.values())))
        at = home.ops.index(self.loop)
        home.ops[at : at + 1] = made

    def _loop_with(self, kept: list[Op]) -> Op:
        """A copy of the loop with some effects, and what they need."""
        loop = self.loop
        made = Op("for", loop.args[:3], line=loop.line)
        made.region = loop.region
        region = Region(loop.region, made)
        made.regions.append(region)
        index = region.param(loop.body.params[0].kind, loop.body.params[0].name, "index")
        known: dict[Value, Value] = {loop.body.params[0]: index}
        needed: set[Value] = set()
        work = [a for op in kept for a in op.args]
        while work:
            value = work.pop()
            if value in self.pure and value not in needed:
                needed.add(value)
                work += self.pure[value].args
        for op in loop.body.ops:
            if op in kept or (op.outs and op.outs[0] in needed):
                copy = Op(op.kind, [known.get(a, a) for a in op.args], op.attr, op.fn, op.line)
                copy.region = region
                region.ops.append(copy)
                for out in op.outs:
                    known[out] = copy.out(out.kind, out.name)
        return made


def _same_place(a: list[Value], b: list[Value]) -> bool:
    return len(a) == len(b) and all(
        x is y or (x.is_constant and y.is_constant and x.const == y.const)
        for x, y in zip(a, b, strict=True)
    )
