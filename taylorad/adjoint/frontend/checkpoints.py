"""Loops over `checkpoint`: their iterations in segments, each a function that is run again.

A segment takes all variables that its iterations read, and returns those that they assign.
Its adjoint starts from the same arguments: it needs nothing from the first run but these.
"""

from __future__ import annotations

import ast
import math
import operator
from dataclasses import dataclass, replace

from ...errors import UnsupportedError
from ..callees import Callee
from ..checkpoint import checkpoint
from ..exits import leave_flag
from ..ir import Value, constant
from ..kinds import FLOAT
from ..reading import assigned_in
from ..rules.arrays import COPY
from . import loops
from .builder import Builder, Frame, expression, parameter
from .calls import call_of
from .pairing import converted, invoked_as
from .things import Later, Missing, Static, described, like, parts

#: Variables of the text around a segment.
START, STEP, COUNT, EVERY, SEGMENT = "$start", "$step", "$count", "$every", "$segment"
#: Parameters of a segment besides the user's variables.
FIRST, LAST = "$first", "$last"


@dataclass
class Checkpointed(loops.Marked):
    """A range whose loop is reversed in segments."""

    range: loops.Range
    every: Value | None

    def run(self, b: Builder, node: ast.For) -> None:
        checkpointed_loop(b, node, self)


@call_of(checkpoint)
def _checkpoint(b, args, kwargs):
    given = dict(zip(("steps", "every"), args, strict=False)) | kwargs
    steps, every = given["steps"], given.get("every")
    if not isinstance(steps, loops.Range):
        raise UnsupportedError(f"ta.checkpoint takes a range, not {described(steps)}")
    by_default = every is None or (every.is_constant and every.const == 0)
    return Checkpointed(steps, None if by_default else every)


class _Expression(ast.expr):
    """An expression of this module's; ``names`` are the variables that it reads."""

    _fields = ("names",)

    def __init__(self, names, loop):
        super().__init__(names=[ast.Name(n, ast.Load()) for n in names])
        self.loop = loop
        ast.copy_location(self, loop)


class _Segment(_Expression):
    """The variables ``state`` after a segment, as a tuple."""

    def __init__(self, names, state, loop):
        super().__init__(names, loop)
        self.state = state


class _Steps(_Expression):
    """The range of a segment."""


class _Fresh(_Expression):
    """Variables as a tuple, of arrays copies."""


def checkpointed_loop(b: Builder, node: ast.For, over: Checkpointed) -> None:
    """A loop over segments in place of a loop over iterations."""
    if leave_flag(node):
        raise UnsupportedError(
            "a loop over ta.checkpoint cannot be left by break or return: its segments run "
            "again; let it run on without effect, or take ta.checkpoint away"
        )
    start, stop, step = over.range.bounds
    count = b.apply(max, loops.range_length(b, start, stop, step), constant(0))
    every = over.every
    if every is None:
        every = b.apply(int, b.apply(math.sqrt, b.convert(count, FLOAT)))
    every = b.apply(max, every, constant(1))
    whole = b.apply(operator.add, count, b.apply(operator.sub, every, constant(1)))
    segments = b.apply(operator.floordiv, whole, every)
    outer = {START: start, STEP: step, COUNT: count, EVERY: every}
    b.env.update(outer)

    names = _variables(b, node)
    targets = assigned_in([node.target])
    state = [n for n in assigned_in(node.body) if n in names and n not in targets]
    made: ast.stmt = ast.Expr(_Segment(names, state, node))
    if state:
        target = ast.Tuple([ast.Name(n, ast.Store()) for n in state], ast.Store())
        made = ast.Assign([target], made.value)
    loop = ast.For(ast.Name(SEGMENT, ast.Store()), ast.Constant(None), [made], [])
    loop = ast.fix_missing_locations(ast.copy_location(loop, node))
    bounds = [constant(0), segments, constant(1)]
    loops.run_loop(b, loop, bounds, "segment", lambda index: b.assign(SEGMENT, index))
    for name in (*outer, SEGMENT):
        b.env.pop(name, None)


def _variables(b: Builder, node: ast.For) -> list[str]:
    """The variables from before a loop that it reads or assigns."""
    found: dict[str, None] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in b.env:
            thing = b.env[inner.id]
            thing = thing.value() if isinstance(thing, Later) else thing
            if isinstance(thing, Missing):
                continue
            if not all(isinstance(p, Value | Static) for p in parts(thing)):
                raise UnsupportedError(
                    f"{inner.id} is {described(thing)}, which a loop over ta.checkpoint cannot "
                    "use: numbers, arrays and tuples of these can"
                )
            found[inner.id] = None
    return list(found)


@expression(_Segment)
def _segment(b: Builder, node: _Segment):
    k, every, count = b.lookup(SEGMENT), b.lookup(EVERY), b.lookup(COUNT)
    before = b.apply(operator.mul, k, every)
    after = b.apply(min, b.apply(operator.add, before, every), count)
    start, step = b.lookup(START), b.lookup(STEP)
    given = {
        name: b.apply(operator.add, start, b.apply(operator.mul, place, step))
        for name, place in ((FIRST, before), (LAST, after))
    }
    fixed = {STEP: step} if step.is_constant else {}
    given |= {} if fixed else {STEP: step}
    given |= {n.id: b.lookup(n.id) for n in node.names}
    source, loop = b.frame.source, node.loop
    inner = ast.For(loop.target, _Steps([], loop), loop.body, [])
    result = ast.copy_location(ast.Return(_Fresh(node.state, loop)), loop)
    body = [ast.copy_location(inner, loop), result]
    source = replace(source, body=body)
    python, checked = source.function, b.frame.checked

    def read(callee: Callee):
        reader = Builder(python, b.program)
        things = {n: parameter(n.lstrip("$"), _kinds(t), reader.made) for n, t in given.items()}
        with b.program.reading(reader):
            thing = reader.inside_frame(Frame(source, things | fixed, checked))
        known = callee.form is not None
        reader.made.result = converted(reader, thing, callee.form) if known else thing
        return reader.made

    key = python, loop.lineno, loop.col_offset, len(b.path)
    return invoked_as(b, key, f"{source.name}_steps", given, read, rerun=True)


def _kinds(thing):
    return like(thing, iter([p.kind if isinstance(p, Value) else p for p in parts(thing)]))


@expression(_Steps)
def _steps(b: Builder, node: _Steps):
    return loops.Range(b.lookup(FIRST), b.lookup(LAST), b.lookup(STEP))


@expression(_Fresh)
def _fresh(b: Builder, node: _Fresh):
    """Results are new: a variable may hold an argument, or part of one."""
    found = []
    for name in node.names:
        thing = b.lookup(name.id)
        items = [
            b.array(COPY, [p], p.kind.with_layout("C"))
            if isinstance(p, Value) and p.is_array
            else p
            for p in parts(thing)
        ]
        found.append(like(thing, iter(items)))
    return tuple(found)
