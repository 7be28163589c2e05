"""Tangents: what a function computes is computed along a direction as well.

Behind every operation comes the operation of its tangent, and every array gets another one
that holds the tangents of its elements.  Run on a gradient this gives the product of the
Hessian with the direction, in numbers and arrays of their own: loops over neighbouring
elements stay loops over neighbouring elements, which jets, pairs in memory, are not, and
adjoints that only the gradient itself needs are dead code.

Source: A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, sections 3.1
and 5.1.
"""

from __future__ import annotations

from contextlib import contextmanager

from . import shapes
from .activity import Activity, is_float
from .additive import is_sum
from .algebra import Algebra
from .ir import Function, Op, Region, Value, constant, leaves, rebuild
from .kinds import FLOAT
from .memory import Memory
from .ordering import loosen
from .regaining import Slot
from .rules import NoTangent, is_differentiable, tangent
from .rules.arrays import COPY
from .rules.elementwise import spread

#: The operands that a helper which adds to an array is linear in, each by itself.
LINEAR = {
    None: (0,), "assign": (0,), "unbroadcast_add": (0,), "add_to_diagonal": (0,),
    "add_at": (1,), "add_outer": (0, 1), "add_product": (0, 1),
}  # fmt: skip
#: Helpers that add two such terms at once.
TWICE = {"add_outer": "add_outers"}


class Forward(Algebra):
    """Puts the tangent of each operation behind it."""

    def __init__(self, function: Function, wrt: list[Value]):
        super().__init__(function.root)
        self.function, self.wrt = function, wrt
        self.memory = Memory(function)
        if any(op.kind == "invoke" for op in self.memory.ops):
            raise NoTangent("functions that stay functions have no tangent rule")
        self._activity = Activity(function, self.memory, wrt)
        self._moving = self._moving_memory()
        #: The tangent of each number and array that has one.
        self.dots: dict[Value, Value] = {}
        self._slots: dict[Slot, Slot] = {}
        #: Arrays that loops carry, branches choose from and views are part of.
        self._passed_on = {v for op in self.memory.ops for v in _passed_on(op)}
        #: Equal operations on numbers are one.
        self._same: dict[Value, Value] = {}

    def _moving_memory(self) -> set[Value]:
        """The roots of arrays that have tangents: all that one such array may refer to."""
        arrays = [v for v in self.memory.roots if v.is_array and is_float(v)]
        moving = {r for v in arrays if self._activity.active(v) for r in self.memory.values(v)}
        while True:
            reached = {
                r for v in arrays if self.memory.values(v) & moving for r in self.memory.values(v)
            }
            if reached <= moving:
                return moving
            moving |= reached

    # -- what rules ask for --------------------------------------------------------------

    def moves(self, value: Value) -> bool:
        """Whether a value has a tangent."""
        if value.is_constant or not is_float(value):
            return False
        if value.is_array:
            return bool(self.memory.values(value) & self._moving)
        return self._activity.active(value)

    def dot(self, value: Value) -> Value | None:
        """The tangent of a value; None for zero."""
        return self.dots.get(value)

    def active(self, value: Value) -> bool:
        return value in self.dots

    def content(self, op: Op, value: Value) -> Value:
        return value

    def need(self, value: Value) -> Value:
        return value

    def is_written(self, array: Value) -> bool:
        return False  # right behind the operation its result is what it was

    def length(self, array: Value, axis: int) -> Value:
        source = shapes.length(array, axis)
        return source if isinstance(source, Value) else self.shape(*source)

    # -- tangents ------------------------------------------------------------------------

    def along(self, directions: list[Value]) -> None:
        """Let the function return the tangents of its results along directions."""
        function = self.function
        for x, v in zip(self.wrt, directions, strict=True):
            if (v.kind.dtype if v.is_array else v.kind) != FLOAT:
                raise NoTangent(f"{v.name} does not hold floats")
            self.dots[x] = v
        with self.at_start():  # arrays that do not move and meet with others that do
            for param in function.params:
                if param.is_array and self.moves(param) and param not in self.dots:
                    self._set(param, self._zeros(param))
        self._through(function.root)
        results = [self._result(v) for v in leaves(function.result)]
        function.result = rebuild(function.result, iter(results))

    @contextmanager
    def at_start(self):
        """Let operations go to the start of the function."""
        ops, self.region.ops = self.region.ops, []
        yield
        self.region.ops += ops

    def _result(self, value):
        """The tangent of a result."""
        if not isinstance(value, Value):
            return value
        if (dot := self.dot(value)) is not None:
            return dot
        return self._zeros(value) if value.is_array else constant(0.0)

    def _zeros(self, array: Value) -> Value:
        lengths = [self.length(array, k) for k in range(array.kind.ndim)]
        return self.alloc(lengths, FLOAT, "zeros")

    def _set(self, value: Value, dot: Value | None) -> None:
        if dot is None:
            return
        if dot.role == "result" and not dot.name and value.name:
            dot.name = f"{value.name}_dot"
        self.dots[value] = dot

    def _through(self, region: Region) -> None:
        """Put tangents behind the operations of a region."""
        before, self.region = self.region, region
        ops, region.ops = region.ops, []
        for op in ops:
            op.args = [self._same.get(v, v) for v in op.args]
            self.line = op.line
            if op.kind == "apply" and not op.outs[0].is_array and self._is_known(op):
                continue
            if op.kind in ("store", "accumulate", "array_store", "array_add"):
                self._store(op)  # the operands' content is what the operation finds
                region.ops.append(op)
                continue
            region.ops.append(op)
            handler = _HANDLERS.get(op.kind)
            if handler is not None:
                handler(self, op)
        region.yields = [self._same.get(v, v) for v in region.yields]
        if region.leave is not None:
            region.leave = self._same.get(region.leave, region.leave)
        self.region = before

    def _is_known(self, op: Op) -> bool:
        """Whether an equal operation was met; it is met now."""
        out = op.outs[0]
        key = self.key(op.fn, op.attr, op.args)
        found = self._found(key, True)
        serves = found is not None and found.kind == out.kind
        if not serves or (self.moves(out) and found not in self.dots):
            # a tangent made here for what was met before may be out of sight at the next one
            self.known()[key] = out
            self._kept += op.args
            return False
        self._same[out] = found
        return True

    def _apply(self, op: Op) -> None:
        (out,) = op.outs
        if not self.moves(out):
            return
        varies = is_differentiable(op) and any(a in self.dots for a in op.args)
        dot = tangent(self, op) if varies else None
        if out.is_array:
            dot = self._as_array(op, dot)
        self._set(out, dot)

    def _array(self, op: Op) -> None:
        if not any(map(self.moves, op.outs)):
            return
        if len(op.outs) > 1:
            raise NoTangent("several results")
        (out,) = op.outs
        dot = op.fn.tangent(self, op) if any(a in self.dots for a in op.args) else None
        self._set(out, self._as_array(op, dot) if out.is_array else dot)

    def _as_array(self, op: Op, dot: Value | None) -> Value | None:
        """A tangent as an array of the result's shape, of memory of its own if that matters."""
        (out,) = op.outs
        if dot is None:
            return self._zeros(out) if self._is_referred_to(out) else None
        if not dot.is_array or (op.kind == "apply" and not self._is_whole(op, dot)):
            return spread(self, out, dot)
        for a in op.args:
            if not a.is_array:
                continue
            written = self.memory.written_values & (
                self.memory.values(a) | self.memory.values(out)
            )
            if self.dots.get(a) is dot and written:
                return self.array(COPY, [dot], dot.kind.with_layout("C"))
        return dot

    def _is_whole(self, op: Op, dot: Value) -> bool:
        """Whether a tangent certainly has the shape that all operands are repeated to."""
        (out,) = op.outs
        met, work = set(), [dot]
        while work:
            value = work.pop()
            if value in op.args or value is out or value in self.dots.values():
                met.add(value)
            elif value.op is not None:
                work += value.op.args
        return out in met or all(
            a in met or self.dot(a) in met or shapes.have_same_shape(a, out)
            for a in op.args
            if a.is_array
        )

    def _alloc(self, op: Op) -> None:
        (out,) = op.outs
        if self.moves(out):
            self._set(out, self.alloc(op.args, FLOAT, op.attr))

    def _load(self, op: Op) -> None:
        array, *indices = op.args
        (out,) = op.outs
        if self.moves(out) and array in self.dots:
            made = self.append(Op("load", [self.dots[array], *indices]))
            self._set(out, made.out(FLOAT))

    def _view(self, op: Op) -> None:
        array, *indices = op.args
        (out,) = op.outs
        if not self.moves(out):
            return
        dot = self._of_array(array)
        kind = out.kind
        if dot.kind.layout != array.kind.layout:
            kind = kind.with_layout("A")
            if ".reshape" in op.attr:
                raise NoTangent("an array of another order in memory is reshaped")
        made = self.append(Op("view", [dot, *indices], op.attr))
        self._set(out, made.out(kind))

    def _of_array(self, array: Value) -> Value:
        if array not in self.dots:
            raise NoTangent(f"{array.name} has no memory for tangents")
        return self.dots[array]

    def _is_referred_to(self, array: Value) -> bool:
        """Whether an array is written to, or known by other names."""
        return array in self._passed_on or bool(
            self.memory.values(array) & self.memory.written_values
        )

    def _store(self, op: Op) -> None:
        array, *rest = op.args
        if not self.moves(array):
            return
        target = self._of_array(array)
        if op.kind in ("store", "accumulate"):
            *indices, value = rest
            dot = self.dot(value) or constant(0.0)  # of a sum, too: other paths may add more
            self.append(Op(op.kind, [target, *indices, dot]))
            return
        if op.kind == "array_store":
            moved = self.dot(rest[0])
            self.append(Op(op.kind, [target, moved or constant(0.0)], op.attr if moved else None))
            return
        terms = []
        for k, value in enumerate(rest):
            if (moved := self.dot(value)) is None:
                continue
            if k not in LINEAR.get(op.attr, ()):
                raise NoTangent(f"{op.attr} has no tangent rule")
            terms.append([*rest[:k], moved, *rest[k + 1 :]])
        if len(terms) == 2 and op.attr in TWICE:
            self.append(Op(op.kind, [target, *terms[0], *terms[1]], TWICE[op.attr]))
            return
        for term in terms:
            self.append(Op(op.kind, [target, *term], op.attr))

    def _save(self, op: Op) -> None:
        (value,) = op.args
        slot = self._slot(op.attr)
        if (dot := self.dot(value)) is not None:
            slot.value = dot
            self.append(Op("save", [dot], slot))

    def _restore(self, op: Op) -> None:
        (out,) = op.outs
        if op.attr.value in self.dots and self.moves(out):
            made = self.append(Op("restore", attr=self._slot(op.attr)))
            self._set(out, made.out(self.dots[op.attr.value].kind))

    def _slot(self, slot: Slot) -> Slot:
        if slot not in self._slots:
            self._slots[slot] = Slot(slot.value, slot.loop, f"{slot.name}_dot")
        return self._slots[slot]

    def _if(self, op: Op) -> None:
        for region in op.regions:
            self._through(region)
        for k, out in enumerate(list(op.outs)):
            if not self.moves(out):
                continue
            ends = [region.yields[k] for region in op.regions]
            for region, end in zip(op.regions, ends, strict=True):
                if out.is_array:
                    region.yields.append(self._of_array(end))
                else:
                    region.yields.append(self.dot(end) or constant(0.0))
            self._set(out, op.out(_loose(out.kind)))

    def _loop(self, op: Op) -> None:
        carried = [c for c in op.carries() if self.moves(c[1]) or self.moves(c[3])]
        for _, param, _, _ in carried:
            self.dots[param] = op.body.param(_loose(param.kind), param.name and f"{param.name}_dot")
        for region in op.regions:
            self._through(region)
        for initial, _, yielded, out in carried:
            yielded = self._same.get(yielded, yielded)
            for value, ends in ((initial, op.args), (yielded, op.body.yields)):
                of_number = self.dot(value) or constant(0.0)
                ends.append(self._of_array(value) if value.is_array else of_number)
            self._set(out, op.out(_loose(out.kind)))
        for following in op.carries()[len(op.outs) - len(carried) :]:
            if is_sum(op, following):
                loosen(following[2])

    def _refuse(self, op: Op) -> None:
        if any(map(self.moves, (*op.args, *op.outs))):
            raise NoTangent(f"{op.kind} has no tangent rule")


def _passed_on(op: Op) -> list[Value]:
    if op.kind == "view":
        return op.args[:1]
    return (op.initial if op.is_loop else []) + [v for r in op.regions for v in r.yields]


def _loose(kind):
    """The kind of a tangent that comes from several places."""
    return kind if kind == FLOAT else kind.with_layout("A")


_HANDLERS = {
    "apply": Forward._apply,
    "array": Forward._array,
    "alloc": Forward._alloc,
    "load": Forward._load,
    "view": Forward._view,
    "save": Forward._save,
    "restore": Forward._restore,
    "if": Forward._if,
    "for": Forward._loop,
    "while": Forward._loop,
    "call": Forward._refuse,
}
