"""Adjoints: derivatives whose text depends on the types of the arguments.

Whether an argument is a number, an array of some rank or a tuple decides what the adjoint's
text is.  It is written when the types are first met, and compiled like any other derivative.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from numba.core import types

from .._compat import global_compiler_lock
from ..errors import ArgumentTypeError, UnsupportedError
from . import messages
from .arguments import Accepted
from .driver import Derivative, remembered
from .functions import options_of
from .stored import Request
from .text import Text


class Adjoint(Derivative):
    """A compiled function of reverse mode.

    Parameters
    ----------
    stub, recipe, accepted, options
        As for `Derivative`.
    write : callable
        Given the kinds of arguments, returns the text and what it refers to.
    otherwise : Derivative, optional
        What serves arguments for which there is no text.
    """

    def __init__(self, stub, recipe, accepted, options, write, otherwise=None):
        self._write, self._otherwise = write, otherwise
        #: Texts and functions by the kinds of arguments.
        self._written: dict[Any, tuple[str, FunctionType]] = {}
        super().__init__(stub, recipe, accepted, options)

    def _compile(self, args, sig) -> str:
        if not self._serves(args):
            return self._compile_one_of(self._otherwise.variants, args, sig) or self._otherwise.text
        text, function = self.written(args)
        self._compile_function(function, sig)
        return text

    def functions_for(self, args):
        if not self._serves(args):
            return self._otherwise.functions_for(args)
        return [self.written(args)[1]]

    def _serves(self, args) -> bool:
        """Whether the text is to be used; numbers in single precision are for jets to widen."""
        return self._otherwise is None or (
            not any(map(_is_single, args)) and has_gradient(self, False)(self.accepted, args)
        )

    def written(self, args) -> tuple[str, FunctionType]:
        """The text for arguments of these types, and the function it defines."""
        from .writing import defined, kinds_of  # brings the compiler of adjoints

        kinds = kinds_of(args)
        with messages.translated(self), global_compiler_lock:
            if kinds not in self._written:
                Request(self.__name__, self._recipe, args).begin()
                try:
                    text, scope = self._write(kinds)
                    self._written[kinds] = text, defined(self, text, scope)
                except (RecursionError, IndentationError):
                    raise UnsupportedError(
                        f"{self.accepted.function} is nested too deeply: give long expressions and "
                        "chains of branches functions or variables of their own"
                    ) from None
        return self._written[kinds]

    def text_for(self, kinds) -> str:
        if kinds:
            kinds = self.folded(kinds)
            if kinds in self._texts:
                return self._texts[kinds]
            if self._otherwise is not None and not self._serves(kinds):
                return self._otherwise.text_for(kinds)
            return self.written(kinds)[0]
        texts = [*self._texts.values()] or [text for text, _ in self._written.values()]
        if not texts:
            raise ArgumentTypeError(
                f"the text of {self!r} depends on the types of its arguments: call it first, or "
                "write ta.source(g, *args)"
            )
        return texts[-1]


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


def _is_single(kind: types.Type) -> bool:
    """Whether there are numbers in single precision in a type."""
    if isinstance(kind, types.BaseTuple):
        return any(map(_is_single, kind.types))
    return getattr(kind, "dtype", kind) == types.float32


def adjoint_of(
    transform, f, argnums, *, value=False, cotangent=None, direction=None, otherwise=None, **options
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
    value : bool
        Whether the function's value comes first in the result.
    cotangent : str, optional
        The name of a further parameter, the adjoint of the result.
    direction : str, optional
        The name of a further parameter: what is returned is the adjoint's tangent along it.
    otherwise : Derivative, optional
        What serves arguments for which there is no text.
    **options
        The transform's other options.
    """
    after = tuple(filter(None, (cotangent, direction)))

    def build(recipe):
        text = Text(f, dict(recipe[2])["argnums"])
        p = text.parameters
        names = text.names(after)

        def write(kinds):
            from .writing import written  # brings the compiler of adjoints

            return written(text, name, kinds, value, cotangent, direction, f)

        name = text.fresh(f"{transform.__name__}_{text.function}")
        accepted = Accepted(p.function, names, p.variadic, p.active, p.several, "any")
        kept = {**options_of(f), "nopython": True, "error_model": "numpy"}
        stub = text.stub(name, after, f"taylorad.{transform.__name__} of {p.function}.")
        return Adjoint(stub, recipe, accepted, kept, write, otherwise)

    return remembered(transform, f, argnums, options, build)
