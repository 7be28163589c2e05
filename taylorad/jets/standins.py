"""Users' own functions as primitives: known to Numba for jets and for plain numbers.

Numba types an ``@njit`` function by its code and a plain function not at all.  A
primitive must be typed by its declaration, so an ``@njit`` function is represented in
differentiated code by a stand-in, and a plain function is given its value as the
implementation for plain numbers.
"""

from __future__ import annotations

from types import FunctionType

from numba import njit
from numba.core import types
from numba.core.errors import NumbaError
from numba.extending import overload

from .._compat import Dispatcher, cpu_target
from .types import JetType

_standins: dict[Dispatcher, FunctionType] = {}


def standin(function):
    """What stands for a primitive's function in compiled code: mostly itself."""
    return _standins.get(function, function) if isinstance(function, Dispatcher) else function


def prepare(function, primitive):
    """The function that templates are made for, with an implementation for plain numbers."""
    if isinstance(function, Dispatcher):
        _standins[function] = represent(function, primitive.arity)
        return _standins[function]
    if isinstance(function, FunctionType) and not _known(function):
        value = primitive.value
        value = value if isinstance(value, Dispatcher) else njit(value)
        implement(function, value, primitive.arity)
    return function


def _known(function) -> bool:
    """Whether Numba has an implementation of a Python function."""
    if function.__module__.partition(".")[0] in ("numpy", "taylorad", "math"):
        return True
    try:
        cpu_target.typing_context.refresh()
        cpu_target.typing_context.resolve_value_type(function)
    except (NumbaError, ValueError):
        return False
    return True


def represent(function: Dispatcher, arity: int) -> FunctionType:
    """A plain function that compiled code may call instead of ``function``."""
    represented = caller(function, arity)
    implement(represented, function, arity)
    return represented


def caller(function, arity: int) -> FunctionType:
    """A function that calls ``function`` and does nothing else."""
    names = _names(arity)
    scope = {"value": function}
    exec(f"def represented({names}):\n    return value({names})\n", scope)
    scope["represented"].__name__ = function.__name__
    return scope["represented"]


def implement(function: FunctionType, value: Dispatcher, arity: int) -> None:
    """Let compiled code call ``function`` on plain numbers by calling ``value``."""
    names = _names(arity)
    scope = {"__name__": __name__, "value": value, "plain": _plain}
    text = f"return (lambda {names}: value({names})) if plain({names}) else None"
    exec(f"def typing({names}):\n    {text}\n", scope)
    overload(function)(scope["typing"])


def _plain(*kinds) -> bool:
    """Whether no jet is among the types: those are the templates' own."""
    dtypes = [kind.dtype if isinstance(kind, types.Array) else kind for kind in kinds]
    return not any(isinstance(dtype, JetType) for dtype in dtypes)


def _names(arity: int) -> str:
    return ", ".join(f"a{i}" for i in range(arity))
