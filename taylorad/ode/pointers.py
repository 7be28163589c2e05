"""Calls of native step functions by their address.

An address is a plain integer, so the loops around a step are compiled once for all
right-hand sides and kept on disk; only the step itself is new for each.
"""

from __future__ import annotations

from functools import partial

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from ..compiler.kept import Loop

#: How the loops are compiled: kept on disk, other threads may run meanwhile.
compiled = partial(Loop, nogil=True, error_model="numpy")
#: The same for sums of products, which may be fused.
fused = partial(Loop, nogil=True, error_model="numpy", fastmath={"contract"})


@intrinsic
def take_step(typingctx, address, t, longest, y, low, par, floor, coefficients, work):
    """``step(t, longest, y, low, par, floor, coefficients, work)`` of the function at ``address``.

    Arrays are passed as pointers to their data, ``None`` for the coefficients as NULL.
    Returns the length of the step.
    """
    arrays = (y, low, par, floor, coefficients, work)
    if not all(isinstance(a, types.Array) or a is coefficients for a in arrays):
        return None
    signature = types.float64(types.int64, types.float64, types.float64, *arrays)

    def codegen(context, builder, signature, values):
        double, pointer = ir.DoubleType(), ir.IntType(8).as_pointer()
        operands = list(values[1:3])
        for kind, value in zip(signature.args[3:], values[3:], strict=True):
            if isinstance(kind, types.Array):
                array = context.make_array(kind)(context, builder, value)
                operands.append(builder.bitcast(array.data, pointer))
            else:
                operands.append(cgutils.get_null_value(pointer))
        function = ir.FunctionType(double, [double, double] + [pointer] * 6)
        callee = builder.inttoptr(values[0], function.as_pointer())
        return builder.call(callee, operands)

    return signature, codegen
