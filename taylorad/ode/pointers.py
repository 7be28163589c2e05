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


def _pointers(context, builder, kinds, values):
    """Pointers to the data of arrays; NULL for None."""
    pointer = ir.IntType(8).as_pointer()
    for kind, value in zip(kinds, values, strict=True):
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value)
            yield builder.bitcast(array.data, pointer)
        else:
            yield cgutils.get_null_value(pointer)


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
        operands = [*values[1:3], *_pointers(context, builder, signature.args[3:], values[3:])]
        kind = ir.FunctionType(ir.DoubleType(), [x.type for x in operands])
        return builder.call(builder.inttoptr(values[0], kind.as_pointer()), operands)

    return signature, codegen


@intrinsic
def take_lift(typingctx, address, coefficients, bases, state, rest, step, tape):
    """``lift(coefficients, bases, state, rest, step, tape)`` of the function at ``address``."""
    signature = types.none(types.int64, coefficients, bases, state, rest, types.float64, tape)

    def codegen(context, builder, signature, values):
        arrays = signature.args[1:5] + signature.args[6:]
        pointers = _pointers(context, builder, arrays, values[1:5] + values[6:])
        *first, tape = pointers
        operands = [*first, values[5], tape]
        kind = ir.FunctionType(ir.VoidType(), [x.type for x in operands])
        builder.call(builder.inttoptr(values[0], kind.as_pointer()), operands)
        return context.get_dummy_value()

    return signature, codegen
