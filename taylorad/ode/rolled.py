"""Lifts of large systems: one compiled loop over tables of terms; see `lifting`."""

from __future__ import annotations

import numpy as np

from .addresses import address_of, integers_at, numbers_at
from .lanes import WIDEST
from .lifting import ARGUMENTS, Layout
from .native import kept
from .pointers import compiled
from .terms import BOTH, HEAD, Terms
from .vectors import convolve_lane, convolve_series, nothing, plus, put, vector_at

#: Bytes of a vector.
SIZE = 8 * WIDEST


def program(layout: Layout, degree: int):
    """The tables of the lift to one order of derivatives.

    Returns
    -------
    header : array
        What the compiled loop reads.
    owner : object
        What must live as long as the header is used.
    """
    linear, terms = layout.linear, Terms.of(layout, degree)
    # with an entry more: an empty array may have no address
    tables = [np.append(table.reshape(-1), table.dtype.type(0)) for table in terms]
    header = np.array(
        [linear.order, len(linear.states), len(linear.parameters), degree, len(terms.columns),
         *(t.ctypes.data for t in tables)],
        dtype=np.int64,
    )  # fmt: skip
    return header, (header, tables)


@compiled
def _times(total, numbers, stride, vectors, k, factor, only):
    """A Cauchy product added; the only product that is not 0 where one series is constant."""
    if only == BOTH:
        if stride == 1:
            return convolve_series(total, factor, numbers, vectors, k)
        return convolve_lane(total, factor, numbers, vectors, k)
    j = 0 if only == HEAD else k
    weight = factor * numbers_at(numbers)[j * stride]
    return plus(total, weight, vector_at(vectors + SIZE * (k - j)))


def _lift(coefficients, bases, state, rest, step, tape):
    """One lift by the tables whose header's address is ``bases[0]``.

    The ``coefficients`` of the step are transposed, one column a row.
    """
    head = integers_at(bases[0])
    order, n, inputs, degree, count = head[0], head[1], head[2], head[3], head[4]
    columns, terms, factors = integers_at(head[5]), integers_at(head[6]), numbers_at(head[7])
    slopes = integers_at(head[8])
    own, values, series = address_of(tape), address_of(coefficients), 8 * (order + 1)
    track = (order + 1) * SIZE
    for i in range(n + inputs):
        source = address_of(state) if i < n else address_of(rest) - SIZE * n
        put(own + i * track, vector_at(source + SIZE * i))
        if i >= n:
            for k in range(1, order + 1):
                put(own + i * track + SIZE * k, nothing())
    for k in range(order):
        for c in range(count):
            total = nothing()
            for t in range(columns[3 * c + 1], columns[3 * c + 2]):
                place, row, operand, only = (
                    terms[4 * t], terms[4 * t + 1], terms[4 * t + 2], terms[4 * t + 3]
                )  # fmt: skip
                vectors, factor = own + operand * track, factors[t]
                if place < 0:
                    total = plus(total, factor, vector_at(vectors + SIZE * k))
                    continue
                total = _times(total, values + place * series, 1, vectors, k, factor, only)
                if row < 0:
                    continue
                for part in range(1, 1 << (degree - 1)):
                    numbers = bases[2 * part] + row * track
                    vectors = bases[2 * part + 1] + operand * track
                    total = _times(total, numbers, WIDEST, vectors, k, factor, only)
            put(own + columns[3 * c] * track + SIZE * k, total)
        scale = 1.0 / (k + 1)
        for i in range(n):
            total = nothing()
            if slopes[i] >= 0:
                total = plus(total, scale, vector_at(own + slopes[i] * track + SIZE * k))
            put(own + i * track + SIZE * (k + 1), total)
    for i in range(n):
        total = nothing()
        for k in range(order, -1, -1):
            total = plus(vector_at(own + i * track + SIZE * k), step, total)
        put(address_of(state) + SIZE * i, total)


def rolled() -> int:
    """The address of the native loop."""
    return kept(_lift, ARGUMENTS)
