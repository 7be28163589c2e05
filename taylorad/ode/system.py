"""A system ready to be integrated: the address of its step, and what a step needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import intrinsic

from ..checks import order_of
from ..compiler.collecting import without_collection
from ..compiler.functions import lock, memory
from ..errors import ArgumentValueError
from ..jets.staging import Real
from .batches import BATCH, batched
from .emission import Emission
from .grouping import Plan
from .native import POINTER, compiled
from .reading import parameters_of, read
from .sensitivities import Sensitivities
from .stepsize import Finish
from .structure import of_plan
from .tables import Program

#: time, longest step, state, its low part, parameters, floor, coefficients, workspace
ARGUMENTS = (types.float64, types.float64, *(POINTER,) * 6)
#: Rules by recurrence in vectors of eight, up to which a step is written out.
UNROLLED = 40
#: The same for a step of several trajectories, without vectors of operations; so many terms of
#: sums count as one rule.
BATCHED, TERMS = 60, 8

BACKENDS = ("auto", "unrolled", "table", "batch")


@dataclass
class System:
    """A compiled right-hand side.

    Attributes
    ----------
    order : int
        The degree of a step's polynomials.
    dimension, parameters, roots : int
        Components of the state, floats in the arguments, event functions and switches.
    switches : int
        How many of the roots, the last ones, are no events but change their sign where the
        right-hand side has a kink or jumps: a step must not go on beyond.
    address : int
        Of the native function ``step(t, longest, y, low, parameters, floor, coefficients,
        workspace)``, which takes one step and returns its length; or of a batch's, see
        `batches.batched`.
    particular : bool
        Whether it is good for these values of the arguments only.
    batch : int
        How many trajectories a step advances.
    """

    order: int
    dimension: int
    parameters: int
    roots: int
    switches: int
    #: Numbers in a row of coefficients: components, roots, and what else is watched.
    width: int
    address: int
    #: What a workspace contains at first.
    workspace: np.ndarray = field(default_factory=lambda: np.zeros(0), repr=False)
    #: What must live as long as the address is used.
    owner: Any = field(default=None, repr=False)
    particular: bool = False
    batch: int = 1

    def scratch(self) -> np.ndarray:
        """Memory for one integration at a time, from a multiple of 64 bytes on."""
        made = aligned(self.workspace.size)
        made[:] = self.workspace
        return made


def aligned(size: int) -> np.ndarray:
    """Memory from a multiple of 64 bytes on."""
    raw = np.empty(size + 8)
    first = -(raw.ctypes.data // 8) % 8
    return raw[first : first + size]


@without_collection()
def system(
    fun, t: float, y, args: Sequence[Any] = (), *, order: int, events=(), componentwise=False,
    widest: int | None = None, backend: str = "auto",
) -> System:  # fmt: skip
    """The system of a right-hand side and event functions, made on the first request.

    Parameters
    ----------
    fun : function
        ``fun(t, y, *args)``: the slopes, an array, a tuple or a list.
    t, y, args
        Where it is read; integers and other constants in ``args`` are taken as they are.
    order : int
        The degree of a step's polynomials.
    events : sequence of functions
        Of the same arguments, each a number: their polynomials are found along.
    componentwise : bool
        Whether tolerances are measured component by component.
    widest : int, optional
        The lanes of vectors; by default chosen by what there is to do side by side.
    backend : {"auto", "unrolled", "table", "batch"}
        Straight-line code, or a table of kernels; by default chosen by the size. A batch is
        straight-line code for several trajectories, where the system is small enough for that.
    """
    if backend not in BACKENDS:
        raise ArgumentValueError(f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}")
    order = order_of(order, "order", 2)
    y = np.asarray(y, dtype=float)
    key = "ode", y.shape, _key(tuple(args)), order, tuple(events), componentwise, widest, backend
    with lock:
        memo = memory(fun)
        found = memo.get(key)
        if found is None:
            found = memo[key] = {}
        values = parameters_of(args).tobytes()
        for which in (None, values):
            if which in found:
                return found[which]
        equations = read(fun, float(t), y, args, order, events)
        made = made_of(Plan(equations, order), componentwise, widest, backend)
        found[values if equations.particular else None] = made
        return made


@without_collection()
def sensitive(
    fun, t: float, y, args: Sequence[Any] = (), *, order: int, events=(), componentwise=False,
    first: tuple[str, ...] = ("y0",), degree: int = 1,
) -> tuple[System, Sensitivities]:  # fmt: skip
    """The same with derivatives by the initial state and the arguments, those in ``first``."""
    y = np.asarray(y, dtype=float)
    key = ("sensitive", y.shape, _key(tuple(args)), order, tuple(events), componentwise, first,
           degree)  # fmt: skip
    with lock:
        found = memory(fun).setdefault(key, {})
        values = parameters_of(args).tobytes()
        for which in (None, values):
            if which in found:
                return found[which]
        equations = read(fun, float(t), y, args, order, events)
        parameters = range(equations.parameters) if "args" in first else ()
        lifts = Sensitivities(
            equations, order, "y0" in first, parameters, degree,
            "components" if first[0] == "y0" else "parameters",
        )  # fmt: skip
        made = made_of(Plan(equations, order), componentwise)
        found[values if equations.particular else None] = made, lifts
        return made, lifts


def _key(x):
    """What a system depends on of an argument: not on the values of floats."""
    if isinstance(x, tuple):
        return type(x), tuple(map(_key, x))
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype.str, b"" if x.dtype.kind == "f" else x.tobytes()
    if isinstance(x, float | np.floating):
        return float
    return type(x), x


@without_collection()
def made_of(plan: Plan, componentwise: bool, widest: int | None = None, backend="auto") -> System:
    """The system of a plan, compiled."""
    equations = plan.equations
    if backend == "batch" and (
        equations.roots or plan.products(1) + plan.terms() // TERMS > BATCHED
    ):
        backend = "auto"
    if backend == "auto":
        backend = "unrolled" if plan.products(8) <= UNROLLED else "table"
    workspace = np.zeros(0)
    if backend == "batch":
        address, owner = batched(plan, componentwise)
    elif backend == "table":
        address, workspace, owner = Program(plan).workspace(componentwise)
    else:
        if widest is None:
            widest = 8 if 3 * plan.products(8) <= 2 * plan.products(1) else 1
        address, owner = unrolled(plan, componentwise, widest)
    return System(
        plan.order, equations.dimension, equations.parameters, len(equations.roots),
        equations.switches, equations.dimension + len(plan.outputs), address, workspace, owner,
        equations.particular, BATCH if backend == "batch" else 1,
    )  # fmt: skip


def unrolled(plan: Plan, componentwise: bool, widest: int):
    """The step as straight-line code."""

    @intrinsic
    def emitted(typingctx, time, longest, state, low, parameters, floor, coefficients, workspace):
        def codegen(context, builder, sig, args):
            time, longest, state, low, parameters, floor, coefficients, _ = args
            emission = Emission(context, builder, plan, widest)
            time, longest = Real(emission.emitter, time), Real(emission.emitter, longest)
            tracks = emission.series(time, state, parameters)
            places = longest, state, low, floor, coefficients
            return Finish(emission, tracks, places, componentwise).write().value

        return types.float64(*ARGUMENTS), codegen

    def step(time, longest, state, low, parameters, floor, coefficients, workspace):
        return emitted(time, longest, state, low, parameters, floor, coefficients, workspace)

    structure = of_plan(plan), componentwise, widest
    return compiled(step, ARGUMENTS, types.float64, structure)
