"""The step of several trajectories at once, one in each lane, each with its own time.

What a lane computes does not depend on the others, so that a trajectory is the same to the bit
wherever and beside whichever others it is integrated.
"""

from __future__ import annotations

import math
from functools import reduce
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jets.staging import Real
from .emission import Emission
from .grouping import Plan
from .lanes import I64
from .native import POINTER, compiled
from .stepsize import Finish
from .structure import of_plan

#: Trajectories of a batch; where vectors are shorter, two take turns.
BATCH = 8
#: Clocks, states, their low parts, parameters, floor, coefficients.
ARGUMENTS = (POINTER,) * 6
#: Rows of the clocks: the time as a sum, where to go, the longest step, the next time at which
#: the state is wanted; and, written by a step, its length and the time before it.
HIGH, LOW, END, LONGEST, WANTED, LENGTH, BEFORE, BEFORE_LOW = range(8)
ROWS = 8


def batched(plan: Plan, componentwise: bool):
    """The address of ``step(clocks, y, low, parameters, floor, coefficients)``, and its owner.

    ``y[n][8]``, ``low[n][8]`` and ``parameters[p][8]`` are those of eight trajectories, row by
    row, as are the ``clocks``, see `HIGH`. The result is five times eight bits, one for each
    trajectory: those that have arrived; that are not finite and stay where they are; whose
    time does not change, as a float; those whose state is wanted within the step; and those
    whose step nothing limits, see `stepping.fits`. Where the state of one is wanted, the
    ``coefficients[K + 1][n + m][8]`` are stored.
    """

    @intrinsic
    def emitted(typingctx, clocks, state, low, parameters, floor, coefficients):
        def codegen(context, builder, sig, args):
            clocks, state, low, parameters, floor, coefficients = args
            emission = Emission(context, builder, plan, 1, BATCH)
            time = Clocks(emission, clocks)
            tracks = emission.series(time.high, state, parameters)
            places = time.longest(), state, low, floor, coefficients
            finish = Together(emission, tracks, places, componentwise, time)
            return time.advance(finish.write(), finish.tail)

        return types.int64(*ARGUMENTS), codegen

    def step(clocks, state, low, parameters, floor, coefficients):
        return emitted(clocks, state, low, parameters, floor, coefficients)

    return compiled(step, ARGUMENTS, types.int64, (of_plan(plan), componentwise))


class Together(Finish):
    """The end of a step, decided for each trajectory."""

    def __init__(self, emission: Emission, tracks, arguments, componentwise: bool, clocks: Clocks):
        super().__init__(emission, tracks, arguments, componentwise)
        self.clocks = clocks

    def wanted(self, step: Real):
        flags = self.clocks.look(step)
        return self.builder.icmp_unsigned("!=", flags, I64(0))

    def keep(self, doubt: Real, moved, step: Real):
        emitter, emission = self.emitter, self.emission
        for first, width, *values in moved:
            for value, pointer in zip(values, (self.state, self.low), strict=True):
                old = emission.load(pointer, first, width)
                emission.store(emitter.where("==", doubt, 0.0, value, old), pointer, first, width)
        return emitter.where("==", doubt, 0.0, step, emitter.constant(math.nan))


class Clocks:
    """The times of a batch; see `stepping.propagate`, which does the same for one."""

    def __init__(self, emission: Emission, pointer):
        self.emission, self.emitter, self.pointer = emission, emission.emitter, pointer
        self.high, self.low, self.end = (self._row(i) for i in (HIGH, LOW, END))
        self.left = self._until(self.end)

    def _row(self, i: int) -> Real:
        return self.emission.load(self.pointer, i, 1)

    def _until(self, time: Real) -> Real:
        return self.emitter.exact(lambda: (time - self.high) - self.low)

    def longest(self) -> Real:
        """The rest of the way, or the longest step in its direction."""
        size, limit = self.emitter.intrinsic("fabs", self.left), self._row(LONGEST)
        size = self.emitter.where("<", size, limit, size, limit)
        return self.emitter.intrinsic("copysign", size, self.left)

    def look(self, step: Real):
        """Which trajectories pass a time at which their state is wanted."""
        fabs = self.emitter.intrinsic
        since, size = fabs("fabs", self._until(self._row(WANTED))), fabs("fabs", step)
        self.passing = self._flags("<=", since, size)
        return self.passing

    def advance(self, step: Real, tail: Any):
        """The times after a step, nan where there was none; what is to be told of it."""
        emitter, high, low = self.emitter, self.high, self.low
        new, rest = emitter.exact(lambda: self._moved(step))
        for row, now, then, end in ((HIGH, new, high, self.end), (LOW, rest, low, 0.0)):
            now = emitter.where("ord", step, step, now, then)
            now = emitter.where("==", step, self.left, end, now)
            self.emission.store(now, self.pointer, row, 1)
        for row, item in ((LENGTH, step), (BEFORE, high), (BEFORE_LOW, low)):
            self.emission.store(item, self.pointer, row, 1)
        told = [
            self._flags("==", step, self.left),
            self._flags("uno", step, step),
            self._flags("==", emitter.exact(lambda: high + step), high),
            self.passing,
            self._flags("==", tail, emitter.splat(emitter.constant(0.0), BATCH)),
        ]
        b = self.emission.builder
        return reduce(b.or_, (b.shl(flags, I64(BATCH * i)) for i, flags in enumerate(told)))

    def _moved(self, step: Real):
        """The time and a step as a sum of two floats, see `stepping.moved`."""
        high, low = self.high, self.low
        total = high + step
        part = total - high
        low = low + ((high - (total - part)) + (step - part))
        new = total + low
        return new, low - (new - total)

    def _flags(self, relation: str, x: Real, y: Real):
        """A bit for each trajectory."""
        b = self.emission.builder
        compare = b.fcmp_unordered if relation == "uno" else b.fcmp_ordered
        flags = compare(relation, x.value, y.value)
        return b.zext(b.bitcast(flags, ir.IntType(BATCH)), I64)
