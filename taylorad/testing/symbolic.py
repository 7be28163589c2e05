"""All partial derivatives of a function, against SymPy's to 50 digits."""

from __future__ import annotations

import itertools
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
    TayloradError,
    UnsupportedError,
)
from ..graph import Graph, trace
from ..graph.formulas import Writer, sympy
from ..graph.node import Node
from ..transforms.hessians import hessian
from ..transforms.tensors import derivatives, jacobian
from .blame import at_kink, faults
from .flat import Flat, flattened
from .points import points_near
from .precise import mpmath, rounding_error
from .report import AGREES, LOSES, SKIPPED, WRONG, Comparison, SymbolicReport

DIGITS = 50
#: Digits of the evaluation beyond those: what cancels in formulas such as ``exp(x) - 1``.
GUARD = 60
#: Digits beyond which what still changes has no value.
MOST_DIGITS = 880
#: Operations of the formula, written out as a tree, and of all derivatives together.
LARGEST_FORMULA, LARGEST_SUM = 3000, 200_000
MOST_PARTIALS = 2000
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
        If the formula is too large, or SymPy takes too long.
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
    truth = _Truth(s, order, monotonic() + seconds, seconds, expression, symbols)
    graphs: list[Graph] = []
    missing = kinks = 0
    for number, z in enumerate(places):
        try:
            graph = start if number == 0 else trace(f, *flat.arguments(z))
            if not all(math.isfinite(v) for v in _outputs(graph)):
                raise ArithmeticError
        except (ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
            if isinstance(error, TayloradError):
                raise
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


# -- the truth -----------------------------------------------------------------------------


class _Truth:
    """SymPy's derivatives; those of one formula are made once."""

    def __init__(self, s, order, deadline, seconds, expression, symbols):
        self.s, self.order = s, order
        self.deadline, self.seconds = deadline, seconds
        self.given, self.given_symbols = expression, list(symbols)
        self._known: dict[tuple, Any] = {}

    def at(self, graph: Graph, z: np.ndarray):
        """All derivatives by output and index, and their conditions, at a point."""
        mp = mpmath()
        indices, function, constants = self._function(graph)
        base = self._settled(function, z, constants)
        conditions = [0.0] * len(base)
        with mp.workdps(self._digits):
            point = [mp.mpf(x) for x in z]
            step = mp.mpf(10) ** -25
            for signs in _signs(len(point)):
                moved = [x * (1 + sign * step) for x, sign in zip(point, signs, strict=True)]
                there = self._numbers(function, moved, constants)
                for i, (a, b) in enumerate(zip(base, there, strict=True)):
                    if a is not None and b is not None and a != 0:
                        conditions[i] = max(conditions[i], float(abs((b - a) / a) / step))
        return dict(zip(indices, base, strict=True)), dict(zip(indices, conditions, strict=True))

    def _settled(self, function, z, constants) -> list:
        """The derivatives, with as many digits as it takes for 50 of them to hold.

        What is zero but for what the digits leave is zero.
        """
        mp = mpmath()
        found: list = []
        self._digits = DIGITS + GUARD
        while True:
            with mp.workdps(self._digits):
                again = self._numbers(function, [mp.mpf(x) for x in z], constants)
                nothing = mp.mpf(10) ** (-0.8 * self._digits)
                again = [x if x is None or abs(x) > nothing else mp.mpf(0) for x in again]
                same = [_agree(mp, a, b) for a, b in zip(found, again, strict=bool(found))]
            if (found and all(same)) or self._digits >= MOST_DIGITS:
                return [x if ok else None for x, ok in zip(again, same, strict=True)]
            found, self._digits = again, 2 * self._digits

    def _numbers(self, function, point, constants) -> list:
        """Numbers; None where a formula has no real value."""
        mp = mpmath()
        try:
            found = function(*point, *(mp.mpf(c) for c in constants))
        except (ZeroDivisionError, ValueError, OverflowError):
            return [None] * self._count
        made = []
        for x in found:
            x = mp.mpmathify(x)
            real = not isinstance(x, mp.mpc) or abs(x.imag) <= mp.mpf(10) ** -DIGITS
            x = x.real if isinstance(x, mp.mpc) else x
            made.append(x if real and mp.isfinite(x) else None)
        return made

    def _function(self, graph: Graph):
        writer = _Parametric(graph)
        if self.given is not None:
            key: tuple = ()
            outputs, by, constants = self.given, self.given_symbols, []
        else:
            self._refuse_large(graph)
            outputs = writer.outputs()
            by, constants = list(writer.symbols.values()), list(writer.constants)
            key = (tuple(outputs), tuple(constants))
        if key not in self._known:
            entries = self._derived(outputs, by)
            texts = self.s.lambdify(
                [*by, *constants], list(entries.values()), modules="mpmath", cse=True
            )
            self._known[key] = list(entries), texts
        indices, function = self._known[key]
        self._count = len(indices)
        return indices, function, [writer.constants[c] for c in constants]

    def _refuse_large(self, graph: Graph) -> None:
        size: dict[Node, int] = {}
        for node in graph.nodes:
            size[node] = 1 + sum(size[p] for p in node.parents)
        total = sum(size[o] for o in graph.outputs if isinstance(o, Node))
        n, k = len(graph.inputs), self.order
        partials = math.comb(n + k, k) * len(graph.outputs)
        if total > LARGEST_FORMULA or partials > MOST_PARTIALS:
            raise ArgumentValueError(
                f"{graph.name}: a formula of {total} operations with {partials} derivatives to "
                f"order {k} is too much for SymPy (at most {LARGEST_FORMULA} and "
                f"{MOST_PARTIALS}); check a smaller case or a lower order, or use "
                "taylorad.testing.check_derivatives"
            )

    def _derived(self, outputs, by) -> dict[tuple, Any]:
        """All derivatives by output and index, each from one of the order below."""
        entries: dict[tuple, Any] = {(o, ()): e for o, e in enumerate(outputs)}
        work = 0
        for o in range(len(outputs)):
            for k in range(1, self.order + 1):
                for index in itertools.combinations_with_replacement(range(len(by)), k):
                    lower = entries[o, index[:-1]]
                    work += 1 if lower == 0 else lower.count_ops() + 1
                    if monotonic() > self.deadline or work > LARGEST_SUM:
                        raise ArgumentValueError(
                            f"SymPy's derivatives of order {k} are too large, or take more than "
                            f"{self.seconds:g} seconds; check a smaller case or a lower order, or "
                            "use taylorad.testing.check_derivatives"
                        )
                    entries[o, index] = self.s.diff(lower, by[index[-1]])
        return entries


def _agree(mp, a, b) -> bool:
    """Whether two evaluations have 50 digits in common; both may have no value."""
    if a is None or b is None:
        return a is b
    return abs(a - b) <= mp.mpf(10) ** -DIGITS * abs(b)


class _Parametric(Writer):
    """Formulas in which constants are parameters, so that one serves many points."""

    def __init__(self, graph: Graph):
        super().__init__(graph, exact=True, frozen=True)
        s = sympy()
        self.symbols = {n: s.Symbol(f"x{i}", real=True) for i, n in enumerate(graph.inputs)}
        self.constants: dict[Any, float] = {}
        self._of: dict[float, Any] = {}

    def number(self, x):
        simple = isinstance(x, int) or (math.isfinite(x) and (x * 8) % 1 == 0 and abs(x) < 2**20)
        if simple or not math.isfinite(x):
            return super().number(x)
        if x not in self._of:
            made = sympy().Symbol(f"c{len(self._of)}", real=True)
            self._of[x] = made
            self.constants[made] = x
        return self._of[x]

    def outputs(self) -> list:
        made = self.expressions()
        return [self.operand(o, made) for o in self.graph.outputs]


def _signs(n: int):
    """Directions in which inputs are moved for the condition: together, and at random."""
    numbers = np.random.default_rng(1)
    yield [1] * n
    for _ in range(2 if n > 1 else 0):
        yield numbers.choice([-1, 1], n).tolist()


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
