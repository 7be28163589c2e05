"""`Integrator`: a solution that compiled code steps along by itself.

For Numba it is a structure of an address and arrays, which Python and compiled code share.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba import typeof
from numba.core import cgutils, types
from numba.extending import (
    NativeValue,
    make_attribute_wrapper,
    models,
    overload_attribute,
    overload_method,
    register_model,
    typeof_impl,
    unbox,
)

from ..errors import UnsupportedError
from . import options as given
from .pointers import compiled
from .polynomials import evaluate
from .reading import parameters_of
from .recording import Motion
from .stepping import END, NOT_FINITE, TOO_MANY, TOO_SMALL, at_most, moved, sure_step
from .system import system

#: Systems that integrators use: compiled code may hold them for longer than Python.
_used: dict[int, Any] = {}


class Run(NamedTuple):
    """What the loops work on."""

    address: int
    longest: float
    clock: np.ndarray  #: time, its low part, the length of the last step, the time at its start
    motion: Motion
    coefficients: np.ndarray  #: (K + 1, n) of the last step
    before: np.ndarray  #: (2, n): the state before it


@compiled
def step(run, longest):
    """One step; the status."""
    clock = run.clock
    h = sure_step(
        run.address, clock[0], at_most(longest, run.longest), run.motion, run.coefficients,
        run.before[0], run.before[1],
    )  # fmt: skip
    if not math.isfinite(h):
        return NOT_FINITE
    before = clock[0]
    clock[2], clock[3] = h, before
    clock[0], clock[1] = moved(before, clock[1], h)
    return TOO_SMALL if clock[0] == before and h != 0.0 else END


@compiled
def propagate(run, end, most):
    """Steps until ``end``; the status."""
    clock = run.clock
    for _ in range(most):
        left = (end - clock[0]) - clock[1]
        if left == 0.0:
            return END
        status = step(run, left)
        if status != NOT_FINITE and clock[2] == left:
            clock[0], clock[1] = end, 0.0
            return END
        if status != END:
            return status
    return END if clock[0] == end else TOO_MANY


@compiled
def at(run, t):
    """The state at a time within the last step."""
    out = np.empty(run.motion.y.size)
    if run.clock[2] == 0.0:
        out[:] = run.motion.y
    else:
        evaluate(run.coefficients, t - run.clock[3], out)
    return out


@compiled
def sample(run, times):
    """States at sorted times; nan from where the solution fails."""
    out, clock = np.full((times.size, run.motion.y.size), np.nan), run.clock
    done = 0
    while done < times.size:
        left = (times[-1] - clock[0]) - clock[1]
        if times[done] == clock[0]:
            out[done] = run.motion.y
            done += 1
            continue
        if step(run, left) == NOT_FINITE or clock[2] == 0.0:
            break
        if clock[2] == left:
            clock[0], clock[1] = times[-1], 0.0
        while done < times.size and abs(times[done] - clock[3]) < abs(clock[2]):
            evaluate(run.coefficients, times[done] - clock[3], out[done])
            done += 1
    return out


@compiled
def restart(run, t, y):
    """Another time and state."""
    run.clock[0], run.clock[1], run.clock[2], run.clock[3] = t, 0.0, 0.0, t
    run.motion.y[:] = y
    run.motion.low[:] = 0.0


class Integrator:
    """An initial value problem on its way, in Python and inside ``@njit``.

    Parameters
    ----------
    fun : function
        ``fun(t, y, *args)``, as of `solve_ivp`; without kinks and jumps.
    t : float
        The time at the start.
    y : float array
        The state at the start.
    args : tuple, optional
        Further arguments of ``fun``.
    rtol, atol, order, max_step
        As of `solve_ivp`.

    Attributes
    ----------
    t : float
        The present time.
    y : float array ``(n,)``
        The present state, a copy.
    h : float
        The length of the last step.
    args : float array
        The floats in ``args``, in a row; they may be changed between steps.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, ShapeError, UnsupportedError
        As `solve_ivp`.

    Notes
    -----
    Methods return a status where a solution may fail: 0 for success, 1 where ``most`` steps were
    taken, 2 where the state is not finite, 3 where steps are below the spacing of floats;
    then the state is the last good one.

    Examples
    --------
    How long a pendulum needs until it has lost nine tenths of its energy, and how often it has
    crossed the middle by then:

    >>> import math
    >>> import numpy as np
    >>> import taylorad as ta
    >>> from numba import njit
    >>> def pendulum(t, y, friction):
    ...     return y[1], -math.sin(y[0]) - friction * y[1]
    >>> @njit
    ... def until_calm(run, energy):
    ...     crossings, before = 0, run.y[0]
    ...     while 0.5 * run.y[1] ** 2 + 1.0 - math.cos(run.y[0]) > energy:
    ...         run.step(math.inf)
    ...         now = run.y[0]
    ...         crossings += now * before < 0.0
    ...         before = now
    ...     return crossings
    >>> run = ta.ode.Integrator(pendulum, 0.0, np.array([1.0, 0.0]), (0.1,))
    >>> until_calm(run, 0.1 * (1.0 - math.cos(1.0)))
    7
    """

    def __init__(
        self, fun: Callable, t: float, y: Any, args: tuple = (), *, rtol: Any = given.EPSILON,
        atol: Any = None, order: int | None = None, max_step: float = math.inf,
    ):  # fmt: skip
        state = given.state(y)
        args = given.arguments(args)
        tolerances = given.Tolerances.of(rtol, atol, order, state)
        start = given.number(t, "t")
        made = system(
            fun, start, state, args, order=tolerances.order,
            componentwise=tolerances.componentwise,
        )  # fmt: skip
        if made.switches:
            raise UnsupportedError(
                "the right-hand side has kinks or jumps, which an Integrator would step over; "
                "use solve_ivp"
            )
        _used[made.address] = made
        self._run = Run(
            made.address, given.positive(max_step, "max_step"),
            np.array([start, 0.0, 0.0, start]),
            Motion(
                state.reshape(-1).copy(), np.zeros(state.size), parameters_of(args),
                tolerances.floor, made.scratch(),
            ),
            np.zeros((made.order + 1, made.width)), np.zeros((2, state.size)),
        )  # fmt: skip

    @property
    def t(self) -> float:
        return float(self._run.clock[0])

    @property
    def y(self) -> np.ndarray:
        return self._run.motion.y.copy()

    @property
    def h(self) -> float:
        return float(self._run.clock[2])

    @property
    def args(self) -> np.ndarray:
        return self._run.motion.par

    def step(self, longest: float = math.inf) -> int:
        """One step of at most this length; a negative one goes backward.  Returns a status."""
        return step(self._run, float(longest))

    def propagate(self, end: float, most: int = 2**62) -> int:
        """Steps until a time, exactly, and at most so many.  Returns a status."""
        return propagate(self._run, float(end), most)

    def at(self, t: float) -> np.ndarray:
        """The state at a time within the last step, by its polynomial."""
        return at(self._run, float(t))

    def sample(self, times: np.ndarray) -> np.ndarray:
        """States at sorted times on the way, ``(nt, n)``; nan from where it fails."""
        return sample(self._run, np.ascontiguousarray(times, dtype=float))

    def restart(self, t: float, y: np.ndarray) -> None:
        """Go on from another time and state."""
        restart(self._run, float(t), np.ascontiguousarray(y, dtype=float).reshape(-1))

    def __repr__(self) -> str:
        return f"Integrator(t={self.t!r}, y={self.y!r})"


# -- for compiled code -------------------------------------------------------------------------


class IntegratorType(types.Type):
    """The Numba type of all integrators."""

    def __init__(self):
        super().__init__(name="Integrator")


KIND = IntegratorType()
RUN = typeof(
    Run(
        0, 0.0, np.zeros(4),
        Motion(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(1)),
        np.zeros((1, 1)), np.zeros((1, 1)),
    )
)


@typeof_impl.register(Integrator)
def _typeof(integrator, c):
    return KIND


@register_model(IntegratorType)
class IntegratorModel(models.StructModel):
    """An integrator is its run."""

    def __init__(self, manager, kind):
        super().__init__(manager, kind, [("run", RUN)])


make_attribute_wrapper(IntegratorType, "run", "_run")


@unbox(IntegratorType)
def _unbox(kind, integrator, c):
    run = c.pyapi.object_getattr_string(integrator, "_run")
    native = c.unbox(RUN, run)
    c.pyapi.decref(run)
    made = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    made.run = native.value
    return NativeValue(made._getvalue(), is_error=native.is_error, cleanup=native.cleanup)


@overload_attribute(IntegratorType, "t")
def _time(self):
    return lambda self: self._run.clock[0]


@overload_attribute(IntegratorType, "y")
def _state(self):
    return lambda self: self._run.motion.y.copy()


@overload_attribute(IntegratorType, "h")
def _length(self):
    return lambda self: self._run.clock[2]


@overload_attribute(IntegratorType, "args")
def _arguments(self):
    return lambda self: self._run.motion.par


@overload_method(IntegratorType, "step")
def _step(self, longest=math.inf):
    return lambda self, longest=math.inf: step(self._run, longest)


@overload_method(IntegratorType, "propagate")
def _propagate(self, end, most=2**62):
    return lambda self, end, most=2**62: propagate(self._run, end, most)


@overload_method(IntegratorType, "at")
def _at(self, t):
    return lambda self, t: at(self._run, t)


@overload_method(IntegratorType, "sample")
def _sample(self, times):
    return lambda self, times: sample(self._run, times)


@overload_method(IntegratorType, "restart")
def _restart(self, t, y):
    return lambda self, t, y: restart(self._run, t, y)
