"""Functions defined inside a function: read where they are called, as others are."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from ...errors import UnsupportedError
from ..exits import structured
from ..reading import local_names
from ..source import Source
from .builder import Builder, Frame, bound, expression, statement


@dataclass(eq=False)
class Inner:
    """A function defined in another, whose variables it reads as they are when it is called."""

    source: Source
    frame: Frame
    defaults: dict[str, Any]

    def called(self, b: Builder, args, kwargs):
        name = self.source.name
        if any(frame.source is self.source for frame in b.frames):
            raise UnsupportedError(f"{name} calls itself; write the recursion as a loop")
        if self.frame not in b.frames:
            raise UnsupportedError(
                f"{name} is called outside the function that it is defined in; define it at the "
                "top of the module, and pass it what it needs"
            )
        env = bound(self.source, args, kwargs, self.defaults)
        return b.inside_frame(Frame(self.source, env, self.frame.checked, self.frame))


def _inner(b: Builder, node, name: str, body) -> Inner:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Nonlocal | ast.Global):
            raise UnsupportedError(f"{name} assigns variables of others; return their new values")
    arguments = node.args
    parameters = [*arguments.posonlyargs, *arguments.args]
    defaults = dict(
        zip(
            [p.arg for p in parameters[len(parameters) - len(arguments.defaults) :]],
            map(b.thing, arguments.defaults),
            strict=True,
        )
    )
    for p, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is not None:
            defaults[p.arg] = b.thing(default)
    own = b.frame.source
    local = local_names(arguments, body)
    source = Source(own.function, name, own.filename, node.lineno, arguments, body, local)
    return Inner(source, b.frame, defaults)


@expression(ast.Lambda)
def anonymous(b: Builder, node):
    return _inner(b, node, "the lambda", [ast.copy_location(ast.Return(node.body), node.body)])


@statement(ast.FunctionDef)
def defined(b: Builder, node):
    if node.decorator_list:
        raise UnsupportedError(f"{node.name} is decorated inside a function; define it outside")
    b.env[node.name] = _inner(b, node, node.name, structured(node.body))
