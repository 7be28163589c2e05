"""Expressions: constants, names, operators, conditions, tuples."""

from __future__ import annotations

import ast
import operator

import numpy as np

from ...errors import UnsupportedError
from ..ir import Op, Value, constant
from ..kinds import NUMBERS
from ..operations import is_division
from . import arrays
from .builder import Builder, expression
from .conditions import lazy, truth
from .things import Method, Named, Static, described, static

BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
UNARY = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}
COMPARE = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


@expression(ast.Constant)
def literal(b: Builder, node):
    return static(node.value)


@expression(ast.Name)
def name(b: Builder, node):
    return b.lookup(node.id)


@expression(ast.Tuple)
def several(b: Builder, node):
    items: list = []
    for part in node.elts:
        if isinstance(part, ast.Starred):
            items += b.thing(part.value)
        else:
            items.append(b.thing(part))
    return tuple(items)


@expression(ast.BinOp)
def operation(b: Builder, node):
    return binary(b, node.op, b.thing(node.left), b.thing(node.right))


def binary(b: Builder, op, x, y):
    """``x op y`` on numbers, arrays or tuples."""
    fn = BINARY[type(op)]
    if isinstance(x, tuple) and isinstance(y, tuple) and fn is operator.add:
        return tuple(x) + tuple(y)
    if isinstance(x, tuple) and isinstance(y, Value) and fn is operator.mul and y.is_constant:
        return tuple(x) * y.const
    return applied(b, fn, x, y)


def applied(b: Builder, fn, *things):
    """A function of numbers on numbers or, element by element, on arrays."""
    for thing in things:
        if not isinstance(thing, Value):
            label = getattr(fn, "__name__", str(fn))
            raise UnsupportedError(f"{label} of {described(thing)} cannot be differentiated")
    if any(t.is_array for t in things):
        return arrays.elementwise(b, fn, *things)
    for thing in things:
        if thing.kind not in NUMBERS:
            raise UnsupportedError(f"{getattr(fn, '__name__', fn)} of {described(thing)}")
    if is_division(fn):
        check_divisor(b, things[1])
    return b.apply(fn, *things)


def check_divisor(b: Builder, divisor: Value) -> None:
    """Raise where compiled code would: the adjoint divides by IEEE rules."""
    if not b.frame.checked or (divisor.is_constant and divisor.const != 0):
        return
    known = b.known()
    key = ("checked", id(divisor))
    if key not in known:
        known[key] = b.append(Op("check", [divisor]))
        b._kept.append(divisor)


@expression(ast.UnaryOp)
def sign(b: Builder, node):
    thing = b.thing(node.operand)
    if isinstance(node.op, ast.Not) and not (isinstance(thing, Value) and thing.kind in NUMBERS):
        thing = truth(b, thing)
    fn = UNARY[type(node.op)]
    if fn is operator.pos and isinstance(thing, Value) and not thing.is_array:
        return thing
    return applied(b, fn, thing)


@expression(ast.Compare)
def comparison(b: Builder, node):
    operands = [node.left, *node.comparators]
    left = b.thing(operands[0])

    def links(i, left):
        right = b.thing(operands[i + 1])
        result = compare(b, node.ops[i], left, right)
        if i + 1 == len(node.ops):
            return result
        return lazy(b, result, lambda: links(i + 1, right), lambda: constant(False))

    return links(0, left)


def compare(b: Builder, op, left, right):
    """One comparison; of static objects it is decided now."""
    if isinstance(op, ast.Is | ast.IsNot):
        both = isinstance(left, Static) and isinstance(right, Static)
        is_same = both and left.object is right.object
        return constant(is_same if isinstance(op, ast.Is) else not is_same)
    if isinstance(op, ast.In | ast.NotIn):
        return membership(b, op, left, right)
    if isinstance(left, Static) or isinstance(right, Static):
        objects = [getattr(t, "object", getattr(t, "const", None)) for t in (left, right)]
        return constant(bool(COMPARE[type(op)](*objects)))
    if isinstance(left, tuple) and isinstance(right, tuple):
        return compare_tuples(b, op, left, right)
    return applied(b, COMPARE[type(op)], left, right)


def compare_tuples(b: Builder, op, left, right):
    if not isinstance(op, ast.Eq | ast.NotEq):
        raise UnsupportedError("tuples can be compared by == and != alone")
    equal = constant(len(left) == len(right))
    for x, y in zip(left, right, strict=False):
        equal = lazy(b, equal, lambda x=x, y=y: compare(b, ast.Eq(), x, y), lambda: constant(False))
    return equal if isinstance(op, ast.Eq) else b.apply(operator.not_, equal)


def membership(b: Builder, op, item, items):
    if not isinstance(items, tuple):
        raise UnsupportedError(f"'in' {described(items)} cannot be differentiated")
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
        first = truth(b, b.thing(nodes[0]))
        if len(nodes) == 1:
            return first
        if conjunction:
            return lazy(b, first, lambda: rest(nodes[1:]), lambda: constant(False))
        return lazy(b, first, lambda: constant(True), lambda: rest(nodes[1:]))

    return rest(node.values)


@expression(ast.IfExp)
def conditional(b: Builder, node):
    condition = truth(b, b.thing(node.test))
    return lazy(b, condition, lambda: b.thing(node.body), lambda: b.thing(node.orelse))


@expression(ast.NamedExpr)
def walrus(b: Builder, node):
    thing = b.thing(node.value)
    b.assign(node.target.id, thing)
    return thing


@expression(ast.Attribute)
def attribute(b: Builder, node):
    owner = b.thing(node.value)
    if isinstance(owner, Static):
        try:
            found = getattr(owner.object, node.attr)
        except AttributeError:
            raise UnsupportedError(
                f"{ast.unparse(node.value)} has no attribute {node.attr!r}"
            ) from None
        return b.known_object(node.attr, found)
    if isinstance(owner, Named) and node.attr in owner.type._fields:
        return owner[owner.type._fields.index(node.attr)]
    if isinstance(owner, Value) and owner.is_array:
        return arrays.attribute(b, owner, node.attr)
    if isinstance(owner, Value) and owner.kind in NUMBERS and node.attr in ("real", "imag"):
        return b.apply(getattr(np, node.attr), owner)
    return Method(owner, node.attr)


@expression(ast.Subscript)
def subscript(b: Builder, node):
    owner = b.thing(node.value)
    if isinstance(owner, tuple):
        return tuple_item(b, owner, node.slice)
    if isinstance(owner, Value) and owner.is_array:
        return arrays.part(b, owner, node.slice)
    raise UnsupportedError(f"{described(owner)} cannot be indexed in reverse mode")


def tuple_item(b: Builder, owner, index):
    if isinstance(index, ast.Slice):
        ends = [index.lower, index.upper, index.step]
        values = [None if e is None else b.value(e) for e in ends]
        if not all(v is None or v.is_constant for v in values):
            raise UnsupportedError("a slice of a tuple must have constant ends")
        return tuple(owner[slice(*(None if v is None else v.const for v in values))])
    i = b.value(index)
    if i.is_constant:
        try:
            return owner[i.const]
        except IndexError:
            raise UnsupportedError(f"a tuple of {len(owner)} has no item {i.const}") from None
    if not owner:
        raise UnsupportedError("an empty tuple has no items")
    # an index known at run time alone: the items must be of one form, one is chosen

    def choose(k):
        if k + 1 == len(owner):
            return owner[k]
        at = b.apply(operator.eq, i, constant(k))
        negative = b.apply(operator.eq, i, constant(k - len(owner)))
        hit = lazy(b, at, lambda: constant(True), lambda: negative)
        return lazy(b, hit, lambda: owner[k], lambda: choose(k + 1))

    return choose(0)


@expression(ast.Call)
def call(b: Builder, node):
    function = b.thing(node.func)
    args: list = []
    for a in node.args:
        if isinstance(a, ast.Starred):
            args += b.thing(a.value)
        else:
            args.append(b.thing(a))
    kwargs = {}
    for k in node.keywords:
        if k.arg is None:
            raise UnsupportedError("** in a call cannot be compiled")
        kwargs[k.arg] = b.thing(k.value)
    return b.called(b, function, args, kwargs, ast.unparse(node.func))


@expression(ast.JoinedStr)
def text(b: Builder, node):
    return Static(ast.unparse(node))
