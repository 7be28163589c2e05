"""The functions and constants that an expression may name.

They are the registry's primitives under the names of their spellings in ``math``,
NumPy, the builtins and this library: what the registry does not know cannot be called.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from ..primitives import registry

CONSTANTS = {
    "pi": math.pi,
    "e": math.e,
    "tau": math.tau,
    "inf": math.inf,
    "nan": math.nan,
}
#: Names from mathematics for functions that programs spell otherwise.
ALIASES = {"ln": "log", "arctg": "arctan"}
#: Functions of two operands that take more, folded from the left.
VARIADIC = {"min", "max", "minimum", "maximum", "fmin", "fmax", "hypot"}
#: These have an operator of their own, so that integer exponents stay exact.
POWERS = {"pow", "power"}


#: Complex parts, answers of yes or no, and steps between floats: not for real expressions.
UNFIT = {
    "angle", "conjugate", "imag", "real",
    "isfinite", "isinf", "isnan", "signbit", "logical_and", "logical_or", "logical_xor",
    "nextafter", "spacing", "lgamma_coefficient", "sinc_coefficient",
}  # fmt: skip


@cache
def functions() -> dict[str, tuple[Callable, int]]:
    """Name to (function, number of operands)."""
    table: dict[str, tuple[Callable, int]] = {}
    for declared in registry.registered():
        spellings = {fn: _home(fn) for fn in declared.functions}
        operator = "_operator" in spellings.values()
        # NumPy's and the library's own spellings return inf and nan where math's raise
        quiet = [fn for fn, home in spellings.items() if home in ("numpy", "taylorad")]
        for fn, home in spellings.items():
            if home == "builtins" or (home in ("math", "numpy", "taylorad") and not operator):
                target = quiet[0] if home == "math" and quiet else fn
                table.setdefault(fn.__name__, (target, declared.arity))
    for alias, name in ALIASES.items():
        if name in table:
            table[alias] = table[name]
    return {name: entry for name, entry in table.items() if name not in UNFIT}


def _home(function) -> str:
    """The package that a function belongs to; nothing for types such as ``int``."""
    if isinstance(function, np.ufunc):
        return "numpy"
    module = getattr(function, "__module__", None) or ""
    return "" if isinstance(function, type) else module.partition(".")[0]
