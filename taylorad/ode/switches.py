"""Where a right-hand side has kinks and jumps: numbers whose sign changes there.

Between two sign changes the right-hand side is one smooth formula, and steps end where a
sign changes.  For each primitive that is not smooth, the numbers are written with the
operands and with functions that are constant on the piece.
"""

from __future__ import annotations

import numpy as np


def _itself(a):
    return (a,)


def _difference(a, b):
    return (a - b,)


def _steps_of(function, below: float, above: float):
    """The two ends of the piece on which a function of steps is constant."""

    def ends(a):
        piece = function(a)
        return a - (piece + below), a - (piece + above)

    return ends


def _quotient(ends):
    return lambda a, b: ends(a / b)


_FLOOR = _steps_of(np.floor, 0.0, 1.0)
_TRUNC = _steps_of(np.trunc, -1.0, 1.0)

#: By the primitive's name.
SWITCHES = {
    "absolute": _itself,
    "sign": _itself,
    "signbit": _itself,
    "bool": _itself,
    "not": _itself,
    "copysign": lambda a, b: (a, b),
    "floor": _FLOOR,
    "ceil": _steps_of(np.ceil, -1.0, 0.0),
    "trunc": _TRUNC,
    "int": _TRUNC,
    "rint": _steps_of(np.rint, -0.5, 0.5),
    "floor_divide": _quotient(_FLOOR),
    "remainder": _quotient(_FLOOR),
    "fmod": _quotient(_TRUNC),
    "logical_and": lambda a, b: (a, b),
    "logical_or": lambda a, b: (a, b),
    "logical_xor": lambda a, b: (a, b),
    **dict.fromkeys(
        ("max", "min", "maximum", "minimum", "fmax", "fmin",
         "less", "less_equal", "greater", "greater_equal"),
        _difference,
    ),
}  # fmt: skip
