"""What belongs to Python, NumPy, Numba or taylorad: known by its name and their versions."""

from __future__ import annotations

import os
import sys
import sysconfig
from functools import cache
from types import BuiltinFunctionType

import numpy as np

#: Packages whose versions are part of every key.
PACKAGES = {"numpy", "numba", "llvmlite", "taylorad"}
_STANDARD = os.path.join(os.path.realpath(sysconfig.get_paths()["stdlib"]), "")


@cache
def is_library(module: str | None) -> bool:
    """Whether a module, by name, belongs to one of the libraries."""
    root = (module or "").partition(".")[0]
    if root in PACKAGES:
        return True
    if root not in sys.stdlib_module_names or root not in sys.modules:
        return False
    # a user's own module may bear the name of one of Python's
    spec = getattr(sys.modules[root], "__spec__", None)
    if spec is None or spec.origin in ("built-in", "frozen"):
        return spec is not None
    origin = os.path.realpath(spec.origin or "")
    return origin.startswith(_STANDARD) and "site-packages" not in origin


def resolves(thing) -> bool:
    """Whether an object is what its module and name say, and not of the main program."""
    module = getattr(thing, "__module__", None)
    return module not in (None, "__main__", "__mp_main__") and _found(module, thing) is thing


def _found(module: str, thing):
    found = sys.modules.get(module)
    for name in getattr(thing, "__qualname__", getattr(thing, "__name__", "")).split("."):
        found = getattr(found, name, None)
    return found


def library_name(thing) -> str | None:
    """The name of an object that belongs to a library and is reached by it; None for others."""
    if isinstance(thing, np.ufunc):
        known = getattr(np, str(thing.__name__), None) is thing
        return f"numpy.{thing.__name__}" if known else None
    if isinstance(thing, BuiltinFunctionType):
        owner = thing.__self__
        if not (owner is None or isinstance(owner, type | type(sys))):
            # a method of NumPy's one generator, such as numpy.random.normal
            known = getattr(np.random, thing.__name__, None) == thing
            return f"numpy.random.{thing.__name__}" if known else None
    module = getattr(thing, "__module__", None)
    name = getattr(thing, "__qualname__", getattr(thing, "__name__", None))
    if not isinstance(module, str) or not isinstance(name, str) or not is_library(module):
        return None
    return f"{module}.{name}" if _found(module, thing) is thing else None
