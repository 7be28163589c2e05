"""Right-hand sides as recurrences, and the native steps made of them."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import ode_fields as of
import ode_problems as op
import ode_truth
import pytest

import taylorad as ta
from taylorad.ode.grouping import Plan
from taylorad.ode.reading import parameters_of, read
from taylorad.ode.recurrences import Solve
from taylorad.ode.system import system
from taylorad.primitives import functions as F

BACKENDS = ("unrolled", "table")
STEP = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double, *[ctypes.c_void_p] * 6)


def take(made, t, y, args=(), longest=1.0):
    """The step that is taken, its coefficients, and the state at its end."""
    y = np.array(y, dtype=float)
    low, coefficients = np.zeros_like(y), np.zeros((made.order + 1, y.size + made.roots))
    par, work = np.append(parameters_of(args), 0.0), made.scratch()
    arrays = (y, low, par, np.ones(y.size), coefficients, work)
    h = STEP(made.address)(t, longest, *(a.ctypes.data for a in arrays))
    return h, coefficients, y + low


# -- every primitive ---------------------------------------------------------------------------


def algebraic(t, y):
    a, b = y[0], y[1]
    return (
        0.3 * b, 0.2 * a, a * b, a / b, np.square(a), np.sqrt(a), np.cbrt(a), a**3, a**-2, b**1.7,
        a**b, 2.0**a, 1 / a, np.reciprocal(b), np.hypot(a, b), np.arctan2(a, b), -a + 2 * b - 1,
        a**7, np.sqrt(b) ** 3, t * a, np.degrees(a) * 0.01,
    )  # fmt: skip


def transcendental(t, y):
    a, b = y[0], y[1]
    return (
        0.3 * b, 0.2 * a, np.exp(a), np.exp2(a), np.expm1(b), np.log(b), np.log2(b), np.log10(a),
        np.log1p(a), np.sin(a) + np.cos(a), np.tan(a), np.arcsin(a), np.arccos(a), np.arctan(b),
        np.sinh(a), np.cosh(a), np.tanh(a * b), np.arcsinh(a), np.arccosh(b + 1.0), np.arctanh(a),
        np.logaddexp(a, b),
    )  # fmt: skip


def special(t, y):
    a, b = y[0], y[1]
    return (
        0.3 * b, 0.2 * a, math.erf(a), math.erfc(b), math.gamma(b), math.lgamma(b), F.digamma(b),
        np.sinc(a), F.sech_squared(a), np.logaddexp2(a, b),
    )  # fmt: skip


def kinks(t, y):
    a, b = y[0], y[1]
    return (
        0.3 * b, 0.2 * a, abs(a), np.maximum(a, b), min(a, b), np.where(a < b, a * a, b),
        np.floor(b) * a, np.mod(b, 1.0), np.sign(a), np.copysign(a, b), np.fmod(b, 0.75),
    )  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("fun", [algebraic, transcendental, special, kinks])
def test_polynomials_solve_the_equation(fun, backend):
    y0 = np.full(len(fun(0.3, np.array([0.4, 1.3]))), 0.1)
    y0[:2] = 0.4, 1.3
    made = system(fun, 0.3, y0, order=12, backend=backend)
    h, c, end = take(made, 0.3, y0, longest=0.02)
    assert h == 0.02
    for s in (0.0, 0.01, 0.02):
        state = sum(c[k, : y0.size] * s**k for k in range(13))
        slope = sum(k * c[k, : y0.size] * s ** (k - 1) for k in range(1, 13))
        np.testing.assert_allclose(slope, fun(0.3 + s, state), rtol=2e-14, atol=2e-14)
    np.testing.assert_allclose(end, state, rtol=1e-15)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", ["kepler_short", "duffing_short", "elementary_short", "linear"])
def test_coefficients_are_exact(name, backend):
    p = op.PROBLEMS[name]
    exact = ode_truth.coefficients(p.fun, p.span[0], p.y0, p.args, order=16)
    _, c, _ = take(system(p.fun, 0.0, p.y0, p.args, order=16, backend=backend), 0.0, p.y0, p.args)
    size = np.abs(exact.astype(float)).max(axis=1, keepdims=True)
    assert np.all(np.abs((c[:, : p.y0.size] - exact).astype(float)) < 2e-14 * size)


def integrals(t, y):
    slopes = np.zeros_like(y)
    slopes[:-1] = y[1:]
    return slopes


@pytest.mark.parametrize("backend", BACKENDS)
def test_first_coefficients_are_not_rounded_to_one_side(backend):
    """``c / 3`` is the nearest float: times the float nearest to 1/3 it is not, by one side."""
    made = system(integrals, 0.0, np.ones(9), order=10, backend=backend)
    rng = np.random.default_rng(0)
    for _ in range(50):
        _, c, _ = take(made, 0.0, rng.standard_normal(9))
        for k in range(1, 8):
            np.testing.assert_array_equal(c[k, :-1], c[k - 1, 1:] / k)


def test_backends_and_vectors_agree():
    p = op.PROBLEMS["six_bodies_short"]
    found = [
        take(system(p.fun, 0.0, p.y0, p.args, order=20, backend=b), 0.0, p.y0, p.args, 300.0)
        for b in BACKENDS
    ]
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=0.02)  # of approximate logarithms
    scale = np.abs(found[0][1]).max(axis=1, keepdims=True)
    assert np.all(np.abs(found[0][1] - found[1][1]) <= 1e-12 * scale)


# -- what recurrences are made of --------------------------------------------------------------


def solved(fun, y, args=()) -> int:
    """How many products, powers and the like there are."""
    plan = Plan(read(fun, 0.0, np.asarray(y, dtype=float), args, 8), 8)
    return sum(
        len(a.operations) for a in plan.alike if isinstance(a.operations[0].kind, Solve)
    )


def test_pairs_of_bodies_are_computed_once():
    # 15 pairs: three squares, one power and three products each
    p = op.PROBLEMS["six_bodies_short"]
    assert solved(p.fun, p.y0, p.args) == 15 * 7


def spellings(t, y):
    r = y[0] * y[0] + y[1] * y[1]
    return r * np.sqrt(r), r**1.5, np.sqrt(r) ** 3, r**2 / np.sqrt(r), -(y[1] - y[0]) + y[1] - y[0]


def test_spellings_of_one_power_are_one():
    assert solved(spellings, np.ones(5)) <= 2 + 2  # two squares, and powers of r


def test_known_values_are_constants():
    def fun(t, y):
        return y[0] * 1.0 + 0.0, 0.0 * y[0] + 3.0, y[1] - y[1]

    equations = read(fun, 0.0, np.ones(3), (), 8)
    assert equations.slopes[1:] == [3.0, 0.0]
    assert equations.slopes[0] is equations.recurrences.operations[0].columns[0]


# -- what is asked for, and refused ------------------------------------------------------------


def scaled(t, y, factor, power, shift):
    return [factor * y[0] ** power + shift[0], shift[1] * y[1]]


def test_systems_are_made_once_for_constants():
    y, shift = np.ones(2), np.array([0.1, 0.2])
    made = system(scaled, 0.0, y, (0.5, 2, shift), order=8)
    assert system(scaled, 1.0, 2 * y, (0.7, 2, 3 * shift), order=8) is made
    assert system(scaled, 0.0, y, (0.5, 3, shift), order=8) is not made
    assert made.parameters == 3
    for args in ((0.5, 2, shift), (0.7, 2, 3 * shift)):
        _, c, _ = take(made, 0.0, [0.5, 2.0], args)
        np.testing.assert_allclose(c[1], scaled(0.0, [0.5, 2.0], *args))


def by_sign(t, y, rate):
    if rate > 0:
        return -rate * y
    return y


def test_the_way_may_depend_on_parameters():
    first, second = (system(by_sign, 0.0, np.ones(1), (r,), order=8) for r in (2.0, -2.0))
    assert take(first, 0.0, [1.0], (2.0,))[1][1] == -2.0
    assert take(second, 0.0, [1.0], (-2.0,))[1][1] == 1.0
    assert system(by_sign, 0.0, np.ones(1), (2.0,), order=8) is first


def branching(t, y):
    if y[0] > 1.0:
        return -y
    return y


def looping(t, y):
    x = y[0]
    while x > 0.1:
        x = x / 2.0
    return np.array([x])


@pytest.mark.parametrize("fun", [branching, looping])
def test_branches_on_the_solution_are_refused(fun):
    with pytest.raises(ta.UnsupportedError, match=r"branches .*event(.|\n)*test_ode_systems.py"):
        system(fun, 0.0, np.full(1, 0.5), order=8)


def test_shapes_are_checked():
    with pytest.raises(ta.ShapeError, match="2 numbers for the 3 components"):
        system(lambda t, y: (y[0], y[1]), 0.0, np.ones(3), order=8)
    with pytest.raises(ta.ArgumentValueError, match="backend"):
        system(of.kepler, 0.0, np.ones(4), order=8, backend="fast")


def test_failure_keeps_the_state():
    def root(t, y):
        return np.sqrt(y)

    for backend in BACKENDS:
        h, _, end = take(system(root, 0.0, np.ones(1), order=8, backend=backend), 0.0, [-1.0])
        assert math.isnan(h) and end == -1.0


def turning(t, y, a):
    return np.array([np.arctan(a * y[0]), np.arctan(a * y[0]) + np.tanh(y[1])])


def test_rules_of_smooth_functions_have_no_kinks():
    """The scaling in the rule of arctan has; and of a column several numbers may be needed."""
    steps = []
    for backend in BACKENDS:
        made = system(turning, 0.0, np.ones(2), (0.7,), order=10, backend=backend)
        assert made.switches == 0
        steps.append(take(made, 0.0, [1.0, 0.5], (0.7,))[1])
    np.testing.assert_allclose(*steps, rtol=1e-13)


def test_kinks_are_watched():
    made = system(kinks, 0.0, np.ones(11), order=8)
    # a, a - b (of max, min and where), two ends of floor, mod, fmod, and the signs
    assert made.roots == made.switches >= 6
