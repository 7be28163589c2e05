"""Loops: over ranges, arrays, tuples, `enumerate` and `zip`; and while a condition holds.

What a loop carries is found by reading its body: variables that it assigns, and that may be
read before, or are not assigned on every path.  Where a carried number turns out to be of a
wider kind, the body is read again.
"""

from __future__ import annotations

import ast
import operator
from typing import Any

from ...errors import UnsupportedError
from ..exits import leave_flag
from ..ir import Op, Region, Value, constant
from ..kinds import BOOL, FLOAT, INT, join
from . import arrays
from .builder import Builder, Undefined, expression, statement
from .conditions import truth
from .statements import assign
from .things import Later, Missing, Static, described, form, like, parts

RANGES = {range}


class Range:
    """A range of integers: start, stop and step."""

    def __init__(self, start, stop, step):
        self.bounds = start, stop, step


class Sequence:
    """What a loop runs over: a length, and the item at an index."""

    def __init__(self, length, item):
        self.length, self.item = length, item


@statement(ast.For)
def for_loop(b: Builder, node):
    iterated = iterate(b, b.thing(node.iter), node.iter)
    if isinstance(iterated, tuple):
        for thing in iterated:
            if leave_flag(node):
                raise UnsupportedError("break and continue in a loop over a tuple; use an array")
            assign(b, node.target, thing)
            b.block(node.body)
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
    name = name if isinstance(iterated, Range) else "k"
    _Loop(b, node, list(bounds), name, start).build()


@statement(ast.While)
def while_loop(b: Builder, node):
    _Loop(b, node, [], "", None).build()


def iterate(b: Builder, thing, node):
    """A thing as what a loop runs over."""
    if isinstance(thing, Range | Sequence | tuple):
        return thing
    if isinstance(thing, Value) and thing.is_array:
        return Sequence(b.shape(thing, 0), lambda i: arrays.item(b, thing, [i]))
    raise UnsupportedError(
        f"a loop over {ast.unparse(node)} cannot be reversed; loop over range, an array, a "
        "tuple, enumerate or zip"
    )


def range_of(b: Builder, args) -> Range:
    """``range`` of one to three integers."""
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
    if any(isinstance(s, tuple) for s in over):
        raise UnsupportedError("zip of a tuple with an array; index the tuple instead")
    length = over[0].length
    for s in over[1:]:
        length = b.apply(min, length, s.length)
    return Sequence(length, lambda i: tuple(s.item(i) for s in over))


class _Loop:
    """One loop while it is read."""

    def __init__(self, b: Builder, node, bounds, index_name, start):
        self.b, self.node, self.bounds = b, node, bounds
        self.index_name, self.start = index_name, start
        self.is_for = bool(bounds)
        self.targets = _assigned([node.target]) if self.is_for else set()
        self.assigned = _assigned(node.body) | self.targets
        if not self.is_for:
            self.assigned |= _assigned([node.test])
        #: Carried variables: name, and the thing before the loop.
        self.before: dict[str, Any] = {}
        self.kinds: dict[str, list] = {}
        self.dropped: set[str] = set()

    def build(self) -> None:
        b = self.b
        env = b.env
        for name in self.assigned:
            if name in env and not self._set_first(name):
                thing = env[name]
                thing = env[name] = thing.value() if isinstance(thing, Later) else thing
                if not isinstance(thing, Missing):
                    self._carry(name, thing)
        while True:
            op = Op("for" if self.is_for else "while", line=b.line)
            op.region = b.region
            outer = b.region
            inner = dict(env)
            try:
                self._read(op, inner)
            except Undefined as error:
                if error.name not in self.assigned or error.name in self.before:
                    raise
                self._carry_unset(error)
                continue
            finally:
                b.region, b.frame.env = outer, env
            if self._settled(inner):
                break
        self._finish(op, env, inner)
        b.append(op)
        b.forget_memory()

    def _set_first(self, name) -> bool:
        """Whether each iteration assigns a variable before it can read it."""
        if name in self.targets:
            return True
        return self.is_for and _overwritten(self.node.body, name)

    def _carry(self, name, thing) -> None:
        self.before[name] = thing
        self.kinds[name] = [p.kind if isinstance(p, Value) else None for p in parts(thing)]

    def _carry_unset(self, error: Undefined) -> None:
        """A variable that is read before it is assigned, from the second iteration on."""
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
        self.params = {}
        for name, thing in self.before.items():
            if name in self.dropped:
                inner[name] = Missing(f"the variable {name!r} changes its form in the loop")
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
            if isinstance(thing, Missing) or form(thing) != form(param):
                if unset and not isinstance(thing, Missing) and self._is_unset(name):
                    self.b_undefined(name, thing)
                else:
                    self.dropped.add(name)
                fits = False
                continue
            for i, (p, y) in enumerate(zip(parts(param), parts(thing), strict=True)):
                if not isinstance(p, Value):
                    continue
                kind = join(p.kind, y.kind)
                if kind is None and unset and self._is_unset(name):
                    self.b_undefined(name, thing)
                    fits = False
                elif kind is None:
                    self.dropped.add(name)
                    fits = False
                elif kind != p.kind:
                    self.kinds[name][i] = kind
                    fits = False
        return fits

    def _is_unset(self, name) -> bool:
        thing = self.before[name]
        return name not in self.b.env and isinstance(thing, Value) and thing.is_constant

    def b_undefined(self, name, thing) -> None:
        """Start a variable that has no value before the loop as a filler of its form."""
        self._carry(name, self.b.undefined(thing, self.b.region))

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
        for name in self.dropped:
            env[name] = Missing(f"the variable {name!r} changes its form in the loop")
        for name in self.assigned - set(self.params) - self.dropped:
            if name in inner:
                last, before = inner[name], env.get(name)
                env[name] = Later(
                    lambda name=name, last=last, before=before: self._last(op, name, last, before)
                )

    def _last(self, op: Op, name, last, before):
        """A variable after the loop that no iteration reads from the one before."""
        last, before = (x.value() if isinstance(x, Later) else x for x in (last, before))
        if isinstance(last, Missing):
            return last
        if before is None or isinstance(before, Missing) or form(before) != form(last):
            before = None
        items = []
        olds = parts(before) if before is not None else [None for _ in parts(last)]
        for y, old in zip(parts(last), olds, strict=True):
            if not isinstance(y, Value):
                items.append(y)
                continue
            kind = y.kind if old is None else join(y.kind, old.kind)
            if kind is None or old is None:
                old = self._filler(op, y)
                kind = y.kind
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


def _assigned(nodes) -> set[str]:
    """The names that statements or targets assign."""
    found = set()
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                found.add(inner.id)
    return found


def _reads(node, name) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Store)
               for n in ast.walk(node))  # fmt: skip


def _overwritten(body, name) -> bool:
    """Whether statements assign a variable on every path before any reads it."""
    for node in body:
        if isinstance(node, ast.Assign):
            if _reads(node, name):
                return False
            if any(name in _assigned([t]) for t in node.targets):
                return True
        elif isinstance(node, ast.If):
            if _reads(node.test, name):
                return False
            paths = [_overwritten(node.body, name), _overwritten(node.orelse, name)]
            if all(paths):
                return True
            if _reads(node, name):
                return False
        elif (isinstance(node, ast.AugAssign) and name in _assigned([node.target])) or _reads(node, name):
            return False
    return False


@expression(ast.ListComp, ast.GeneratorExp)
def comprehension(b: Builder, node):
    """A comprehension over a tuple; over ranges it would be a list, which has no rule."""
    if len(node.generators) == 1 and not node.generators[0].ifs:
        over = iterate(b, b.thing(node.generators[0].iter), node.generators[0].iter)
        if isinstance(over, tuple):
            items = []
            for thing in over:
                assign(b, node.generators[0].target, thing)
                items.append(b.thing(node.elt))
            return tuple(items)
    raise UnsupportedError(
        f"{ast.unparse(node)!r} makes a list; allocate an array and fill it in a loop"
    )


__all__ = ["RANGES", "Range", "Static", "enumerated", "range_of", "zipped"]
