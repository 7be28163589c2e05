"""All partial derivatives of a function, against SymPy's to 50 digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import (
    ArgumentTypeError,
    ArgumentValueError,
    DerivativeError,
    UnsupportedError,
)
from ..graph import Graph, trace
from ..graph.formulas import sympy
from ..graph.node import Node
from ..transforms.hessians import hessian
from ..transforms.tensors import derivatives, jacobian
from .blame import at_kink, faults
from .flat import Flat, flattened
from .points import points_near
from .precise import mpmath, rounding_error
from .report import AGREES, LOSES, SKIPPED, WRONG, Comparison, SymbolicReport
from .truth import DIGITS, Truth

#: Errors in units of the last place that rounding may make, per unit of the condition.
ULPS = 500.0
#: An error relative to the largest derivative of its order that is no rounding.
ROUGH = 1e-6
EPS = 2.0**-52
#: Comparisons that failed of which it is found out what rounding may do.
MOST_DOUBTFUL = 12


def check_symbolic(
    f,
    *args,
    order: int = 3,
    points: Sequence[tuple] = (),
    random: int = 3,
    hard: bool = True,
    expression: Any = None,
    symbols: Sequence = (),
    seconds: float = 60.0,
    seed: int = 0,
    raises: bool = True,
) -> SymbolicReport:
    """Compare all partial derivatives of a function with SymPy's, evaluated to 50 digits.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    *args
        Its arguments: a point, by whose floats it is differentiated.
    order : int, default 3
        The highest order.
    points : sequence of tuples
        Further points: tuples of arguments.
    random : int, default 3
        How many random points near the given one are tried, too.
    hard : bool, default True
        Whether hard points are tried: the arguments tiny, large, and with signs changed.
    expression : sympy.Expr or list of them, optional
        The truth, if it is not to be the program's own formula.
    symbols : sequence of symbols
        The symbols of ``expression`` in the order of the arguments' floats.
    seconds : float, default 60
        How long SymPy may take.
    seed : int, default 0
        Of the random points.
    raises : bool, default True
        Whether a wrong derivative raises.

    Returns
    -------
    SymbolicReport
        Printed, a table of errors in units of the last place; `to_json` and `to_html`.

    Raises
    ------
    DerivativeError
        If a derivative is wrong, with the table and the primitives whose rules are at fault;
        its ``report`` is the report.
    ArgumentValueError
        If the formula is too large, SymPy takes too long, or no point can be compared.
    MissingExtraError
        Without SymPy.
    UnsupportedError
        If the function cannot be traced, or calls what has no formula.

    Notes
    -----
    Forward mode is compared to the order asked for, reverse mode to first order, and both
    together to second order for functions that return a number.  Points where the program
    gives no finite number, or is at a kink, are left out and counted.

    Rounding is no fault: errors may be 500 units of the last place, times one and the
    condition of the derivative.  Where more digits are lost by cancellation within the
    program, as rounding in each of its operations may do, the report says so without
    failing; `taylorad.diagnose` shows where.

    Examples
    --------
    >>> import math
    >>> import taylorad as ta
    >>> def f(x, y):
    ...     return math.exp(math.sin(x)) * y
    >>> ta.testing.check_symbolic(f, 0.5, 2.0, order=2).passed
    True
    """
    s = sympy()
    order = order_of(order)
    if expression is not None:
        given = list(expression) if isinstance(expression, list | tuple) else [expression]
        expression = [s.sympify(e) for e in given]
    start = trace(f, *args)
    flat = flattened(f, list(_names(start, args)), args)
    if expression is not None and len(symbols) != flat.point.size:
        raise ArgumentValueError(
            f"symbols: {len(symbols)} for the {flat.point.size} floats {', '.join(flat.names)}"
        )
    numbers = np.random.default_rng(seed)
    places = [flat.point, *(_read(flat, f, p, start) for p in points)]
    places += points_near(flat.point, numbers, random, hard)
    modes = list(_modes(flat, order, len(start.outputs) == 1 and not _is_tuple(start.result)))
    report = SymbolicReport(start.name, order)
    truth = Truth(s, order, monotonic() + seconds, seconds, expression, symbols)
    graphs: list[Graph] = []
    missing = kinks = 0
    for number, z in enumerate(places):
        try:
            graph = start if number == 0 else trace(f, *flat.arguments(z))
        except Exception:  # whatever the program raises there, or a loop without end
            missing += 1
            continue
        if not all(math.isfinite(v) for v in _outputs(graph)):
            missing += 1
            continue
        if any(map(at_kink, graph.nodes)):
            kinks += 1
            continue
        graphs.append(graph)
        report.points.append(dict(zip(flat.names, z.tolist(), strict=True)))
        expected, conditions = truth.at(graph, z)
        for name, derive, orders in modes:
            found = derive(z, *flat.constants)
            for k in orders:
                _compare(report, flat.names, name, k, found[k], expected, conditions)
    if missing:
        report.notes.append(f"{missing} points left out: the program gives no finite number there")
    if kinks:
        report.notes.append(f"{kinks} points left out: the function is not smooth there")
    if all(r.verdict == SKIPPED for r in report.rows):
        raise ArgumentValueError(
            f"{report.function}: there is nothing to compare; " + "; ".join(report.notes)
        )
    _judge(report, graphs, flat.names, expression is None)
    if raises and not report.passed:
        failure = DerivativeError(str(report))
        failure.report = report
        raise failure
    return report


def _names(graph: Graph, args):
    code = graph.function.__code__
    names = list(code.co_varnames[: code.co_argcount])
    return [*names, *(f"arg{k}" for k in range(len(names), len(args)))][: len(args)]


def _is_tuple(result) -> bool:
    return isinstance(result, tuple | np.ndarray)


def _outputs(graph: Graph) -> list[float]:
    return [float(o.value if isinstance(o, Node) else o) for o in graph.outputs]


def _read(flat: Flat, f, args, start: Graph) -> np.ndarray:
    """A point that the user gives, as a vector."""
    given = args if isinstance(args, tuple) else (args,)
    made = flattened(f, list(_names(start, given)), given)
    if made.names != flat.names:
        raise ArgumentTypeError("points: tuples of arguments of the same shapes are needed")
    return made.point


# -- what the library gives ----------------------------------------------------------------


def _modes(flat: Flat, order: int, is_number: bool):
    """For each mode its name, the function of its tensors by order, and the orders."""
    forward = derivatives(flat.function, order)

    def tensors(z, *constants):
        made = forward(z, *constants)
        return {k: _rows(made[k], z.size, k) for k in range(order + 1)}

    yield "forward", tensors, range(order + 1)
    try:
        reverse = jacobian(flat.function, mode="reverse")
        reverse(flat.point, *flat.constants)
    except UnsupportedError:
        return
    if order >= 1:
        yield "reverse", lambda z, *c: {1: _rows(reverse(z, *c), z.size, 1)}, (1,)
    if order >= 2 and is_number:
        both = hessian(flat.function)
        yield "forward over reverse", lambda z, *c: {2: _rows(both(z, *c), z.size, 2)}, (2,)


def _rows(tensor, n: int, k: int) -> np.ndarray:
    """A tensor, or a tuple of them, of shape ``(numbers, n, ..., n)``."""
    if isinstance(tensor, tuple):
        return np.concatenate([_rows(t, n, k) for t in tensor])
    return np.asarray(tensor, dtype=float).reshape((-1,) + (n,) * k)


# -- comparisons ---------------------------------------------------------------------------


def _compare(report, names, mode, k, found, expected, conditions) -> None:
    mp = mpmath()
    point = len(report.points) - 1
    sizes: dict[int, float] = {}
    for (o, index), truth in expected.items():
        if len(index) == k and truth is not None:
            sizes[o] = max(sizes.get(o, 0.0), abs(float(truth)))
    for (o, index), truth in expected.items():
        if len(index) != k:
            continue
        ours = float(found[(o, *index)])
        by = tuple(names[i] for i in index)
        if truth is None:
            row = Comparison(point, mode, o, by, ours, "nan", math.nan, math.nan, SKIPPED)
            report.rows.append(row)
            continue
        error = abs(float(mp.mpf(ours) - truth)) if math.isfinite(ours) else math.inf
        condition = conditions[o, index]
        size = abs(float(truth))
        unit = float(np.spacing(size)) if size else EPS * max(sizes[o], np.finfo(float).tiny)
        rounding = ULPS * EPS * ((1 + condition) * size + sizes[o]) + np.finfo(float).tiny
        verdict = AGREES
        if not error <= rounding:
            verdict = LOSES if error <= ROUGH * max(sizes[o], size) else WRONG
        text = mp.nstr(truth, DIGITS)
        report.rows.append(Comparison(point, mode, o, by, ours, text, error / unit, condition,
                                      verdict))  # fmt: skip


def _judge(report: SymbolicReport, graphs: list[Graph], names: list[str], own: bool) -> None:
    """Find the rules at fault; without one, see what rounding may do.

    ``own`` tells that the truth is the program's own formula.
    """
    doubtful = [i for i, r in enumerate(report.rows) if r.verdict in (LOSES, WRONG)]
    if not doubtful:
        return
    seen: set[str] = set()
    for graph in graphs:
        for fault in faults(graph, max(report.order, 1)):
            if fault.primitive not in seen:
                seen.add(fault.primitive)
                report.faults.append(fault)
    for i in doubtful if report.faults else ():
        report.rows[i] = replace(report.rows[i], verdict=WRONG)
    if report.faults or not own:
        return
    doubtful.sort(key=lambda i: -report.rows[i].ulps)
    for i in doubtful[:MOST_DOUBTFUL]:
        row = report.rows[i]
        index = tuple(names.index(n) for n in row.by)
        error = abs(row.found - float(row.expected))
        allowed = ULPS * rounding_error(graphs[row.point], row.output, index)
        report.rows[i] = replace(row, verdict=LOSES if error <= allowed else WRONG)
    if any(report.rows[i].verdict == LOSES for i in doubtful):
        report.notes.append("digits are lost to cancellation; taylorad.diagnose shows where")
