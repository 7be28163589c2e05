"""First additions: what is added to zeros is stored, and the zeros are not made.

Where what is added is an array of its own that nothing needs any more, it becomes the sum.
Loops over all of an array may add to each element, or to each part, as the first.
"""

from __future__ import annotations

from .bounds import is_natural
from .ir import Function, Op, Value, all_same, constant, leaves, rebuild, uses_in, walk
from .memory import Memory
from .merging import substitute
from .shapes import same_length
from .storage import Inserter

#: What helpers that add become where the array is new.
STORING = {
    None: "assign", "add_outer": "store_outer", "add_outers": "store_outers",
    "add_product": "store_product",
}  # fmt: skip


def store_first(function: Function) -> None:
    """Turn the first addition to an array of zeros into a store, if it always happens."""
    for op in list(walk(function.root)):
        is_new = op.kind == "alloc" and op.attr == "zeros" and op.outs[0].kind.dtype == "float"
        if is_new and not _store(op, function):
            _store_each(op, Memory(function))


def _store(alloc: Op, function: Function) -> bool:
    (array,) = alloc.outs
    ops = alloc.region.ops
    at = ops.index(alloc)
    first = next((o for o in ops[at + 1 :] if any(v is array for v in uses_in(o))), None)
    if first is None or first.kind != "array_add" or first.attr not in STORING:
        return False
    target, *values = first.args
    if target is not array or any(v is array for v in values):
        return False
    if first.attr is None and _is_spare(values[0], first, function):
        ops.remove(alloc)
        ops.remove(first)
        substitute(function.root, {array: values[0]})
        function.result = rebuild(
            function.result, (values[0] if v is array else v for v in leaves(function.result))
        )
        return True
    first.kind, first.attr, alloc.attr = "array_store", STORING[first.attr], "empty"
    ops.remove(alloc)
    ops.insert(ops.index(first), alloc)
    return True


def _store_each(alloc: Op, memory: Memory) -> None:
    """Store what a nest of loops over all elements, or parts, of new zeros adds to each."""
    (array,) = alloc.outs
    loops, ops = _loops_over(alloc, memory)
    if not loops or not ops:
        return
    *views, last = ops
    place = [array, *(loop.body.params[0] for loop in loops)]
    short = [
        loop for k, loop in enumerate(loops) if not same_length(loop.bounds[1], alloc.args[k])
    ]
    if not views and last.kind == "accumulate" and all_same(last.args[:-1], place):
        if len(loops) < len(alloc.args) or (short and len(loops) > 1):
            return
        last.kind = "store"
        if short:
            _clear_rest(array, loops[0])
    else:
        part = f"[{', '.join(f'{{{k}}}' for k in range(len(loops)))}]"
        is_part = len(views) == 1 and views[0].kind == "view" and views[0].attr == part
        if not is_part or short or last.kind != "array_add" or last.attr not in STORING:
            return
        target, *values = last.args
        if not all_same(views[0].args, place) or target is not views[0].outs[0]:
            return
        if any(array in memory.values(v) for v in values if v.is_array):
            return
        last.kind, last.attr = "array_store", STORING[last.attr]
    alloc.attr = "empty"


def _loops_over(alloc: Op, memory: Memory) -> tuple[list[Op], list[Op]]:
    """Loops from 0 on, the first to use a new array; what uses it inside."""
    (array,) = alloc.outs
    loops: list[Op] = []
    ops = alloc.region.ops[alloc.region.ops.index(alloc) + 1 :]
    while True:
        found = [
            op for op in ops if any(v.is_array and array in memory.values(v) for v in uses_in(op))
        ]
        if not found or not found[0].is_loop or (loops and len(found) > 1):
            return loops, found
        loop = found[0]
        if loop.kind != "for" or loop.body.leave is not None or len(loops) == len(alloc.args):
            return [], []
        if not all_same(loop.bounds[::2], [constant(0), constant(1)]):
            return [], []
        loops.append(loop)
        ops = loop.body.ops


def _clear_rest(vector: Value, loop: Op) -> None:
    """Clear the elements that a loop over the first ones does not store."""
    at = Inserter(loop)
    count = loop.bounds[1]
    if not is_natural(count):
        count = at.apply(max, count, constant(0))
    at.array_store(at.view(vector, "[{0}:]", [count], vector.kind), constant(0.0))
    at.insert()


def _is_spare(value: Value, last: Op, function: Function) -> bool:
    """Whether an array was made for this use, and may be the sum from here on."""
    op = value.op
    if not value.is_array or op is None or op.kind != "alloc" or op.region is not last.region:
        return False
    later = op.region.ops[op.region.ops.index(last) + 1 :]
    others = [*leaves(function.result), *(v for o in later for v in uses_in(o))]
    views = (o for o in walk(function.root) if o.kind == "view" or o.regions)
    return not any(v is value for v in others) and not any(
        v is value for o in views for v in (*o.args, *(y for r in o.regions for y in r.yields))
    )
