"""Named tuples: made, changed in part; and the methods of tuples and lists."""

from __future__ import annotations

from ...errors import UnsupportedError
from ..kinds import Named
from .things import described, static


def is_named_tuple(obj) -> bool:
    """Whether an object is a class of named tuples."""
    return isinstance(obj, type) and issubclass(obj, tuple) and hasattr(obj, "_fields")


def made_named(type_, args, kwargs) -> Named:
    """A named tuple from its constructor's arguments."""
    fields = type_._fields
    given = dict(zip(fields, args, strict=False))
    if len(args) > len(fields) or set(kwargs) & set(given) or not set(kwargs) <= set(fields):
        raise UnsupportedError(f"the arguments do not fit {type_.__name__}{fields}")
    known = {name: static(d) for name, d in type_._field_defaults.items()} | given | kwargs
    missing = [name for name in fields if name not in known]
    if missing:
        raise UnsupportedError(f"{type_.__name__} lacks the field {missing[0]!r}")
    return Named.of(type_, [known[name] for name in fields])


def tuple_method(owner: tuple, name: str, kwargs):
    """The result of a method of a tuple or a list."""
    if name == "_replace" and isinstance(owner, Named):
        old = dict(zip(owner.type._fields, owner, strict=True))
        return made_named(owner.type, [], old | kwargs)
    raise UnsupportedError(
        f"{described(owner)} has no method {name!r} in reverse mode; a list is read alone: fill "
        "an array instead, or make a tuple anew, t = t + (value,)"
    )
