"""Derivatives compared with derivatives found in another way.

Expressions are evaluated to 60 digits by mpmath and differentiated numerically there.
Functions in a file are known as machine code only: the derivatives of each order are
compared with extrapolated central differences of the order below, down to the function.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from ..errors import MissingExtraError
from .problem import Problem
from .result import Result, differentiate
from .usage import UsageError

PRECISE = 1e-9
ROUGH = 1e-5
#: mpmath's names where they are not the expression's.
_MPMATH = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "ln": "log", "log": "log",
    "abs": "fabs", "absolute": "fabs", "lgamma": "loggamma", "min": "min", "max": "max",
}  # fmt: skip


@dataclass
class Check:
    """One order's largest error, relative to the largest derivative of that order."""

    order: int
    error: float
    tolerance: float
    method: str

    @property
    def passed(self) -> bool:
        return self.error <= self.tolerance


def check(result: Result) -> list[Check]:
    """One comparison an order, from the value on."""
    if result.problem.program is not None:
        return _against_mpmath(result)
    return _against_differences(result)


def _relative(found, expected) -> float:
    """The largest difference, relative to the largest expected value; nan meets nan."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        errors = np.where(same, 0.0, np.abs(found - expected))
    scale = float(np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected)))
    worst = float(np.max(errors, initial=0.0))
    return float("inf") if np.isnan(worst) else worst / scale if scale else worst


def _against_mpmath(result: Result) -> list[Check]:
    try:
        import mpmath
    except ImportError:
        raise MissingExtraError(
            '--check needs mpmath: python -m pip install "taylorad[symbolic]"'
        ) from None
    problem = result.problem
    with mpmath.workdps(60):
        function = _in_mpmath(problem, mpmath)
        point = [mpmath.mpf(float(x)) for x in problem.point]
        checks = []
        for k, tensor in enumerate(result.tensors):
            indices = list(combinations_with_replacement(range(len(point)), k))
            found = [tensor[i] if tensor.ndim else tensor.item() for i in indices]
            expected = [float(_partial(mpmath, function, point, i)) for i in indices]
            checks.append(Check(k, _relative(found, expected), PRECISE, "mpmath, 60 digits"))
        return checks


def _partial(mpmath, function, point, index):
    if not index:
        return function(*point)
    powers = Counter(index)
    return mpmath.diff(function, tuple(point), tuple(powers[i] for i in range(len(point))))


def _in_mpmath(problem: Problem, mpmath):
    """The expression as a function of mpmath numbers."""
    program = problem.program
    assert program is not None
    table = {}
    for name in {step[1] for step in program.steps if step[0] == "call"}:
        target = _MPMATH.get(name, name)
        table[name] = {"min": min, "max": max}.get(target) or getattr(mpmath, target, None)
        if table[name] is None:
            raise UsageError(f"--check: mpmath has no function for {name}")

    def function(*values):
        named = dict(zip(problem.names, values, strict=True))
        return program.evaluate(named, mpmath.mpf, table)

    return function


def _against_differences(result: Result) -> list[Check]:
    """``D_k`` against differences of ``D_{k-1}``, which was compared before."""
    problem, checks = result.problem, []
    plain = problem.function(problem.point, *problem.constants)
    checks.append(Check(0, _relative(result.tensors[0], plain), 0.0, "the plain function"))
    for k in range(1, result.order + 1):
        n = problem.point.size
        columns = [_difference(problem, k - 1, j) for j in range(n)]
        expected = np.stack(columns, axis=-1) if result.coefficients is None else columns[0]
        error = _relative(result.tensors[k], expected)
        checks.append(Check(k, error, ROUGH, f"differences of order {k - 1}"))
    return checks


def _difference(problem: Problem, k: int, j: int) -> np.ndarray:
    """The slope of ``D_k`` along coordinate ``j``: central differences, extrapolated (Ridders).

    Of the extrapolated values the one is taken that changed least from its neighbour.
    """

    def tensor(x: float) -> np.ndarray:
        moved = problem.point.copy()
        moved[j] = x
        at = Problem(problem.title, problem.names, moved, problem.function, problem.constants)
        return differentiate(at, k).tensors[k]

    centre = problem.point[j]
    step = 0.05 * max(abs(centre), 0.1)
    table: list[list[np.ndarray]] = []
    best, least = None, np.inf
    for i in range(7):
        h = step / 2**i
        high, low = centre + h, centre - h
        row = [(tensor(high) - tensor(low)) / (high - low)]
        for m in range(i):
            row.append(row[m] + (row[m] - table[-1][m]) / (4.0 ** (m + 1) - 1))
        if table:
            change = float(np.max(np.abs(row[-1] - table[-1][-1]), initial=0.0))
            if best is None or change < least:
                best, least = row[-1], change
        table.append(row)
    assert best is not None
    return best
