"""Loops: over ranges, arrays, tuples, `enumerate` and `zip`; and while a condition holds.

What a loop carries is found by reading its body: variables that it assigns, and that may be
read before, or are not assigned on every path.  Where a carried number turns out to be of a
wider kind, the body is read again.
"""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ...errors import UnsupportedError
from ..callees import Unresolved
from ..exits import RESULT, leave_flag, test_inside
from ..ir import Op, Region, Value, constant, walk
from ..kinds import BOOL, FLOAT, INT, join
from ..memory import writes
from ..reading import assigned_first, assigned_in, kept_from_earlier, reads
from . import arrays
from .builder import Builder, Undefined, differing, expression, statement
from .choosing import chosen_item
from .conditions import truth
from .statements import assign
from .things import Later, Listed, Missing, described, form, like, parts


class Range:
    """A range of integers: start, stop and step."""

    def __init__(self, start, stop, step):
        self.bounds = start, stop, step


class Sequence:
    """What a loop runs over: a length, and the item at an index."""

    def __init__(self, length, item):
        self.length, self.item = length, item


class Marked:
    """What a loop runs over in a way of its own: ``run(builder, node)`` reads the loop."""

    def run(self, b: Builder, node: ast.For) -> None:
        raise NotImplementedError


@statement(ast.For)
def for_loop(b: Builder, node):
    iterated = iterate(b, b.thing(node.iter), node.iter)
    if isinstance(iterated, Marked):
        iterated.run(b, node)
        return
    if isinstance(iterated, tuple):
        unrolled(b, node, iterated)
        return
    if isinstance(iterated, Range):
        bounds = iterated.bounds

        def start(index):
            assign(b, node.target, index)
    else:
        bounds = constant(0), iterated.length, constant(1)

        def start(index):
            assign(b, node.target, iterated.item(index))

    name = node.target.id if isinstance(node.target, ast.Name) else "i"
    name = name if isinstance(iterated, Range) and name != "_" else "k"
    run_loop(b, node, list(bounds), name, start)


def run_loop(b: Builder, node: ast.For, bounds: list[Value], name: str, start) -> None:
    """Read a loop over a range; ``start(index)`` binds its variables."""
    _Loop(b, node, bounds, name, start).build()


def unrolled(b: Builder, node, things, first=0) -> None:
    """A loop over a tuple, whose items may differ in kind: a text for each."""
    for k in range(first, len(things)):
        with b.within(k):
            assign(b, node.target, things[k])
            b.block(node.body)
        flag = leave_flag(node)
        if flag is None:
            continue
        left = truth(b, b.lookup(flag))
        if not left.is_constant:
            b.branch(left, lambda: None, lambda k=k: unrolled(b, node, things, k + 1))
            return
        if left.const:
            return


@statement(ast.While)
def while_loop(b: Builder, node):
    if assigned_in([node.test]):
        node = test_inside(node)
    try:
        _Loop(b, node, [], "", None).build()
    except _TestWrites:
        _Loop(b, test_inside(node), [], "", None).build()


class _TestWrites(Exception):
    """The test of a loop writes to memory, which is undone where the body is reversed."""


def iterate(b: Builder, thing, node):
    """A thing as what a loop runs over."""
    if isinstance(thing, Range | Sequence | Marked | tuple):
        return thing
    if isinstance(thing, Value) and thing.is_array:
        return Sequence(b.shape(thing, 0), lambda i: arrays.item(b, thing, [i]))
    raise UnsupportedError(
        f"a loop over {ast.unparse(node)}, {described(thing)}, cannot be reversed; loop over "
        "range, an array, a tuple, enumerate or zip"
    )


def range_of(b: Builder, args) -> Range:
    """``range`` of one to three integers."""
    if not 1 <= len(args) <= 3:
        raise UnsupportedError("range takes one to three integers")
    for a in args:
        if not isinstance(a, Value) or a.kind not in (INT, BOOL):
            raise UnsupportedError(f"range of {described(a)}; the bounds must be integers")
    if len(args) == 1:
        return Range(constant(0), args[0], constant(1))
    return Range(args[0], args[1], args[2] if len(args) > 2 else constant(1))


def sequence(b: Builder, thing, what: str) -> Sequence | tuple:
    """The operand of `enumerate` or `zip`."""
    if isinstance(thing, tuple | Sequence):
        return thing
    if isinstance(thing, Range):
        start, stop, step = thing.bounds
        length = range_length(b, start, stop, step)
        return Sequence(
            length, lambda i: b.apply(operator.add, start, b.apply(operator.mul, i, step))
        )
    if isinstance(thing, Value) and thing.is_array:
        return Sequence(b.shape(thing, 0), lambda i: arrays.item(b, thing, [i]))
    raise UnsupportedError(f"{what} of {described(thing)}; give arrays, tuples or ranges")


def range_length(b: Builder, start, stop, step) -> Value:
    """The number of items of a range."""
    if step.is_constant and step.const == 1:
        length = b.apply(operator.sub, stop, start)
        return length if _is_zero(start) else b.apply(max, length, constant(0))
    return b.apply(len, start, stop, step, attr="range", kind=INT)


def _is_zero(value: Value) -> bool:
    return value.is_constant and value.const == 0


def enumerated(b: Builder, things, start=None):
    """``enumerate(sequence, start)``."""
    over = sequence(b, things, "enumerate")
    first = start if start is not None else constant(0)
    if isinstance(over, tuple):
        return tuple(
            (b.apply(operator.add, first, constant(i)), item) for i, item in enumerate(over)
        )
    return Sequence(over.length, lambda i: (b.apply(operator.add, first, i), over.item(i)))


def zipped(b: Builder, things):
    """``zip(*sequences)``: as long as the shortest."""
    over = [sequence(b, t, "zip") for t in things]
    if all(isinstance(s, tuple) for s in over):
        return tuple(zip(*over, strict=False))
    beside = [_indexed(b, s) if isinstance(s, tuple) else s for s in over]
    length = beside[0].length
    for s in beside[1:]:
        length = b.apply(min, length, s.length)
    return Sequence(length, lambda i: tuple(s.item(i) for s in beside))


def _indexed(b: Builder, items: tuple) -> Sequence:
    """A tuple beside arrays: its items must be of one form."""
    return Sequence(constant(len(items)), lambda i: chosen_item(b, items, i))


def backwards(b: Builder, thing):
    """``reversed(...)`` of a range, a tuple or an array."""
    if isinstance(thing, tuple):
        return thing[::-1]
    if isinstance(thing, Range):
        start, stop, step = thing.bounds
        if step.is_constant and step.const == 1:
            one = constant(1)
            ends = b.apply(operator.sub, stop, one), b.apply(operator.sub, start, one)
            return Range(*ends, constant(-1))
        count = b.apply(operator.sub, range_length(b, start, stop, step), constant(1))
        last = b.apply(operator.add, start, b.apply(operator.mul, count, step))
        return Range(last, b.apply(operator.sub, start, step), b.apply(operator.neg, step))
    if isinstance(thing, Value) and thing.is_array:
        last = b.apply(operator.sub, b.shape(thing, 0), constant(1))
        return Sequence(
            b.shape(thing, 0), lambda i: arrays.item(b, thing, [b.apply(operator.sub, last, i)])
        )
    raise UnsupportedError("reversed takes a range, a tuple or an array; count downwards instead")


@dataclass
class _Known:
    """What reading a loop has shown, so that it is not found out again."""

    kinds: dict[str, list] = field(default_factory=dict)
    unset: dict[str, Any] = field(default_factory=dict)
    dropped: dict[str, Missing] = field(default_factory=dict)


def _unresolved():
    raise Unresolved


class _Loop:
    """One loop while it is read."""

    def __init__(self, b: Builder, node, bounds, index_name, start):
        self.b, self.node, self.bounds = b, node, bounds
        self.index_name, self.start = index_name, start
        self.is_for = bool(bounds)
        self.home = b.region
        self.targets = assigned_in([node.target]) if self.is_for else {}
        self.assigned = {**assigned_in(node.body), **self.targets}
        #: Carried variables: name, and the thing before the loop.
        self.before: dict[str, Any] = {}
        self.kinds: dict[str, list] = {}
        # a loop inside another is read again with the other: what was found then holds still
        self.known = b.loops.setdefault((node, b.path), _Known())
        self.dropped = self.known.dropped

    def build(self) -> None:
        b = self.b
        env = b.env
        for name in sorted(self.assigned):
            if name in env and not self._set_first(name):
                thing = env[name]
                thing = env[name] = thing.value() if isinstance(thing, Later) else thing
                if not isinstance(thing, Missing):
                    self._carry(name, thing)
        for name, thing in self.known.unset.items():
            if name not in self.before:
                self._carry_filler(name, thing)
        b.frame.loops.append(self)
        try:
            self._build()
        finally:
            b.frame.loops.remove(self)

    def _build(self) -> None:
        b = self.b
        env = b.env
        while True:
            op = Op("for" if self.is_for else "while", line=b.line)
            op.region = b.region
            outer = b.region
            inner = dict(env)
            try:
                self._read(op, inner)
                for name in self._kept():
                    if isinstance(inner.get(name), Later):
                        b.settled(name, inner)
            except Undefined as error:
                if not self.may_carry(error.name) or self._is_carried_around(error.name):
                    raise
                self._carry_unset(error)
                continue
            except Unresolved:  # as if there were no iteration
                b.program.abandoned = True
                env.update(dict.fromkeys(self.assigned.keys() - env.keys(), Later(_unresolved)))
                return
            finally:
                b.region, b.frame.env = outer, env
            if not self.is_for and any(map(writes, walk(op.regions[0]))):
                raise _TestWrites
            if self._settled(inner):
                break
        self._finish(op, env, inner)
        b.append(op)
        b.forget_memory()

    def _set_first(self, name) -> bool:
        """Whether each iteration assigns a variable before it can read it."""
        if name in self.targets:
            return True
        return self.is_for and name in assigned_first(self.node)

    def _carry(self, name, thing) -> None:
        self.before[name] = thing
        kinds = [p.kind if isinstance(p, Value) else None for p in parts(thing)]
        wider = self.known.kinds.get(name, [])
        if len(wider) == len(kinds):
            kinds = [join(a, b) or a for a, b in zip(kinds, wider, strict=True)]
        self.kinds[name] = kinds

    def may_carry(self, name: str) -> bool:
        """Whether a variable without a value may have that of an earlier iteration."""
        return name in self.assigned and name not in self.before

    def _is_carried_around(self, name: str) -> bool:
        """Whether a loop around this one must carry a variable first."""
        loops = self.b.frame.loops
        return any(loop.may_carry(name) for loop in loops[: loops.index(self)])

    def _kept(self) -> list[str]:
        """Variables without a value that are read behind the loop, and not set by all iterations.

        What is returned is set where the loop is left, and set once.
        """
        inside, everywhere = reads(self.node), reads(tuple(self.b.frame.source.body))
        return [
            name
            for name in kept_from_earlier(self.node)
            if everywhere[name] > inside[name] and self.may_carry(name) and name != RESULT
        ]

    def _carry_unset(self, error: Undefined) -> None:
        """A variable that has no value before the loop, but may be read by an iteration."""
        if error.thing is not None:
            self._carry_filler(error.name, error.thing)
        else:
            self._carry(error.name, constant(False))

    def _read(self, op: Op, inner) -> None:
        b, node = self.b, self.node
        body = Region(op.region, op)
        if not self.is_for:
            test = Region(body, op)
            op.regions.append(test)
        op.regions.append(body)
        if self.is_for:
            index = body.param(INT, self.index_name, "index")
            b.bounded(index, *self.bounds)
        self.params = {}
        for name, thing in self.before.items():
            if name in self.dropped:
                inner[name] = self.dropped[name]
                continue
            items = []
            kinds = iter(self.kinds[name])
            for item, kind in zip(parts(thing), kinds, strict=True):
                if isinstance(item, Value):
                    items.append(body.param(kind, name.lstrip("$")))
                else:
                    items.append(item)
            inner[name] = self.params[name] = like(thing, iter(items))
        b.frame.env = inner
        if not self.is_for:
            b.region = test
            test.yields = [truth(b, b.thing(node.test))]
        b.region = body
        if self.is_for:
            self.start(index)
        b.block(node.body)
        flag = leave_flag(node)
        if flag is not None:
            leave = truth(b, b.lookup(flag))
            body.leave = None if leave.is_constant and not leave.const else leave
        self.after = {name: self._end(inner, name) for name in self.params}

    @staticmethod
    def _end(inner, name):
        thing = inner[name]
        return thing.value() if isinstance(thing, Later) else thing

    def _settled(self, inner) -> bool:
        """Whether what is yielded fits the parameters; else they are widened."""
        fits = True
        for name, param in self.params.items():
            thing = self.after[name]
            unset = form(self.before[name]) == "value" and self.kinds[name] == [BOOL]
            if isinstance(thing, Missing):
                self.dropped[name] = thing
                fits = False
                continue
            if form(thing) != form(param):
                if unset and self._is_unset(name):
                    self._carry_filler(name, thing)
                else:
                    self._drop(name, param, thing)
                fits = False
                continue
            for i, (p, y) in enumerate(zip(parts(param), parts(thing), strict=True)):
                if not isinstance(p, Value):
                    continue
                kind = join(p.kind, y.kind)
                if kind is None and unset and self._is_unset(name):
                    self._carry_filler(name, thing)
                    fits = False
                elif kind is None:
                    self._drop(name, p, y)
                    fits = False
                elif kind != p.kind:
                    self.kinds[name][i] = kind
                    fits = False
        self.known.kinds.update(self.kinds)
        return fits

    def _drop(self, name, before, after) -> None:
        if name.startswith("$"):
            self.dropped[name] = differing(name, before, after)
            return
        self.dropped[name] = Missing(
            f"the variable {name!r} is {described(before)} before an iteration and "
            f"{described(after)} after it; give it one type, such as by starting it as zeros of "
            "the shape that it has later"
        )

    def _is_unset(self, name) -> bool:
        thing = self.before[name]
        return name not in self.b.env and isinstance(thing, Value) and thing.is_constant

    def _carry_filler(self, name, thing) -> None:
        """Start a variable that has no value before the loop as a filler of its form."""
        self.known.unset[name] = thing
        self._carry(name, self.b.undefined(thing, self.home))

    def _finish(self, op: Op, env, inner) -> None:
        op.args = list(self.bounds)
        for name, param in self.params.items():
            items = []
            for before, p, y in zip(
                parts(self.before[name]), parts(param), parts(self.after[name]), strict=True
            ):
                if not isinstance(p, Value):
                    items.append(p)
                    continue
                op.args.append(self.b.convert(before, p.kind))
                op.body.yields.append(y)
                items.append(op.out(p.kind, p.name))
            env[name] = like(param, iter(items))
        env.update(self.dropped)
        for name in sorted(self.assigned):
            if name in inner and name not in self.params and name not in self.dropped:
                last, before = inner[name], env.get(name)
                env[name] = Later(partial(self._last, op, name, last, before), last, before)

    def _last(self, op: Op, name, last, before):
        """A variable after the loop that no iteration reads from the one before."""
        last, before = (x.value() if isinstance(x, Later) else x for x in (last, before))
        if isinstance(last, Missing):
            return last
        if before is None or isinstance(before, Missing):
            olds = [None for _ in parts(last)]
        elif form(before) == form(last):
            olds = list(parts(before))
        else:
            return differing(name, before, last)
        items = []
        for y, old in zip(parts(last), olds, strict=True):
            if not isinstance(y, Value):
                items.append(y)
                continue
            kind = y.kind if old is None else join(y.kind, old.kind)
            if kind is None:
                return differing(name, old, y)
            old = old or self._filler(op, y)
            op.args.append(constant(float(old.const)) if kind == FLOAT and old.is_constant else old)
            op.body.param(kind, name.lstrip("$"))
            op.body.yields.append(y)
            items.append(op.out(kind, name.lstrip("$")))
        return like(last, iter(items))

    def _filler(self, op: Op, value: Value) -> Value:
        filler = self.b.undefined(value, op.region)
        if filler.is_array:  # made at the end of the region: it must come before the loop
            made = op.region.ops.pop()
            op.region.ops.insert(op.region.ops.index(op), made)
        return filler


@expression(ast.ListComp, ast.GeneratorExp)
def comprehension(b: Builder, node):
    """A comprehension over tuples; over ranges and arrays it would be a list of any length."""
    items: list = []
    outer = dict(b.env)

    def collect(generators):
        if not generators:
            items.append(b.thing(node.elt))
            return
        first, *rest = generators
        over = iterate(b, b.thing(first.iter), first.iter)
        if not isinstance(over, tuple):
            raise UnsupportedError(
                f"{ast.unparse(node)} makes a list; allocate an array and fill it in a loop"
            )
        for k, thing in enumerate(over):
            assign(b, first.target, thing)
            tests = [truth(b, b.thing(test)) for test in first.ifs]
            if not all(t.is_constant for t in tests):
                raise UnsupportedError("the length of a list must be known to the compiler")
            if all(t.const for t in tests):
                with b.within(k):
                    collect(rest)

    collect(node.generators)
    for generator in node.generators:  # their variables are not seen outside
        for name in assigned_in([generator.target]):
            b.env.pop(name, None)
            b.env.update({name: outer[name]} if name in outer else {})
    return Listed(items)
