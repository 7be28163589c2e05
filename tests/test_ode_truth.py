"""The oracle for differential equations against what is known without it."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf
from ode_problems import PROBLEMS, SENSITIVE, digits_of, reference, sensitivities
from ode_truth import coefficients, crossings, evaluate, solve
from ode_truth import sensitivities as differences


def close(found, expected, digits):
    scale = max(abs(x) for x in np.ravel(expected))
    assert max(abs(x) for x in np.ravel(found - expected)) < mpf(10) ** -digits * scale


def by_keplers_equation(t, y0):
    """The orbit that starts at its pericentre, exactly."""
    x, _, _, v = map(mpf, y0)
    energy = v * v / 2 - 1 / x
    a = -1 / (2 * energy)
    e = 1 - x / a
    n = mpmath.sqrt(a) / a**2
    mean = mpmath.fmod(n * t, 2 * mp.pi)
    anomaly = mpmath.findroot(lambda u: u - e * mpmath.sin(u) - mean, mean + e * mpmath.sin(mean))
    b = a * mpmath.sqrt(1 - e * e)
    s, c = mpmath.sin(anomaly), mpmath.cos(anomaly)
    rate = n / (1 - e * c)
    return np.array([a * (c - e), b * s, -a * s * rate, b * c * rate])


def test_every_problem_has_a_reference():
    for name, problem in PROBLEMS.items():
        assert len(digits_of(name)) == len(problem.y0), name
    for name in SENSITIVE:
        first, second = sensitivities(name)
        assert second.shape == (*first.shape, first.shape[1])
        np.testing.assert_array_equal(second, second.transpose(0, 2, 1))


@pytest.mark.parametrize("name", [n for n, p in PROBLEMS.items() if p.published])
def test_references_are_the_published_values(name):
    problem = PROBLEMS[name]
    published = np.array(problem.published)
    found = reference(name)[: len(published)]
    error = np.max(np.abs(found - published)) / np.max(np.abs(published))
    assert error < problem.good


@pytest.mark.parametrize("name", [n for n, p in PROBLEMS.items() if p.fun.__name__ == "kepler"])
def test_references_solve_keplers_equation(name):
    problem = PROBLEMS[name]
    if problem.span[0]:
        pytest.skip("does not start at time 0")
    with mp.workdps(50):
        expected = by_keplers_equation(mpf(problem.span[1]), problem.y0)
        close(np.array([mpf(x) for x in digits_of(name)]), expected, 28)


#: End values of DETEST's first class, and of a linear system, in closed form.
CLOSED = {
    "detest_A1": lambda: [mpmath.exp(-20)],
    "detest_A2": lambda: [1 / mpmath.sqrt(21)],
    "detest_A3": lambda: [mpmath.exp(mpmath.sin(20))],
    "detest_A4": lambda: [20 / (1 + 19 * mpmath.exp(-5))],
    "linear": lambda: (
        mpmath.expm(12 * mpmath.matrix(PROBLEMS["linear"].args[0].tolist()))
        * mpmath.matrix(PROBLEMS["linear"].y0.tolist())
    ),
}


@pytest.mark.parametrize("name", CLOSED)
def test_references_are_the_closed_forms(name):
    with mp.workdps(50):
        close(np.array([mpf(x) for x in digits_of(name)]), np.array(list(CLOSED[name]())), 28)


def test_the_spiral_keeps_its_invariant():
    """DETEST A5 in polar coordinates about its pole: ``log r + angle`` is constant."""
    with mp.workdps(50):
        y = mpf(digits_of("detest_A5")[0])

        def invariant(t, y):
            return mpmath.log(t * t + y * y) / 2 + mpmath.atan2(y, t)

        close(np.array([invariant(20, y)]), np.array([invariant(0, mpf(4))]), 28)


# quick ones; the others differ in length alone
@pytest.mark.parametrize("name", ["kepler_short", "van_der_pol_1", "elementary_short", "detest_E5"])
def test_references_are_what_the_oracle_computes(name):
    problem = PROBLEMS[name]
    with mp.workdps(40):
        found = solve(problem.fun, problem.span, problem.y0, problem.args, digits=32)
        close(np.array([mpf(x) for x in digits_of(name)]), found, 26)


def test_arenstorfs_orbit_closes():
    """To the digits with which it was published: all of them decimal, which doubles are not."""
    problem = PROBLEMS["arenstorf"]
    with mp.workdps(40):
        y0 = [mpf("0.994"), mpf(0), mpf(0), mpf("-2.00158510637908252240537862224")]
        span = (0, mpf("17.0652165601579625588917206249"))
        end = solve(problem.fun, span, y0, [mpf("0.012277471")], digits=22)
        close(end, np.array(y0), 18)


def everything(t, y):
    """All functions that the oracle knows, of one state and of time."""
    x = y[0]
    return [
        np.exp(x) + np.expm1(x) + np.log(x) + np.log1p(x) + np.sin(x) + np.cos(x) + np.tan(x)
        + np.sinh(x) + np.cosh(x) + np.tanh(x) + np.arcsin(x) + np.arccos(x) + np.arctan(x)
        + np.arcsinh(x) + np.arctanh(x) + np.sqrt(x) + x**-1.5 + x**3 + 1 / (2 - x) - t / x
    ]  # fmt: skip


def test_rules_are_those_of_mpmath():
    """``y' = f(t, y)``: the coefficients of f along the solution's polynomial, by mpmath."""
    with mp.workdps(40):
        c = coefficients(everything, 0.25, [0.5], order=8, digits=40)[:, 0]

        def slope(s):
            x = evaluate(c, s)
            unary = (
                "exp expm1 log log1p sin cos tan sinh cosh tanh asin acos atan asinh atanh sqrt"
            )
            total = sum(getattr(mpmath, name)(x) for name in unary.split())
            return total + x ** mpf(-1.5) + x**3 + 1 / (2 - x) - (mpf(0.25) + s) / x

        expected = mpmath.taylor(slope, 0, 7)
        close(c[1:] * np.arange(1, 9), np.array(expected), 12)


def test_error_function():
    with mp.workdps(60):
        end = solve(lambda t, y: [math.erf(t)], (0, 1), [0.0])
        exact = mpmath.erf(1) + (mpmath.exp(-1) - 1) / mpmath.sqrt(mp.pi)
        close(end, np.array([exact]), 45)


def test_output_at_times_and_backwards():
    with mp.workdps(40):
        times = [0, -0.5, -1, -7.25]
        found = solve(lambda t, y: [y[1], -y[0]], (0, -7.25), [0, 1], times=times, digits=35)
        close(found[:, 0], np.array([mpmath.sin(mpf(t)) for t in times]), 33)


def test_crossings():
    with mp.workdps(30):
        found = crossings(
            lambda t, y: [y[1], -y[0]], lambda t, y: y[0], (0.5, 10.0), [mpmath.sin(mpf(0.5)),
            mpmath.cos(mpf(0.5))],
        )  # fmt: skip
        close(np.array([t for t, _ in found]), np.array([mp.pi, 2 * mp.pi, 3 * mp.pi]), 28)


def test_sensitivities_of_a_closed_form():
    """``y' = a y^2``: ``y = x / (1 - a x t)``."""
    with mp.workdps(50):
        first, second = differences(
            lambda t, y, a: a * y * y, (0, 1.0), [0.5], (0.25,), order=2, wrt=("y0", "args")
        )
        x, a = mpf(0.5), mpf(0.25)
        d = 1 - a * x
        close(first, np.array([[1 / d**2, x**2 / d**2]]), 28)
        mixed = 2 * x / d**3
        close(second, np.array([[[2 * a / d**3, mixed], [mixed, 2 * x**3 / d**3]]]), 20)


def test_stored_sensitivities_of_keplers_motion_are_symplectic():
    (first, _), omega = sensitivities("kepler_short"), np.kron([[0, 1], [-1, 0]], np.eye(2))
    np.testing.assert_allclose(first.T @ omega @ first, omega, atol=1e-11)
