"""The reverse sweep: operations in reverse order, each by its local rule.

Source: A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 4.
"""

from __future__ import annotations

from ..errors import UnsupportedError
from .additive import is_sum
from .invocations import reverse_invocation
from .ir import Op, Region, Value, constant, used_inside
from .kinds import FLOAT, INT
from .memory import swapped
from .merging import merge, substitute
from .rebinding import STATE
from .regaining import Scope
from .rules import arrays, contributions, elementwise
from .source import located
from .undoing import Undoing


class Reverse(Undoing):
    """Builds the reverse sweep behind a function's own operations."""

    # -- adjoints --------------------------------------------------------------------

    def bar(self, value: Value) -> Value | None:
        """The adjoint of a number or an array so far; that of an array may be one number."""
        if value.is_array and self.active(value) and value not in self.shadows.pure:
            self.ordered(value)
            return self.shadow(value)
        return self.scope.bars.get(value)

    def contribute(self, value: Value, term: Value) -> None:
        """Add to the adjoint of a number or an array."""
        if not self.active(value) or (term.is_constant and term.const == 0):
            return
        if value.is_array and value not in self.shadows.pure:
            self.array_add(self.shadow(value), term)
            return
        old = self.scope.bars.get(value)
        new = term if old is None else self.plus(old, term)
        if new.role == "result" and not new.name:
            new.name = value.name and f"{value.name}_bar"
        self.scope.bars[value] = new

    def late(self, bar: Value) -> Value:
        """An adjoint that is waited for, where adjoints pass through a chain of iterations."""
        if self.is_chained and not self.is_late(bar):
            self.comes_late(bar)
        return bar

    def shadow(self, array: Value) -> Value:
        """The shadow of an active array, as a value of the reverse sweep."""
        return self.need(self.shadows.of(array))

    def ordered(self, array: Value) -> None:
        """Note that the shadow of ``array`` is read or overwritten here."""
        self._ordered.append((self.region, array))

    # -- the sweep -------------------------------------------------------------------

    def sweep(self, primal: Region, upto: int | None = None) -> None:
        """Reverse the operations of a region, the last first."""
        for op in reversed(primal.ops[:upto]):
            self.line = op.line
            handler = _HANDLERS.get(op.kind)
            if handler is not None:
                with located(op.line):
                    handler(self, op)

    def _refuse_call(self, op: Op) -> None:
        if any(self.activity.varied(arg) for arg in op.args):
            raise UnsupportedError(
                f"{getattr(op.fn, '__name__', op.fn)}() has no rule for reverse mode, and is "
                "called with what is differentiated by; write it with functions of the table of "
                "primitives, or declare it with ta.primitive"
            )

    def _reverse_apply(self, op: Op) -> None:
        bar = self.bar(op.outs[0])
        if bar is None or not self.active(op.outs[0]):
            return
        whole = op.outs[0].is_array
        if whole:
            bar = elementwise.whole(self, op, bar)
        for value, term in contributions(self, op, bar):
            if whole:
                elementwise.contribute(self, value, term, op.outs[0])
            else:
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
        undone = self.is_undone(op)
        active = self.active(array)
        if not undone and not active:
            return
        places = [self.need(i) for i in indices]
        if undone:
            self._put_back(op, places)
        if active:
            shadow = self.shadow(array)
            if self.active(value) or op.kind == "store":
                bar = self.late(self.load(shadow, places, f"{array.name}_bar"))
                self.ordered(array)
                if op.kind == "store":
                    self.store(shadow, places, constant(0.0))
                    self.ordered(array)
                self.contribute(value, bar)

    def _reverse_array_store(self, op: Op) -> None:
        target, value = op.args
        if op.fn is not STATE and self.is_undone(op):
            self._put_back(op, [])
        if self.active(target):
            arrays.reverse_store(self, op, target, value)

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
            if value.region is not child.primal and child.bars[value] is not outer.bars.get(value)
        }
        if not changed and not any(r.ops for r in made.regions):
            return
        made.args = [self.need(op.args[0])]
        self.append(made)
        self.branches[op] = made
        for value in changed:
            for child, region in zip(children, made.regions, strict=True):
                region.yields.append(child.bars.get(value, constant(0.0)))
            name = f"{value.name}_bar" if value.name else ""
            outer.bars[value] = self.late(made.out(FLOAT, name))

    # -- loops ---------------------------------------------------------------------------

    def _reverse_loop(self, op: Op) -> None:
        direct = self.scope.direct and self.is_direct_loop(op)
        made = Op("for", attr="reversed", line=op.line)
        made.region = self.region
        outer, start = self.scope, self.region
        region = Region(start, made)
        made.regions.append(region)
        index = region.param(INT, "k", "index")
        child = Scope(op.body, region, outer, direct)
        self.scope, self.region = child, region

        carried = [c for c in op.carries() if self.active(c[1]) and self._is_value(c[1])]
        sums = [c for c in carried if is_sum(op, c)]  # their adjoints stay as they are
        carried = [c for c in carried if c not in sums]
        results = []  # of the reversed loop: initial values, and parameters
        for _initial, param, _yielded, out in carried:
            kind = param.kind.with_layout("A") if param.is_array else FLOAT
            bar = self.late(region.param(kind, f"{param.name}_bar"))
            results.append((self._whole_bar(out, outer), bar))
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
        ends = [self._whole_bar(param, child) for _, param, _, _ in carried]
        ends += [child.bars[value] for value in summed]
        ends += [child.have[p] for p in child.swapped]
        self.scope, self.region = outer, start
        unchanged = all(e is bar for e, (_, bar) in zip(ends, results, strict=True))
        if unchanged and not region.ops and not direct:  # else loops inside may be merged
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
            outer.bars[value] = self.late(self._result(made, found[bar], bar))
        for initial, _, _, out in sums:
            self.contribute(initial, outer.bars.get(out, constant(0.0)))
        for (initial, _, _, _), (_, bar) in zip(carried, results, strict=False):
            self.contribute(initial, self._result(made, found[bar], bar))
        if direct:
            merge(self, op, made)

    def _is_value(self, value: Value) -> bool:
        """Whether the adjoint of a number or an array is a value, not memory."""
        return not value.is_array or value in self.shadows.pure

    def _whole_bar(self, value: Value, scope: Scope) -> Value:
        """The adjoint of a value at the end of a scope, that of an array as an array."""
        bar = scope.bars.get(value, constant(0.0))
        if not value.is_array or bar.is_array:
            return bar
        with self._appending_to(scope):
            return elementwise.spread(self, value, bar)

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
        inner = self.scope, self.region
        assert child.parent is not None
        self.scope, self.region = child.parent, made.region
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
        permuted = swapped(op)
        child.swapped = [c[1] for c in permuted]
        for _, param, yielded, out in permuted:
            known = region.param(param.kind, param.name)
            child.have[yielded] = known
            with self._appending_to(outer):
                results.append((self.need(out), known))
            if param in self.shadows.array:
                self.shadows.array[known] = self.shadows.array[param]


_HANDLERS = {
    "apply": Reverse._reverse_apply,
    "array": Reverse._reverse_array,
    "call": Reverse._refuse_call,
    "invoke": reverse_invocation,
    "load": Reverse._reverse_load,
    "store": Reverse._reverse_store,
    "accumulate": Reverse._reverse_store,
    "array_store": Reverse._reverse_array_store,
    "array_add": Reverse._reverse_array_store,
    "if": Reverse._reverse_if,
    "for": Reverse._reverse_loop,
    "while": Reverse._reverse_loop,
}
