"""The step of a small system as straight-line code, its operations packed into vectors.

Operations of one kind and level are done side by side in vectors of up to eight lanes.  The
rules are those of the registry, staged: run once on symbolic numbers, they leave the
instructions for a coefficient behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..jets.rules import Executor
from ..jets.staging import ZERO, Real, Series
from ..jets.types import F64
from .reading import Equations
from .recurrences import Column, Map, Operation, Parameter, Solve, State, Sum, Time, Value, live

I32, I64 = ir.IntType(32), ir.IntType(64)
#: Lanes of the widest vectors.
WIDEST = 8


class Lanes(Executor):
    """An emitter whose functions of vectors use what processors have of them."""

    def __init__(self, context, builder):
        super().__init__(context, builder)
        self.fuse = True

    def call(self, function, *operands):
        if function is np.sqrt and isinstance(operands[0], Real) and operands[0].axes:
            return self.intrinsic("sqrt", operands[0])
        return super().call(function, *operands)

    def intrinsic(self, name: str, *operands: Real) -> Real:
        """An instruction of LLVM on numbers or vectors."""
        values = [x.value for x in operands]
        kind = values[0].type
        suffix = f"v{kind.count}f64" if operands[0].axes else "f64"
        whole = ir.FunctionType(kind, [kind] * len(values))
        module = self.builder.module
        function = cgutils.get_or_insert_function(module, whole, f"llvm.{name}.{suffix}")
        return Real(self, self.builder.call(function, values), operands[0].axes)

    def exact(self, sums) -> Real:
        """Sums whose every rounding counts."""
        self.fuse = False
        try:
            return sums()
        finally:
            self.fuse = True

    def vector(self, values) -> Real:
        """A constant in every lane."""
        if len(values) == 1:
            return self.constant(values[0])
        constant = ir.Constant(ir.VectorType(F64, len(values)), [float(v) for v in values])
        return Real(self, constant, axes_of(len(values)))

    def splat(self, x: Real, width: int) -> Real:
        return x if width == 1 else Real(self, x.spread(axes_of(width)), axes_of(width))


def axes_of(width: int):
    return () if width == 1 else ((0, width),)


class Track(Series):
    """The coefficients of columns side by side, one column a lane.

    They are known up to the current one: sums take the newest products last, so that the
    chain from one coefficient to the next is short.
    """

    def __init__(self, emitter, fetch):
        super().__init__(emitter, {}, growing=True)
        self._fetch = fetch

    def __getitem__(self, k):
        if k not in self.items:
            self.items[k] = self._fetch(k)
        return self.items[k]

    def weighted(self) -> Series:
        if self._derived is None:
            self._derived = Track(self.emitter, lambda j: j * self[j] if j else ZERO)
        return self._derived

    def dot(self, other, k, lo, hi):
        pairs = [(max(j, k - j), self[j], other[k - j]) for j in range(lo, hi + 1)]
        pairs.sort(key=lambda pair: pair[0])
        return add_products([(x, y) for _, x, y in pairs])

    def square_sum(self, k, lo):
        half = self.dot(self, k, lo, (k - 1) // 2)
        total = half + half if half is not ZERO else ZERO
        if k % 2 == 0:
            middle = self[k // 2]
            total = middle * middle if total is ZERO else total + middle * middle
        return total


def add_products(pairs):
    """The sum of products by two or three partial sums, the last two products last."""
    pairs = [(x, y) for x, y in pairs if x is not ZERO and y is not ZERO]
    if not pairs:
        return ZERO
    count = 1 if len(pairs) <= 5 else 2 if len(pairs) < 9 else 3
    sums: list[Any] = [None] * count
    older, newest = (pairs[:-2], pairs[-2:]) if count > 1 else ([], pairs)
    for i, (x, y) in enumerate(older):
        s = i % count
        sums[s] = x * y if sums[s] is None else sums[s] + x * y
    total = reduce(lambda a, b: a + b, [s for s in sums if s is not None]) if older else None
    for x, y in newest:
        total = x * y if total is None else total + x * y
    return total


@dataclass(eq=False)
class Group:
    """Operations of one kind that are done together, one a lane; the last may be repeated."""

    operations: tuple[Operation, ...]
    last: int
    outputs: list[Track] = field(default_factory=list)
    operands: list[Any] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.operations)


class Emission:
    """Writes one step of the solution of equations.

    Parameters
    ----------
    context, builder
        Where the instructions go.
    equations : Equations
    order : int
    widest : int
        Lanes of the widest vectors.
    """

    def __init__(self, context, builder, equations: Equations, order: int, widest: int):
        self.emitter = Lanes(context, builder)
        self.builder = builder
        self.equations, self.order, self.widest = equations, order, widest
        #: Where each column is: its track and lane.
        self.places: dict[Column, tuple[Track, int]] = {}
        self._gathered: dict = {}

    # -- the order of the work -------------------------------------------------------------

    def plan(self) -> None:
        slopes = [c for c in self.equations.slopes if isinstance(c, Column)]
        roots = [c for c in self.equations.roots if isinstance(c, Column)]
        operations = live([*slopes, *roots])
        last = dict.fromkeys(operations, self.order - 1) | dict.fromkeys(live(roots), self.order)
        used = {c for op in operations for c in op.sources()} | set(roots)
        self.folded = {
            c for c in slopes if isinstance(c.kind, Sum) and not c.static and c not in used
        }
        alike: dict[Any, list[Operation]] = {}
        for op in operations:
            if isinstance(op.kind, State | Parameter | Time) or op.columns[0] in self.folded:
                continue
            alike.setdefault((op.level, _signature(op), op.static, last[op]), []).append(op)
        self.groups = [
            Group(tuple(lanes), key[-1])
            for key, ops in alike.items()
            for lanes in _chunks(ops, 1 if key[2] else self.widest)
        ]

    # -- values ----------------------------------------------------------------------------

    def track(self, columns, width: int):
        """The coefficients of these columns or numbers, one a lane."""
        return Track(self.emitter, lambda k: self.gathered(tuple(columns), k, width))

    def new_track(self, columns) -> Track:
        """The track that an operation's columns are written to."""
        made = Track(self.emitter, lambda k: ZERO)
        for lane, column in enumerate(columns):
            self.places.setdefault(column, (made, lane))
        return made

    def gathered(self, columns, k: int, width: int):
        """Coefficient ``k`` of columns side by side."""
        if not any(isinstance(c, Column) for c in columns):
            return self.emitter.vector(columns) if k == 0 else ZERO
        key = columns, k
        if key not in self._gathered:
            self._gathered[key] = self._gather(columns, k, width)
        return self._gathered[key]

    def _gather(self, columns, k: int, width: int):
        sources: dict[Track, list[tuple[int, int]]] = {}
        for lane, column in enumerate(columns):
            if isinstance(column, Column) and not (k and column.static):
                track, place = self.places[column]
                if track[k] is not ZERO:
                    sources.setdefault(track, []).append((lane, place))
        if not sources:
            if k or all(isinstance(c, Column) for c in columns):
                return ZERO
            return self.emitter.vector([c if not isinstance(c, Column) else 0.0 for c in columns])
        if width == 1:
            ((track, ((_, place),)),) = sources.items()
            return self._lane(track[k], place)
        return Real(self.emitter, self._shuffled(columns, sources, k, width), axes_of(width))

    def _lane(self, item: Real, place: int) -> Real:
        if not item.axes:
            return item
        return Real(self.emitter, self.builder.extract_element(item.value, I32(place)))

    def _shuffled(self, columns, sources, k, width):
        """A vector whose lanes come from several others; constants fill the rest."""
        builder, kind = self.builder, ir.VectorType(F64, width)
        fill = [0.0 if k or isinstance(c, Column) else float(c) for c in columns]
        total, filled = None, set()
        for track, lanes in sources.items():
            item = track[k]
            value = item.value
            if not item.axes:
                value = builder.insert_element(
                    ir.Constant(ir.VectorType(F64, 1), ir.Undefined), value, I32(0)
                )
            size = value.type.count
            mask = [None] * width
            for lane, place in lanes:
                mask[lane] = place
            if size == width and all(m is None or m == i for i, m in enumerate(mask)):
                moved = value
            else:
                moved = builder.shuffle_vector(
                    value, ir.Constant(value.type, ir.Undefined), _mask(mask)
                )
            if total is None:
                total = moved
            else:
                which = [width + i if mask[i] is not None else i for i in range(width)]
                total = builder.shuffle_vector(total, moved, _mask(which))
            filled |= {lane for lane, _ in lanes}
        if len(filled) < width:
            which = [i if i in filled else width + i for i in range(width)]
            total = builder.shuffle_vector(total, ir.Constant(kind, fill), _mask(which))
        return total

    # -- operations ------------------------------------------------------------------------

    def place(self, group: Group) -> None:
        """Make a group's tracks."""
        width, ops = group.width, group.operations
        if not isinstance(ops[0].kind, Sum):
            group.operands = [self.track(lanes, width) for lanes in _lanes(ops, "operands")]
        group.arguments = list(_lanes(ops, "arguments"))
        count = len(ops[0].columns)
        group.outputs = [self.new_track([op.columns[i] for op in ops]) for i in range(count)]

    def coefficient(self, group: Group, k: int) -> None:
        """Coefficient ``k`` of the columns of a group."""
        kind = group.operations[0].kind
        if isinstance(kind, Sum):
            found = [self._sum(group, k)]
        elif isinstance(kind, Value):
            found = [self._heads(group, kind.function) if k == 0 else ZERO]
        elif isinstance(kind, Map):
            found = [self._mapped(group, kind, k)]
        elif k == 0:
            found = [self._heads(group, start) for start in kind.starts]
        else:
            found = kind.formula(k, *group.outputs, *group.operands)
            found = found if isinstance(found, tuple) else (found,)
        for output, item in zip(group.outputs, found, strict=True):
            output.items[k] = self._whole(item, group.width)

    def _whole(self, item, width):
        """An item in all lanes: what depends on no operand comes as one number."""
        if item is ZERO:
            return ZERO
        return self.emitter.splat(self.emitter.lift(item), width)

    def _heads(self, group, function):
        """A function of the first coefficients of the arguments."""
        heads = []
        for lanes in group.arguments:
            plain = not isinstance(lanes[0], Column)
            heads.append(lanes[0] if plain else self.gathered(tuple(lanes), 0, group.width))
        heads = [self.emitter.vector([0.0] * group.width) if h is ZERO else h for h in heads]
        return self._whole(self.emitter.call(function, *heads), group.width)

    def _mapped(self, group, kind: Map, k: int):
        if k == 0:
            group.constants = [self._heads(group, c) for c in kind.constants]
            if kind.head is not None:
                return self._heads(group, kind.head)
        return kind.formula(*(x[k] for x in group.operands), *group.constants)

    def _sum(self, group, k: int):
        rows = [
            (op.kind.coefficients, op.operands, op.kind.constant) for op in group.operations
        ]
        return self.linear(rows, k, group.width)

    def linear(self, rows, k: int, width: int, scale: float = 1.0):
        """``scale * (constant + sum of coefficients times columns)``, one row a lane."""
        emitter = self.emitter
        constants = [scale * row[2] for row in rows]
        total = emitter.vector(constants) if k == 0 and any(constants) else None
        for i in range(max(len(row[0]) for row in rows)):
            factors = [scale * row[0][i] if i < len(row[0]) else 0.0 for row in rows]
            columns = [row[1][i] if i < len(row[0]) else None for row in rows]
            some = next(c for c in columns if c is not None)
            item = self.gathered(tuple(some if c is None else c for c in columns), k, width)
            if item is ZERO:
                continue
            if total is None:
                total = item if _all(factors, 1.0) else (
                    -item if _all(factors, -1.0) else item * emitter.vector(factors))  # fmt: skip
            elif _all(factors, 1.0):
                total = total + item
            elif _all(factors, -1.0):
                total = total - item
            else:
                total = total + item * emitter.vector(factors)
        return ZERO if total is None else total

    # -- the step --------------------------------------------------------------------------

    def series(self, time, state, parameters) -> list[tuple[int, Track]]:
        """All coefficients of the solution: for each chunk of components its track."""
        self.plan()
        r = self.equations.recurrences
        chunks = self._state_chunks()
        tracks = []
        for first, width in chunks:
            track = self.new_track([r.column(State(i)) for i in range(first, first + width)])
            track.items[0] = self.load(state, first, width)
            tracks.append(track)
        clock = self.new_track([r.column(Time())])
        clock.items.update({0: time, 1: self.emitter.constant(1.0)})
        for i in range(self.equations.parameters):
            track = self.new_track([r.column(Parameter(i))])
            track.items[0] = self.load(parameters, i, 1)
        for group in self.groups:
            self.place(group)
        for k in range(self.order + 1):
            for group in self.groups:
                if k <= group.last:
                    self.coefficient(group, k)
            if k < self.order:
                for (first, width), track in zip(chunks, tracks, strict=True):
                    rows = [self._row(first + i) for i in range(width)]
                    item = self.linear(rows, k, width, 1.0 / (k + 1))
                    track.items[k + 1] = item if item is ZERO else self._whole(item, width)
        return [(first, track) for (first, _), track in zip(chunks, tracks, strict=True)]

    def _row(self, i: int):
        """The slope of a component as a linear form."""
        slope = self.equations.slopes[i]
        if not isinstance(slope, Column):
            return (), (), slope
        if slope in self.folded:
            kind = slope.operation.kind
            return kind.coefficients, slope.operation.operands, kind.constant
        return (1.0,), (slope,), 0.0

    def _state_chunks(self) -> list[tuple[int, int]]:
        """First component and width of each vector of the state."""
        terms = [len(self._row(i)[0]) for i in range(self.equations.dimension)]
        chunks, first = [], 0
        while first < len(terms):
            width = 1
            while (
                2 * width <= self.widest
                and first + 2 * width <= len(terms)
                and len(set(terms[first : first + 2 * width])) == 1
            ):
                width *= 2
            chunks.append((first, width))
            first += width
        return chunks

    def load(self, pointer, place: int, width: int) -> Real:
        value = self.builder.load(self._at(pointer, place, width), align=8)
        return Real(self.emitter, value, axes_of(width))

    def store(self, value: Real, pointer, place: int, width: int) -> None:
        whole = self._whole(value, width)
        whole = self.emitter.vector([0.0] * width) if whole is ZERO else whole
        self.builder.store(whole.value, self._at(pointer, place, width), align=8)

    def _at(self, pointer, place: int, width: int):
        at = self.builder.gep(pointer, [I64(place)])
        if width > 1:
            at = self.builder.bitcast(at, ir.VectorType(F64, width).as_pointer())
        return at


def _mask(lanes):
    """A constant for the lanes that a shuffle takes."""
    kind = ir.VectorType(I32, len(lanes))
    return ir.Constant(kind, [I32(0 if lane is None else lane) for lane in lanes])


def _all(values, x) -> bool:
    return all(v == x for v in values)


def _lanes(operations, what):
    """The operands of operations, lane beside lane."""
    return zip(*(getattr(op, what) for op in operations), strict=True)


def _signature(op: Operation):
    """What operations have in common that can be done side by side."""
    numbers = tuple(None if isinstance(x, Column) else x for x in (*op.operands, *op.arguments))
    if isinstance(op.kind, Sum):
        return len(op.kind.coefficients), numbers
    return op.kind, numbers


def _chunks(operations, widest):
    """Runs of a power of two; a few missing lanes repeat the last operation."""
    found, first = [], 0
    while first < len(operations):
        count = min(widest, len(operations) - first)
        width = 1 << (count - 1).bit_length()
        if width != count and 2 * (width - count) > width // 2:
            width //= 2
            count = width
        lanes = list(operations[first : first + count])
        found.append(lanes + lanes[-1:] * (width - count))
        first += count
    return found
