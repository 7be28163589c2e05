"""A system ready to be integrated: the address of its step, and what a step needs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .._compat import Flags, JITCodeLibrary, compile_extra, cpu_target, global_compiler_lock
from ..jets.staging import Real
from .emission import Emission
from .reading import Equations, read
from .stepsize import Finish

POINTER = types.CPointer(types.float64)
#: time, longest step, state, its low part, parameters, floor, coefficients, workspace
ARGUMENTS = (types.float64, types.float64, *(POINTER,) * 6)


@dataclass
class System:
    """A compiled right-hand side.

    Attributes
    ----------
    order : int
        The degree of a step's polynomials.
    dimension, parameters, roots : int
        Components of the state, floats in the arguments, event functions.
    address : int
        Of the native function ``step(t, longest, y, low, parameters, floor, coefficients,
        workspace)``, which takes one step and returns its length.
    workspace : int
        Numbers of scratch memory that a step needs.
    """

    order: int
    dimension: int
    parameters: int
    roots: int
    address: int
    workspace: int = 0
    #: What must live as long as the address is used.
    owner: Any = field(default=None, repr=False)


class StepLibrary(JITCodeLibrary):
    """Straight-line code, on which passes would spend long for little."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def _optimize_final_module(self):
        pass


def unrolled(equations: Equations, order: int, componentwise=False, widest=8, quick=True):
    """The step as straight-line code."""

    @intrinsic
    def step(typingctx, time, longest, state, low, parameters, floor, coefficients, workspace):
        def codegen(context, builder, sig, args):
            time, longest, state, low, parameters, floor, coefficients, _ = args
            emission = Emission(context, builder, equations, order, widest)
            time, longest = Real(emission.emitter, time), Real(emission.emitter, longest)
            tracks = emission.series(time, state, parameters)
            places = longest, state, low, floor, coefficients
            return Finish(emission, tracks, places, componentwise).write()

        return types.float64(*ARGUMENTS), codegen

    def function(time, longest, state, low, parameters, floor, coefficients, workspace):
        return step(time, longest, state, low, parameters, floor, coefficients, workspace)

    return compiled(function, quick)


def compiled(function, quick: bool):
    """The address of a native function of a step, and what keeps it."""
    with global_compiler_lock:
        target = cpu_target.target_context
        cpu_target.typing_context.refresh()
        target.refresh()
        flags = Flags()
        flags.no_cpython_wrapper = True
        flags.error_model = "numpy"
        kind = StepLibrary if quick else JITCodeLibrary
        library = kind(target.codegen(), f"step.{uuid.uuid4().hex}")
        result = compile_extra(
            cpu_target.typing_context, target, function, ARGUMENTS, types.float64, flags, {},
            library=library,
        )  # fmt: skip
        name = result.fndesc.llvm_cfunc_wrapper_name
        return result.library.get_pointer_to_function(name), result


def system(
    fun, t: float, y, args: Sequence[Any] = (), *, order: int, events=(), componentwise=False,
    widest: int = 8, quick: bool = True,
) -> System:  # fmt: skip
    """The system of a right-hand side and event functions."""
    equations = read(fun, float(t), np.asarray(y, dtype=float), args, order, events)
    address, owner = unrolled(equations, order, componentwise, widest, quick)
    return System(
        order, equations.dimension, equations.parameters, len(equations.roots), address, 0, owner
    )
