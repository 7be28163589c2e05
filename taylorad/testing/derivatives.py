"""Every way of differentiating a function, against the others."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence

import numpy as np

from ..checks import order_of
from ..errors import DerivativeError, MissingExtraError, UnsupportedError
from ..graph import Graph, trace
from ..transforms.forward import directional
from ..transforms.nested import taylor_grad
from .blame import at_kink, faults
from .flat import Flat, flattened
from .precise import complex_step, mpmath, replayed
from .report import AGREES, WRONG, DerivativeReport, Direction

#: Inputs up to which each is a direction of its own.
MOST_UNITS = 8
DIGITS = 60
#: What may be left of terms that cancel, in units of their size.
ROUNDING = 2e-13
#: The square of the complex step: what terms of third order add to a derivative that is 0.
LEFT_OUT = 1e-70


def check_derivatives(
    f,
    *args,
    order: int = 2,
    directions: int = 3,
    argnums: int | Sequence[int] | None = None,
    tolerance: float = 1e-8,
    seed: int = 0,
    raises: bool = True,
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

    Returns
    -------
    DerivativeReport
        Printed, a table; `to_json` and `to_html`.

    Raises
    ------
    DerivativeError
        If ways differ, with the table and the primitives whose rules are at fault; its
        ``report`` is the report.

    Notes
    -----
    Compared are, along directions and for results of several numbers weighted at random:

    - forward mode, `taylorad.directional`;
    - reverse mode, `taylorad.taylor_grad`;
    - complex steps, where every operation is analytic (first order);
    - extrapolated differences of the order below, down to the plain function (Ridders 1982):
      these are rough, and their own estimate of their error counts;
    - differences to 60 digits, of the graph in mpmath's arithmetic.

    What cannot be had, such as reverse mode of a function that it refuses, is left out.

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
    except UnsupportedError as error:
        graph, refusal = None, str(error).splitlines()[0]
    flat, weights = _weighted(f, args, argnums, graph, numbers)
    report = DerivativeReport(getattr(f, "__name__", "f"), order)
    if graph is None:
        report.notes.append(f"without reverse mode and 60 digits: {refusal}")
    elif any(map(at_kink, graph.nodes)):
        report.notes.append("the function is not smooth here: ways may differ")
    ways = _Ways(flat, graph, weights, order)
    report.notes += ways.notes
    for name, v in _directions(flat, directions, numbers):
        report.rows += ways.along(name, v, tolerance)
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
        self._forward = directional(flat.function, order)
        self._reverse: Callable | None = taylor_grad(flat.function, order - 1)
        try:
            self._reverse(flat.point, flat.point, *flat.constants)
        except UnsupportedError as error:
            self._reverse = None
            self.notes.append(f"without reverse mode: {str(error).splitlines()[0]}")

    def forward(self, z, v) -> np.ndarray:
        return self._forward(z, v, *self.flat.constants)

    def along(self, name: str, v: np.ndarray, tolerance: float) -> list[Direction]:
        flat = self.flat
        ours = self.forward(flat.point, v)
        reverse = None
        if self._reverse is not None:
            reverse = self._reverse(flat.point, v, *flat.constants) @ v
        exact = self._precise(v)
        steps = self._complex(v)
        rows = []
        relative = float(np.max(np.abs(v) / _sizes(flat.point)))
        for k in range(1, self.order + 1):
            scale = math.factorial(k)
            # where terms of the value's size cancel, their rounding is left
            rounding = ROUNDING * abs(float(ours[0])) * scale * relative**k + LEFT_OUT
            found = float(ours[k]) * scale
            # the (k-1)-th coefficient of the gradient along v is k times this one
            back = None if reverse is None else float(reverse[k - 1]) * math.factorial(k - 1)
            rough, doubt = self._differences(v, k)
            others = {
                "reverse": back,
                "complex_step": steps if k == 1 else None,
                "precise": None if exact is None else float(exact[k] * scale),
            }
            size = max(abs(x) for x in (found, *others.values()) if x is not None)
            errors = [abs(found - x) for x in others.values() if x is not None]
            wrong = not all(e <= tolerance * size + rounding for e in errors)
            error = max(errors, default=abs(found - rough))
            if not abs(found - rough) <= 1e-5 * size + rounding + 100 * doubt:
                wrong = True
                error = max(error, abs(found - rough))
            rows.append(
                Direction(k, name, found, differences=rough, error=error / size if size else error,
                          verdict=WRONG if wrong else AGREES, **others)
            )  # fmt: skip
        return rows

    def _complex(self, v) -> float | None:
        if self.graph is None:
            return None
        found = complex_step(self.graph, v)
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

                def value(t):
                    moved = [x + t * mp.mpf(d) for x, d in zip(inputs, v, strict=True)]
                    found = replayed(graph, moved)
                    return sum(mp.mpf(w) * y for w, y in zip(self.weights, found, strict=True))

                return [mp.re(c) for c in mp.taylor(value, 0, self.order)]
        except (UnsupportedError, MissingExtraError) as error:
            self.without_formulas = True
            self.notes.append(f"without 60 digits: {error}")
        except (ZeroDivisionError, ValueError):
            self.notes.append("without 60 digits: a formula has no value here")
            self.without_formulas = True
        return None

    def _differences(self, v, k: int) -> tuple[float, float]:
        """The k-th derivative from those one order lower, and a bound of its error.

        C. J. F. Ridders, Accurate computation of F'(x) and F'(x) F''(x), Advances in
        Engineering Software 4 (1982): central differences, extrapolated to step 0.
        """
        flat = self.flat
        factor = math.factorial(k - 1)

        def lower(t: float) -> float:
            z = flat.point + t * v
            if k == 1:
                return float(flat.function(z, *flat.constants))
            return float(self.forward(z, v)[k - 1]) * factor

        moving = v != 0
        step = 0.02 * float(np.min(_sizes(flat.point)[moving] / np.abs(v[moving])))
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
