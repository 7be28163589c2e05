"""SymPy's derivatives of a program's formula, evaluated to 50 digits."""

from __future__ import annotations

import itertools
import math
from time import monotonic
from typing import Any

import numpy as np

from ..errors import ArgumentValueError
from ..graph import Graph
from ..graph.formulas import Writer, sympy
from ..graph.node import Node
from ..symbolic.limits import within
from .precise import mpmath

DIGITS = 50
#: Digits of the evaluation beyond those: what cancels in formulas such as ``exp(x) - 1``.
GUARD = 60
#: Digits beyond which what still changes has no value.
MOST_DIGITS = 880
#: Operations of the formula, written out as a tree, and of all derivatives together.
LARGEST_FORMULA, LARGEST_SUM = 3000, 200_000
MOST_PARTIALS = 2000


class Truth:
    """SymPy's derivatives; those of one formula are made once.

    ``seconds`` are what all of it together may take.
    """

    def __init__(self, order, seconds, expression, symbols):
        self.s, self.order, self.left = sympy(), order, seconds
        self.given, self.given_symbols = expression, list(symbols)
        self._known: dict[tuple, Any] = {}

    def within(self, work):
        """What ``work()`` returns; `OutOfTime` where no time is left for it."""
        start = monotonic()
        try:
            return within(self.left, work)
        finally:
            self.left -= monotonic() - start

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

    def refuse_large(self, graph: Graph) -> None:
        """Refuse a formula that is too large for SymPy before anything is done with it."""
        size: dict[Node, int] = {}
        for node in graph.nodes:
            size[node] = 1 + sum(size[p] for p in node.parents)
        total = sum(size[o] for o in graph.outputs if isinstance(o, Node))
        total = 0 if self.given is not None else total
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
                    if work > LARGEST_SUM:
                        raise ArgumentValueError(
                            f"SymPy's derivatives of order {k} have more than {LARGEST_SUM} "
                            "operations; check a smaller case or a lower order, or use "
                            "taylorad.testing.check_derivatives"
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
