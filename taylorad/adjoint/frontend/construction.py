"""New arrays of given elements and of other arrays.

They are written as stores into an empty array: for these there are rules.
"""

from __future__ import annotations

import operator

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import COMPLEX, FLOAT, INT, NUMBERS, ArrayKind
from ..rules.arrays import ASTYPE, COPY
from ..rules.construction import ARANGE, LINSPACE
from . import arrays
from .allocation import dtype_of
from .calls import number
from .things import described, parts
from .whole import array_of, axis_of, known, whole


def _widest(values, dtype) -> str:
    kinds = [v.kind.dtype if v.is_array else v.kind for v in values]
    if COMPLEX in kinds:
        raise UnsupportedError("arrays of complex numbers have no rule for reverse mode")
    return dtype_of(dtype, max(kinds, key=NUMBERS.index, default=FLOAT))


# -- of numbers ----------------------------------------------------------------------------------


@whole(np.array)
def _array(b, object, dtype=None):
    if isinstance(object, Value) and object.is_array:
        return _as(b, object, dtype_of(dtype, object.kind.dtype), copied=True)
    values = list(parts(object))
    if not isinstance(object, tuple) or not all(isinstance(v, Value) for v in values):
        raise UnsupportedError(f"np.array of {described(object)} has no rule for reverse mode")
    made = b.alloc(_shape_of(b, object), _widest(values, dtype), "empty")
    _fill(b, made, object, [])
    return made


def _shape_of(b, thing) -> list[Value]:
    """The shape of nested lists and tuples; of arrays in them too."""
    if isinstance(thing, Value):
        return [b.shape(thing, k) for k in range(thing.kind.ndim)] if thing.is_array else []
    if not thing:
        return [constant(0)]
    return [constant(len(thing)), *_shape_of(b, thing[0])]


def _fill(b, made: Value, thing, place) -> None:
    if isinstance(thing, tuple):
        for i, item in enumerate(thing):
            _fill(b, made, item, [*place, constant(i)])
    elif len(place) + (thing.kind.ndim if thing.is_array else 0) != made.kind.ndim:
        raise UnsupportedError("the rows of a nested list differ in length or depth")
    elif thing.is_array:
        b.array_store(arrays.item(b, made, place), thing)
    else:
        b.store(made, place, arrays.as_item(b, made, thing))


def _as(b, a: Value, dtype: str, copied: bool) -> Value:
    """An array as one of a kind of numbers."""
    a = array_of(a)
    if dtype == a.kind.dtype:
        return b.array(COPY, [a], a.kind.with_layout("C")) if copied else a
    names = {FLOAT: "float64", INT: "int64", "bool": "bool_"}
    if dtype not in names:
        raise UnsupportedError("arrays of complex numbers have no rule for reverse mode")
    kind = ArrayKind(a.kind.ndim, dtype, "A")
    return b.array(ASTYPE, [a], kind, attr=names[dtype])


@whole(np.asarray)
def _asarray(b, a, dtype=None):
    if isinstance(a, Value) and a.is_array:
        return _as(b, a, dtype_of(dtype, a.kind.dtype), copied=False)
    return _array(b, a, dtype)


@whole(methods=("astype",))
def _astype(b, a, dtype):
    return _as(b, a, dtype_of(dtype), copied=True)


@whole(methods=("fill",))
def _fill_with(b, a, value):
    arrays.fill(b, array_of(a), number(value))


@whole(methods=("item",))
def _item(b, a):
    """The element of an array of one."""
    a = array_of(a)
    return b.load(a, [constant(0)] * a.kind.ndim)


# -- of ranges -----------------------------------------------------------------------------------


@whole(np.arange)
def _arange(b, start, stop=None, step=None, dtype=None):
    given = [number(t) for t in (start, stop, step) if t is not None]
    kind = _widest(given, dtype)
    if dtype is not None and kind != _widest(given, None):
        raise UnsupportedError("np.arange with another dtype; write np.arange(...) * 1.0")
    return b.array(ARANGE, given, ArrayKind(1, kind, "C"))


@whole(np.linspace)
def _linspace(b, start, stop, num=None):
    given = [number(start), number(stop), constant(50) if num is None else number(num)]
    return b.array(LINSPACE, given, ArrayKind(1, FLOAT, "C"))


# -- matrices ------------------------------------------------------------------------------------


def _identity(b, rows, columns, dtype=None) -> Value:
    made = b.alloc([number(rows), number(columns)], dtype_of(dtype), "zeros")
    one = constant(1.0 if made.kind.dtype == FLOAT else 1)
    b.array_add(made, one, attr="add_to_diagonal")
    return made


@whole(np.eye)
def _eye(b, N, M=None, dtype=None):
    return _identity(b, N, N if M is None else M, dtype)


@whole(np.identity)
def _square_identity(b, n, dtype=None):
    return _identity(b, n, n, dtype)


@whole(np.diag)
def _diag(b, v):
    """The matrix of a diagonal; the diagonal of a matrix is refused."""
    v = array_of(v, 1, "diag")
    n = b.shape(v, 0)
    made = b.alloc([n, n], v.kind.dtype, "zeros")
    flat = b.view(made, ".reshape({0})", [constant(-1)], ArrayKind(1, v.kind.dtype, "C"))
    step = b.apply(operator.add, n, constant(1))
    b.array_store(b.view(flat, "[::{0}]", [step], ArrayKind(1, v.kind.dtype, "A")), v)
    return made


# -- of arrays -----------------------------------------------------------------------------------


def _arrays(things) -> list[Value]:
    if not isinstance(things, tuple) or not things:
        raise UnsupportedError(f"a tuple of arrays is needed here, not {described(things)}")
    found = [array_of(t) for t in things]
    if len({a.kind.ndim for a in found}) > 1:
        raise UnsupportedError("the arrays differ in their number of dimensions")
    return found


def _joined(b, items: list[Value], axis: int) -> Value:
    """Arrays one behind another along an axis."""
    ndim = items[0].kind.ndim
    total = constant(0)
    ends = [total]
    for a in items:
        total = b.apply(operator.add, total, b.shape(a, axis))
        ends.append(total)
    shape = [total if k == axis else b.shape(items[0], k) for k in range(ndim)]
    made = b.alloc(shape, _widest(items, None), "empty")
    for a, low, high in zip(items, ends, ends[1:], strict=False):
        text = ["{0}:{1}" if k == axis else ":" for k in range(ndim)]
        layout = "C" if axis == 0 else "A"
        kind = ArrayKind(ndim, made.kind.dtype, layout)
        b.array_store(b.view(made, f"[{', '.join(text)}]", [low, high], kind), a)
    return made


def _stacked(b, items: list[Value], axis: int) -> Value:
    """Arrays of one shape along a new axis."""
    ndim = items[0].kind.ndim + 1
    shape = [b.shape(items[0], k) for k in range(ndim - 1)]
    shape.insert(axis, constant(len(items)))
    made = b.alloc(shape, _widest(items, None), "empty")
    for i, a in enumerate(items):
        text = ["{0}" if k == axis else ":" for k in range(ndim)]
        layout = "C" if axis == 0 else "A"
        kind = ArrayKind(ndim - 1, made.kind.dtype, layout)
        b.array_store(b.view(made, f"[{', '.join(text)}]", [constant(i)], kind), a)
    return made


@whole(np.concatenate)
def _concatenate(b, arrays, axis=None):
    items = _arrays(arrays)
    return _joined(b, items, axis_of(constant(0) if axis is None else axis, items[0]) or 0)


@whole(np.stack)
def _stack(b, arrays, axis=None):
    items = _arrays(arrays)
    place = 0 if axis is None else known(axis, "an axis")
    n = items[0].kind.ndim + 1
    if not isinstance(place, int) or not -n <= place < n:
        raise UnsupportedError(f"an array of {n} dimensions has no axis {place!r}")
    return _stacked(b, items, place % n)


@whole(np.hstack)
def _hstack(b, tup):
    items = _arrays(tup)
    return _joined(b, items, 0 if items[0].kind.ndim == 1 else 1)


@whole(np.vstack)
def _vstack(b, tup):
    items = _arrays(tup)
    return _stacked(b, items, 0) if items[0].kind.ndim == 1 else _joined(b, items, 0)


@whole(np.column_stack)
def _column_stack(b, tup):
    items = _arrays(tup)
    return _stacked(b, items, 1) if items[0].kind.ndim == 1 else _joined(b, items, 1)


@whole(np.append)
def _append(b, arr, values):
    """Vectors, or a vector and a number."""
    first = array_of(arr, 1, "append")
    if isinstance(values, Value) and not values.is_array:
        last = b.alloc([constant(1)], values.kind, "empty")
        b.store(last, [constant(0)], values)
        values = last
    return _joined(b, [first, array_of(values, 1, "append")], 0)


@whole(np.roll)
def _roll(b, a, shift):
    """``a[i]`` moves to ``i + shift``, around the end."""
    a = array_of(a, 1, "roll")
    n = b.shape(a, 0)
    # the length of an empty array is no divisor
    k = b.apply(operator.mod, number(shift), b.apply(max, n, constant(1)))
    kind = a.kind.with_layout("A")
    rest = b.apply(operator.sub, n, k)
    return _joined(b, [b.view(a, "[{0}:]", [rest], kind), b.view(a, "[:{0}]", [rest], kind)], 0)
