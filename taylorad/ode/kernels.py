"""Rules as loops over coefficients in memory, eight columns at a time: for large systems.

The text of a rule is staged once with a *run-time* index: its sums become loops.  What comes
out serves all operations of this rule in all systems, so a large system costs no code.

The tape holds the coefficients: a track is eight columns side by side, coefficient after
coefficient.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..compiler.functions import lock
from ..jets.staging import ZERO, Real, Series
from ..jets.types import F64
from .lanes import I64, WIDEST, Lanes, axes_of
from .native import INTEGERS, POINTER, Loops, compiled
from .recurrences import Column, Map, Operation, Solve, Value
from .structure import of_kind

AXES = axes_of(WIDEST)
VECTOR = ir.VectorType(F64, WIDEST)


class Looped(Lanes):
    """An emitter whose functions of vectors are loops over the lanes: short code."""

    def _lane_by_lane(self, function, operands):
        builder, context = self.builder, self.context
        vectors = [self.lift(x).spread(AXES) for x in operands]
        slots = [cgutils.alloca_once(builder, VECTOR) for _ in (*vectors, None)]
        for vector, slot in zip(vectors, slots, strict=False):
            builder.store(vector, slot)
        slots = [builder.bitcast(slot, F64.as_pointer()) for slot in slots]
        lanes = context.get_constant(types.intp, WIDEST)
        with cgutils.for_range(builder, lanes, intp=I64) as loop:
            at = [builder.gep(slot, [loop.index]) for slot in slots]
            numbers = [Real(self, builder.load(pointer)) for pointer in at[:-1]]
            builder.store(self.call(function, *numbers).value, at[-1])
        result = builder.load(builder.bitcast(slots[-1], VECTOR.as_pointer()))
        return Real(self, result, AXES)


class Index:
    """A run-time index plus a constant, in the place of ``k`` in a rule."""

    def __init__(self, emitter, value, offset: int = 0):
        self.emitter, self.value, self.offset = emitter, value, offset

    def __add__(self, n: int):
        return Index(self.emitter, self.value, self.offset + n)

    def __sub__(self, n: int):
        return self + -n

    def ir(self):
        builder = self.emitter.builder
        return builder.add(self.value, I64(self.offset)) if self.offset else self.value

    @property
    def real(self) -> Real:
        return Real(self.emitter, self.emitter.builder.sitofp(self.ir(), F64))

    def __mul__(self, x):
        return self.real * x

    def __rmul__(self, x):
        return x * self.real

    def __rtruediv__(self, x):
        return x * (1.0 / self.real)


def _index(i):
    return I64(i) if isinstance(i, int) else i.ir()


class Stored(Series):
    """Coefficients of a track on the tape."""

    def __init__(self, emitter, pointer, weighted=False):
        super().__init__(emitter, {})
        self.pointer, self.is_weighted = pointer, weighted

    def at(self, i):
        """The address of coefficient ``i``."""
        return self.emitter.builder.gep(self.pointer, [i])

    def __getitem__(self, i):
        i = _index(i)
        item = Real(self.emitter, self.emitter.builder.load(self.at(i), align=64), AXES)
        if self.is_weighted:
            item = item * Real(self.emitter, self.emitter.builder.sitofp(i, F64))
        return item

    def weighted(self) -> Series:
        return Stored(self.emitter, self.pointer, True)

    def dot(self, other, k, lo, hi):
        if isinstance(other, Fixed):  # its coefficient 0 alone is not 0
            whole = isinstance(hi, Index) and hi.offset == k.offset
            return self[k] * other[0] if whole else ZERO
        return _loop(self.emitter, k, _index(lo), _index(hi), self, other)

    def square_sum(self, k, lo):
        builder = self.emitter.builder
        half = builder.ashr(builder.sub(k.ir(), I64(1)), I64(1))
        total = _loop(self.emitter, k, I64(lo), half, self, self)
        total = total + total
        middle = self[Index(self.emitter, builder.ashr(k.ir(), I64(1)))]
        even = builder.icmp_signed("==", builder.and_(k.ir(), I64(1)), I64(0))
        added = total + middle * middle
        if lo > 0:  # of coefficient 0 there is no middle
            even = builder.and_(even, builder.icmp_signed(">=", k.ir(), I64(2 * lo)))
        return Real(self.emitter, builder.select(even, added.value, total.value), AXES)


class Fixed(Series):
    """A plain number as an operand."""

    def __init__(self, emitter, value: float, weighted=False):
        super().__init__(emitter, {})
        self.number, self.is_weighted = value, weighted

    def __getitem__(self, i):
        known = isinstance(i, int) and i == 0
        return self.emitter.constant(self.number) if known and not self.is_weighted else ZERO

    def weighted(self) -> Series:
        return Fixed(self.emitter, self.number, True)

    def dot(self, other, k, lo, hi):
        from_zero = isinstance(lo, int) and lo == 0
        return self[0] * other[k] if from_zero and self[0] is not ZERO else ZERO


def _loop(emitter, k, lo, hi, a, b) -> Real:
    """Sum of ``a[j] b[k-j]`` for ``j = lo..hi``."""
    builder = emitter.builder
    zero = ir.Constant(VECTOR, [0.0] * WIDEST)
    total = cgutils.alloca_once(builder, VECTOR)
    builder.store(zero, total)
    with cgutils.for_range_slice(builder, lo, builder.add(hi, I64(1)), I64(1)) as (j, _):
        at_j = Index(emitter, j)
        opposite = Index(emitter, builder.sub(k.ir(), j))
        sum_ = Real(emitter, builder.load(total), AXES) + a[at_j] * b[opposite]
        builder.store(sum_.value, total)
    return Real(emitter, builder.load(total), AXES)


def signature(op: Operation):
    """What a kernel depends on: operations that have it in common share one."""
    numbers = tuple(None if isinstance(x, Column) else x for x in op.operands)
    heads = tuple(None if isinstance(x, Column) else x for x in op.arguments)
    return op.kind, numbers, heads


class Writer:
    """Writes the kernel of one signature: ``row`` says where on the tape everything is.

    ``row = [tracks, outputs..., operands..., arguments...]``, in numbers from the tape's start.
    """

    def __init__(self, context, builder, tape, row, k, stride):
        self.emitter, self.builder = Looped(context, builder), builder
        self.tape, self.row, self.k, self.stride = tape, row, k, stride

    def entry(self, i: int):
        return self.builder.load(self.builder.gep(self.row, [I64(i)]))

    def write(self, kind, numbers, heads) -> None:
        count = len(kind.starts) if isinstance(kind, Solve) else 1
        with cgutils.for_range(self.builder, self.entry(0), intp=I64) as loop:
            shift = self.builder.mul(loop.index, self.stride)
            series = [
                self._stored(1 + i, shift) if x is None else Fixed(self.emitter, x)
                for i, x in enumerate((*[None] * count, *numbers, *heads))
            ]
            outputs, operands = series[:count], series[count : count + len(numbers)]
            arguments = series[count + len(numbers) :]
            first = self.builder.icmp_signed("==", self.k, I64(0))
            with self.builder.if_else(first) as (at_zero, later):
                with at_zero:
                    self._store(outputs, self._heads(kind, operands, arguments), I64(0))
                with later:
                    self._store(outputs, self._rule(kind, outputs, operands, arguments), self.k)

    def _stored(self, place: int, shift):
        at = self.builder.add(self.entry(place), shift)
        pointer = self.builder.gep(self.tape, [at])
        return Stored(self.emitter, self.builder.bitcast(pointer, VECTOR.as_pointer()))

    def _call(self, function, arguments):
        values = [x.number if isinstance(x, Fixed) else x[0] for x in arguments]
        return self.emitter.call(function, *values)

    def _heads(self, kind, operands, arguments):
        if isinstance(kind, Solve):
            return [self._call(start, arguments) for start in kind.starts]
        if isinstance(kind, Value):
            return [self._call(kind.function, arguments)]
        if kind.head is not None:
            return [self._call(kind.head, arguments)]
        return [self._mapped(kind, operands, arguments, 0)]

    def _mapped(self, kind: Map, operands, arguments, k):
        constants = [self._call(c, arguments) for c in kind.constants]
        return kind.formula(*(x[k] for x in operands), *constants)

    def _rule(self, kind, outputs, operands, arguments):
        k = Index(self.emitter, self.k)
        if isinstance(kind, Value):
            return []  # the tape is zero from the start
        if isinstance(kind, Map):
            return [self._mapped(kind, operands, arguments, k)]
        found = kind.formula(k, *outputs, *operands)
        return found if isinstance(found, tuple) else (found,)

    def _store(self, outputs, items, k) -> None:
        for output, item in zip(outputs, items, strict=False):
            item = self.emitter.constant(0.0) if item is ZERO else self.emitter.lift(item)
            self.builder.store(item.spread(AXES), output.at(k), align=64)

    def gather(self, weighted: bool) -> None:
        """Sums of columns from anywhere: ``row = [tracks, terms, output, ahead, places, weights,
        constants]``, the last three addresses of tables.

        With ``ahead`` 1 coefficient ``k + 1`` of a component is made of its slope; divided, for
        a rounded ``1 / (k + 1)`` would err to the same side in every step.
        """
        builder, emitter = self.builder, self.emitter
        terms, output, ahead = (self.entry(i) for i in (1, 2, 3))
        places = builder.inttoptr(self.entry(4), I64.as_pointer())
        weights, constants = (
            builder.inttoptr(self.entry(i), VECTOR.as_pointer()) for i in (5, 6)
        )
        k8 = builder.mul(self.k, I64(WIDEST))
        column = builder.gep(self.tape, [k8])
        target = builder.add(self.k, ahead)
        one = builder.icmp_signed("==", ahead, I64(0))
        divisor = Real(
            emitter, builder.select(one, F64(1.0), builder.sitofp(target, F64))
        ).spread(AXES)
        first = builder.icmp_signed("==", self.k, I64(0))
        with cgutils.for_range(builder, self.entry(0), intp=I64) as loop:
            chunk = loop.index
            zero = ir.Constant(VECTOR, [0.0] * WIDEST)
            total = cgutils.alloca_once(builder, VECTOR)
            builder.store(zero, total)
            if weighted:
                with builder.if_then(first):
                    constant = builder.load(builder.gep(constants, [chunk]), align=8)
                    builder.store(constant, total)
            with cgutils.for_range(builder, terms, intp=I64) as inner:
                row = builder.add(builder.mul(chunk, terms), inner.index)
                lanes = builder.gep(places, [builder.mul(row, I64(WIDEST))])
                vector = zero
                for lane in range(WIDEST):
                    place = builder.load(builder.gep(lanes, [I64(lane)]))
                    item = builder.load(builder.gep(column, [place]))
                    vector = builder.insert_element(vector, item, ir.IntType(32)(lane))
                term = Real(emitter, vector, AXES)
                if weighted:
                    weight = builder.load(builder.gep(weights, [row]), align=8)
                    term = Real(emitter, builder.load(total), AXES) + term * Real(
                        emitter, weight, AXES
                    )
                builder.store(term.value, total)
            made = Real(emitter, builder.load(total), AXES)
            made = made / Real(emitter, divisor, AXES) if weighted else made
            at = builder.add(output, builder.mul(chunk, self.stride))
            pointer = builder.bitcast(builder.gep(self.tape, [at]), VECTOR.as_pointer())
            builder.store(made.value, builder.gep(pointer, [target]), align=64)


#: The two kernels that every table has, before those of rules.
COPY, SUM = 0, 1
_made: dict[tuple, tuple[int, object]] = {}


def kernels(signatures: tuple) -> tuple[int, object]:
    """The address of ``kernel(which, tape, row, k, stride)``, and what keeps it.

    ``which`` is 0 for copies, 1 for sums, and from 2 on the place in ``signatures``.
    """
    with lock:
        if signatures not in _made:
            _made[signatures] = _compile(signatures)
        return _made[signatures]


def _compile(signatures):
    @intrinsic
    def emitted(typingctx, which, tape, row, k, stride):
        def codegen(context, builder, sig, args):
            which, tape, row, k, stride = args
            tasks = [lambda w: w.gather(False), lambda w: w.gather(True)]
            tasks += [lambda w, s=s: w.write(*s) for s in signatures]
            done = builder.append_basic_block("done")
            blocks = [builder.append_basic_block("kernel") for _ in tasks]
            switch = builder.switch(which, done)
            for i, (task, block) in enumerate(zip(tasks, blocks, strict=True)):
                switch.add_case(I64(i), block)
                builder.position_at_end(block)
                task(Writer(context, builder, tape, row, k, stride))
                builder.branch(done)
            builder.position_at_end(done)
            return context.get_dummy_value()

        return types.none(types.int64, POINTER, INTEGERS, types.int64, types.int64), codegen

    def kernel(which, tape, row, k, stride):
        emitted(which, tape, row, k, stride)

    arguments = types.int64, POINTER, INTEGERS, types.int64, types.int64
    structure = tuple((of_kind(kind), *numbers) for kind, *numbers in signatures)
    return compiled(kernel, arguments, types.none, structure, Loops)

