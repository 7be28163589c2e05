"""The item of a tuple at an index that is known at run time alone."""

from __future__ import annotations

import operator

from ...errors import UnsupportedError
from ..ir import Op, Value, constant
from ..kinds import FLOAT, INT
from .builder import Builder
from .conditions import lazy
from .things import described


def chosen_item(b: Builder, owner, i: Value):
    """The item at an index; one known at run time alone chooses among items of one form."""
    if i.is_constant:
        try:
            return owner[i.const]
        except IndexError:
            raise UnsupportedError(f"{described(owner)} has no item {i.const}") from None
    if not owner:
        raise UnsupportedError("an empty tuple has no items")
    if not b.is_within(i, len(owner)):
        _check_range(b, owner, i)
    if _is_table(owner):
        return b.load(b.table([item.const for item in owner]), [i])
    may_be_negative = not b.is_within(i, len(owner), 0)

    def choose(k):
        if k + 1 == len(owner):
            return owner[k]
        hit = b.apply(operator.eq, i, constant(k))
        if may_be_negative:
            from_end = b.apply(operator.eq, i, constant(k - len(owner)))
            hit = b.apply(operator.or_, hit, from_end)
        return lazy(b, hit, lambda: owner[k], lambda: choose(k + 1))

    return choose(0)


def _is_table(items) -> bool:
    """Whether items are constant numbers of one kind, as an array holds."""
    kinds = {t.kind if isinstance(t, Value) and t.is_constant else None for t in items}
    return len(items) > 2 and (kinds == {FLOAT} or kinds == {INT})


def _check_range(b: Builder, owner, i: Value) -> None:
    """Raise where compiled code would."""
    low = b.apply(operator.ge, i, constant(-len(owner)))
    high = b.apply(operator.lt, i, constant(len(owner)))
    inside = b.apply(operator.and_, low, high)
    text = f"raise IndexError('index of {described(owner)} out of range')"
    b.branch(inside, lambda: None, lambda: b.append(Op("effect", [], text)))
