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
    """The arrays whose every use takes the whole of them, where they are made."""
    found: set[Value] = set()
    for op in memory.ops:
        if op.kind in ("apply", "array"):
            found.update(v for v in op.outs if v.is_array)
    found -= memory.written_values
    for op in walk(function.root):
        for k, value in enumerate(op.args):
            if value in found and not (
                value.region is op.region
                and (op.kind in _WHOLE or (op.kind in ("array_store", "array_add") and k == 1))
            ):
                found.discard(value)
        for region in op.regions:
            found.difference_update(region.yields)
    # what is returned has its adjoint from outside, before anything else
    for value in leaves(function.result):
        if isinstance(value, Value) and value.region is not function.root:
            found.discard(value)
    return found
