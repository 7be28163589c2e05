"""Calls: of primitives, of functions with a handler, and of the user's own functions.

A user's function is read where it is called.  Handlers of NumPy's functions are registered
with `call_of` and take ``(builder, args, kwargs)``, all of them things.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from ..._compat import Dispatcher
from ...errors import UnsupportedError
from ..ir import Value
from ..kinds import NUMBERS
from ..operations import primitive_of
from .builder import Builder
from .derivatives import called_derivative, is_derivative
from .expressions import applied
from .functions import Inner
from .named import is_named_tuple, made_named, tuple_method
from .opaque import called_unread
from .pairing import user_function
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
        return method_called(b, function, args, kwargs, text)
    if isinstance(function, Inner):
        return function.called(b, args, kwargs)
    if not isinstance(function, Static):
        raise UnsupportedError(f"{described(function)} cannot be called")
    obj = function.object
    handler = _found(CALLS, obj)
    if handler is not None:
        return handler(b, args, kwargs)
    if primitive_of(obj) is not None:
        return elementary(b, obj, args, kwargs, text)
    if is_derivative(obj):
        return called_derivative(b, obj, args, kwargs)
    python = obj.py_func if isinstance(obj, Dispatcher) else obj
    if isinstance(python, FunctionType) and not _is_library(python):
        checked = getattr(obj, "targetoptions", {}).get("error_model", "python") == "python"
        return user_function(b, python, args, kwargs, checked)
    if is_named_tuple(obj):
        return made_named(obj, args, kwargs)
    return called_unread(b, obj, args, kwargs, text)


def method_called(b: Builder, function: Method, args, kwargs, text: str):
    """The result of a method of an array, a tuple or a number."""
    owner, name = function.owner, function.name
    if isinstance(owner, tuple):
        return tuple_method(owner, name, kwargs)
    handler = METHODS.get(name)
    if handler is None or not isinstance(owner, Value) or not owner.is_array:
        raise UnsupportedError(f"{text}(): {described(function)} has no rule for reverse mode")
    return handler(b, owner, args, kwargs)


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
        if len(args) == 1 and items is args:
            raise UnsupportedError(f"{text} of {described(args[0])}; use a loop, or np.{text}")
        if not items:
            raise UnsupportedError(f"{text}() of nothing")
        result = items[0]
        for item in items[1:]:
            result = applied(b, fn, result, item)
        return result
    if len(args) != primitive.arity:
        raise UnsupportedError(f"{text}() takes {primitive.arity} arguments here")
    return applied(b, fn, *args)


Builder.called = staticmethod(called)


def number(thing) -> Value:
    """A thing that must be a number."""
    if not isinstance(thing, Value) or thing.kind not in NUMBERS:
        raise UnsupportedError(f"a number is needed here, not {described(thing)}")
    return thing
