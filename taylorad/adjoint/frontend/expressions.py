"""Expressions: constants, names, operators, conditions, tuples."""

from __future__ import annotations

import ast
import enum
import operator
from types import ModuleType

import numpy as np

from ...errors import UnsupportedError
from ..ir import Op, Value
from ..kinds import BOOL, INT, NUMBERS
from ..operations import is_division
from . import arrays
from .builder import Builder, expression
from .conditions import truth
from .things import Listed, Method, Named, Static, described, static

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
#: Objects whose attributes do not change.
FIXED = (ModuleType, enum.EnumMeta, enum.Enum, np.finfo, np.iinfo)
UNARY = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Invert: operator.invert,
}


@expression(ast.Constant)
def literal(b: Builder, node):
    return static(node.value)


@expression(ast.Name)
def name(b: Builder, node):
    return b.lookup(node.id)


@expression(ast.BinOp)
def operation(b: Builder, node):
    pending = [node]
    while isinstance(pending[-1].left, ast.BinOp):  # a long sum leans to the left
        pending.append(pending[-1].left)
    thing = b.thing(pending[-1].left)
    for part in reversed(pending):
        thing = binary(b, part.op, thing, b.thing(part.right))
    return thing


def binary(b: Builder, op, x, y):
    """``x op y`` on numbers, arrays or tuples."""
    fn = BINARY[type(op)]
    if fn is operator.add and isinstance(x, tuple) and isinstance(y, tuple):
        if isinstance(x, Listed) is isinstance(y, Listed):
            return (Listed if isinstance(x, Listed) else tuple)((*x, *y))
    elif fn is operator.mul and isinstance(x, tuple | Value) and isinstance(y, tuple | Value):
        items, count = (x, y) if isinstance(x, tuple) else (y, x)
        if isinstance(items, tuple) and isinstance(count, Value):
            if not (count.is_constant and count.kind in (INT, BOOL)):
                raise UnsupportedError(
                    f"{described(items)} can be repeated a constant number of times alone"
                )
            return (Listed if isinstance(items, Listed) else tuple)(tuple(items) * count.const)
    return applied(b, fn, x, y)


def applied(b: Builder, fn, *things):
    """A function of numbers on numbers or, element by element, on arrays."""
    for thing in things:
        if not isinstance(thing, Value):
            label = getattr(fn, "__name__", str(fn))
            raise UnsupportedError(f"{label} of {described(thing)} has no meaning in reverse mode")
    if any(t.is_array for t in things):
        return arrays.elementwise(b, fn, *things)
    for thing in things:
        if thing.kind not in NUMBERS:
            label = getattr(fn, "__name__", str(fn))
            raise UnsupportedError(f"{label} of {described(thing)} has no rule for reverse mode")
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


@expression(ast.NamedExpr)
def walrus(b: Builder, node):
    thing = b.thing(node.value)
    b.assign(node.target.id, thing)
    return thing


@expression(ast.Attribute)
def attribute(b: Builder, node):
    owner = b.thing(node.value)
    if isinstance(owner, Static):
        return b.known_object(node.attr, known_attribute(owner.object, node))
    if isinstance(owner, Named) and node.attr in owner.type._fields:
        return owner[owner.type._fields.index(node.attr)]
    if isinstance(owner, Value) and owner.is_array:
        return arrays.attribute(b, owner, node.attr)
    if isinstance(owner, Value) and owner.kind in NUMBERS and node.attr in ("real", "imag"):
        return b.apply(getattr(np, node.attr), owner)
    return Method(owner, node.attr)


def known_attribute(obj, node):
    """An attribute that compiled code takes for a constant."""
    if isinstance(obj, FIXED) and hasattr(obj, node.attr):
        return getattr(obj, node.attr)
    text = ast.unparse(node)
    if isinstance(obj, FIXED):
        raise UnsupportedError(f"{ast.unparse(node.value)} has no attribute {node.attr!r}")
    raise UnsupportedError(
        f"{text}: the attributes of {type(obj).__name__} objects may change and are not compiled; "
        "pass the value as an argument, or make it a global number, tuple or array"
    )


@expression(ast.Call)
def call(b: Builder, node):
    function = b.thing(node.func)
    args: list = []
    for a in node.args:
        if isinstance(a, ast.Starred):
            args += unpacked(b, a.value)
        else:
            args.append(b.thing(a))
    kwargs = {}
    for k in node.keywords:
        if k.arg is None:
            raise UnsupportedError("** in a call cannot be compiled; name the arguments")
        kwargs[k.arg] = b.thing(k.value)
    with b.within(node):
        return b.called(b, function, args, kwargs, ast.unparse(node.func))


def unpacked(b: Builder, node):
    """The items of ``*node``."""
    thing = b.thing(node)
    if not isinstance(thing, tuple):
        raise UnsupportedError(
            f"*{ast.unparse(node)}: {described(thing)} has no length known to the compiler; use "
            "a tuple"
        )
    return thing


@expression(ast.JoinedStr)
def text(b: Builder, node):
    """A formatted text, of which the words stay and numbers appear as they are written."""
    shown = [
        str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
        for part in node.values
    ]
    return Static("".join(shown))
