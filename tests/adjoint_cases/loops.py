# ruff: noqa: B905, B007 - constructs as users write them
"""Loops and their exits."""

from __future__ import annotations

from itertools import product

import numpy as np
from numba import njit

from .register import CASES, TABLE, WEIGHTS, A, X, case


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


@case(A)
def all_indices(a):
    s = 0.0
    for i, j in np.ndindex(a.shape):
        s = s * 0.5 + a[i, j] ** 2 * (i + 2 * j)
    for i in np.ndindex(2):
        s += a[i[0], 1]
    for place, v in np.ndenumerate(a):
        s += v * v * place[1]
    for (i, j, k), v in np.ndenumerate(a.reshape(1, 3, 2)):
        s = s * 0.9 + v * (i + j * k)
    return s


@case(X)
def element_met_from_both_ends(x):
    """The first iteration's element, counted from the end, is the last one's."""
    out = np.zeros(x.size)
    for i in range(x.size + 1):
        out[i - 1] = x[i // 2] * (i + 1)
    s = 0.0
    for i in range(x.size):
        s += out[i] * out[i] * (i + 1)
    return s


@case(X)
def over_all_but_the_last(x):
    s = 0.0
    for i in range(x.size - 2):
        s += x[i] * x[i]
    return s


@case(X)
def over_none(x):
    s = 1.0
    for i in range(x.size - 6):
        s += x[i] * x[i]
    return s


@case(X)
def over_some_by_branch(x):
    s = 0.0
    for i in range(x.size):
        if x[i] > 0.5:
            s += x[i] * x[i]
    return s


@case(A)
def over_all_rows(a):
    h = np.array([0.3, 0.2, -0.4])
    for i in range(a.shape[0]):
        h = h * (a[i] @ h)
    return np.sum(h)


@case(A)
def over_all_rows_but_one(a):
    h = np.array([0.3, 0.2, -0.4])
    for i in range(a.shape[0] - 1):
        h = h * (a[i] @ h)
    return np.sum(h)


@case(A)
def over_a_part_of_each_row(a):
    s = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1] - 1):
            s += a[i, j] * a[i, j]
    return s
