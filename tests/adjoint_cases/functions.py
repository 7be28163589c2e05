"""Functions, and how they are given and called."""

from __future__ import annotations

import math
from math import sin

import numpy as np
from numba import literal_unroll, njit

from .register import CASES, Pair, X, case, compiled, square


def plain(a, b=2.0):
    return a * a + b


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
