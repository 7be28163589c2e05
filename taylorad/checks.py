"""Checks of arguments that several parts of the library share."""

from __future__ import annotations

import operator

from .errors import ArgumentTypeError, ArgumentValueError


def order_of(value, name: str = "order", least: int = 0) -> int:
    """An order given by the user, as an int of at least ``least``."""
    try:
        order = operator.index(value)
    except TypeError:
        order = None
    if order is None or isinstance(value, bool):
        raise ArgumentTypeError(f"{name} must be an int, got {value!r}")
    if order < least:
        raise ArgumentValueError(f"{name} must be at least {least}, got {order}")
    return order
