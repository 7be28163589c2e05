"""Random programs, and every program that once failed, against high-precision differences."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from programs import Invalid, check, shrunk, trial
from program_writer import Writer

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
}  # fmt: skip


@pytest.mark.parametrize("name", ONCE_FAILED)
def test_programs_that_failed_once(name):
    text, x, v, order = ONCE_FAILED[name]
    x, v = (np.array(a) if isinstance(a, list) else a for a in (x, v))
    failure = check(text, x, v, order)
    assert failure is None, f"{failure.kind}: {failure.detail}"


@pytest.mark.parametrize("seed", range(24))
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
    text = Writer(11).program() + "\ndef g(x):\n    y = 1.0\n    if x > 2:\n        y = x / (x - x)\n"
    small = shrunk(text, lambda t: any(isinstance(n, ast.Div) for n in ast.walk(ast.parse(t))))
    assert len(small.splitlines()) <= 4 and "/" in small
