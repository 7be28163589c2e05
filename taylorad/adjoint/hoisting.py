"""Out of loops: elements that do not change with the iteration are held in variables.

A load of the same element in every iteration is done once, before the loop.  And an element
that every iteration adds to is summed in a variable:
``x_bar[i] += t`` in a loop over ``j`` is a load and a store in each iteration, and LLVM cannot
tell that other stores leave the element alone.  The terms are summed in a variable and added
after the loop; where the loop did not run, the element may not even exist.
"""

from __future__ import annotations

import operator

from .ir import Function, Op, Region, Value, all_same, constant, regions_of, walk
from .kinds import FLOAT, INT
from .memory import Memory, read, writes
from .runtime import added


def hoist_sums(function: Function) -> None:
    """Sum in variables what loops add to elements that do not change with the iteration."""
    memory = Memory(function)
    for op in reversed(list(walk(function.root))):
        if op.kind == "for" and op.body.leave is None:
            _hoist(op, memory)


def _hoist(loop: Op, memory: Memory) -> None:
    inside = set(regions_of(loop))
    _move_indices(loop, inside)
    _move_loads(loop, inside, memory)
    sums: dict[tuple, list[Op]] = {}
    for op in loop.body.ops:
        if op.kind == "accumulate" and all(_outside(v, inside) for v in op.args[:-1]):
            key = tuple(repr(v) if v.is_constant else id(v) for v in op.args[:-1])
            sums.setdefault(key, []).append(op)
    if not sums:
        return
    fixed = _ordered_roots(loop, memory)
    found = [
        ops for ops in sums.values() if not memory.values(ops[0].args[0]) & fixed
    ]
    condition = _runs(loop, bool(found))
    if condition is None:
        return
    home = loop.region
    place = home.ops.index(loop) + 1
    guarded = Op("if", [condition])
    guarded.region = home
    guarded.regions = [Region(home, guarded), Region(home, guarded)]
    for ops in found:
        _sum(loop, ops, guarded)
    if not condition.is_constant:
        home.ops.insert(place, condition.op)
        place += 1
        home.ops.insert(place, guarded)
        return
    for op in guarded.regions[0].ops:
        op.region = home
    home.ops[place:place] = guarded.regions[0].ops


def _outside(value: Value, inside) -> bool:
    return value.is_constant or value.region not in inside


def _move_indices(loop: Op, inside) -> None:
    """Move integer arithmetic that does not change with the iteration before the loop."""
    home = loop.region
    for op in list(loop.body.ops):
        plain = op.kind == "apply" and op.fn in (operator.add, operator.sub, operator.mul)
        if plain and op.outs[0].kind == INT and all(_outside(a, inside) for a in op.args):
            loop.body.ops.remove(op)
            home.ops.insert(home.ops.index(loop), op)
            op.region = op.outs[0].region = home


def _move_loads(loop: Op, inside, memory: Memory) -> None:
    """Load before the loop what it loads again and again and does not change."""
    home = loop.region
    targets = [target for r in inside for op in r.ops for target in writes(op)]
    for op in list(loop.body.ops):
        if op.kind != "load" or not all(_outside(a, inside) for a in op.args):
            continue
        if not all(memory.distinct(op.args[0], target) for target in targets):
            continue
        place = home.ops.index(loop)
        if any(_is_access(other, op) for other in home.ops[:place]):  # there is such an element
            loop.body.ops.remove(op)
            home.ops.insert(place, op)
            op.region = op.outs[0].region = home


def _is_access(op: Op, load: Op) -> bool:
    """Whether an operation accesses the element that another one loads."""
    if op.kind not in ("load", "store", "accumulate"):
        return False
    place = op.args if op.kind == "load" else op.args[:-1]
    return all_same(place, load.args)


def _ordered_roots(loop: Op, memory: Memory) -> set[Value]:
    """The memory that the loop reads or overwrites, where sums cannot be put off."""
    found: set[Value] = set()
    for region in regions_of(loop):
        for op in region.ops:
            if op.kind == "accumulate":
                continue
            for array in [*read(op), *writes(op)]:
                found |= memory.values(array)
    return found


def _runs(loop: Op, wanted: bool) -> Value | None:
    """Whether the loop runs at all, as a condition; None where that is not simple."""
    start, stop, step = loop.bounds
    if not wanted or not step.is_constant or step.const == 0:
        return None
    ends = (start, stop) if step.const > 0 else (stop, start)
    if start.is_constant and stop.is_constant:
        return constant(True) if ends[0].const < ends[1].const else None
    test = Op("apply", ends, fn=operator.lt)
    test.region = loop.region
    return test.out("bool")


def _sum(loop: Op, ops: list[Op], after: Op) -> None:
    """Carry the sum of what ``ops`` add, and add it once in the region of ``after``."""
    *place, term = ops[0].args
    name = term.name or f"{place[0].name}_sum"
    total = loop.body.param(FLOAT, name)
    last = total
    for op in ops:
        made = Op("apply", [last, op.args[-1]], fn=added, line=op.line)
        made.region = loop.body
        at = loop.body.ops.index(op)
        loop.body.ops[at] = made
        last = made.out(FLOAT, name)
    loop.args.append(constant(0.0))
    loop.body.yields.append(last)
    out = loop.out(FLOAT, name)
    once = Op("accumulate", [*place, out], line=ops[0].line)
    once.region = after.regions[0]
    after.regions[0].ops.append(once)
