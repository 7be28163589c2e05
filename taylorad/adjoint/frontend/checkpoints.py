"""Loops over `checkpoint`: their iterations in segments, each a function that is run again.

A segment takes the variables that its iterations read; it returns the numbers among those
that they assign, and writes arrays that they bind anew back into the ones that it was given.
Its adjoint starts from the same arguments: it needs nothing from the first run but these.
"""

from __future__ import annotations

import ast
import math
import operator
from dataclasses import dataclass

from ...errors import ShapeError, UnsupportedError
from ..callees import Callee
from ..checkpoint import checkpoint
from ..exits import leave_flag
from ..ir import Op, Value, constant
from ..kinds import BOOL, FLOAT, INT
from ..operations import SELECT
from ..reading import assigned_first, assigned_in
from ..rebinding import STATE
from ..rules.arrays import COPY
from ..shapes import have_same_shape
from . import loops
from .builder import Builder, Frame, parameter, statement
from .calls import call_of
from .pairing import converted, invoked_as
from .statements import assign
from .things import Later, Missing, Static, described, form, like, parts


@dataclass
class Checkpoint(loops.Marked):
    """A range whose loop is reversed in segments."""

    range: loops.Range
    every: Value

    def run(self, b: Builder, node: ast.For) -> None:
        _Loop(b, node, self).build()


@call_of(checkpoint)
def _checkpoint(b, args, kwargs):
    given = dict(zip(("steps", "every"), args, strict=False)) | kwargs
    steps, every = given["steps"], given.get("every", constant(0))
    if not isinstance(steps, loops.Range):
        raise UnsupportedError(f"ta.checkpoint takes a range, not {described(steps)}")
    if not isinstance(every, Value) or every.kind not in (INT, BOOL):
        raise UnsupportedError(
            f"ta.checkpoint(..., every) takes an integer, not {described(every)}"
        )
    return Checkpoint(steps, every)


class _Made(ast.stmt):
    """A statement of this module's: ``read(builder)``; it assigns the variables ``names``."""

    _fields = ("names",)

    def __init__(self, names, read, at):
        super().__init__(names=[ast.Name(n, ast.Store()) for n in names])
        self.read = read
        ast.copy_location(self, at)


@statement(_Made)
def _made(b: Builder, node: _Made) -> None:
    node.read(b)


class _Iterations(loops._Loop):
    """The loop in a segment: its variables are those that the segment is given."""

    def _kept(self):
        return []

    def _carry_unset(self, error):
        raise UnsupportedError(
            f"{error.name!r} may hold here what an earlier iteration of a loop over ta.checkpoint "
            "has assigned; give it a value before the loop"
        )


class _Loop:
    """A loop over segments in place of a loop over iterations."""

    def __init__(self, b: Builder, node: ast.For, over: Checkpoint):
        if leave_flag(node):
            raise UnsupportedError(
                "a loop over ta.checkpoint cannot be left by break or return: its segments run "
                "again; let it run on without effect, or take ta.checkpoint away"
            )
        self.b, self.node, self.over = b, node, over
        self.targets = assigned_in([node.target])
        self.assigned = assigned_in(node.body)
        bound = {n.target: n for n in _walk(node.body) if isinstance(n, ast.AugAssign)}
        names = [n for n in _walk(node.body) if isinstance(n, ast.Name)]
        self.rebound = {n.id for n in names if isinstance(n.ctx, ast.Store) and n not in bound}
        self.read = dict.fromkeys(n.id for n in names)

    # -- variables ---------------------------------------------------------------------

    def _sort(self) -> None:
        """What the segments are given, and which of it they change."""
        b = self.b
        #: Variables that a segment changes, numbers and arrays that it takes, and what is fixed.
        self.state: dict = {}
        self.given: dict = {}
        self.fixed: dict = {}
        local = assigned_first(self.node)
        for name in self.read:
            thing = _visible(b.frame, name)
            if thing is None or name in local or name in self.targets:
                continue
            if isinstance(thing, Missing):
                self.fixed[name] = thing
                continue
            if not all(isinstance(p, Value | Static) for p in parts(thing)):
                raise UnsupportedError(
                    f"{name} is {described(thing)}, which a loop over ta.checkpoint cannot "
                    "use: numbers, arrays and tuples of these can"
                )
            is_array = isinstance(thing, Value) and thing.is_array
            if name in self.rebound or (name in self.assigned and not is_array):
                self.state[name] = thing
            elif all(isinstance(p, Static) or p.is_constant for p in parts(thing)):
                self.fixed[name] = thing
            else:
                self.given[name] = thing

    def build(self) -> None:
        b, node = self.b, self.node
        start, stop, step = self.over.range.bounds
        count = b.apply(max, loops.range_length(b, start, stop, step), constant(0))
        every = self._every(count)
        whole = b.apply(operator.add, count, b.apply(operator.sub, every, constant(1)))
        segments = b.apply(operator.floordiv, whole, every)
        self._sort()
        self.bounds = start, step, count, every
        numbers = self._unpack()
        inner = _Made(numbers, self._segment, node)
        loop = ast.For(ast.Name("$segment", ast.Store()), ast.Constant(None), [inner], [])
        loop = ast.fix_missing_locations(ast.copy_location(loop, node))
        limits = [constant(0), segments, constant(1)]
        loops.run_loop(b, loop, limits, "segment", lambda index: b.assign("$segment", index))
        self._pack(numbers)
        self._forget(start, step, count)

    def _every(self, count: Value) -> Value:
        """The number of iterations of a segment."""
        b, every = self.b, self.over.every
        if every.is_constant and every.const > 0:
            return b.apply(int, every) if every.kind == BOOL else every
        default = b.apply(int, b.apply(math.sqrt, b.convert(count, FLOAT)))
        default = b.apply(max, default, constant(1))
        if every.is_constant:
            return default
        return b.apply(SELECT, b.apply(operator.gt, every, constant(0)), every, default)

    def _unpack(self) -> list[str]:
        """Give every number of the state a variable, and every array memory of its own."""
        b = self.b
        self.flat: dict[str, list] = {}
        names = []
        for name, thing in self.state.items():
            items: list = []
            self.flat[name] = items
            for k, part in enumerate(parts(thing)):
                if isinstance(part, Value) and part.is_array:
                    kind = part.kind.with_layout("C")
                    items.append(b.array(COPY, [part], kind, part.name or name))
                elif isinstance(part, Value):
                    carrier = name if isinstance(thing, Value) else f"${name}_{k}"
                    b.env[carrier] = part
                    names.append(carrier)
                    items.append(carrier)
                else:
                    items.append(part)
        return names

    def _things(self, of_number) -> dict:
        """The state as things; its numbers by ``of_number``."""
        return {
            name: like(
                self.state[name],
                iter([of_number(i) if isinstance(i, str) else i for i in items]),
            )
            for name, items in self.flat.items()
        }

    def _pack(self, numbers) -> None:
        env = self.b.env
        for name, thing in self._things(self.b.lookup).items():
            env[name] = thing
        for name in numbers:
            if name.startswith("$"):
                env.pop(name)

    def _forget(self, start: Value, step: Value, count: Value) -> None:
        """Variables behind the loop that it does not carry."""
        b, env = self.b, self.b.env
        env.pop("$segment", None)
        for name in self.assigned:
            if name.startswith("$"):
                env.pop(name, None)
            elif name not in self.state and (name in self.rebound or name not in env):
                env[name] = Missing(
                    f"{name!r} is assigned in a loop over ta.checkpoint, and does not outlive an "
                    "iteration unless one reads what it was before; store it in an array"
                )
        target = self.node.target
        if not isinstance(target, ast.Name) or target.id in self.assigned:
            return
        last = b.apply(operator.mul, b.apply(operator.sub, count, constant(1)), step)
        last = b.apply(operator.add, start, last)
        before = _visible(b.frame, target.id)
        if isinstance(before, Value) and before.kind == INT:
            last = b.apply(SELECT, b.apply(operator.gt, count, constant(0)), last, before)
        env[target.id] = last

    # -- segments ----------------------------------------------------------------------

    def _segment(self, b: Builder) -> None:
        """One segment: a call of the function of all of them."""
        start, step, count, every = self.bounds
        before = b.apply(operator.mul, b.lookup("$segment"), every)
        after = b.apply(min, b.apply(operator.add, before, every), count)
        ends = {
            name: b.apply(operator.add, start, b.apply(operator.mul, place, step))
            for name, place in (("$first", before), ("$last", after))
        }
        fixed = {"$step": step} if step.is_constant else {}
        given = ends | ({} if fixed else {"$step": step})
        given |= self.given | self._things(b.lookup)
        fixed |= self.fixed
        source, node, checked = b.frame.source, self.node, b.frame.checked
        path = b.path

        def read(callee: Callee):
            reader = Builder(source.function, b.program)
            things = {n: parameter(n.lstrip("$"), _kinds(t), reader.made) for n, t in given.items()}
            _name_apart(reader.made.params)
            reader.frames.append(Frame(source, things | fixed, checked))
            reader.path = path
            with b.program.reading(reader), reader.at(node):
                result = self._read(reader, callee)
            reader.made.result = (
                converted(reader, result, callee.form) if callee.form is not None else result
            )
            return reader.made

        known = tuple((n, repr(t), _identity(t)) for n, t in fixed.items())
        place = source.function, node.lineno, node.col_offset, checked, known
        result = invoked_as(b, place, f"{source.name}_steps", given, read, rerun=True)
        carriers = [i for items in self.flat.values() for i in items if isinstance(i, str)]
        for name, value in zip(carriers, result, strict=True):
            b.assign(name, value)

    def _read(self, b: Builder, callee: Callee):
        """Read a segment: its iterations, and what it makes of its arrays; the numbers."""
        node = self.node
        before = {name: b.env[name] for name in self.state}
        bounds = [b.lookup("$first"), b.lookup("$last"), b.lookup("$step")]
        name = node.target.id if isinstance(node.target, ast.Name) else "i"
        _Iterations(b, node, bounds, name, lambda index: assign(b, node.target, index)).build()
        numbers, arrays = [], []
        for name, old in before.items():
            new = b.lookup(name)
            if form(new) != form(old):
                raise UnsupportedError(_changes(name, old, new))
            for x, y in zip(parts(old), parts(new), strict=True):
                if isinstance(x, Value) and x.is_array:
                    arrays.append((name, x, y))
                elif isinstance(x, Value):
                    if y.is_array:
                        raise UnsupportedError(_changes(name, old, new))
                    numbers.append(y)
        callee.rebound = tuple(b.made.params.index(x) for _, x, _ in arrays)
        _write_back(b, [a for a in arrays if a[1] is not a[2]])
        return tuple(numbers)


def _write_back(b: Builder, arrays) -> None:
    """Store what array variables hold in the arrays that the segment was given for them."""
    copies = []
    for name, x, y in arrays:
        if not y.is_array or (y.kind.ndim, y.kind.dtype) != (x.kind.ndim, x.kind.dtype):
            raise UnsupportedError(_changes(name, x, y))
        if not have_same_shape(x, y):
            _check_shape(b, name, x, y)
        copies.append(b.array(COPY, [y], y.kind.with_layout("C"), name))
    for (_, x, _), copy in zip(arrays, copies, strict=True):
        b.append(Op("array_store", [x, copy], fn=STATE))
    b.forget_memory()


def _check_shape(b: Builder, name: str, x: Value, y: Value) -> None:
    label = b.made.known("ShapeError", ShapeError)
    message = f"{name} changes its shape in a loop over ta.checkpoint; take ta.checkpoint away"

    def refuse():
        b.append(Op("effect", [], f"raise {label}({message!r})"))

    for axis in range(x.kind.ndim):
        differ = b.apply(operator.ne, b.shape(x, axis), b.shape(y, axis))
        b.branch(differ, refuse, lambda: None)


def _changes(name: str, old, new) -> str:
    return (
        f"{name!r} is {described(old)} before an iteration of a loop over ta.checkpoint and "
        f"{described(new)} after it; give it one type"
    )


def _visible(frame: Frame | None, name: str):
    """What a variable of a function, or of those around it, stands for; None for no variable."""
    while frame is not None:
        if name in frame.env:
            thing = frame.env[name]
            return thing.value() if isinstance(thing, Later) else thing
        if name in frame.source.local:
            return None
        frame = frame.outer
    return None


def _walk(nodes):
    return (inner for node in nodes for inner in ast.walk(node))


def _kinds(thing):
    return like(thing, iter([p.kind if isinstance(p, Value) else p for p in parts(thing)]))


def _identity(thing):
    """What tells fixed things apart."""
    return tuple(id(p.object) for p in parts(thing) if isinstance(p, Static))


def _name_apart(params: list[Value]) -> None:
    """Give parameters names of their own: a part of a tuple may be called as a variable."""
    taken: set[str] = set()
    for p in params:
        while p.name in taken:
            p.name += "_"
        taken.add(p.name)
