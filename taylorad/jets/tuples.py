"""Tuples of numbers and arrays: functions of every item, and named tuples kept named."""

from __future__ import annotations

import operator
from functools import reduce

from numba.core import cgutils, types
from numba.extending import intrinsic

from .._compat import AbstractTemplate, infer, infer_global, signature
from .types import JetType, join


def each(parameters: str, item: str, count: int, scope: dict, more: str = ""):
    """The function ``(item 0, item 1, ...)``; ``{i}`` in ``item`` is the position.

    It is written out because compiled code indexes tuples of mixed types by literals only.
    """
    items = "".join(item.replace("{i}", str(i)) + ", " for i in range(count))
    tuple_ = f"({items})" if count else "()"
    return eval(f"lambda {parameters}: {more.format(tuple_) if more else tuple_}", dict(scope))


def itemwise(make, count: int):
    """What ``make`` does, done for every item where the first ``count`` arguments are tuples.

    ``make`` types and generates code as an intrinsic does; its results form a tuple.
    """

    def of_any(typingctx, *args):
        if not isinstance(args[count - 1], types.BaseTuple):
            return make(typingctx, *args)
        rows = zip(*(kind.types for kind in args[:count]), strict=True)
        made = [of_any(typingctx, *row, *args[count:]) for row in rows]
        kinds = [item.return_type for item, _ in made]
        effects = bool(kinds) and all(kind == types.none for kind in kinds)
        result = types.none if effects else types.BaseTuple.from_types(kinds)

        def codegen(context, builder, sig, values):
            rows = zip(*(cgutils.unpack_tuple(builder, v) for v in values[:count]), strict=True)
            items = [
                generate(context, builder, item, (*row, *values[count:]))
                for (item, generate), row in zip(made, rows, strict=True)
            ]
            if effects:
                return context.get_dummy_value()
            return context.make_tuple(builder, result, items)

        return result(*args), codegen

    return of_any


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


# -- tuples of one type in the plain program, of jets and plain numbers in its twin -------


def _uniform(kind) -> types.UniTuple | None:
    """The type with jets for all items, for a tuple of jets and plain numbers."""
    if not isinstance(kind, types.Tuple):
        return None
    dtype = reduce(lambda a, b: a and join(a, b), kind.types) if len(kind) else None
    return types.UniTuple(dtype, len(kind)) if isinstance(dtype, JetType) else None


@infer
class IterateTuple(AbstractTemplate):
    """``for u in (x, 1.0)``: the tuple is cast to one of jets."""

    key = "getiter"

    def generic(self, args, kws):
        kind = _uniform(args[0])
        return kind and signature(kind.iterator_type, kind)


@infer_global(operator.getitem)
class IndexTuple(AbstractTemplate):
    """``t[i]`` with an index that is not a literal."""

    def generic(self, args, kws):
        kind = _uniform(args[0])
        if kind is None or type(args[1]) is not types.Integer:
            return None
        return signature(kind.dtype, kind, types.intp)


def _iterating(function, result):
    """Let a function that iterates take such tuples too."""

    @infer_global(function)
    class IterateTuples(AbstractTemplate):
        def generic(self, args, kws):
            kinds = [_uniform(a) for a in args]
            if kws or not any(kinds):
                return None
            kinds = [new or a for new, a in zip(kinds, args, strict=True)]
            return signature(result(kinds), *kinds)


_iterating(enumerate, lambda kinds: types.EnumerateType(kinds[0]))
_iterating(zip, types.ZipType)
