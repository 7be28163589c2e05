"""Types of arguments that can be told by their parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import types

#: By the class of a type what tells it from others of the class.
_PARTS: dict[type, Callable[[Any], tuple]] = {
    **dict.fromkeys(
        (types.Integer, types.Float, types.Complex, types.Boolean, types.NoneType,
         types.UnicodeType, types.RangeType),
        lambda t: (t.name,),
    ),
    types.Array: lambda t: (t.dtype, t.ndim, t.layout, t.mutable, t.aligned),
    types.Record: lambda t: (t.size, t.aligned, _fields(t)),
    types.CPointer: lambda t: (t.dtype, str(t.addrspace)),
    types.UniTuple: lambda t: t.types,
    types.Tuple: lambda t: t.types,
    types.NamedTuple: lambda t: (t.instance_class, t.types),
    types.NamedUniTuple: lambda t: (t.instance_class, t.types),
    types.Omitted: lambda t: (t.value,),
    types.IntegerLiteral: lambda t: (t.literal_value,),
    types.StringLiteral: lambda t: (t.literal_value,),
    types.BooleanLiteral: lambda t: (t.literal_value,),
    types.Dispatcher: lambda t: (t.dispatcher,),
    types.Optional: lambda t: (t.type,),
    types.ListType: lambda t: (t.item_type,),
    types.DictType: lambda t: (t.key_type, t.value_type),
}  # fmt: skip


def _fields(record: types.Record) -> tuple:
    return tuple((name, f.type, f.offset) for name, f in record.fields.items())


def parts_of(kind: types.Type) -> tuple | None:
    """What tells a Numba type from others of its class; None where nothing is known to."""
    parts = _PARTS.get(type(kind))
    return None if parts is None else parts(kind)
