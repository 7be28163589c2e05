"""Users' partial derivatives run as Python: calls that Python would refuse find the registry.

A partial derivative may call ``math`` functions and ``@njit`` functions, the primitive itself
among them.  Compiled code takes them as they are; on the numbers of an interpreter they are
sent to the numbers' own `apply_primitive`.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from types import CellType, FunctionType

from .registry import lookup


class _RoutedMath:
    """The module `math` for numbers of all kinds."""

    def __getattr__(self, name):
        return routed(getattr(math, name))


_MATH = _RoutedMath()


def routed(value):
    """What stands for a global value in a partial derivative's text."""
    if value is math:
        return _MATH
    if lookup(value) is not None:
        return _route(value)
    text = getattr(value, "py_func", None)
    return readable(text) if isinstance(text, FunctionType) else value


@cache
def _route(function):
    def route(*operands):
        for x in operands:
            apply = getattr(x, "apply_primitive", None)
            if apply is not None:
                return apply(function, *operands)
        return function(*operands)

    return route


@lru_cache(maxsize=256)
def readable(function: FunctionType) -> FunctionType:
    """The same function with its globals and closure routed."""
    code = function.__code__
    names = [name for name in code.co_names if name in function.__globals__]
    changed = {name: routed(function.__globals__[name]) for name in names}
    cells = tuple(_cell(cell) for cell in function.__closure__ or ())
    same = all(changed[name] is function.__globals__[name] for name in names)
    if same and all(a is b for a, b in zip(cells, function.__closure__ or (), strict=True)):
        return function
    scope = {**function.__globals__, **changed}
    copy = FunctionType(code, scope, function.__name__, function.__defaults__, cells)
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _cell(cell: CellType) -> CellType:
    value = routed(cell.cell_contents)
    return cell if value is cell.cell_contents else CellType(value)
