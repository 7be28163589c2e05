"""A user's functions: what is taken from them, and what is remembered with them."""

from __future__ import annotations

import threading
import weakref
from types import FunctionType

from .._compat import Dispatcher
from ..errors import ArgumentTypeError

#: Options of a user's function that its derivatives keep.
KEPT = ("fastmath", "error_model", "boundscheck", "debug", "nogil", "noalias", "forceinline")

lock = threading.RLock()


def python_function(f) -> FunctionType:
    """The Python function behind ``f``: an ``njit`` function or a plain one."""
    if isinstance(f, Dispatcher):
        return f.py_func
    if isinstance(f, FunctionType):
        return f
    raise ArgumentTypeError(
        f"expected an @njit function or a Python function, got {type(f).__name__}: {f!r}"
        + ("; write a function that calls it: def f(x): ..." if callable(f) else "")
    )


def options_of(f) -> dict:
    """The compiler options that derivatives of ``f`` keep."""
    return kept_options(f.targetoptions) if isinstance(f, Dispatcher) else {}


def kept_options(options) -> dict:
    """Of compiler options those that derivatives keep."""
    return {k: v for k, v in options.items() if k in KEPT}


class Memory(dict):
    """What was made from a function, kept on it so that all of it is freed together.

    It stays behind where a function is copied or pickled with its attributes.
    """

    def __init__(self, owner=None):
        super().__init__()
        self._owner = None if owner is None else weakref.ref(owner)

    def belongs_to(self, f) -> bool:
        return self._owner is not None and self._owner() is f

    def __reduce__(self):
        return Memory, ()


def memory(f) -> Memory:
    """The memory of a function."""
    with lock:
        found = vars(f).get("__taylorad__")
        if found is None or not found.belongs_to(f):
            found = vars(f)["__taylorad__"] = Memory(f)
        return found


def without_annotation(cres):
    """A compile result without the annotated source, which refers to the function.

    Numba holds the results of a dispatcher for as long as it lives, and the functions
    hold their derivatives: none of them could ever be freed.
    """
    return cres._replace(type_annotation=None)


def name_of(f) -> str:
    """The name of a user's function, for messages."""
    return getattr(f, "__name__", repr(f))
