"""How handlers of NumPy's functions of whole arrays are registered, and what they ask for."""

from __future__ import annotations

import inspect
from collections.abc import Callable

from ...errors import UnsupportedError
from ..ir import Value
from ..kinds import COMPLEX, FLOAT, INT
from .calls import call_of, method
from .things import Static, described


def whole(*functions, methods=()):
    """Register ``handler(builder, array, ...)``, whose parameters are named as NumPy's."""

    def register(handler: Callable):
        signature = inspect.signature(handler)
        name = functions[0].__name__ if functions else methods[0]

        def run(b, args, kwargs):
            try:
                given = signature.bind(b, *args, **kwargs)
            except TypeError:
                shown = ", ".join(list(signature.parameters)[1:])
                raise UnsupportedError(
                    f"{name}() takes the arguments ({shown}) in reverse mode"
                ) from None
            return handler(*given.args, **given.kwargs)

        call_of(*functions)(run)
        method(*methods)(lambda b, array, args, kwargs: run(b, (array, *args), kwargs))
        return handler

    return register


def array_of(thing, ndim=None, what="") -> Value:
    """A thing that must be an array of real numbers, of this rank if one is given."""
    if not isinstance(thing, Value) or not thing.is_array:
        raise UnsupportedError(f"an array is needed here, not {described(thing)}")
    if thing.kind.dtype == COMPLEX:
        raise UnsupportedError(
            "arrays of complex numbers cannot be differentiated in reverse mode; use forward mode"
        )
    if ndim is not None and thing.kind.ndim != ndim:
        raise UnsupportedError(
            f"{what} of an array of {thing.kind.ndim} dimensions has no rule for reverse mode; "
            f"give it one of {ndim}"
        )
    return thing


def known(thing, what: str):
    """An object that must be known when the function is compiled, such as an axis."""
    if isinstance(thing, Static):
        return thing.object
    if isinstance(thing, Value) and thing.is_constant:
        return thing.const
    raise UnsupportedError(f"{what} must be a constant, not {described(thing)}")


def axis_of(thing, array: Value) -> int | None:
    """A constant axis, counted from the first; None for none."""
    axis = None if thing is None else known(thing, "an axis")
    if axis is None:
        return None
    if not isinstance(axis, int) or not -array.kind.ndim <= axis < array.kind.ndim:
        raise UnsupportedError(f"an array of {array.kind.ndim} dimensions has no axis {axis!r}")
    return axis % array.kind.ndim


def summed_kind(array: Value) -> str:
    """The kind of number that a sum of elements is."""
    return FLOAT if array.kind.dtype == FLOAT else INT
