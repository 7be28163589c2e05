"""Where saved values are kept: statements around loops that fill and read buffers.

Each saved value has a buffer of its own.  A loop whose number of iterations is known, with no
loop around it, addresses it by the iteration; others count the iterations they make, in all
rounds of the loops around them, and let the buffers grow.  Arrays are kept in lists.

What is inserted here are operations of kind ``text``: ``attr`` is a statement with places for
the operands, or the expression of a result.
"""

from __future__ import annotations

import operator
from collections import defaultdict

from .ir import Function, Op, Region, Value, constant, loop_of, loops_around, walk
from .kinds import BOOL, INT
from .making import Maker

_DTYPES = {INT: "np.int64", BOOL: "np.bool_"}
#: Entries of a buffer that grows, at first.
FIRST = 64


def place_saved(function: Function, name) -> None:
    """Replace `save` and `restore`; ``name(hint)`` gives a name that is not taken."""
    by_loop = defaultdict(list)
    for op in walk(function.root):
        if op.kind == "save":
            by_loop[op.attr.loop].append(op)
    restores = defaultdict(list)
    for op in walk(function.root):
        if op.kind == "restore":
            restores[op.attr].append(op)
    for loop, saves in by_loop.items():
        _Buffers(function, loop, saves, restores, name).insert()


class _Buffers:
    """The buffers of one loop."""

    def __init__(self, function, loop, saves, restores, name):
        self.function, self.loop, self.saves, self.name = function, loop, saves, name
        self.restores = [(s, r) for s in saves for r in restores[s.attr]]
        around = set(loops_around(self.restores[0][1].region))
        outer = [o for o in loops_around(loop.region) if o not in around]
        self.is_simple = not outer and loop.kind == "for" and loop.body.leave is None
        #: The outermost operation that must find the buffers made.
        self.first = outer[-1] if outer else loop
        while self.first.region.op is not None and not self.first.region.op.is_loop:
            self.first = self.first.region.op

    def insert(self) -> None:
        arrays = [s for s in self.saves if s.args[0].is_array]
        for save in arrays:
            self._in_list(save)
        self.saves = [s for s in self.saves if s not in arrays]
        self.restores = [(s, r) for s, r in self.restores if s not in arrays]
        if not self.saves:
            return
        self.named = {s: self.name(f"{s.attr.name}_at") for s in self.saves}
        if self.is_simple:
            self._by_iteration()
        else:
            self._by_count()

    def _in_list(self, save: Op) -> None:
        buffer = self.name(f"{save.attr.name}_at")
        _before(self.first, Op("text", [], f"{buffer} = []"))
        _replace(save, Op("text", save.args, f"{buffer}.append({{0}})"))
        for other, restore in self.restores:
            if other is save:
                restore.kind, restore.attr = "text", f"{buffer}.pop()"

    def _dtype(self, save: Op) -> str:
        return _DTYPES.get(save.args[0].kind, "number")

    def _by_iteration(self) -> None:
        maker = _Inserter(self.loop)
        start, stop, step = self.loop.bounds
        length = trip_count(maker, start, stop, step)
        for save, buffer in self.named.items():
            maker.append(Op("text", [length], f"{buffer} = empty({{0}}, {self._dtype(save)})"))
        maker.insert()
        for save, buffer in self.named.items():
            at = _Inserter(save)
            index = iteration(at, self.loop.body.params[0], start, step)
            at.insert()
            _replace(save, Op("text", [index, *save.args], f"{buffer}[{{0}}] = {{1}}"))
        for save, restore in self.restores:
            at = _Inserter(restore)
            index = iteration(at, loop_of(restore.region).body.params[0], start, step)
            at.insert()
            restore.kind, restore.attr = "text", f"{self.named[save]}[{{0}}]"
            restore.args = [index]

    def _by_count(self) -> None:
        done, room = self.name("done"), self.name("room")
        begin = [f"{done} = 0", f"{room} = {FIRST}"]
        begin += [f"{b} = empty({FIRST}, {self._dtype(s)})" for s, b in self.named.items()]
        _before(self.first, Op("text", [], "\n".join(begin)))
        grown = [f"    {b} = resized({b}, {room})" for b in self.named.values()]
        body = self.loop.body
        if self.loop.kind == "for" and body.leave is None:
            maker = _Inserter(self.loop)
            length = trip_count(maker, *self.loop.bounds)
            test = [f"if {done} + {{0}} > {room}:", f"    {room} = 2 * ({done} + {{0}})", *grown]
            maker.append(Op("text", [length], "\n".join(test)))
            maker.insert()
        else:
            test = [f"if {done} == {room}:", f"    {room} = 2 * {room}", *grown]
            _at_start(body, Op("text", [], "\n".join(test)))
        _at_end(body, Op("text", [], f"{done} += 1"))
        for save, buffer in self.named.items():
            _replace(save, Op("text", save.args, f"{buffer}[{done}] = {{0}}"))
        reversed_loops = set()
        for save, restore in self.restores:
            restore.kind, restore.attr, restore.args = "text", f"{self.named[save]}[{done}]", []
            reversed_loops.add(loop_of(restore.region))
        for op in reversed_loops:
            _at_start(op.body, Op("text", [], f"{done} -= 1"))


class _Inserter(Maker):
    """Collects operations to be inserted before one."""

    def __init__(self, before: Op):
        super().__init__(Region(before.region.parent, before.region.op))
        self.before = before

    def insert(self) -> None:
        home = self.before.region
        at = home.ops.index(self.before)
        for op in self.region.ops:
            op.region = home
            for out in op.outs:
                out.region = home
        home.ops[at:at] = self.region.ops


def trip_count(maker: Maker, start: Value, stop: Value, step: Value) -> Value:
    """The number of iterations of a range, not below 0."""
    if step.is_constant and step.const in (1, -1):
        ends = (stop, start) if step.const == 1 else (start, stop)
        return maker.apply(max, maker.apply(operator.sub, *ends), constant(0))
    return maker.apply(len, start, stop, step, attr="range", kind=INT)


def iteration(maker: Maker, index: Value, start: Value, step: Value) -> Value:
    """The number of the iteration at an index of a range."""
    offset = index
    if not (start.is_constant and start.const == 0):
        offset = maker.apply(operator.sub, index, start)
    if step.is_constant and step.const == 1:
        return offset
    if step.is_constant and step.const == -1:
        return maker.apply(operator.sub, start, index)
    return maker.apply(operator.floordiv, offset, step)


def _put(op: Op, region: Region, at: int) -> None:
    op.region = region
    region.ops.insert(at, op)


def _before(op: Op, new: Op) -> None:
    _put(new, op.region, op.region.ops.index(op))


def _replace(op: Op, new: Op) -> None:
    _before(op, new)
    op.region.ops.remove(op)


def _at_start(region: Region, op: Op) -> None:
    _put(op, region, 0)


def _at_end(region: Region, op: Op) -> None:
    _put(op, region, len(region.ops))
