"""The step of a large system as a table of kernels.

A system is a program: rows that say which kernel works on which places of the tape.  Nothing is
compiled for it but the kernels of rules that were not used before.
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from .addresses import address_of, calls, integers_at, numbers_at
from .grouping import Plan, lanes_of
from .kernels import COPY, INTEGERS, SUM, WIDEST, kernels, signature
from .native import POINTER, kept
from .pointers import compiled, fused
from .recurrences import Column, Parameter, State, Sum, Time

#: Entries at the start of a workspace, before the tape; see `Program.header`.
HEADER = 16


class Program:
    """The rows of a system's work for one coefficient, in their order."""

    def __init__(self, plan: Plan):
        self.plan, self.equations = plan, plan.equations
        self.stride = (plan.order + 1) * WIDEST
        #: Where each column is: the place of its coefficient 0 on the tape.
        self.places: dict[Column, int] = {}
        self.size = 0
        self.rows: list[list[int]] = []
        self.late: list[list[int]] = []
        self.signatures: dict = {}
        self.tables: list[np.ndarray] = []
        self._copies: dict = {}
        self._write()

    # -- places ------------------------------------------------------------------------------

    def allocate(self, columns) -> int:
        """Room for columns in tracks of eight."""
        first = self.size
        self.size += -(-len(columns) // WIDEST) * self.stride
        for i, column in enumerate(columns):
            self.places.setdefault(column, self.at(first, i))
        return first

    def at(self, first: int, i: int) -> int:
        return first + i // WIDEST * self.stride + i % WIDEST

    def operand(self, columns, late: bool) -> int:
        """Where columns are side by side, copied there if they are not."""
        if columns[0] not in self.places:  # none of its coefficients is needed
            return self.state
        first = self.places[columns[0]]
        if first % WIDEST == 0 and all(
            self.places[c] == self.at(first, i) for i, c in enumerate(columns)
        ):
            return first
        key = tuple(columns), late
        if key not in self._copies:
            place = self.size
            self.size += -(-len(columns) // WIDEST) * self.stride
            rows = [((1.0,), (c,), 0.0) for c in columns]
            where = self.late if late else self.rows
            self.gather(COPY, rows, place, 0, where)
            self._copies[key] = place, where[-1]
        place, row = self._copies[key]
        row[1] = max(row[1], self.last)  # some who use it need more coefficients
        return place

    # -- rows --------------------------------------------------------------------------------

    def _write(self) -> None:
        equations = self.equations
        r = equations.recurrences
        self.state = self.allocate([r.column(State(i)) for i in range(equations.dimension)])
        self.time = self.allocate([r.column(Time())])
        parameters = [r.column(Parameter(i)) for i in range(equations.parameters)]
        self.parameters = self.allocate(parameters)
        for alike in self.plan.alike:  # before all rows: they read what is delayed
            for i in range(len(alike.operations[0].columns)):
                self.allocate([op.columns[i] for op in alike.operations])
        for alike in self.plan.alike:
            ops = alike.operations
            self.last = alike.last
            if isinstance(ops[0].kind, Sum):
                rows = [(op.kind.coefficients, op.operands, op.kind.constant) for op in ops]
                self.gather(SUM, rows, self.places[ops[0].columns[0]], 0, self.rows)
            else:
                self.rule(ops)
        self.last = self.plan.order - 1
        rows = [self.plan.row(i) for i in range(equations.dimension)]
        self.components(rows)

    def components(self, rows) -> None:
        """The next coefficients of the components, runs of chunks with equally many terms."""
        first = 0
        while first < len(rows):
            terms = _terms(rows[first : first + WIDEST])
            last = first + WIDEST
            while last < len(rows) and _terms(rows[last : last + WIDEST]) == terms:
                last += WIDEST
            place = self.at(self.state, first)
            self.gather(SUM, rows[first:last], place, 1, self.late)
            first = last

    def gather(self, kernel: int, rows, place: int, ahead: int, where) -> None:
        """Sums of columns, one row a lane."""
        rows = [*rows, *rows[-1:] * (-len(rows) % WIDEST)]
        terms = _terms(rows)
        chunks = len(rows) // WIDEST
        zero = self.state  # a place with a number that is finite or fails the step anyway
        shape = chunks, WIDEST, terms
        places = np.full(shape, zero, dtype=np.int64)
        weights = np.zeros(shape)
        constants = np.array([row[2] for row in rows], dtype=float)
        for i, (coefficients, columns, _) in enumerate(rows):
            for j, (weight, column) in enumerate(zip(coefficients, columns, strict=True)):
                places[i // WIDEST, i % WIDEST, j] = self.places[column]
                weights[i // WIDEST, i % WIDEST, j] = weight
        tables = [
            np.ascontiguousarray(places.transpose(0, 2, 1)),
            np.ascontiguousarray(weights.transpose(0, 2, 1)),
            constants,
        ]
        self.tables += tables
        where.append([
            kernel, self.last, chunks, terms, place, ahead, *(t.ctypes.data for t in tables)
        ])  # fmt: skip

    def rule(self, ops) -> None:
        """Operations of one rule."""
        chunks = -(-len(ops) // WIDEST)
        padded = [*ops, *ops[-1:] * (-len(ops) % WIDEST)]
        kernel = self.signatures.setdefault(signature(ops[0]), 2 + len(self.signatures))
        operands = [
            self.operand(lanes, late=i in ops[0].delayed)
            if isinstance(lanes[0], Column)
            else 0
            for i, lanes in enumerate(lanes_of(padded, "operands"))
        ]
        arguments = [
            self.operand(lanes, late=False) if isinstance(lanes[0], Column) else 0
            for lanes in lanes_of(padded, "arguments")
        ]
        outputs = [self.places[column] for column in ops[0].columns]
        self.rows.append([kernel, self.last, chunks, *outputs, *operands, *arguments])

    # -- the workspace -----------------------------------------------------------------------

    def workspace(self, componentwise: bool) -> tuple[int, np.ndarray, object]:
        """The step's address, what a workspace holds at first, and what must live on."""
        address, owner = kernels(tuple(self.signatures))
        rows = [*self.rows, *self.late]
        starts = np.cumsum([0, *map(len, rows)])[:-1].astype(np.int64)
        program = np.array([x for row in rows for x in row], dtype=np.int64)
        equations, outputs = self.equations, self.plan.outputs
        roots = np.array(
            [self.places[c] if isinstance(c, Column) else -1 for c in outputs] + [0],
            dtype=np.int64,
        )
        values = np.array(
            [0.0 if isinstance(c, Column) else c for c in outputs] + [0.0], dtype=float
        )
        header = np.array(
            [self.plan.order, equations.dimension, equations.parameters, len(outputs),
             int(componentwise), address, len(rows), starts.ctypes.data, program.ctypes.data,
             self.state, self.time, self.parameters, roots.ctypes.data, values.ctypes.data],
            dtype=np.int64,
        )  # fmt: skip
        made = np.zeros(HEADER + self.size)
        made[: header.size] = header.view(float)
        address_of_step = kept(_run, (types.float64, types.float64, *(POINTER,) * 6))
        return address_of_step, made, (owner, self.tables, starts, program, roots, values)


def _terms(rows) -> int:
    return max(1, *(len(row[0]) for row in rows))


# -- the step ---------------------------------------------------------------------------------


_kernel = calls(types.none, (types.int64, POINTER, INTEGERS, types.int64, types.int64))


@compiled
def _place(first, i, stride):
    return first + i // WIDEST * stride + i % WIDEST


@compiled
def _norm(tape, state, n, stride, k, floor, componentwise):
    largest = 0.0
    for i in range(n):
        place = _place(state, i, stride)
        size = abs(tape[place + k * WIDEST])
        if componentwise:
            size /= max(floor[i], abs(tape[place]))
        largest = max(largest, size)
    return largest


def _run(time, longest, y, low, parameters, floor, coefficients, workspace):
    """One step by the program in the workspace; see `system.System`."""
    head = integers_at(address_of(workspace))
    order, n, count, roots, componentwise = head[0], head[1], head[2], head[3], head[4]
    kernel, rows, starts, program = head[5], head[6], integers_at(head[7]), head[8]
    state, stride = head[9], (order + 1) * WIDEST
    tape = numbers_at(address_of(workspace) + 8 * HEADER)
    for i in range(n):
        tape[_place(state, i, stride)] = y[i]
    tape[head[10]] = time
    tape[head[10] + WIDEST] = 1.0
    for i in range(count):
        tape[_place(head[11], i, stride)] = parameters[i]
    for k in range(order + 1):
        for g in range(rows):
            row = integers_at(program + 8 * starts[g])
            if k <= row[1]:
                _kernel(kernel, row[0], tape, integers_at(program + 8 * (starts[g] + 2)), k, stride)
    step = _length(tape, state, n, stride, order, floor, componentwise)
    step = math.copysign(min(step, abs(longest)), longest)
    if address_of(coefficients) != 0:
        positions, values = integers_at(head[12]), numbers_at(head[13])
        for k in range(order + 1):
            line = k * (n + roots)
            for i in range(n):
                coefficients[line + i] = tape[_place(state, i, stride) + k * WIDEST]
            for i in range(roots):
                if positions[i] >= 0:
                    item = tape[positions[i] + k * WIDEST]
                else:
                    item = values[i] if k == 0 else 0.0
                coefficients[line + n + i] = item
    doubt = 0.0
    for i in range(n):
        place = _place(state, i, stride)
        doubt += 0.0 * _end(tape, place, order, step, low[i])
    if doubt != 0.0:  # also where it is nan
        return math.nan
    for i in range(n):
        place = _place(state, i, stride)
        change = _end(tape, place, order, step, low[i])
        y[i] = tape[place] + change
        low[i] = change - (y[i] - tape[place])
    return step


@compiled
def _length(tape, state, n, stride, order, floor, componentwise):
    """The step size of Jorba and Zou, as in `stepsize.Finish`."""
    scale = 1.0
    if not componentwise:
        scale = max(_norm(tape, state, n, stride, 0, floor, False), floor[0])
    shortest = math.inf
    for k in range(order - 1, order + 1):
        norm = _norm(tape, state, n, stride, k, floor, componentwise)
        if norm != 0.0:
            shortest = min(shortest, (scale / norm) ** (1.0 / k))
    return shortest * math.exp(-2.0 - 0.7 / (order - 1))


@fused
def _end(tape, place, order, step, low):
    """What the state changes by."""
    total = 0.0
    for k in range(order, 0, -1):
        total = total * step + tape[place + k * WIDEST]
    return total * step + low
