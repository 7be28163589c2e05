"""Conditions, and what is evaluated on one path alone."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..ir import Value, constant
from ..kinds import BOOL
from .builder import Builder
from .things import Static, described


def truth(b: Builder, thing) -> Value:
    """A thing as the condition of a branch."""
    if isinstance(thing, Static):
        return constant(bool(thing.object))
    if isinstance(thing, tuple):
        return constant(bool(thing))
    if not isinstance(thing, Value):
        raise UnsupportedError(f"{described(thing)} is no condition")
    if thing.is_array:
        raise UnsupportedError("an array is no condition; use its elements, np.any or np.all")
    if thing.is_constant:
        return constant(bool(thing.const))
    return thing if thing.kind == BOOL else b.apply(bool, thing, kind=BOOL)


def lazy(b: Builder, condition: Value, then, otherwise):
    """``then()`` if the condition holds, else ``otherwise()``: only one is evaluated."""
    if condition.is_constant:
        return then() if condition.const else otherwise()
    name = "$chosen"

    def path(make):
        def run():
            b.env[name] = make()

        return run

    b.branch(condition, path(then), path(otherwise))
    result = b.lookup(name)
    del b.env[name]
    return result
