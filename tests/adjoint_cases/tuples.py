# ruff: noqa: SIM300 - constructs as users write them
"""Tuples, named tuples, lists of fixed length."""

from __future__ import annotations

import numpy as np

from .register import Pair, X, case


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


@case(X)
def slices_from_tuples(x):
    y = np.zeros(4)
    y[1:3] = (x[0], x[1] * x[2])
    y[::3] = [x[3], 2.0]
    return y[1] * y[2] + y[0] * y[3]
