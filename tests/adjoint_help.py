"""Reverse mode as plain Python, against differences of high order."""

from __future__ import annotations

import copy
import math
import warnings

import numpy as np

from taylorad.adjoint import runtime
from taylorad.adjoint.gradient import Request, text_of
from taylorad.adjoint.kinds import BOOL, FLOAT, INT, ArrayKind

#: Weights of the central difference of order 8 at steps 1 to 4.
WEIGHTS = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
STEP = 2e-3
KINDS = {"f": FLOAT, "i": INT, "b": BOOL}


def kind_of(thing):
    """The kind of an argument as the front end is given it."""
    if isinstance(thing, tuple):
        return tuple(map(kind_of, thing))
    if isinstance(thing, np.ndarray):
        flags = thing.flags
        layout = "C" if flags.c_contiguous else "F" if flags.f_contiguous else "A"
        return ArrayKind(thing.ndim, KINDS[thing.dtype.kind], layout)
    return KINDS[np.asarray(thing).dtype.kind]


def product(f, args, u, wrt=None):
    """``(f(*args), u^T J)`` by the text of the adjoint, run uncompiled; and the text."""
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    wrt = names if wrt is None else tuple(wrt)
    kinds = {name: kind_of(a) for name, a in zip(names, args, strict=True)}
    request = Request(f, kinds, wrt, True, True, ("cotangent", kind_of(u)))
    text, scope = text_of(request, "adjoint")
    scope = {"math": math, **runtime.SCOPE, **scope}
    exec(compile(text, "<adjoint>", "exec"), scope)
    given = list(copied(args))
    given.insert(max(names.index(n) for n in wrt) + 1, u)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return *scope["adjoint"](*given), text


def copied(args):
    """Copies of arguments, in the same order of memory."""
    return tuple(
        copied(a) if isinstance(a, tuple) else copy.copy(a) if np.ndim(a) == 0 else _like(a)
        for a in args
    )


def _like(a):
    if a.flags.c_contiguous or a.flags.f_contiguous:
        return a.copy(order="K")
    made = np.repeat(np.repeat(a, 2, 0), 2, -1) if a.ndim > 1 else np.repeat(a, 2)
    return made[(slice(None, None, 2), ..., slice(None, None, 2))] if a.ndim > 1 else made[::2]


def differences(f, args, k, u):
    """``u^T J`` by the argument ``k``, from differences."""
    found = np.zeros(np.shape(args[k]))
    for index in np.ndindex(found.shape):
        for i, weight in enumerate(WEIGHTS, 1):
            for sign in (1, -1):
                moved = list(copied(args))
                if np.ndim(args[k]):
                    moved[k][index] += sign * i * STEP
                else:
                    moved[k] = moved[k] + sign * i * STEP
                found[index] += sign * weight / STEP * np.sum(u * f(*moved))
    return found


def check(f, *args, wrt=None, tolerance=1e-7):
    """Compare reverse mode of an array function with differences, and its value; give the text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = np.asarray(f(*copied(args)))
        u = np.random.default_rng(7).normal(size=value.shape)
        u = u if u.ndim else float(u)
        names = f.__code__.co_varnames[: f.__code__.co_argcount]
        if wrt is None:
            wrt = [n for n, a in zip(names, args, strict=True) if np.asarray(a).dtype == float]
        before = copied(args)
        found, gradients, text = product(f, args, u, wrt)
        np.testing.assert_array_equal(np.asarray(found), value, err_msg=text)
        for a, b in zip(before, args, strict=True):
            np.testing.assert_array_equal(a, b)
        for name, gradient in zip(wrt, gradients, strict=True):
            truth = differences(f, args, names.index(name), u)
            np.testing.assert_allclose(
                gradient, truth, rtol=tolerance, atol=tolerance, err_msg=f"{name}\n{text}"
            )
    return text
