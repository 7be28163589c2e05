"""The step of several trajectories at once, one in each lane, each with its own time.

What a lane computes does not depend on the others, so that a trajectory is the same to the bit
wherever and beside whichever others it is integrated.
"""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from ..jets.staging import Real
from .emission import Emission
from .grouping import Plan
from .lanes import I64
from .native import POINTER, compiled
from .stepsize import Finish

#: Trajectories of a batch; where vectors are shorter, two take turns.
BATCH = 8
#: Clocks, states, their low parts, parameters, floor, coefficients.
ARGUMENTS = (POINTER,) * 6
#: Rows of the clocks: the time as a sum, where to go, the longest step, the step taken.
HIGH, LOW, END, LONGEST, LENGTH = range(5)
ROWS = 5


def batched(plan: Plan, componentwise: bool):
    """The address of ``step(clocks, y, low, parameters, floor, coefficients)``, and its owner.

    ``y[n][8]``, ``low[n][8]`` and ``parameters[p][8]`` are those of eight trajectories, row by
    row, as are the ``clocks``, see `HIGH`; ``coefficients[K + 1][n + m][8]`` may be NULL. The
    result has a bit for each trajectory that has arrived, behind these eight bits for those
    that are not finite and stay where they are, and eight for those whose time does not
    change, as a float.
    """

    @intrinsic
    def emitted(typingctx, clocks, state, low, parameters, floor, coefficients):
        def codegen(context, builder, sig, args):
            clocks, state, low, parameters, floor, coefficients = args
            emission = Emission(context, builder, plan, 1, BATCH)
            time = Clocks(emission, clocks)
            tracks = emission.series(time.high, state, parameters)
            places = time.longest(), state, low, floor, coefficients
            step = Finish(emission, tracks, places, componentwise).write()
            return time.advance(Real(emission.emitter, step, time.high.axes))

        return types.int64(*ARGUMENTS), codegen

    def step(clocks, state, low, parameters, floor, coefficients):
        return emitted(clocks, state, low, parameters, floor, coefficients)

    return compiled(step, ARGUMENTS, types.int64)


class Clocks:
    """The times of a batch; see `stepping.propagate`, which does the same for one."""

    def __init__(self, emission: Emission, pointer):
        self.emission, self.emitter, self.pointer = emission, emission.emitter, pointer
        self.high, self.low, self.end = (emission.load(pointer, row, 1) for row in (HIGH, LOW, END))
        self.left = self.emitter.exact(lambda: (self.end - self.high) - self.low)

    def longest(self) -> Real:
        """The rest of the way, or the longest step in its direction."""
        size = self.emitter.intrinsic("fabs", self.left)
        limit = self.emission.load(self.pointer, LONGEST, 1)
        size = self.emitter.where("<", size, limit, size, limit)
        return self.emitter.intrinsic("copysign", size, self.left)

    def advance(self, step: Real):
        """The times after a step, nan where there was none; what is to be told of it."""
        emitter, high, low = self.emitter, self.high, self.low
        arrived = self._flags("==", step, self.left)
        failed = self._flags("uno", step, step)
        new, rest = emitter.exact(lambda: self._moved(step))
        stuck = self._flags("==", emitter.exact(lambda: high + step), high)
        for row, now, then, end in ((HIGH, new, high, self.end), (LOW, rest, low, 0.0)):
            now = emitter.where("ord", step, step, now, then)
            now = emitter.where("==", step, self.left, end, now)
            self.emission.store(now, self.pointer, row, 1)
        self.emission.store(step, self.pointer, LENGTH, 1)
        b = self.emission.builder
        return b.or_(
            arrived, b.or_(b.shl(failed, I64(BATCH)), b.shl(stuck, I64(2 * BATCH)))
        )  # fmt: skip

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
