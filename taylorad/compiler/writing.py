"""The text of adjoints, and the functions that it defines."""

from __future__ import annotations

import ast
import itertools
import linecache
import math
import sys
import weakref
from types import FunctionType, ModuleType

from numba import typeof
from numba.core import types

from .._compat import global_compiler_lock
from ..adjoint import runtime
from ..adjoint.frontend import Static
from ..adjoint.gradient import Request, text_of
from ..adjoint.kinds import COMPLEX, kind_of
from ..adjoint.transforms import Transforms
from ..errors import ArgumentTypeError, UnsupportedError
from . import cache, messages
from .driver import Derivative
from .functions import options_of, python_function
from .text import Text
from .twin import twin

_numbers = itertools.count(1)


def kinds_of(args) -> tuple:
    """The kinds of arguments of Numba types."""
    return tuple(map(_kind, args))


def _kind(kind: types.Type):
    """The kind of an argument of a Numba type."""
    if isinstance(kind, types.Omitted):
        kind = typeof(kind.value)
    if isinstance(kind, types.NoneType):
        return Static(None)
    if isinstance(kind, types.Dispatcher):
        return Static(kind.dispatcher)
    if isinstance(kind, types.StringLiteral):
        return Static(kind.literal_value)
    return kind_of(kind)


def _is_complex(kind) -> bool:
    if isinstance(kind, tuple):
        return any(map(_is_complex, kind))
    return getattr(kind, "dtype", kind) == COMPLEX


def written(
    text: Text, name: str, kinds, value: bool, cotangent: str | None, direction: str | None, f
):
    """The text of the adjoint of ``f`` for arguments of these kinds, and what it refers to."""
    p = text.parameters
    names = text.names(tuple(filter(None, (cotangent, direction))))
    if len(kinds) != len(names) + bool(p.variadic):
        raise ArgumentTypeError(f"{p.function} takes {len(names)} arguments here")
    if any(_is_complex(kinds[i]) for i in p.active):
        raise UnsupportedError(
            f"{p.function} is differentiated by complex numbers; reverse mode is for "
            "real ones: use forward mode (ta.derivative, ta.jvp, ta.jacobian)"
        )
    known = dict(zip([*names, *([p.variadic] if p.variadic else [])], kinds, strict=True))

    def further(name: str | None):
        return (text[name], known.pop(text[name])) if name else None

    checked = options_of(f).get("error_model", "python") == "python"
    function = f if isinstance(f, Derivative) else python_function(f)
    request = Request(
        function, known, tuple(p.names[i] for i in p.active), p.several,
        value, further(cotangent), further(direction), checked, p.variadic,
    )  # fmt: skip
    return text_of(request, name)


def defined(adjoint, text: str, scope) -> FunctionType:
    """The function that the text of an adjoint defines."""
    filename = cache.written_text(adjoint.__name__, text)
    # Numba links a function that calls itself only where its module can be imported
    module = ModuleType(f"taylorad.generated_{next(_numbers)}")
    sys.modules[module.__name__] = module
    scope = {"math": math, **runtime.SCOPE, **scope}
    vars(module).update(scope)
    exec(compile(text, filename, "exec"), vars(module))
    for function in vars(module).values():
        if isinstance(function, FunctionType) and function.__module__ == module.__name__:
            twin(function, adjoint.targetoptions)
    *_, name = (n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))
    function = vars(module)[name]  # what it calls comes before it
    function.__defaults__ = adjoint.py_func.__defaults__
    weakref.finalize(adjoint, linecache.cache.pop, filename, None)
    weakref.finalize(adjoint, sys.modules.pop, module.__name__, None)
    return function


def _returned(made: Derivative, args) -> types.Type:
    """The type that a derivative returns to compiled code."""
    function, args = twin(made), made.folded(args)
    with messages.translated(made), global_compiler_lock:
        function.compile(args)
        return function.overloads[args].signature.return_type


Transforms.kind, Transforms.returned = Derivative, staticmethod(_returned)
