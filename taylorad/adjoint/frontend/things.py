"""What a name or an expression stands for while a function is read.

A thing is a `Value`, a tuple of things, or a `Static`: an object that is known when the
function is compiled, such as a function, a module or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..ir import Value, constant


@dataclass(frozen=True)
class Static:
    """An object known at compile time."""

    object: Any


class Named(tuple):
    """A named tuple of things."""

    type: type

    @classmethod
    def of(cls, type_, items) -> Named:
        made = cls(items)
        made.type = type_
        return made


@dataclass(frozen=True)
class Method:
    """A method of an array or another thing, before it is called."""

    owner: Any
    name: str


@dataclass(frozen=True)
class Missing:
    """A variable that has no value of its own here; ``why`` says so in a message."""

    why: str


class Later:
    """A variable whose value is made when it is first read, such as after a branch."""

    def __init__(self, make: Callable[[], Any]):
        self._make: Callable[[], Any] | None = make
        self._made: Any = None

    def value(self):
        if self._make is not None:
            self._made, self._make = self._make(), None
        return self._made


def static(obj):
    """The thing that an object is: numbers are constants, tuples are tuples of things."""
    if isinstance(obj, bool | int | float | complex):
        return constant(obj)
    if isinstance(obj, tuple):
        items = [static(item) for item in obj]
        return Named.of(type(obj), items) if hasattr(obj, "_fields") else tuple(items)
    return Static(obj)


def parts(thing) -> Iterator[Any]:
    """The values and static objects in nested tuples."""
    if isinstance(thing, tuple):
        for item in thing:
            yield from parts(item)
    else:
        yield thing


def like(thing, items: Iterator[Any]):
    """Nested tuples like ``thing`` with other parts."""
    if not isinstance(thing, tuple):
        return next(items)
    made = [like(item, items) for item in thing]
    return Named.of(thing.type, made) if isinstance(thing, Named) else tuple(made)


def form(thing):
    """What must agree for two things to be one variable's values."""
    if isinstance(thing, tuple):
        return (getattr(thing, "type", None), *map(form, thing))
    return "value" if isinstance(thing, Value) else thing


def described(thing) -> str:
    """A thing in words, for messages."""
    if isinstance(thing, tuple):
        return f"a tuple of {len(thing)}"
    if isinstance(thing, Value):
        return f"an {thing.kind}" if thing.is_array else f"a number ({thing.kind})"
    return repr(thing.object) if isinstance(thing, Static) else repr(thing)
