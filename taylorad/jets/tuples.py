"""Tuples of numbers and arrays: functions of every item, and named tuples kept named."""

from __future__ import annotations

from numba.core import types
from numba.extending import intrinsic


def each(parameters: str, item: str, count: int, scope: dict, more: str = ""):
    """The function ``(item 0, item 1, ...)``; ``{i}`` in ``item`` is the position.

    It is written out because compiled code indexes tuples of mixed types by literals only.
    """
    items = "".join(item.replace("{i}", str(i)) + ", " for i in range(count))
    tuple_ = f"({items})" if count else "()"
    return eval(f"lambda {parameters}: {more.format(tuple_) if more else tuple_}", dict(scope))


def total(item: str, count: int) -> str:
    """The text of the sum of ``item`` over the first ``count`` positions."""
    return " + ".join(item.replace("{i}", str(i)) for i in range(count)) or "0"


@intrinsic
def named_like(typingctx, items, template):
    """The tuple ``items`` as the named tuple that ``template`` is, or as it is."""
    cls = getattr(template, "instance_class", None)
    kind = items
    if cls is not None and isinstance(items, types.UniTuple):
        kind = types.NamedUniTuple(items.dtype, items.count, cls)
    elif cls is not None and isinstance(items, types.Tuple):
        kind = types.NamedTuple(items.types, cls)

    def codegen(context, builder, sig, args):
        value = args[0]
        if context.enable_nrt:
            context.nrt.incref(builder, sig.return_type, value)
        return value

    return kind(items, template), codegen
