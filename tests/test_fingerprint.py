"""What a fingerprint tells apart, what it does not, and what makes it unknown."""

from __future__ import annotations

import math
import operator
import sys
from types import ModuleType

import numpy as np
import pytest
from numba import njit, types, vectorize
from numba.experimental import jitclass
from numba.extending import intrinsic, overload, overload_method

import taylorad as ta
from taylorad._compat import cpu_target
from taylorad.compiler import extensions
from taylorad.compiler.fingerprint import Fingerprint, unchanged
from taylorad.primitives import Slopes, registry

HEAD = """
import enum, math
import numpy as np
from collections import namedtuple
from numba import njit
import taylorad as ta
"""


def read(thing) -> Fingerprint:
    found = Fingerprint()
    found.add(thing)
    return found


def digest(text: str, name="f", **scope) -> str:
    """The fingerprint of the function ``f`` that a text defines."""
    scope.setdefault("__name__", "user")
    exec(compile(HEAD + text, "<text>", "exec"), scope)
    found = read(scope[name])
    assert found.unknown is None, found.unknown
    return found.digest()


@pytest.mark.parametrize(
    "text, old, new",
    [
        ("def f(x): return x * 2.0", "2.0", "3.0"),
        ("def f(x): return x * 2.0", "2.0", "2"),
        ("def f(x): return x * 0.0", "0.0", "-0.0"),
        ("def f(x): return x + x", "+", "-"),
        ("def f(x): return math.sin(x)", "sin", "cos"),
        ("def f(x): return np.sin(x)", "np", "math"),
        ("def f(x, y=1.0): return x * y", "1.0", "2.0"),
        ("def f(x):\n    return x", "\n", "\n\n"),  # where errors are raised
        ("def f(x): return x if x in (1, 2) else -x", "2)", "3)"),
        ("k = 2.0\ndef f(x): return k * x", "2.0", "3.0"),
        ("k = 2\ndef f(x): return k * x", "2", "True"),
        ("k = (1, (2, 3))\ndef f(x): return k[0] * x", "3)", "4)"),
        ("k = np.array([1.0, 2.0])\ndef f(x): return k[0] * x", "2.0", "3.0"),
        ("k = np.arange(4.0)\ndef f(x): return k[0] * x", "4.0)", "4.0).reshape(2, 2)"),
        ("k = np.arange(4)\ndef f(x): return k[0] * x", "4)", "4, dtype=np.int32)"),
        ("k = np.float64(2.0)\ndef f(x): return k * x", "2.0", "3.0"),
        ("def g(x): return x\ndef f(x): return g(x)", "return x\n", "return -x\n"),
        ("@njit\ndef g(x): return x\ndef f(x): return g(x)", "return x\n", "return -x\n"),
        ("@njit\ndef f(x): return x", "@njit", "@njit(fastmath=True)"),
        ("@njit\ndef f(x): return x", "@njit", "@njit(error_model='numpy')"),
        ("@njit\ndef f(x): return x", "@njit\n", "\n"),
        ("def g(x): return x\nd = ta.grad(g)\ndef f(x): return d(x)", "return x\n", "return -x\n"),
        ("def g(x): return x\nd = ta.grad(g)\ndef f(x): return d(x)", "grad", "derivative"),
        ("def g(x): return x\nd = ta.derivative(g, 2)\ndef f(x): return d(x)", "2)", "3)"),
        ("def f(x):\n    def g(y): return y * 2.0\n    return g(x)", "2.0", "3.0"),
        ("def a(k):\n    def g(x): return k * x\n    return g\nf = a(2.0)", "a(2", "a(3"),
        ("class k(enum.IntEnum):\n    A = 2\ndef f(x): return k.A * x", "2", "3"),
        ("P = namedtuple('P', 'a b')\ndef f(x): return P(x, x).a", "a b", "b a"),
        ("k = namedtuple('P', 'a b')(1, 2)\ndef f(x): return k.a * x", "2)", "3)"),
        ("def f(x):\n    return f(x - 1) if x > 2 else x", "2", "3"),
    ],
)
def test_told_apart(text, old, new):
    assert old in text
    assert digest(text) != digest(text.replace(old, new))
    assert digest(text) == digest(text)


@pytest.mark.parametrize(
    "text, old, new",
    [
        ("k = 2\ndef f(x): return x", "k = 2", "k = 3"),  # not used
        ("def g(x): return x\ndef f(x): return x", "return x\n", "return -x\n"),
        ("def f(x): return np.sin(x)", "np.sin", "np.sin"),
    ],
)
def test_not_told_apart(text, old, new):
    assert digest(text) == digest(text.replace(old, new))
    assert digest(text) == digest(text, __name__="elsewhere")


def test_attributes_of_modules():
    inner, outer = ModuleType("inner"), ModuleType("outer")
    outer.inner = inner
    text = "def f(x): return outer.inner.g(x) * outer.k"
    digests = set()
    for body in ("x", "2 * x"):
        for outer.k in (1.0, 2.0):
            exec(f"def g(x): return {body}", vars(inner))
            digests.add(digest(text, outer=outer))
    assert len(digests) == 4


def test_what_a_user_puts_into_a_library(monkeypatch):
    before = digest("def f(x): return np.mine(x)")
    monkeypatch.setattr(np, "mine", lambda x: x, raising=False)
    assert digest("def f(x): return np.mine(x)") != before


def test_modules_named_like_pythons(monkeypatch):
    module = ModuleType("profile")
    exec("def g(x): return x", vars(module))
    monkeypatch.setitem(sys.modules, "profile", module)
    before = digest("def f(x): return g(x)", g=module.g)
    exec("def g(x): return -x", vars(module))
    assert digest("def f(x): return g(x)", g=module.g) != before


@vectorize
def a_ufunc(x):
    return x


@intrinsic
def an_intrinsic(context, x):
    return x(x), lambda c, b, s, a: a[0]


@jitclass([("k", types.float64)])
class AClass:
    def __init__(self):
        self.k = 1.0


def overloaded(x):
    return x


@overload(overloaded)
def _overloaded(x):
    return lambda x: x


def uses_a_method(x):
    return x.taylorad_test_method()


@overload_method(types.Array, "taylorad_test_method")
def _method(x):
    return lambda x: x


class Plain:
    value = 1.0


@pytest.mark.parametrize(
    "thing",
    [
        a_ufunc,
        an_intrinsic,
        AClass,
        overloaded,
        uses_a_method,
        Plain,
        Plain(),
        object(),
        np.zeros(10**6),
        np.array([None]),
        lambda x: getattr(x, "real"),  # noqa: B009
        lambda x: __import__("math").sin(x),
    ],
)
def test_what_cannot_be_told_is_unknown(thing):
    assert read(thing).unknown
    assert read((lambda value: lambda x: value)(thing)).unknown


@pytest.mark.parametrize(
    "one, other",
    [
        (types.float64, types.float32),
        (types.Array(types.float64, 1, "C"), types.Array(types.float64, 1, "A")),
        (types.Array(types.float64, 1, "C"), types.Array(types.float64, 1, "C", readonly=True)),
        (types.Array(types.float64, 1, "C"), types.Array(types.float64, 2, "C")),
        (types.UniTuple(types.float64, 2), types.UniTuple(types.float64, 3)),
        (types.Omitted(1.0), types.Omitted(2.0)),
        (types.literal(1), types.literal(2)),
        (types.none, types.boolean),
    ],
)
def test_types_of_arguments(one, other):
    assert read(one).digest() != read(other).digest()
    assert read(one).digest() == read(one).digest()
    assert read(one).unknown is None


def test_functions_as_arguments():
    one, other = (njit(eval(f"lambda x: x * {k}")) for k in (2, 3))
    digests = {read(types.Dispatcher(f)).digest() for f in (one, other, one)}
    assert len(digests) == 2
    assert read(types.unliteral(types.DeferredType())).unknown


def twice(x):
    return 2 * x


def test_a_users_primitive_counts_by_its_rules(monkeypatch):
    for table in ("_by_name", "_by_function"):
        monkeypatch.setattr(registry, table, dict(getattr(registry, table)))
    monkeypatch.setattr(registry, "_listeners", [])
    def f(x):
        return twice(x)

    before = read(f).digest()
    ta.primitive("twice of the tests", [twice], rule=Slopes((lambda x: 2.0,)), domain=[(0, 1)])
    assert read(f).digest() != before
    assert read(f).unknown is None
    assert read(f).digest() == read(f).digest()


def test_numbas_own_extensions_are_not_a_users():
    cpu_target.target_context.refresh()
    assert not extensions.general()
    for function in (len, abs, np.sum, np.linalg.solve, math.sin, operator.mul):
        assert not extensions.extended(function)
    assert read(lambda x: operator.mul(abs(x), math.sin(x)) + np.sum(x)).unknown is None


def test_functions_that_have_changed_since_they_were_compiled():
    scope = {"k": 1.0}
    exec("def g(x): return k * x\ndef f(x): return g(x)", scope)
    assert unchanged(read(scope["f"]))
    scope["k"] = 2.0
    assert not unchanged(read(scope["f"]))
    exec("def h(x): return g(x)", scope)  # itself new
    assert not unchanged(read(scope["h"]))
    scope["k"] = 1.0
    assert unchanged(read(scope["f"]))
