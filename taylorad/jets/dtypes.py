"""Jet types as dtypes: what ``dtype=`` of an allocation in compiled code may be."""

from __future__ import annotations

from dataclasses import dataclass

from numba.core import types
from numba.extending import typeof_impl

from .types import JetType


@dataclass(frozen=True)
class JetDType:
    """A jet type as a value in a function's globals."""

    kind: JetType


@typeof_impl.register(JetDType)
def _typeof(value, c):
    return types.DType(value.kind)
