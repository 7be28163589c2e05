# ruff: noqa: B905, SIM108, B007, SIM300, RUF021, E731, RUF007 - constructs as users write them
"""The language of reverse mode: each construct's gradient against differences, and compiled.

A case is an ordinary function and its arguments, the first of which is differentiated.  Its
adjoint runs uncompiled and is compared with differences of the function, extrapolated; a
share runs compiled, against forward mode.
"""

from __future__ import annotations

import enum
import math
from collections import namedtuple
from itertools import pairwise, product
from math import sin

import numpy as np
import pytest
from numba import literal_unroll, njit, prange, typeof

import taylorad as ta

X = np.array([0.7, -1.3, 0.4, 2.1])
A = np.array([[0.3, 1.2, -0.5], [0.8, -0.7, 1.9]])
CASES: dict[str, tuple] = {}
COMPILED: list[str] = []


def case(*args, compiled=False):
    """Register a function with its arguments."""

    def register(f):
        CASES[f.__name__] = f, args
        if compiled:
            COMPILED.append(f.__name__)
        return f

    return register


def differences(f, x):
    """The gradient of f at x by central differences, extrapolated to order 6."""
    flat = np.ravel(np.array(x, dtype=float))
    result = np.empty(flat.size)
    for i in range(flat.size):
        table = []
        for h in (4e-3, 2e-3, 1e-3):
            ends = []
            for sign in (1, -1):
                moved = flat.copy()
                moved[i] += sign * h
                ends.append(f(_as(x, moved)))
            table.append((ends[0] - ends[1]) / (2 * h))
        first = [(4 * b - a) / 3 for a, b in pairwise(table)]
        result[i] = (16 * first[1] - first[0]) / 15
    return result


def _as(x, flat):
    """Numbers in the form of an argument."""
    if isinstance(x, tuple):
        return type(x)(*flat) if hasattr(x, "_fields") else tuple(flat.tolist())
    return flat.reshape(x.shape) if isinstance(x, np.ndarray) else float(flat[0])


def _copied(args):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def uncompiled(transform, f, *args):
    """The result of a derivative's text, run by Python."""
    (function,) = transform(f).functions_for(tuple(map(typeof, args)))
    return function(*args)


# -- functions and how they are given -----------------------------------------------------

Pair = namedtuple("Pair", "first second")
SCALE, COUNT, FLAG = 1.5, 3, True
WEIGHTS, TABLE = (0.2, 0.5, 0.3), np.array([1.0, 2.0, 4.0, 8.0])
SIZES = np.array([2, 0, 1, 3])
SETTING = Pair(0.5, (2, 3.0))
NUMPY_FLOAT = np.float64(0.25)


def plain(a, b=2.0):
    return a * a + b


@njit
def compiled(a):
    return np.sin(a) * a


@njit
def square(a):
    return a * a


def apply_to(function, a):
    return function(a) + 1.0


@njit
def early(v, limit):
    for i in range(v.size):
        if v[i] > limit:
            return v[i] * v[i]
        for j in range(2):
            if v[i] * j < -limit:
                return v[i] - j
    return v[0]


@njit
def fill_squares(v, out):
    for i in range(v.size):
        out[i] = v[i] * v[i]


@njit
def sum_and_product(a, b):
    return a + b, a * b


@njit
def doubled(v):
    out = np.empty(v.size)
    for i in range(v.size):
        out[i] = 2.0 * v[i]
    return out


@njit
def with_defaults(a, scale=2.0, shift=0.5):
    return scale * a + shift


@njit
def of_many(first, *rest):
    total = first
    for r in rest:
        total = total * r + 1.0
    return total


def power_of(n):
    def power(a):
        return a**n

    return power


cube = power_of(3)
FUNCTIONS = (compiled, square)


class Model:
    scale = 1.5

    @staticmethod
    def energy(x):
        return 0.5 * x * x

    def unbound(x):
        return x**3 - x


CASES["static method"] = Model.energy, (1.2,)
CASES["unbound method"] = Model.unbound, (1.2,)
CASES["lambda"] = (lambda x: x * sin(x)), (0.7,)
TWO = ((lambda x: x * x), (lambda x: x * x * x))
CASES["first of two lambdas"] = TWO[0], (0.7,)
CASES["second of two lambdas"] = TWO[1], (0.7,)
CASES["closure"] = power_of(4), (0.7,)
CASES["dispatcher"] = compiled, (0.7,)
CASES["parenthesised lambda"] = (
    lambda x: (
        x[0]
        * x[1]
    ),
    (X,),
)  # fmt: skip


def _closing():
    factor, table, pair = 1.5, np.array([1.0, 3.0]), (2.0, 4)

    def inner(a):
        return factor * a

    def outer(x):
        return inner(x) * table[1] + pair[0] * x ** pair[1]

    return outer


CASES["closure over many"] = _closing(), (0.7,)


@case(0.7)
def calls_plain_and_compiled(x):
    return plain(x) + compiled(plain(x, 1.0)) + plain(b=x, a=2.0)


@case(0.7, compiled=True)
def calls_with_defaults(x):
    return with_defaults(x) + with_defaults(x, 3.0, shift=x) + of_many(x, 2.0, x)


@case(0.7)
def calls_with_star(x):
    pair = (x, 2.0, x * x)
    return of_many(*pair) + of_many(1.0, *pair[1:])


@case(0.7)
def functions_as_arguments(x):
    return apply_to(compiled, x) + apply_to(cube, x) + apply_to(math.sin, x)


@case(0.7)
def functions_in_tuples(x):
    s = 0.0
    for function in literal_unroll(FUNCTIONS):
        s += function(x)
    return s + FUNCTIONS[1](x)


@case(0.7)
def functions_in_variables(x):
    f = square
    g = f
    return g(x) + apply_to(f, x)


@case(X, compiled=True)
def early_returns_of_callees(x):
    return early(x, 0.5) + 2.0 * early(x[1:], 0.3) + early(x[:2], 10.0)


@case(X)
def results_of_callees(x):
    a, b = sum_and_product(x[0], x[1])
    both = sum_and_product(a, b)
    y = doubled(x)
    out = np.zeros(4)
    fill_squares(y, out)
    return both[0] * both[1] + out[2] * y[3]


@case(X)
def none_of_a_callee(x):
    out = np.zeros(4)
    nothing = fill_squares(x, out)
    if nothing is None:
        return out[1] * out[2]
    return 0.0


def _tail_return(x, n):
    if n == 0:
        return x
    elif n == 1:
        return x * x
    return x * x * x


@case(0.7)
def returns_of_branches(x):
    return _tail_return(x, 0) + _tail_return(x, 1) + _tail_return(x, 2)


@case(0.7, 1.1)
def arguments_not_differentiated(x, y):
    return x * y + y * y


@case((0.3, 0.9))
def tuple_argument(x):
    a, b = x
    return a * b + x[0] ** 2 + x[-1]


@case(Pair(0.3, 0.9))
def named_argument(p):
    return p.first * p.second + p[0]


@case((0.3, 0.9, 0.4))
def loop_over_tuple_argument(x):
    s = 1.0
    for v in x:
        s *= v + 0.5
    return s + sum(x)


# -- names --------------------------------------------------------------------------------


@case(0.7, compiled=True)
def globals_of_all_kinds(x):
    s = SCALE * x + COUNT + NUMPY_FLOAT * x
    if FLAG:
        s += WEIGHTS[1] * x + TABLE[2] * x * x
    return s + SETTING.first * x + SETTING.second[1] * x ** SETTING.second[0]


@case(X)
def integer_array_global(x):
    s = 0.0
    for i in range(4):
        s = s * 0.5 + x[SIZES[i]] * (i + 1)
    return s


@case(0.7)
def constants_of_modules(x):
    return x * math.pi + np.e * x + np.pi + math.tau * x * x + np.finfo(np.float64).eps


@case(0.7)
def infinity(x):
    best = np.inf
    for i in range(3):
        value = (x - i) ** 2
        if value < best:
            best = value
    return best


@case(0.7)
def walrus(x):
    if (y := x * x) > 0.1:
        return y * x + (z := 2.0 * y) + z
    return y


# -- numbers ------------------------------------------------------------------------------


@case(X, 7, compiled=True)
def integers(x, n):
    a = n // 2 + n % 3 - (n << 1) + (n >> 1)
    b = (n & 5) | (a ^ 3)
    c = ~b + abs(-n) + min(n, a, 2) + max(n, b)
    d, e = divmod(n, 3)
    k = n**2 + 2**d + int(2.7) + round(2.6)
    return x[abs(a) % 4] * c + x[e] * k + x[2] * b


@case(0.7, 5)
def negative_integers(x, n):
    return x * (-n // 2) + x * x * (-n % 3) + x**3 * (n // -2) + x**4 * (n % -3)


@case(0.7)
def floats_divided(x):
    y = x * 10.0
    return y // 2.0 + y % 2.0 * x + np.fmod(y, 3.0) * x + (-y) % 3.0


@case(0.7)
def divmod_of_floats(x):
    q, r = divmod(x * 10.0, 1.5)
    return q * x + r * r


@case(X)
def truth_values(x):
    a = x[0] > 0
    b = not a
    s = x[0] * a + x[1] * b + True * x[2]
    c = (x[1] > 0) + (x[2] > 0)
    if a & (x[2] > 0) | b:
        s += c * x[3]
    return s


@case(X)
def rounding(x):
    return x[0] * round(x[3]) + int(x[3]) * x[1] + math.floor(x[1]) * x[2] + np.ceil(x[0]) * x[3]


@case(X)
def conversions(x):
    n = int(x[3])
    return float(n) * x[0] + np.float64(n) * x[1] + np.int64(n + 1) * x[2] + x[0] * bool(n)


@case(X)
def extremes(x):
    return max(x[0], x[1], x[2]) * min(x[0], x[1], x[3]) + max(x[0], 0.0) + max((x[1], x[3]))


@case(0.7)
def powers(x):
    n = 3
    return x**n + x**-2 + x**0.5 + 2.0**x + x**x + pow(x, 2) + (-x) ** 2 + x**0 + x**1


@case(0.7)
def absolute_values(x):
    return abs(x) * abs(-x) + np.abs(x - 1.0) + math.fabs(x)


@case(0.7)
def sum_of_tuples(x):
    return sum((x, x * x, 2.0)) + sum((x, 1), 3.0) + sum(WEIGHTS) * x


@case(0.7)
def all_and_any(x):
    s = x
    if all((x > 0, x < 1)):
        s *= 2.0
    if any((x > 5, x < 1)):
        s *= x
    return s


@case(0.7)
def real_part(x):
    return x.real * 2.0 * x + x.imag


# -- conditions ---------------------------------------------------------------------------


@case(X)
def chained_comparisons(x):
    s = 0.0
    for v in x:
        if -1.0 < v < 1.0:
            s += v * v
        elif 1.0 < v <= 2.5 != 7:
            s += 3.0 * v
    return s


@case(X, compiled=True)
def boolean_operators(x):
    s = 0.0
    for i in range(x.size):
        if i > 0 and x[i - 1] > 0.0 or x[i] > 2.0:
            s += x[i] ** 2
        if not (i == 1 or x[i] < 0):
            s += x[i]
    return s


@case(X)
def conditional_expressions(x):
    s = x[0] if x[0] > 0 else -x[0]
    t = x[1] * 2.0 if x[1] > 5 else (x[2] if x[2] > 0 else 1.0)
    n = 1 if x[3] > 0 else 2
    return s * t * n


@case(X)
def membership(x):
    s = 0.0
    for i in range(4):
        if i in (1, 3):
            s += x[i] ** 2
        if i not in (0, 1):
            s += x[i]
    return s


@case(X)
def branches_without_else(x):
    y = x[0]
    if x[1] < 0:
        y = y * x[1]
    if x[2] < 0:
        y = 0.0
    return y


@case(X)
def set_on_one_path(x):
    for i in range(4):
        if i == 0:
            y = x[i]
        else:
            y = y * 0.5 + x[i] ** 2
    return y


@case(0.7)
def unify_integer_and_float(x):
    y = 0
    if x > 0:
        y = x
    z = 1
    for _ in range(3):
        z = z * x
    return y + z


@case(0.7, None)
def is_none(x, y):
    if y is None:
        y = 2.0
    return x * y


def default_none(x, y=None, z=3.0):
    if y is not None:
        return x
    return x * z


def test_default_arguments():
    assert ta.grad(default_none)(0.7) == 3.0
    assert ta.grad(default_none)(0.7, None, 2.0) == 2.0
    assert ta.grad(default_none)(0.7, 1) == 1.0


@case(0.7, "two")
def text_argument(x, mode):
    if mode == "one":
        return x
    elif mode in ("two", "three"):
        return x * x
    return 0.0


# -- loops --------------------------------------------------------------------------------


@case(X, compiled=True)
def over_elements(x):
    s = 0.0
    for v in x:
        s += v * v
        if v > 2:
            s *= v
    return s


@case(A)
def over_rows(a):
    s = 0.0
    for row in a:
        p = 1.0
        for v in row:
            p *= v
        s += p
    return s


@case(A)
def over_columns(a):
    s = 0.0
    for column in a.T:
        s = s * 0.5 + column[0] * column[1]
    return s


@case(X, compiled=True)
def enumerated(x):
    s = 0.0
    for i, v in enumerate(x):
        s += i * v * v
    for k, v in enumerate(x[1:], 1):
        s += v * x[k - 1]
    for i, (u, v) in enumerate(zip(x, x[::-1])):
        s += u * v * i
    return s


@case(X)
def enumerated_from(x):
    s = 0.0
    for k, v in enumerate(x, start=2):
        s += k * v * v
    return s


@case(X)
def zipped(x):
    s = 0.0
    for u, v, w in zip(x, x[1:], TABLE):
        s += u * v * w
    for i, v in zip(range(1, 9, 2), x):
        s += v**i
    return s


@case((0.3, 0.9, 0.4))
def zipped_tuples(x):
    s = 0.0
    for a, w in zip(x, WEIGHTS):
        s += a * a * w
    for i, a in enumerate(x):
        s *= a + i
    return s


@case(X)
def reversed_ranges(x):
    s = 0.0
    for i in reversed(range(4)):
        s = s * 0.7 + x[i]
    for i in reversed(range(1, 4, 2)):
        s = s * x[i]
    for v in reversed(x):
        s = s * 0.5 + v
    return s


@case(X)
def descending(x):
    s = 0.0
    for i in range(x.size - 1, -1, -1):
        s = s * 0.7 + x[i] ** 2
    for i in range(3, 0, -2):
        s = s * x[i]
    return s


def _stepped(x, start, stop, step):
    s = 1.0
    for i in range(start, stop, step):
        s = s * 0.5 + x[i] * x[i]
    return s


for _i, _bounds in enumerate(product((0, 3, 1), (4, -1, 1, 0), (1, 2, -1, -3))):
    CASES[f"range{_bounds}"] = _stepped, (X, *_bounds)


@case(X, -3)
def negative_bounds(x, n):
    s = 0.0
    for i in range(n, 0):
        s = s * 0.5 + x[i] * i
    for i in range(n):
        s += x[i]
    return s


@case(X)
def index_after_the_loop(x):
    s = 0.0
    for i in range(3):
        s += x[i] ** 2
    return s * x[i + 1] * i


@case(X)
def index_after_break(x):
    k = 0
    for k in range(4):
        if x[k] < 0:
            break
    return x[k] ** 2 * k


@case(X, 0)
def index_after_an_empty_loop(x, n):
    i = 2
    for i in range(n):
        pass
    return x[i] ** 2


@case(X)
def index_reassigned(x):
    s = 0.0
    for i in range(2):
        i = i + 1
        s += x[i] ** 2
        i *= 2
    return s * i


@case(X, compiled=True)
def break_and_continue(x):
    s = 0.0
    for i in range(x.size):
        if x[i] < 0:
            continue
        s = s * 0.5 + x[i] ** 2
        if s > 1.5:
            break
        s += 0.1 * x[i]
    return s


@case(X)
def nested_exits(x):
    s = 0.0
    for i in range(4):
        for j in range(4):
            if j == i:
                continue
            if x[j] > 2.0:
                break
            s += x[i] * x[j]
        else:
            s *= 2.0
        if s < -50:
            return s
    return s


@case(X)
def endless_with_break(x):
    s, i = 0.0, 0
    while True:
        s += x[i] ** 2
        i += 1
        if i == 4:
            break
    return s


@case(X)
def endless_with_return(x):
    s, i = 0.0, 0
    while True:
        s += x[i] ** 2
        if s > 1.0:
            return s * x[i]
        i += 1


@case(X)
def while_else(x):
    i, s = 0, 1.0
    while i < 3:
        s *= x[i]
        i += 1
        if s > 100.0:
            break
    else:
        s *= x[3]
    for v in x:
        if v > 2:
            s *= v
            break
    else:
        s = 0.0
    return s


@njit
def _bumped(v):
    v[0] += 1.0
    return v[0]


@case(X)
def writing_in_a_test(x):
    y = x.copy()
    s = 0.0
    while _bumped(y) < 4.0:
        s += y[0] * x[1]
    return s


@case(X, compiled=True)
def newton(x):
    y, steps = 1.0, 0
    while abs(y * y - x[3]) > 1e-15 and steps < 20:
        y -= (y * y - x[3]) / (2.0 * y)
        steps += 1
    return y


@case(X)
def walrus_in_test(x):
    i, s = 0, 0.0
    while (v := x[i]) < 2.0:
        s += v * v
        i += 1
    return s + v


@case(X)
def loop_in_loop_in_loop(x):
    s = 0.0
    for i in range(4):
        for j in range(i, 4):
            t = 1.0
            for k in range(j):
                t *= x[k]
            s += t * x[i]
    return s


@case(0.7)
def integers_that_become_floats(x):
    a = b = c = 0
    for _i in range(2):
        for _j in range(2):
            a += x
            b = b + a
        c += b * x
    return a + b * c


@case(0.7)
def comprehension_over_tuples(x):
    t = sum([w * x**2 for w in WEIGHTS])
    return t * x


# -- tuples -------------------------------------------------------------------------------


@case(0.7)
def fibonacci(x):
    a, b = 1.0, x
    for _ in range(5):
        a, b = b, a + b * x
    return a * b


@case(0.7)
def state_in_a_tuple(x):
    state = (x, 1.0)
    for _ in range(3):
        state = (state[0] * state[1], state[1] + x)
    return state[0] + state[1]


@case(0.7)
def named_state(x):
    state = Pair(x, (1.0, 2))
    for i in range(3):
        state = Pair(state.first * x, second=(state.second[0] + x, i))
    state = state._replace(first=state.first * 2.0)
    return state.first * state.second[0] + state.second[1]


@case(0.7)
def tuples_joined(x):
    t = (x, 2.0) + (x * x,) + 2 * (x,) + (1.0,) * 2
    a, *rest, last = t
    u, (v, w) = 1.0, (x, x)
    return a * t[1] * t[-1] + sum(rest) * last + t[1:3][1] * u * v * w + len(t)


@case(X)
def index_into_a_tuple(x):
    t = (x[0], x[1] * x[2], x[3])
    s = 0.0
    for i in range(3):
        s += t[i] * (i + 1)
    return s * t[-1]


@case(X)
def arrays_in_tuples(x):
    y, z = x.copy(), x.copy()
    pair = (y, z)
    for i in range(3):
        pair[0][i] += pair[1][i + 1] ** 2
        pair = (pair[1], pair[0])
    return pair[0][1] * pair[1][2] + y[0]


@case(X)
def swapped_elements(x):
    y = x.copy()
    y[0], y[3] = y[3], y[0]
    y[1], s = y[0] * y[1], y[2]
    return y[0] * y[1] * 2.0 + s * y[3] ** 2


@case(X)
def unpacked_array(x):
    a, b, c, d = x
    return a * b + c * d * d


@case(X)
def compared_tuples(x):
    if (1, 2) == (1, x.size - 2) and x.shape == (4,):
        return x[0] * x[1]
    return 0.0


@case(X)
def several_targets(x):
    a = b = x[0] * x[1]
    a += 1.0
    return a * b


@case(X)
def small_list(x):
    total = 0.0
    values = [x[0], x[1] ** 2, 2.0]
    for v in values:
        total += v * v
    for i in range(len(values)):
        total += values[i] * i
    return total * values[0] * values[-1]


@case(X)
def deleted(x):
    y = x[0] * x[1]
    z = y * y
    del y
    return z


# -- combinations ------------------------------------------------------------------------


@case(X)
def inner_function(x):
    k = 2.0

    def g(a, b=k):
        return a * b + x[0]

    h = lambda a: g(a) * a
    s = 0.0
    for i in range(3):
        k = k + 1.0
        s += h(x[i]) * k
    return s


@case(X)
def inner_shadow(x):
    sin = x[0]

    def g(a):
        t = a * sin
        return t * t

    t = 3.0
    return g(x[1]) + t * g(2.0)


@case(X)
def or_values(x):
    n = 0
    m = n or 3
    k = m and 2
    return x[k] * m + (x[0] if n or m > 2 else x[1])


@case(X)
def prange_loop(x):
    s = 0.0
    for i in prange(4):
        s += x[i] ** 2
    return s


@case(X)
def tuple_loop_break(x):
    s = 0.0
    for w in (1.0, 2, 3.0):
        s += w * x[0]
        if s > 2.0:
            break
        s *= x[1]
    else:
        s = 5.0
    return s


@case(X)
def tuple_loop_continue(x):
    s = 0.0
    for w in (1, 2, 3):
        if w == 2:
            continue
        s += x[w]
    return s


@case(X)
def return_in_tuple_loop(x):
    s = 0.0
    for w in (1.0, 2.0, 3.0):
        s += w * x[0]
        if s > 2.0:
            return s * x[1]
    return s


@case(X)
def nested_tuple_state(x):
    state = ((x[0], 1), (x[1], x[2]))
    for i in range(3):
        (a, n), (b, c) = state
        state = ((a * b, n + 1), (c, a + b * n))
    return state[0][0] * state[0][1] + state[1][0] * state[1][1]


@case(X)
def while_complex(x):
    i = 0
    s = 0.0
    while i < 4 and x[i] < 2.0 and not (s > 10.0 or i == 7):
        j = 0
        while True:
            j += 1
            if j > i:
                break
            if x[j] < 0:
                continue
            s += x[j] * x[i]
        i += 1
    return s + i


@case(X)
def variable_changes_type(x):
    y = 1
    for i in range(4):
        if i == 2:
            y = y * x[i]
        else:
            y = y + i
    return y


@case(X)
def array_reassigned(x):
    y = np.zeros(4)
    z = np.ones(4)
    for i in range(4):
        y[i] = x[i] ** 2
        y, z = z, y
    return y[0] * y[1] + z[2] * z[3] + y[3]


@case(X)
def array_on_branch(x):
    y = x.copy()
    z = np.zeros(4)
    w = y if x[0] > 0 else z
    w[1] = x[2] * x[3]
    if x[1] > 0:
        v = y
    else:
        v = z
    v[0] += w[1]
    return y[1] * y[0] + z[0] * 2.0


@case(X)
def helper_mutates_and_returns(x):
    def scale(v, k):
        for i in range(v.size):
            v[i] *= k
        return v[0]

    y = x.copy()
    a = scale(y, x[1])
    b = scale(y[1:], a)
    return a * b + y[3]


@case(X, 3)
def counted_down(x, n):
    s = 1.0
    while n:
        s *= x[n]
        n -= 1
    return s


@case(X)
def int_of_float(x):
    i = int(x[3] * 1.3)
    t = x[3] * 1.3 - i
    return x[i] * (1 - t) + x[i + 1] * t


@case(X)
def dynamic_tuple_index(x):
    t = (0.1, 0.2, 0.7, 1.9)
    s = 0.0
    for i in range(4):
        s += t[i] * x[i] + t[-i - 1] * x[i] ** 2
    return s


@case(X)
def conditional_tuple(x):
    a, b = (x[0], x[1]) if x[2] > 0 else (x[1], x[0])
    return a - b * 2.0


@case(X)
def star_print(x):
    print("value", x[0], (1, x[1]))
    return x[0] * x[1]


@case(X)
def print_in_loop(x):
    s = 0.0
    for i in range(2):
        s += x[i] ** 2
        print(i, s)
    return s


@case(X, True)
def flag_argument(x, flag):
    if flag:
        return x[0] ** 2
    return x[1]


@case(X, np.array([2, 0, 1]))
def index_array(x, idx):
    s = 0.0
    for k in idx:
        s = s * 0.5 + x[k] ** 2
    return s


@case(X, np.array([True, False, True, True]))
def mask_array(x, m):
    s = 0.0
    for i in range(4):
        if m[i]:
            s += x[i] ** 2
        s += m[i] * x[i]
    return s


@case(X)
def random_inactive(x):
    np.random.seed(3)
    s = 0.0
    for i in range(4):
        s += np.random.rand() * x[i] ** 2
    return s


@case(X)
def power_int_dynamic(x):
    s = 0.0
    for k in range(4):
        s += x[0] ** k + x[1] ** (k - 1) + 2**k * x[2]
    return s


@case(X)
def while_else_return(x):
    i = 0
    while i < 3:
        if x[i] > 5:
            return x[i]
        i += 1
    else:
        x0 = x[i]
        return x0**2


@case(X)
def early_return_none_helper(x):
    def put(v, i, a):
        if i > 2:
            return
        v[i] = a

    y = np.zeros(4)
    for i in range(4):
        put(y, i, x[i] ** 2)
    return y[0] * y[1] + y[3]


@case(X)
def chained_assign_elements(x):
    y = np.zeros(3)
    y[0] = y[1] = x[0] * 2.0
    y[2], y[0] = y[0] * x[1], y[1] ** 2
    return y[0] + y[1] * y[2]


@case(X)
def element_aug(x):
    y = x.copy()
    y[0] *= y[1]
    y[1] /= x[3]
    y[2] **= 2
    y[3] -= y[0]
    y[3] %= 1.7
    return y[0] + y[1] * y[2] * y[3]


@case(X)
def nested_zip(x):
    s = 0.0
    for i, (a, (b, c)) in enumerate(zip(x, zip(x[1:], x[2:]))):
        s += a * b * c * i
    return s


@case(X)
def zip_tuple_array(x):
    s = 0.0
    for w, v in zip((1.0, 2.0, 3.0), x):
        s += w * v * v
    for w, v in zip((x[0], x[1], 2.0), x):
        s += w * v * v
    return s


@case(X)
def ternary_chain(x):
    s = 0.0
    for v in x:
        s += v if v > 1 else v * v if v > 0 else -v
    return s


@case(X)
def del_in_loop(x):
    s = 0.0
    for i in range(3):
        t = x[i] ** 2
        s += t
        del t
    return s


@case(X)
def loop_target_element(x):
    y = np.zeros(2)
    s = 0.0
    for y[0] in x:
        s += y[0] ** 2
    return s


@case(X)
def range_in_variable(x):
    r = range(1, 3)
    s = 0.0
    for i in r:
        for j in r:
            s += x[i] * x[j] * len(r)
    return s


@case(X)
def sum_generator(x):
    return sum(v * v for v in (x[0], x[1])) + max(abs(v) for v in (x[0], x[1], x[3]))


TRIPLE = np.array([1.5, 2.5, 3.5])
EMPTY = ()


class Mode(enum.IntEnum):
    FIRST = 1
    SECOND = 2


@case(X)
def aug_slices(x):
    y = x.copy()
    y[1:] += x[:-1]
    y[:2] *= 2.0
    y[::2] -= 1.0
    return y[0] * y[1] + y[2] * y[3]


@case(X)
def alias_view(x):
    y = x.copy()
    z = y[1:]
    z += 1.0
    z[0] = x[0] * x[1]
    return y[1] * y[2]


@case(X)
def enum_member(x):
    m = Mode.SECOND
    if m == Mode.SECOND:
        return x[0] * m
    return x[1]


@case(X)
def nested_if_flags(x):
    done = False
    s = 0.0
    for i in range(4):
        if not done:
            s += x[i] ** 2
            if s > 1.0:
                done = True
        else:
            s *= x[i]
    return s


@case(X)
def while_two_counters(x):
    i, j = 0, 3
    s = 0.0
    while i < j:
        s += x[i] * x[j]
        i += 1
        j -= 1
    return s * i * j


@case(X)
def multiple_while(x):
    s = x[0]
    k = 0
    while s < 10.0:
        s = s * 1.7 + x[2]
        k += 1
        if k % 3 == 0:
            continue
        while k % 3:
            k += 1
            s += 0.01 * x[3]
    return s * k


@case(X)
def chained_calls(x):
    def a(v):
        return v * v

    def b(v):
        return a(v) + a(v + 1.0)

    def c(v, f):
        return f(v) * f(2.0 * v)

    return c(x[0], b) + c(x[1], a) + c(x[2], lambda v: b(v) * x[3])


@case(X)
def helper_returns_view(x):
    def tail(v):
        return v[1:]

    y = x.copy()
    t = tail(tail(y))
    t[0] = x[0] ** 2
    return y[2] * y[3]


@case(X)
def tuple_of_arrays_loop(x):
    a = x * 1.0
    b = np.zeros(4)
    for arr in (a, b):
        for i in range(4):
            arr[i] += x[i] * x[i]
    return a[0] * b[1]


@case(X)
def swap_in_while(x):
    a, b = x.copy(), np.zeros(4)
    k = 0
    while k < 3:
        for i in range(4):
            b[i] = a[i] * a[(i + 1) % 4]
        a, b = b, a
        k += 1
    return a[0] + a[2]


@case(X)
def minmax_loop(x):
    lo = hi = x[0]
    where = 0
    for i in range(1, 4):
        if x[i] < lo:
            lo = x[i]
            where = i
        hi = max(hi, x[i])
    return (hi - lo) ** 2 * (where + 1)


@case(X)
def global_array_loop(x):
    s = 0.0
    for w in TRIPLE:
        s += w * x[0]
    for i, w in enumerate(TRIPLE):
        s += w * x[i] ** 2
    return s


@case(X)
def empty_tuple(x):
    s = x[0]
    for w in EMPTY:
        s *= w
    return s * x[1] + sum(EMPTY)


@case(X)
def int_accumulate(x):
    n = 0
    s = 0.0
    for i in range(4):
        n += i
        n |= 1
        n ^= 2
        n <<= 1
        n >>= 1
        n &= 255
        s += x[n % 4] * n
        n //= 2
        n %= 7
        n **= 1
    return s


@case(X)
def float_floor_loop(x):
    s = 0.0
    t = x[3] * 3
    while t > 1.0:
        t -= 1.0
        s += t * t
    return s


@case(X)
def assert_in_loop(x):
    s = 0.0
    for v in x:
        assert v > -5, "small"
        s += v * v
    return s


@case(X, 2)
def while_not(x, n):
    i = 0
    s = 1.0
    while not i >= n:
        s *= x[i] + 2.0
        i += 1
    return s


@case(X)
def tuple_aug(x):
    t = (x[0],)
    t += (x[1], x[2])
    s = 0.0
    for v in t:
        s += v * v
    return s


@case(X)
def names_clash(x):
    number = x[0]
    empty = x[1]
    zeros = number * empty
    pop = zeros * 2.0
    x_bar = pop * x[2]
    s_bar = 0.0
    for count in range(3):
        s_bar += x_bar * x[count]
    return s_bar


@case(X)
def kept_from_an_earlier_iteration(x):
    s = 0.0
    for i in range(4):
        if i % 2 == 0:
            t = x[i] * 2.0
        s += t * x[i]
    return s


@case(X)
def kept_until_after_the_loop(x):
    for i in range(4):
        if i == 1:
            t = x[i] * x[0]
    return t * t


@case(X)
def kept_through_nested_loops(x):
    s = 0.0
    for i in range(3):
        for j in range(3):
            if j == i and i < 2:
                t = x[i] * x[j]
            if i > 0:
                s += t * x[j]
    return s * t


@case(X)
def kept_array(x):
    s = 0.0
    for i in range(4):
        if i % 2 == 0:
            y = np.empty(2)
            y[0] = x[i]
            y[1] = x[i] * x[1]
        s += y[0] * y[1] * x[i]
    return s + y[0]


@case(X)
def kept_in_while(x):
    i = 0
    while i < 4:
        if x[i] < 1.0:
            t = x[i] ** 2
            k = i
        i += 1
    return t * x[k]


@case(X)
def kept_tuple(x):
    for i in range(4):
        if x[i] < 0.0:
            found = (i, x[i] * x[0])
    k, v = found
    return v * x[k]


@case(X)
def found_before_a_break(x):
    for i in range(4):
        if x[i] < 0:
            found = x[i]
            break
    else:
        found = 0.0
    return found * x[0]


@case(X)
def set_in_the_inner_loop(x):
    s = 0.0
    for i in range(3):
        for j in range(i + 1):
            t = x[i] * x[j]
        s += t
    return s * t * j


# -- kept for their effect ----------------------------------------------------------------


@case(0.7)
def asserts(x):
    assert x > 0
    assert x < 10, "too large"
    assert x < 10, f"too large: {x}"
    y = x * x
    assert y > 0, ("y", y)
    return y


@case(0.7)
def raises(x):
    if x < 0:
        raise ValueError("negative")
    if x > 1e9:
        raise OverflowError("large", x)
    if x == 5.0:
        raise RuntimeError
    return x * x


@case(0.7)
def passes(x):
    """Text."""
    ...
    pass
    if x > 0:
        pass
    y: float = x
    z: float
    z = y * x
    return z


def _none_when_done(x):
    y = x * x
    return y  # the rest is never reached
    y = 2.0 * y
    return y


CASES["dead code"] = _none_when_done, (0.7,)


@pytest.mark.parametrize("name", CASES)
def test_adjoint(name):
    f, args = CASES[name]
    python = getattr(f, "py_func", f)
    value, gradient = uncompiled(ta.value_and_grad, f, *_copied(args))
    assert value == python(*_copied(args))
    expected = differences(lambda x: python(x, *_copied(args[1:])), args[0])
    found = np.ravel(np.array(gradient, dtype=float))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled(name):
    f, args = CASES[name]
    np.testing.assert_allclose(ta.grad(f)(*args), ta.jacobian(f)(*args), rtol=1e-13, atol=1e-13)
