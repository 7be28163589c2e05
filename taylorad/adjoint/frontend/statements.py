"""Statements: assignments, branches, and what is kept for its effect."""

from __future__ import annotations

import ast
import operator

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import FLOAT
from . import arrays
from .builder import Builder, statement
from .conditions import truth
from .expressions import binary
from .things import Listed, Missing, described


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
        arrays.store(b, array_of(b, target), target.slice, thing)
    elif isinstance(target, ast.Tuple | ast.List):
        starred = [i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)]
        count = len(target.elts)
        if isinstance(thing, Value) and thing.is_array and not starred:
            thing = tuple(arrays.item(b, thing, [constant(i)]) for i in range(count))
        if not isinstance(thing, tuple):
            raise UnsupportedError(
                f"{described(thing)} cannot be unpacked into {ast.unparse(target)}"
            )
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
        refuse_target(target)


def array_of(b: Builder, target: ast.Subscript) -> Value:
    """The array that an element or slice is assigned in."""
    thing = b.thing(target.value)
    if isinstance(thing, Value) and thing.is_array and thing.role != "global":
        return thing
    shown = ast.unparse(target.value)
    if isinstance(thing, Value) and thing.is_array:
        raise UnsupportedError(
            f"the global array {shown} is constant in compiled code; pass it as an argument"
        )
    raise UnsupportedError(
        f"{shown} is {described(thing)}, whose items are not assigned in reverse mode; use an "
        "array, or make a tuple anew"
    )


def refuse_target(target):
    raise UnsupportedError(
        f"{ast.unparse(target)} cannot be assigned in reverse mode; assign variables and elements "
        "of arrays"
    )


@statement(ast.AugAssign)
def augmented(b: Builder, node):
    target = node.target
    if isinstance(target, ast.Name):
        current = b.lookup(target.id)
        operand = b.thing(node.value)
        if isinstance(current, Value) and current.is_array:
            if current.role == "global":
                raise UnsupportedError(
                    f"the global array {target.id} is constant in compiled code; pass it as an "
                    "argument"
                )
            arrays.update(b, current, node.op, operand)
        elif isinstance(current, Listed):
            raise UnsupportedError(
                f"the list {target.id} is not changed in reverse mode; write "
                f"{target.id} = {target.id} + ..., or fill an array"
            )
        else:
            b.assign(target.id, binary(b, node.op, current, operand))
        return
    if not isinstance(target, ast.Subscript):
        refuse_target(target)
    owner = array_of(b, target)
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
        arrays.update_part(b, place, node.op, b.thing(node.value))


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
    if not isinstance(node.value, ast.Constant):
        b.thing(node.value)


@statement(ast.Pass)
def nothing(b: Builder, node):
    pass


@statement(ast.Delete)
def deletion(b: Builder, node):
    for target in node.targets:
        if not isinstance(target, ast.Name):
            raise UnsupportedError("del of anything but a variable has no meaning in compiled code")
        b.lookup(target.id)
        b.env[target.id] = Missing(f"the variable {target.id!r} was deleted")


#: Statements that have no meaning in reverse mode, and what to write instead.
_REFUSED = {
    ast.Global: "'global': compiled code changes no globals; return the value",
    ast.Nonlocal: "'nonlocal': compiled code changes no variables of others; return the value",
    ast.With: "'with' has no meaning in reverse mode; take it out of the differentiated function",
    ast.Try: "'try' has no meaning in reverse mode; test for the case by 'if' before it fails",
    ast.Match: "'match' has no meaning in reverse mode; write if and elif",
    ast.ClassDef: "a class cannot be defined in compiled code",
    ast.Import: "an import cannot be compiled; import at the top of the module",
    ast.ImportFrom: "an import cannot be compiled; import at the top of the module",
    ast.AsyncFor: "'async' cannot be compiled",
    ast.AsyncWith: "'async' cannot be compiled",
    ast.AsyncFunctionDef: "'async' cannot be compiled",
}


@statement(*_REFUSED)
def refused(b: Builder, node):
    raise UnsupportedError(_REFUSED[type(node)])
