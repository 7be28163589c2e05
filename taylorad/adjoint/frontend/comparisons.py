"""Comparisons, `and`, `or` and conditional expressions; those of known objects are decided."""

from __future__ import annotations

import ast
import operator

from numba.core import types

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import BOOL, NUMBERS, OpaqueKind
from .builder import Builder, expression
from .conditions import lazy, truth
from .expressions import applied
from .things import Static, described

COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@expression(ast.Compare)
def comparison(b: Builder, node):
    operands = [node.left, *node.comparators]
    left = b.thing(operands[0])

    def links(i, left):
        right = b.thing(operands[i + 1])
        result = compare(b, node.ops[i], left, right)
        if i + 1 == len(node.ops):
            return result
        return lazy(b, truth(b, result), lambda: links(i + 1, right), lambda: constant(False))

    return links(0, left)


def compare(b: Builder, op, left, right):
    """One comparison; of objects known now it is decided."""
    if isinstance(op, ast.Is | ast.IsNot):
        return constant(_is_same(left, right) is isinstance(op, ast.Is))
    if isinstance(op, ast.In | ast.NotIn):
        return membership(b, op, left, right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return compare_tuples(b, op, left, right)
    fn = COMPARE[type(op)]
    if isinstance(left, Static) and isinstance(right, Static):
        return constant(bool(fn(left.object, right.object)))
    texts = [_as_text(thing) for thing in (left, right)]
    if any(isinstance(t, Value) and isinstance(t.kind, OpaqueKind) for t in texts):
        if all(isinstance(t, Value) and t.kind not in NUMBERS for t in texts):
            return b.apply(fn, *texts, kind=BOOL)
    elif isinstance(left, Value) and isinstance(right, Value):
        return applied(b, fn, left, right)
    elif isinstance(op, ast.Eq | ast.NotEq):
        return constant(isinstance(op, ast.NotEq))  # things of different sorts
    raise UnsupportedError(f"{described(left)} and {described(right)} cannot be compared")


def _is_same(left, right) -> bool:
    if isinstance(left, Value) and isinstance(right, Value):
        both = left.is_constant and right.is_constant and BOOL in (left.kind, right.kind)
        if both:
            return left.const is right.const
        if not (left.is_array and right.is_array):
            raise UnsupportedError("'is' compares with None, True or False; use ==")
        if left is not right:
            raise UnsupportedError("'is' of arrays cannot be decided in reverse mode")
        return True
    return isinstance(left, Static) and isinstance(right, Static) and left.object is right.object


def _as_text(thing):
    """A known text as a value, so that others can be compared with it."""
    if isinstance(thing, Static) and isinstance(thing.object, str):
        return Value(OpaqueKind(types.unicode_type), role="constant", const=thing.object)
    return thing


def compare_tuples(b: Builder, op, left, right):
    if not isinstance(op, ast.Eq | ast.NotEq):
        raise UnsupportedError("tuples can be compared by == and != alone")
    equal = constant(len(left) == len(right) and type(left) is type(right))
    for x, y in zip(left, right, strict=False):
        equal = lazy(b, equal, lambda x=x, y=y: compare(b, ast.Eq(), x, y), lambda: constant(False))
    return equal if isinstance(op, ast.Eq) else b.apply(operator.not_, equal)


def membership(b: Builder, op, item, items):
    if not isinstance(items, tuple):
        raise UnsupportedError(
            f"'in' {described(items)} has no rule for reverse mode; use a tuple, or a loop"
        )
    found = constant(False)
    for other in items:
        found = lazy(
            b, found, lambda: constant(True), lambda other=other: compare(b, ast.Eq(), item, other)
        )
    return found if isinstance(op, ast.In) else b.apply(operator.not_, found)


@expression(ast.BoolOp)
def both_or_either(b: Builder, node):
    conjunction = isinstance(node.op, ast.And)

    def rest(nodes):
        first = b.thing(nodes[0])
        if len(nodes) == 1:
            return first
        condition = truth(b, first)
        known = first if condition is not first else constant(not conjunction)
        if conjunction:
            return lazy(b, condition, lambda: rest(nodes[1:]), lambda: known)
        return lazy(b, condition, lambda: known, lambda: rest(nodes[1:]))

    return rest(node.values)


@expression(ast.IfExp)
def conditional(b: Builder, node):
    condition = truth(b, b.thing(node.test))
    return lazy(b, condition, lambda: b.thing(node.body), lambda: b.thing(node.orelse))
