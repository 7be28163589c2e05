"""What is kept for its effect, in the forward sweep alone: raise, assert, print."""

from __future__ import annotations

import ast
from types import NoneType

from ...errors import UnsupportedError
from ..ir import Op, Value
from .builder import Builder, statement
from .calls import call_of
from .conditions import truth
from .things import Static, described, parts


@call_of(print)
def printed(b: Builder, args, kwargs):
    if kwargs:
        raise UnsupportedError("print with sep, end or file cannot be compiled")
    values: list[Value] = []

    def shown(thing):
        if isinstance(thing, Value) and thing.is_constant:
            return repr(thing.const)
        if isinstance(thing, Value):
            values.append(thing)
            return f"{{{len(values) - 1}}}"
        if isinstance(thing, tuple):
            return f"({''.join(shown(t) + ', ' for t in thing)})"
        if isinstance(thing, Static) and isinstance(thing.object, str | NoneType):
            return repr(thing.object).replace("{", "{{").replace("}", "}}")
        raise UnsupportedError(f"{described(thing)} cannot be printed in compiled code")

    text = ", ".join(map(shown, args))
    b.append(Op("effect", values, f"print({text})"))
    return Static(None)


@statement(ast.Raise)
def raising(b: Builder, node):
    b.append(Op("effect", [], raise_text(b, node)))


def raise_text(b: Builder, node) -> str:
    """The text of a `raise`, whose exception class the generated text must know."""
    if node.exc is None:
        raise UnsupportedError("a bare raise cannot be compiled; name the exception")
    call = isinstance(node.exc, ast.Call)
    known = b.thing(node.exc.func if call else node.exc)
    cls = known.object if isinstance(known, Static) else None
    if not (isinstance(cls, type) and issubclass(cls, Exception)):
        raise UnsupportedError("what is raised must be an exception class")
    args = [message(b, a) for a in node.exc.args] if call else []
    return f"raise {b.made.known(cls.__name__, cls)}({', '.join(args)})"


def message(b: Builder, node) -> str:
    """An argument of an exception: a constant, or the expression's text for a number."""
    thing = b.thing(node)
    if isinstance(thing, Static) and isinstance(thing.object, str | NoneType):
        return repr(thing.object)
    values = list(parts(thing))
    if all(isinstance(v, Value) and v.is_constant for v in values):
        return ast.unparse(ast.parse(repr(thing)))
    return repr(ast.unparse(node))


@statement(ast.Assert)
def assertion(b: Builder, node):
    condition = truth(b, b.thing(node.test))

    def fails():
        text = message(b, node.msg) if node.msg is not None else ""
        b.append(Op("effect", [], f"raise AssertionError({text})"))

    b.branch(condition, lambda: None, fails)
