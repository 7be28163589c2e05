"""The reverse sweep: operations in reverse order, each by its local rule.

A value of the forward sweep that a rule needs is *direct* where it is still in a variable:
outside loops, and in a loop whose adjoint is formed in the same pass.  Elsewhere it is
recomputed from others if that is cheap and what it was loaded from is unchanged, and saved
if not.

Sources: A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapters 4 and
5; L. Hascoet, V. Pascual, ACM TOMS 39(3), 2013 (recompute or store, undoing of memory).
"""

from __future__ import annotations

import operator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .activity import Activity
from .additive import independent, is_sum
from .algebra import Algebra
from .ir import (
    Function,
    Op,
    Region,
    Value,
    constant,
    external_uses,
    loop_of,
    number_positions,
    regions_of,
    used_inside,
    walk,
)
from .kinds import FLOAT, INT
from .memory import Memory, Root, depth, written
from .operations import primitive_of
from .rules import contributions
from .shadows import Shadows

#: Primitives that are recomputed rather than saved.
CHEAP = {
    "add", "subtract", "multiply", "divide", "negative", "positive", "square", "absolute", "max",
    "min", "maximum", "minimum", "fmax", "fmin", "sqrt", "reciprocal", "sign", "floor", "ceil",
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


class Reverse(Algebra):
    """Builds the reverse sweep behind a function's own operations."""

    def __init__(self, function: Function, wrt: list[Value], plan: Plan):
        super().__init__(function.root)
        self.function, self.plan = function, plan
        self.memory = Memory(function)
        self.order = {op: i for i, op in enumerate(self.memory.ops)}
        self.activity = Activity(function, self.memory, wrt)
        self.active = self.activity.active
        self.shadows = Shadows(function, self.memory, self.activity)
        number_positions(function.root)
        #: Operations that read memory in the reverse sweep as they did in the forward sweep.
        self.read_again: set[Op] = set()
        self.saved: dict[Value, Slot] = {}
        self._undo: dict[Op, Value] = {}
        self._counts: dict[Op, Value] = {}
        #: Accesses to shadows other than additions, with the array: what fixes an order.
        self._ordered: list[tuple[Op, Value]] = []
        self.forward_end = len(function.root.ops)
        self.scope = Scope(function.root, function.root, None, True)

    # -- adjoints --------------------------------------------------------------------

    def bar(self, value: Value) -> Value | None:
        """The adjoint of a number so far."""
        return self.scope.bars.get(value)

    def contribute(self, value: Value, term: Value) -> None:
        """Add to the adjoint of a number."""
        if not self.active(value) or (term.is_constant and term.const == 0):
            return
        old = self.scope.bars.get(value)
        new = term if old is None else self.plus(old, term)
        if new.role == "result" and not new.name:
            new.name = value.name and f"{value.name}_bar"
        self.scope.bars[value] = new

    def shadow(self, array: Value) -> Value:
        """The shadow of an active array, as a value of the reverse sweep."""
        return self.need(self.shadows.of(array))

    def ordered(self, array: Value) -> None:
        """Note that the last operation reads or overwrites the shadow of ``array``."""
        self._ordered.append((self.region.ops[-1], array))

    # -- values of the forward sweep ---------------------------------------------------

    def is_direct(self, value: Value) -> bool:
        """Whether a value of the forward sweep is still in its variable."""
        if value.is_constant or value.role in ("param", "global") or value.region is None:
            return True
        scope = self._home(value)
        return scope is None or scope.direct

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
        if value not in scope.have:
            with self._appending_to(scope):
                scope.have[value] = self._regain(value, scope)
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
        if value in self.saved or op is None or not self._recomputed(op):
            return self._restore(value)
        if op.kind == "if":
            return self._recompute_choice(value, op, scope)
        args = [self.need(a) for a in op.args]
        if op.kind == "load":
            self.read_again.add(op)
            again = self.load(args[0], args[1:], value.name)
        elif op.kind == "apply":
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

    def _recomputed(self, op: Op) -> bool:
        """Whether the result of an operation is recomputed, not saved."""
        if op.kind == "apply":
            primitive = primitive_of(op.fn)
            if primitive is None:
                return True
            if primitive.name == "power":
                return op.args[1].is_constant and op.args[1].const in (2, 3)
            return primitive.name in CHEAP
        if op.kind in ("view", "shape"):
            return True
        if op.kind == "load":
            return self._unchanged(op)
        if op.kind == "alloc":
            return op.outs[0] in self.shadows.array and not self._escapes(op)
        return op.kind == "if" and self._is_small_choice(op)

    def _unchanged(self, op: Op) -> bool:
        """Whether a load is repeated: memory is as it was, or made so at little cost."""
        roots = self.memory.of(op.args[0])
        if not roots & self.memory.written and not {r.value for r in roots} & self.memory.written_values:
            return True
        loop = loop_of(op.region)
        if self.memory.changed_after(op, roots, loop.body if loop else None):
            return False
        later = self.memory.later_stores(op, op.args[0])
        undone = self.plan.undone or ()
        return all(
            depth(store.region) < depth(op.region) or self.order[store] in undone
            for store in later
        )

    def _escapes(self, op: Op) -> bool:
        """Whether the array of a shadow made in a loop is seen by later iterations."""
        array = self.shadows.array[op.outs[0]]
        root = Root(array)
        old = Root(array, True)
        for other, roots in self.memory.roots.items():
            if other.role == "carried" and (root in roots or old in roots):
                return True
            if old in roots:
                return True
        # results of branches and loops that hold it, outside its region
        home = op.region
        for other, roots in self.memory.roots.items():
            if root in roots and other.region is not home and not _is_inside(other.region, home):
                return True
        return False

    def _is_small_choice(self, op: Op) -> bool:
        """Whether a branch chooses between numbers that are cheap to compute again."""
        if any(out.is_array for out in op.outs):
            return False
        inner = [o for r in op.regions for o in walk(r)]
        return len(inner) <= 24 and all(
            o.kind in ("apply", "load", "if", "check", "shape") and (o.kind == "check" or self._recomputed(o))
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

    def keep_saved(self) -> None:
        """Let the forward sweep save what the reverse sweep restores."""
        for slot in self.saved.values():
            value = slot.value
            made = Op("save", [value], attr=slot)
            made.region = value.region
            ops = value.region.ops
            at = 0 if value.op is None else ops.index(value.op) + 1
            ops.insert(at, made)

    # -- the sweep -------------------------------------------------------------------

    def sweep(self, primal: Region, upto: int | None = None) -> None:
        """Reverse the operations of a region, the last first."""
        for op in reversed(primal.ops[:upto]):
            self.line = op.line
            handler = _HANDLERS.get(op.kind)
            if handler is not None:
                handler(self, op)

    def _reverse_apply(self, op: Op) -> None:
        bar = self.bar(op.outs[0])
        if bar is None or not self.active(op.outs[0]):
            return
        for value, term in contributions(self, op, bar):
            self.contribute(value, term)

    def _reverse_array(self, op: Op) -> None:
        if any(self.active(out) for out in op.outs):
            op.fn.reverse(self, op)

    def _reverse_load(self, op: Op) -> None:
        bar = self.bar(op.outs[0])
        if bar is None or not self.active(op.args[0]):
            return
        indices = [self.need(i) for i in op.args[1:]]
        self.accumulate(self.shadow(op.args[0]), indices, bar)

    def _reverse_store(self, op: Op) -> None:
        array, *indices, value = op.args
        undone = self._is_undone(op)
        active = self.active(array)
        if not undone and not active:
            return
        places = [self.need(i) for i in indices]
        if undone:
            self._put_back(op, places)
        if active:
            shadow = self.shadow(array)
            if self.active(value) or op.kind == "store":
                bar = self.load(shadow, places, f"{array.name}_bar")
                self.ordered(array)
                if op.kind == "store":
                    self.store(shadow, places, constant(0.0))
                    self.ordered(array)
                self.contribute(value, bar)

    def _reverse_array_store(self, op: Op) -> None:
        from .rules import arrays

        target, value = op.args
        if self._is_undone(op):
            self._put_back(op, [])
        if self.active(target):
            arrays.reverse_store(self, op, target, value)

    # -- undoing of memory -------------------------------------------------------------

    def _is_undone(self, op: Op) -> bool:
        if self.plan.undone is None:
            return True
        return self.order[op] in self.plan.undone

    def _put_back(self, op: Op, places) -> None:
        """Restore what a store overwrote; the forward sweep keeps it from now on."""
        array = op.args[0]
        if op not in self._undo:
            self._undo[op] = self._old_content(op)
        old = self.need(self._undo[op])
        target = self.need(array)
        if op.kind in ("store", "accumulate"):
            self.store(target, places, old)
        else:
            self.array_store(target, old)

    def _old_content(self, op: Op) -> Value:
        """A value of the forward sweep: what a store is about to overwrite."""
        array = op.args[0]
        if op.kind in ("store", "accumulate"):
            made = Op("load", [array, *op.args[1:-1]], attr="old")
            made.region = op.region
            old = made.out(array.kind.dtype, array.name + "_old")
        else:
            from .rules import arrays

            made = Op("array", [array], fn=arrays.COPY)
            made.region = op.region
            old = made.out(array.kind.with_layout("C"), array.name + "_old")
            self.memory.roots[old] = {Root(old)}
        op.region.ops.insert(op.region.ops.index(op), made)
        return old

    # -- branches ----------------------------------------------------------------------

    def _reverse_if(self, op: Op) -> None:
        made = Op("if", line=op.line)
        made.region = self.region
        outer, start = self.scope, self.region
        children = []
        for primal in op.regions:
            region = Region(start, made)
            made.regions.append(region)
            child = Scope(primal, region, outer, outer.direct)
            child.bars = dict(outer.bars)
            children.append(child)
            self.scope, self.region = child, region
            for out, yielded in zip(op.outs, primal.yields, strict=True):
                bar = outer.bars.get(out)
                if bar is not None and not out.is_array:
                    self.contribute(yielded, bar)
            self.sweep(primal)
            self.scope, self.region = outer, start
        changed = {
            value: None
            for child in children
            for value in child.bars
            if value.region is not child.primal
            and child.bars[value] is not outer.bars.get(value)
        }
        if not changed and not any(r.ops for r in made.regions):
            return
        made.args = [self.need(op.args[0])]
        self.append(made)
        for value in changed:
            for child, region in zip(children, made.regions, strict=True):
                region.yields.append(child.bars.get(value, constant(0.0)))
            outer.bars[value] = made.out(FLOAT, f"{value.name}_bar" if value.name else "")

    # -- loops ---------------------------------------------------------------------------

    def _reverse_loop(self, op: Op) -> None:
        direct = self.scope.direct and self.order[op] not in self.plan.separate and independent(
            op, self.activity, self.memory
        )
        made = Op("for", attr="reversed", line=op.line)
        made.region = self.region
        outer, start = self.scope, self.region
        region = Region(start, made)
        made.regions.append(region)
        index = region.param(INT, "k", "index")
        child = Scope(op.body, region, outer, direct)
        self.scope, self.region = child, region

        carried = [c for c in op.carries() if not c[1].is_array and self.active(c[1])]
        sums = [c for c in carried if is_sum(op, c)]  # their adjoints stay as they are
        carried = [c for c in carried if c not in sums]
        results = []  # of the reversed loop: initial values, and parameters
        for _initial, param, _yielded, out in carried:
            bar = region.param(FLOAT, f"{param.name}_bar")
            results.append((outer.bars.get(out, constant(0.0)), bar))
        summed = [v for v in used_inside(op) if not v.is_array and self.active(v)]
        for value in summed:
            bar = region.param(FLOAT, f"{value.name}_bar" if value.name else "")
            child.bars[value] = bar
            results.append((outer.bars.get(value, constant(0.0)), bar))
        if not direct:
            self._carry_swapped(op, child, region, results, outer)
            self._bind_index(op, made, child, index)
        for (_, _, yielded, _), (_, bar) in zip(carried, results, strict=False):
            self.contribute(yielded, bar)
        for _, _, yielded, out in sums:
            self.contribute(yielded, outer.bars.get(out, constant(0.0)))
        self.sweep(op.body)
        ends = [child.bars.get(param, constant(0.0)) for _, param, _, _ in carried]
        ends += [child.bars[value] for value in summed]
        ends += [child.have[p] for p in getattr(child, "swapped", [])]
        self.scope, self.region = outer, start
        if not region.ops and all(e is bar for e, (_, bar) in zip(ends, results, strict=True)):
            for initial, _, _, out in sums + carried:
                self.contribute(initial, outer.bars.get(out, constant(0.0)))
            return
        made.args = [*(made.args or [constant(0)] * 3), *(i for i, _ in results)]
        region.yields = ends
        outs = [made.out(bar.kind, bar.name) for _, bar in results]
        self._drop_unchanged(made)
        self.append(made)
        found = dict(zip((bar for _, bar in results), outs, strict=True))
        for value, (_, bar) in zip(summed, results[len(carried) :], strict=False):
            outer.bars[value] = self._result(made, found[bar], bar)
        for initial, _, _, out in sums:
            self.contribute(initial, outer.bars.get(out, constant(0.0)))
        for (initial, _, _, _), (_, bar) in zip(carried, results, strict=False):
            self.contribute(initial, self._result(made, found[bar], bar))
        if direct:
            self._merge(op, made)

    def _result(self, made: Op, out: Value, bar: Value) -> Value:
        return self._dropped.get(bar, out)

    def _drop_unchanged(self, made: Op) -> None:
        """Take out what a loop carries without changing it."""
        self._dropped: dict[Value, Value] = {}
        body = made.body
        for k in reversed(range(len(made.outs))):
            param, initial = body.params[k + 1], made.args[3 + k]
            if body.yields[k] is param:
                self._dropped[param] = initial
                del body.params[k + 1], body.yields[k], made.args[3 + k], made.outs[k]
        if self._dropped:
            substitute(body, self._dropped)

    def _bind_index(self, op: Op, made: Op, child: Scope, index: Value) -> None:
        """The bounds of the reversed loop; the index of the forward loop in it."""
        outer, start = child.parent, made.region
        inner = self.scope, self.region
        self.scope, self.region = outer, start
        if op.kind == "for" and op.body.leave is None:
            made.args = [self.need(a) for a in op.bounds]
            child.have[op.body.params[0]] = index
            index.name = op.body.params[0].name
        else:
            made.args = [constant(0), self.need(self.count(op)), constant(1)]
            if op.kind == "for":
                first, _, step = (self.need(a) for a in op.bounds)
                self.scope, self.region = inner
                moved = self.plus(first, self.times(index, step))
                child.have[op.body.params[0]] = moved
        self.scope, self.region = inner

    def _carry_swapped(self, op: Op, child: Scope, region: Region, results, outer: Scope) -> None:
        """References that a loop only permutes are permuted back, not saved."""
        arrays = [c for c in op.carries() if c[1].is_array]
        params = {c[1] for c in arrays}
        swapped = [c for c in arrays if c[2] in params]
        while True:
            inside = {c[1] for c in swapped}
            kept = [c for c in swapped if c[2] in inside]
            if len(kept) == len(swapped):
                break
            swapped = kept
        if len({c[2] for c in swapped}) < len(swapped):
            return
        child.swapped = [c[1] for c in swapped]
        for _, param, yielded, out in swapped:
            known = region.param(param.kind, param.name)
            child.have[yielded] = known
            with self._appending_to(outer):
                results.append((self.need(out), known))
            if param in self.shadows.array:
                self.shadows.array[known] = self.shadows.array[param]

    # -- one pass for both sweeps ---------------------------------------------------------

    def _merge(self, op: Op, made: Op) -> None:
        """Append the reversed iteration to the forward iteration, if its adjoints are known."""
        start = made.region
        moved = self._moved_before(op, made)
        if moved is None:
            self.plan.separate.add(self.order[op])
            raise Again
        start.ops.remove(made)
        home = op.region
        for inner in moved:
            inner.region.ops.remove(inner)
            home.ops.insert(home.ops.index(op), inner)
            inner.region = home
        body = op.body
        if op.kind == "for":
            substitute(made.body, {made.body.params[0]: body.params[0]})
        for inner in made.body.ops:
            inner.region = body
            for r in inner.regions:
                r.parent = body
            for out in inner.outs:
                out.region = body
        body.ops += made.body.ops
        for initial, param, yielded, out in made.carries():
            op.args.append(initial)
            body.params.append(param)
            param.region = body
            body.yields.append(yielded)
            op.outs.append(out)
            out.op, out.region = op, home

    def _moved_before(self, op: Op, made: Op) -> list[Op] | None:
        """The operations that must come before the merged loop; None if that is not possible."""
        home, start = op.region, made.region
        place = home.ops.index(op)
        moved: list[Op] = []

        def available(value: Value) -> bool:
            o = value.op
            if value.is_constant or o is None or o in moved:
                return True
            container = _top(o, home)
            if container is not None and home.ops.index(container) < place:
                return True
            container = container or _top(o, start)
            if container is None:
                return True  # of an outer region
            if container is not o or o.kind not in ("apply", "shape", "alloc", "view"):
                return False
            if not all(available(a) for a in o.args):
                return False
            moved.append(o)
            return True

        inside = set(regions_of(op))
        for value in external_uses(made):
            if value.region not in inside and not available(value):
                return None
        return None if self._order_matters(op, made) else moved

    def _order_matters(self, op: Op, made: Op) -> bool:
        """Whether shadows that the reversed loop adds to are read or overwritten before it."""
        roots: set = set()
        for inner in walk(made.body):
            array = written(inner)
            if array is not None and array in self.shadows.array:
                roots |= self.memory.values(self.shadows.array[array])
        inside = set(walk(made.body))
        for o, array in self._ordered:
            values = self.memory.values(array)
            if values & roots:
                if o in inside and values <= self.memory.made_in(op):
                    continue
                return True
        return False


def _top(op: Op, region: Region) -> Op | None:
    """The operation of a region that contains ``op``, or None if it is not inside."""
    while op is not None:
        if op.region is region:
            return op
        op = op.region.op if op.region is not None else None
    return None


def _is_inside(region: Region | None, outer: Region) -> bool:
    while region is not None:
        if region is outer:
            return True
        region = region.parent
    return False


def substitute(region: Region, values: dict[Value, Value]) -> None:
    """Replace values in a region and all regions inside."""
    region.yields = [values.get(v, v) for v in region.yields]
    if region.leave is not None:
        region.leave = values.get(region.leave, region.leave)
    for op in region.ops:
        op.args = [values.get(v, v) for v in op.args]
        for inner in op.regions:
            substitute(inner, values)


_HANDLERS = {
    "apply": Reverse._reverse_apply,
    "array": Reverse._reverse_array,
    "load": Reverse._reverse_load,
    "store": Reverse._reverse_store,
    "accumulate": Reverse._reverse_store,
    "array_store": Reverse._reverse_array_store,
    "array_add": Reverse._reverse_array_store,
    "if": Reverse._reverse_if,
    "for": Reverse._reverse_loop,
    "while": Reverse._reverse_loop,
}

