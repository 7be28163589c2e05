# ruff: noqa: B007, SIM108 - constructs as users write them
"""Loops over `ta.checkpoint`: the same gradients as without it, in little memory.

A case is an ordinary function and its arguments, the first of which is differentiated.  Its
adjoint runs uncompiled, with and without checkpoints, and is compared with differences; a
share runs compiled, against forward mode.
"""

from __future__ import annotations

import math
import random
import tracemalloc
from collections import namedtuple
from types import FunctionType, ModuleType

import numpy as np
import pytest
from numba import njit, typeof
from test_adjoint_language import differences, uncompiled

import taylorad as ta
from taylorad.compiler.functions import python_function

X = np.array([0.7, -1.3, 0.4, 2.1])
A = np.array([[0.3, 1.2, -0.5], [0.8, -0.7, 1.9]])
TABLE = np.array([0.5, -1.0, 0.25])
SCALE = 0.3
Pair = namedtuple("Pair", "position speed")
CASES: dict[str, tuple] = {}
COMPILED: list[str] = []


def case(*args, compiled=False):
    """Register a function with its arguments."""

    def register(f):
        CASES[f.__name__ + f"{args[1:]}"] = f, args
        if compiled:
            COMPILED.append(f.__name__ + f"{args[1:]}")
        return f

    return register


# -- numbers --------------------------------------------------------------------------------


@case(0.7, 0)
@case(0.7, 1)
@case(0.7, 2)
@case(0.7, 10, compiled=True)
def number(x, n):
    y = x
    for i in ta.checkpoint(range(n)):
        y = y - 0.1 * (y - 2.0 * x) ** 3 + 0.01 * math.sin(y) * i
    return y * y


@case(0.7, 7, 1)
@case(0.7, 7, 2)
@case(0.7, 7, 7)
@case(0.7, 7, 100)
@case(0.7, 7, 0)
@case(0.7, 7, -1)
@case(0.7, 0, 3)
def intervals(x, n, every):
    y = x
    for _ in ta.checkpoint(range(n), every):
        y = math.sin(y) * x + y
    return y


@case(0.7)
def fixed_intervals(x):
    y = x
    for i in ta.checkpoint(range(11), every=4):
        y = math.sin(y) * x + i
    for i in ta.checkpoint(range(3), True):
        y = math.sin(y) * x + i
    return y


@case(0.7, 10, 1, -1)
@case(0.7, 10, 0, -3)
@case(0.7, 0, 10, 3)
@case(0.7, 2, 2, 1)
@case(0.7, -3, 8, 2)
@case(0.7, 5, 0, 1)
def ranges(x, start, stop, step):
    y = x
    for i in ta.checkpoint(range(start, stop, step), every=2):
        y = math.cos(0.1 * y * i) + x
    return y


@case(0.7, 9)
def several(x, n):
    a, b, c = x, 1.0, 0
    for i in ta.checkpoint(range(2, n, 2)):
        a, b = b * math.sin(a) + x, a
        c += i
    return a * b + c * x


@case(0.7, 9, compiled=True)
def widened(x, n):
    s = 0
    k = 1
    for i in ta.checkpoint(range(n), every=2):
        s = s * x + i
        k = k + i
    return s * k


@case(0.7, 9)
def logical(x, n):
    up, y = True, x
    for i in ta.checkpoint(range(n), every=2):
        y = y * 1.1 + x if up else y * math.sin(y)
        up = not up and i != 3
    return y if up else 2.0 * y


@case(0.7, 6)
def tuples(x, n):
    state = (x, 1.0)
    for _ in ta.checkpoint(range(n), every=4):
        state = (state[1] * math.sin(state[0]), state[0] + x)
    return state[0] * state[1]


@case(0.7, 6)
def named_tuples(x, n):
    state = Pair(x, 0.0)
    for _ in ta.checkpoint(range(n), every=4):
        speed = state.speed - 0.1 * math.sin(state.position)
        state = Pair(state.position + 0.1 * speed, speed)
    return state.position * state.speed


@case(0.7, 6)
def names_that_meet(x, n):
    first, last, step, state_0 = x, 1.0, 0.5, 0.1
    state = (x, 2.0)
    for segment in ta.checkpoint(range(n), every=4):
        first = first * last + step * state_0 + state[0]
        last = math.sin(first) + segment
        state = (state[1], first * state_0)
        state_0 = state_0 + step * x
    return first * last * state[0] + state_0


@case(0.7, 6)
def continues(x, n):
    y = x
    for i in ta.checkpoint(range(n), every=2):
        if i % 3 == 1:
            continue
        y = y * math.sin(y) + x
        if y > 0.4:
            continue
        y += 0.1 * x
    return y


@case(0.7, 6)
@case(0.7, 0)
def index_after(x, n):
    i, y = 5, x
    for i in ta.checkpoint(range(1, n, 2)):
        y = y * math.sin(y)
    return y * i


@case(0.7, 5)
def inner_loops(x, n):
    y = x
    for i in ta.checkpoint(range(n), every=2):
        for j in range(i):
            y = math.sin(y + j * x)
        k = 0
        while y < 3.0 and k < 4:
            y = y + x * 0.5 * k
            k += 1
    return y


@case(0.7, 7, compiled=True)
def nested(x, n):
    y = x
    for i in ta.checkpoint(range(n)):
        z = y
        for j in ta.checkpoint(range(n - i), every=2):
            z = math.sin(z * x) + 0.1 * j * y
        y = z
    return y


@case(0.7, 7)
def in_branch(x, n):
    y = x
    if x > 0.5:
        for _ in ta.checkpoint(range(n)):
            y = y * math.sin(y) + x
    else:
        for _ in ta.checkpoint(range(n)):
            y = y * math.cos(y)
    return y


@case(0.7, 4)
def in_loop(x, n):
    s = 0.0
    for k in range(3):
        y = x + s
        for i in ta.checkpoint(range(n + k)):
            y = math.sin(y) + 0.1 * x * i
        s += y * y
    return s


@case(0.7, 4)
def in_while(x, n):
    y, k = x, 0
    while k < n:
        for i in ta.checkpoint(range(k)):
            y = y * math.sin(y) + x * i
        k += 1
        if y > 5.0:
            break
    return y


@case(0.7, 4)
def unrolled(x, n):
    y = x
    for a in (1, 2.5, x):
        for _ in ta.checkpoint(range(n)):
            y = math.sin(y * a)
    return y


@case(0.7, 5)
def twice(x, n):
    y = x
    for i in range(3):
        y = y * math.cos(y)
    for i in ta.checkpoint(range(n)):
        y = y * math.sin(y) + x * i
    for i in ta.checkpoint(range(n + 1)):
        y = y + math.cos(y) * i
    return y + i


@case(0.7, 5)
def held(x, n):
    steps = ta.checkpoint(range(n), 2)
    y = x
    for _ in steps:
        y = y * math.sin(y)
    for _ in steps:
        y = y * math.cos(y)
    return y


# -- functions ------------------------------------------------------------------------------


@njit
def march(f, y, x, n):
    for i in ta.checkpoint(range(n), every=2):
        y = y + 0.1 * f(y, x, i)
    return y


@njit
def slope(y, x, i):
    return math.sin(y * x) + i


def other_slope(y, x, i):
    return y * y * x - i


@case(0.7, 5, compiled=True)
@njit
def functions(x, n):
    return march(slope, x, x, n) * march(other_slope, 0.5, x, n) + march(slope, 1.0, x, 2)


@case(0.7, 5)
def local_functions(x, n):
    def f(y):
        return y * x

    def whole(y):
        for _ in ta.checkpoint(range(n), every=2):
            g = lambda z: math.sin(z) * x  # noqa: E731
            y = g(y) + y * x
        return y

    return whole(f(x))


@case(0.7, 4)
def recursive(x, n):
    y = x
    for i in ta.checkpoint(range(n)):
        y = math.sin(y) + 0.5 * recursive(x * y, i)
    return y


@njit
def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@case(0.7, 5)
def calls_recursive(x, n):
    y = x
    for i in ta.checkpoint(range(n), every=3):
        y = 0.5 * y + power(y, i) + math.sin(x)
    return y


@case(0.7, 3)
def around_recursive(x, n):
    def f(y):
        for i in ta.checkpoint(range(n), every=2):
            y = y * power(y, i)
        return y

    return f(x) + f(2.0 * x)


# -- arrays ---------------------------------------------------------------------------------


@case(X, 5)
def in_place(x, n):
    u = x.copy()
    for i in ta.checkpoint(range(n), every=2):
        u[0] = u[0] * u[1]
        for k in range(1, u.size):
            u[k] = math.sin(u[k]) * u[k - 1] + 0.1 * i
        u += 0.1 * x
    return u.sum()


@case(X, 5)
def written_argument(x, n):
    for _ in ta.checkpoint(range(n), every=2):
        x[0] = x[0] * x[1]
        x[1:] = np.sin(x[:-1])
    return (x * x).sum()


@case(X, 5)
def bound_anew(x, n):
    u = x
    for i in ta.checkpoint(range(n), every=2):
        u = u + 0.1 * np.sin(u) * x[i % 4]
    return (u * u).sum() + x[0] * u[1]


@case(X, 0)
@case(X, 1)
@case(X, 5, compiled=True)
@case(X, 6)
def swapped(x, n):
    u, v = x.copy(), np.zeros(x.size)
    for _ in ta.checkpoint(range(n), every=3):
        v[0] = u[0] * u[1]
        v[-1] = u[-1]
        for i in range(1, u.size - 1):
            v[i] = u[i] + 0.2 * (u[i - 1] - 2 * u[i] + u[i + 1]) - 0.1 * u[i] ** 3
        u, v = v, u
    return (u * u).sum() + v[1]


@case(X, 5)
def leapfrog(x, n):
    old, u = x, np.sin(x)
    for _ in ta.checkpoint(range(n), every=2):
        new = np.empty(u.size)
        for i in range(u.size):
            new[i] = 2.0 * u[i] - old[i] + 0.1 * u[i - 1] * u[i]
        old, u = u, new
    return (u * old).sum()


@case(X, 5)
def rotated(x, n):
    a, b, c = x.copy(), x * x, np.ones(4)
    for i in ta.checkpoint(range(n), every=2):
        c[1] = a[2] * b[3] + i
        a, b, c = b, c, a
    return (a * b).sum() + c[1]


@case(A, 4)
def matrices(a, n):
    m = a.copy()
    for i in ta.checkpoint(range(n), every=3):
        m = m + 0.1 * np.sin(m) * a
        m[0, i % 3] *= 2.0
    return (m * m).sum()


@case(A, 4)
def view_of_given(a, n):
    m = a.copy()
    row = m[0]
    for i in ta.checkpoint(range(n), every=3):
        row[i % 3] = row[0] * m[1, 2]
        m[1] = np.sin(row)
    return (m * m).sum()


@case(A, 4)
def view_inside(a, n):
    m = a.copy()
    for i in ta.checkpoint(range(n), every=3):
        row = m[i % 2]
        row[0] = row[1] * m[1, 2]
        row += 0.1
    return (m * m).sum()


@case(A, 4)
def strided(a, n):
    u = a.T[1]
    for _ in ta.checkpoint(range(n), every=3):
        u = u * u[::-1] + a[0, 0]
    return u.sum()


@case(X, 4)
def reversed_view(x, n):
    u = x * x
    for i in ta.checkpoint(range(n), every=3):
        u = u[::-1]
        u[i] = math.sin(u[0]) * x[1]
    return u[0] * u[2] + u[3]


@case(X, 4)
def arrays_in_tuples(x, n):
    state = (x, 1.0, np.ones(4))
    for _ in ta.checkpoint(range(n), every=3):
        p, s, q = state
        q = q - 0.1 * np.sin(p) * s
        state = (p + 0.1 * q, s + p[0] * q[1], q)
    return (state[0] * state[2]).sum() + state[1]


@case(X, 4)
def local_arrays(x, n):
    y = 1.0
    for i in ta.checkpoint(range(n), every=3):
        t = np.zeros(3)
        t[0] = y * x[i]
        t[1] = math.sin(t[0])
        y = t[0] * t[1] + t[2] + y
    return y


@case(X, 4)
def constants(x, n):
    y, power_of = x[0], 3
    for i in ta.checkpoint(range(n), every=3):
        y = SCALE * y**power_of + TABLE[i % 3] * x[i]
    return y


@case(X, 4)
def read_before_and_after(x, n):
    u = x * x
    s = 0.0
    for i in range(4):
        u[i] = u[i] * x[3 - i]
        s += u[i] ** 3
    for i in ta.checkpoint(range(n), every=3):
        u[i % 4] = math.sin(u[0]) * s
    for i in range(4):
        s += u[i] ** 2
    return s


@case(X, 3)
def forced(x, n):
    u, v = x.copy(), np.zeros(4)
    s = 0.0
    for k in range(3):
        u[0] = math.sin(u[1]) * k
        for _ in ta.checkpoint(range(n), every=2):
            for i in range(4):
                v[i] = u[i] * u[i - 1]
            u, v = v, u
        s += u[k] ** 2
    return s + (v * v).sum()


@case(X, 3)
def nested_arrays(x, n):
    u, v = x.copy(), np.zeros(4)
    for k in ta.checkpoint(range(n), every=2):
        u[k % 4] *= 1.1
        for _ in ta.checkpoint(range(n), every=2):
            for i in range(4):
                v[i] = math.sin(u[i] * u[i - 1])
            u, v = v, u
    return (u * u).sum()


@case(X, 4)
def helper(x, n):
    u = x.copy()
    relax(u, n)
    relax(u, n + 1)
    return (u * u).sum()


def relax(u, n):
    for _ in ta.checkpoint(range(n), every=2):
        for i in range(1, u.size):
            u[i] = 0.5 * (u[i] * u[i - 1] + u[0])


@case(X, 5)
def branches_on_arrays(x, n):
    u = x
    if x[0] > 0.0:
        for _ in ta.checkpoint(range(n), every=2):
            u = u * np.cos(u)
            u[0] = 1.0 + u[1]
    return (u * x).sum()


# -- the same as without ----------------------------------------------------------------------


def steps_themselves(steps, every=0):
    return steps


#: The library where `checkpoint` does nothing.
plainly = ModuleType("plainly")
plainly.checkpoint = steps_themselves


def without(f):
    """The function with ordinary loops, and so all that it calls of this file."""
    scope = {**globals(), "ta": plainly}
    for name in ("march", "relax", "power", "recursive", "slope"):
        inner = python_function(scope[name])
        scope[name] = FunctionType(inner.__code__, scope, name, inner.__defaults__)
    f = python_function(f)
    return FunctionType(f.__code__, scope, f.__name__, f.__defaults__, f.__closure__)


def copied(args):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


@pytest.mark.parametrize("name", CASES)
def test_uncompiled(name):
    f, args = CASES[name]
    plain, given = without(f), copied(args)
    value, gradient = uncompiled(ta.value_and_grad, python_function(f), *given)
    expected, truth = uncompiled(ta.value_and_grad, plain, *copied(args))
    assert value == expected
    np.testing.assert_allclose(gradient, truth, rtol=1e-11, atol=1e-11)
    np.testing.assert_array_equal(given[0], args[0])
    moved = differences(lambda x: plain(*copied((x, *args[1:]))), args[0])
    np.testing.assert_allclose(np.ravel(gradient), np.ravel(moved), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled(name):
    f, args = CASES[name]
    truth = ta.jacobian(f, mode="forward")(*copied(args))
    np.testing.assert_allclose(ta.grad(f)(*copied(args)), truth, rtol=1e-10, atol=1e-10)


# -- what is refused ----------------------------------------------------------------------------

REFUSED: list[tuple] = []


def refused(message, *args):
    def register(f):
        REFUSED.append((f, args, message))
        return f

    return register


@refused("cannot be left by break or return", 0.7)
def leaves(x):
    y = x
    for i in ta.checkpoint(range(9)):
        y = y * x
        if y < 0.1 * i:
            break
    return y


@refused("cannot be left by break or return", 0.7)
def returns(x):
    y = x
    for i in ta.checkpoint(range(9)):
        y = y * x
        if y < 0.1 * i:
            return y
    return 2.0 * y


@refused("takes a range, not an array", X)
def over_array(x):
    y = 1.0
    for a in ta.checkpoint(x):
        y = y * a
    return y


@refused("takes an integer, not a number", 0.7)
def interval_of_float(x):
    y = x
    for _ in ta.checkpoint(range(9), every=2.5):
        y = y * x
    return y


@refused("enumerate of a checkpoint", 0.7)
def enumerated(x):
    y = x
    for k, i in enumerate(ta.checkpoint(range(9))):
        y = y * x * k * i
    return y


@refused("give it a value before the loop", 0.7)
def set_by_first(x):
    y = x
    for i in ta.checkpoint(range(9)):
        if i == 0:
            z = x
        else:
            z = z * math.sin(x)
        y = y + z
    return y


@refused("give it a value before the loop", 0.7)
def set_by_first_inside(x):
    y = x
    for i in ta.checkpoint(range(9)):
        for j in range(2):
            if i + j == 0:
                z = x
            else:
                z = z * math.sin(x)
        y = y + z
    return y


@refused("does not outlive an iteration", 0.7)
def read_after(x):
    y = x
    for i in ta.checkpoint(range(9)):
        z = y * i
        y = y * math.sin(z)
    return y + z


@refused("does not outlive an iteration", 0.7)
def read_after_although_set_before(x):
    y = z = x
    for i in ta.checkpoint(range(9)):
        z = y * i
        y = y * math.sin(z)
    return y + z


@refused("does not outlive an iteration", 0.7)
def changed_index(x):
    y = x
    for i in ta.checkpoint(range(9)):
        y = y * math.sin(y) * i
        i = i + 1
    return y * i


@refused("give it one type", 0.7)
def other_type(x):
    y = x
    for i in ta.checkpoint(range(9)):
        y = y + np.full(3, x * i)
    return y


@refused("give it one type", X)
def array_of_integers(x):
    u = np.zeros(4, dtype=np.int64)
    for _ in ta.checkpoint(range(9)):
        u = u + x
    return u.sum()


@refused("run again and must find the same", X)
def draws(x):
    y = x[0]
    for _ in ta.checkpoint(range(9)):
        y = y * x[random.randint(0, 3)]
    return y


@refused("which a loop over ta.checkpoint cannot use", 0.7)
def function_from_before(x):
    y = x
    f = lambda z: z * x  # noqa: E731
    for _ in ta.checkpoint(range(9)):
        y = f(y)
    return y


@refused("may become the same array", X)
def becomes_one(x):
    u, v = x.copy(), x * x
    for i in ta.checkpoint(range(9), every=2):
        v[0] = u[1] * i
        u = v
    return u.sum() + v.sum()


@refused("does not outlive an iteration", 0.7)
def lost_before_a_loop(x):
    for _ in ta.checkpoint(range(2), every=3):
        x = 1.3
    while True:
        x = x * 1.0
        break
    return x


@refused("may become the same array", A)
def becomes_row(a):
    m = a.copy()
    row = m[0]
    for i in ta.checkpoint(range(9), every=2):
        m[1, 1] = row[0] * row[1]
        row = m[i % 2]
    return m.sum()


@refused("used later by another name", X)
def started_as_one(x):
    u = np.zeros(4)
    v = u
    for _ in ta.checkpoint(range(9), every=2):
        v[0] = u[1] + x[0]
        u, v = v, u
    return (u * v).sum()


@refused("used later by another name", X)
def another_name(x):
    u, v = x.copy(), np.zeros(4)
    w = u[1:]
    for _ in ta.checkpoint(range(9), every=2):
        v[:] = np.sin(u)
        u, v = v, u
    return w.sum()


@refused("used later by another name", A)
def row_of_given(a):
    m = a.copy()
    row = m[0]
    for _ in ta.checkpoint(range(9), every=2):
        m[0] = np.sin(m[1])
        row = row * m[1]
    return row.sum()


@refused("used later by another name", X)
def argument_of_caller(x):
    u = x.copy()
    sideways(u)
    return u.sum()


def sideways(u):
    v = np.zeros(4)
    w = u
    for _ in ta.checkpoint(range(5), every=2):
        v[:] = np.sin(w)
        w, v = v, w


@refused("used later by another name", X)
def in_another_round(x):
    u, v, w = x.copy(), np.zeros(4), np.ones(4)
    s = 0.0
    for _ in range(2):
        for _ in ta.checkpoint(range(3), every=2):
            v[:] = np.sin(u)
            u, v = v, u
        s += w[0]
        w = u
    return s


@pytest.mark.parametrize(("f", "args", "message"), REFUSED)
def test_refusals(f, args, message):
    with pytest.raises(ta.UnsupportedError, match=message) as error:
        uncompiled(ta.grad, f, *args)
    assert "test_checkpoint.py" in str(error.value)


def test_shapes_must_stay():
    def grows(x):
        u = x
        for _ in ta.checkpoint(range(3), every=2):
            u = np.concatenate((u, x))
        return u.sum()

    with pytest.raises(ta.ShapeError, match="u changes its shape"):
        uncompiled(ta.grad, grows, X)


# -- effects --------------------------------------------------------------------------------------


def test_prints_once(capsys):
    def shown(x):
        y = x
        for i in ta.checkpoint(range(4), every=2):
            y = y * math.sin(y)
            if i % 2:
                print(i)
        return y

    uncompiled(ta.grad, shown, 0.7)
    assert capsys.readouterr().out == "1\n3\n"


def test_exceptions():
    def raises(x, k):
        y = x
        for i in ta.checkpoint(range(9), every=2):
            y = y + x / (i - k)
            if y > 50.0:
                raise ValueError("too large")
        return y

    with pytest.raises(ZeroDivisionError):
        uncompiled(ta.grad, raises, 0.7, 5)
    with pytest.raises(ValueError, match="too large"):
        uncompiled(ta.grad, raises, 70.0, 20.0)
    assert uncompiled(ta.grad, raises, 0.7, 20) == pytest.approx(raises(1.0, 20))


# -- other transforms, and other places ---------------------------------------------------------


@njit
def of_others(x, n):
    return number(x, n) ** 2 + number(2.0 * x, n + 1)


number = njit(number)
swapped = njit(swapped)


@njit
def states(x, n):
    """All states of a system with two variables, and the last."""
    path = np.zeros((n + 1, 2))
    p, q = x[0], x[1]
    path[0, 0] = p
    for i in ta.checkpoint(range(n), every=2):
        q = q - 0.1 * math.sin(p)
        p = p + 0.1 * q
        path[i + 1] = np.array([p, q])
    return path


def test_ordinary_loop_elsewhere():
    assert number(0.7, 10) == python_function(number)(0.7, 10)
    assert list(ta.checkpoint(range(3), every=2)) == [0, 1, 2]
    coefficients = ta.taylor(number, 2)(0.7, 10)
    assert coefficients[1] == pytest.approx(ta.grad(number)(0.7, 10))


def test_called_by_others():
    value, gradient = ta.value_and_grad(of_others)(0.7, 6)
    assert value == of_others(0.7, 6)
    assert gradient == pytest.approx(ta.derivative(of_others)(0.7, 6))

    gradient_of = ta.grad(number)

    @njit
    def newton(x):
        return x - number(x, 10) / gradient_of(x, 10)

    assert newton(0.7) == 0.7 - number(0.7, 10) / gradient_of(0.7, 10)


def test_higher_derivatives():
    second = ta.derivative(number, 2)(0.7, 10)
    assert ta.derivative(ta.grad(number))(0.7, 10) == pytest.approx(second)
    v = 1e-4 * np.array([1.0, -0.5, 0.25, 2.0])
    after, before = (uncompiled(ta.grad, without(swapped), X + d, 5) for d in (v, -v))
    np.testing.assert_allclose(ta.hvp(swapped)(X, v, 5), (after - before) / 2, rtol=1e-6)


def test_array_results():
    x = np.array([0.4, 1.3])
    u = np.linspace(-1.0, 2.0, 14).reshape(7, 2)
    value, product = uncompiled(ta.vjp, python_function(states), x, u, 6)
    np.testing.assert_array_equal(value, python_function(states)(x, 6))
    _, truth = uncompiled(ta.vjp, without(states), x, u, 6)
    np.testing.assert_allclose(product, truth, rtol=1e-12)


# -- memory -------------------------------------------------------------------------------------


def peak(f, *args):
    """The most memory that a gradient's text holds at a time, run by Python, in states."""
    (function,) = ta.grad(f).functions_for(tuple(map(typeof, args)))
    function(*args)  # what is made once is made
    tracemalloc.start()
    function(*args)
    found = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found / args[0].nbytes


def rotation(u, steps, every):
    for _ in ta.checkpoint(range(steps), every):
        u = np.sin(u)
    return u.sum()


def rotation_in_levels(u, steps):
    """Three levels: checkpoints of all, of a tenth, and what a hundredth keeps."""
    for _ in ta.checkpoint(range(steps // 100), every=1):
        for _ in ta.checkpoint(range(100), every=10):
            u = np.sin(u)
    return u.sum()


def test_memory():
    u = np.linspace(0.1, 0.9, 2000)
    assert peak(without(rotation), u, 400, 0) > 400
    assert peak(rotation, u, 400, 0) < 2 * 20 + 20
    assert peak(rotation, u, 400, 5) < 80 + 5 + 20
    assert peak(rotation_in_levels, u, 1000) < 10 + 10 + 10 + 25
    given = u[:5]
    truth = uncompiled(ta.grad, without(rotation), given, 300, 0)
    np.testing.assert_allclose(uncompiled(ta.grad, rotation_in_levels, given, 300), truth)


def path_of(u, steps, every):
    path = np.zeros((steps + 1, u.size))
    path[0] = u
    for k in ta.checkpoint(range(steps), every):
        u = np.sin(u)
        path[k + 1] = u
    return (path * path).sum()


def test_memory_of_what_is_only_written():
    u = np.linspace(0.1, 0.9, 500)
    assert peak(path_of, u, 100, 0) < 4 * 100 + 60
    truth = uncompiled(ta.grad, without(path_of), u, 100, 0)
    np.testing.assert_allclose(uncompiled(ta.grad, path_of, u, 100, 0), truth)


def test_text_is_lean():
    """A segment takes what it reads, and an array is kept once a segment."""
    text = ta.source(ta.grad(python_function(swapped)), X, 5)
    assert "def swapped_steps(first, last, v, u)" in text.replace("u, v)", "v, u)")
    assert text.count(".append(u.copy())") == text.count(".append(v.copy())") == 1
    assert text.count(".append(") == 2
