"""Adjoints: derivatives whose text depends on the types of the arguments.

Whether an argument is a number, an array of some rank or a tuple decides what the adjoint's
text is.  It is written when the types are first met, and compiled like any other derivative.
"""

from __future__ import annotations

import ast
import itertools
import linecache
import math
import sys
import weakref
from types import FunctionType, ModuleType
from typing import Any

from numba import typeof
from numba.core import types

from .._compat import global_compiler_lock
from ..adjoint import runtime
from ..adjoint.frontend import Static
from ..adjoint.frontend.derivatives import Transforms
from ..adjoint.gradient import Request, text_of
from ..adjoint.kinds import COMPLEX, kind_of
from ..errors import ArgumentTypeError, UnsupportedError
from . import messages
from .arguments import Accepted
from .driver import Derivative, Text, Variant, remembered
from .passes import TwinCompiler
from .twin import options_of, python_function, twin

_numbers = itertools.count(1)


class Adjoint(Derivative):
    """A compiled function of reverse mode."""

    def __init__(self, py_func, recipe, accepted, options, write):
        self._write = write
        #: Texts and functions by the kinds of arguments.
        self._written: dict[Any, tuple[str, FunctionType]] = {}
        super().__init__([Variant(py_func, bool, "")], recipe, "", accepted, options)

    def compile(self, sig):
        with messages.translated(self), global_compiler_lock:
            args = sig if isinstance(sig, tuple) else getattr(sig, "args", ())
            self.accepted.check(args)
            (function,) = self.functions_for(args)
            make = type(self._compiler)
            self._compiler = make(function, self.targetdescr, self.targetoptions, {}, TwinCompiler)
            return super(Derivative, self).compile(sig)

    def functions_for(self, args):
        return [self.written(args)[1]]

    def written(self, args) -> tuple[str, FunctionType]:
        """The text for arguments of these types, and the function it defines."""
        kinds = tuple(_kind(t) for t in args)
        with messages.translated(self), global_compiler_lock:
            if kinds not in self._written:
                try:
                    text, scope = self._write(kinds)
                    self._written[kinds] = text, self._defined(text, scope)
                except (RecursionError, IndentationError):
                    raise UnsupportedError(
                        f"{self.accepted.function} is nested too deeply: give long expressions and "
                        "chains of branches functions or variables of their own"
                    ) from None
        return self._written[kinds]

    def text_for(self, kinds) -> str:
        if kinds:
            return self.written(self.folded(kinds))[0]
        if not self._written:
            raise ArgumentTypeError(
                f"the text of {self!r} depends on the types of its arguments: call it first, or "
                "write ta.source(g, *args)"
            )
        return list(self._written.values())[-1][0]

    def _defined(self, text: str, scope) -> FunctionType:
        number = next(_numbers)
        filename = f"<taylorad {self.py_func.__name__} {number}>"
        linecache.cache[filename] = len(text), None, text.splitlines(True), filename
        # Numba links a function that calls itself only where its module can be imported
        module = ModuleType(f"taylorad.generated_{number}")
        sys.modules[module.__name__] = module
        defined = vars(module)
        defined.update({"math": math, **runtime.SCOPE, **scope})
        exec(compile(text, filename, "exec"), defined)
        for function in defined.values():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                twin(function, self.targetoptions)
        *_, name = (n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef))
        function = defined[name]  # what it calls comes before it
        function.__defaults__ = self.py_func.__defaults__
        weakref.finalize(self, linecache.cache.pop, filename, None)
        weakref.finalize(self, sys.modules.pop, module.__name__, None)
        return function


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


def has_gradient(gradient: Adjoint, of_arrays=True):
    """The test of argument types whether a function returns a number and has an adjoint.

    With ``of_arrays`` there must be arrays among the differentiated arguments.
    """

    def fits(accepted: Accepted, args) -> bool:
        if of_arrays and not accepted.has_arrays(args):
            return False
        try:
            gradient.written(args)
        except Exception:  # whatever it is, forward mode serves, or says what is wrong
            return False
        return True

    return fits


def has_tangent(adjoint: Adjoint):
    """The test of argument types whether an adjoint has a text for its tangent.

    Numbers in single precision are left to jets, which widen them.
    """
    has = has_gradient(adjoint, of_arrays=False)
    return lambda accepted, args: not any(map(_is_single, args)) and has(accepted, args)


def _is_single(kind) -> bool:
    if isinstance(kind, types.BaseTuple):
        return any(map(_is_single, kind.types))
    return getattr(kind, "dtype", kind) == types.float32


def adjoint_of(
    transform, f, argnums, *, label="", value=False, cotangent=None, direction=None, **options
) -> Adjoint:
    """The function of reverse mode that a transform stands for, made on the first request.

    Parameters
    ----------
    transform : function
        The public function, which makes the derivative again when it is unpickled.
    f : function
        The user's function.
    argnums : int or tuple
        The differentiated arguments.
    label : str, optional
        What the function is named by in the text; by default, the transform's name.
    value : bool
        Whether the function's value comes first in the result.
    cotangent : str, optional
        The name of a further parameter, the adjoint of the result.
    direction : str, optional
        The name of a further parameter: the adjoint's tangent along it is returned.
    **options
        The transform's other options.
    """
    after = tuple(filter(None, (cotangent, direction)))

    def build(recipe):
        text = Text(f, dict(recipe[2])["argnums"])
        p = text.parameters
        names = text.names(after)

        def write(kinds):
            if len(kinds) != len(names) + bool(p.variadic):
                raise ArgumentTypeError(f"{p.function} takes {len(names)} arguments here")
            if any(_is_complex(kinds[i]) for i in p.active):
                raise UnsupportedError(
                    f"{p.function} is differentiated by complex numbers; reverse mode is for "
                    "real ones: use forward mode (ta.derivative, ta.jvp, ta.jacobian)"
                )
            known = dict(zip([*names, *([p.variadic] if p.variadic else [])], kinds, strict=True))
            further = [(text[n], known.pop(text[n])) if n else None for n in (cotangent, direction)]
            checked = options_of(f).get("error_model", "python") == "python"
            function = f if isinstance(f, Derivative) else python_function(f)
            request = Request(
                function, known, tuple(p.names[i] for i in p.active), p.several,
                value, *further, checked, p.variadic,
            )  # fmt: skip
            return text_of(request, name)

        name = text.fresh(f"{label or transform.__name__}_{text.function}")
        scope: dict[str, Any] = {"__name__": "taylorad.generated"}
        scope.update({f"_default_{p.names.index(n)}": v for n, v in p.defaults.items()})
        exec(text.define(name, "pass", after), scope)
        accepted = Accepted(p.function, names, p.variadic, p.active, p.several, "any")
        kept = {**options_of(f), "nopython": True, "error_model": "numpy"}
        made = Adjoint(scope[name], recipe, accepted, kept, write)
        made.__doc__ = f"taylorad.{transform.__name__} of {p.function}."
        return made

    return remembered(transform, f, argnums, options, build)


def _returned(made: Derivative, args) -> types.Type:
    """The type that a derivative returns to compiled code."""
    function, args = twin(made), made.folded(args)
    with messages.translated(made), global_compiler_lock:
        function.compile(args)
        return function.overloads[args].signature.return_type


Transforms.kind, Transforms.returned = Derivative, staticmethod(_returned)

__all__ = ["Adjoint", "Transforms", "adjoint_of", "has_gradient", "has_tangent"]
