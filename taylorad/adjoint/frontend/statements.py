"""Statements: assignments, branches, and what is kept for its effect."""

from __future__ import annotations

import ast
import operator

from ...errors import UnsupportedError
from ..ir import Op, Value, constant
from ..kinds import FLOAT
from . import arrays
from .builder import Builder, statement
from .conditions import truth
from .expressions import binary
from .things import Static, described


@statement(ast.Assign)
def assignment(b: Builder, node):
    thing = b.thing(node.value)
    for target in node.targets:
        assign(b, target, thing)


@statement(ast.AnnAssign)
def annotated(b: Builder, node):
    if node.value is not None:
        assign(b, node.target, b.thing(node.value))


def assign(b: Builder, target, thing) -> None:
    """Bind a thing to a target: a name, an element or slice, or several."""
    if isinstance(target, ast.Name):
        b.assign(target.id, thing)
    elif isinstance(target, ast.Subscript):
        owner = b.value(target.value)
        arrays.store(b, owner, target.slice, thing)
    elif isinstance(target, ast.Tuple | ast.List):
        starred = [i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)]
        count = len(target.elts)
        if isinstance(thing, Value) and thing.is_array and not starred:
            thing = tuple(arrays.item(b, thing, [constant(i)]) for i in range(count))
        if not isinstance(thing, tuple):
            raise UnsupportedError(f"{described(thing)} cannot be unpacked")
        items = list(thing)
        if starred:
            at = starred[0]
            last = len(items) - (count - at - 1)
            items = [*items[:at], tuple(items[at:last]), *items[last:]]
        if len(items) != count:
            raise UnsupportedError(f"{len(thing)} values are unpacked into {count} names")
        for part, item in zip(target.elts, items, strict=True):
            assign(b, part.value if isinstance(part, ast.Starred) else part, item)
    else:
        raise UnsupportedError(
            f"assignment to {ast.unparse(target)!r} cannot be differentiated in reverse mode; "
            "assign to variables and to elements of arrays"
        )


@statement(ast.AugAssign)
def augmented(b: Builder, node):
    target = node.target
    if isinstance(target, ast.Name):
        current = b.lookup(target.id)
        operand = b.thing(node.value)
        if isinstance(current, Value) and current.is_array:
            arrays.update(b, current, node.op, operand)
        else:
            b.assign(target.id, binary(b, node.op, current, operand))
        return
    if not isinstance(target, ast.Subscript):
        raise UnsupportedError(f"assignment to {ast.unparse(target)!r} is not supported")
    owner = b.value(target.value)
    place = arrays.place(b, owner, target.slice)
    if place.is_element:
        start, writes = len(b.region.ops), b.writes
        operand = b.thing(node.value)
        is_unchanged = b.writes == writes  # else a callee may have written to the element
        additive = isinstance(node.op, ast.Add | ast.Sub) and owner.kind.dtype == FLOAT
        if additive and is_unchanged and isinstance(operand, Value) and not operand.is_array:
            operand = b.convert(operand, FLOAT)
            if isinstance(node.op, ast.Sub):
                operand = negative(b, operand)
            b.accumulate(place.array, place.indices, operand)
            return
        old = b.load(place.array, place.indices, before=None if is_unchanged else start)
        b.store(
            place.array, place.indices, arrays.as_item(b, owner, binary(b, node.op, old, operand))
        )
    else:
        arrays.update(b, arrays.view_of(b, place), node.op, b.thing(node.value))


def negative(b: Builder, value: Value) -> Value:
    """The negative of a number; one that was negated is taken back."""
    if value.op is not None and value.op.fn is operator.neg:
        return value.op.args[0]
    return b.apply(operator.neg, value)


@statement(ast.If)
def branch(b: Builder, node):
    condition = truth(b, b.thing(node.test))
    if condition.is_constant:
        b.block(node.body if condition.const else node.orelse)
        return
    b.branch(condition, lambda: b.block(node.body), lambda: b.block(node.orelse))


@statement(ast.Expr)
def bare(b: Builder, node):
    value = node.value
    if isinstance(value, ast.Constant):
        return
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "print"
    ):
        things = [b.thing(a) for a in value.args]
        values = [t for t in things if isinstance(t, Value)]
        texts = iter(range(len(values)))
        shown = ", ".join(
            f"{{{next(texts)}}}" if isinstance(t, Value) else repr(getattr(t, "object", t))
            for t in things
        )
        b.append(Op("effect", values, f"print({shown})"))
        return
    b.thing(value)


@statement(ast.Pass)
def nothing(b: Builder, node):
    pass


@statement(ast.Raise)
def raising(b: Builder, node):
    b.append(Op("effect", [], raise_text(b, node)))


def raise_text(b: Builder, node) -> str:
    """The text of a `raise`, whose exception class the generated text must know."""
    exception = node.exc
    if exception is None:
        raise UnsupportedError("a bare raise cannot be compiled")
    cls = exception.func if isinstance(exception, ast.Call) else exception
    known = b.thing(cls)
    if not isinstance(known, Static):
        raise UnsupportedError("what is raised must be an exception class")
    name = b.made.known(known.object.__name__, known.object)
    args = []
    for a in exception.args if isinstance(exception, ast.Call) else []:
        if not isinstance(a, ast.Constant):
            thing = b.thing(a)
            if not isinstance(thing, Static | Value) or getattr(thing, "op", None) is not None:
                args.append(repr(ast.unparse(a)))
                continue
            a = ast.Constant(thing.object if isinstance(thing, Static) else thing.const)
        args.append(repr(a.value))
    return f"raise {name}({', '.join(args)})"


@statement(ast.Assert)
def assertion(b: Builder, node):
    condition = truth(b, b.thing(node.test))
    message = ""
    if node.msg is not None:
        thing = b.thing(node.msg)
        message = repr(thing.object) if isinstance(thing, Static) else repr(ast.unparse(node.msg))
    text = f"raise AssertionError({message})"
    b.branch(condition, lambda: None, lambda: b.append(Op("effect", [], text)))
