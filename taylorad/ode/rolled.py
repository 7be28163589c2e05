"""Lifts of large systems: one compiled loop over tables of terms; see `lifting`."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from ..jets.types import F64
from .addresses import address_of, integers_at, numbers_at
from .lanes import I64, WIDEST
from .lifting import ARGUMENTS, Layout
from .native import kept
from .pointers import compiled

#: Which coefficients of a partial derivative count: all, the first, or the last alone.
BOTH, HEAD, LAST = 0, 1, 2

VECTOR = ir.VectorType(F64, WIDEST)


def program(layout: Layout, degree: int):
    """The tables of the lift to one order of derivatives.

    Returns
    -------
    header : array
        What the compiled loop reads.
    owner : object
        What must live as long as the header is used.
    """
    linear = layout.linear
    columns: list[tuple] = []
    terms: list[tuple] = []
    factors: list[float] = []
    for column in layout.columns(degree)[len(linear.inputs) :]:
        first = len(terms)
        for term in linear.terms[column]:
            place, row, only = -1, -1, BOTH
            if term.partial is not None:
                place = layout.places[term.partial]
                row = layout.rows.get(term.partial, -1)
                only = HEAD if term.partial.static else LAST if term.operand.static else BOTH
            terms.append((place, row, layout.rows[term.operand], only))
            factors.append(term.factor)
        columns.append((layout.rows[column], first, len(terms)))
    ends: list = linear.equations.slopes
    slopes = [layout.rows.get(slope, -1) for slope in ends]
    tables = [
        np.array([x for row in columns for x in row] + [0], dtype=np.int64),
        np.array([x for row in terms for x in row] + [0], dtype=np.int64),
        np.array([*factors, 0.0]),
        np.array([*slopes, 0], dtype=np.int64),
    ]
    header = np.array(
        [linear.order, len(linear.states), len(linear.parameters), degree, len(columns),
         *(t.ctypes.data for t in tables)],
        dtype=np.int64,
    )  # fmt: skip
    return header, (header, tables)


@intrinsic
def _convolve(typingctx, numbers, stride, vectors, k, factor, total):
    """``total += factor * sum of numbers[j * stride] * vectors[k - j]`` for ``j = 0..k``.

    Two sums, of even and odd ``j``, that do not wait for each other.
    """

    def codegen(context, builder, sig, args):
        numbers, stride, vectors, k, factor, total = args
        fast = ("contract",)
        pointer = VECTOR.as_pointer()
        zero = ir.Constant(VECTOR, [0.0] * WIDEST)

        def spread(x):
            one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), x, ir.IntType(32)(0))
            mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDEST), [0] * WIDEST)
            return builder.shuffle_vector(one, one, mask)

        def product(j, before):
            number = builder.load(builder.gep(numbers, [builder.mul(j, stride)]))
            place = builder.gep(vectors, [builder.mul(builder.sub(k, j), I64(WIDEST))])
            vector = builder.load(builder.bitcast(place, pointer), align=8)
            term = builder.fmul(spread(number), vector, flags=fast)
            return builder.fadd(before, term, flags=fast)

        start = builder.block
        loop, last, done = (builder.append_basic_block(n) for n in ("pairs", "last", "done"))
        pairs = builder.ashr(builder.add(k, I64(1)), I64(1))
        some = builder.icmp_signed(">", pairs, I64(0))
        builder.cbranch(some, loop, last)
        builder.position_at_end(loop)
        i = builder.phi(I64)
        even, odd = builder.phi(VECTOR), builder.phi(VECTOR)
        j = builder.shl(i, I64(1))
        new_even = product(j, even)
        new_odd = product(builder.add(j, I64(1)), odd)
        following = builder.add(i, I64(1))
        for phi, first, after in ((i, I64(0), following), (even, zero, new_even),
                                  (odd, zero, new_odd)):  # fmt: skip
            phi.add_incoming(first, start)
            phi.add_incoming(after, loop)
        builder.cbranch(builder.icmp_signed("<", following, pairs), loop, last)
        builder.position_at_end(last)
        sums = []
        for after in (new_even, new_odd):
            phi = builder.phi(VECTOR)
            phi.add_incoming(zero, start)
            phi.add_incoming(after, loop)
            sums.append(phi)
        both = builder.fadd(sums[0], sums[1])
        middle = builder.append_basic_block("middle")
        is_even = builder.icmp_signed("==", builder.and_(k, I64(1)), I64(0))
        builder.cbranch(is_even, middle, done)
        builder.position_at_end(middle)
        with_last = product(k, both)
        builder.branch(done)
        builder.position_at_end(done)
        found = builder.phi(VECTOR)
        found.add_incoming(both, last)
        found.add_incoming(with_last, middle)
        place = builder.bitcast(total, pointer)
        before = builder.load(place, align=8)
        term = builder.fmul(found, spread(factor), flags=fast)
        builder.store(builder.fadd(before, term, flags=fast), place, align=8)
        return context.get_dummy_value()

    return types.none(numbers, stride, vectors, k, factor, total), codegen


@intrinsic
def _add(typingctx, target, source, factor):
    """``target += factor * source``, vectors."""

    def codegen(context, builder, sig, args):
        target, source = (builder.bitcast(x, VECTOR.as_pointer()) for x in args[:2])
        one = builder.insert_element(ir.Constant(VECTOR, ir.Undefined), args[2], ir.IntType(32)(0))
        mask = ir.Constant(ir.VectorType(ir.IntType(32), WIDEST), [0] * WIDEST)
        factor = builder.shuffle_vector(one, one, mask)
        term = builder.fmul(builder.load(source, align=8), factor, flags=("contract",))
        made = builder.fadd(builder.load(target, align=8), term, flags=("contract",))
        builder.store(made, target, align=8)
        return context.get_dummy_value()

    return types.none(target, source, factor), codegen


@intrinsic
def _clear(typingctx, target):
    """``target = 0``, a vector."""

    def codegen(context, builder, sig, args):
        place = builder.bitcast(args[0], VECTOR.as_pointer())
        builder.store(ir.Constant(VECTOR, [0.0] * WIDEST), place, align=8)
        return context.get_dummy_value()

    return types.none(target), codegen


@compiled
def _multiply(numbers, stride, vectors, k, factor, total, only):
    """A Cauchy product, or the only product that is not 0 where one series is constant."""
    if only == BOTH:
        _convolve(numbers_at(numbers), stride, numbers_at(vectors), k, factor, total)
        return
    j = 0 if only == HEAD else k
    weight = factor * numbers_at(numbers)[j * stride]
    _add(total, numbers_at(vectors + 8 * WIDEST * (k - j)), weight)


def _lift(coefficients, bases, state, rest, step, tape):
    """One lift by the tables whose header's address is ``bases[0]``.

    The ``coefficients`` of the step are transposed, one column a row.
    """
    head = integers_at(bases[0])
    order, n, inputs, degree, count = head[0], head[1], head[2], head[3], head[4]
    columns, terms, factors = integers_at(head[5]), integers_at(head[6]), numbers_at(head[7])
    slopes = integers_at(head[8])
    own, values, series = address_of(tape), address_of(coefficients), 8 * (order + 1)
    track = (order + 1) * WIDEST * 8
    for i in range(n + inputs):
        source = address_of(state) if i < n else address_of(rest) - 8 * WIDEST * n
        _clear(numbers_at(own + i * track))
        _add(numbers_at(own + i * track), numbers_at(source + 8 * WIDEST * i), 1.0)
        if i >= n:
            for k in range(1, order + 1):
                _clear(numbers_at(own + i * track + 8 * WIDEST * k))
    for k in range(order):
        for c in range(count):
            total = numbers_at(own + columns[3 * c] * track + 8 * WIDEST * k)
            _clear(total)
            for t in range(columns[3 * c + 1], columns[3 * c + 2]):
                place, row, operand, only = (
                    terms[4 * t], terms[4 * t + 1], terms[4 * t + 2], terms[4 * t + 3]
                )  # fmt: skip
                vectors, factor = own + operand * track, factors[t]
                if place < 0:
                    _add(total, numbers_at(vectors + 8 * WIDEST * k), factor)
                    continue
                _multiply(values + place * series, 1, vectors, k, factor, total, only)
                if row < 0:
                    continue
                for part in range(1, 1 << (degree - 1)):
                    numbers = bases[2 * part] + row * track
                    vectors = bases[2 * part + 1] + operand * track
                    _multiply(numbers, WIDEST, vectors, k, factor, total, only)
        scale = 1.0 / (k + 1)
        for i in range(n):
            target = numbers_at(own + i * track + 8 * WIDEST * (k + 1))
            _clear(target)
            if slopes[i] >= 0:
                _add(target, numbers_at(own + slopes[i] * track + 8 * WIDEST * k), scale)
    for i in range(n):
        for lane in range(WIDEST):
            column = numbers_at(own + i * track + 8 * lane)
            total = 0.0
            for k in range(order, -1, -1):
                total = total * step + column[k * WIDEST]
            state[i * WIDEST + lane] = total


def rolled() -> int:
    """The address of the native loop."""
    return kept(_lift, ARGUMENTS)
