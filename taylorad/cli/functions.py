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


@cache
def functions() -> dict[str, tuple[Callable, int]]:
    """Name to (function, number of operands)."""
    table: dict[str, tuple[Callable, int]] = {}
    for declared in registry.registered():
        arithmetic = any(getattr(fn, "__module__", "") == "_operator" for fn in declared.functions)
        ufuncs = [fn for fn in declared.functions if isinstance(fn, np.ufunc)]
        for fn in declared.functions:
            module = "numpy" if fn in ufuncs else (getattr(fn, "__module__", "") or "")
            if module not in ("math", "numpy", "builtins") and not module.startswith("taylorad."):
                continue
            if arithmetic and module != "builtins":
                continue  # ``add(x, y)`` is ``x + y``
            # NumPy's spelling returns inf and nan where math's raises
            target = ufuncs[0] if module == "math" and ufuncs else fn
            table.setdefault(fn.__name__, (target, declared.arity))
    for alias, name in ALIASES.items():
        if name in table:
            table[alias] = table[name]
    return table
