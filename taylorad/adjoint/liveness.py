"""Which values share a variable: names for values, out of static single assignment form.

What a loop carries, and what branches yield, becomes one variable wherever the values are not
needed at the same time: then ``s = s + t`` needs no further assignments.

Source: the coalescing of variables by interference, G. Chaitin et al., Computer Languages 6,
1981; out of SSA by congruence classes, B. Boissinot et al., CGO 2009.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable, Iterator

from .ir import Function, Op, Region, Value, leaves, walk
from .kinds import INT
from .memory import read, written

#: Operations whose result may stand where it is used.
_INLINED = {"apply", "array", "shape", "load", "text"}
#: Operands in one expression, at most.
_LARGEST = 12


class Inlining:
    """The values that are written where they are used, once, instead of being assigned."""

    def __init__(self, function: Function):
        self._size: dict[Value, int] = {}
        uses: Counter = Counter()
        for op in walk(function.root):
            uses.update(op.args)
            for region in op.regions:
                uses.update(region.yields + region.yields)  # these are assigned
                if region.leave is not None:
                    uses.update([region.leave])
        uses.update(2 * [v for v in leaves(function.result) if isinstance(v, Value)])
        self.uses = uses
        self._visit(function.root)

    def __contains__(self, value: Value) -> bool:
        return value in self._size

    def _visit(self, region: Region) -> None:
        for i, op in enumerate(region.ops):
            for inner in op.regions:
                self._visit(inner)
            for value in op.args:
                self._consider(region, value, i)
        if region.leave is not None:
            self._consider(region, region.leave, len(region.ops))

    def _consider(self, region: Region, value: Value, at: int) -> None:
        op = value.op
        if op is None or value.named or len(op.outs) > 1:
            return
        if _is_offset(op):
            self._size[value] = 1
            return
        if op.region is not region or self.uses[value] != 1:
            return
        if op.kind not in _INLINED or (op.kind == "text" and ".pop(" in op.attr):
            return
        size = 1 + sum(self._size.get(a, 1) for a in op.args)
        if size > _LARGEST:
            return
        user = region.ops[at] if at < len(region.ops) else None
        if user is not None and user.is_loop and user.kind == "for" and value in user.initial:
            return  # assigned before the loop in any case
        if self._reads(value) and any(
            _writes(o) for o in region.ops[region.ops.index(op) + 1 : at]
        ):
            return
        self._size[value] = size

    def _reads(self, value: Value) -> bool:
        """Whether the expression of a value reads memory or counters."""
        op = value.op
        return (
            op.kind in ("load", "text")
            or next(read(op), None) is not None
            or any(a in self._size and self._reads(a) for a in op.args)
        )

    def operands(self, values) -> Iterator[Value]:
        """The variables that expressions of values read."""
        for value in values:
            if value in self._size:
                yield from self.operands(value.op.args)
            elif not value.is_constant:
                yield value


def _is_offset(op: Op) -> bool:
    """Whether an operation is ``i + 1`` or the like, repeated rather than named."""
    return (
        op.kind == "apply"
        and op.fn in (operator.add, operator.sub)
        and op.outs[0].kind == INT
        and op.args[1].is_constant
        and not op.args[0].is_constant
    )


def _writes(op: Op) -> bool:
    if written(op) is not None or op.kind in ("effect", "invoke"):
        return True
    if op.kind == "text" and not op.outs:
        return True
    return any(_writes(o) for r in op.regions for o in r.ops)


class Variables:
    """The variable of each value.

    Sets of values are integers, a bit for each value: unions and intersections of thousands
    of them are then a few instructions.
    """

    def __init__(self, function: Function, taken=()):
        self.inlining = Inlining(function)
        self._leader: dict[Value, Value] = {}
        self._bits: dict[Value, int] = {}
        #: For each leader the values that share its variable, and what is live where they are
        #: defined.
        self._members: dict[Value, int] = {}
        self._clash: dict[Value, int] = {}
        self.function = function
        result = [v for v in leaves(function.result) if isinstance(v, Value)]
        live = self._backwards(function.root, self._operands(result))
        live |= self._set(function.params)
        for param in function.params:
            self._define(param, live)
        for op in walk(function.root):
            self._coalesce(op)
        self._names: dict[Value, str] = {}
        self._name_all(taken)

    # -- interference ------------------------------------------------------------------

    def leader(self, value: Value) -> Value:
        found = value
        while found in self._leader:
            found = self._leader[found]
        if found is not value:
            self._leader[value] = found
        return found

    def _set(self, values: Iterable[Value]) -> int:
        found = 0
        for value in values:
            if value not in self._bits:
                self._bits[value] = self._members[value] = 1 << len(self._bits)
                self._clash[value] = 0
            found |= self._bits[value]
        return found

    def _operands(self, values) -> int:
        return self._set(self.inlining.operands(values))

    def _define(self, value: Value, live: int) -> None:
        self._clash[value] |= live & ~self._set([value])

    def _interfere(self, a: Value, b: Value) -> bool:
        """Whether two variables hold values at the same time."""
        return bool(self._clash[a] & self._members[b] or self._clash[b] & self._members[a])

    def _backwards(self, region: Region, live: int) -> int:
        """What is live at the start of a region, from what is live at its end."""
        for op in reversed(region.ops):
            if len(op.outs) == 1 and op.outs[0] in self.inlining:
                continue
            outs = self._set(op.outs)
            for out in op.outs:
                self._define(out, live | outs)
            live &= ~outs
            if op.kind == "if":
                ends = [
                    self._backwards(inner, live | self._operands(inner.yields))
                    for inner in op.regions
                ]
                live |= ends[0] | ends[1]
            elif op.is_loop:
                live |= self._around(op, live)
            live |= self._operands(op.args)
        return live

    def _around(self, op: Op, live: int) -> int:
        """What a loop uses from outside; ``live`` is what is used behind it."""
        body = op.body
        inside = set(_regions(op))
        used: list[Value] = []
        for r in inside:
            for o in r.ops:
                used += o.args
            used += r.yields + ([r.leave] if r.leave is not None else [])
        external = self._set(v for v in self.inlining.operands(used) if v.region not in inside)
        through = live | external
        end = through | self._operands(body.yields)
        if body.leave is not None:
            end |= self._operands([body.leave])
        start = self._backwards(body, end)
        if op.kind == "while":  # the parameters are read by the test
            test = op.regions[0]
            at_test = start | through | self._operands(test.yields) | self._set(body.params)
            start = self._backwards(test, at_test)
        start |= self._set(body.params)
        for param in body.params:
            self._define(param, start)
        return external

    # -- coalescing ----------------------------------------------------------------------

    def _coalesce(self, op: Op) -> None:
        if op.is_loop:
            for initial, param, yielded, out in op.carries():
                self._union(param, out)
                self._union(param, yielded)
                self._union(param, initial)
        elif op.kind == "if":
            for k, out in enumerate(op.outs):
                for region in op.regions:
                    self._union(out, region.yields[k])

    def _union(self, a: Value, b: Value) -> None:
        if b.is_constant or b in self.inlining or b.role in ("global", "param", "index"):
            return
        a, b = self.leader(a), self.leader(b)
        if a is b or (a.kind != b.kind and not (a.is_array and b.is_array)):
            return
        self._set([a, b])
        if self._interfere(a, b):
            return
        if not a.named and b.named:
            a, b = b, a
        self._leader[b] = a
        self._clash[a] |= self._clash[b]
        self._members[a] |= self._members[b]

    # -- names -----------------------------------------------------------------------------

    def __getitem__(self, value: Value) -> str:
        return self._names[self.leader(value)]

    def _name_all(self, taken) -> None:
        order: dict[Value, None] = {}
        for param in self.function.params:
            order[self.leader(param)] = None
        for op in walk(self.function.root):
            for region in op.regions:
                for value in region.params:
                    order[self.leader(value)] = None
            for value in op.outs:
                if value not in self.inlining:
                    order[self.leader(value)] = None
        self._set(order)
        kinds: dict[str, object] = {}
        #: By name the values that have it, and what is live where they are defined.
        holders: dict[str, tuple[int, int]] = {}
        for value in order:
            base = value.name or "t"
            kind = (value.kind.ndim, value.kind.dtype) if value.is_array else value.kind
            members, clash = self._members[value], self._clash[value]
            name, n = base, 0
            while True:
                held, around = holders.get(name, (0, 0))
                free = name not in taken and kinds.get(name, kind) == kind
                if free and not (held & clash or around & members):
                    break
                n += 1
                # in array expressions Numba calls the second value of x x_1
                name = f"{base}{n}" if value.is_array else f"{base}_{n}"
            self._names[value] = name
            kinds[name] = kind
            holders[name] = held | members, around | clash


def _regions(op: Op):
    for region in op.regions:
        yield region
        for inner in region.ops:
            yield from _regions(inner)
