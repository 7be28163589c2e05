"""Arguments of a solver: what they may be, and the order and tolerances that they mean."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError, ShapeError

#: The spacing of floats: the smallest relative tolerance that has a meaning.
EPSILON = float(np.finfo(float).eps)
#: The lowest order of a step's polynomials.
LOWEST = 4


def number(value: Any, name: str) -> float:
    """A finite float."""
    try:
        x = float(value)
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"{name} must be a number, got {value!r}") from None
    if not math.isfinite(x):
        raise ArgumentValueError(f"{name} must be finite, got {x}")
    return x


def positive(value: Any, name: str) -> float:
    """A positive float, perhaps inf."""
    try:
        x = float(value)
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"{name} must be a number, got {value!r}") from None
    if not x > 0.0:
        raise ArgumentValueError(f"{name} must be positive, got {x}")
    return x


def span(t_span: Any) -> tuple[float, float]:
    """The two ends of an interval."""
    try:
        start, end = t_span
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"t_span must be two numbers, got {t_span!r}") from None
    return number(start, "t_span[0]"), number(end, "t_span[1]")


def spans(t_span: Any, members: int) -> tuple[np.ndarray, np.ndarray]:
    """The ends of intervals, one for each member."""
    try:
        start, end = t_span
    except (TypeError, ValueError):
        raise ArgumentTypeError(f"t_span must be two numbers, got {t_span!r}") from None
    found = []
    for i, times in enumerate((start, end)):
        t = np.asarray(times)
        if t.dtype.kind not in "fiub":
            raise ArgumentTypeError(f"t_span[{i}] must be of numbers, got {times!r}")
        if t.shape not in ((), (members,)):
            raise ShapeError(f"t_span[{i}] has the shape {t.shape}, not one for {members} members")
        if not np.isfinite(t).all():
            raise ArgumentValueError(f"t_span[{i}] must be finite, got {times!r}")
        found.append(np.array(np.broadcast_to(t, (members,)), dtype=float))
    return found[0], found[1]


def state(y0: Any) -> np.ndarray:
    """Initial values as a new array of floats."""
    y = _floats(y0)
    if y.size == 0:
        raise ArgumentValueError("y0 is empty: there is nothing to solve")
    if not np.isfinite(y).all():
        raise ArgumentValueError("all components of y0 must be finite")
    return y


def states(y0: Any) -> np.ndarray:
    """Initial values of members, of which some may not be finite: these fail."""
    y = _floats(y0)
    if y.ndim < 2:
        raise ShapeError(f"y0 has the shape {y.shape}, not one of states, (members, n)")
    if 0 in y.shape[1:]:
        raise ArgumentValueError("the states of y0 are empty: there is nothing to solve")
    return y


def _floats(y0: Any) -> np.ndarray:
    y = np.asarray(y0)
    if y.dtype.kind == "c":
        raise ArgumentTypeError(
            "y0 is complex: write real and imaginary parts as components of y"
        )
    if y.dtype.kind not in "fiub":
        raise ArgumentTypeError(f"y0 must be an array of floats, got {y0!r}")
    return np.array(y, dtype=float)


def arguments(args: Any) -> tuple:
    """Further arguments of a right-hand side."""
    if args is None:
        return ()
    if not isinstance(args, tuple | list):
        raise ArgumentTypeError(f"args must be a tuple of arguments, got {args!r}; write (x,)")
    return tuple(args)


def wanted(t_eval: Any, start: float, end: float) -> np.ndarray | None:
    """Times of output: within the interval, in the order of the integration."""
    if t_eval is None:
        return None
    t = _times(t_eval)
    if t.ndim != 1:
        raise ShapeError(f"t_eval must have one axis, got the shape {t.shape}")
    _check_times(t[None], np.array([start]), np.array([end]))
    return t


def wanted_by_each(t_eval: Any, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Times of output in a row for each member, or one for all."""
    if t_eval is None:
        return np.empty((1, 0))
    t = _times(t_eval)
    if t.ndim == 1:
        t = t[None]
    elif t.ndim != 2 or len(t) != len(starts):
        raise ShapeError(
            f"t_eval has the shape {t.shape}, neither (nt,) nor a row for each of the "
            f"{len(starts)} members"
        )
    _check_times(t, starts, ends)
    return t if len(t) else np.empty((1, t.shape[1]))


def _times(t_eval: Any) -> np.ndarray:
    t = np.asarray(t_eval)
    if t.dtype.kind not in "fiub":
        raise ArgumentTypeError(f"t_eval must be an array of floats, got {t_eval!r}")
    return np.array(t, dtype=float)


def _check_times(t: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
    """Rows of times: within the intervals, and in the order of the integration."""
    if t.shape[1] == 0 or len(starts) == 0:
        return
    first, last = np.minimum(starts, ends), np.maximum(starts, ends)
    outside = ~((t.min(1) >= first) & (t.max(1) <= last))
    if outside.any():
        i = int(np.argmax(outside))
        raise ArgumentValueError(
            f"t_eval has times outside of t_span, {starts[i]} to {ends[i]}"
        )
    forward = np.where(ends > starts, 1.0, -1.0)
    if not (np.diff(t, axis=1) * forward[:, None] > 0.0).all():
        raise ArgumentValueError("t_eval must be sorted from t_span[0] to t_span[1]")


@dataclass(frozen=True)
class Tolerances:
    """The error that a step may make, as the step function takes it.

    A step's error is about ``rtol * max(|y|, atol / rtol)``.  The relative tolerance chooses the
    order (Jorba and Zou 2005, section 3.1), ``floor`` is ``atol / rtol``.
    """

    order: int
    floor: np.ndarray
    #: Whether each component is measured for itself; else the largest one counts.
    componentwise: bool

    @classmethod
    def of(cls, rtol: Any, atol: Any, order: Any, y: np.ndarray) -> Tolerances:
        relative = _tolerance(rtol, "rtol", y)
        absolute = relative if atol is None else _tolerance(atol, "atol", y)
        relative = np.maximum(relative, EPSILON)
        degree = max(LOWEST, math.ceil(1.0 - 0.5 * math.log(min(1.0, float(relative.min())))))
        if order is not None:
            degree = order_of(order, least=LOWEST)
        floor = np.empty(y.size)
        floor[:] = np.broadcast_to(absolute / relative, y.shape).reshape(-1)
        return cls(degree, floor, bool(relative.ndim or absolute.ndim))


def _tolerance(value: Any, name: str, y: np.ndarray) -> np.ndarray:
    """A tolerance for all components, or one for each."""
    given = np.asarray(value)
    if given.dtype.kind not in "fiu":
        raise ArgumentTypeError(f"{name} must be a float or an array of floats, got {value!r}")
    if given.ndim and given.shape != y.shape:
        raise ShapeError(f"{name} has the shape {given.shape}, y0 has {y.shape}")
    if not ((given >= 0.0) & np.isfinite(given)).all():
        raise ArgumentValueError(f"{name} must be finite and not negative, got {value!r}")
    return given.astype(float)
