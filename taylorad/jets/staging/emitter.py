"""The emitter: where staged numbers write their instructions and call functions.

Coefficient 0 is computed as the plain program computes it, to the bit: products and
sums are only fused (`Emitter.fuse`) in coefficients of derivatives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.core.errors import NumbaError

from ..._compat import Dispatcher
from ...primitives import registry
from ..types import F64, vector_size
from .numbers import I32, Complex, Jet, Real
from .packing import pack, unpack
from .selection import choose

#: Operators that staged numbers themselves carry out in every lane.
LANEWISE = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg}


def has_lanes(x) -> bool:
    """Whether a staged number that is no jet is a vector over lanes."""
    return bool(getattr(x.re if isinstance(x, Complex) else x, "axes", ()))


class Emitter:
    """Where staged numbers write their instructions."""

    #: Makes a user's function callable with jets; the compile package provides it.
    compiled: Callable = staticmethod(njit)

    def __init__(self, context, builder):
        self.context = context
        self.builder = builder
        self.fuse = False

    @contextmanager
    def coefficient(self, k: int):
        """Allow fused products from the first derivative on."""
        before = self.fuse
        self.fuse = before or k > 0
        yield
        self.fuse = before

    @property
    def flags(self) -> tuple[str, ...]:
        return ("contract",) if self.fuse else ()

    def constant(self, value: float | complex) -> Real | Complex:
        if isinstance(value, complex):
            return Complex(self.constant(value.real), self.constant(value.imag))
        return Real(self, ir.Constant(F64, float(value)))

    def lift(self, value: Any) -> Any:
        """A staged number from a Python number; others pass."""
        return self.constant(value) if isinstance(value, bool | int | float | complex) else value

    def call(self, function, *operands):
        """The function's value: traced if it is a rule's own text, else as Numba compiles it."""
        declared = registry.lookup(function)
        if declared is not None and any(isinstance(x, Jet) for x in operands):
            return self.apply(declared, operands, function)
        if declared is None and isinstance(function, FunctionType):
            try:
                return function(*operands)
            except (TypeError, NumbaError):  # math.* or a branch: only compiled code can
                function = Emitter.compiled(function)
        elif declared is None and isinstance(function, Dispatcher):
            function = Emitter.compiled(function)
        if function in LANEWISE and any(has_lanes(x) for x in operands):
            return function(*operands)
        if any(has_lanes(x) for x in operands):
            return self._lane_by_lane(function, operands)
        if self.fuse and function is operator.truediv:
            function = np.true_divide  # inf or nan in a derivative, where the value's may raise
        kind, result = self.evaluate(function, *operands)
        return unpack(self, kind, result)

    def evaluate(self, function, *operands):
        """Type and LLVM value of a function as Numba compiles it."""
        operands = [self.lift(x) for x in operands]
        typing, context = self.context.typing_context, self.context
        kind = typing.resolve_value_type(function)
        sig = kind.get_call_type(typing, tuple(x.type for x in operands), {})
        implementation = context.get_function(kind, sig)
        wanted = [kind for kind in sig.args if not isinstance(kind, types.Omitted)]
        defaults = [kind for kind in sig.args if isinstance(kind, types.Omitted)]
        variadic = sig.args[-1] if isinstance(sig.args[-1], types.BaseTuple) else None  # max, min
        values = [
            context.cast(self.builder, pack(self, x.type, x), x.type, want)
            for x, want in zip(operands, variadic or wanted, strict=True)
        ]
        if variadic is not None:
            values = [context.make_tuple(self.builder, variadic, values)]
        values += [cgutils.get_null_value(context.get_value_type(kind)) for kind in defaults]
        result = implementation(self.builder, values)
        context.add_linking_libs(getattr(implementation, "libs", ()))
        return sig.return_type, result

    def _lane_by_lane(self, function, operands):
        """A function of real numbers of which some have lanes."""
        operands = [self.lift(x) for x in operands]
        axes = tuple(sorted({axis for x in operands for axis in x.axes}, reverse=True))
        vector = ir.Constant(ir.VectorType(F64, vector_size(axes)), ir.Undefined)
        for lane in range(vector_size(axes)):
            numbers = (Real(self, None, source=(x.spread(axes), lane)) for x in operands)
            value = self.call(function, *numbers).value
            vector = self.builder.insert_element(vector, value, ir.Constant(I32, lane))
        return Real(self, vector, axes)

    def choose(self, condition, x, y):
        """``x`` where the condition is not zero, else ``y``."""
        return choose(self, condition, x, y)

    def apply(self, primitive, operands, function=None):
        """Run the primitive's rule: `rules.Executor` knows how."""
        raise NotImplementedError
