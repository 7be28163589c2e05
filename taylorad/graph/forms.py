"""Numbers in the form that a user sees: a scalar, an array, tuples of these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentTypeError, ShapeError
from .node import Node


def items_of(thing) -> Iterator[Node]:
    """The nodes in a number, an array, or tuples of these, in order."""
    if isinstance(thing, Node):
        yield thing
    elif isinstance(thing, tuple):
        for item in thing:
            yield from items_of(item)
    elif isinstance(thing, np.ndarray):
        yield from (v for v in thing.flat if isinstance(v, Node))


def numbers_of(thing) -> Iterator:
    """The nodes and floats of a result, in order."""
    if isinstance(thing, tuple):
        for item in thing:
            yield from numbers_of(item)
    elif isinstance(thing, np.ndarray):
        yield from thing.flat
    elif isinstance(thing, Node | int | float):
        yield thing


def mapped(function: Callable, thing, dtype: Any = float):
    """A result with another number in the place of each; arrays become ordinary ones."""
    if isinstance(thing, tuple):
        items = [mapped(function, item, dtype) for item in thing]
        return type(thing)(*items) if hasattr(thing, "_fields") else tuple(items)
    if isinstance(thing, np.ndarray):
        made = np.empty(thing.size, dtype=dtype)
        for i, item in enumerate(thing.flat):
            made[i] = function(item)
        return made.reshape(thing.shape)
    return function(thing) if isinstance(thing, Node | int | float) else thing


@dataclass(frozen=True)
class Form:
    """The form of an argument or a result: its nodes in their places."""

    thing: Any

    @classmethod
    def of(cls, thing) -> Form:
        """The form as it is now: the program may write to arrays later."""
        return cls(mapped(lambda x: x, thing, object))

    @property
    def nodes(self) -> list[Node]:
        return list(items_of(self.thing))

    def filled(self, values: dict[Node, float]):
        """The argument's form with a number for each input."""
        return mapped(lambda x: values.get(x, 0.0) if isinstance(x, Node) else 0.0, self.thing)

    def read(self, name: str, given) -> dict[Node, float]:
        """Numbers of this form by input."""
        return dict(_paired(name, self.thing, given))


def _paired(name: str, thing, given) -> Iterator[tuple[Node, float]]:
    if isinstance(thing, tuple):
        if not isinstance(given, tuple | list) or len(given) != len(thing):
            raise ShapeError(f"{name}: a tuple of {len(thing)} numbers or arrays is needed")
        for inner, item in zip(thing, given, strict=True):
            yield from _paired(name, inner, item)
    elif isinstance(thing, np.ndarray):
        numbers = np.asarray(given, dtype=float)
        if numbers.shape != thing.shape:
            raise ShapeError(f"{name}: shape {thing.shape} is needed, not {numbers.shape}")
        for node, x in zip(thing.flat, numbers.flat, strict=True):
            if isinstance(node, Node):
                yield node, float(x)
    elif isinstance(thing, Node):
        try:
            yield thing, float(given)
        except TypeError:
            raise ArgumentTypeError(f"{name}: a number is needed, not {given!r}") from None
