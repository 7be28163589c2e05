"""What a loop over `checkpoint` must not do, as its segments copy arrays and are run again.

Segments of such a loop keep the content of a variable like ``u`` in ``u, v = v, u`` in memory
of its own, so the variable is no longer the array that it was bound to.  That shows where one
of the two is written to and the other is read, and where two variables are one array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from ..errors import UnsupportedError
from .ir import Function, Op, Value, leaves, regions_of, walk
from .memory import Memory, Root, read, writes
from .source import located

#: What marks the stores at the end of a segment.
STATE = "state"


def refuse_lost_sharing(function: Function, is_called: bool) -> None:
    """Refuse loops whose array variables must be the arrays that they were bound to.

    What the parameters hold in the end matters where the function ``is_called``.
    """
    calls = [op for op in walk(function.root) if op.kind == "invoke" and op.fn.rebound]
    if not calls:
        return
    memory = Memory(function)
    written = {r.value for r in _changed_in(function, memory)}
    last = [v for v in leaves(function.result) if isinstance(v, Value)]
    last += [p for p in function.params if is_called and p not in _ends(function)]
    for op in calls:
        _check_end(op, memory, written)
        for i in op.fn.rebound:
            copy = op.args[i].op
            roots = memory.values(copy.args[0])
            for use in _later_uses(copy, memory, roots, last):
                stores = isinstance(use, Op) and any(
                    memory.values(a) & roots for a in _changed(use)
                )
                if stores or op.args[i] in written:
                    _refuse(op, f"{_name(op, i)} is an array that is used later by another name,")


def refuse_drawing(op: Op) -> None:
    """Refuse a call in a segment that may return something else when it is run again."""
    with located(op.line):
        raise UnsupportedError(
            f"{getattr(op.fn, '__name__', op.fn)}() is called in a loop over ta.checkpoint, which "
            "is run again and must find the same: call it before, into an array"
        )


def _refuse(op: Op, what: str) -> None:
    with located(op.line):
        raise UnsupportedError(
            f"{what} in a loop over ta.checkpoint, which keeps copies of the arrays whose "
            "variables it assigns; assign a copy before the loop, or write into the array: "
            "u[:] = ..."
        )


def _name(op: Op, i: int) -> str:
    """What a segment calls its argument."""
    return op.fn.function.params[i].name


# -- what is written ---------------------------------------------------------------------------


def _changed(op: Op) -> list[Value]:
    """The arrays that an operation writes to, but for the ends of segments."""
    if op.kind == "array_store" and op.fn is STATE:
        return []
    if op.kind == "invoke" and op.fn.rebound:
        function = op.fn.function
        changed = {r.value for r in _changed_in(function, Memory(function))}
        return [op.args[i] for i in op.fn.written if function.params[i] in changed]
    return writes(op)


def _changed_in(function: Function, memory: Memory) -> set[Root]:
    return {r for op in memory.ops for a in _changed(op) for r in memory.of(a)}


def _ends(function: Function) -> dict[Value, Value]:
    """For arrays given to a segment, what is stored into them at its end."""
    return {
        op.args[0]: op.args[1].op.args[0]
        for op in function.root.ops
        if op.kind == "array_store" and op.fn is STATE
    }


def _check_end(op: Op, memory: Memory, written: set[Value]) -> None:
    """What variables are bound to at the end of a segment: no two the same memory."""
    function = op.fn.function
    inner, ends = Memory(function), _ends(function)
    changed = _changed_in(function, inner)
    arrays = [i for i, p in enumerate(function.params) if p.is_array]
    for pair in combinations(arrays, 2):
        one, other = (ends.get(function.params[i], function.params[i]) for i in pair)
        if not set(pair) & set(op.fn.rebound) or inner.distinct(one, other):
            continue
        # memory made in an iteration is written to before a variable of the next one holds it
        lasting = {Root(function.params[i]) for i in pair}
        lasting |= {r for v in (one, other) for r in inner.of(v) if r.old}
        outside = {v for i in pair for v in memory.values(op.args[i])}
        if lasting & changed or outside & written:
            names = " and ".join(_name(op, i) for i in pair)
            _refuse(op, f"{names} may become the same array")


# -- who holds what was copied -------------------------------------------------------------------


def _later_uses(copy: Op, memory: Memory, roots, last: Iterable[Value]) -> Iterator[Op | Value]:
    """What accesses memory behind a copy of it, and of ``last`` what is that memory."""
    held = {v for v in _in_sight(copy, memory) if memory.values(v) & roots}
    region, at = copy.region, copy
    while True:
        held, found = _through(region.ops[region.ops.index(at) + 1 :], held)
        yield from found
        op = region.op
        if op is None:
            break
        if op.is_loop:
            more, found = _around(op, held)
            yield from found
            held |= more
        else:
            held |= {out for out, y in zip(op.outs, region.yields, strict=True) if y in held}
        region, at = op.region, op
    yield from (v for v in last if v in held)


def _in_sight(op: Op, memory: Memory) -> Iterator[Value]:
    """The arrays that may be referred to behind an operation, its own results apart."""
    yield from (v for v in memory.roots if v.role in ("param", "global"))
    region, at = op.region, op
    while True:
        yield from (v for v in region.params if v.is_array)
        for before in region.ops[: region.ops.index(at)]:
            yield from (v for v in before.outs if v.is_array)
        if region.op is None:
            return
        region, at = region.op.region, region.op


def _through(ops: list[Op], held: set[Value]) -> tuple[set[Value], list[Op]]:
    """The values that hold the memory behind operations, and those of these that access it."""
    held, found = set(held), []
    for op in ops:
        if any(a in held for a in (*read(op), *_changed(op))):
            found.append(op)
        if op.kind == "view" and op.args[0] in held:
            held.add(op.outs[0])
        elif op.kind == "if":
            for region in op.regions:
                inside, more = _through(region.ops, held)
                found += more
                held |= {out for out, y in zip(op.outs, region.yields, strict=True) if y in inside}
        elif op.is_loop:
            entering = {param for initial, param, _, _ in op.carries() if initial in held}
            more, uses = _around(op, held, entering)
            held |= more | {out for _, param, _, out in op.carries() if param in entering}
            found += uses
    return held, found


def _around(loop: Op, held: set[Value], entering: Iterable[Value] = ()):
    """The results of a loop that hold the memory after further iterations, and its accesses."""
    inside = set(regions_of(loop))
    entering = set(entering)
    while True:
        entering |= {param for _, param, y, _ in loop.carries() if y in held}
        held, found = {v for v in held if v.region not in inside} | entering, []
        for region in loop.regions:
            held, more = _through(region.ops, held)
            found += more
        if all(param in entering for _, param, y, _ in loop.carries() if y in held):
            return {out for _, _, y, out in loop.carries() if y in held or y in entering}, found
