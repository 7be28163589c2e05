"""Primitives in compiled code: staged and packed, nested, complex, against the interpreter."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numba import njit, types
from numba.core.errors import NumbaError
from numba.core.registry import cpu_target
from points import sample, variables

import taylorad as ta
from taylorad.primitives.interpret import interpret
from taylorad.primitives.registry import Discrete, registered

SMOOTH = [
    p
    for p in registered()
    if not any(isinstance(r, Discrete) for r in p.rules.values())
    and p.result != "complex"
    and all(low < high for low, high in p.domain)
]
ONE = [p for p in SMOOTH if p.arity == 1]
TWO = [p for p in SMOOTH if p.arity == 2]


@cache
def spellings(p):
    """The spellings that this Numba has for plain numbers, each with a name."""
    context = cpu_target.typing_context
    context.refresh()
    known = []
    for i, function in enumerate(p.functions):
        try:
            sig = context.resolve_function_type(function, (types.float64,) * p.arity, {})
        except (NumbaError, NotImplementedError):
            sig = None
        if sig is not None:
            known.append((f"{p.name}_{i}", function))
    return known


def compiled(primitives, points, call):
    """One compiled function of ``t`` that stores every spelling's value in an array."""
    scope, lines = {"np": np}, []
    for p in primitives:
        for name, function in spellings(p):
            scope[name] = function
            lines.append(f"    out[{len(lines)}] = {call(name, points[p.name])}")
    text = "def every(t):\n" + f"    out = np.zeros({len(lines)})\n" + "\n".join(lines)
    exec(text + "\n    return out\n", scope)
    return njit(scope["every"])


def expected(primitives, points, pattern, order):
    rows = []
    for p in primitives:
        operands = variables(points[p.name], pattern[: p.arity])
        rows += [interpret(p, order, *operands)] * len(spellings(p))
    return np.array(rows, dtype=float).T


def close(found, exact):
    size = np.maximum(np.abs(exact), 1e-300)
    assert found.shape == exact.shape
    wrong = ~(np.abs(found - exact) <= 1e-9 * size + 1e-12)
    assert not wrong.any(), np.argwhere(wrong)[:5]


@pytest.mark.parametrize("order", [4, 20])
def test_functions_of_one_variable(order):
    points = {p.name: next(iter(sample(p, 1, seed=3))) for p in ONE}
    every = compiled(ONE, points, lambda name, x: f"{name}({x[0]!r} + t)")
    found = ta.taylor(every, order)(0.0)
    close(found, expected(ONE, points, "x", order))


@pytest.mark.parametrize(
    ("order", "pattern"), [(3, "xx"), (3, "xc"), (3, "cx"), (20, "xx"), (20, "cx")]
)
def test_functions_of_two_variables(order, pattern):
    points = {p.name: next(iter(sample(p, 1, seed=3))) for p in TWO}

    def call(name, x):
        a = f"{x[0]!r} + t" if pattern[0] == "x" else repr(x[0])
        b = f"{x[1]!r} + 0.75 * t" if pattern[1] == "x" else repr(x[1])
        return f"{name}({a}, {b})"

    every = compiled(TWO, points, call)
    found = ta.taylor(every, order)(0.0)
    close(found, expected(TWO, points, pattern, order))
