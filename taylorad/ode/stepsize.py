"""The end of a step in straight-line code: its length, the new state, what is stored.

Step size: A. Jorba, M. Zou, "A software package for the numerical integration of ODEs by means
of high-order Taylor methods", Experimental Mathematics 14 (2005) 99-117, section 3.2.
"""

from __future__ import annotations

import math
from typing import Any

from llvmlite import ir

from ..jets.staging import ZERO, Real
from ..jets.types import F64
from .emission import Emission
from .lanes import I64, part_of

#: The logarithm of a step that no coefficient limits: the last ones vanish.
UNLIMITED = 2000.0


class Finish:
    """Writes what follows when the coefficients of a step are known."""

    def __init__(self, emission: Emission, tracks, arguments, componentwise: bool):
        self.emission, self.emitter = emission, emission.emitter
        self.builder, self.order = emission.builder, emission.order
        self.tracks = tracks
        self.longest, self.state, self.low, self.floor, self.coefficients = arguments
        self.componentwise = componentwise

    def write(self):
        """Everything; the step that was taken."""
        step = self._length()
        with self.builder.if_then(self.wanted(step)):
            self._store_coefficients()
        return self._advance(step)

    def wanted(self, step: Real):
        """Whether coefficients are to be stored."""
        address = self.builder.ptrtoint(self.coefficients, I64)
        return self.builder.icmp_unsigned("!=", address, I64(0))

    # -- the length ------------------------------------------------------------------------

    def _length(self) -> Real:
        """``exp(-2 - 0.7/(K-1)) min (S / |c_k|)^(1/k)`` over the last two ``k``, and its bounds."""
        order = self.order
        if self.componentwise:
            scale = self.emitter.constant(0.0)
            norms = [self._norm(k, self._weights()) for k in (order - 1, order)]
        else:
            largest = self._norm(0)
            floor = self.emission.load_shared(self.floor, 0, 1)
            scale = self._log2(self._larger(largest, floor))
            norms = [self._norm(k) for k in (order - 1, order)]
        #: The size of the last two coefficients: where it is 0, nothing limits the step.
        self.tail = self._larger(*norms)
        zero, unlimited = self.emitter.constant(0.0), self.emitter.constant(UNLIMITED)
        roots = [
            self._where_positive(norm, (scale - self._log2(norm)) * (1.0 / k), zero, unlimited)
            for norm, k in zip(norms, (order - 1, order), strict=True)
        ]
        safety = (-2.0 - 0.7 / (order - 1)) / math.log(2.0)
        step = self._exp2(self._smaller(*roots) + self.emitter.constant(safety))
        step = self._smaller(step, self.emitter.intrinsic("fabs", self.longest))
        return self.emitter.intrinsic("copysign", step, self.longest)

    def _weights(self):
        """``1 / max(floor, |y|)`` for each component."""
        found = []
        for first, track in self.tracks:
            width = self.emission.width_of(track[0])
            floor = self.emission.load_shared(self.floor, first, width)
            size = self._larger(self.emitter.intrinsic("fabs", track[0]), floor)
            found.append(self.emitter.vector([1.0] * width) / size)
        return found

    def _norm(self, k: int, weights=None) -> Any:
        """The largest size of coefficient ``k``; in `weights` it is measured."""
        largest = self.emitter.constant(0.0)
        wide: dict[int, Real] = {}
        for i, (_, track) in enumerate(self.tracks):
            if track[k] is ZERO:
                continue
            size = self.emitter.intrinsic("fabs", track[k])
            size = size * weights[i] if weights else size
            width = self.emission.width_of(size)
            wide[width] = size if width not in wide else self._larger(wide[width], size)
        for width, size in wide.items():
            while width > 1:
                width //= 2
                size = self._larger(part_of(size, 0, width), part_of(size, width, width))
            largest = self._larger(largest, size)
        return largest

    def _where_positive(self, norm: Any, x: Any, zero: Any, other: Any) -> Real:
        """``x`` where the norm is positive, or nan, else ``other``."""
        axes = norm.axes
        zero, other = zero.spread(axes), other.spread(axes)
        flag = self.builder.fcmp_ordered("==", norm.value, zero)
        return Real(self.emitter, self.builder.select(flag, other, x.value), axes)

    def _larger(self, x: Any, y: Any) -> Real:
        return self.emitter.where(">", x, y, x, y)

    def _smaller(self, x: Any, y: Any) -> Real:
        return self.emitter.where("<", x, y, x, y)

    def _log2(self, x: Real) -> Any:
        """The logarithm to 8e-3: the exponent's bits and a parabola for the mantissa."""
        b, (integers, floats, number) = self.builder, _kinds(x)
        bits = b.bitcast(x.value, integers)
        exponent = b.sitofp(b.sub(b.lshr(bits, number(52)), number(1023)), floats)
        mantissa = b.or_(b.and_(bits, number((1 << 52) - 1)), number(1023 << 52))
        z = Real(self.emitter, b.bitcast(mantissa, floats), x.axes) - 1.0
        return z * (z * -0.3465 + 1.3465) + Real(self.emitter, exponent, x.axes)

    def _exp2(self, x: Real) -> Real:
        """The power of two to 4e-3."""
        b, limit, (integers, floats, number) = self.builder, self.emitter.constant, _kinds(x)
        x = self._smaller(self._larger(x, limit(-1000.0)), limit(1000.0))
        whole = self.emitter.intrinsic("floor", x)
        z = x - whole
        mantissa = z * (z * 0.3435 + 0.6565) + 1.0
        shift = b.shl(b.fptosi(whole.value, integers), number(52))
        bits = b.add(b.bitcast(mantissa.value, integers), shift)
        return Real(self.emitter, b.bitcast(bits, floats), x.axes)

    # -- the new state ---------------------------------------------------------------------

    def _store_coefficients(self) -> None:
        """Row ``k`` holds coefficient ``k`` of the components and of the plan's outputs."""
        plan = self.emission.plan
        first_output = plan.equations.dimension
        row = first_output + len(plan.outputs)
        for k in range(self.order + 1):
            for first, track in self.tracks:
                width = self.emission.width_of(track[0])
                self.emission.store(track[k], self.coefficients, k * row + first, width)
            for i, column in enumerate(plan.outputs):
                item = self.emission.gathered((column,), k, 1)
                place = k * row + first_output + i
                self.emission.store(item, self.coefficients, place, 1)

    def _advance(self, step: Real):
        """The state at the end, as a sum of two numbers; unchanged where it is not finite."""
        moved, doubt = [], self.emitter.constant(0.0)
        for first, track in self.tracks:
            width = self.emission.width_of(track[0])
            low = self.emission.load(self.low, first, width)
            high, low = self._compensated(track, self.emitter.splat(step, width), low)
            moved.append((first, width, high, low))
            zero = high * 0.0  # nan where it is not finite
            for lane in range(width):
                doubt = doubt + (part_of(zero, lane, 1) if width > 1 else zero)
        return self.keep(doubt, moved, step)

    def keep(self, doubt: Any, moved, step: Real):
        """Store the new state unless there is doubt; the step, or nan."""
        finite = self.builder.fcmp_ordered("==", doubt.value, ir.Constant(F64, 0.0))
        with self.builder.if_then(finite, likely=True):
            for first, width, high, low in moved:
                self.emission.store(high, self.state, first, width)
                self.emission.store(low, self.low, first, width)
        nan = ir.Constant(F64, math.nan)
        return Real(self.emitter, self.builder.select(finite, step.value, nan))

    def _compensated(self, track, step: Real, low: Real) -> tuple[Real, Real]:
        """The polynomial at the step; the sum with coefficient 0 keeps its rounding error.

        Even and odd powers go in two chains, which processors do at the same time.
        """
        square = step * step
        chains = []
        for last in (self.order, self.order - 1):
            total = ZERO
            for k in range(last, 0, -2):
                total = track[k] if total is ZERO else (
                    total * square if track[k] is ZERO else total * square + track[k])  # fmt: skip
            chains.append((total, 1 if last % 2 else 2))
        (first, _), (second, _) = sorted(chains, key=lambda chain: chain[1])
        rest = second * step + first if second is not ZERO and first is not ZERO else (
            first if second is ZERO else second * step)  # fmt: skip
        change = low if rest is ZERO else rest * step + low
        exact = self.emitter.exact(lambda: track[0] + change)
        low = self.emitter.exact(lambda: change - (exact - track[0]))
        return exact, low


def _kinds(x: Real):
    """Integers and floats of LLVM in as many lanes as a number has, and constants of the former."""
    if not x.axes:
        return I64, F64, I64
    lanes = x.axes[0][1]
    integers = ir.VectorType(I64, lanes)
    return integers, ir.VectorType(F64, lanes), lambda n: ir.Constant(integers, [n] * lanes)
