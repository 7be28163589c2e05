"""New arrays: `np.zeros` and its kin, copies."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import BOOL, FLOAT, INT
from ..rules.arrays import COPY
from . import arrays
from .calls import call_of, method, number
from .things import Static, described


def lengths(b, thing) -> list[Value]:
    """A shape: an integer, or a tuple of integers."""
    items = list(thing) if isinstance(thing, tuple) else [thing]
    for item in items:
        if not isinstance(item, Value) or item.kind not in (INT, BOOL):
            raise UnsupportedError(f"a shape must be of integers, not {described(item)}")
    return items


def dtype_of(thing, default=FLOAT) -> str:
    """The kind of number that a dtype argument means."""
    if thing is None or (isinstance(thing, Static) and thing.object is None):
        return default
    if isinstance(thing, Static):
        if isinstance(thing.object, arrays.DType):
            return thing.object.kind
        try:
            letter = np.dtype(thing.object).kind
        except TypeError:
            letter = ""
        kinds = {"f": FLOAT, "i": INT, "u": INT, "b": BOOL, "c": "complex"}
        if letter in kinds:
            return kinds[letter]
    raise UnsupportedError(f"{described(thing)} is no dtype of numbers")


def _allocator(function, fill, value=None):
    @call_of(function)
    def made(b, args, kwargs):
        given = dict(zip(("shape", "dtype"), args, strict=False)) | kwargs
        array = b.alloc(lengths(b, given["shape"]), dtype_of(given.get("dtype")), fill)
        if value is not None:
            arrays.fill(b, array, constant(value))
        return array


_allocator(np.zeros, "zeros")
_allocator(np.empty, "empty")
_allocator(np.ones, "empty", 1.0)


def _prototype(function, thing) -> Value:
    """An array that another one is to be like."""
    if not isinstance(thing, Value) or not thing.is_array:
        raise UnsupportedError(f"{function.__name__} of {described(thing)}")
    return thing


def _like(function, fill, value=None):
    @call_of(function)
    def made(b, args, kwargs):
        given = dict(zip(("prototype", "dtype"), args, strict=False)) | kwargs
        old = _prototype(function, given.get("prototype", given.get("a")))
        shape = [b.shape(old, k) for k in range(old.kind.ndim)]
        array = b.alloc(shape, dtype_of(given.get("dtype"), old.kind.dtype), fill)
        if value is not None:
            arrays.fill(b, array, constant(value))
        return array


_like(np.zeros_like, "zeros")
_like(np.empty_like, "empty")
_like(np.ones_like, "empty", 1.0)


@call_of(np.full)
def _full(b, args, kwargs):
    given = dict(zip(("shape", "fill_value", "dtype"), args, strict=False)) | kwargs
    value = number(given.get("fill_value"))
    array = b.alloc(lengths(b, given["shape"]), dtype_of(given.get("dtype"), value.kind), "empty")
    arrays.fill(b, array, value)
    return array


@call_of(np.full_like)
def _full_like(b, args, kwargs):
    given = dict(zip(("a", "fill_value", "dtype"), args, strict=False)) | kwargs
    old = _prototype(np.full_like, given["a"])
    shape = [b.shape(old, k) for k in range(old.kind.ndim)]
    array = b.alloc(shape, dtype_of(given.get("dtype"), old.kind.dtype), "empty")
    arrays.fill(b, array, number(given.get("fill_value")))
    return array


@method("copy")
def _copy_of(b, array, args, kwargs):
    return b.array(COPY, [array], array.kind.with_layout("C"))


@call_of(np.copy)
def _copy(b, args, kwargs):
    return _copy_of(b, _prototype(np.copy, args[0]), (), {})
