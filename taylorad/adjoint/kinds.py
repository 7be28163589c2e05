"""Kinds of values: what the transformation knows of a type.

A number that may carry derivatives is ``FLOAT`` whether it will be a float or a jet: the
generated text is the same for both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from numba.core import types

from ..jets.types import JetType

FLOAT, INT, BOOL, COMPLEX = "float", "int", "bool", "complex"
#: From narrow to wide: where two numbers meet, the wider holds both.
NUMBERS = (BOOL, INT, FLOAT, COMPLEX)


@dataclass(frozen=True)
class ArrayKind:
    """Arrays of ``ndim`` dimensions; ``layout`` is Numba's: "C", "F" or "A" for any."""

    ndim: int
    dtype: str
    layout: str = "A"

    def __str__(self):
        return f"array({self.dtype}, {self.ndim}, {self.layout})"

    def with_layout(self, layout: str) -> ArrayKind:
        return replace(self, layout=layout)


@dataclass(frozen=True)
class OpaqueKind:
    """Anything else that Numba has a type for; it takes no part in derivatives."""

    type: types.Type

    def __str__(self):
        return str(self.type)


Kind = str | ArrayKind | OpaqueKind


class Named(tuple):
    """A named tuple of kinds, or of what has kinds."""

    type: Any

    @classmethod
    def of(cls, type_, items) -> Named:
        made = cls(items)
        made.type = type_
        return made

    def __eq__(self, other):
        return isinstance(other, Named) and self.type is other.type and super().__eq__(other)

    def __hash__(self):
        return hash((self.type, super().__hash__()))


def is_array(kind) -> bool:
    """Whether values of this kind are arrays."""
    return isinstance(kind, ArrayKind)


def join(a, b):
    """The kind that holds values of both, or None."""
    if a == b:
        return a
    if a in NUMBERS and b in NUMBERS:
        return max(a, b, key=NUMBERS.index)
    if is_array(a) and is_array(b) and (a.ndim, a.dtype) == (b.ndim, b.dtype):
        return a.with_layout("A")
    return None


def kind_of(kind: types.Type):
    """The kind of a Numba type; a tuple of kinds for a tuple type."""
    kind = types.unliteral(kind)
    if isinstance(kind, types.Omitted):
        return None
    if isinstance(kind, types.BaseTuple):
        items = tuple(kind_of(t) for t in kind.types)
        named = isinstance(kind, types.BaseNamedTuple)
        return Named.of(kind.instance_class, items) if named else items
    if isinstance(kind, types.Array):
        dtype = kind_of(kind.dtype)
        return ArrayKind(kind.ndim, dtype, kind.layout) if dtype in NUMBERS else OpaqueKind(kind)
    if isinstance(kind, types.Boolean):
        return BOOL
    if isinstance(kind, types.Integer):
        return INT
    if isinstance(kind, types.Float):
        return FLOAT
    if isinstance(kind, types.Complex):
        return COMPLEX
    if isinstance(kind, JetType):
        return COMPLEX if isinstance(kind.bottom, types.Complex) else FLOAT
    return OpaqueKind(kind)


_SCALARS = {FLOAT: types.float64, INT: types.int64, BOOL: types.boolean, COMPLEX: types.complex128}


def type_of(kind) -> types.Type:
    """A Numba type of this kind, for asking Numba what a function returns."""
    if isinstance(kind, tuple):
        return types.Tuple([type_of(k) for k in kind])
    if is_array(kind):
        return types.Array(_SCALARS[kind.dtype], kind.ndim, kind.layout)
    return kind.type if isinstance(kind, OpaqueKind) else _SCALARS[kind]
