"""Orders of differentiation as the user gives them."""

from __future__ import annotations

import numpy as np

from ..errors import ArgumentTypeError, ArgumentValueError


def order_of(value, name="order", least=0) -> int:
    """An order, checked."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise ArgumentTypeError(f"{name} must be an int, got {value!r}")
    if value < least:
        raise ArgumentValueError(f"{name} must be at least {least}, got {value}")
    return int(value)
