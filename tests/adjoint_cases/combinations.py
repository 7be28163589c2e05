# ruff: noqa: B905, SIM108, B007, E731, RUF007 - constructs as users write them
"""Constructs together."""

from __future__ import annotations

import numpy as np
from numba import prange

from .register import X, case


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
