"""Primitives in compiled code: staged and packed, nested, complex, against the interpreter."""

from __future__ import annotations

import math
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


STEPS = [
    p
    for p in registered()
    if any(isinstance(r, Discrete) for r in p.rules.values())
    and not any(hasattr(f, "py_func") for f in p.functions)
]
ANALYTIC = [p for p in registered() if p.complex and p not in STEPS]


@cache
def spellings(p, number=types.float64):
    """The spellings that this Numba has for plain numbers, each with a name."""
    context = cpu_target.typing_context
    context.refresh()
    known = []
    for i, function in enumerate(p.functions):
        try:
            sig = context.resolve_function_type(function, (number,) * p.arity, {})
        except (NumbaError, NotImplementedError):
            sig = None
        if sig is not None:
            known.append((f"{p.name}_{i}", function))
    return known


def compiled(primitives, points, call, number=types.float64):
    """One compiled function of ``t`` that stores every spelling's value in an array."""
    scope, lines = {"np": np}, []
    for p in primitives:
        for name, function in spellings(p, number):
            scope[name] = function
            lines.append(f"    out[{len(lines)}] = {call(name, points[p.name])}")
    text = f"def every(t):\n    out = np.zeros({len(lines)}, np.{number})\n" + "\n".join(lines)
    exec(text + "\n    return out\n", scope)
    return njit(scope["every"])


def expected(primitives, points, pattern, order, number=types.float64):
    rows = []
    for p in primitives:
        operands = variables(points[p.name], pattern[: p.arity])
        rows += [interpret(p, order, *operands)] * len(spellings(p, number))
    return np.array(rows, dtype=str(number)).T


def first_points(primitives, shift=0.0):
    return {
        p.name: tuple(x + shift for x in next(iter(sample(p, 1, seed=3)))) for p in primitives
    }


def call_of(pattern):
    """Writes a call with ``x + slope t`` where the pattern has an x."""

    def call(name, point):
        steps = (" + t", " + 0.75 * t")
        operands = (
            repr(x) + (step if p == "x" else "")
            for x, step, p in zip(point, steps, pattern, strict=False)
        )
        return f"{name}({', '.join(operands)})"

    return call


def close(found, exact):
    size = np.maximum(np.abs(exact), 1e-300)
    assert found.shape == exact.shape
    wrong = ~(np.abs(found - exact) <= 1e-9 * size + 1e-12)
    assert not wrong.any(), np.argwhere(wrong)[:5]


@pytest.mark.parametrize("order", [4, 20])
def test_functions_of_one_variable(order):
    points = first_points(ONE)
    found = ta.taylor(compiled(ONE, points, call_of("x")), order)(0.0)
    close(found, expected(ONE, points, "x", order))


@pytest.mark.parametrize(
    ("order", "pattern"), [(3, "xx"), (3, "xc"), (3, "cx"), (20, "xx"), (20, "cx")]
)
def test_functions_of_two_variables(order, pattern):
    points = first_points(TWO)
    found = ta.taylor(compiled(TWO, points, call_of(pattern)), order)(0.0)
    close(found, expected(TWO, points, pattern, order))


def test_nested():
    points = first_points(ONE + TWO)
    every = compiled(ONE + TWO, points, call_of("xx"))
    found = ta.derivative(ta.derivative(every))(0.0)
    close(found, 2 * expected(ONE + TWO, points, "xx", 2)[2])


def test_complex():
    points = first_points(ANALYTIC, 0.25j)
    every = compiled(ANALYTIC, points, call_of("xx"), types.complex128)
    wanted = expected(ANALYTIC, points, "xx", 4, types.complex128)
    close(ta.taylor(every, 4)(0j), wanted)
    close(ta.derivative(ta.derivative(every))(0j), 2 * wanted[2])


def test_steps_are_constant():
    points = first_points(STEPS)
    every = compiled(STEPS, points, call_of("xx"))
    found = ta.taylor(every, 2)(0.0)
    assert np.array_equal(found[0], every(0.0)) and not found[1:].any()
    assert not ta.derivative(ta.derivative(every))(0.0).any()


@njit
def steps(x):
    return math.floor(x), np.ceil(x), np.sign(x), np.rint(x), x > 0, x == 0, np.isnan(x), bool(x)


def test_steps_at_their_jumps():
    for x in (0.0, -0.0, 1.0, -1.0):
        values, tangents = ta.jvp(steps)(x, 1.0)
        assert np.array_equal(values, steps(x)) and not any(tangents)
