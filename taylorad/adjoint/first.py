"""First additions: what is added to zeros is stored, and the zeros are not made."""

from __future__ import annotations

from .ir import Function, Op, uses_in, walk

#: What helpers that add become where the array is new.
STORING = {None: None, "add_outer": "store_outer", "add_product": "store_product"}


def store_first(function: Function) -> None:
    """Turn the first addition to an array of zeros into a store, if it always happens."""
    for op in list(walk(function.root)):
        if op.kind == "alloc" and op.attr == "zeros" and op.outs[0].kind.dtype == "float":
            _store(op)


def _store(alloc: Op) -> None:
    (array,) = alloc.outs
    ops = alloc.region.ops
    at = ops.index(alloc)
    first = next((o for o in ops[at + 1 :] if any(v is array for v in uses_in(o))), None)
    if first is None or first.kind != "array_add" or first.attr not in STORING:
        return
    target, *values = first.args
    if target is not array or any(v is array for v in values):
        return
    first.kind, first.attr, alloc.attr = "array_store", STORING[first.attr], "empty"
    ops.remove(alloc)
    ops.insert(ops.index(first), alloc)
