"""Arrays that are values: fresh results that nothing writes to or takes parts of.

The adjoint of such an array is a value too, an array expression, as that of a number is:
it needs no memory of its own to add to.
"""

from __future__ import annotations

from .ir import Function, Value, leaves, walk
from .memory import Memory

#: Operations that take an array as a whole.
_WHOLE = {"apply", "array", "shape"}


def pure_arrays(function: Function, memory: Memory) -> set[Value]:
    """The arrays whose every use takes the whole of them, where they are made.

    What a loop carries may be such an array too, if every iteration makes a new one.
    """
    found: set[Value] = set()
    carried: dict[Value, list[Value]] = {}  # by each one what else must be such an array
    for op in memory.ops:
        if op.kind in ("apply", "array"):
            found.update(v for v in op.outs if v.is_array)
        elif op.is_loop:
            for initial, param, yielded, out in op.carries():
                if not param.is_array:
                    continue
                for value in (initial, yielded):
                    carried.setdefault(value, []).append(param)
                if yielded.region is op.body and yielded.role == "result":
                    found |= {param, out}
                    for value in (param, yielded, out):  # some of another loop too
                        carried.setdefault(value, []).extend([param, yielded, out])
    found -= memory.written_values
    for op in walk(function.root):
        for k, value in enumerate(op.args):
            if value in found and not (
                value.region is op.region
                and (op.kind in _WHOLE or (op.kind in ("array_store", "array_add") and k == 1))
            ) and not (op.is_loop and value in op.initial):
                found.discard(value)
        for region in op.regions:
            if not (op.is_loop and region is op.body):
                found.difference_update(region.yields)
    # what is returned has its adjoint from outside, before anything else
    for value in leaves(function.result):
        if isinstance(value, Value) and value.region is not function.root:
            found.discard(value)
    while torn := {v for v in found if not found.issuperset(carried.get(v, ()))}:
        found -= torn
    return found
