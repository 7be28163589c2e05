"""Grids: what the iterations of a nest of loops add to neighbouring elements is gathered.

Where ``x_bar[i - 1, j] += a; x_bar[i + 1, j] += a`` stand in a nest over ``i`` and ``j``, every
element is read and written several times, by vectors that overlap.  If the terms are cheap, a
nest of its own goes over the elements and adds the terms of all iterations for each at once.
At the edges some of these iterations do not exist: conditions on the outer indices, which do
not change along a row, leave its vectors alone.  Terms from the same row are gathered apart.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce

from .bounds import is_natural
from .delaying import direction_of, grouped, needed_by, offset_of
from .ir import Function, Op, Region, Value, all_same, constant, regions_of, same, walk
from .kinds import FLOAT
from .making import Maker
from .memory import Memory, read, writes
from .storage import Inserter


def gather_neighbours(function: Function) -> None:
    """Let nests of loops add to the elements of a grid once instead of from each neighbour."""
    memory = Memory(function)
    for op in list(walk(function.root)):
        if op.kind == "for" and len(nest := _nest(op)) > 1:
            for group in _groups(nest, memory):
                _gather(nest, group)


def _nest(outer: Op) -> list[Op]:
    """The loops, each the only one in the one before, that go over a rectangle."""
    nest: list[Op] = []
    inside = set(regions_of(outer))
    loop: Op | None = outer
    while loop is not None and loop.body.leave is None and direction_of(loop) is not None:
        if any(not b.is_constant and b.region in inside for b in loop.bounds):
            break
        nest.append(loop)
        inner = [op for op in loop.body.ops if op.regions]
        others = (op for op in loop.body.ops if not op.regions)
        plain = all(op.kind in ("apply", "load", "shape") for op in others)
        loop = inner[0] if plain and len(inner) == 1 and inner[0].kind == "for" else None
    return nest


@dataclass
class _Term:
    """An addition to the element at the indices of the nest's loops plus offsets."""

    op: Op
    #: For each index of the element the loop whose index it is, or None.
    loops: tuple[Op | None, ...]
    offsets: dict[Op, int]
    #: What the term is computed from, if that may be done once more.
    needed: set[Op] | None


def _term(nest: list[Op], op: Op, memory: Memory) -> _Term | None:
    found = _place(nest, op.args[1:-1])
    if found is None:
        return None
    needed = needed_by(nest, [op])
    if needed is not None and not all(
        _keeps(nest, load, memory) for load in needed if load.kind == "load"
    ):
        needed = None
    return _Term(op, *found, needed)


def _place(nest: list[Op], indices) -> tuple[tuple[Op | None, ...], dict[Op, int]] | None:
    """The loops whose indices an element's are, and by how much they differ.

    Each iteration's element is another one; None where that is not certain.
    """
    inside = set(regions_of(nest[0]))
    loops: list[Op | None] = []
    offsets: dict[Op, int] = {}
    for index in indices:
        for loop in nest:
            offset = offset_of(index, loop.body.params[0])
            if offset is not None:
                break
        else:
            if not index.is_constant and index.region in inside:
                return None
            loops.append(None)
            continue
        if loop in offsets:
            return None
        loops.append(loop)
        offsets[loop] = offset
    return (tuple(loops), offsets) if len(offsets) == len(nest) else None


def _keeps(nest: list[Op], load: Op, memory: Memory) -> bool:
    """Whether an element is before the nest what each iteration loads: it may clear it then."""
    array = load.args[0]
    for op in walk(nest[0].body):
        if all(memory.apart(array, target, nest[0]) for target in writes(op)):
            continue
        *place, _ = op.args
        if op.kind != "store" or op.region is not load.region or not all_same(place, load.args):
            return False
        if _place(nest, place[1:]) is None or not all(map(is_natural, place[1:])):
            return False
        if op.region.ops.index(op) < op.region.ops.index(load):
            return False
    return True


def _groups(nest: list[Op], memory: Memory) -> list[list[_Term]]:
    """The terms to gather, those of one nest together."""
    found = (_term(nest, op, memory) for op in nest[-1].body.ops if op.kind == "accumulate")
    groups = grouped(filter(None, found), _along)
    alone = [g for g in groups if _is_alone(nest, g[0].op.args[0], memory)]
    return [part for group in alone for part in _chosen(nest, group)]


def _along(a: _Term, b: _Term) -> bool:
    """Whether two additions are to one array, and differ in offsets alone."""
    return (
        a.op.args[0] is b.op.args[0]
        and a.loops == b.loops
        and all(
            loop is not None or same(x, y)
            for loop, x, y in zip(a.loops, a.op.args[1:-1], b.op.args[1:-1], strict=True)
        )
    )


def _is_alone(nest: list[Op], array: Value, memory: Memory) -> bool:
    """Whether the nest does nothing but add to the memory of an array."""
    return all(
        memory.apart(array, other, nest[0])
        for op in walk(nest[0].body)
        if op.kind != "accumulate"
        for other in (*read(op), *writes(op))
    )


def _chosen(nest: list[Op], group: list[_Term]) -> list[list[_Term]]:
    """The terms for all neighbours but one, which stay where they are: by row, and others."""
    fixed = [t for t in group if t.needed is None]
    fixed += [t for t in group if not any(t.offsets.values())]
    stays = (fixed or group)[0].offsets
    moved = [t for t in group if t.offsets != stays]
    row = [t for t in moved if t.offsets[nest[-1]] == stays[nest[-1]]]
    others = [t for t in moved if t not in row]
    across = [t for t in moved if any(t.offsets[loop] != stays[loop] for loop in nest[:-1])]
    if len(across) < 2 or any(t.needed is None for t in moved):
        return []
    return [part for part in (row, others) if part]


@dataclass
class _Range:
    """The iterations of a loop, and the indices that differ from theirs by offsets."""

    low: Value
    high: Value
    first: int
    last: int

    @classmethod
    def of(cls, maker: Maker, loop: Op, offsets: list[int]) -> _Range:
        low, high, step = loop.bounds
        if step.const == -1:
            low, high = (maker.apply(operator.add, v, constant(1)) for v in (high, low))
        return cls(low, high, min(offsets), max(offsets))

    @property
    def is_wide(self) -> bool:
        return self.first != self.last

    def conditions(self, maker: Maker, index: Value, offset: int) -> Iterator[Value]:
        """Whether the iteration exists that adds to an index by an offset."""
        if offset != self.first:
            yield maker.apply(operator.le, self.low, index)
        if offset != self.last:
            yield maker.apply(operator.lt, index, self.high)


def _gather(nest: list[Op], terms: list[_Term]) -> None:
    """Move terms to a nest of their own before this one."""
    maker = Inserter(nest[0])
    ranges = [_Range.of(maker, loop, [t.offsets[loop] for t in terms]) for loop in nest]
    some = [maker.apply(operator.lt, r.low, r.high) for r in ranges if r.is_wide]
    with _if(maker, some):  # at the edges of nothing there are no elements
        indices = {}
        for loop, r in zip(nest, ranges, strict=True):
            bounds = [
                maker.apply(operator.add, end, constant(offset))
                for end, offset in ((r.low, r.first), (r.high, r.last))
            ]
            made = maker.append(Op("for", [*bounds, constant(1)], line=loop.line))
            old = loop.body.params[0]
            indices[loop] = maker.inside(made).param(old.kind, old.name, "index")
        found = [_value(maker, nest, ranges, indices, t) for t in terms]
        total = reduce(lambda a, b: maker.apply(operator.add, a, b), found)
        op = terms[0].op
        places = [
            old if loop is None else indices[loop]
            for loop, old in zip(terms[0].loops, op.args[1:-1], strict=True)
        ]
        maker.accumulate(op.args[0], places, total)
    maker.insert()
    for term in terms:
        nest[-1].body.ops.remove(term.op)


def _value(maker: Maker, nest: list[Op], ranges: list[_Range], indices, term: _Term) -> Value:
    """What the iteration that is a term's offset away adds, 0 where there is none."""
    known: dict[Value, Value] = {}
    conditions: list[Value] = []
    for loop, r in zip(nest, ranges, strict=True):
        offset = term.offsets[loop]
        index = maker.apply(operator.sub, indices[loop], constant(offset))
        known[loop.body.params[0]] = index
        if r.is_wide:
            conditions += r.conditions(maker, index, offset)
    with _if(maker, conditions) as op:
        for needed in (o for loop in nest for o in loop.body.ops if o in (term.needed or ())):
            known[needed.outs[0]] = _again(maker, needed, known)
        value = known.get(term.op.args[-1], term.op.args[-1])
    if op is None:
        return value
    for region, yielded in zip(op.regions, (value, constant(0.0)), strict=True):
        region.yields.append(yielded)
    return op.out(FLOAT, term.op.args[-1].name)


def _again(maker: Maker, op: Op, known: dict[Value, Value]) -> Value:
    """An operation once more, on other operands."""
    args = [known.get(a, a) for a in op.args]
    out = op.outs[0]
    if op.kind == "load":
        return maker.load(args[0], args[1:], out.name)
    if op.kind == "shape":
        return maker.shape(args[0], op.attr)
    return maker.apply(op.fn, *args, name=out.name, attr=op.attr, kind=out.kind)


@contextmanager
def _if(maker: Maker, conditions: list[Value]) -> Iterator[Op | None]:
    """Append where all conditions hold, by the operation yielded, or without any."""
    outer = maker.region
    op = None
    if conditions:
        condition = reduce(lambda a, b: maker.apply(operator.and_, a, b), conditions)
        op = maker.append(Op("if", [condition]))
        op.regions = [Region(outer, op), Region(outer, op)]
        maker.region = op.regions[0]
    yield op
    maker.region = outer
