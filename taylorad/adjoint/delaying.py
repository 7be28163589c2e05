"""Neighbouring elements: what one iteration adds to several of them is added to each once.

``x_bar[i] += a; x_bar[i + 1] += b`` makes every iteration read what the one before has
written, which keeps a loop from becoming vectors.  Only the element that no later iteration
adds to is written; terms for the others wait in variables until their turn comes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .ir import Function, Op, Region, Value, constant, same, walk
from .kinds import FLOAT
from .making import Maker
from .memory import Memory, read, writes
from .operations import primitive_of
from .ordering import takes
from .regaining import CHEAP

#: Operations that are worth repeating in a loop apart, at most.
FEW = 8
#: Variables for terms that wait, in one loop at most.
LARGEST = 8


def delay_terms(function: Function) -> None:
    """Let terms for neighbouring elements wait, in the loops that add to several."""
    memory = Memory(function)
    for op in list(walk(function.root)):
        if op.kind == "for" and op.body.leave is None and not any(o.regions for o in op.body.ops):
            _in_loop(op, memory)


def _in_loop(loop: Op, memory: Memory) -> None:
    while groups := _groups(loop, memory):
        apart = _set_apart(loop, groups[0], memory)
        _delay(loop, groups[0])
        if apart is not None:
            _in_loop(apart, memory)


@dataclass
class _Term:
    """An addition to the element at the loop's index plus an offset."""

    op: Op
    axis: int
    offset: int


def _groups(loop: Op, memory: Memory) -> list[list[_Term]]:
    """The additions to several places of one array, where nothing else touches the array."""
    if direction_of(loop) is None:
        return []
    found = (_term(loop, op) for op in loop.body.ops if op.kind == "accumulate")
    groups = grouped(filter(None, found), _along)
    return [g for g in groups if _pays(loop, g) and _is_alone(loop, g, memory)]


def grouped(terms: Iterable, along: Callable) -> list[list]:
    """Terms in groups of those that go ``along`` with one another."""
    groups: list[list] = []
    for term in terms:
        for group in groups:
            if along(group[0], term):
                group.append(term)
                break
        else:
            groups.append([term])
    return groups


def direction_of(loop: Op) -> int | None:
    """The step of a loop from one iteration to the next: 1, -1, or None for others."""
    step = loop.bounds[2]
    if not step.is_constant or step.const not in (1, -1):
        return None
    return -step.const if loop.attr == "reversed" else step.const


def _term(loop: Op, op: Op) -> _Term | None:
    index = loop.body.params[0]
    found = None
    for axis, place in enumerate(op.args[1:-1]):
        offset = offset_of(place, index)
        if offset is not None:
            if found is not None:
                return None
            found = _Term(op, axis, offset)
        elif not place.is_constant and place.region is loop.body:
            return None
    return found


def offset_of(place: Value, index: Value) -> int | None:
    """The constant by which a place differs from the loop's index."""
    if place is index:
        return 0
    op = place.op
    if op is None or op.kind != "apply" or op.fn not in (operator.add, operator.sub):
        return None
    if op.args[0] is not index or not op.args[1].is_constant:
        return None
    return op.args[1].const if op.fn is operator.add else -op.args[1].const


def _along(a: _Term, b: _Term) -> bool:
    """Whether two additions are to one array, and differ in the offset alone."""
    first, second = a.op.args[:-1], b.op.args[:-1]
    return (
        first[0] is second[0]
        and a.axis == b.axis
        and all(
            same(x, y)
            for k, (x, y) in enumerate(zip(first[1:], second[1:], strict=True))
            if k != a.axis
        )
    )


def _pays(loop: Op, group: list[_Term]) -> bool:
    offsets = {t.offset for t in group}
    last = min(offsets) if direction_of(loop) == 1 else max(offsets)
    return len(offsets) > 1 and sum(abs(o - last) for o in offsets) <= LARGEST


def _is_alone(loop: Op, group: list[_Term], memory: Memory) -> bool:
    """Whether the loop does nothing but add to the memory that these operations add to."""
    array = group[0].op.args[0]
    return all(
        memory.apart(array, other, loop)
        for op in loop.body.ops
        if op.kind != "accumulate"
        for other in (*read(op), *writes(op))
    )


def _set_apart(loop: Op, group: list[_Term], memory: Memory) -> Op | None:
    """Let what a loop adds to further places of the same array, such as rows, come before.

    In a loop of its own it becomes vectors.  What its terms need is computed once more: that
    must be cheap, and nothing that the loop changes but what each iteration takes for itself.
    """
    own, array = {t.op for t in group}, group[0].op.args[0]
    others = [
        op
        for op in loop.body.ops
        if op.kind == "accumulate"
        and op not in own
        and not memory.apart(op.args[0], array, loop)
    ]
    needed = needed_by([loop], others)
    stores = [op for op in loop.body.ops if writes(op) and op.kind != "accumulate"]
    if not others or loop.outs or needed is None:
        return None
    if not all(op.kind == "store" and takes(op, loop, memory) for op in stores):
        return None
    made = Op("for", loop.args[:3], loop.attr, line=loop.line)
    made.region = loop.region
    region = Region(loop.region, made)
    made.regions.append(region)
    index = loop.body.params[0]
    known: dict[Value, Value] = {index: region.param(index.kind, index.name, "index")}
    for op in [o for o in loop.body.ops if o in needed or o in others]:
        copy = Op(op.kind, [known.get(a, a) for a in op.args], op.attr, op.fn, op.line)
        copy.region = region
        region.ops.append(copy)
        for out in op.outs:
            known[out] = copy.out(out.kind, out.name)
    for op in others:
        loop.body.ops.remove(op)
    loop.region.ops.insert(loop.region.ops.index(loop), made)
    return made


def needed_by(nest: list[Op], kept: list[Op]) -> set[Op] | None:
    """The operations of a nest of loops that others follow from; None if not few and cheap."""
    found: set[Op] = set()
    bodies = [loop.body for loop in nest]
    work = [a for op in kept for a in op.args]
    while work:
        value = work.pop()
        op = value.op
        if value.region not in bodies or op in found:
            continue
        if op is None:
            if value.role == "carried":
                return None
            continue
        name = getattr(primitive_of(op.fn), "name", "")
        if op.kind not in ("apply", "load", "shape") or (op.kind == "apply" and name not in CHEAP):
            return None
        found.add(op)
        work += op.args
    return found if len(found) <= FEW else None


def _delay(loop: Op, group: list[_Term]) -> None:
    direction = direction_of(loop) or 1
    body = loop.body
    terms: dict[int, Value] = {}
    for term in group:
        added = term.op.args[-1]
        old = terms.get(term.offset)
        terms[term.offset] = added if old is None else _add(body, term.op, old, added)
    last = min(terms) if direction == 1 else max(terms)
    final = next(t for t in reversed(group) if t.offset == last).op
    # every term is defined by the end of the body: there the one addition is made
    for term in group:
        body.ops.remove(term.op)
    total = terms.pop(last)
    waiting: list[tuple[int, Value]] = []  # where a term goes, from the last index; what waits
    name = final.args[0].name
    for offset, following in sorted(terms.items()):
        for k in range(abs(offset - last)):
            waits = body.param(FLOAT, name)
            loop.args.append(constant(0.0))
            body.yields.append(following)
            waiting.append((offset - direction * k, loop.out(FLOAT, name)))
            following = waits
        total = _add(body, None, total, following)
    made = Op("accumulate", [*final.args[:-1], total], line=final.line)
    made.region = body
    body.ops.append(made)
    _flush(loop, final, group[0].axis, waiting)


def _add(body: Region, at: Op | None, a: Value, b: Value) -> Value:
    made = Op("apply", [a, b], fn=operator.add)
    made.region = body
    body.ops.insert(len(body.ops) if at is None else body.ops.index(at), made)
    return made.out(FLOAT, "")


def _flush(loop: Op, final: Op, axis: int, waiting) -> None:
    """Add what still waits when the loop ends, if it ran."""
    start, stop, step = loop.bounds
    home = loop.region
    low, high = (start, stop) if step.const == 1 else (stop, start)
    test = Op("apply", [low, high], fn=operator.lt)
    test.region = home
    guard = Op("if", [test.out("bool")])
    guard.region = home
    guard.regions = [Region(home, guard), Region(home, guard)]
    inside = guard.regions[0]
    # the index of the last iteration: the start of a reversed range, else one before its stop
    edge, shift = (start, 0) if loop.attr == "reversed" else (stop, -step.const)
    sums: dict[int, Value] = {}
    for offset, value in waiting:
        old = sums.get(offset)
        sums[offset] = value if old is None else _add(inside, None, old, value)
    for offset, value in sorted(sums.items()):
        indices = list(final.args[1:-1])
        indices[axis] = Maker(inside).apply(operator.add, edge, constant(shift + offset))
        made = Op("accumulate", [final.args[0], *indices, value], line=final.line)
        made.region = inside
        inside.ops.append(made)
    at = home.ops.index(loop) + 1
    home.ops[at:at] = [test, guard]
