"""Shadows: for every active array another one that holds its adjoints.

Whatever the function does with the reference (views, swaps, a choice by a branch) is done
with the shadow alongside, in the forward sweep, so that shadows alias as the arrays do.  What
of it the reverse sweep does not use is dead code and goes.
"""

from __future__ import annotations

from ..errors import UnsupportedError
from .activity import Activity
from .ir import Function, Op, Region, Value
from .kinds import ArrayKind
from .memory import MAKING, Memory
from .pure import pure_arrays


class Shadows:
    """The shadow of each array; made on request, once for each array."""

    def __init__(self, function: Function, memory: Memory, activity: Activity):
        #: Arrays that need no shadow: their adjoints are values.
        self.pure = pure_arrays(function, memory)
        self.function, self.memory, self.activity = function, memory, activity
        self._of: dict[Value, Value] = {}
        #: The array whose shadow a value is.
        self.array: dict[Value, Value] = {}
        for param in function.params:
            if param.is_array and activity.active(param):
                if param in function.outer:
                    self._given(param)
                else:
                    self._fresh(param, function.root, 0)
        for value in list(memory.roots):  # given to a function that may write to what it is given
            if value.role == "global" and activity.active(value):
                self._fresh(value, function.root, 0)
        self._mirror_region(function.root)

    def of(self, array: Value) -> Value:
        """The shadow of an active array."""
        return self._of[array]

    def _set(self, array: Value, shadow: Value) -> Value:
        shadow.name = (array.name or "t") + "_bar"
        self._of[array], self.array[shadow] = shadow, array
        return shadow

    def _fresh(self, array: Value, region: Region, at: int) -> Value:
        """A shadow of zeros, made at a place of a region."""
        made = []
        if array.op is not None and array.op.kind == "alloc":
            lengths = array.op.args
        else:
            lengths = []
            for axis in range(array.kind.ndim):
                op = Op("shape", [array], axis)
                op.region = region
                lengths.append(op.out("int"))
                made.append(op)
        op = Op("alloc", lengths, "zeros")
        op.region = region
        made.append(op)
        region.ops[at:at] = made
        kind = ArrayKind(array.kind.ndim, "float", "C")
        shadow = self._set(array, op.out(kind))
        self.memory.roots[shadow] = set()
        return shadow

    def _given(self, array: Value) -> None:
        """The shadow of a parameter as a parameter of the reverse sweep."""
        shadow = Value(ArrayKind(array.kind.ndim, "float"), "", "param", self.function.root)
        self._set(array, shadow)
        self.memory.roots[shadow] = set()

    def _or_fresh(self, array: Value) -> Value:
        """The shadow of an array that flows into an active one, itself active or not."""
        if array not in self._of:
            if array.op is None or array.role in ("param", "global"):
                return self._fresh(array, self.function.root, 0)
            region = array.op.region
            return self._fresh(array, region, region.ops.index(array.op) + 1)
        return self._of[array]

    def _mirror_region(self, region: Region) -> None:
        for op in list(region.ops):
            self._mirror(op)

    def _mirror(self, op: Op) -> None:
        active = self.activity.active
        if op.kind in MAKING:
            for out in op.outs:
                if out.is_array and active(out) and out not in self.pure:
                    self._fresh(out, op.region, op.region.ops.index(op) + 1)
        elif op.kind == "view" and active(op.outs[0]):
            shadow = self._or_fresh(op.args[0])
            made = Op("view", [shadow, *op.args[1:]], op.attr)
            made.region = op.region
            op.region.ops.insert(op.region.ops.index(op) + 1, made)
            kind = op.outs[0].kind
            if any(v.kind.layout != "C" for v in self.memory.values(op.args[0])):
                kind = kind.with_layout("A")  # the shadow of that memory is in another order
                if op.attr.startswith(".reshape"):
                    raise UnsupportedError(
                        "reshape of a part of an array that is not in C order; write "
                        "a.copy().reshape"
                    )
            self._set(op.outs[0], made.out(kind))
        elif op.kind == "if":
            for region in op.regions:
                self._mirror_region(region)
            for k, out in enumerate(list(op.outs)):
                if out.is_array and active(out):
                    for region in op.regions:
                        region.yields.append(self._or_fresh(region.yields[k]))
                    self._set(out, op.out(out.kind.with_layout("A")))
        elif op.is_loop:
            carried = [c for c in op.carries() if c[1].is_array and active(c[1])]
            for _initial, param, _yielded, _out in carried:
                kind = param.kind.with_layout("A")
                self._set(param, op.body.param(kind, param.name))
            for region in op.regions:
                self._mirror_region(region)
            for initial, _param, yielded, out in carried:
                op.args.append(self._or_fresh(initial))
                op.body.yields.append(self._or_fresh(yielded))
                self._set(out, op.out(out.kind.with_layout("A")))
