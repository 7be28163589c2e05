"""First additions: what is added to zeros is stored, and the zeros are not made.

Where what is added is an array of its own that nothing needs any more, it becomes the sum.
"""

from __future__ import annotations

from .ir import Function, Op, Value, leaves, rebuild, uses_in, walk
from .merging import substitute

#: What helpers that add become where the array is new.
STORING = {None: "assign", "add_outer": "store_outer", "add_product": "store_product"}


def store_first(function: Function) -> None:
    """Turn the first addition to an array of zeros into a store, if it always happens."""
    for op in list(walk(function.root)):
        if op.kind == "alloc" and op.attr == "zeros" and op.outs[0].kind.dtype == "float":
            _store(op, function)


def _store(alloc: Op, function: Function) -> None:
    (array,) = alloc.outs
    ops = alloc.region.ops
    at = ops.index(alloc)
    first = next((o for o in ops[at + 1 :] if any(v is array for v in uses_in(o))), None)
    if first is None or first.kind != "array_add" or first.attr not in STORING:
        return
    target, *values = first.args
    if target is not array or any(v is array for v in values):
        return
    if first.attr is None and _is_spare(values[0], first, function):
        ops.remove(alloc)
        ops.remove(first)
        substitute(function.root, {array: values[0]})
        function.result = rebuild(
            function.result, (values[0] if v is array else v for v in leaves(function.result))
        )
        return
    first.kind, first.attr, alloc.attr = "array_store", STORING[first.attr], "empty"
    ops.remove(alloc)
    ops.insert(ops.index(first), alloc)


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
