"""Values of the forward sweep in the reverse sweep: direct, recomputed, or saved.

A value that an adjoint rule needs is *direct* where it is still in a variable: outside loops,
and in a loop whose adjoint is formed in the same pass.  Elsewhere it is recomputed from others
if that is cheap and what it was loaded from is unchanged, and saved if not.

Source: L. Hascoet, V. Pascual, The Tapenade automatic differentiation tool, ACM TOMS 39(3),
2013 (recompute or store, undoing of memory).
"""

from __future__ import annotations

import operator
from contextlib import contextmanager
from dataclasses import dataclass, field

from . import shapes
from .activity import Activity
from .additive import independent
from .algebra import Algebra
from .ir import (
    Function,
    Op,
    Region,
    Value,
    constant,
    loop_of,
    number_positions,
    used_inside,
    walk,
)
from .keeping import values_to_save
from .kinds import BOOL, INT
from .memory import Memory, Root, depth, read, swapped
from .operations import primitive_of
from .shadows import Shadows

#: Primitives that are recomputed rather than saved.
CHEAP = {
    "add", "subtract", "multiply", "negative", "positive", "square", "absolute", "max",
    "min", "maximum", "minimum", "fmax", "fmin", "sign", "floor", "ceil",
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "not", "int", "bool",
    "copysign", "floor_divide", "logical_and", "logical_or", "logical_xor", "isnan", "isinf",
}  # fmt: skip


@dataclass
class Plan:
    """What was found out by an earlier attempt, by the order of operations in the text."""

    #: Loops that do not form their adjoint in the same pass.
    separate: set[int] = field(default_factory=set)
    #: Stores whose old content the reverse sweep puts back; None: any that it might need.
    undone: set[int] | None = None
    #: Values of the forward sweep that the reverse sweep asks for, by their places.
    needed: set[tuple[int, int]] | None = None
    #: Whether fewer stores were undone after the values to save had been chosen.
    reduced: bool = False

    def settle(self, undone: set[int], needed: set[tuple[int, int]]) -> bool:
        """Take in what an attempt has found out; whether another one is needed.

        First the stores to undo are found, then the values to save; these may make it
        unnecessary to undo some stores, once.
        """
        if self.undone is None or not undone <= self.undone:
            self.undone = undone | (self.undone or set())
        elif self.needed is None:
            self.needed = needed
        elif undone < self.undone and not self.reduced:
            self.undone, self.reduced = undone, True
        else:
            return False
        return True


class Again(Exception):
    """The plan has changed: the reverse sweep must be built anew."""


@dataclass(eq=False)
class Slot:
    """Where the values that one value had in all iterations are kept."""

    value: Value
    loop: Op
    name: str


class Scope:
    """A region of the reverse sweep, and the region of the forward sweep that it reverses."""

    def __init__(self, primal: Region, region: Region, parent: Scope | None, direct: bool):
        self.primal, self.region, self.parent, self.direct = primal, region, parent, direct
        #: Values of the forward sweep as they are known here.
        self.have: dict[Value, Value] = {}
        #: Adjoints of numbers.
        self.bars: dict[Value, Value] = {}
        #: References that the loop permutes, in the order in which the reversed loop does.
        self.swapped: list[Value] = []


class Regaining(Algebra):
    """What the reverse sweep knows of the forward sweep."""

    def __init__(self, function: Function, wrt: list[Value], plan: Plan):
        super().__init__(function.root)
        self.function, self.wrt, self.plan = function, wrt, plan
        self.memory = Memory(function)
        self.order = {op: i for i, op in enumerate(self.memory.ops)}
        self.activity = Activity(function, self.memory, wrt)
        self.active = self.activity.active
        self.shadows = Shadows(function, self.memory, self.activity)
        number_positions(function.root)
        #: Operations that read memory in the reverse sweep as they did in the forward sweep.
        self.read_again: set[Op] = set()
        self.saved: dict[Value, Slot] = {}
        self._undo: dict[Op, Value | None] = {}  # a function undoes its stores by itself
        self._counts: dict[Op, Value] = {}
        #: Memory whose shadows the forward sweep passes on: they are not to be made again.
        self.lent = {
            root
            for op in self.memory.ops
            if op.kind == "invoke" and op.fn.mirrors
            for array in op.args
            if array.is_array
            for root in self.memory.values(array)
        }
        #: The reversed branch for each branch.
        self.branches: dict[Op, Op] = {}
        #: Accesses to shadows other than additions, by region and array: what fixes an order.
        self._ordered: list[tuple[Region, Value]] = []
        self._places = {
            (i, k): value
            for op, i in self.order.items()
            for k, value in enumerate([*op.outs, *(op.body.params if op.is_loop else [])])
        }
        #: What rules ask for, not what is asked for to compute it again.
        self.asked: set[Value] = set()
        self._regaining = 0
        self._direct: dict[Op, bool] = {}
        #: For numbers that are stored where they are defined, the store.
        self._stored: dict[Value, Op] = {}
        #: Values that are saved rather than computed again.
        self.chosen: set[Value] = set()
        if plan.needed is not None:
            self._stored = {
                op.args[-1]: op
                for op in self.memory.ops
                if op.kind == "store" and op.args[-1].region is op.region
            }
            needed = [self._places[place] for place in sorted(plan.needed)]
            self.chosen, known = values_to_save(needed, self.origins, self.is_free)
            self._stored = {v: op for v, op in self._stored.items() if v in known - self.chosen}
        self.scope = Scope(function.root, function.root, None, True)

    @property
    def is_chained(self) -> bool:
        """Whether adjoints pass from iteration to iteration: what takes long is their chain."""
        return not self.scope.direct

    # -- values of the forward sweep ---------------------------------------------------

    def _home(self, value: Value) -> Scope | None:
        scope: Scope | None = self.scope
        while scope is not None and scope.primal is not value.region:
            scope = scope.parent
        return scope

    def need(self, value: Value) -> Value:
        """A value of the forward sweep in the reverse sweep."""
        if value.is_constant or value.role in ("param", "global"):
            return value
        scope = self._home(value)
        if scope is None or scope.direct:
            return value
        if not self._regaining:
            self.asked.add(value)
        if value not in scope.have:
            self._regaining += 1
            with self._appending_to(scope):
                scope.have[value] = self._regain(value, scope)
            self._regaining -= 1
        return scope.have[value]

    @contextmanager
    def _appending_to(self, scope: Scope):
        before = self.scope, self.region
        self.scope, self.region = scope, scope.region
        yield
        self.scope, self.region = before

    def _regain(self, value: Value, scope: Scope) -> Value:
        """Recompute or restore a value where its region is reversed."""
        op = value.op
        if value in self.chosen or self.origins(value) is None:
            return self._restore(value)
        if not self._recomputed(op):
            store = self._stored[value]
            self.read_again.add(store)
            array, *indices = [self.need(a) for a in store.args[:-1]]
            return self.load(array, indices, value.name)
        if op.kind == "if":
            return self._recompute_choice(value, op, scope)
        args = [self.need(a) for a in op.args]
        if op.kind == "load":
            self.read_again.add(op)
            again = self.load(args[0], args[1:], value.name)
        elif op.kind == "apply":
            if value.is_array:
                self.read_again.add(op)
            again = self.apply(op.fn, *args, attr=op.attr, kind=value.kind)
        elif op.kind == "view":
            again = self.view(args[0], op.attr, args[1:], value.kind)
        elif op.kind == "shape":
            again = self.shape(args[0], op.attr)
        else:
            again = self.alloc(args, value.kind.dtype, op.attr)
        again.name = again.name or value.name
        if value in self.shadows.array:
            self.shadows.array[again] = self.shadows.array[value]
        return again

    def origins(self, value: Value) -> list[Value] | None:
        """What a value can be had from in the reverse sweep; None if it must be saved.

        From its operands, if it is cheap; or from the array that it was stored into.
        """
        op = value.op
        if op is None:
            return None
        if self._recomputed(op):
            return [*op.args, *(used_inside(op) if op.kind == "if" else ())]
        store = self._stored.get(value)
        if store is not None and self._unchanged(store, store.args[0]):
            return store.args[:-1]
        return None

    def load_stored(self, store: Op) -> None:
        """Before a store is undone, load what it stored, if that is to be had from there."""
        value = store.args[-1]
        if self._stored.get(value) is store and not self._recomputed(value.op):
            self.need(value)

    def is_free(self, value: Value) -> bool:
        """Whether a value is at hand in the reverse sweep without being saved."""
        if value.is_constant or value.role in ("param", "global", "index"):
            return True
        loop = loop_of(value.region)
        if loop is None or self.is_direct_loop(loop):
            return True
        return value.role == "carried" and any(value is c[1] for c in swapped(loop))

    def is_direct_loop(self, loop: Op) -> bool:
        """Whether the adjoint of a loop's iterations is formed in the forward sweep."""
        if loop not in self._direct:
            outer = loop_of(loop.region)
            self._direct[loop] = (
                not self.function.split
                and (outer is None or self.is_direct_loop(outer))
                and self.order[loop] not in self.plan.separate
                and independent(loop, self.activity, self.memory)
            )
        return self._direct[loop]

    def _recomputed(self, op: Op) -> bool:
        """Whether the result of an operation is recomputed, not saved."""
        if op.kind == "apply":
            if self.is_written(op.outs[0]) or not all(
                self._unchanged(op, array) for array in read(op)
            ):
                return False
            primitive = primitive_of(op.fn)
            if primitive is None or op.outs[0].kind in (INT, BOOL):
                return True
            if primitive.name == "power":
                return op.args[1].is_constant and op.args[1].const in (2, 3)
            return primitive.name in CHEAP
        if op.kind in ("view", "shape"):
            return True
        if op.kind == "load":
            return self._unchanged(op, op.args[0])
        if op.kind == "alloc":
            return op.outs[0] in self.shadows.array and not self._escapes(op)
        return op.kind == "if" and self._is_small_choice(op)

    def is_written(self, array: Value) -> bool:
        """Whether a value is an array whose memory anything is stored into."""
        return array.is_array and bool(
            self.memory.values(array) & self.memory.written_values
        )

    def content(self, op: Op, value: Value) -> Value:
        """An operand in the reverse sweep; an array is read there as ``op`` has read it."""
        if value.is_array:
            self.read_again.add(op)
        return self.need(value)

    def length(self, array: Value, axis: int) -> Value:
        """The length of an array of the forward sweep."""
        source = shapes.length(array, axis)
        if isinstance(source, Value):
            return self.need(source)
        return self.shape(self.need(source[0]), source[1])

    def _unchanged(self, op: Op, array: Value) -> bool:
        """Whether memory that an operation reads is as it was, or made so at little cost."""
        roots = self.memory.of(array)
        if (
            not roots & self.memory.written
            and not {r.value for r in roots} & self.memory.written_values
        ):
            return True
        loop = loop_of(op.region)
        if self.memory.changed_after(op, roots, loop.body if loop else None):
            return False
        later = self.memory.later_stores(op, array)
        undone = self.plan.undone or ()
        return all(
            depth(store.region) < depth(op.region) or self.order[store] in undone for store in later
        )

    def _escapes(self, op: Op) -> bool:
        """Whether references to the array of a shadow made in a loop may be saved.

        That is so for what loops carry, and for results of branches and loops.  They come back
        with the shadow of the forward sweep, which then is saved, too.
        """
        array = self.shadows.array[op.outs[0]]
        if array in self.lent:
            return True
        root, old = Root(array), Root(array, True)
        return any(
            old in roots
            or (root in roots and (v.role == "carried" or (v.op is not None and v.op.regions)))
            for v, roots in self.memory.roots.items()
        )

    def _is_small_choice(self, op: Op) -> bool:
        """Whether a branch chooses between numbers that are cheap to compute again."""
        if any(out.is_array for out in op.outs):
            return False
        inner = [o for r in op.regions for o in walk(r)]
        return len(inner) <= 24 and all(
            o.kind in ("apply", "load", "if", "check", "shape")
            and (o.kind == "check" or self._recomputed(o))
            for o in inner
        )

    def _recompute_choice(self, value: Value, op: Op, scope: Scope) -> Value:
        made = Op("if", [self.need(op.args[0])])
        made.region = self.region
        k = op.outs.index(value)
        outer = self.scope, self.region
        for primal in op.regions:
            region = Region(scope.region, made)
            made.regions.append(region)
            self.scope, self.region = Scope(primal, region, scope, False), region
            region.yields.append(self.need(primal.yields[k]))
            self.scope, self.region = outer
        self.append(made)
        return made.out(value.kind, value.name)

    def _restore(self, value: Value) -> Value:
        """A saved value; it is saved from now on."""
        if value not in self.saved:
            loop = loop_of(value.region)
            assert loop is not None  # what is outside of loops is direct
            self.saved[value] = Slot(value, loop, value.name or "t")
        op = self.append(Op("restore", attr=self.saved[value]))
        again = op.out(value.kind, value.name)
        if value in self.shadows.array:
            self.shadows.array[again] = self.shadows.array[value]
        return again

    def count(self, loop: Op) -> Value:
        """The number of iterations that a loop made, counted as it runs."""
        if loop not in self._counts:
            param = loop.body.param(INT, "count")
            following = Op("apply", [param, constant(1)], fn=operator.add)
            following.region = loop.body
            loop.body.ops.append(following)
            following.pos = len(loop.body.ops)
            loop.body.yields.append(following.out(INT, "count"))
            loop.args.append(constant(0))
            self._counts[loop] = loop.out(INT, "count")
        return self._counts[loop]

    @property
    def asked_at(self) -> set[tuple[int, int]]:
        """The values that were asked for, by their places."""
        return {place for place, value in self._places.items() if value in self.asked}

    def keep_saved(self) -> None:
        """Let the forward sweep save what the reverse sweep restores."""
        for slot in self.saved.values():
            value = slot.value
            made = Op("save", [value], attr=slot)
            made.region = value.region
            ops = value.region.ops
            at = 0 if value.op is None else ops.index(value.op) + 1
            ops.insert(at, made)
