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


def state(y0: Any) -> np.ndarray:
    """Initial values as a new array of floats."""
    y = np.asarray(y0)
    if y.dtype.kind == "c":
        raise ArgumentTypeError(
            "y0 is complex: write real and imaginary parts as components of y"
        )
    if y.dtype.kind not in "fiub":
        raise ArgumentTypeError(f"y0 must be an array of floats, got {y0!r}")
    if y.size == 0:
        raise ArgumentValueError("y0 is empty: there is nothing to solve")
    if not np.isfinite(y).all():
        raise ArgumentValueError("all components of y0 must be finite")
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
    t = np.asarray(t_eval)
    if t.dtype.kind not in "fiub":
        raise ArgumentTypeError(f"t_eval must be an array of floats, got {t_eval!r}")
    if t.ndim != 1:
        raise ShapeError(f"t_eval must have one axis, got the shape {t.shape}")
    t = np.array(t, dtype=float)
    if not ((t >= min(start, end)) & (t <= max(start, end))).all():
        raise ArgumentValueError(f"t_eval has times outside of t_span, {start} to {end}")
    steps = np.diff(t)
    if not ((steps > 0.0) if end > start else (steps < 0.0)).all():
        raise ArgumentValueError("t_eval must be sorted from t_span[0] to t_span[1]")
    return t


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
