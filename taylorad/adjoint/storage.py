"""Where saved values are kept: statements around loops that fill and read buffers.

A loop whose number of iterations is known has for each saved value an array with one entry an
iteration: made once where it is known before the loops around it, which the array then has
dimensions for, else taken from a stack.  Other loops put a frame on a stack in each iteration.
Arrays are kept in lists.

What is inserted here are operations of kind ``text``: ``attr`` is a statement with places for
the operands, or the expression of a result.
"""

from __future__ import annotations

import operator
from collections import defaultdict

from .ir import (
    Function,
    Op,
    Region,
    Value,
    constant,
    loop_of,
    loops_around,
    regions_of,
    walk,
)
from .kinds import BOOL, INT, ArrayKind
from .making import Maker

_DTYPES = {INT: "np.int64", BOOL: "np.bool_"}


def place_saved(function: Function, name) -> None:
    """Replace `save` and `restore`; ``name(hint)`` gives a name that is not taken."""
    by_loop = defaultdict(list)
    for op in walk(function.root):
        if op.kind == "save":
            by_loop[op.attr.loop].append(op)
    restores = defaultdict(list)
    for op in walk(function.root):
        if op.kind == "restore":
            restores[op.attr].append(op)
    for loop, saves in by_loop.items():
        _Buffers(function, loop, saves, restores, name).insert()


class _Buffers:
    """The buffers of one loop."""

    def __init__(self, function, loop, saves, restores, name):
        self.function, self.loop, self.saves, self.name = function, loop, saves, name
        self.restores = [(s, r) for s in saves for r in restores[s.attr]]
        self.nest = kept_for(loop, self.restores[0][1])
        self.is_known = is_known(loop)
        #: The outermost operation that must find the buffers made.
        self.first = self.nest[0]
        while self.first.region.op is not None and not self.first.region.op.is_loop:
            self.first = self.first.region.op

    def insert(self) -> None:
        arrays = [s for s in self.saves if s.args[0].is_array]
        for save in arrays:
            self._in_list(save)
        self.saves = [s for s in self.saves if s not in arrays]
        self.restores = [(s, r) for s, r in self.restores if s not in arrays]
        if not self.saves:
            return
        if not self.is_known:
            self._by_frame()
            return
        self.named = {s: self.name(f"{s.attr.name}_at") for s in self.saves}
        if is_grid(self.nest):
            self._by_iteration()
        else:
            self._by_segment()

    def _in_list(self, save: Op) -> None:
        buffer = self.name(f"{save.attr.name}_at")
        _before(self.first, Op("text", [], f"{buffer} = []"))
        self.function.buffers[buffer] = list_of(save.args[0].kind)
        _replace(save, Op("text", save.args, f"{buffer}.append({{0}})"))
        for other, restore in self.restores:
            if other is save:
                restore.kind, restore.attr = "text", f"{buffer}.pop()"

    def _dtype(self, save: Op) -> str:
        return _DTYPES.get(save.args[0].kind, "number")

    def _by_iteration(self) -> None:
        maker = Inserter(self.nest[0])
        lengths = [trip_count(maker, *op.bounds) for op in self.nest]
        shape = ", ".join(f"{{{k}}}" for k in range(len(lengths)))
        shape = shape if len(lengths) == 1 else f"({shape})"
        zeros = "0" if len(lengths) == 1 else f"({'0, ' * len(lengths)})"
        alike = defaultdict(list)
        for save, buffer in self.named.items():
            alike[self._dtype(save)].append(buffer)
        for dtype, buffers in alike.items():
            self.function.buffers |= dict.fromkeys(buffers, f"empty({zeros}, {dtype})")
            if len(buffers) == 1:
                maker.append(Op("text", lengths, f"{buffers[0]} = empty({shape}, {dtype})"))
                continue
            # in one piece: glibc gives several back to the system, to be zeroed for the next call
            kept = self.name("kept")
            whole = f"({len(buffers)}, {shape.strip('()')})"
            parts = [f"{buffer} = {kept}[{k}]" for k, buffer in enumerate(buffers)]
            text = "\n".join([f"{kept} = empty({whole}, {dtype})", *parts])
            maker.append(Op("text", lengths, text))
        maker.insert()
        self._access_by_iteration(len(self.nest))

    def _access_by_iteration(self, depth: int) -> None:
        """Save and restore at the iteration's own entry, by the indices of ``depth`` loops."""
        places = ", ".join(f"{{{k}}}" for k in range(depth))
        for save, buffer in self.named.items():
            indices = _iterations(save, depth)
            text = f"{buffer}[{places}] = {{{depth}}}"
            _replace(save, Op("text", [*indices, *save.args], text))
        for save, restore in self.restores:
            restore.args = _iterations(restore, depth)
            restore.kind, restore.attr = "text", f"{self.named[save]}[{places}]"

    def _by_segment(self) -> None:
        """A loop in another one: its iterations' entries lie together on a stack."""
        stacks = {s: self.name(f"{s.attr.name}_kept") for s in self.saves}
        begin = [f"{k} = stack({self._dtype(s)})" for s, k in stacks.items()]
        self.function.buffers |= {k: f"stack({self._dtype(s)})" for s, k in stacks.items()}
        _before(self.first, Op("text", [], "\n".join(begin)))
        pushed = [f"{self.named[s]} = push({k}, {{0}})" for s, k in stacks.items()]
        popped = [line.replace("= push(", "= pop(") for line in pushed]
        ends = [(self.loop, pushed)] + [(op, popped) for op in self._reversed()]
        for op, lines in ends:
            at = Inserter(op)
            length = trip_count(at, *op.bounds)
            at.append(Op("text", [length], "\n".join(lines)))
            at.insert()
        self._access_by_iteration(1)

    def _by_frame(self) -> None:
        """A loop whose end is not known: a frame for each iteration."""
        frames: dict[str, list[Op]] = defaultdict(list)
        for save in self.saves:
            frames[self._dtype(save)].append(save)
        for dtype, saves in frames.items():
            kept, frame = self.name("kept"), self.name("frame")
            _before(self.first, Op("text", [], f"{kept} = stack({dtype})"))
            self.function.buffers[kept] = f"stack({dtype})"
            push = f"{frame} = push({kept}, {len(saves)})"
            _at_start(self.loop.body, Op("text", [], push))
            for op in self._reversed():
                _at_start(op.body, Op("text", [], push.replace("= push(", "= pop(")))
            for k, save in enumerate(saves):
                _replace(save, Op("text", save.args, f"{frame}[{k}] = {{0}}"))
                for other, restore in self.restores:
                    if other is save:
                        restore.kind, restore.attr = "text", f"{frame}[{k}]"

    def _reversed(self) -> list[Op]:
        """The loops that restore."""
        loops = (loop_of(r.region) for _, r in self.restores)
        return list(dict.fromkeys(loop for loop in loops if loop is not None))


def kept_for(loop: Op, restore: Op) -> list[Op]:
    """The loops whose iterations have entries of a loop's values, the outermost first."""
    around = set(loops_around(restore.region))
    return [*reversed([o for o in loops_around(loop.region) if o not in around]), loop]


def is_grid(nest: list[Op]) -> bool:
    """Whether all loops of a nest have as many iterations each time, known before."""
    inside = {r for op in nest for r in regions_of(op)}
    return all(map(is_known, nest)) and not any(
        bound.region in inside for op in nest[1:] for bound in op.bounds
    )


def is_known(loop: Op) -> bool:
    """Whether the number of a loop's iterations is known before it runs."""
    return loop.kind == "for" and loop.body.leave is None


def _iterations(op: Op, depth: int) -> list[Value]:
    """The iterations of the innermost ``depth`` loops around an operation, put before it."""
    at = Inserter(op)
    loops = loops_around(op.region)[:depth]
    found = [iteration(at, o.body.params[0], o.bounds[0], o.bounds[2]) for o in reversed(loops)]
    at.insert()
    return found


def list_of(kind: ArrayKind) -> str:
    """The text of a list of arrays of a kind, whose one item tells the type."""
    lengths = "0" if kind.ndim == 1 else f"({'0, ' * kind.ndim})"
    made = f"empty({lengths}, {_DTYPES.get(kind.dtype, 'number')})"
    if kind.layout == "A" and kind.ndim:
        made += f"[{', '.join(['::2'] * kind.ndim)}]"
    return f"[{made}.T]" if kind.layout == "F" and kind.ndim > 1 else f"[{made}]"


class Inserter(Maker):
    """Collects operations to be inserted before one."""

    def __init__(self, before: Op):
        super().__init__(Region(before.region.parent, before.region.op))
        self.before = before

    def insert(self) -> None:
        home = self.before.region
        at = home.ops.index(self.before)
        for op in self.region.ops:
            op.region = home
            for out in op.outs:
                out.region = home
            for inner in op.regions:
                inner.parent = home
        home.ops[at:at] = self.region.ops


def trip_count(maker: Maker, start: Value, stop: Value, step: Value) -> Value:
    """The number of iterations of a range, not below 0."""
    if step.is_constant and step.const in (1, -1):
        last, first = (stop, start) if step.const == 1 else (start, stop)
        length = last if _is_zero(first) else maker.apply(operator.sub, last, first)
        return maker.apply(max, length, constant(0))
    return maker.apply(len, start, stop, step, attr="range", kind=INT)


def _is_zero(value: Value) -> bool:
    return value.is_constant and value.const == 0


def iteration(maker: Maker, index: Value, start: Value, step: Value) -> Value:
    """The number of the iteration at an index of a range."""
    if step.is_constant and step.const == -1:
        return maker.apply(operator.sub, start, index)
    offset = index if _is_zero(start) else maker.apply(operator.sub, index, start)
    if step.is_constant and step.const == 1:
        return offset
    return maker.apply(operator.floordiv, offset, step)


def _put(op: Op, region: Region, at: int) -> None:
    op.region = region
    region.ops.insert(at, op)


def _before(op: Op, new: Op) -> None:
    _put(new, op.region, op.region.ops.index(op))


def _replace(op: Op, new: Op) -> None:
    _before(op, new)
    op.region.ops.remove(op)


def _at_start(region: Region, op: Op) -> None:
    _put(op, region, 0)
