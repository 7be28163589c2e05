"""Functions that are not inlined, as their callers see them, and the program of all of them.

A function is read for the kinds of its arguments.  What a recursive one returns is found by
reading it again until nothing changes; at first only the paths that do not recurse count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any

from ..errors import UnsupportedError
from .activity import Activity, is_float
from .ir import RESERVED, Function, Op, Value, leaves, walk
from .kinds import BOOL, FLOAT, INT, Named, OpaqueKind, is_array, join
from .memory import Memory, read
from .rebinding import refuse_drawing, refuse_lost_sharing
from .source import place

#: Operations of a function from which on it is read once, not at each of several calls.
LARGE = 400


#: Names of what values are kept on: stacks of numbers, lists of arrays and of buffers.
KEPT = ("kept", "kept_ints", "kept_flags", "kept_arrays", "kept_buffers")


class Unresolved(Exception):
    """What a recursive call returns is not known yet: its path is left out of this reading."""


def endless(python: FunctionType) -> UnsupportedError:
    """The refusal of a recursion that has no end."""
    code = python.__code__
    return UnsupportedError(
        f"{python.__name__} calls itself on every path; let one return without a call"
        + place(code.co_filename, code.co_firstlineno)
    )


class Found(Exception):
    """A function is recursive, large, or must be inlined: the text is to be read anew."""

    def __init__(self, python: FunctionType, what: str):
        self.python, self.what = python, what


@dataclass(frozen=True)
class Passed:
    """A result that is the argument of this number itself."""

    index: int


@dataclass(frozen=True)
class Pattern:
    """What is wanted of a pair: arguments and results with adjoints, by number."""

    active: tuple[int, ...]
    results: tuple[int, ...]
    #: Whether the reverse half puts back what the forward half overwrites.
    restores: bool


class Visit:
    """One call of a forward half, and of the reverse half that answers to it."""

    def __repr__(self):
        return "visit"


class Callee:
    """A function for arguments of given kinds."""

    #: What the text passes to it besides its arguments.
    further: tuple[str, ...] = ()

    def __init__(self, program: Program, python: FunctionType, name: str, read: Callable):
        self.program, self.python, self.name, self._read = program, python, name, read
        #: The form of the result: a kind, `Passed`, a static object, or tuples of these.
        self.form: Any = None
        self.function: Function  # as it was last read
        #: Pairs of argument and target, by number; behind the results come the arguments.
        self.flows: set[tuple[int, int]] = set()
        #: The arrays among the parameters that it writes to.
        self.written: set[int] = set()
        #: Those whose content it may read.
        self.contents: set[int] = set()
        self.shared = self.has_effects = self.is_reading = False
        #: Whether its forward half takes shadows, of which it carries or chooses some.
        self.mirrors = False
        #: Whether its adjoint runs it once more, instead of what the first run has kept.
        self.rerun = False
        #: A call in it of a function of which nothing is known, or None.
        self.draws: Op | None = None
        #: Of its arrays those that it is given for variables which it assigns.
        self.rebound: tuple[int, ...] = ()

    def __repr__(self):
        return self.name

    def read(self) -> Function:
        """The representation, made anew."""
        made = self._read(self)
        made.shared = self.shared
        return made

    def resolve(self) -> bool:
        """Read it once more; whether more is known of its result than before."""
        if self.is_reading:
            return False
        self.is_reading = True
        try:
            self.function = self.read()
        except Unresolved:
            return False
        finally:
            self.is_reading = False
        form = self._joined(self.form, _form(self.function.result, self.function.params))
        changed, self.form = form != self.form, form
        return changed

    def _joined(self, a, b):
        if a is None or a == b:
            return b
        if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
            return _like(b, [self._joined(x, y) for x, y in zip(a, b, strict=True)])
        kinds = [self.function.params[x.index].kind if isinstance(x, Passed) else x for x in (a, b)]
        known = all(isinstance(k, str | OpaqueKind) or is_array(k) for k in kinds)
        kind = join(*kinds) if known else None
        if kind is None:
            raise UnsupportedError(
                f"{self.python.__name__} returns results of different forms; give it one"
                + self.place
            )
        return kind

    def results(self, function: Function) -> list[Value]:
        """What a call defines, in its order."""
        found = zip(leaves(self.form), leaves(function.result), strict=True)
        return [value for form, value in found if is_kind(form)]

    def writes(self, op: Op) -> list[Value]:
        """The arrays that a call writes to."""
        return [op.args[i] for i in sorted(self.written)]

    # -- summaries -----------------------------------------------------------------------

    def summarise(self) -> bool:
        """Take in what calls in it do; whether more is known than before."""
        function, before = self.function, self._known()
        function.shared = self.shared
        memory, params = Memory(function), function.params
        results = self.results(function)
        self._check_results(memory, results)
        if not self.rerun:
            self._check_kinds(memory)
        self.written = {
            i for i, p in enumerate(params) if p.is_array and memory.of(p) & memory.written
        }
        contents = {r for op in memory.ops for a in _reads(op) for r in memory.of(a)}
        self.contents = {i for i, p in enumerate(params) if p.is_array and memory.of(p) & contents}
        for op in memory.ops:
            kept = op.kind == "invoke" and op.fn.has_effects
            self.has_effects |= kept or op.kind in ("effect", "check", "call")
            chooses = (op.is_loop or op.kind == "if") and any(v.is_array for v in op.outs)
            self.mirrors |= chooses or (op.kind == "invoke" and op.fn.mirrors)
            self.draws = self.draws or (op if op.kind == "call" else _draws(op))
        for i, param in enumerate(params):
            if is_float(param):
                activity = Activity(function, memory, [param])
                targets = [*results, *(p if p.is_array else None for p in params)]
                self.flows |= {
                    (i, k) for k, to in enumerate(targets) if to is not None and activity.varied(to)
                }
        return before != self._known()

    def _known(self) -> tuple:
        flags = self.has_effects, self.mirrors, self.draws is None
        return len(self.flows), len(self.written), len(self.contents), *flags

    def _check_kinds(self, memory: Memory) -> None:
        """Frames hold floats, integers, bools and arrays of these."""
        for value in (v for op in memory.ops for v in op.outs):
            kind = value.kind.dtype if is_array(value.kind) else value.kind
            if kind not in (FLOAT, INT, BOOL):
                self._refuse(f"computes with {kind} values; use numbers and arrays of floats")

    def _refuse(self, message: str) -> None:
        """Refuse a function that calls itself, and inline another one."""
        if self.python not in self.program.recursive:
            raise Found(self.python, "inlined")
        raise UnsupportedError(f"{self.python.__name__} calls itself and {message}" + self.place)

    @property
    def place(self) -> str:
        """Where it is defined, for messages."""
        code = self.python.__code__
        return place(code.co_filename, code.co_firstlineno)

    def _check_results(self, memory: Memory, results: list[Value]) -> None:
        """Arrays that are returned must be new, each with memory of its own."""
        seen: set[Value] = set()
        for value in results:
            if value.is_array:
                roots = memory.values(value)
                if seen & roots or any(r.role in ("param", "global") for r in roots):
                    self._refuse(
                        "returns an array that may be one of its arguments, or part of one; "
                        "return a copy of it"
                    )
                seen |= roots


def _form(thing, params):
    """The form of a result."""
    if isinstance(thing, tuple):
        return _like(thing, [_form(item, params) for item in thing])
    if not isinstance(thing, Value):
        return thing
    if thing.role == "param" and thing in params:
        return Passed(params.index(thing))
    return thing.kind


def _like(thing: tuple, items) -> tuple:
    """A tuple of the type of another one."""
    return Named.of(thing.type, items) if isinstance(thing, Named) else type(thing)(items)


def _draws(op: Op) -> Op | None:
    return op.fn.draws if op.kind == "invoke" else None


def _reads(op: Op) -> Iterable[Value]:
    """The arrays whose content an operation may read."""
    return [op.args[i] for i in op.fn.contents] if op.kind == "invoke" else read(op)


def is_kind(form) -> bool:
    """Whether part of a result's form stands for a value that a call defines."""
    return isinstance(form, str | OpaqueKind) or is_array(form)


class Program:
    """The functions of one text that are not inlined."""

    def __init__(self, recursive=(), large=(), inlined=(), shares=True):
        #: Functions that call themselves; that are large; that must be inlined all the same.
        self.recursive, self.large = set(recursive), set(large)
        self.inlined = set(inlined)
        #: Whether equal operations are one.
        self.shares = shares
        self.scope: dict[str, Any] = {}
        self.callees: dict[Any, Callee] = {}
        self.pairs: dict[Any, Any] = {}
        #: What the functions are read in, outermost first.
        self.builders: list[Any] = []
        #: Whether a reading left out a path.
        self.abandoned = False
        #: Operations of the functions that were inlined, and where they were.
        self.sizes: dict[FunctionType, int] = {}
        self.sites: dict[FunctionType, set] = {}
        #: Stacks and lists that the halves of pairs keep values on: text to make them, by name.
        self.kept: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def again(self, found: Found) -> Program:
        """A program that takes in what was found."""
        made = Program(self.recursive, self.large, self.inlined, self.shares)
        getattr(made, found.what).add(found.python)
        made.large -= made.inlined
        return made

    @contextmanager
    def reading(self, builder):
        """While ``builder`` reads a function."""
        self.builders.append(builder)
        try:
            yield
        finally:
            self.builders.remove(builder)

    def settle(self, function: Function) -> bool:
        """Read until it is known what each function returns and does; whether it was before."""
        known = True
        while True:
            self.abandoned = False
            count = len(self.callees)
            changed = [callee.resolve() for callee in list(self.callees.values())]
            if not any(changed) and count == len(self.callees):
                break
            known = False
        for callee in self.callees.values():
            if callee.form is None or self.abandoned:
                raise endless(callee.python)
        callees = self.callees.values()
        while any([callee.summarise() for callee in callees]) or any(
            [self._find_shared(f) for f in (function, *(c.function for c in callees))]
        ):
            pass
        refuse_lost_sharing(function, False)
        for callee in callees:
            refuse_lost_sharing(callee.function, True)
            if callee.rerun and callee.draws is not None:
                refuse_drawing(callee.draws)
        return known

    def _find_shared(self, function: Function) -> bool:
        """Find functions that are given the same memory twice and write to it."""
        memory = Memory(function)
        found = False
        for op in walk(function.root):
            if op.kind != "invoke" or op.fn.shared:
                continue
            for i in op.fn.written:
                others = [a for k, a in enumerate(op.args) if k != i and a.is_array]
                if any(memory.values(op.args[i]) & memory.values(a) for a in others):
                    op.fn.shared = found = True
        return found

    def reserve(self, hint: str) -> str:
        """A name for all functions of the text."""
        locals_ = {n for c in self.callees.values() for n in c.python.__code__.co_varnames}
        locals_ |= {n for b in self.builders for f in b.frames for n in f.env}
        base = hint if hint.isidentifier() else "function"
        name, n = base, 0
        while name in self.scope or name in locals_ or name in RESERVED:
            n += 1
            name = f"{base}_{n}"
        self.scope[name] = name
        return name

    def keep(self, hint: str, text: str) -> str:
        """The name of the stack or list that this text makes."""
        for name, known in self.kept.items():
            if known == text and name.startswith(hint):
                return name
        name = self._names[hint] if self._names[hint] not in self.kept else self.reserve(hint)
        self.kept[name] = text
        return name

    def pair(self, callee: Callee, pattern):
        """The pair of a function for what is wanted of it."""
        from .pairs import Pair, Rerun

        if not self._names:  # before any function names its own buffers
            self._names = {hint: self.reserve(hint) for hint in KEPT}
        if (callee, pattern) not in self.pairs:
            kind = Rerun if callee.rerun else Pair
            self.pairs[callee, pattern] = kind(callee, pattern)
        return self.pairs[callee, pattern]
