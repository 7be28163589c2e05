"""The derivatives of a problem, and their form for machines."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import taylorad as ta

from .problem import Problem
from .usage import UsageError


@dataclass
class Result:
    """``tensors[k]`` holds the k-th derivatives, of shape ``out + (n,) * k``.

    For one variable they have the shape of the function's result and ``coefficients`` the
    normalised Taylor coefficients.
    """

    problem: Problem
    order: int
    tensors: list[np.ndarray]
    coefficients: np.ndarray | None = None
    #: Reports by name.
    checks: dict[str, ta.testing.Report] = field(default_factory=dict)
    latex: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the function's result."""
        return self.tensors[0].shape


def differentiate(problem: Problem, order: int) -> Result:
    """All derivatives up to ``order``."""
    value = problem.function(problem.point, *problem.constants)
    if not isinstance(value, int | float | np.ndarray) or np.iscomplexobj(value):
        kind = "a complex result" if np.iscomplexobj(value) else f"a {type(value).__name__}"
        raise UsageError(f"{problem.title} returns {kind}; return a float or an array of floats")
    if problem.point.size == 1:
        # one direction carries everything: orders of 100 and more are no trouble
        series = ta.directional(problem.function, order)
        coefficients = series(problem.point, np.ones(1), *problem.constants)
        columns = coefficients.reshape(order + 1, -1).T
        tensors = np.array([ta.Taylor(c).derivatives() for c in columns]).T
        tensors = tensors.reshape(coefficients.shape)
        return Result(problem, order, list(tensors), coefficients)
    if order == 0:
        return Result(problem, order, [np.asarray(value, dtype=float)])
    found = ta.derivatives(problem.function, order)(problem.point, *problem.constants)
    return Result(problem, order, [np.asarray(d, dtype=float) for d in found])


def to_json(result: Result) -> str:
    """One JSON object; nan and infinities are the strings ``"nan"``, ``"inf"``, ``"-inf"``."""
    problem = result.problem
    tensors = [_nested(d, k, result) for k, d in enumerate(result.tensors)]
    document: dict[str, Any] = {
        "function": problem.title,
        "names": problem.names,
        "point": _plain(problem.point),
        "fixed": {name: _plain(np.asarray(v)) for name, v in problem.held.items()},
        "order": result.order,
        "shape": list(result.shape),
        "value": tensors[0],
    }
    if result.order >= 1:
        document["gradient"] = tensors[1]
    if result.order >= 2:
        document["hessian"] = tensors[2]
    document["tensors"] = {str(k): t for k, t in enumerate(tensors) if k >= 3}
    if result.coefficients is not None:
        document["coefficients"] = _plain(result.coefficients)
    if result.latex:
        document["latex"] = result.latex
    if result.checks:
        document["check"] = {name: report.document() for name, report in result.checks.items()}
    return json.dumps(document, allow_nan=False)


def _nested(tensor: np.ndarray, k: int, result: Result):
    """Lists of shape ``out + (n,) * k``, for one variable too."""
    if result.coefficients is None:
        return _plain(tensor)
    return _deepen(_plain(tensor), len(result.shape), k)


def _deepen(value, depth: int, k: int):
    if depth:
        return [_deepen(v, depth - 1, k) for v in value]
    for _ in range(k):
        value = [value]
    return value


def _plain(array: np.ndarray):
    """Nested lists of numbers, and of strings for what JSON has no number for."""
    if array.ndim:
        return [_plain(item) for item in array]
    value = array.item()
    return value if isinstance(value, int) or math.isfinite(value) else str(value)
