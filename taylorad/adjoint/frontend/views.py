"""Other views of an array's memory, and copies where there is none: transposes, new shapes."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import INT, ArrayKind
from ..rules.arrays import ASFORTRAN, COPY, FLATTEN
from . import arrays
from .things import Static, described
from .whole import array_of, axis_of, known, whole


def _transposed(b, a: Value, axes) -> Value:
    """``a`` with its axes in another order."""
    n = a.kind.ndim
    if axes == tuple(reversed(range(n))):
        return arrays.attribute(b, a, "T")
    if axes == tuple(range(n)):
        return a
    kind = ArrayKind(n, a.kind.dtype, "A")
    return b.view(a, f".transpose({axes})", [], kind)


def _axes(thing, a: Value) -> tuple[int, ...]:
    if thing is None or (isinstance(thing, Static) and thing.object is None):
        return tuple(reversed(range(a.kind.ndim)))
    items = thing if isinstance(thing, tuple) else (thing,)
    axes = tuple(axis_of(t, a) or 0 for t in items)
    if sorted(axes) != list(range(a.kind.ndim)):
        raise UnsupportedError(f"the axes {axes} are not those of an array")
    return axes


@whole(np.transpose)
def _transpose(b, a, axes=None):
    a = array_of(a)
    return _transposed(b, a, _axes(axes, a))


@whole(methods=("transpose",))
def _transpose_method(b, a, *axes):
    single = len(axes) == 1 and isinstance(axes[0], tuple | Static)
    return _transposed(b, a, _axes(axes[0] if single else axes or None, a))


@whole(np.swapaxes)
def _swapaxes(b, a, axis1, axis2):
    a = array_of(a)
    i, j = axis_of(axis1, a), axis_of(axis2, a)
    axes = list(range(a.kind.ndim))
    axes[i], axes[j] = axes[j], axes[i]
    return _transposed(b, a, tuple(axes))


# -- shapes ------------------------------------------------------------------------------------


def _reshaped(b, a: Value, shape) -> Value:
    """A view of other shape; NumPy's copies of what has none are refused, as in Numba."""
    for length in shape:
        if not isinstance(length, Value) or length.kind != INT:
            raise UnsupportedError(f"a shape must be of integers, not {described(length)}")
    if a.kind.layout != "C" and a.kind.ndim != 0:
        raise UnsupportedError(
            "reshape of an array that is not contiguous; write np.ascontiguousarray(a).reshape"
        )
    places = ", ".join(f"{{{k}}}" for k in range(len(shape)))
    text = f".reshape({places})" if len(shape) == 1 else f".reshape(({places}))"
    return b.view(a, text, list(shape), ArrayKind(len(shape), a.kind.dtype, "C"))


@whole(np.reshape)
def _reshape(b, a, shape):
    return _reshaped(b, array_of(a), shape if isinstance(shape, tuple) else (shape,))


@whole(methods=("reshape",))
def _reshape_method(b, a, *shape):
    single = len(shape) == 1 and isinstance(shape[0], tuple)
    return _reshaped(b, array_of(a), shape[0] if single else shape)


@whole(np.ravel, methods=("ravel",))
def _ravel(b, a):
    """A view where the array is contiguous, else a copy."""
    a = array_of(a)
    if a.kind.ndim == 1:
        return a
    return _reshaped(b, a, (constant(-1),)) if a.kind.layout == "C" else _flatten(b, a)


@whole(methods=("flatten",))
def _flatten(b, a):
    return b.array(FLATTEN, [array_of(a)], ArrayKind(1, a.kind.dtype, "C"))


@whole(np.expand_dims)
def _expand_dims(b, a, axis):
    a = array_of(a)
    place = known(axis, "an axis")
    n = a.kind.ndim + 1
    if not isinstance(place, int) or not -n <= place < n:
        raise UnsupportedError(f"an array of {n} dimensions has no axis {place!r}")
    text = [":"] * a.kind.ndim
    text.insert(place % n, "None")
    return b.view(a, f"[{', '.join(text)}]", [], ArrayKind(n, a.kind.dtype, "A"))


@whole(np.atleast_1d)
def _atleast_1d(b, a):
    a = array_of(a)
    return a if a.kind.ndim else _reshaped(b, a, (constant(1),))


@whole(np.atleast_2d)
def _atleast_2d(b, a):
    a = array_of(a)
    if a.kind.ndim >= 2:
        return a
    return b.view(a, "[None, :]", [], ArrayKind(2, a.kind.dtype, "A"))


def _flipped(b, a, axes) -> Value:
    a = array_of(a)
    text = ["::-1" if k in axes else ":" for k in range(a.kind.ndim)]
    return b.view(a, f"[{', '.join(text)}]", [], a.kind.with_layout("A"))


@whole(np.flip)
def _flip(b, m):
    return _flipped(b, m, range(array_of(m).kind.ndim))


@whole(np.flipud)
def _flipud(b, m):
    return _flipped(b, m, (0,))


@whole(np.fliplr)
def _fliplr(b, m):
    return _flipped(b, m, (1,))


# -- copies ------------------------------------------------------------------------------------


@whole(np.ascontiguousarray)
def _ascontiguousarray(b, a):
    a = array_of(a)
    return a if a.kind.layout == "C" else b.array(COPY, [a], a.kind.with_layout("C"))


@whole(np.asfortranarray)
def _asfortranarray(b, a):
    a = array_of(a)
    if a.kind.layout == "F" or (a.kind.layout == "C" and a.kind.ndim == 1):
        return a
    return b.array(ASFORTRAN, [a], a.kind.with_layout("F"))
