"""Where derivatives hurt is found: the operation, its line, its values."""

from __future__ import annotations

import math

import numpy as np
import pytest

import taylorad as ta


def line(f, offset: int) -> int:
    return f.__code__.co_firstlineno + offset


def distance(x):
    s = x[0] * x[0] + x[1] * x[1]
    return math.sqrt(s) + 1.0


def test_the_slope_of_a_root_at_zero():
    found = ta.diagnose(distance, np.zeros(2))
    first = found.first
    assert (first.kind, first.primitive, first.line) == ("inf", "sqrt", line(distance, 2))
    assert first.operands == (0.0,) and "branch there" in str(found)
    assert not ta.diagnose(distance, np.ones(2))
    assert "nothing found" in str(ta.diagnose(distance, np.ones(2)))


def masked(x):
    y = np.where(x > 0.0, np.log(x), 0.0)
    return np.sum(y * x)


def test_parts_of_where_that_are_not_taken():
    """The value is finite, and the gradient is not: 0 times inf in the part not taken."""
    x = np.array([1.0, 0.0])
    assert np.isnan(ta.grad(masked)(x)[1])
    found = ta.diagnose(masked, x)
    assert found.first.primitive == "log" and found.first.line == line(masked, 1)
    assert "np.where" in found.first.advice


def careless(x):
    a = 1.0 - math.cos(x)
    return a / (x * x)


def test_cancellation_in_a_value_that_derivatives_need():
    found = ta.diagnose(careless, 1e-5)
    assert (found.first.kind, found.first.line) == ("cancellation", line(careless, 1))
    assert 9 < found.first.digits < 12
    assert "2 * sin(x / 2) ** 2" in str(found)
    assert not ta.diagnose(careless, 1.0)


def test_differences_of_inputs_are_exact():
    assert not ta.diagnose(lambda x, y: (x - y) ** 2, 1.0, 1.0 + 1e-12)


def test_cancellation_that_does_not_matter_is_not_mentioned():
    assert not ta.diagnose(lambda x: 1.0 + 1e-14 * (math.exp(x) - 1.0), 1e-8)


def test_higher_orders():
    """``x ** 2.5`` has two derivatives at 0, and no third."""
    def f(x):
        return x**2.5

    assert not ta.diagnose(f, 0.0, order=2)
    found = ta.diagnose(f, 0.0, order=3)
    assert found.first.where == "coefficient 3" and found.first.primitive == "power"


def test_divisions_by_zero_are_followed():
    def f(x):
        y = x - 1.0
        return x / y

    found = ta.diagnose(f, 1.0)
    assert (found.first.kind, found.first.line) == ("division by zero", line(f, 2))


def test_overflow_and_what_follows_from_it():
    """Only the first operation of a chain is mentioned."""
    def f(x):
        a = math.exp(x)
        b = a * 2.0
        return math.log(1.0 + b)

    found = ta.diagnose(f, 800.0)
    assert [g.primitive for g in found.findings if g.where == "value"] == ["exp"]
    assert "largest exponent" in found.first.advice


def test_derivatives_that_cancel():
    def f(x):
        return (5.0 + math.sin(1e8 * x)) - 1e8 * x

    found = ta.diagnose(f, 1e-12)
    assert any(g.kind == "cancellation" and g.where in ("coefficient 1", "adjoint")
               for g in found.findings)  # fmt: skip


@pytest.mark.parametrize(
    ("f", "x", "hint"),
    [
        (lambda x: (math.exp(x) - 1.0) / x, 1e-9, "expm1"),
        (lambda x: (math.sqrt(x + 1.0) - math.sqrt(x)) * x, 1e14, "sqrt(a) + sqrt(b)"),
        (lambda x: (math.sqrt(1.0 + x) - 1.0) / x, 1e-9, "x / (sqrt(1 + x) + 1)"),
        (lambda x: 1e9 * (1.0 - math.erf(x)), 5.5, "erfc"),
        (lambda x: math.acos(x), 1.0, "clip its operand"),
        (lambda x: math.log(x), -1.0, "positive operand"),
    ],
)
def test_advice(f, x, hint):
    assert hint in str(ta.diagnose(f, x))
