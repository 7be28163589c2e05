"""All partial derivatives of a function, against SymPy's to 50 digits."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import (
    ArgumentTypeError,
    ArgumentValueError,
    DerivativeError,
)
from ..graph import Graph, trace
from ..graph.formulas import sympy
from ..graph.node import Node
from ..symbolic.limits import OutOfTime
from .blame import at_kink, faults
from .flat import Flat, flattened
from .modes import chosen
from .modes import modes as all_modes
from .points import points_near
from .precise import mpmath, rounding_error
from .report import AGREES, LOSES, SKIPPED, WRONG, Comparison, SymbolicReport, counted
from .truth import DIGITS, Truth

#: Errors in units of the last place that rounding may make, per unit of the condition.
ULPS = 500.0
#: An error relative to the largest derivative of its order that is no rounding.
ROUGH = 1e-6
EPS = 2.0**-52
TINY = np.finfo(float).tiny
#: Results of several numbers.
CONTAINERS = tuple, np.ndarray
LATE = "SymPy took too long before"
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
    argnums: int | Sequence[int] | None = None,
    modes: Sequence[str] = (),
    seconds: float = 60.0,
    seed: int = 0,
    raises: bool = True,
    name: str = "",
    names: Sequence[str] = (),
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
    argnums : int or sequence of ints, optional
        The arguments by whose floats derivatives are taken; by default all.
    modes : sequence of str, optional
        Ways of differentiation that are compared, of those below; by default all.
    seconds : float, default 60
        How long SymPy may take.  What is not compared by then is left out, and said so.
    seed : int, default 0
        Of the random points.
    raises : bool, default True
        Whether a wrong derivative raises.
    name : str, optional
        Another name for the function.
    names : sequence of str, optional
        Other names for the floats, in the order of the arguments.

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
    Compared is what the library has at each order, also for results of several numbers:

    - "forward", all tensors by `derivatives`; "series" along each input by `directional`, and
      "series in a number" by `taylor` where the only float is one;
    - "reverse", by `jacobian`; "gradient of the arguments" by `value_and_grad` of the
      arguments as they are;
    - forward over reverse: "hessian", "hvp", "series of the gradient" by `taylor_grad`, "jets
      over reverse" at all higher orders, "jets over hvp" at the third;
    - reverse over forward and over itself: "reverse over series", "reverse over reverse".

    Points where the program gives no finite number, or is at a kink, are left out and counted.

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
    wanted = chosen(modes)
    if expression is not None:
        given = list(expression) if isinstance(expression, list | tuple) else [expression]
        expression = [s.sympify(e) for e in given]
    start = trace(f, *args, argnums=argnums)
    flat = flattened(f, list(_names(start, args)), args, argnums)
    names = list(names) or flat.names
    if expression is not None and len(symbols) != flat.point.size:
        raise ArgumentValueError(
            f"symbols: {len(symbols)} for the {flat.point.size} floats {', '.join(names)}"
        )
    truth = Truth(order, seconds, expression, symbols)
    truth.refuse_large(start)
    numbers = np.random.default_rng(seed)
    places = [flat, *(_read(flat, f, p, start) for p in points)]
    places += [flat.at(z) for z in points_near(flat.point, numbers, random, hard)]
    report = SymbolicReport(name or start.name, order)
    graphs: list[Graph] = []
    ways = None
    left_out: Counter[str] = Counter()
    for place in places:
        graph = start if place is flat else _traced(f, place)
        why = _unfit(graph)
        if graph is None or why:
            left_out[why] += 1
            continue
        try:
            expected, conditions = truth.within(partial(truth.at, graph, place.point))
        except OutOfTime:
            if not graphs:
                raise ArgumentValueError(
                    f"{report.function}: SymPy takes more than {seconds:g} seconds; check a "
                    "smaller case or a lower order, pass seconds=, or use "
                    "taylorad.testing.check_derivatives"
                ) from None
            left_out[LATE] += 1
            continue
        if ways is None:  # what is compiled is of no use where SymPy cannot
            missing: list[str] = []
            is_number = len(start.outputs) == 1 and not isinstance(start.result, CONTAINERS)
            ways = list(all_modes(flat, f, order, is_number, wanted, missing))
            if missing:
                report.notes.append(f"not to be had here: {', '.join(missing)}")
        graphs.append(graph)
        report.points.append(dict(zip(names, place.point.tolist(), strict=True)))
        compare = _Comparer(report, names, expected, conditions)
        for mode, find in ways:
            for entry in find(place):
                compare(mode, *entry)
    report.notes += [f"{counted(count)} left out: {why}" for why, count in left_out.items()]
    if all(r.verdict == SKIPPED for r in report.rows):
        raise ArgumentValueError(
            f"{report.function}: there is nothing to compare; " + "; ".join(report.notes)
        )
    try:
        truth.within(partial(_judge, report, graphs, names, expression is None))
    except OutOfTime:
        report.notes.append("no time was left to find the rules at fault: pass seconds=")
    if raises and not report.passed:
        failure = DerivativeError(str(report))
        failure.report = report
        raise failure
    return report


def _traced(f, place: Flat) -> Graph | None:
    try:
        return trace(f, *place.arguments, argnums=place.argnums)
    except Exception:  # whatever the program raises there, or a loop without end
        return None


def _unfit(graph: Graph | None) -> str:
    """Why nothing can be compared at a point."""
    if graph is None or not all(math.isfinite(v) for v in _outputs(graph)):
        return "the program gives no finite number there"
    return "the function is not smooth there" if any(map(at_kink, graph.nodes)) else ""


def _names(graph: Graph, args):
    code = graph.function.__code__
    names = list(code.co_varnames[: code.co_argcount])
    return [*names, *(f"arg{k}" for k in range(len(names), len(args)))][: len(args)]


def _outputs(graph: Graph) -> list[float]:
    return [float(o.value if isinstance(o, Node) else o) for o in graph.outputs]


def _read(flat: Flat, f, args, start: Graph) -> Flat:
    """A point that the user gives."""
    given = args if isinstance(args, tuple) else (args,)
    made = flattened(f, list(_names(start, given)), given, flat.argnums)
    if made.names != flat.names or made.function is not flat.function:
        raise ArgumentTypeError("points: tuples of arguments of the same shapes are needed")
    return made


# -- comparisons ---------------------------------------------------------------------------


class _Comparer:
    """Comparisons of derivatives at one point with the truth there."""

    def __init__(self, report: SymbolicReport, names, expected, conditions):
        mp = mpmath()
        self.report, self.names = report, names
        self.expected, self.conditions = expected, conditions
        self.point = len(report.points) - 1
        #: The largest derivative of each result and order.
        self.sizes: dict[tuple[int, int], float] = {}
        self.texts = {}
        for (o, index), truth in expected.items():
            if truth is not None:
                key = o, len(index)
                self.sizes[key] = max(self.sizes.get(key, 0.0), abs(float(truth)))
                self.texts[o, index] = mp.nstr(truth, DIGITS)

    def __call__(self, mode: str, o: int, index: tuple[int, ...], ours: float) -> None:
        key = o, tuple(sorted(index))
        truth, by = self.expected[key], tuple(self.names[i] for i in index)
        if truth is None:
            row = Comparison(self.point, mode, o, by, ours, "nan", math.nan, math.nan, SKIPPED)
            self.report.rows.append(row)
            return
        error = abs(float(mpmath().mpf(ours) - truth)) if math.isfinite(ours) else math.inf
        condition, largest = self.conditions[key], self.sizes[o, len(index)]
        size = abs(float(truth))
        unit = float(np.spacing(size)) if size else EPS * max(largest, TINY)
        rounding = ULPS * EPS * ((1 + condition) * size + largest) + TINY
        verdict = AGREES
        if not error <= rounding:
            verdict = LOSES if error <= ROUGH * max(largest, size) else WRONG
        row = Comparison(self.point, mode, o, by, ours, self.texts[key], error / unit, condition,
                         verdict)  # fmt: skip
        self.report.rows.append(row)


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
