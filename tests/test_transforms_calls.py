"""How transforms are called: arguments, compiled callers, sharing, pickling, lifetime."""

from __future__ import annotations

import gc
import pickle
import weakref

import numpy as np
import pytest
from numba import njit, types
from numba.experimental import jitclass
from numba.typed import Dict

import taylorad as ta


@njit
def cubic(x, a, b=2.0):
    return a * x * x * x + b * x


@njit
def module_level(x):
    return x * x * x


def test_defaults_and_keywords():
    d = ta.derivative(cubic)
    assert d(1.0, 1.0) == 5.0
    assert d(1.0, 1.0, 10.0) == 13.0
    assert d(x=1.0, b=3.0, a=2.0) == 9.0
    assert ta.derivative(cubic, argnums=2)(3.0, 1.0) == 3.0
    assert ta.jvp(cubic)(1.0, 10.0, 1.0) == (3.0, 50.0)  # v directly behind x
    assert ta.jvp(cubic, argnums=(0, 1))(1.0, 1.0, (0.0, 10.0)) == (3.0, 10.0)
    assert ta.jvp(cubic, argnums=1)(2.0, 1.0, 1.0, b=0.0) == (8.0, 8.0)


def test_more_arguments_through_a_star():
    def f(x, *rest):
        total = x
        for r in rest:
            total = total * r * x
        return total

    assert ta.derivative(f)(2.0, 3.0, 4.0) == 3 * 4 * 12.0
    value, D1, D2 = ta.derivatives(f, 2)(2.0, 3.0)
    assert (value, D1, D2) == (12.0, 12.0, 6.0)


def test_parameters_with_the_names_of_the_drivers_own_variables():
    def f(level, seeding, y, v, n):
        return level * seeding * y * v * n

    assert ta.derivative(f)(1.0, 2.0, 3.0, 4.0, 5.0) == 120.0
    assert ta.jvp(f, argnums=3)(1.0, 2.0, 3.0, 4.0, 1.0, 5.0) == (120.0, 30.0)
    assert ta.hessian(f, argnums=(0, 4))(1.0, 2.0, 3.0, 4.0, 5.0) == ((0.0, 24.0), (24.0, 0.0))


def test_plain_functions_lambdas_and_closures():
    scale, table = 3.0, np.array([1.0, 2.0])

    def helper(x):
        return x * table[1]

    def f(x):
        return scale * helper(x) * x

    assert ta.derivative(f)(5.0) == 60.0
    assert ta.derivative(lambda x: x * x)(4.0) == 8.0


def test_tuples_and_flags_as_plain_arguments():
    def f(x, pair, flag, n):
        return x * pair[0] * n if flag else x * pair[1]

    assert ta.derivative(f)(1.0, (2.0, 3), True, 5) == 10.0
    assert ta.derivative(f)(1.0, (2.0, 3), False, 5) == 3.0


@jitclass([("k", types.float64)])
class Spring:
    def __init__(self, k):
        self.k = k


def test_objects_that_numba_knows_as_plain_arguments():
    assert ta.derivative(lambda x, spring: spring.k * x * x)(3.0, Spring(2.0)) == 12.0
    d = Dict.empty(types.unicode_type, types.float64)
    d["k"] = 5.0
    assert ta.derivative(lambda x, d: d["k"] * x * x)(3.0, d) == 30.0


def test_functions_as_arguments():
    @njit
    def apply(x, g):
        return g(x) * x

    assert ta.derivative(apply)(2.0, module_level) == 32.0


def test_from_compiled_code():
    d, J = ta.derivative(cubic), ta.jacobian(lambda x: x * x[0])

    @njit
    def newton(x, a):
        for _ in range(20):
            x = x - cubic(x, a, -1.0) / d(x, a, -1.0)
        return x, J(np.array([x, 2.0]))

    root, matrix = newton(2.0, 1.0)
    assert root == pytest.approx(1.0)
    np.testing.assert_allclose(matrix, [[2, 0], [2, 1]])


def test_a_transform_asked_for_twice_compiles_once():
    for make in (
        lambda: ta.derivative(cubic),
        lambda: ta.jacobian(cubic, argnums=[0, 1]),
        lambda: ta.derivatives(cubic, np.int64(2)),
        lambda: ta.jet(cubic, 1),
    ):
        assert make() is make()
    assert ta.jacobian(cubic, mode="auto") is ta.jacobian(cubic)
    for x in (1.0, 2.0, 3.0):
        ta.derivative(module_level, 2)(x)
    assert len(ta.derivative(module_level, 2).signatures) == 1


def test_repr_and_source():
    assert repr(ta.taylor(cubic, 3)) == "<taylorad.taylor(cubic, order=3, argnums=0)>"
    assert "cubic(" in ta.source(ta.hessian(cubic))
    with pytest.raises(ta.ArgumentTypeError, match="not a derivative"):
        ta.source(cubic)


@pytest.mark.parametrize(
    "make", [ta.derivative, ta.hessian, lambda f: ta.derivatives(f, 2), lambda f: ta.partial(f, 2)]
)
def test_pickling(make):
    g = make(module_level)
    again = pickle.loads(pickle.dumps(g))
    assert again is g
    assert again(2.0) == g(2.0)


def test_cloudpickle():
    cloudpickle = pytest.importorskip("cloudpickle")
    scale = 3.0

    def f(x):
        return scale * x * x

    g = ta.derivative(f)
    again = pickle.loads(cloudpickle.dumps(g))
    assert again(2.0) == g(2.0) == 12.0


def test_derivatives_go_with_their_function():
    def make():
        def f(x):
            return x * x

        compiled = njit(f)
        for g in (f, compiled):
            assert ta.derivative(g)(3.0) == 6.0
        return weakref.ref(f), weakref.ref(compiled), weakref.ref(ta.derivative(compiled))

    references = make()
    gc.collect()
    assert [r() for r in references] == [None, None, None]


def test_attributes_copied_to_another_function_are_not_taken_for_its_own():
    import functools

    def f(x):
        return x * x

    assert ta.derivative(f)(3.0) == 6.0

    @functools.wraps(f)
    def g(x):
        return x * x * x

    assert ta.derivative(g)(3.0) == 27.0
