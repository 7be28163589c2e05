"""One pass for both sweeps: a reversed iteration appended to the forward iteration.

That is possible where the adjoints of what a loop sums are known before it runs, and nothing
reads or overwrites in between the shadows that the reversed loop adds to.
"""

from __future__ import annotations

from .ir import Op, Region, Value, external_uses, regions_of, walk
from .memory import read, writes
from .regaining import Again, Regaining


def merge(reverse: Regaining, op: Op, made: Op) -> None:
    """Append the reversed iteration to the forward iteration, if its adjoints are known."""
    start = made.region
    moved = _moved_before(reverse, op, made)
    if moved is None:
        reverse.plan.separate.add(reverse.order[op])
        raise Again
    start.ops.remove(made)
    for inner, home, follower in moved:
        inner.region.ops.remove(inner)
        home.ops.insert(home.ops.index(follower), inner)
        inner.region = home
        for out in inner.outs:
            out.region = home
    body = op.body
    if op.kind == "for":
        substitute(made.body, {made.body.params[0]: body.params[0]})
    for inner in made.body.ops:
        inner.region = body
        for r in inner.regions:
            r.parent = body
        for out in inner.outs:
            out.region = body
    body.ops += made.body.ops
    for initial, param, yielded, out in made.carries():
        op.args.append(initial)
        body.params.append(param)
        param.region = body
        body.yields.append(yielded)
        op.outs.append(out)
        out.op, out.region = op, op.region


def _moved_before(reverse: Regaining, op: Op, made: Op) -> list[tuple[Op, Region, Op]] | None:
    """The operations that must come before the merged loop; None if that is not possible.

    Each with the region that it goes to, and the operation there that it goes in front of.
    """
    levels = list(_levels(op, made))
    moved: dict[Op, tuple[Op, Region, Op]] = {}

    def available(value: Value) -> bool:
        o = value.op
        if value.is_constant or o is None or o in moved:
            return True
        for home, start, follower in levels:
            container = _top(o, home)
            if container is not None and home.ops.index(container) < home.ops.index(follower):
                return True
            container = container or _top(o, start)
            if container is None:
                continue
            if container is not o or o.kind not in ("apply", "shape", "alloc", "view"):
                return False
            if next(read(o), None) is not None:
                return False
            if not all(available(a) for a in o.args):
                return False
            moved[o] = o, home, follower
            return True
        return True  # of a region around the loop around: seen to when that is merged

    inside = set(regions_of(op))
    for value in (*external_uses(made), *external_uses(op)):  # loops inside may be merged
        if value.region not in inside and not available(value):
            return None
    return None if _order_matters(reverse, op, made) else list(moved.values())


def _levels(op: Op, made: Op):
    """The regions around a loop, up to the body of the loop around it.

    Each with the region that reverses it, and the operation in it that is or holds the loop.
    """
    home, start = op.region, made.region
    while True:
        yield home, start, op
        if home.op is None or home.op.is_loop:
            return
        op, home, start = home.op, home.op.region, start.op.region


def _order_matters(reverse: Regaining, op: Op, made: Op) -> bool:
    """Whether shadows that the reversed loop adds to are read or overwritten before it."""
    roots: set = set()
    for inner in (*walk(made.body), *walk(op.body)):  # loops inside may be merged
        for array in writes(inner):
            if array in reverse.shadows.array:
                roots |= reverse.memory.values(reverse.shadows.array[array])
    inside = {*regions_of(made), *regions_of(op)}
    for region, array in reverse._ordered:
        values = reverse.memory.values(array)
        if values & roots:
            if region in inside and values <= reverse.memory.made_in(op):
                continue
            return True
    return False


def _top(op: Op | None, region: Region) -> Op | None:
    """The operation of a region that contains ``op``, or None if it is not inside."""
    while op is not None:
        if op.region is region:
            return op
        op = op.region.op
    return None


def substitute(region: Region, values: dict[Value, Value]) -> None:
    """Replace values in a region and all regions inside."""
    region.yields = [values.get(v, v) for v in region.yields]
    if region.leave is not None:
        region.leave = values.get(region.leave, region.leave)
    for op in region.ops:
        op.args = [values.get(v, v) for v in op.args]
        for inner in op.regions:
            substitute(inner, values)
