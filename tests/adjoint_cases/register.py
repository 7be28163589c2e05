"""The table of cases, and what they have in common."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
from numba import njit

X = np.array([0.7, -1.3, 0.4, 2.1])
A = np.array([[0.3, 1.2, -0.5], [0.8, -0.7, 1.9]])
WEIGHTS, TABLE = (0.2, 0.5, 0.3), np.array([1.0, 2.0, 4.0, 8.0])
Pair = namedtuple("Pair", "first second")
#: Functions and arguments by name; the names of those that are tested compiled, too.
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


@njit
def compiled(a):
    return np.sin(a) * a


@njit
def square(a):
    return a * a
