"""Variables that keep the value of an earlier iteration, or of the function around."""

from __future__ import annotations

import numpy as np

from .register import X, case


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


@case(X)
def closure_reads_carried(x):
    s = 0.0

    def g(a):
        return a * s + 1.0

    for i in range(3):
        s = s + g(x[i])
    return s


@case(X)
def inner_with_loops_and_returns(x):
    def find(v, limit):
        for i in range(v.size):
            if v[i] > limit:
                return i
        return -1

    k = find(x, 1.0)
    m = find(x, 100.0)
    t = 0.0
    for j in range(3):
        t += x[find(x, x[j] - 1.0)] * x[j]
    return x[k] * x[m] + t


@case(X)
def inner_kept(x):
    def last_positive(v):
        for i in range(v.size):
            if v[i] > 0:
                t = v[i]
        return t * t

    s = 0.0
    for i in range(2):
        s += last_positive(x[: 2 + i]) * x[i]
    return s


@case(X)
def kept_int_index(x):
    for i in range(4):
        if x[i] > 0:
            k = i
    return x[k] ** 2


@case(X)
def kept_swapped(x):
    a = x.copy()
    for i in range(4):
        if i % 2:
            b = a
            a = x * x[i]
    return a[0] * b[1]


@case(X)
def while_kept_array(x):
    i = 0
    while True:
        if i == 2:
            y = x * x[i]
        i += 1
        if i > 3:
            break
    return y[0] * y[3]


@case(X)
def nested_while_kept(x):
    i = 0
    s = 0.0
    while i < 3:
        j = 0
        while j < 3:
            if i == 0 and j == 1:
                t = x[i] * x[j]
            if i > 0:
                s += t * x[j]
                t = t * 0.5
            j += 1
        i += 1
    return s * t


@case(X)
def tuple_loop_kept(x):
    for w in (1.0, -2.0, 3.0):
        if w < 0:
            t = w * x[0]
    return t * t


@case(X)
def except_chain(x):
    s = x[0]
    for i in range(3):
        for j in range(3):
            if i == j:
                q = x[i]
            elif i > j:
                q = q * x[j]
            else:
                continue
            s += q
            if s > 50:
                break
        else:
            r = s
    return s * r * q
