"""Reverse mode of elements chosen by arrays, and of orders of elements."""

from __future__ import annotations

import numpy as np
import pytest
from adjoint_help import check

import taylorad as ta

numbers = np.random.default_rng(5)


def drawn(*shape):
    return numbers.normal(size=shape)


CHOSEN = np.array([2, 0, 2, -1])

VECTORS = {
    "repeated": lambda x: x[np.array([2, 0, 2, -1])] * x[:4],
    "argument": lambda x: np.take(x, CHOSEN) * np.sum(x.take(CHOSEN)),
    "of an expression": lambda x: (x * x)[CHOSEN] + np.sum((x * 2.0)[CHOSEN]),
    "mask": lambda x: x[x > 0.0] * 2.0,
    "mask of an expression": lambda x: np.sum((x * x)[x < 0.35] ** 2) * x,
    "sort": lambda x: np.sort(x) * x,
    "argsort": lambda x: x[np.argsort(-x)] * np.arange(5),
    "median": lambda x: np.median(x) * np.median(x[:4]) * x + np.median(x * x),
    "nonzero": lambda x: x[np.nonzero(x > 0.1)[0]],
    "counted": lambda x: x * np.count_nonzero(x > 0.0) + np.searchsorted(np.arange(3), x[0]),
    "cross": lambda x: np.cross(x[:3], x[2:] * 2.0),
    "average": lambda x: np.average(x, weights=x * x) * x + np.average(x),
}


@pytest.mark.parametrize("name", VECTORS)
def test_of_vectors(name):
    x = np.array([0.3, -1.2, 0.7, 1.1, -0.4])
    check(VECTORS[name], x)
    check(VECTORS[name], np.repeat(x, 2)[::2])


MATRICES = {
    "rows": lambda a: a[CHOSEN] * a[0],
    "columns": lambda a: a[:, CHOSEN] * 2.0,
    "of a row": lambda a: a[1, CHOSEN] * a[CHOSEN, 1],
    "mask": lambda a: a[a > 0.0] * a[0, 0],
    "summed": lambda a: np.sum(a[CHOSEN]) + np.sum(a[a > 0.0]),
    "of an expression": lambda a: np.sum((a * a)[CHOSEN] ** 2) * a,
}


@pytest.mark.parametrize("name", MATRICES)
def test_of_matrices(name):
    check(MATRICES[name], drawn(3, 4))
    check(MATRICES[name], drawn(6, 8)[::2, ::2])


def test_stores_by_masks():
    def f(x, s):
        t = x * x
        t[x > 0.0] = s
        t[x < -1.0] *= s
        t[x < 0.0] += 2.0 * s
        x[t > 0.5] = 0.0
        return t * x + x

    check(f, drawn(6), 0.3)
    check(f, drawn(3, 4), 0.3)


def test_sort_in_place():
    def f(x):
        t = x * x
        t.sort()
        x.sort()
        return t * x

    check(f, drawn(5))


def stores_by_indices(x):
    t = x * 1.0
    t[CHOSEN] = 2.0
    return t


def sums_by_indices(x):
    t = x * 1.0
    t[CHOSEN] += x[:4]
    return t


def two_arrays(x):
    return x[CHOSEN, CHOSEN]


@pytest.mark.parametrize("f", [stores_by_indices, sums_by_indices, two_arrays])
def test_refused(f):
    with pytest.raises(ta.UnsupportedError, match=r"loop[\s\S]*test_adjoint_arrays_indexing"):
        check(f, drawn(5, 5) if f is two_arrays else drawn(5))
