"""What loops carry: variables, arrays and their views."""

from __future__ import annotations

import enum

import numpy as np

from .register import X, case

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
