"""Tuples, and lists of fixed length: known to the transformation, not to the compiled code."""

from __future__ import annotations

import ast

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import INT
from . import arrays
from .builder import Builder, expression
from .calls import call_of
from .choosing import chosen_item
from .conditions import lazy, truth
from .expressions import binary
from .things import Listed, Static, described


def _items(b: Builder, node) -> list:
    items: list = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            thing = b.thing(part.value)
            if not isinstance(thing, tuple):
                raise UnsupportedError(f"*{ast.unparse(part.value)} has no fixed length")
            items += thing
        else:
            items.append(b.thing(part))
    return items


@expression(ast.Tuple)
def several(b: Builder, node):
    return tuple(_items(b, node))


@expression(ast.List)
def listed(b: Builder, node):
    """A list that is not changed is as good as a tuple; what changes it is refused."""
    return Listed(_items(b, node))


@expression(ast.Subscript)
def subscript(b: Builder, node):
    owner = b.thing(node.value)
    if isinstance(owner, tuple):
        return tuple_item(b, owner, node.slice)
    if isinstance(owner, Value) and owner.is_array:
        return arrays.part(b, owner, node.slice)
    raise UnsupportedError(
        f"{described(owner)} cannot be indexed in reverse mode; use an array or a tuple"
    )


def tuple_item(b: Builder, owner, index):
    """``owner[index]``, where ``index`` is the node of an index or a slice."""
    if isinstance(index, ast.Slice):
        ends = [index.lower, index.upper, index.step]
        values = [None if e is None else b.value(e) for e in ends]
        if not all(v is None or v.is_constant for v in values):
            raise UnsupportedError(f"a slice of {described(owner)} must have constant ends")
        part = tuple(owner)[slice(*(None if v is None else v.const for v in values))]
        return Listed(part) if isinstance(owner, Listed) else part
    i = b.value(index)
    if i.is_array or i.kind != INT:
        raise UnsupportedError(f"the index of {described(owner)} must be an integer")
    return chosen_item(b, owner, i)


# -- functions of tuples ------------------------------------------------------------------


@call_of(tuple, list)
def _tuple(b, args, kwargs):
    if not args:
        return ()
    if isinstance(args[0], tuple):
        return tuple(args[0])
    raise UnsupportedError(
        f"{described(args[0])} cannot be made a tuple: its length is not known to the compiler"
    )


@call_of(sum)
def _sum(b, args, kwargs):
    items, start = args[0], (args[1] if len(args) > 1 else kwargs.get("start", constant(0)))
    if isinstance(items, Value) and items.is_array and items.kind.ndim == 1 and len(args) == 1:
        return b.called(b, Static(np.sum), [items], {}, "sum")
    if not isinstance(items, tuple):
        raise UnsupportedError(f"sum of {described(items)}; use a loop, or np.sum of an array")
    for item in items:
        start = binary(b, ast.Add(), start, item)
    return start


def _quantified(function, everything: bool):
    @call_of(function)
    def decided(b, args, kwargs):
        (items,) = args
        if isinstance(items, Value) and items.is_array:
            whole = np.all if everything else np.any
            return b.called(b, Static(whole), [items], {}, function.__name__)
        if not isinstance(items, tuple):
            raise UnsupportedError(f"{function.__name__} of {described(items)}; use a loop")
        found = constant(everything)
        for item in items:
            paths = truth(b, item), constant(not everything)
            found = lazy(b, found, *(lambda p=p: p for p in (paths if everything else paths[::-1])))
        return found


_quantified(all, True)
_quantified(any, False)
