"""Stiff problems: how they are noticed, and SciPy's implicit methods with exact Jacobians.

Where the solution is slow and a transient beside it fast, steps are as short as the transient
asks for, long after it has died down: explicit methods of any order do not get further.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import MissingExtraError, StiffnessWarning, UnsupportedError
from .lifted import lift
from .reading import parameters_of
from .recording import Motion, expand
from .result import OdeResult
from .system import sensitive

#: SciPy's methods for stiff problems.
IMPLICIT = ("Radau", "BDF", "LSODA")
#: The tolerance of these where none is given.
TOLERANCE = 1e-8
#: A step that so many decay times of the fastest transient fit into is held by it: the
#: polynomial of an exponential is unstable from there on.
HELD = 3.0
#: Changes of the solution in one step, relative to its size, that are slow.
SLOW = 0.1


def check(integration, step: float) -> bool:
    """Warn where steps of this length are held short by a transient, not by the solution."""
    motion, t = integration.motion, integration.t
    n = motion.y.size
    slopes = _slopes_at(integration, t, motion.y)
    size = max(np.abs(motion.y).max(), motion.floor[0])
    if not np.abs(slopes * step).max() < SLOW * size:
        return False
    matrix = np.empty((n, n))
    for j in range(n):
        moved = motion.y.copy()
        change = 1e-7 * max(abs(moved[j]), 1e-3 * size)
        moved[j] += change
        matrix[:, j] = (_slopes_at(integration, t, moved) - slopes) / change
    if not np.isfinite(matrix).all():
        return False
    fastest = -float((np.linalg.eigvals(matrix) * np.sign(step)).real.min())
    held = fastest * abs(step) > HELD
    if held:
        warnings.warn(
            f"the problem is stiff at t = {t:.6g}: steps of {abs(step):.2g} are held by a "
            f"transient that decays within {1 / fastest:.2g}, while the solution changes slowly. "
            'method="Radau" solves it by SciPy with exact Jacobians',
            StiffnessWarning,
            stacklevel=4,
        )
    return held


def _slopes_at(integration, t: float, y: np.ndarray) -> np.ndarray:
    """The slopes, from the coefficients of a step of length zero."""
    motion = Motion(y.copy(), np.zeros(y.size), *integration.motion[2:])
    coefficients = np.zeros((integration.system.order + 1, integration.system.width))
    expand(integration.system.address, t, motion, coefficients)
    return coefficients[1, : y.size]


class Field:
    """A right-hand side and its Jacobian, from the recurrences: what implicit methods ask for."""

    def __init__(self, fun: Callable, t: float, y: np.ndarray, args: tuple):
        self.shape = y.shape
        self.system, self.lifts = sensitive(fun, t, y, args, order=2, first=("y0",))
        if self.system.switches:
            raise UnsupportedError(
                "the right-hand side has kinks or jumps, which implicit methods step over"
            )
        n = y.size
        self.memory = self.lifts.memory()
        self.start = self.memory.states.copy()
        self.motion = Motion(
            np.empty(n), np.zeros(n), parameters_of(args), np.ones(n), self.system.scratch()
        )
        self.coefficients = np.zeros((3, self.system.width))

    def slopes(self, t: float, y: np.ndarray) -> np.ndarray:
        self.motion.y[:] = y
        self.motion.low[:] = 0.0
        expand(self.system.address, float(t), self.motion, self.coefficients)
        return self.coefficients[1, : y.size].copy()

    def jacobian(self, t: float, y: np.ndarray) -> np.ndarray:
        """``(n, n)``: of the derivatives by ``y`` the first coefficients in time."""
        self.slopes(t, y)
        self.memory.states[:] = self.start
        lift(self.memory, self.coefficients, 0.0)
        kept = self.memory.kept.reshape(self.memory.shape)
        return self.lifts.tensors(kept[:, :, 1].reshape(-1))[0][: y.size]


def solve(
    fun: Callable, span, y: np.ndarray, method: str, args: tuple, options: dict[str, Any]
) -> OdeResult:
    """Solve by one of SciPy's implicit methods."""
    try:
        from scipy.integrate import solve_ivp
    except ImportError:
        raise MissingExtraError(
            f"method={method!r} needs SciPy: python -m pip install 'taylorad[scipy]'"
        ) from None
    field = Field(fun, span[0], y, args)
    events = options.pop("events")
    if events is not None:
        events = [events] if callable(events) else list(events)
        events = [_with(event, y.shape, args) for event in events]
    found = solve_ivp(
        field.slopes, span, y.reshape(-1), method=method, jac=field.jacobian, events=events,
        **options,
    )  # fmt: skip
    made: Any = OdeResult(found)
    made.y = found.y.reshape(*y.shape, -1)
    made.nsteps = len(found.sol.ts) - 1 if found.sol is not None else None
    return made


def _with(event: Callable, shape, args: tuple) -> Callable:
    def asked(t, y):
        return float(event(t, y.reshape(shape), *args))

    asked.terminal = getattr(event, "terminal", False)  # type: ignore[attr-defined]
    asked.direction = getattr(event, "direction", 0.0)  # type: ignore[attr-defined]
    return asked
