"""Every way of differentiating a function, against the others."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..checks import order_of
from ..errors import ArgumentValueError, DerivativeError, MissingExtraError, UnsupportedError
from ..graph import Graph, trace
from ..transforms.forward import directional
from ..transforms.nested import taylor_grad
from .blame import at_kink, faults, on_an_edge
from .flat import Flat, flattened
from .precise import complex_step, mpmath, replayed
from .report import AGREES, SKIPPED, WRONG, DerivativeReport, Direction

#: Inputs up to which each is a direction of its own.
MOST_UNITS = 8
DIGITS = 60
#: What may be left of terms that cancel, in units of their size.
ROUNDING = 2e-13
#: Complex steps, in units of the inputs, and what their terms of third order add to a zero.
STEP, LEFT_OUT = 1e-40, 1e-70


def check_derivatives(
    f,
    *args,
    order: int = 2,
    directions: int = 3,
    argnums: int | Sequence[int] | None = None,
    tolerance: float = 1e-8,
    seed: int = 0,
    raises: bool = True,
    name: str = "",
    names: Sequence[str] = (),
) -> DerivativeReport:
    """Compare derivatives found in every way that there is, and raise where they differ.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    *args
        Its arguments: a point, by whose floats it is differentiated.
    order : int, default 2
        The highest order.
    directions : int, default 3
        How many random directions are tried, besides each input by itself where there are
        few: a wrong derivative shows along almost every direction.
    argnums : int or sequence of ints, optional
        The arguments by whose floats derivatives are taken; by default all.
    tolerance : float, default 1e-8
        The error that is allowed, relative to the largest derivative of its order.
    seed : int, default 0
        Of the random directions and weights.
    raises : bool, default True
        Whether a difference raises.
    name : str, optional
        Another name for the function.
    names : sequence of str, optional
        Other names for the floats, in the order of the arguments.

    Returns
    -------
    DerivativeReport
        Printed, a table; `to_json` and `to_html`.

    Raises
    ------
    DerivativeError
        If ways differ, with the table and the primitives whose rules are at fault; its
        ``report`` is the report.
    ArgumentValueError
        If the value or all derivatives are not finite: there is nothing to compare.

    Notes
    -----
    Compared are, along directions and for results of several numbers weighted at random:

    - forward mode, `taylorad.directional`;
    - reverse mode, `taylorad.taylor_grad`;
    - complex steps, where every operation is analytic (first order);
    - extrapolated differences of the order below, down to the plain function (Ridders 1982):
      these are rough, and their own estimate of their error counts;
    - differences to 60 digits, of the graph in mpmath's arithmetic.

    What cannot be had, such as reverse mode of a function that it refuses, is left out.  On a
    kink or a jump, or where a branch turns, derivatives are those of the side that the program
    takes, and differences say nothing.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return np.sum(np.sin(x) * x[::-1])
    >>> ta.testing.check_derivatives(f, np.array([0.3, 1.2, -0.7])).passed
    True
    """
    order = order_of(order, least=1)
    numbers = np.random.default_rng(seed)
    try:
        graph: Graph | None = trace(f, *args, argnums=argnums)
    except (UnsupportedError, ArgumentValueError) as error:
        graph, refusal = None, str(error).splitlines()[0]
    flat, weights = _weighted(f, args, argnums, graph, numbers)
    flat = replace(flat, names=list(names)) if names else flat
    report = DerivativeReport(name or getattr(f, "__name__", "f"), order)
    ways = _Ways(flat, graph, weights, order)
    if not math.isfinite(ways.value):
        raise ArgumentValueError(
            f"{report.function}: there is nothing to compare where the value is {ways.value}"
        )
    if graph is None:
        report.notes.append(f"without complex steps and 60 digits: {refusal}")
    report.notes += ways.notes
    for along, v in _directions(flat, directions, numbers):
        report.rows += ways.along(along, v, tolerance)
    if all(r.verdict == SKIPPED for r in report.rows):
        raise ArgumentValueError(
            f"{report.function}: there is nothing to compare where derivatives are not finite; "
            "taylorad.diagnose shows where they arise"
        )
    if not report.passed and graph is not None:
        report.faults = faults(graph, order)
    if raises and not report.passed:
        failure = DerivativeError(str(report))
        failure.report = report
        raise failure
    return report


def _weighted(f, args, argnums, graph: Graph | None, numbers) -> tuple[Flat, np.ndarray]:
    """The function of one vector, its numbers weighted at random to one number."""
    python = getattr(f, "py_func", f)
    code = python.__code__
    names = [*code.co_varnames[: code.co_argcount], *(f"arg{k}" for k in range(len(args)))]
    names = names[: len(args)]
    result = graph.value if graph is not None else f(*copy.deepcopy(args))
    weights: list = []
    text = _sum(result, "y", numbers, weights)
    flat = flattened(f, names, args, argnums, text, tuple(weights))
    return flat, np.concatenate([np.ravel(w) for w in weights or [1.0]])


def _sum(thing, name: str, numbers, weights: list) -> str:
    """The text of a sum of all numbers of a result, with weights; of one number itself."""
    if isinstance(thing, tuple):
        parts = [_sum(t, f"{name}[{i}]", numbers, weights) for i, t in enumerate(thing)]
        return " + ".join(parts) or "0.0"
    if isinstance(thing, np.ndarray):
        drawn = numbers.uniform(0.5, 1.5, thing.shape) * numbers.choice([-1, 1], thing.shape)
        weights.append(drawn)
        return f"np.sum(w{len(weights) - 1} * {name})"
    if name == "y":
        return "y"
    weights.append(float(numbers.uniform(0.5, 1.5)))
    return f"w{len(weights) - 1} * {name}"


def _directions(flat: Flat, count: int, numbers):
    n = flat.point.size
    if n <= MOST_UNITS:
        for i, name in enumerate(flat.names):
            yield name, np.eye(n)[i]
    if n > 1:
        for k in range(count):
            # in proportion to the inputs, which may be of very different sizes
            yield f"random {k + 1}", numbers.normal(size=n) * _sizes(flat.point)


def _sizes(point: np.ndarray) -> np.ndarray:
    return np.where(point == 0, 1.0, np.abs(point))


class _Ways:
    """The derivatives of a function of a vector along directions, in every way."""

    def __init__(self, flat: Flat, graph: Graph | None, weights, order: int):
        self.flat, self.graph, self.weights, self.order = flat, graph, weights, order
        self.notes: list[str] = []
        self.without_formulas = False
        self.value = float(flat.call(flat.function))
        self.smooth = graph is None or not on_an_edge(graph)
        if graph is not None and any(map(at_kink, graph.nodes)):
            self.graph = None
            self.notes.append("forward against reverse mode alone: the function has a kink here")
        elif not self.smooth:
            self.notes.append("without differences: the function jumps here, or a branch turns")
        self._forward = directional(flat.function, order)
        self._reverse: Callable | None = taylor_grad(flat.function, order - 1)
        try:
            flat.call(self._reverse, flat.point)
        except UnsupportedError as error:
            self._reverse = None
            self.notes.append(f"without reverse mode: {str(error).splitlines()[0]}")

    def forward(self, z, v) -> np.ndarray:
        return self._forward(z, v, *self.flat.constants)

    def along(self, name: str, v: np.ndarray, tolerance: float) -> list[Direction]:
        flat = self.flat
        ours = self.forward(flat.point.copy(), v)
        reverse = None
        if self._reverse is not None:
            reverse = flat.call(self._reverse, v) @ v
        exact = self._precise(v)
        steps = self._complex(v)
        rows = []
        relative = np.max(np.abs(v) / _sizes(flat.point))
        for k in range(1, self.order + 1):
            scale = math.factorial(k)
            # where terms of the value's size cancel, their rounding is left
            with np.errstate(over="ignore"):
                rounding = ROUNDING * abs(float(ours[0])) * scale * float(relative**k) + LEFT_OUT
            found = float(ours[k]) * scale
            # the (k-1)-th coefficient of the gradient along v is k times this one
            back = None if reverse is None else float(reverse[k - 1]) * math.factorial(k - 1)
            others = {
                "reverse": back,
                "complex_step": steps if k == 1 else None,
                "precise": None if exact is None else float(exact[k] * scale),
            }
            analytic = [x for x in (found, *others.values()) if x is not None]
            infinite = math.isinf(found) and back in (None, found)
            if infinite or not any(map(math.isfinite, analytic)):
                rows.append(Direction(k, name, found, differences=None, error=math.nan,
                                      verdict=SKIPPED, **others))  # fmt: skip
                continue
            size = max(map(abs, analytic))
            error = max(abs(found - x) for x in analytic)
            wrong = not error <= tolerance * size + rounding
            rough, doubt = self._agreeing(v, k, found, 1e-5 * size + rounding)
            if rough is not None and not abs(found - rough) <= 1e-5 * size + rounding + doubt:
                wrong = True
                error = max(error, abs(found - rough))
            elif len(analytic) == 1:
                error = math.nan if rough is None else abs(found - rough)
            verdict = WRONG if wrong else SKIPPED if math.isnan(error) else AGREES
            rows.append(
                Direction(k, name, found, differences=rough, error=error / size if size else error,
                          verdict=verdict, **others)
            )  # fmt: skip
        return rows

    def _agreeing(self, v, k: int, found: float, allowed: float) -> tuple[float | None, float]:
        """Differences with steps so small that the function is smooth within them.

        A wrong derivative agrees at no step; a right one at those that do not reach over the
        next kink, jump or pole.  Returned with what the differences do not know.
        """
        best: float | None = None
        least = 100 * allowed
        for shrunk in (1.0, 1e-3, 1e-6) if self.smooth else ():
            rough, doubt = self._differences(v, k, shrunk)
            doubt *= 100
            if not doubt <= 100 * allowed:
                continue  # rounding, or an edge within the steps: they say nothing
            if abs(found - rough) <= allowed + doubt:
                return rough, doubt
            if doubt <= least:
                best, least = rough, doubt
        return best, least

    def _unit(self, v) -> float:
        """The step along a direction that is as large as the inputs."""
        moving = v != 0
        return float(np.min(_sizes(self.flat.point)[moving] / np.abs(v[moving])))

    def _complex(self, v) -> float | None:
        if self.graph is None:
            return None
        found = complex_step(self.graph, v, STEP * self._unit(v))
        return None if found is None else float(self.weights @ found)

    def _precise(self, v):
        """Taylor coefficients along a direction, by differences to 60 digits."""
        graph = self.graph
        if graph is None or self.without_formulas:
            return None
        try:
            mp = mpmath()
            with mp.workdps(DIGITS):
                inputs = [mp.mpf(n.value) for n in graph.inputs]

                unit = mp.mpf(self._unit(v))

                def value(t):
                    moved = [x + t * unit * mp.mpf(d) for x, d in zip(inputs, v, strict=True)]
                    found = replayed(graph, moved)
                    return sum(mp.mpf(w) * y for w, y in zip(self.weights, found, strict=True))

                found = mp.taylor(value, 0, self.order)
                return [mp.re(c) / unit**k for k, c in enumerate(found)]
        except (UnsupportedError, MissingExtraError) as error:
            self.without_formulas = True
            self.notes.append(f"without 60 digits: {error}")
        except (ZeroDivisionError, ValueError):
            self.notes.append("without 60 digits: a formula has no value here")
            self.without_formulas = True
        return None

    def _differences(self, v, k: int, shrunk: float) -> tuple[float, float]:
        """The k-th derivative from those one order lower, and a bound of its error.

        nan where the program raises or gives nothing finite next to the point.

        C. J. F. Ridders, Accurate computation of F'(x) and F'(x) F''(x), Advances in
        Engineering Software 4 (1982): central differences, extrapolated to step 0.
        """
        flat = self.flat
        factor = math.factorial(k - 1)

        def lower(t: float) -> float:
            z = flat.point + t * v
            try:
                if k == 1:
                    return float(flat.function(z, *flat.constants))
                return float(self.forward(z, v)[k - 1]) * factor
            except Exception:  # whatever the program raises there
                return math.nan

        step = 0.02 * shrunk * self._unit(v)
        table: list[list[float]] = []
        best, doubt = math.nan, math.inf
        for i in range(10):
            h = step / 1.6**i
            row = [(lower(h) - lower(-h)) / (2 * h)]
            for m in range(i):
                power = 1.6 ** (2 * (m + 1))
                row.append(row[m] + (row[m] - table[-1][m]) / (power - 1))
                change = max(abs(row[-1] - row[-2]), abs(row[-1] - table[-1][m]))
                if change < doubt:
                    best, doubt = row[-1], change
            table.append(row)
        return best, doubt
