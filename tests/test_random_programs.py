"""Random programs, and every program that once failed, against high-precision differences."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from program_writer import Writer
from programs import Invalid, check, trial
from shrinking import shrunk

#: Programs that failed once, shrunk: text, point, direction, order.
ONCE_FAILED = {
    "an array of a total that turns into a jet in the loop": (
        """
def f(x):
    y = 1.0
    total = 0.0
    for u in [x, y]:
        total += u
    return np.array([total, y])
""",
        1.01967717, 1.0, 3,
    ),
    "a new array of a tuple that turns into one of jets": (
        """
def f(x):
    t = (0.0, 1.0)
    for i in range(3):
        t = (t[0] + x * x, t[1])
    a = np.full(2, t[0])
    return a * t[1]
""",
        0.71967717, 1.0, 6,
    ),
    "a tuple of jets and plain numbers, indexed and iterated": (
        """
def f(x):
    t = (x * x, 1.0, x)
    total = 0.0
    for i in range(3):
        total = total + t[i] * x
    for i, u in enumerate(t):
        total += i * u
    for u, w in zip(t, (1.0, x)):
        total += w * u
    return total
""",
        0.31967717, 1.0, 3,
    ),
    "a callee that stores, and then another callee": (
        """
@njit
def fill(out, u):
    for i in range(len(out)):
        out[i] = u
@njit
def other(u, n):
    return u * n
def f(x):
    a = np.ones(4)
    fill(a[1:], x[1])
    y = other(x[1], 2)
    return y * a[2]
""",
        [0.31967717, -0.4, 0.2, 0.1], [1.0, 0.3, 0.5, 0.2], 3,
    ),
    "a callee that stores, in a function that is compiled again with whole seeds": (
        """
@njit
def fill(out, u):
    for i in range(len(out)):
        out[i] += u
def f(x):
    x[3] = np.tanh(x[1])
    a = np.zeros(4)
    fill(a, x[1] * x[0])
    return a[2] * x[3]
""",
        [0.31967717, -0.4, 0.2, 0.1], [1.0, 0.3, 0.5, 0.2], 6,
    ),
    "arrays that meet arrays of jets in loops": (
        """
def f(x):
    a = np.zeros(3)
    b = np.linspace(0.1, 0.4, 3)
    for i in range(3):
        a = a * x + i * b
        b = b if x > 5 else np.sin(a)
    return a
""",
        0.71967717, 1.0, 3,
    ),
    "arrays of jets returned on one path": (
        """
@njit
def mapped(u):
    return np.zeros(4)
def f(x):
    a = mapped(x)
    if x < 0.72:
        return np.array([x, 1.72])
    return a[:2]
""",
        0.31967717, 1.0, 2,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE_FAILED)
def test_programs_that_failed_once(name):
    text, x, v, order = ONCE_FAILED[name]
    x, v = (np.array(a) if isinstance(a, list) else a for a in (x, v))
    failure = check(text, x, v, order)
    assert failure is None, f"{failure.kind}: {failure.detail}"


@pytest.mark.parametrize("seed", range(16))
def test_random_program(seed):
    """More of them: ``python tests/programs.py --count 2000 --seed 1``."""
    text, x, v, order, nested = trial(seed)
    try:
        failure = check(text, x, v, order, nested)
    except Invalid as reason:
        pytest.skip(f"says nothing: {reason}")
    assert failure is None, f"{failure.kind}: {failure.detail}\n{text}"


def test_programs_are_the_same_every_time():
    assert Writer(7).program() == Writer(7).program() != Writer(8).program()


def test_shrinking_keeps_what_fails():
    text = Writer(11).program() + "\ndef g(x):\n    if x > 2:\n        x = x / (x - x)\n"
    small = shrunk(text, lambda t: any(isinstance(n, ast.Div) for n in ast.walk(ast.parse(t))))
    assert len(small.splitlines()) <= 4 and "/" in small
