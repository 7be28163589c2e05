"""Dead code: what neither the result nor anything kept for its effect depends on."""

from __future__ import annotations

from .ir import Function, Op, Region, Value, leaves
from .memory import Memory, read, writes


def remove_dead(function: Function) -> None:
    """Take out operations, carried values and results that nothing needs."""
    live = _Live(function)
    _clean(function.root, live)


class _Live:
    """What the result depends on."""

    def __init__(self, function: Function):
        self.memory = Memory(function)
        self.ops: set[Op] = set()
        self.values: set[Value] = set()
        self._work: list[Value] = []
        self._slots: set = set()
        self._read: set[Value] = set()  # roots whose content matters
        for value in leaves(function.result):
            if isinstance(value, Value):
                self._work.append(value)
                if value.is_array:
                    self._read |= self.memory.values(value)
        for array in function.outer:
            self._read |= self.memory.values(array)
        self._visits: dict = {}  # the two halves of a pair: both are live, or none
        for op in self.memory.ops:
            if op.kind == "invoke" and op.attr is not None:
                self._visits.setdefault(op.attr, []).append(op)
        for op in self.memory.ops:
            effects = op.kind == "invoke" and op.fn.has_effects
            if effects or op.kind in ("effect", "check", "call"):
                self.keep(op)
        changed = True
        while changed:
            self._drain()
            changed = False
            for op in self.memory.ops:
                if op in self.ops:
                    continue
                if (op.kind == "save" and op.attr in self._slots) or any(
                    self.memory.values(target) & self._read for target in writes(op)
                ):
                    self.keep(op)
                    changed = True

    def keep(self, op: Op) -> None:
        """An operation is live, and all that it runs under."""
        if op in self.ops:
            return
        self.ops.add(op)
        if op.is_loop:
            self._work += op.bounds
            if op.kind == "while":
                self._work += op.regions[0].yields
            if op.body.leave is not None:
                self._work.append(op.body.leave)
        else:
            self._work += op.args
        for array in read(op):
            self._read |= self.memory.values(array)
        if op.kind == "restore":
            self._slots.add(op.attr)
            self._keep_loops(op.attr)
        if op.kind == "invoke":
            for other in self._visits.get(op.attr, ()):
                self.keep(other)
        if op.region.op is not None:
            self.keep(op.region.op)

    def _keep_loops(self, slot) -> None:
        self.keep(slot.loop)

    def _drain(self) -> None:
        while self._work:
            value = self._work.pop()
            if value in self.values or value.is_constant:
                continue
            self.values.add(value)
            op = value.op
            if op is None:
                region = value.region
                if region is None or region.op is None:
                    continue
                self.keep(region.op)
                if value.role == "carried":
                    k = region.op.carried.index(value)
                    self._work += [region.op.initial[k], region.yields[k]]
                continue
            self.keep(op)
            if op.is_loop:
                self._work.append(op.carried[op.outs.index(value)])
            elif op.kind == "if":
                k = op.outs.index(value)
                self._work += [r.yields[k] for r in op.regions]


def _clean(region: Region, live: _Live) -> None:
    region.ops = [op for op in region.ops if op in live.ops]
    for op in region.ops:
        if op.is_loop:
            first = 1 if op.kind == "for" else 0
            kept = [k for k, p in enumerate(op.carried) if p in live.values]
            offset = 3 if op.kind == "for" else 0
            op.args = op.args[:offset] + [op.args[offset + k] for k in kept]
            op.body.params = op.body.params[:first] + [op.body.params[first + k] for k in kept]
            op.body.yields = [op.body.yields[k] for k in kept]
            op.outs = [op.outs[k] for k in kept]
        elif op.kind == "if":
            kept = [k for k, out in enumerate(op.outs) if out in live.values]
            op.outs = [op.outs[k] for k in kept]
            for inner in op.regions:
                inner.yields = [inner.yields[k] for k in kept]
        for inner in op.regions:
            _clean(inner, live)
