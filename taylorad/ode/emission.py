"""The step of a small system as straight-line code, its operations packed into vectors.

Operations of one kind and level are done side by side in vectors of up to eight lanes; or
each operation is done for several trajectories, one a lane.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from llvmlite import ir

from ..jets.staging import ZERO, Real
from ..jets.types import F64
from .grouping import Plan, chunks_of, lanes_of
from .lanes import I32, I64, Lanes, Track, Without, axes_of
from .recurrences import Column, Map, Operation, Parameter, State, Sum, Time, Value

#: Coefficients up to which the rounding of their factors is felt: later terms of a step are
#: below a millionth of the state.
FELT = 7


@dataclass(eq=False)
class Group:
    """Operations of one kind that are done together, one a lane; the last may be repeated."""

    operations: tuple[Operation, ...]
    last: int
    outputs: list[Track] = field(default_factory=list)
    operands: list[Any] = field(default_factory=list)
    arguments: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)
    #: Of each operand, the derivatives of the outputs by it.
    slopes: dict[int, Any] = field(default_factory=dict)

    @property
    def latest_last(self) -> list[int]:
        """The operands in the order in which their newest coefficients are known."""

        def level(i):
            column = self.operations[0].operands[i]
            return column.operation.level if isinstance(column, Column) else -1

        delayed = self.operations[0].delayed
        return sorted((i for i in range(len(self.operands)) if i not in delayed), key=level)

    @property
    def width(self) -> int:
        return len(self.operations)


class Emission:
    """Writes one step of the solution of equations.

    Parameters
    ----------
    context, builder
        Where the instructions go.
    plan : Plan
    widest : int
        How many operations are done side by side at most.
    batch : int
        Of how many trajectories; more than one leaves no room for operations side by side.
    """

    def __init__(self, context, builder, plan: Plan, widest: int, batch: int = 1):
        assert widest == 1 or batch == 1
        if widest * batch > 1:
            align_stack(builder)
        self.emitter = Lanes(context, builder)
        self.builder = builder
        self.plan, self.widest, self.batch = plan, widest, batch
        self.equations, self.order = plan.equations, plan.order
        #: Where each column is: its track and lane.
        self.places: dict[Column, tuple[Track, int]] = {}
        self._gathered: dict = {}

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
        if not item.axes or self.batch > 1:
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
            group.operands = [self.track(lanes, width) for lanes in lanes_of(ops, "operands")]
        group.arguments = list(lanes_of(ops, "arguments"))
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
            found = self._solved(group, kind.formula, k)
        for output, item in zip(group.outputs, found, strict=True):
            output.items[k] = self._whole(item, group.width)

    def _whole(self, item, width):
        """An item in all lanes: what depends on no operand comes as one number."""
        if item is ZERO:
            return ZERO
        return self.emitter.splat(self.emitter.lift(item), width * self.batch)

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

    def _solved(self, group, formula, k: int):
        """A rule by recurrence.

        Coefficient ``k`` of an operand enters by the first derivative alone.  All that is known
        before is computed without it, so that from operand to result there is one product to
        wait for: steps of small systems are as long as this chain.
        """
        if k == 1:
            group.slopes = {i: self._slopes(group, formula, i) for i in group.latest_last}
        known = [Without(x, k) for x in group.operands]
        found = list(_tuple(formula(k, *group.outputs, *known)))
        for i in group.latest_last:
            newest = group.operands[i][k]
            if newest is not ZERO:
                for o, slope in enumerate(group.slopes[i]):
                    found[o] = slope * newest + found[o]
        return found

    def _slopes(self, group, formula, i: int):
        """The derivatives of the outputs by an operand: the rule for coefficient 1."""
        one = self.emitter.constant(1.0)
        if group.operands[i][0] is ZERO and group.operands[i][1] is ZERO:
            return ()
        seeded = [
            _short(self.emitter, x[0], one if j == i else ZERO)
            for j, x in enumerate(group.operands)
        ]
        outputs = [_short(self.emitter, x[0], ZERO) for x in group.outputs]
        return _tuple(formula(1, *outputs, *seeded))

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
        self.groups = [
            Group(tuple(lanes), alike.last)
            for alike in self.plan.alike
            for lanes in chunks_of(alike.operations, 1 if alike.static else self.widest)
        ]
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
                    rows = [self.plan.row(first + i) for i in range(width)]
                    item = self.integral(rows, k, width)
                    track.items[k + 1] = item if item is ZERO else self._whole(item, width)
        return [(first, track) for (first, _), track in zip(chunks, tracks, strict=True)]

    def integral(self, rows, k: int, width: int):
        """Coefficient ``k + 1`` of components from coefficient ``k`` of their slopes.

        ``1 / 3`` is no float: with the nearest one every step errs to the same side, and in long
        runs energies drift instead of wandering (Brouwer's law).  So the first few
        coefficients, which a step feels, are multiplied by a sum of two floats.
        """
        factor = 1.0 / (k + 1)
        rest = float(Fraction(1, k + 1) - Fraction(factor))
        if rest == 0.0 or k + 1 > FELT:
            return self.linear(rows, k, width, factor)
        item = self.linear(rows, k, width)
        if item is ZERO:
            return ZERO
        whole: Any = self.emitter.constant(factor)
        factors = Real(self.emitter, whole.spread(item.axes), item.axes)
        return self.emitter.intrinsic("fma", item, factors, item * rest)

    def _state_chunks(self) -> list[tuple[int, int]]:
        """First component and width of each vector of the state."""
        terms = [len(self.plan.row(i)[0]) for i in range(self.equations.dimension)]
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
        """Numbers side by side in memory, each for all trajectories of the batch."""
        return self._load(pointer, place * self.batch, width * self.batch)

    def load_shared(self, pointer, place: int, width: int) -> Real:
        """Numbers side by side in memory, the same for all trajectories."""
        return self._whole(self._load(pointer, place, width), width)

    def _load(self, pointer, place: int, lanes: int) -> Real:
        value = self.builder.load(self._at(pointer, place, lanes), align=8)
        return Real(self.emitter, value, axes_of(lanes))

    def store(self, value: Real, pointer, place: int, width: int) -> None:
        whole = self._whole(0.0 if value is ZERO else value, width)
        at = self._at(pointer, place * self.batch, width * self.batch)
        self.builder.store(whole.value, at, align=8)

    def width_of(self, item: Real) -> int:
        """How many numbers are side by side."""
        return (item.axes[0][1] if item.axes else self.batch) // self.batch

    def _at(self, pointer, place: int, lanes: int):
        at = self.builder.gep(pointer, [I64(place)])
        if lanes > 1:
            at = self.builder.bitcast(at, ir.VectorType(F64, lanes).as_pointer())
        return at


def align_stack(builder) -> None:
    """Have the stack begin at a line of the cache: else spilled vectors lie across two.

    LLVM decides on that before it knows of spills, by the variables of the program.
    """
    kind = ir.VectorType(F64, 8)
    with builder.goto_entry_block():
        place = builder.alloca(kind)
        place.align = 64
    builder.store(ir.Constant(kind, ir.Undefined), place, align=64)


def _tuple(found):
    return found if isinstance(found, tuple) else (found,)


def _short(emitter, head, slope) -> Track:
    """A track of two coefficients."""
    made = Track(emitter, lambda k: ZERO)
    made.items.update({0: head, 1: slope})
    return made


def _mask(lanes):
    """A constant for the lanes that a shuffle takes."""
    kind = ir.VectorType(I32, len(lanes))
    return ir.Constant(kind, [I32(0 if lane is None else lane) for lane in lanes])


def _all(values, x) -> bool:
    return all(v == x for v in values)
