"""The language of reverse mode: each construct's gradient against differences, and compiled.

The adjoint of each case runs uncompiled and is compared with differences of the function,
extrapolated; a share runs compiled, against forward mode.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from adjoint_cases import CASES, COMPILED
from numba import typeof

import taylorad as ta


def differences(f, x):
    """The gradient of f at x by central differences, extrapolated to order 6."""
    flat = np.ravel(np.array(x, dtype=float))
    result = np.empty(flat.size)
    for i in range(flat.size):
        table = []
        for h in (4e-3, 2e-3, 1e-3):
            ends = []
            for sign in (1, -1):
                moved = flat.copy()
                moved[i] += sign * h
                ends.append(f(_as(x, moved)))
            table.append((ends[0] - ends[1]) / (2 * h))
        first = [(4 * b - a) / 3 for a, b in pairwise(table)]
        result[i] = (16 * first[1] - first[0]) / 15
    return result


def _as(x, flat):
    """Numbers in the form of an argument."""
    if isinstance(x, tuple):
        return type(x)(*flat) if hasattr(x, "_fields") else tuple(flat.tolist())
    return flat.reshape(x.shape) if isinstance(x, np.ndarray) else float(flat[0])


def _copied(args):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in args]


def uncompiled(transform, f, *args):
    """The result of a derivative's text, run by Python."""
    (function,) = transform(f).functions_for(tuple(map(typeof, args)))
    return function(*args)


def default_none(x, y=None, z=3.0):
    if y is not None:
        return x
    return x * z


def test_default_arguments():
    assert ta.grad(default_none)(0.7) == 3.0
    assert ta.grad(default_none)(0.7, None, 2.0) == 2.0
    assert ta.grad(default_none)(0.7, 1) == 1.0


@pytest.mark.parametrize("name", CASES)
def test_adjoint(name):
    f, args = CASES[name]
    python = getattr(f, "py_func", f)
    value, gradient = uncompiled(ta.value_and_grad, f, *_copied(args))
    assert value == python(*_copied(args))
    expected = differences(lambda x: python(x, *_copied(args[1:])), args[0])
    found = np.ravel(np.array(gradient, dtype=float))
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled(name):
    f, args = CASES[name]
    np.testing.assert_allclose(ta.grad(f)(*args), ta.jacobian(f)(*args), rtol=1e-13, atol=1e-13)
