"""Calls: of primitives, of functions with a handler, and of the user's own functions.

A user's function is read where it is called.  Handlers of NumPy's functions are registered
with `call_of` and take ``(builder, args, kwargs)``, all of them things.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ..._compat import Dispatcher
from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import INT, NUMBERS
from ..operations import primitive_of
from . import loops
from .builder import Builder
from .expressions import applied
from .things import Method, Static, described

#: Handlers by function, and by method name for arrays.
CALLS: dict[Any, Callable] = {}
METHODS: dict[str, Callable] = {}


def call_of(*functions):
    """Register the handler ``(builder, args, kwargs) -> thing`` of functions."""
    return lambda handler: CALLS.update(dict.fromkeys(functions, handler)) or handler


def method(*names):
    """Register the handler ``(builder, array, args, kwargs) -> thing`` of array methods."""
    return lambda handler: METHODS.update(dict.fromkeys(names, handler)) or handler


def called(b: Builder, function, args, kwargs, text: str):
    """The result of a call."""
    if isinstance(function, Method):
        handler = METHODS.get(function.name)
        if handler is None or not isinstance(function.owner, Value):
            raise UnsupportedError(f"the method {text}() cannot be differentiated in reverse mode")
        return handler(b, function.owner, args, kwargs)
    if not isinstance(function, Static):
        raise UnsupportedError(f"{described(function)} cannot be called")
    obj = function.object
    handler = _found(CALLS, obj)
    if handler is not None:
        return handler(b, args, kwargs)
    if primitive_of(obj) is not None:
        return elementary(b, obj, args, kwargs, text)
    python = obj.py_func if isinstance(obj, Dispatcher) else obj
    if isinstance(python, FunctionType) and not _is_library(python):
        checked = getattr(obj, "targetoptions", {}).get("error_model", "python") == "python"
        return user_function(b, python, args, kwargs, checked)
    raise UnsupportedError(
        f"{text}() has no rule for reverse mode; write it with functions of the table of "
        "primitives and array operations, or declare it with ta.primitive"
    )


def _found(table, obj):
    try:
        return table.get(obj)
    except TypeError:
        return None


def _is_library(function: FunctionType) -> bool:
    """Whether a function is NumPy's or Numba's: its source is not written for Numba."""
    return (function.__module__ or "").partition(".")[0] in ("numpy", "numba", "math")


def elementary(b: Builder, fn, args, kwargs, text):
    """A primitive, on numbers or arrays."""
    if kwargs:
        raise UnsupportedError(f"{text}() with keyword arguments cannot be compiled")
    primitive = primitive_of(fn)
    if fn in (max, min):
        items = args[0] if len(args) == 1 and isinstance(args[0], tuple) else args
        result = items[0]
        for item in items[1:]:
            result = applied(b, fn, result, item)
        return result
    if len(args) != primitive.arity:
        raise UnsupportedError(f"{text}() takes {primitive.arity} arguments here")
    return applied(b, fn, *args)


def user_function(b: Builder, python: FunctionType, args, kwargs, checked: bool):
    """A function of the user's, read here."""
    if any(frame.source.function is python for frame in b.frames):
        raise UnsupportedError(
            f"{python.__name__} calls itself; write the recursion as a loop, or use forward mode"
        )
    return b.inline(python, args, kwargs, checked)


Builder.called = staticmethod(called)


# -- builtins and conversions -------------------------------------------------------------


@call_of(range)
def _range(b, args, kwargs):
    return loops.range_of(b, args)


@call_of(enumerate)
def _enumerate(b, args, kwargs):
    return loops.enumerated(b, *args, **kwargs)


@call_of(zip)
def _zip(b, args, kwargs):
    return loops.zipped(b, args)


@call_of(len)
def _len(b, args, kwargs):
    (thing,) = args
    if isinstance(thing, tuple):
        return constant(len(thing))
    if isinstance(thing, Value) and thing.is_array:
        return b.shape(thing, 0)
    raise UnsupportedError(f"len of {described(thing)}")


@call_of(tuple)
def _tuple(b, args, kwargs):
    if args and isinstance(args[0], tuple):
        return tuple(args[0])
    raise UnsupportedError(f"tuple of {described(args[0]) if args else 'nothing'}")


@call_of(np.float64, float)
def _float(b, args, kwargs):
    return b.apply(float, number(args[0])) if number(args[0]).kind != "float" else args[0]


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
    raise UnsupportedError("round with digits cannot be differentiated in reverse mode")


def number(thing) -> Value:
    """A thing that must be a number."""
    if not isinstance(thing, Value) or thing.kind not in NUMBERS:
        raise UnsupportedError(f"a number is needed here, not {described(thing)}")
    return thing


__all__ = ["CALLS", "METHODS", "ModuleType", "call_of", "called", "method", "number"]
