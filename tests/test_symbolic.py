"""Functions to formulas and back."""

from __future__ import annotations

import copy
import importlib
import inspect
import math
import sys
import warnings
from pathlib import Path

import adjoint_cases
import mpmath
import numpy as np
import pytest
import sympy
from numba import njit

import taylorad as ta
from taylorad.graph.forms import numbers_of
from taylorad.graph.formulas import formulas, symbols
from taylorad.primitives.registry import registered

EXAMPLES = Path(__file__).resolve().parent.parent / "docs" / "examples"


def value(expression, point) -> float:
    """An expression evaluated to 30 digits."""
    with mpmath.workdps(30):
        f = sympy.lambdify(list(point), expression, modules="mpmath", cse=True)
        return float(mpmath.re(f(*map(mpmath.mpf, point.values()))))


def back(graph, expression):
    """The formula of a graph as a function again, uncompiled, of the same arguments."""
    base = {}
    for node, symbol in symbols(graph).items():
        name = node.name.partition("[")[0].partition(".")[0]
        base.setdefault(name, []).append(symbol)
    made = ta.symbolic.from_sympy(expression, list(base.values()))
    point = {s: n.value for n, s in symbols(graph).items()}
    return made.py_func(*(np.array([point[s] for s in group]) for group in base.values()))


# -- round trips ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(adjoint_cases.CASES))
def test_programs_become_formulas_and_programs_again(name):
    f, args = adjoint_cases.CASES[name]
    try:
        graph = ta.trace(f, *copy.deepcopy(args))
    except ta.UnsupportedError:
        pytest.skip("derivatives inside")
    if not graph.arguments:
        pytest.skip("no floats")
    expression = graph.to_sympy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = back(graph, expression)
    ours, theirs = (list(map(_value, numbers_of(x))) for x in (found, graph.result))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12, nan_ok=True)


def _value(x):
    return float(getattr(x, "value", x))


CURVE = np.array([[10.0, 5.0], [8.0, 6.0]])
TRIPLE = np.array([0.0, 0.0, 0.0, 1.1, 0.0, 0.0, 0.5, 1.0, 0.1])
FOUR = np.array([0.8, 0.1, 0.2, 0.1])

MODELS = {
    "black_scholes:call": (100.0, 0.2, 0.5, 105.0, 0.03),
    "henon_heiles:motion": (0.0, FOUR),
    "kepler:eccentric_anomaly": (1.2, 0.4),
    "kepler:radius": (1.2, 0.4),
    "lagrangian:lagrangian": (np.array([0.3, -0.2]), np.array([0.1, 0.4])),
    "lennard_jones:energy": (TRIPLE,),
    "lennard_jones_minimum:energy": (TRIPLE,),
    "logistic_regression:loss": (
        np.array([0.2, -0.4]), np.array([[1.0, 0.5], [-0.3, 2.0]]), np.array([0.0, 1.0]), 0.1,
    ),
    "lyapunov_orbits:motion": (0.0, FOUR, 0.012),
    "pendulum:angle_after": (0.4, 1.0, 3),
    "rk4_fit:misfit": (np.array([1.1, 0.4, 0.1, 0.4]), CURVE, 0.01, 1),
    "spring_chain:energy": (FOUR, np.array([[0.0, 0.0], [1.0, 0.0]]), 0.3, 5.0, 1.0),
    "van_der_waals:pressure": (1.5, 1.5),
    "van_der_waals:spinodal": (1.1, 0.8, 2),
}  # fmt: skip


def test_all_examples_are_among_the_models():
    assert {m.partition(":")[0] for m in MODELS} == {p.stem for p in EXAMPLES.glob("*.py")}


@pytest.mark.parametrize("model", MODELS)
def test_examples_become_formulas_and_functions_again(model, monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    module, name = model.split(":")
    sys.modules.pop(module, None)
    f = getattr(importlib.import_module(module), name)
    graph = ta.trace(f, *MODELS[model])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = back(graph, graph.to_sympy())
    ours, theirs = (list(map(_value, numbers_of(x))) for x in (found, graph.result))
    assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-12)


class Random:
    """Random expressions of two symbols, defined near the points where they are evaluated."""

    X, Y = sympy.symbols("x y", real=True)
    UNARY = (
        sympy.sin, sympy.cos, sympy.atan, sympy.tanh, sympy.asinh, sympy.erf, sympy.Abs,
        lambda a: sympy.exp(sympy.sin(a)), lambda a: sympy.sqrt(1 + a**2),
        lambda a: sympy.log(2 + sympy.cos(a)), lambda a: 1 / (1 + a**2), lambda a: a**3,
        lambda a: (1 + a**2) ** sympy.Rational(-3, 2), lambda a: sympy.sign(a) * a,
        lambda a: sympy.loggamma(3 + sympy.sin(a)), lambda a: sympy.digamma(2 + a**2),
        lambda a: sympy.floor(a) + a,
    )  # fmt: skip

    def __init__(self, seed):
        self.numbers = np.random.default_rng(seed)

    def any(self, depth: int):
        kind = self.numbers.integers(8 if depth else 2)
        if kind == 0:
            return (self.X, self.Y)[self.numbers.integers(2)]
        if kind == 1:
            return sympy.Float(round(float(self.numbers.normal()), 3)) * self.X
        if kind < 5:
            return self.UNARY[self.numbers.integers(len(self.UNARY))](self.any(depth - 1))
        a, b = self.any(depth - 1), self.any(depth - 1)
        if kind == 5:
            return a * b
        if kind == 6:
            # a simple condition: SymPy rewrites others for ever
            test = self.numbers.integers(-2, 2) * self.Y > self.X
            return sympy.Piecewise((a, test), (b * 2, True), evaluate=False) - sympy.Max(a, b)
        return a - b


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_random_expressions_survive_the_round_trip(first):
    survive(first)


@pytest.mark.long
@pytest.mark.parametrize("first", range(300, 3300, 50))
def test_many_random_expressions_survive_the_round_trip(first):
    survive(first)


def survive(first):
    for seed in range(first, first + 50):
        expression = Random(seed).any(4)
        f = ta.symbolic.from_sympy(expression, (Random.X, Random.Y))
        point = {Random.X: 0.37 + 0.01 * (seed % 7), Random.Y: -0.81}
        try:
            again = ta.symbolic.to_sympy(f, *point.values())
        except ta.UnsupportedError as error:  # one in some thousands
            assert "more than SymPy can write" in str(error)
            continue
        truth = value(expression, point)
        plain = f.py_func(*point.values())
        assert plain == pytest.approx(truth, rel=1e-8, abs=1e-10), (seed, expression)
        assert value(again, point) == pytest.approx(truth, rel=1e-12, abs=1e-14), (seed, expression)


# -- formulas ---------------------------------------------------------------------------------

#: Of complex numbers, of the bits of floats, and made by the library's own rules.
WITHOUT = {"complex", "spacing", "isnan", "isinf", "isfinite", "signbit", "sinc_coefficient"}


@pytest.mark.parametrize("primitive", list(registered()), ids=lambda p: p.name)
def test_every_primitive_has_a_true_formula(primitive):
    if primitive.name in WITHOUT or any(hasattr(f, "py_func") for f in primitive.functions):
        assert primitive.name not in formulas()
        return
    numbers = np.random.default_rng(5)
    for _ in range(5):
        point = [float(numbers.uniform(*d)) for d in primitive.domain]
        operands = [sympy.Float(x, 40) for x in point]
        if primitive.name == "lgamma_coefficient":
            operands[0] = sympy.Integer(2)
        found = formulas()[primitive.name](*operands)
        truth = float(primitive.value(*point))
        if found in (sympy.true, sympy.false):
            assert bool(found) == bool(truth)
        else:
            assert float(found.evalf(30)) == pytest.approx(truth, rel=1e-13, abs=1e-15)


def test_arrays_become_indexed_symbols_and_choices_piecewise():
    def f(A, x):
        y = A @ x
        return np.where(y > 0, y, np.minimum(y, x)), abs(x[0])

    vector, number = ta.symbolic.to_sympy(f, np.eye(2), np.array([1.0, -2.0]))
    A, x = sympy.IndexedBase("A", real=True), sympy.IndexedBase("x", real=True)
    assert vector.shape == (2, 1)
    first = A[0, 0] * x[0] + A[0, 1] * x[1]
    named = {str(s): s for s in vector.free_symbols | number.free_symbols}
    assert {"A", "x", "A[0, 1]", "x[1]"} <= set(named)
    assert str(vector[0].args[0].expr) == str(first)
    assert isinstance(number, sympy.Piecewise)


def test_constants_are_written_as_python_shows_them():
    assert str(ta.symbolic.to_sympy(lambda x: 0.1 * x + 0.5 * x**2, 1.0)) in (
        "x**2/2 + 0.1*x", "0.5*x**2 + 0.1*x",
    )  # fmt: skip


def test_latex_of_derivatives():
    def f(x, y):
        return x * x * math.sin(y)

    text = ta.symbolic.latex(f, 1.0, 2.0, order=2)
    assert r"\frac{\partial^{2} f}{\partial x \partial y} &= 2 x \cos{\left(y \right)}" in text
    assert text.count("&=") == 6
    text = ta.symbolic.latex(lambda x: (x, np.array([x, x * x])), 1.0, name="g")
    assert r"g_{0} &= x" in text and r"\frac{\partial g_{1,1}}{\partial x} &= 2 x" in text

    def long(x):
        for _ in range(40):
            x = x * math.sin(x)
        return x

    with pytest.raises(ta.ArgumentValueError, match="written out"):
        ta.symbolic.latex(long, 0.5)


# -- functions --------------------------------------------------------------------------------


def test_functions_are_compiled_and_differentiated_in_both_modes():
    x, y = sympy.symbols("x y")
    expression = sympy.exp(x * y) * sympy.Piecewise((sympy.log(x), x > y), (x * y, True))
    f = ta.symbolic.from_sympy(expression, (x, y), name="model")
    at = {x: 1.5, y: 0.3}
    assert f.py_func.__name__ == "model" and f(*at.values()) == pytest.approx(value(expression, at))
    slopes = [value(sympy.diff(expression, s), at) for s in at]
    assert ta.grad(f, argnums=(0, 1))(*at.values()) == pytest.approx(tuple(slopes))
    third = value(sympy.diff(expression, x, 3), at)
    assert ta.derivative(f, 3)(*at.values()) == pytest.approx(third)

    @njit
    def caller(a):
        return f(a, 0.3)

    assert caller(1.5) == f(1.5, 0.3)


def test_common_subexpressions_are_computed_once():
    x = sympy.Symbol("x")
    hard = sympy.sin(sympy.exp(x) + 1)
    text = inspect.getsource(
        ta.symbolic.from_sympy([hard, hard**2, sympy.sqrt(hard)], x).py_func
    )
    assert text.count("math.sin") == text.count("math.exp") == 1


def test_parts_that_do_not_hold_cannot_spoil_derivatives():
    x = sympy.Symbol("x")
    root = sympy.sqrt(x) + sympy.sqrt(x) ** 3
    f = ta.symbolic.from_sympy(sympy.Piecewise((root, x > 0), (x**2, True)), x)
    _, slope = ta.trace(f, 0.0).value, ta.trace(f, 0.0).gradient()
    assert slope == 0.0


def test_vectors_matrices_and_tuples():
    a = sympy.IndexedBase("a")
    m = sympy.MatrixSymbol("m", 2, 2)
    x, y = sympy.symbols("x y")
    result = (
        sympy.Matrix([a[0] * x, a[1]]),
        sympy.Matrix([[x, y], [m[0, 1], 1]]),
        sympy.Array([[[x], [y]]]),
        x + y,
        m * m,
    )
    f = ta.symbolic.from_sympy(result, (a, m, [x, y])).py_func
    found = f(np.array([2.0, 3.0]), np.arange(4.0).reshape(2, 2), np.array([5.0, 7.0]))
    assert found[0].tolist() == [10.0, 3.0]
    assert found[1].tolist() == [[5.0, 7.0], [1.0, 1.0]]
    assert found[2].shape == (1, 2, 1)
    assert found[3] == 12.0
    assert found[4].tolist() == [[2.0, 3.0], [6.0, 11.0]]


def test_names_that_python_does_not_take():
    x, y = sympy.Symbol("lambda"), sympy.Symbol(r"\alpha")
    f = ta.symbolic.from_sympy(x - y, (x, y)).py_func
    assert f(5.0, 3.0) == 2.0


def test_refusals(monkeypatch):
    x, y = sympy.symbols("x y")
    with pytest.raises(ta.ArgumentValueError, match="depends on y"):
        ta.symbolic.from_sympy(x * y, x)
    with pytest.raises(ta.UnsupportedError, match="besselj cannot be compiled"):
        ta.symbolic.from_sympy(sympy.besselj(0, x), x)
    with pytest.raises(ta.UnsupportedError, match="complex"):
        ta.symbolic.from_sympy(sympy.I * x, x)
    with pytest.raises(ta.ArgumentTypeError, match="no symbol"):
        ta.symbolic.from_sympy(x, [3])
    with pytest.raises(ta.ArgumentValueError, match="no name"):
        ta.symbolic.from_sympy(x, x, name="a b")
    with pytest.raises(ta.ArgumentValueError, match="limit"):
        ta.symbolic.to_sympy(lambda x, n: sum_of(x, n), 1.0, 10**6)
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ta.MissingExtraError, match=r"taylorad\[symbolic\]"):
        ta.symbolic.to_sympy(lambda x: x, 1.0)


def sum_of(x, n):
    s = 0.0
    for i in range(n):
        s += x * i
    return s
