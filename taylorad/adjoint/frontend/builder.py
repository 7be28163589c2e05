"""The state of reading a function: where operations go, and what its names stand for."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from ...errors import TayloradError, UnsupportedError
from ..ir import Function, Op, Region, Value, constant, same
from ..kinds import ArrayKind, join
from ..making import Maker
from ..source import Source, place, source_of
from .things import Later, Missing, Named, Static, described, form, like, parts, static

#: Handlers by the class of a syntax node; modules of this package fill them in.
STATEMENTS: dict[type, Callable] = {}
EXPRESSIONS: dict[type, Callable] = {}


def statement(*nodes):
    """Register the handler ``(builder, node) -> None`` of statements."""
    return lambda handler: STATEMENTS.update(dict.fromkeys(nodes, handler)) or handler


def expression(*nodes):
    """Register the handler ``(builder, node) -> thing`` of expressions."""
    return lambda handler: EXPRESSIONS.update(dict.fromkeys(nodes, handler)) or handler


@dataclass
class Frame:
    """A function being read, the user's or one that it calls."""

    source: Source
    env: dict[str, Any] = field(default_factory=dict)
    #: Whether a division by zero raises.
    checked: bool = True


class Undefined(UnsupportedError):
    """A variable is read before it has a value."""

    def __init__(self, name, message):
        super().__init__(message)
        self.name = name


class Builder(Maker):
    """Reads syntax trees and appends operations."""

    def __init__(self, function: FunctionType):
        root = Region()
        super().__init__(root)
        self.root = root
        self.made = Function(function.__name__, [], root, None)
        self.frames: list[Frame] = []
        self._arrays: dict[int, Value] = {}

    # -- names -----------------------------------------------------------------------

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def env(self) -> dict[str, Any]:
        return self.frame.env

    def lookup(self, name: str):
        """What a name stands for."""
        if name in self.env:
            return self.settled(name, self.env)
        if name in _locals(self.frame.source):
            raise Undefined(name, f"the variable {name!r} may have no value here")
        try:
            return self.known_object(name, self.frame.source.free(name))
        except NameError:
            raise UnsupportedError(f"name {name!r} is not defined") from None

    def settled(self, name: str, env):
        """A variable's value, made if it was put off."""
        thing = env[name]
        if isinstance(thing, Later):
            thing = env[name] = thing.value()
        if isinstance(thing, Missing):
            raise Undefined(name, thing.why)
        return thing

    def known_object(self, name: str, obj):
        """A global or closure value: numbers and tuples of them are constants."""
        if isinstance(obj, np.generic) and obj.dtype.kind in "biuf":
            obj = obj.item()
        if not isinstance(obj, np.ndarray):
            return static(obj)
        if id(obj) not in self._arrays:
            kinds = {"f": "float", "i": "int", "u": "int", "b": "bool", "c": "complex"}
            dtype = kinds.get(obj.dtype.kind)
            if dtype is None:
                raise UnsupportedError(f"the global array {name!r} holds {obj.dtype}")
            flags = obj.flags
            layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
            kind = ArrayKind(obj.ndim, dtype, layout)
            given = self.made.known(name, obj)
            self._arrays[id(obj)] = Value(kind, given, "global", self.root)
        return self._arrays[id(obj)]

    def assign(self, name: str, thing) -> None:
        if isinstance(thing, Value) and thing.role == "result" and not thing.named:
            thing.name, thing.named = name.lstrip("$"), not name.startswith("$")
        self.env[name] = thing

    # -- reading ---------------------------------------------------------------------

    def block(self, statements) -> None:
        for node in statements:
            self.statement(node)

    def statement(self, node) -> None:
        handler = STATEMENTS.get(type(node))
        with self.at(node):
            if handler is None:
                raise UnsupportedError(
                    f"the statement {_keyword(node)!r} cannot be differentiated in reverse mode; "
                    "write loops, branches and assignments, or use forward mode"
                )
            handler(self, node)

    def thing(self, node):
        """What an expression stands for."""
        handler = EXPRESSIONS.get(type(node))
        if handler is None:
            raise UnsupportedError(
                f"the expression {ast.unparse(node)!r} cannot be differentiated in reverse mode"
            )
        return handler(self, node)

    def value(self, node) -> Value:
        """The number or array that an expression stands for."""
        thing = self.thing(node)
        if not isinstance(thing, Value):
            raise UnsupportedError(
                f"{ast.unparse(node)} is {described(thing)}; a number or an array is needed here"
            )
        return thing

    def at(self, node):
        return _At(self, node)

    # -- functions -------------------------------------------------------------------

    def inline(self, function: FunctionType, args, kwargs, checked: bool):
        """The result of a function on things, its operations appended here."""
        source = source_of(function)
        frame = Frame(source, bound(function, args, kwargs), checked)
        self.frames.append(frame)
        line = self.line
        try:
            return self._body(source.body)
        finally:
            self.frames.pop()
            self.line = line

    def _body(self, statements):
        result = None
        if statements and isinstance(statements[-1], ast.Return):
            statements, result = statements[:-1], statements[-1]
        self.block(statements)
        if result is None or result.value is None:
            return Static(None)
        with self.at(result):
            return self.thing(result.value)

    def copies(self, thing, copied):
        """A parameter, or a copy of it if the function writes to it."""
        if isinstance(thing, tuple):
            return like(thing, iter([self.copies(t, copied) for t in parts(thing)]))
        if isinstance(thing, Value) and thing.name in copied:
            from ..rules.arrays import COPY

            return self.array(COPY, [thing], thing.kind.with_layout("C"), thing.name)
        return thing

    # -- branches --------------------------------------------------------------------

    def branch(self, condition: Value, then: Callable, otherwise: Callable) -> None:
        """Two paths; ``then`` and ``otherwise`` are called to append them.

        Variables that differ afterwards are merged where they are read.
        """
        op = self.append(Op("if", [condition]))
        outer, before, envs = self.region, self.env, []
        for build_path in (then, otherwise):
            self.frame.env = dict(before)
            self.region = outer
            self.inside(op)
            build_path()
            envs.append(self.env)
        self.region, self.frame.env = outer, before
        self.forget_memory()
        for name in dict.fromkeys((*envs[0], *envs[1])):
            a, b = (env.get(name) for env in envs)
            if a is b:
                before[name] = a
            else:
                before[name] = Later(lambda name=name, a=a, b=b: self.merged(op, name, a, b))

    def merged(self, op: Op, name: str, a, b):
        """A variable after a branch, from its values at the end of both paths."""
        a, b = (x.value() if isinstance(x, Later) else x for x in (a, b))
        for x in (a, b):
            if isinstance(x, Missing):
                return x
        if a is None or b is None:
            known = b if a is None else a
            filler = self.undefined(known, op.regions[0 if a is None else 1])
            a, b = (filler, b) if a is None else (a, filler)
        if form(a) != form(b):
            return Missing(
                f"the variable {name!r} is {described(a)} on one path and {described(b)} on "
                "another; give it one form"
            )
        items = []
        for x, y in zip(parts(a), parts(b), strict=True):
            if not isinstance(x, Value) or same(x, y):
                items.append(x)
                continue
            if _are(x, True, y, False):
                items.append(op.args[0])
                continue
            kind = join(x.kind, y.kind)
            if kind is None:
                return Missing(
                    f"the variable {name!r} is {described(x)} on one path and {described(y)} on "
                    "another; give it one type"
                )
            items.append(op.out(kind, name.lstrip("$")))
            op.regions[0].yields.append(x)
            op.regions[1].yields.append(y)
        return like(a, iter(items))

    def undefined(self, thing, region: Region):
        """A thing of the same form that stands where a variable has no value."""
        items = []
        for item in parts(thing):
            if not isinstance(item, Value):
                items.append(item)
            elif item.is_array:
                op = Op("alloc", [constant(0)] * item.kind.ndim, "empty")
                op.region = region
                region.ops.append(op)
                items.append(op.out(item.kind, item.name))
            else:
                items.append(constant({"float": 0.0, "int": 0, "bool": False}[item.kind]))
        return like(thing, iter(items))


def _are(x: Value, first: bool, y: Value, second: bool) -> bool:
    """Whether two values are these truths."""
    return x.is_constant and y.is_constant and x.const is first and y.const is second


class _At:
    """Errors inside are given the place in the user's code."""

    def __init__(self, builder, node):
        self.builder, self.node = builder, node

    def __enter__(self):
        self.builder.line = self.node.lineno

    def __exit__(self, kind, error, trace):
        if error is None or not isinstance(error, TayloradError):
            return
        if 'File "' not in str(error):
            where = place(self.builder.frame.source.filename, self.node.lineno)
            error.args = (str(error) + where,)


def _keyword(node) -> str:
    return ast.unparse(node).split()[0].rstrip(":")


def _locals(source: Source) -> tuple[str, ...]:
    return source.function.__code__.co_varnames + source.function.__code__.co_cellvars


def bound(function: FunctionType, args, kwargs) -> dict[str, Any]:
    """Arguments by parameter name, defaults filled in."""
    code = function.__code__
    positional = list(code.co_varnames[: code.co_argcount])
    keyword = list(code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount])
    given = dict(zip(positional, args, strict=False))
    rest = tuple(args[len(positional) :])
    if code.co_flags & 0x04:
        given[code.co_varnames[code.co_argcount + code.co_kwonlyargcount]] = rest
    elif rest:
        raise UnsupportedError(f"{function.__name__} takes {len(positional)} arguments")
    for name, thing in kwargs.items():
        if name not in positional + keyword or name in given:
            raise UnsupportedError(f"{function.__name__} takes no further argument {name!r}")
        given[name] = thing
    defaults = function.__defaults__ or ()
    by_name = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    by_name.update(function.__kwdefaults__ or {})
    for name in positional + keyword:
        if name not in given:
            if name not in by_name:
                raise UnsupportedError(f"{function.__name__} lacks the argument {name!r}")
            given[name] = static(by_name[name])
    return given


def build(
    function: FunctionType, kinds, copied=(), checked=True
) -> tuple[Function, dict[str, Any]]:
    """The representation of a function for arguments of these kinds, and its parameters.

    ``kinds`` gives for each parameter a kind, a tuple of kinds, or a `Static` object; the
    function works on copies of the arrays among the parameters ``copied``.  With ``checked``
    it raises where it divides by zero.
    """
    builder = Builder(function)
    made = builder.made
    args = {name: parameter(name, kind, made) for name, kind in kinds.items()}
    code = function.__code__
    positional = code.co_argcount
    if code.co_flags & 0x04:  # *args: given as one tuple
        *first, rest = args.values()
        things = [*first, *rest]
    else:
        things = list(args.values())[:positional]
    things = [builder.copies(thing, copied) for thing in things]
    made.result = builder.inline(function, things, {}, checked)
    return made, args


def parameter(name: str, kind, function: Function):
    """A new parameter of a kind, or for a tuple of kinds a tuple of them."""
    if isinstance(kind, tuple):
        items = [parameter(f"{name}_{i}", k, function) for i, k in enumerate(kind)]
        return Named.of(kind.type, items) if isinstance(kind, Named) else tuple(items)
    if isinstance(kind, Static):
        return kind
    function.params.append(Value(kind, name, "param", function.root))
    return function.params[-1]


__all__ = ["Builder", "Undefined", "build", "expression", "parameter", "statement"]
