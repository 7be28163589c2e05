# ruff: noqa: SIM108, RUF021 - constructs as users write them
"""Names, numbers and conditions."""

from __future__ import annotations

import math

import numpy as np

from .register import TABLE, WEIGHTS, Pair, X, case

SCALE, COUNT, FLAG = 1.5, 3, True
SIZES = np.array([2, 0, 1, 3])
SETTING = Pair(0.5, (2, 3.0))
NUMPY_FLOAT = np.float64(0.25)


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


@case(0.7, "two")
def text_argument(x, mode):
    if mode == "one":
        return x
    elif mode in ("two", "three"):
        return x * x
    return 0.0
