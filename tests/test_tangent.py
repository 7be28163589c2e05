"""Hessian-vector products by tangents of the gradient's text, against what shares no code."""

from __future__ import annotations

import copy
import math
import warnings

import numpy as np
import pytest
from adjoint_programs import (
    COTANGENT,
    LARGEST,
    PLAIN,
    Invalid,
    _kind,
    _Math,
    directions_of,
    drawn_like,
    leaves,
    run_text,
    text_and_function,
)
from adjoint_writer import Program, write
from numba import njit

import taylorad as ta
from taylorad.adjoint import runtime
from taylorad.adjoint.gradient import Request, text_of
from taylorad.adjoint.rules import NoTangent
from taylorad.adjoint.rules.arrays import COPY
from taylorad.adjoint.tangent import _HANDLERS, Forward

#: Weights of the central difference of order 8 at steps 1 to 4.
WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)


# -- random programs ---------------------------------------------------------------------------


def tangent_function(program, directions, cotangent):
    """The tangent of the gradient, in plain Python; it takes the directions, then the cotangent."""
    f = run_text(program.text, **PLAIN, np=np, math=math)
    kinds = {name: _kind(a) for name, a in program.arguments.items()}
    cotangent = COTANGENT, _kind(cotangent)
    request = Request(f, kinds, program.wrt, True, False, cotangent, ("v", _kind(directions)))
    text, scope = text_of(request, "tangent")
    names = {"math": _Math(), **runtime.SCOPE, **scope}
    exec(compile(text, "<tangent>", "exec"), names)
    return names["tangent"]


def moved(thing, direction, h):
    if isinstance(thing, tuple):
        return tuple(moved(a, d, h) for a, d in zip(thing, direction, strict=True))
    return thing + h * direction


def called(function, program, further, directions=None, h=0.0):
    """The numbers that a text gives at a point moved along directions."""
    arguments = []
    last = max(list(program.arguments).index(n) for n in program.wrt)
    for k, (name, a) in enumerate(program.arguments.items()):
        a = copy.deepcopy(a)
        arguments.append(moved(a, directions[name], h) if h and name in program.wrt else a)
        arguments += further if k == last else []
    return function(*arguments)


def differences(program, gradient, directions, cotangent, step):
    """The derivative of the gradient along the directions."""

    def at(h):
        return leaves(called(gradient, program, [cotangent], directions, h)[1])

    total = [0.0 * np.asarray(x) for x in at(0.0)]
    for k, weight in enumerate(WEIGHTS, 1):
        ends = zip(total, at(k * step), at(-k * step), strict=True)
        total = [t + weight / step * np.subtract(a, b) for t, a, b in ends]
    return total


def close(a, b, tolerance):
    return np.shape(a) == np.shape(b) and np.all(np.abs(a - b) <= tolerance * (1 + np.abs(b)))


def values_of(program):
    """What a program returns."""
    f = run_text(program.text, **PLAIN, np=np, math=math)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = f(*copy.deepcopy(list(program.arguments.values())))
    except (ArithmeticError, ValueError) as error:
        raise Invalid("raises") from error
    if not all(np.all(np.abs(x) < LARGEST) for x in leaves(values)):
        raise Invalid("not finite")
    return values


def is_right(program, seed) -> bool:
    """Whether the tangent of a program's gradient agrees with differences of the gradient."""
    directions = directions_of(program, seed)
    cotangent = drawn_like(values_of(program), np.random.default_rng(seed + 1))
    along = tuple(directions[n] for n in program.wrt)
    try:
        gradient = text_and_function(program, cotangent)[1]
        tangent = tangent_function(program, along, cotangent)
    except (ta.UnsupportedError, NoTangent) as refused:
        raise Invalid("refused") from refused
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        coarse, fine = (
            differences(program, gradient, directions, cotangent, h) for h in (1e-4, 3e-5)
        )
        if not all(close(a, b, 1e-5) for a, b in zip(coarse, fine, strict=True)):
            raise Invalid("not smooth")
        found = leaves(called(tangent, program, [along, cotangent]))
    return all(close(a, b, 1e-4) for a, b in zip(found, coarse, strict=True))


def count_right(seeds) -> int:
    right = 0
    for seed in seeds:
        try:
            assert is_right(write(seed, arrays=seed % 2 == 1), seed), f"seed {seed}"
            right += 1
        except Invalid:
            continue
    return right


@pytest.mark.parametrize("first", range(0, 160, 40))
def test_random_programs(first):
    assert count_right(range(first, first + 40)) >= 20


@pytest.mark.long
def test_many_random_programs():
    assert count_right(range(10_000, 14_000)) >= 2200


def without_copies(self, op, dot, as_array=Forward._as_array):
    made = as_array(self, op, dot)
    return dot if made is not None and getattr(made.op, "fn", None) is COPY else made


def without_restores(self, op):
    pass


def unmoved(self, op, store=Forward._store):
    if op.kind != "store":
        store(self, op)


#: What is broken, and what stands in its place.
MUTATIONS = {
    "an operand's tangent serves for the result's": ("_as_array", without_copies),
    "tangents have the shape of their operands": ("_is_whole", lambda self, op, dot: True),
    "tangents are not restored": ("restore", without_restores),
    "elements keep their tangents": ("_store", unmoved),
    "equal operations were met before": ("_is_known", lambda self, op: True),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_programs_notice(name, monkeypatch):
    attribute, broken = MUTATIONS[name]
    if attribute in _HANDLERS:
        monkeypatch.setitem(_HANDLERS, attribute, broken)
    else:
        monkeypatch.setattr(Forward, attribute, broken)

    def is_wrong(program, seed):
        try:
            return not is_right(program, seed)
        except Invalid:
            return False
        except Exception:
            return True

    directed = Program(IN_PLACE, {"x": np.array([0.3, 0.8, -0.5])}, ("x",))
    assert is_wrong(directed, 0) or any(is_wrong(write(s, arrays=True), s) for s in range(60))


IN_PLACE = """
def f(x):
    y = x + 1.0
    y[0] = 2.0 * y[1]
    z = np.full((2, 3), x[0]) * y
    z[1] = y + np.ones(1)
    return np.sum(z * z) * x[0] * x + np.sum(x + np.zeros((2, 3))) ** 2
"""


@pytest.mark.parametrize(
    "expression",
    [
        "np.linalg.solve(a, np.sin(x))",
        "np.linalg.solve(a, a.T @ a)",
        "np.linalg.inv(a) @ x",
        "np.linalg.det(a) * x",
        "np.linalg.slogdet(a)[1] * x",
        "np.linalg.norm(x) * x + np.linalg.norm(a)",
        "np.std(x) * np.var(a) * np.mean(x) * x",
        "np.cumsum(x * x) + np.trace(a) * x",
        "np.tril(a) @ x + np.sum(a * a, axis=0)",
        "np.where(a > x, a * x, np.exp(x))[1]",
        "x[np.array([0, 2, 0])] * x",
        "(a * x[:, None]).reshape(9) ** 2",
        "np.maximum(a, x) @ np.abs(x)",
        "np.hypot(a, x)[0] / np.cosh(x)",
        "(x if x[1] > 0 else np.sign(x)) ** 2 + (np.sign(x) if x[1] > 0 else x) * x",
        "a.copy().T.flatten()[::2] ** 3",
        "np.concatenate((x * x, np.full(2, x[1]))) ** 2",
    ],
)
def test_array_rules(expression):
    text = f"def f(x):\n    a = np.outer(x, x) + 3.0 * np.eye(3)\n    return {expression}\n"
    assert is_right(Program(text, {"x": np.array([0.3, 0.8, -0.5])}, ("x",)), 0)


# -- compiled ----------------------------------------------------------------------------------


@njit
def chain(x, w):
    """Branches, a carried value, a helper that writes, and elements of neighbours."""
    y = np.empty(x.size)
    fill(x, y, w)
    s = 1.0
    for i in range(1, x.size):
        if y[i] > 0.3:
            s = s * y[i] + math.sin(y[i - 1])
        else:
            s += y[i] / (2.0 + y[i - 1] ** 2)
    return s * w


@njit
def fill(x, y, w):
    for i in range(x.size):
        y[i] = math.exp(w * x[i]) if x[i] < 0.5 else w * x[i]


X = np.array([0.1, 0.7, -0.4, 0.9, 0.2])
V = np.array([1.0, -2.0, 0.5, 0.25, 3.0])


def by_text(f, *args, argnums=0):
    """The product by its own text, which there must be for these arguments."""
    product = ta.hvp(f, argnums)
    found = product(*args)
    assert "seeded" not in ta.source(product, *args)
    return found


def test_agrees_with_forward_mode():
    expected = ta.hessian(chain.py_func)(X, 1.3) @ V
    np.testing.assert_allclose(by_text(chain, X, V, 1.3), expected, rtol=1e-12)


def test_several_arguments():
    found = by_text(chain, X, 1.3, (V, 0.7), argnums=(0, 1))
    h = 1e-5
    high, low = (ta.grad(chain, (0, 1))(X + s * V, 1.3 + s * 0.7) for s in (h, -h))
    for a, b, c in zip(found, high, low, strict=True):
        np.testing.assert_allclose(a, (b - c) / (2 * h), rtol=1e-6)


def test_layouts_of_arguments_and_directions():
    expected = by_text(chain, X, V, 1.3)
    wide = np.repeat(X, 2), np.repeat(V, 2)
    np.testing.assert_array_equal(by_text(chain, wide[0][::2], V, 1.3), expected)
    np.testing.assert_array_equal(by_text(chain, X, wide[1][::2], 1.3), expected)
    np.testing.assert_array_equal(by_text(chain, X[::-1].copy()[::-1], V, 1.3), expected)


def test_the_direction_may_be_the_point():
    np.testing.assert_array_equal(by_text(chain, X, X, 1.3), by_text(chain, X, X.copy(), 1.3))


@njit
def written(x):
    for i in range(1, x.size):
        x[i] *= x[i - 1]
    return x[-1] * x[-1]


def test_arguments_stay_as_they_are():
    x, v = X.copy(), V.copy()
    expected = ta.hessian(written)(x) @ v
    np.testing.assert_allclose(by_text(written, x, v), expected, rtol=1e-12)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(v, V)


@pytest.mark.parametrize("n", [0, 1])
def test_empty_and_single(n):
    x, v = X[:n], V[:n]
    if n:
        np.testing.assert_allclose(by_text(written, x, v), 2 * v)
    else:
        assert by_text(lambda x: np.sum(x**3), x, v).shape == (0,)


def test_zero_where_the_gradient_is_constant():
    assert by_text(lambda x, y: 3.0 * x + y, 2.0, 5.0, 1.0) == 0.0
    np.testing.assert_array_equal(by_text(lambda x: np.sum(x), X, V), np.zeros(5))


def test_shapes_that_differ_are_refused():
    with pytest.raises(ta.ShapeError, match="the direction must have the shape"):
        ta.hvp(chain)(X, V[:3], 1.3)
    with pytest.raises(ta.ShapeError, match="the direction must have the shape"):
        ta.hvp(chain)(X, 1.0, 1.3)


@njit
def power(x, n):
    return x * power(x, n - 1) if n > 0 else 1.0


def test_jets_serve_where_there_is_no_text():
    assert "seeded" in ta.source(ta.hvp(power), 1.5, 2.0, 4)
    assert ta.hvp(power)(1.5, 2.0, 4) == pytest.approx(2 * 12 * 1.5**2)
    single = ta.hvp(chain)(X.astype(np.float32), V, 1.3)
    assert single.dtype == np.float64
    np.testing.assert_allclose(single, ta.hvp(chain)(X, V, 1.3), rtol=1e-5)
    whole = ta.hvp(chain)(X, np.arange(5), 1.3)
    np.testing.assert_allclose(whole, ta.hvp(chain)(X, np.arange(5.0), 1.3), rtol=1e-14)


def test_products_nest():
    product = ta.hvp(chain)

    def along(t):
        return product(X + t * V, V, 1.3) @ V

    third = ta.directional(chain, 3)(X, V, 1.3)[3] * 6
    assert ta.derivative(along)(0.0) == pytest.approx(third, rel=1e-10)
    assert ta.grad(along)(0.0) == pytest.approx(third, rel=1e-10)


def test_exceptions_are_those_of_the_function():
    @njit
    def inverse(x):
        total = 0.0
        for i in range(x.size):
            total += 1.0 / x[i]
        return total

    with pytest.raises(ZeroDivisionError):
        ta.hvp(inverse)(np.array([1.0, 0.0]), np.ones(2))


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.5, 30.0, 800.0, -800.0, math.inf])
def test_derivatives_of_tanh_do_not_overflow(x):
    f = njit(lambda x: math.tanh(x))
    t = math.tanh(x)
    slope = 4 * math.exp(-2 * abs(x)) / (1 + math.exp(-2 * abs(x))) ** 2
    assert by_text(f, x, 1.0) == pytest.approx(-2 * t * slope, rel=1e-14, abs=0)
    if math.isfinite(x):
        third = (6 * t * t - 2) * slope
        assert ta.derivative(ta.hvp(f))(x, 1.0) == pytest.approx(third, rel=1e-13, abs=0)
