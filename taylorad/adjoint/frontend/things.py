"""What a name or an expression stands for while a function is read.

A thing is a `Value`, a tuple of things, or a `Static`: an object that is known when the
function is compiled, such as a function, a module or None.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..ir import Value, constant
from ..kinds import Named, OpaqueKind


@dataclass(frozen=True)
class Static:
    """An object known at compile time."""

    object: Any


class Listed(tuple):
    """A list of fixed length: read and iterated over, never changed."""


@dataclass(frozen=True)
class Method:
    """A method of an array or another thing, before it is called."""

    owner: Any
    name: str


@dataclass(frozen=True)
class Missing:
    """A variable that has no value of its own here; ``why`` says so in a message."""

    why: str


_DEEPEST = 30


class Later:
    """A variable whose value is made when it is first read, such as after a branch."""

    def __init__(self, make: Callable[[], Any], *others):
        self._make: Callable[[], Any] | None = make
        self._made: Any = None
        #: How many of its kind wait for one another.
        self.depth: int = 1 + max((o.depth for o in others if isinstance(o, Later)), default=0)
        if self.depth > _DEEPEST:
            self.value()

    def value(self):
        if self._make is not None:
            self._made, self._make, self.depth = self._make(), None, 0
        return self._made


def static(obj):
    """The thing that an object is: numbers are constants, tuples are tuples of things."""
    if isinstance(obj, int) and isinstance(obj, enum.Enum):
        return constant(int(obj))
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
    return of_items(thing, [like(item, items) for item in thing])


def of_items(thing, items):
    """A tuple of the same type as ``thing``, of other items."""
    return Named.of(thing.type, items) if isinstance(thing, Named) else type(thing)(items)


def form(thing):
    """What must agree for two things to be one variable's values."""
    if isinstance(thing, tuple):
        return (getattr(thing, "type", type(thing)), *map(form, thing))
    return "value" if isinstance(thing, Value) else thing


def described(thing) -> str:
    """A thing in words, for messages."""
    if isinstance(thing, tuple):
        return f"a {'list' if isinstance(thing, Listed) else 'tuple'} of {len(thing)}"
    if isinstance(thing, Value):
        if isinstance(thing.kind, OpaqueKind):
            return f"an object of type {thing.kind}"
        return f"an {thing.kind}" if thing.is_array else f"a number ({thing.kind})"
    if isinstance(thing, Method):
        return f"the attribute {thing.name!r} of {described(thing.owner)}"
    if isinstance(thing, Static):
        name = getattr(thing.object, "__name__", None)
        return name or repr(thing.object)
    return f"a {type(thing).__name__.lower()}"
