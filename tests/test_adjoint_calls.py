"""Functions that stay functions in reverse mode: recursion, and large ones called repeatedly.

A case is an ordinary function and its arguments, the first of which is differentiated.  Its
adjoint runs uncompiled and is compared with differences; a share runs compiled, against
forward mode, also where it is differentiated again.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import njit
from test_adjoint_language import differences, uncompiled

import taylorad as ta

X = np.array([0.7, -1.3, 0.4, 2.1, 0.9, -0.6, 1.7, 0.2])
#: A tree: for each node the range of its children.
FIRST = np.array([1, 3, 5, 0, 0, 6, 0, 0])
LAST = np.array([3, 5, 6, 0, 0, 8, 0, 0])
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


# -- numbers --------------------------------------------------------------------------------


@case(0.7, 4, compiled=True)
@njit
def binary(x, n):
    if n == 0:
        return x
    return math.sin(binary(x, n - 1)) * x + binary(x * 0.5, n - 1)


@case(0.7, 5)
def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


@case(0.7, 3)
def of_itself(x, n):
    if n == 0:
        return math.sin(x)
    return of_itself(of_itself(x, n - 1), n - 1) + x


@njit
def even(x, n):
    if n == 0:
        return x * x
    return odd(x, n - 1) * x


@njit
def odd(x, n):
    if n <= 0:
        return math.exp(x)
    return even(math.sin(x), n - 1) + x


@case(0.7, 5, compiled=True)
@njit
def mutual(x, n):
    return even(x, n) * odd(x, n)


@njit
def both(x, n):
    if n == 0:
        return x, 1.0, n
    a, b, depth = both(x * 0.9, n - 1)
    return a * b, math.sin(a) + x, depth + n


@case(0.7, 4, compiled=True)
@njit
def several_results(x, n):
    a, b, depth = both(x, n)
    return a * b * depth


@case(0.7, 3)
def widened(x, n):
    def_value = 1 if n == 0 else widened(x, n - 1) * x
    return def_value


def divisor(a, b):
    return a if b == 0 else divisor(b, a % b)


@case(0.7, 12)
def of_integers(x, n):
    return x ** divisor(n, 8) * divisor(n, 9)


@case(0.7)
def plain_beside_active(x):
    return binary(x, 2) * (binary(0.3, 3) + power(2.0, 3))


@case(0.7, 2)
def in_branches_and_loops(x, n):
    s = 0.0
    for i in range(4):
        if x * i > 1.0:
            s += binary(x * i, n) * s
        elif i % 2 == 0:
            s = s * binary(x + s, i) + power(s, 2)
            continue
        s *= 1.1
    return s


@case(0.7, 3)
def loop_inside(x, n):
    s = x
    for i in range(n):
        s = math.sin(s) * loop_inside(s * 0.5, i) + s * s
    return s


@case(0.4, 2)
def saved_in_loops(x, n):
    s = x
    if n > 0:
        for i in range(3):
            for j in range(i + 1):
                s = math.sin(s * (j + 1)) * x
            s += saved_in_loops(s, n - 1)
        while s > 1.0:
            s = s * math.exp(-s) * x
    return s


@case(0.7, 9)
def early(x, n):
    for i in range(3):
        if n < 2 + i:
            return x * i
        x = x * early(x, n // 2 - i) + 1.0
        if x > 3.0:
            break
    return x


def simpson(f, a, b, depth):
    m = 0.5 * (a + b)
    if depth == 0:
        return (f(a) + 4.0 * f(m) + f(b)) * (b - a) / 6.0
    return simpson(f, a, m, depth - 1) + simpson(f, m, b, depth - 1)


def bell(x):
    return math.exp(-x * x)


@case(0.7)
def of_a_function(x):
    return simpson(bell, 0.0, x, 3) * simpson(bell, x, x * x, 2)


@case(0.7, 3)
def with_default(x, n=3):
    return x if n == 0 else math.sin(with_default(x, n=n - 1)) + x


def checked(x, n):
    if n < 0:
        raise ValueError("negative")
    return x if n == 0 else x / checked(x, n - 1)


@case(0.7, 3)
def raises_errors(x, n):
    return checked(x, n)


# -- arrays that are read --------------------------------------------------------------------


@case(X, compiled=True)
@njit
def halves(x):
    n = x.size
    if n == 1:
        return x[0]
    return halves(x[: n // 2]) * math.sin(halves(x[n // 2 :])) + 0.3 * x[0]


@njit
def node(x, first, last, i):
    s = x[i] * x[i]
    for child in range(first[i], last[i]):
        s += math.sin(x[i]) * node(x, first, last, child)
    return s


@case(X, FIRST, LAST, compiled=True)
@njit
def tree(x, first, last):
    return node(x, first, last, 0)


@case(np.outer(X, X)[:4, :4] + np.eye(4))
def determinant(a):
    n = a.shape[0]
    if n == 1:
        return a[0, 0]
    s = 0.0
    for j in range(n):
        b = np.empty((n - 1, n - 1))
        for i in range(1, n):
            for k in range(n - 1):
                b[i - 1, k] = a[i, k if k < j else k + 1]
        s += (1.0 - 2.0 * (j % 2)) * a[0, j] * determinant(b)
    return s


@case(X)
def beside_views(x):
    if x.size < 2:
        return x[0] * 2.0
    left, right = x[::2], x[1::2]
    t = left[0] * right[-1]
    return beside_views(left) * t + beside_views(right) * beside_views(left)


# -- arrays that are written to ----------------------------------------------------------------


@njit
def smoothed(x, lo, hi):
    if hi - lo < 2:
        x[lo] = x[lo] * math.sin(x[lo])
        return
    m = (lo + hi) // 2
    smoothed(x, lo, m)
    smoothed(x, m, hi)
    for i in range(lo, m):
        t = x[i] * x[i + m - lo]
        x[i + m - lo] = math.sin(x[i]) + t
        x[i] += t


@case(X, compiled=True)
@njit
def in_place(x):
    y = x.copy()
    smoothed(y, 0, y.size)
    smoothed(y, 2, 6)
    s = 0.0
    for i in range(y.size):
        s += y[i] * y[i] * (i + 1)
    return s


@case(X)
def argument_in_place(x):
    s = x[0] * x[1]
    smoothed(x, 0, 8)
    return x[3] * s + x[0] * x[7]


def sort(x, lo, hi):
    if lo >= hi:
        return
    pivot, i = x[hi], lo
    for j in range(lo, hi):
        if x[j] < pivot:
            x[i], x[j] = x[j], x[i]
            i += 1
    x[i], x[hi] = x[hi], x[i]
    sort(x, lo, i - 1)
    sort(x, i + 1, hi)


@case(X)
def quicksort(x):
    y = x.copy()
    sort(y, 0, y.size - 1)
    s = 0.0
    for i in range(y.size):
        s = s * 0.5 + y[i] * y[i] * i
    return s


@njit
def transform(re, im):
    n = re.size
    if n == 1:
        return
    even_re, even_im = re[::2].copy(), im[::2].copy()
    odd_re, odd_im = re[1::2].copy(), im[1::2].copy()
    transform(even_re, even_im)
    transform(odd_re, odd_im)
    for k in range(n // 2):
        c, s = math.cos(2 * math.pi * k / n), math.sin(2 * math.pi * k / n)
        a = c * odd_re[k] + s * odd_im[k]
        b = c * odd_im[k] - s * odd_re[k]
        re[k], im[k] = even_re[k] + a, even_im[k] + b
        re[k + n // 2], im[k + n // 2] = even_re[k] - a, even_im[k] - b


@case(X, compiled=True)
@njit
def fourier(x):
    re, im = x.copy(), np.zeros(x.size)
    transform(re, im)
    s = 0.0
    for k in range(x.size):
        s += (k + 1) * math.sin(re[k]) * im[k] + re[k] ** 2
    return s


def paired(a, b, n):
    if n == 0:
        return a[0] * b[1]
    a[0] = a[0] * b[1] + math.sin(a[1])
    b[1] = b[1] * a[0]
    return paired(a, b, n - 1) * a[0] + b[1]


@case(X)
def given_twice(x):
    y = x.copy()
    return paired(y, y, 3) + paired(y[2:], y[1:], 2) + y[3] * y[1]


@case(X)
def in_place_in_a_loop(x):
    y = x.copy()
    s = 0.0
    for i in range(3):
        s += y[i] * math.sin(y[i + 1])
        smoothed(y, i, 4 + i)
        y = y * 0.5
    return s + y[2] * y[5]


def filled(out, x, n):
    if n >= 0:
        out[n] = math.sin(x) * (out[n + 1] if n + 1 < out.size else 1.0)
        filled(out, x * 0.9, n - 1)
    return out


@case(0.7)
def returns_its_argument(x):
    out = filled(np.zeros(4), x, 3)
    return out[0] * out[2]


# -- arrays that are returned --------------------------------------------------------------------


@njit
def merged(x):
    n = x.size
    if n == 1:
        return x.copy()
    a, b = merged(x[: n // 2]), merged(x[n // 2 :])
    out = np.empty(n)
    i = j = 0
    for k in range(n):
        if j >= b.size or (i < a.size and a[i] < b[j]):
            out[k] = a[i] * 1.1
            i += 1
        else:
            out[k] = b[j] * a[0]
            j += 1
    return out


@case(X, compiled=True)
@njit
def mergesort(x):
    y = merged(x)
    s = 0.0
    for i in range(y.size):
        s += y[i] * y[i] * (i + 1)
    return s


@case(X)
def result_is_changed(x):
    y = merged(x)
    y[0] *= y[1]
    for i in range(1, y.size):
        y[i] += y[i - 1] * y[i]
    return y[-1] * x[0]


@case(0.7, 3)
def powers(x, n):
    def_value = rows(x, n)
    return np.sum(def_value * def_value)


def rows(x, n):
    if n == 0:
        return np.ones((2, 2)) * x
    a = rows(x * 0.9, n - 1)
    return a @ a + x * a


# -- large functions -------------------------------------------------------------------------------


def large(x, k):
    """Many operations: unrolled."""
    s = x[0]
    for w in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3):
        a = math.sin(w * x[0] + 0.2 * s) * x[1] - 0.1 * math.cos(x[2] * w) * k
        b = math.exp(-a * a) + x[3] * w * s - x[0] / (1.0 + w * w * x[1] * x[1])
        c = math.tanh(a * b - w) + a * x[2] + b * x[1] * x[2] - w * x[3] * x[3]
        s = 0.5 * math.sin(s + a * b * c) + 0.1 * math.sqrt(1.0 + c * c) * math.tanh(a - b) * w
    return s


@case(0.2 * X)
def repeated_large(x):
    s = large(x, 1.0)
    s += large(x[1:], s) * large(x[2:], 2.0)
    for i in range(3):
        s = 0.1 * s + large(x[i:], s) * 0.1
    return s + large(x, 3.0)


# -- tests -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_uncompiled(name):
    f, args = CASES[name]
    python = getattr(f, "py_func", f)

    def value(x):
        x = x.copy() if isinstance(x, np.ndarray) else x
        return python(x, *args[1:])

    given = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    found = uncompiled(ta.grad, f, *given)
    scale = np.max(np.abs(found))
    np.testing.assert_allclose(
        np.ravel(found), differences(value, args[0]), atol=1e-8 * (1 + scale)
    )
    assert np.array_equal(given[0], args[0])


@pytest.mark.parametrize("name", COMPILED)
def test_compiled(name):
    f, args = CASES[name]
    g = ta.grad(f)
    v = args[0] * 0.5 - 1.0
    found, along = ta.jvp(g)(args[0], v, *args[1:])
    series = ta.directional(f, 2)(args[0], v, *args[1:])
    np.testing.assert_allclose(np.sum(found * v), series[1], rtol=1e-12)
    np.testing.assert_allclose(np.sum(along * v), 2 * series[2], rtol=1e-11)
    np.testing.assert_allclose(g(*args), found, rtol=1e-13)


def endless(x):
    return x * endless(x - 1.0)


def growing(x, t):
    return x if len(t) > 100 else growing(x, (*t, x))


def part(x, n):
    return x if n == 0 else part(x[1:], n - 1)


def of_part(x):
    return part(x, 2)[0]


def with_complex(x, n):
    z = x * 1j if n > 2 else 1j
    return x if n == 0 else (z * z).real * with_complex(x, n - 1)


@pytest.mark.parametrize(
    ("f", "args", "message"),
    [
        (endless, (0.7,), "endless calls itself on every path"),
        (growing, (0.7, ()), "arguments of ever new types"),
        (of_part, (X,), "part calls itself and returns an array that may be one of its arguments"),
        (with_complex, (0.7, 2), "complex"),
    ],
)
def test_refused(f, args, message):
    with pytest.raises(ta.UnsupportedError, match=message) as refused:
        ta.grad(f)(*args)
    assert "test_adjoint_calls.py" in str(refused.value)


def test_text():
    """Both halves, and a frame on the path that needs one alone."""
    text = ta.source(ta.grad(binary), 0.7, 4)
    assert text.startswith(
        """\
def binary_forward(x, n, number, kept):
    if n == 0:
        result = x
    else:
        t = binary_forward(x, n - 1, number, kept)
"""
    )
    assert text.count("push(") == text.count("pop(") == 1


def test_large_functions_are_written_once():
    text = ta.source(ta.grad(repeated_large), 0.2 * X)
    assert text.count("def large_forward") == text.count("def large_reverse") == 1
    assert text.count("def ") == 3


def test_an_exception_leaves_nothing_behind():
    g = ta.grad(raises_errors)
    with pytest.raises(ValueError, match="negative"):
        g(0.7, -1)
    np.testing.assert_allclose(g(0.7, 3), ta.derivative(raises_errors)(0.7, 3), rtol=1e-13)
