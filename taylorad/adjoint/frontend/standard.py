"""Python's own functions of numbers and sequences."""

from __future__ import annotations

import operator

import numpy as np
from numba import literal_unroll, prange

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import FLOAT, INT
from . import arrays, loops
from .calls import call_of, number
from .expressions import applied
from .things import Static, described


@call_of(range, prange)
def _range(b, args, kwargs):
    return loops.range_of(b, args)


@call_of(enumerate)
def _enumerate(b, args, kwargs):
    return loops.enumerated(b, *args, **kwargs)


@call_of(zip)
def _zip(b, args, kwargs):
    return loops.zipped(b, args)


def _places(b, lengths) -> loops.Sequence:
    """The indices of all elements of an array of these lengths, the last changing fastest."""
    sizes = [constant(1)]
    for length in reversed(lengths):
        sizes.append(b.apply(operator.mul, sizes[-1], length))
    total, *inner = reversed(sizes)

    def place(i):
        indices = []
        for size in inner[:-1]:
            index = b.apply(operator.floordiv, i, size)
            i = b.apply(operator.sub, i, b.apply(operator.mul, index, size))
            indices.append(index)
        return (*indices, i)

    return loops.Sequence(total, place)


@call_of(np.ndindex)
def _ndindex(b, args, kwargs):
    lengths = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
    if not lengths:
        raise UnsupportedError("np.ndindex takes at least one length")
    return _places(b, [number(n) for n in lengths])


@call_of(np.ndenumerate)
def _ndenumerate(b, args, kwargs):
    (array,) = args
    if not isinstance(array, Value) or not array.is_array or not array.kind.ndim:
        raise UnsupportedError(f"np.ndenumerate of {described(array)}; give an array")
    over = _places(b, [b.shape(array, k) for k in range(array.kind.ndim)])

    def item(i):
        place = over.item(i)
        return place, arrays.item(b, array, place)

    return loops.Sequence(over.length, item)


@call_of(reversed)
def _reversed(b, args, kwargs):
    return loops.backwards(b, *args)


@call_of(literal_unroll)
def _unrolled(b, args, kwargs):
    (items,) = args
    if not isinstance(items, tuple):
        raise UnsupportedError(f"literal_unroll of {described(items)}; give a tuple")
    return items


@call_of(divmod)
def _divmod(b, args, kwargs):
    x, y = args
    return applied(b, operator.floordiv, x, y), applied(b, operator.mod, x, y)


@call_of(np.finfo, np.iinfo)
def _limits(b, args, kwargs):
    (kind,) = args
    if not isinstance(kind, Static):
        raise UnsupportedError(f"the limits of {described(kind)}; give a dtype such as np.float64")
    letter = np.dtype(getattr(kind.object, "kind", kind.object)).kind
    return Static((np.finfo if letter == "f" else np.iinfo)(float if letter == "f" else np.int64))


@call_of(len)
def _len(b, args, kwargs):
    (thing,) = args
    if isinstance(thing, tuple):
        return constant(len(thing))
    if isinstance(thing, loops.Range):
        return loops.range_length(b, *thing.bounds)
    if isinstance(thing, Value) and thing.is_array:
        return b.shape(thing, 0)
    raise UnsupportedError(f"len of {described(thing)}")


@call_of(np.float64, float)
def _float(b, args, kwargs):
    (thing,) = args
    if isinstance(thing, Static) and isinstance(thing.object, str):
        return constant(float(thing.object))
    value = number(thing)
    return value if value.kind == FLOAT else b.apply(float, value)


@call_of(np.int64, np.intp, np.int32)
def _int(b, args, kwargs):
    value = number(args[0])
    return value if value.kind == INT else b.apply(int, value)


@call_of(np.bool_)
def _bool(b, args, kwargs):
    return b.apply(bool, number(args[0]))


@call_of(round)
def _round(b, args, kwargs):
    if len(args) == 1:
        return b.apply(int, b.apply(np.rint, number(args[0])))
    raise UnsupportedError(
        "round to digits has no rule for reverse mode; write np.rint(x * 10**n) / 10**n"
    )
