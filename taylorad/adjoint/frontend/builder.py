"""The state of reading a function: where operations go, and what its names stand for."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from ...errors import TayloradError, UnsupportedError
from ..callees import Found, Program, Unresolved, endless
from ..ir import Function, Op, Region, Value, constant, same
from ..kinds import ArrayKind, join
from ..making import Maker
from ..sharing import refuse_shared
from ..source import Source, locate, place, source_of
from .things import Later, Listed, Missing, Named, Static, described, form, like, parts, static

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
    #: The function that this one is defined in, whose variables it sees.
    outer: Frame | None = None
    #: The loops that are being read, the innermost last.
    loops: list = field(default_factory=list)


class Undefined(UnsupportedError):
    """A variable is read where it may have no value; ``thing`` is what it has on another path."""

    def __init__(self, name, message, thing=None):
        super().__init__(message)
        self.name, self.thing = name, thing


class Builder(Maker):
    """Reads syntax trees and appends operations."""

    #: The result of a call: ``called(b, function, args, kwargs, text)``.
    called: Callable
    #: The result of a function that is not inlined: ``invoke(b, python, args, kwargs, checked)``.
    invoke: Callable

    def __init__(self, function: FunctionType, program: Program):
        root = Region()
        super().__init__(root)
        self.root, self.function, self.program = root, function, program
        self.shares = program.shares
        self.made = Function(function.__name__, [], root, None, program.scope, program)
        self.frames: list[Frame] = []
        #: The calls and rounds of unrolled loops that lead here: one text is read for each.
        self.path: tuple = ()
        #: What was found out about the loops that were read.
        self.loops: dict[tuple, Any] = {}
        self._bounds: dict[Value, tuple[int, int]] = {}
        self._arrays: dict[int, Value] = {}
        self._tables: dict[tuple, np.ndarray] = {}

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
        if name in self.frame.source.local:
            raise Undefined(name, f"the variable {name!r} may have no value here")
        if self.frame.outer is not None:
            return self._of_outer(name, self.frame.outer)
        try:
            return self.known_object(name, self.frame.source.free(name))
        except NameError:
            raise UnsupportedError(f"name {name!r} is not defined") from None

    def _of_outer(self, name: str, outer: Frame):
        """A variable of the function around this one."""
        frames, self.frames = self.frames, [*self.frames[:-1], outer]
        try:
            return self.lookup(name)
        finally:
            self.frames = frames

    def settled(self, name: str, env):
        """A variable's value, made if it was put off."""
        thing = env[name]
        if isinstance(thing, Later):
            thing = env[name] = thing.value()
        if isinstance(thing, Missing):
            raise UnsupportedError(thing.why)  # it has a value: none may take its place
        return thing

    def known_object(self, name: str, obj):
        """A global or closure value: numbers and tuples of them are constants."""
        if isinstance(obj, np.generic) and obj.dtype.kind in "biufc":
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

    def table(self, items: list) -> Value:
        """Constant numbers as an array."""
        key = tuple(map(repr, items))
        made = self._tables.setdefault(key, np.array(items))
        return self.known_object("table", made)

    # -- what is known of integers ---------------------------------------------------------

    def bounded(self, index: Value, start: Value, stop: Value, step: Value) -> None:
        """Note the bounds of a loop's index."""
        if start.is_constant and stop.is_constant and step.is_constant:
            values = range(start.const, stop.const, step.const or 1)
            if values:
                self._bounds[index] = min(values), max(values)

    def is_within(self, index: Value, stop: int, start: int | None = None) -> bool:
        """Whether an index is known to be from ``start`` (or from the end) to below ``stop``."""
        if index.is_constant:
            low = high = index.const
        elif index in self._bounds:
            low, high = self._bounds[index]
        else:
            return False
        return (-stop if start is None else start) <= low and high < stop

    # -- variables -------------------------------------------------------------------------

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
                    f"{_keyword(node)!r} has no meaning in reverse mode; write loops, branches "
                    "and assignments, or use forward mode"
                )
            handler(self, node)

    def thing(self, node):
        """What an expression stands for."""
        handler = EXPRESSIONS.get(type(node))
        try:
            if handler is None:
                raise UnsupportedError(
                    f"the expression {ast.unparse(node)} has no meaning in reverse mode"
                )
            return handler(self, node)
        except TayloradError as error:
            self.locate(error, node)
            raise

    def value(self, node) -> Value:
        """The number or array that an expression stands for."""
        thing = self.thing(node)
        if not isinstance(thing, Value):
            raise UnsupportedError(
                f"{ast.unparse(node)} is {described(thing)}; a number or an array is needed here"
            )
        return thing

    @contextmanager
    def at(self, node):
        """Operations and errors inside are given the place in the user's code."""
        self.line = self.frame.source.filename, node.lineno
        try:
            yield
        except TayloradError as error:
            self.locate(error, node)
            raise

    def locate(self, error: TayloradError, node) -> None:
        """Let an error tell the place in the user's code, if it does not yet."""
        locate(error, self.frame.source.filename, node.lineno)

    @contextmanager
    def within(self, step):
        """Inside, the text is read for one call, or one round of an unrolled loop."""
        before, self.path = self.path, (*self.path, step)
        try:
            yield
        finally:
            self.path = before

    # -- functions -------------------------------------------------------------------

    def inline(self, function: FunctionType, args, kwargs, checked: bool):
        """The result of a function on things, its operations appended here."""
        source = source_of(function)
        env = bound(source, args, kwargs, defaults_of(function))
        return self.inside_frame(Frame(source, env, checked))

    def inside_frame(self, frame: Frame):
        """The result of a function whose parameters are bound."""
        self.frames.append(frame)
        line = self.line
        try:
            return self._body(frame.source.body)
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
            try:
                build_path()
                envs.append(self.env)
            except Unresolved:
                self.program.abandoned = True
        self.region, self.frame.env = outer, before
        self.forget_memory()
        if not envs:
            raise Unresolved
        for name in dict.fromkeys((*envs[0], *envs[-1])):
            a, b = (env.get(name) for env in (envs[0], envs[-1]))
            if a is b:
                before[name] = a
            else:
                before[name] = Later(partial(self.merged, op, name, a, b), a, b)

    def merged(self, op: Op, name: str, a, b):
        """A variable after a branch, from its values at the end of both paths."""
        a, b = (x.value() if isinstance(x, Later) else x for x in (a, b))
        for x in (a, b):
            if isinstance(x, Missing):
                return x
        if a is None or b is None:
            known = b if a is None else a
            if any(loop.may_carry(name) for loop in self.frame.loops):
                raise Undefined(name, f"the variable {name!r} may have no value here", known)
            filler = self.undefined(known, op.regions[0 if a is None else 1])
            a, b = (filler, b) if a is None else (a, filler)
        if form(a) != form(b):
            return differing(name, a, b)
        items = []
        for x, y in zip(parts(a), parts(b), strict=True):
            if not isinstance(x, Value) or same(x, y):
                items.append(x)
                continue
            if _are(x, True, y, False):
                items.append(op.args[0])
                continue
            if _are(x, False, y, True):
                items.append(self._negated_before(op))
                continue
            kind = join(x.kind, y.kind)
            if kind is None:
                return differing(name, x, y)
            items.append(op.out(kind, name.lstrip("$")))
            op.regions[0].yields.append(x)
            op.regions[1].yields.append(y)
        return like(a, iter(items))

    @staticmethod
    def _negated_before(op: Op) -> Value:
        """Whether the condition of a branch is false, in sight of all that follows."""
        made = Op("apply", [op.args[0]], fn=operator.not_)
        made.region = op.region
        op.region.ops.insert(op.region.ops.index(op), made)
        return made.out("bool")

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
            elif item.kind in _FILLERS:
                items.append(constant(_FILLERS[item.kind]))
            else:
                raise UnsupportedError(f"{described(item)} must have a value on every path")
        return like(thing, iter(items))


_FILLERS = {"float": 0.0, "int": 0, "bool": False, "complex": 0j}


def differing(name: str, one, other) -> Missing:
    """A variable that has different forms on two paths."""
    called = {"$result": "the result", "$chosen": "the chosen value"}
    shown = called.get(name, f"the variable {name!r}")
    return Missing(
        f"{shown} is {described(one)} on one path and {described(other)} on another; give it one "
        "type"
    )


def _are(x: Value, first: bool, y: Value, second: bool) -> bool:
    """Whether two values are these truths."""
    return x.is_constant and y.is_constant and x.const is first and y.const is second


def _keyword(node) -> str:
    return ast.unparse(node).split()[0].rstrip(":")


def bound(source: Source, args, kwargs, defaults) -> dict[str, Any]:
    """Arguments by parameter name, defaults filled in."""
    a = source.arguments
    positional = [p.arg for p in (*a.posonlyargs, *a.args)]
    keyword = [p.arg for p in a.kwonlyargs]
    given = dict(zip(positional, args, strict=False))
    rest = tuple(args[len(positional) :])
    if a.vararg is not None:
        given[a.vararg.arg] = rest
    elif rest:
        raise UnsupportedError(f"{source.name} takes {len(positional)} arguments, not {len(args)}")
    if a.kwarg is not None:
        raise UnsupportedError(f"{source.name} takes **{a.kwarg.arg}, which cannot be compiled")
    for name, thing in kwargs.items():
        if name not in positional + keyword or name in given:
            raise UnsupportedError(f"{source.name} takes no further argument {name!r}")
        given[name] = thing
    for name in positional + keyword:
        if name not in given:
            if name not in defaults:
                raise UnsupportedError(f"{source.name} lacks the argument {name!r}")
            given[name] = defaults[name]
    return given


def defaults_of(function: FunctionType) -> dict[str, Any]:
    """The default values of parameters, as things."""
    defaults = function.__defaults__ or ()
    code = function.__code__
    positional = code.co_varnames[: code.co_argcount]
    known = dict(zip(positional[len(positional) - len(defaults) :], defaults, strict=True))
    known.update(function.__kwdefaults__ or {})
    return {name: static(value) for name, value in known.items()}


def build(
    function: FunctionType, kinds, copied=(), checked=True, lists=False, shares=True
) -> tuple[Function, dict[str, Any]]:
    """The representation of a function for arguments of these kinds, and its parameters.

    The function may be a derivative.
    ``kinds`` gives for each parameter a kind, a tuple of kinds, or a `Static` object; the
    function works on copies of the arrays among the parameters ``copied``.  With ``checked``
    it raises where it divides by zero.  With ``lists`` it may return a list.  Without
    ``shares`` operations stand as they are written.
    """
    program = Program(shares=shares)
    while True:
        try:
            made, args = _read(program, function, kinds, copied, checked)
            if program.settle(made):
                if not lists:
                    _refuse_lists(function, made)
                return made, args
        except Unresolved:
            raise endless(function) from None
        except Found as found:
            program = program.again(found)


def _read(program: Program, function: FunctionType, kinds, copied, checked):
    builder = Builder(function, program)
    made = builder.made
    args = {name: parameter(name, kind, made) for name, kind in kinds.items()}
    code = getattr(function, "py_func", function).__code__
    positional = code.co_argcount
    if code.co_flags & 0x04:  # *args: given as one tuple
        *first, rest = args.values()
        things = [*first, *rest]
    else:
        things = list(args.values())[:positional]
    refuse_shared(made, copied)
    things = [builder.copies(thing, copied) for thing in things]
    with program.reading(builder):
        if function in program.recursive:
            made.result = builder.invoke(function, things, {}, checked)
        elif isinstance(function, FunctionType):
            made.result = builder.inline(function, things, {}, checked)
        else:  # a derivative
            made.result = builder.called(builder, Static(function), things, {}, function.__name__)
    return made, args


def _refuse_lists(function, made: Function) -> None:
    """Compiled code that returns a list is slow, and lists of lists it cannot return."""
    if any(isinstance(t, Listed) for t in _tuples(made.result)):
        source = source_of(function)
        raise UnsupportedError(
            f"{source.name} returns a list; return a tuple or an array"
            + place(source.filename, source.line)
        )


def _tuples(thing):
    """The tuples in a thing."""
    if isinstance(thing, tuple):
        yield thing
        for item in thing:
            yield from _tuples(item)


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
