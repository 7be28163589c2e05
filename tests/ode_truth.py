"""The truth about ordinary differential equations: Taylor series of any length in mpmath.

It shares no code with the library.  A right-hand side is run once on `Series`, which notes the
operations; each step then extends all their coefficients order by order.  The functions are the
ones that a user would write: inside, ``np`` and ``math`` are replaced by `Exact`, whose
functions know series and whose constants are exact.  Literals stay the doubles that they are.

Four rules do for everything: product, quotient, real power, and ``f(a)' = g a'`` where the
slope ``g`` is itself written with such operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from types import FunctionType

import mpmath
import numpy as np
from mpmath import mp, mpf

#: Digits carried beyond those asked for.
GUARD = 10


class Series:
    """An operation of the right-hand side; its coefficients in ``c``, the next one by ``next``."""

    def __init__(self, tape: Tape, next: Callable[[int], mpf]):
        self.tape, self.next, self.c = tape, next, []
        tape.nodes.append(self)

    def __add__(self, other):
        if isinstance(other, Series):
            return Series(self.tape, lambda k: self.c[k] + other.c[k])
        if (number := _number(other)) is None:
            return NotImplemented
        return Series(self.tape, lambda k: self.c[k] + number if k == 0 else self.c[k])

    def __mul__(self, other):
        if isinstance(other, Series):
            return Series(self.tape, lambda k: mp.fdot(self.c, other.c[::-1]))
        if (number := _number(other)) is None:
            return NotImplemented
        return Series(self.tape, lambda k: self.c[k] * number)

    def __truediv__(self, other):
        if (number := _number(other)) is not None:
            return Series(self.tape, lambda k: self.c[k] / number)
        return _quotient(self, other) if isinstance(other, Series) else NotImplemented

    def __rtruediv__(self, other):
        number = _number(other)
        return NotImplemented if number is None else _quotient(self.tape.constant(number), self)

    def __pow__(self, other):
        if (number := _number(other)) is None:
            return NotImplemented
        if number == int(number) and 0 < number < 20:
            return math.prod([self] * (int(number) - 1), start=self)
        return _power(self, number)

    def __neg__(self):
        return self * -1

    def __pos__(self):
        return self

    def __sub__(self, other):
        return self + -other

    def __rsub__(self, other):
        return -self + other

    __radd__, __rmul__ = __add__, __mul__


class Tape:
    """The operations in the order in which they were noted, which is one to evaluate them in."""

    def __init__(self):
        self.nodes: list[Series] = []
        self.known: dict[tuple[str, int], Series] = {}

    def constant(self, number):
        return Series(self, lambda k: number if k == 0 else mpf(0))

    def run(self, order: int) -> None:
        """Fill in the coefficients up to an order."""
        for node in self.nodes:
            node.c.clear()
        for k in range(order + 1):
            for node in self.nodes:
                node.c.append(node.next(k))

    def apply(self, name: str, a: Series) -> Series:
        """``f(a)``: its coefficients are those of ``slope * a'``, integrated."""
        if (name, id(a)) in self.known:
            return self.known[name, id(a)]
        value, slope = ELEMENTARY[name]

        def coefficient(k):
            if k == 0:
                return value(a.c[0])
            return mp.fdot((j * a.c[j] for j in range(1, k + 1)), g.c[k - 1 :: -1]) / k

        f = self.known[name, id(a)] = Series(self, coefficient)
        g = slope(a, f)
        return f


def _number(x):
    return mpf(x) if isinstance(x, (int, float, mpf, np.number)) else None


def _quotient(a, b):
    # c b = a
    def coefficient(k):
        return (a.c[k] - mp.fdot(c.c, b.c[:0:-1])) / b.c[0] if k else a.c[0] / b.c[0]

    c = Series(a.tape, coefficient)
    return c


def _power(a, r):
    # a c' = r a' c
    def coefficient(k):
        if k == 0:
            return mpmath.power(a.c[0], r)
        weighted = ((j * r - (k - j)) * a.c[j] for j in range(1, k + 1))
        return mp.fdot(weighted, c.c[::-1]) / (k * a.c[0])

    c = Series(a.tape, coefficient)
    return c


def _of(name):
    return lambda a, f: a.tape.apply(name, a)


#: By NumPy's name: the value of f, and its slope as an expression in a and f.
ELEMENTARY: dict[str, tuple[Callable, Callable]] = {
    "exp": (mpmath.exp, lambda a, f: f),
    "expm1": (mpmath.expm1, lambda a, f: f + 1),
    "log": (mpmath.log, lambda a, f: 1 / a),
    "log1p": (mpmath.log1p, lambda a, f: 1 / (1 + a)),
    "sin": (mpmath.sin, _of("cos")),
    "cos": (mpmath.cos, lambda a, f: -a.tape.apply("sin", a)),
    "tan": (mpmath.tan, lambda a, f: 1 + f * f),
    "sinh": (mpmath.sinh, _of("cosh")),
    "cosh": (mpmath.cosh, _of("sinh")),
    "tanh": (mpmath.tanh, lambda a, f: 1 - f * f),
    "arcsin": (mpmath.asin, lambda a, f: (1 - a * a) ** -0.5),
    "arccos": (mpmath.acos, lambda a, f: -((1 - a * a) ** -0.5)),
    "arctan": (mpmath.atan, lambda a, f: 1 / (1 + a * a)),
    "arcsinh": (mpmath.asinh, lambda a, f: (1 + a * a) ** -0.5),
    "arctanh": (mpmath.atanh, lambda a, f: 1 / (1 - a * a)),
    "erf": (mpmath.erf, lambda a, f: a.tape.apply("exp", -(a * a)) * (2 / mpmath.sqrt(mp.pi))),
}


class Exact:
    """Stands for ``np`` and ``math`` in a right-hand side."""

    def __init__(self, module):
        self.module = module

    def __getattr__(self, name):
        name = name.replace("asin", "arcsin").replace("acos", "arccos").replace("atan", "arctan")
        if name in ELEMENTARY:
            value = ELEMENTARY[name][0]
            return _everywhere(
                lambda x: x.tape.apply(name, x) if isinstance(x, Series) else value(x)
            )
        if name == "sqrt":
            return _everywhere(lambda x: x**mpf(0.5) if isinstance(x, Series) else mpmath.sqrt(x))
        if name in ("zeros", "empty", "ones"):
            filling = mpf(name == "ones")
            return lambda shape, *_: np.full(shape, filling, dtype=object)
        return getattr(self.module, name)


def _everywhere(function):
    array = np.frompyfunc(function, 1, 1)
    return lambda x: array(x) if isinstance(x, np.ndarray) else function(x)


def exactly(function: Callable) -> Callable:
    """The same function with exact ``np`` and ``math``, in the functions that it calls too."""
    function = getattr(function, "py_func", function)
    here = dict(function.__globals__)
    for name in function.__code__.co_names:
        value = here.get(name)
        if value is np or value is math:
            here[name] = Exact(value)
        elif isinstance(getattr(value, "py_func", value), FunctionType):
            here[name] = exactly(value)
    return FunctionType(
        function.__code__, here, function.__name__, function.__defaults__, function.__closure__
    )


def _exact_argument(x):
    if isinstance(x, (np.ndarray, list, tuple)):
        return np.frompyfunc(_exact_argument, 1, 1)(np.asarray(x, dtype=object))
    return x if isinstance(x, (bool, int, np.integer)) else mpf(x)


class Equation:
    """``y' = fun(t, y, *args)``, and functions ``g(t, y, *args)`` watched along with it."""

    def __init__(self, fun, n, args=(), watched=()):
        tape = self.tape = Tape()
        args = [_exact_argument(a) for a in args]
        self.time, self.state, self.slopes = mpf(0), [mpf(0)] * n, []

        def of_state(i):
            return lambda k: self.slopes[i].c[k - 1] / k if k else self.state[i]

        t = Series(tape, lambda k: (self.time, mpf(1))[k] if k < 2 else mpf(0))
        self.y = [Series(tape, of_state(i)) for i in range(n)]
        y = np.array(self.y, dtype=object)

        def nodes(result):
            result = np.asarray(result, dtype=object).ravel()
            return [x if isinstance(x, Series) else tape.constant(mpf(x)) for x in result]

        self.slopes = nodes(exactly(fun)(t, y, *args))
        self.watched = [nodes(exactly(g)(t, y, *args))[0] for g in watched]

    def coefficients(self, t, y, order: int) -> np.ndarray:
        """Those of y and of what is watched, shape ``(order + 1, n + m)``."""
        self.time, self.state = mpf(t), [mpf(x) for x in y]
        self.tape.run(order)
        return np.array([s.c for s in self.y + self.watched], dtype=object).T

    def steps(self, span, y0, digits: int) -> Iterator[tuple[mpf, mpf, np.ndarray]]:
        """Time, step and coefficients of one step after another; precision is the caller's."""
        # the order that makes the least work of a given precision, and its step: Jorba and Zou
        # (2005), A software package for the numerical integration of ODEs, section 3.2
        order = math.ceil(1.2 * digits) + 4
        t, end = mpf(span[0]), mpf(span[1])
        y = [mpf(x) for x in y0]
        while t != end:
            c = self.coefficients(t, y, order)
            size = max(mpf(10) ** -digits, *(abs(x) for x in y))
            h = abs(end - t)
            for k in (order - 1, order):
                if top := max(abs(x) for x in c[k, : len(y)]):
                    h = min(h, (mpf(10) ** -(digits + 2) * size / top) ** (mpf(1) / k))
            last, h = h == abs(end - t), mpmath.sign(end - t) * h
            yield t, h, c
            y = evaluate(c, h)[: len(y)]
            t = end if last else t + h


def evaluate(coefficients, s):
    """The polynomials at ``s``."""
    total = coefficients[-1]
    for row in coefficients[-2::-1]:
        total = total * s + row
    return total


def coefficients(fun, t, y, args=(), *, order: int, digits: int = 50, events=()) -> np.ndarray:
    """Exact coefficients of the solution through ``(t, y)``, as the native step gives them."""
    with mp.workdps(digits + GUARD):
        return Equation(fun, len(y), args, events).coefficients(t, y, order)


def solve(fun, span, y0, args=(), *, times: Sequence | None = None, digits: int = 50):
    """The solution to ``digits`` digits a step: at the end, or at ``times``, shape ``(nt, n)``."""
    with mp.workdps(digits + GUARD):
        equation = Equation(fun, len(y0), args)
        wanted = [mpf(x) for x in (span[1:] if times is None else times)]
        found = []
        if wanted[0] == mpf(span[0]):
            found.append(np.array([mpf(x) for x in y0], dtype=object))
        for t, h, c in equation.steps(span, y0, digits):
            while len(found) < len(wanted) and 0 < (wanted[len(found)] - t) / h <= 1:
                found.append(evaluate(c, wanted[len(found)] - t))
        if len(found) < len(wanted):
            raise ValueError("times are not in the span, or not in its order")
        return found[-1] if times is None else np.array(found)


def crossings(fun, event, span, y0, args=(), *, digits: int = 30, samples: int = 64):
    """Times at which ``event(t, y, *args)`` changes sign, and the states there."""
    found = []
    with mp.workdps(digits + GUARD):
        for t, h, c in Equation(fun, len(y0), args, [event]).steps(span, y0, digits):
            grid = [h * i / samples for i in range(samples + 1)]
            for left, right in pairwise(grid):
                g = [evaluate(c[:, -1], s) for s in (left, right)]
                # a root at a sample belongs to the interval on its left
                if g[0] * g[1] < 0 or (g[1] == 0 and g[0] != 0):
                    s = mpmath.findroot(
                        lambda s, c=c: evaluate(c[:, -1], s), (left, right), solver="ridder"
                    )
                    found.append((t + s, evaluate(c, s)[:-1]))
    return found


def sensitivities(fun, span, y0, args=(), *, order: int = 1, wrt=("y0",), digits: int = 50):
    """Derivatives of y(end) by initial values and arguments, by central differences.

    Returns arrays of shape ``(n, m)`` and, for order 2, ``(n, m, m)``.  m counts the initial
    values and all numbers in ``args`` in their order, whichever ``wrt`` names.  With steps of
    ``10**-(digits/3)`` and ``10**-(digits/4)`` about 2/3 and 1/2 of the digits are true.
    """
    with mp.workdps(digits + GUARD):
        y0 = np.array([mpf(x) for x in y0], dtype=object)
        args = [np.array(_exact_argument(a), dtype=object) for a in args]
        sizes = [len(y0), *(a.size for a in args)]
        first = 0 if "y0" in wrt else sizes[0]
        m = (sum(sizes) if "args" in wrt else sizes[0]) - first

        def moved(direction):
            offset = np.array([mpf(0)] * first + list(direction), dtype=object)
            offset = np.concatenate([offset, [mpf(0)] * (sum(sizes) - len(offset))])
            parts = np.split(offset, np.cumsum(sizes)[:-1])
            there = [a + d.reshape(a.shape) for a, d in zip(args, parts[1:], strict=True)]
            there = [a.item() if a.ndim == 0 else a for a in map(np.asarray, there)]
            return solve(fun, span, y0 + parts[0], there, digits=digits)

        unit = np.array([[mpf(i == j) for j in range(m)] for i in range(m)], dtype=object)
        h = mpf(10) ** -(digits // 3)
        gradient = np.array([(moved(h * e) - moved(-h * e)) / (2 * h) for e in unit]).T
        if order == 1:
            return (gradient,)
        h = mpf(10) ** -(digits // 4)
        here = moved(0 * unit[0])
        pure = {i: (moved(h * e), moved(-h * e)) for i, e in enumerate(unit)}
        hessian = np.empty((len(y0), m, m), dtype=object)
        for i, j in product(range(m), repeat=2):
            if i == j:
                second = pure[i][0] - 2 * here + pure[i][1]
            elif i < j:
                e, d = unit[i], unit[j]
                both = moved(h * (e + d)) + moved(-h * (e + d))
                second = (both - sum(pure[i]) - sum(pure[j]) + 2 * here) / 2
            else:
                continue
            hessian[:, i, j] = hessian[:, j, i] = second / h**2
        return gradient, hessian
