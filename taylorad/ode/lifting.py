"""Derivatives of the solution by its inputs, several directions side by side in a vector.

Let ``I`` be a list of inputs, and ``j`` run over the lanes of a vector.  With the partial
derivatives ``p`` and the operands ``a`` of a column ``c``::

    d_I d_j c = sum over terms and parts S of I of (d_S p) (d_{I without S} d_j a)

Each product is a Cauchy product of a series of numbers and a series of vectors.  The numbers
are values of the solution's own step (``S`` empty), or lanes of vectors that were found
before.  One *lift* finds the vectors of one ``I`` and one block of lanes for all columns; what
was found before lies on *tapes*, ``tape[column][coefficient][lane]``.
"""

from __future__ import annotations

from functools import cached_property

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jets.staging import ZERO, Real
from ..jets.types import F64
from .lanes import I64, Lanes, Track, add_products, axes_of
from .linearising import Linear
from .native import INTEGERS, POINTER, compiled
from .recurrences import Column, State
from .structure import of_layout

#: coefficients of the step, bases, derivatives of the state, those of parameters, step, tape
ARGUMENTS = (POINTER, INTEGERS, POINTER, POINTER, types.float64, POINTER)
#: Products of series up to which a lift is written out.
UNROLLED = 32


class Layout:
    """Where things are: on tapes, and among the coefficients of a step."""

    def __init__(self, linear: Linear, lanes: int):
        self.linear, self.lanes = linear, lanes
        self.rows = {column: i for i, column in enumerate(linear.columns)}
        #: Behind the components of the state and the roots, the partial derivatives.
        self.watched = list(dict.fromkeys(
            t.partial for terms in linear.terms.values() for t in terms
            if t.partial is not None and not isinstance(t.partial.kind, State)
        ))  # fmt: skip
        equations = linear.equations
        first = equations.dimension + len(equations.roots)
        self.places = {c: first + i for i, c in enumerate(self.watched)}
        self.places |= {c: i for i, c in enumerate(linear.states)}
        #: Coefficients of a step in one row.
        self.width = first + len(self.watched)

    @cached_property
    def kept(self) -> list[int]:
        """Rows of what is wanted of each step: the state, and roots; -1 where it is constant."""
        roots: list = self.linear.equations.roots
        return [*range(len(self.linear.states)), *(self.rows.get(c, -1) for c in roots)]

    @property
    def tape(self) -> int:
        """Numbers on a tape."""
        return len(self.rows) * (self.linear.order + 1) * self.lanes

    def products(self, degree: int) -> int:
        """Products of series in a lift to this order of derivatives."""
        linear = self.linear
        return 2 ** (degree - 1) * sum(
            t.partial is not None and not t.partial.static and not t.operand.static
            for c in self.columns(degree) for t in linear.terms[c]
        )  # fmt: skip

    def columns(self, degree: int) -> list[Column]:
        """The columns of which derivatives of this order are needed."""
        return [c for c in self.linear.columns if self.linear.degrees[c] >= degree]


class Writer:
    """Writes one lift as straight-line code."""

    def __init__(self, context, builder, layout: Layout, degree: int, arguments):
        self.emitter, self.builder = Lanes(context, builder), builder
        self.layout, self.degree = layout, degree
        self.linear, self.lanes = layout.linear, layout.lanes
        self.order = layout.linear.order
        self.coefficients, self.bases, self.state, self.rest, self.step, self.tape = arguments
        self._loaded: dict = {}

    @cached_property
    def addresses(self):
        """For each part ``S`` but the empty one, where ``d_S p`` and the rest's vectors are."""
        pointer = F64.as_pointer()
        found = []
        for i in range(2, 2 ** self.degree):
            entry = self.builder.load(self.builder.gep(self.bases, [I64(i)]))
            found.append(self.builder.inttoptr(entry, pointer))
        return list(zip(found[::2], found[1::2], strict=True))

    # -- operands ----------------------------------------------------------------------------

    def number(self, term, part: int, k: int):
        """Coefficient ``k`` of a partial derivative, or of its derivative by a part of ``I``."""
        if k and term.partial.static:
            return ZERO
        if part == 0:
            at = k * self.layout.width + self.layout.places[term.partial]
            pointer = self.builder.gep(self.coefficients, [I64(at)])
        else:
            if term.partial not in self.layout.rows:
                return ZERO
            at = self._on_tape(term.partial, k)
            pointer = self.builder.gep(self.addresses[part - 1][0], [I64(at)])
        return Real(self.emitter, self.builder.load(pointer))

    def vector(self, column, part: int, k: int):
        """Coefficient ``k`` of an operand's derivatives by the rest of ``I`` and by the lanes."""
        if k and column.static:
            return ZERO
        if part == 0:
            return self.own[column][k]
        key = column, part, k
        if key not in self._loaded:
            pointer = self.addresses[part - 1][1]
            self._loaded[key] = self._load(pointer, self._on_tape(column, k))
        return self._loaded[key]

    def _on_tape(self, column, k: int) -> int:
        return (self.layout.rows[column] * (self.order + 1) + k) * self.lanes

    def _load(self, pointer, at: int) -> Real:
        return Real(self.emitter, self.builder.load(self._place(pointer, at), align=8),
                    axes_of(self.lanes))  # fmt: skip

    def _store(self, item, pointer, at: int) -> None:
        zero = self.emitter.vector([0.0] * self.lanes)
        value = (zero if item is ZERO else item).value
        self.builder.store(value, self._place(pointer, at), align=8)

    def _place(self, pointer, at: int):
        place = self.builder.gep(pointer, [I64(at)])
        if self.lanes == 1:
            return place
        return self.builder.bitcast(place, ir.VectorType(F64, self.lanes).as_pointer())

    # -- the lift ----------------------------------------------------------------------------

    def write(self) -> None:
        linear, emitter = self.linear, self.emitter
        columns = self.layout.columns(self.degree)
        self.own = {c: Track(emitter, lambda k: ZERO) for c in linear.columns}
        n = len(linear.states)
        for i, column in enumerate(linear.inputs):
            pointer, at = (self.state, i) if i < n else (self.rest, i - n)
            self.own[column].items[0] = self._load(pointer, at * self.lanes)
        slopes = linear.equations.slopes
        for k in range(self.order):
            for column in columns[len(linear.inputs) :]:
                if not (k and column.static):
                    self.own[column].items[k] = self._coefficient(column, k)
            for column, slope in zip(linear.states, slopes, strict=True):
                item = self.own[slope][k] if slope in self.own else ZERO
                self.own[column].items[k + 1] = (
                    ZERO if item is ZERO else item * emitter.constant(1.0 / (k + 1))
                )
        self._finish(columns)

    def _coefficient(self, column, k: int):
        """Coefficient ``k`` of the derivatives of a column."""
        total = ZERO
        products: dict[float, list] = {}
        for term in self.linear.terms[column]:
            if term.partial is None:
                item = self.vector(term.operand, 0, k)
                total = self._plus(total, item, term.factor)
                continue
            pairs = products.setdefault(term.factor, [])
            for part in range(2 ** (self.degree - 1)):
                for j in range(k + 1):
                    if (j and term.partial.static) or (k - j and term.operand.static):
                        continue
                    number = self.number(term, part, j)
                    vector = self.vector(term.operand, part, k - j)
                    pairs.append((max(j, k - j), number, vector))
        for factor, pairs in products.items():
            pairs.sort(key=lambda pair: pair[0])
            total = self._plus(total, add_products([(x, y) for _, x, y in pairs]), factor)
        return total

    def _plus(self, total, item, factor: float):
        if item is ZERO:
            return total
        if total is ZERO:
            return item if factor == 1.0 else (
                -item if factor == -1.0 else item * self.emitter.constant(factor))  # fmt: skip
        if factor == 1.0:
            return total + item
        if factor == -1.0:
            return total - item
        return total + item * self.emitter.constant(factor)

    def _finish(self, columns) -> None:
        """Store what others need, and the derivatives at the end of the step."""
        linear, emitter = self.linear, self.emitter
        kept = columns
        if self.degree == linear.degree:
            kept = [linear.columns[row] for row in self.layout.kept if row >= 0]
        for column in kept:
            for k in range(self.order + 1):
                self._store(self.own[column][k], self.tape, self._on_tape(column, k))
        step = emitter.splat(Real(emitter, self.step), self.lanes)
        for i, column in enumerate(linear.states):
            total = ZERO
            for k in range(self.order, -1, -1):
                item = self.own[column][k]
                if total is ZERO:
                    total = item
                else:
                    total = total * step if item is ZERO else total * step + item
            self._store(total, self.state, i * self.lanes)


def unrolled(layout: Layout, degree: int):
    """The lift to one order of derivatives as straight-line code: its address and owner."""

    @intrinsic
    def emitted(typingctx, coefficients, bases, state, rest, step, tape):
        def codegen(context, builder, sig, args):
            Writer(context, builder, layout, degree, args).write()
            return context.get_dummy_value()

        return types.none(*ARGUMENTS), codegen

    def lift(coefficients, bases, state, rest, step, tape):
        emitted(coefficients, bases, state, rest, step, tape)

    return compiled(lift, ARGUMENTS, types.none, of_layout(layout, degree))


def lanes_for(inputs: int) -> int:
    """The lanes of a vector for so many inputs."""
    return next((lanes for lanes in (1, 2, 4) if inputs <= lanes), 8)
