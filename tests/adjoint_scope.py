"""What random programs are made of: forms of values, and the names that a place can use."""

from __future__ import annotations

import copy
from collections import namedtuple
from dataclasses import dataclass, field
from typing import Any

NUMBER, INTEGER = "number", "integer"
VECTOR, SHORT, MATRIX, TURNED = (4,), (3,), (3, 4), (4, 3)
#: Parameters alone: an array that is only read, and how deep a function may call itself.
FIXED, DEPTH = "fixed", "depth"

Point = namedtuple("Point", "left right")
Body = namedtuple("Body", "place mass")
Phase = namedtuple("Phase", "position speed")
#: The named tuples that programs use, by name.
NAMED_TUPLES = {t.__name__: t for t in (Point, Body, Phase)}


class Named(tuple):
    """The form of a named tuple: the forms of its fields."""

    def __new__(cls, type_, *forms):
        made = super().__new__(cls, forms)
        made.type = type_
        return made

    def __eq__(self, other):
        return isinstance(other, Named) and self.type is other.type

    def __hash__(self):
        return hash(self.type)


NAMED = Named(Point, NUMBER, NUMBER), Named(Body, VECTOR, NUMBER), Named(Phase, VECTOR, VECTOR)


def is_tuple(form) -> bool:
    """Whether a form is that of a tuple, not of an array."""
    return isinstance(form, tuple) and not isinstance(form[0], int)


def like(thing, items) -> tuple:
    """A tuple, or a named tuple, of new items."""
    return thing._make(items) if hasattr(thing, "_make") else tuple(items)


@dataclass
class Array:
    """What is known of an array variable."""

    shape: tuple[int, ...]
    writable: bool = True


@dataclass
class Scope:
    """The names that a place in a program can use."""

    numbers: list[str] = field(default_factory=list)
    #: Numbers that may be assigned.
    own: list[str] = field(default_factory=list)
    #: Integers with their least and largest value, where these are known.
    integers: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    counters: list[str] = field(default_factory=list)
    arrays: dict[str, Array] = field(default_factory=dict)
    tuples: dict[str, tuple] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    index_arrays: list[str] = field(default_factory=list)
    in_loop: bool = False
    #: Whether `break` may stand here, and `return`.
    may_break: bool = True
    may_return: bool = True

    def inner(self, in_loop=None) -> Scope:
        return Scope(
            list(self.numbers),
            list(self.own),
            dict(self.integers),
            list(self.counters),
            dict(self.arrays),
            dict(self.tuples),
            list(self.flags),
            list(self.index_arrays),
            self.in_loop if in_loop is None else in_loop,
            self.may_break or bool(in_loop),
            self.may_return,
        )

    def shaped(self, shape, writable=False) -> list[str]:
        return [n for n, a in self.arrays.items() if a.shape == shape and a.writable >= writable]


@dataclass
class Program:
    """A text, the arguments of its ``f``, and what is differentiated."""

    text: str
    arguments: dict[str, Any]
    wrt: tuple[str, ...]
    #: Pairs of arguments, of which the first is, or begins with, the same array as the second.
    same: tuple[tuple[str, str], ...] = ()
    #: Operations from which on a function stays one where it is called; 0 for the library's.
    large: int = 0

    def __post_init__(self):
        self.arguments = copy.deepcopy(self.arguments)
        for name, other in self.same:
            old, array = self.arguments[name], self.arguments[other]
            self.arguments[name] = like(old, [array, *old[1:]]) if isinstance(old, tuple) else array


def bind(scope, name, kind) -> None:
    """Let a scope know a new variable of a form."""
    if kind == NUMBER:
        scope.numbers.append(name)
        scope.own.append(name)
    elif kind == INTEGER:
        scope.integers[name] = None
    elif kind == DEPTH:
        scope.integers[name] = 0, 3
    elif kind == FIXED:
        scope.arrays[name] = Array(VECTOR, False)
    elif is_tuple(kind):
        scope.tuples[name] = kind
    else:
        scope.arrays[name] = Array(kind)
