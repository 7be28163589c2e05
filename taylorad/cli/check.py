"""Derivatives compared with derivatives found otherwise: the checks of `taylorad.testing`."""

from __future__ import annotations

import sys

import taylorad as ta

from .problem import Problem
from .usage import UsageError


def run_checks(problem: Problem, options) -> dict[str, ta.testing.Report]:
    """The reports of the checks that the options ask for, by name; none raises."""
    common = {
        "order": options.order, "argnums": 0, "raises": False,
        "name": problem.title, "names": problem.names,
    }  # fmt: skip
    given = problem.function, problem.point, *problem.constants
    made: dict[str, ta.testing.Report] = {}
    if options.check:
        if options.order == 0:
            raise UsageError("--check compares derivatives: give an --order of at least 1")
        made["derivatives"] = ta.testing.check_derivatives(*given, **common)
    if options.check_symbolic:
        made["symbolic"] = ta.testing.check_symbolic(*given, random=0, hard=False, **common)
    return made


def passed(checks: dict[str, ta.testing.Report]) -> bool:
    """Whether no derivative is wrong."""
    return all(report.passed for report in checks.values())


def complain(checks: dict[str, ta.testing.Report]) -> None:
    """Print the reports that found something wrong to standard error."""
    for report in checks.values():
        if not report.passed:
            print(report, file=sys.stderr)
