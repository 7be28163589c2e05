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
def out_of_line(typingctx):
    """Keep the function in which this stands out of those that call it.

    LLVM has less to do where what is large and rarely called is compiled once.
    """

    def codegen(context, builder, sig, args):
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.none(), codegen


def _call(context, builder, signature, values):
    """The call of the function at the first value; arrays, addresses and None as pointers."""
    pointer, operands = ir.IntType(8).as_pointer(), []
    for kind, value in zip(signature.args[1:], values[1:], strict=True):
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value)
            operands.append(builder.bitcast(array.data, pointer))
        elif isinstance(kind, types.Float):
            operands.append(value)
        elif isinstance(kind, types.Integer):  # an address
            operands.append(builder.inttoptr(value, pointer))
        else:
            operands.append(cgutils.get_null_value(pointer))
    nothing = signature.return_type == types.none
    result = ir.VoidType() if nothing else context.get_value_type(signature.return_type)
    function = ir.FunctionType(result, [x.type for x in operands])
    found = builder.call(builder.inttoptr(values[0], function.as_pointer()), operands)
    return context.get_dummy_value() if nothing else found


@intrinsic
def take_step(typingctx, address, t, longest, y, low, par, floor, coefficients, work):
    """``step(t, longest, y, low, par, floor, coefficients, work)`` of the function at ``address``.

    Arrays are passed as pointers to their data, ``None`` for the coefficients as NULL.
    Returns the length of the step.
    """
    arrays = (y, low, par, floor, coefficients, work)
    if not all(isinstance(a, types.Array) or a is coefficients for a in arrays):
        return None
    return types.float64(types.int64, types.float64, types.float64, *arrays), _call


@intrinsic
def take_lift(typingctx, address, coefficients, bases, state, rest, step, tape):
    """``lift(coefficients, bases, state, rest, step, tape)`` of the function at ``address``."""
    arrays = (coefficients, bases, state, rest)
    return types.none(types.int64, *arrays, types.float64, tape), _call


@intrinsic
def take_steps(typingctx, address, clocks, y, low, par, floor, coefficients):
    """The step of a batch, see `batches.batched`; arguments and result as they are there."""
    arrays = (clocks, y, low, par, floor, coefficients)
    if not all(isinstance(a, types.Array) for a in arrays):
        return None
    return types.int64(types.int64, *arrays), _call
