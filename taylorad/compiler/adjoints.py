"""Adjoints: derivatives whose text depends on the types of the arguments.

Whether an argument is a number, an array of some rank or a tuple decides what the adjoint's
text is.  It is written when the types are first met, and compiled like any other derivative.
"""

from __future__ import annotations

from types import FunctionType
from typing import Any

from .._compat import global_compiler_lock
from ..errors import ArgumentTypeError, UnsupportedError
from . import messages
from .arguments import Accepted
from .driver import Derivative, remembered
from .functions import options_of
from .stored import Request
from .text import Text


class Adjoint(Derivative):
    """A compiled function of reverse mode."""

    def __init__(self, stub, recipe, accepted, options, write):
        self._write = write
        #: Texts and functions by the kinds of arguments.
        self._written: dict[Any, tuple[str, FunctionType]] = {}
        super().__init__(stub, recipe, accepted, options)

    def _compile(self, args, sig) -> str:
        text, function = self.written(args)
        self._compile_function(function, sig)
        return text

    def functions_for(self, args):
        return [self.written(args)[1]]

    def written(self, args) -> tuple[str, FunctionType]:
        """The text for arguments of these types, and the function it defines."""
        from .writing import defined, kinds_of  # brings the compiler of adjoints

        kinds = kinds_of(args)
        with messages.translated(self), global_compiler_lock:
            if kinds not in self._written:
                Request(self, args).begin()
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
            return self._texts.get(kinds) or self.written(kinds)[0]
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


def adjoint_of(transform, f, argnums, *, value=False, cotangent=None, **options) -> Adjoint:
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
    **options
        The transform's other options.
    """
    after = (cotangent,) if cotangent else ()

    def build(recipe):
        text = Text(f, dict(recipe[2])["argnums"])
        p = text.parameters
        names = text.names(after)

        def write(kinds):
            from .writing import written  # brings the compiler of adjoints

            return written(text, name, kinds, value, cotangent, f)

        name = text.fresh(f"{transform.__name__}_{text.function}")
        accepted = Accepted(p.function, names, p.variadic, p.active, p.several, "any")
        kept = {**options_of(f), "nopython": True, "error_model": "numpy"}
        stub = text.stub(name, after, f"taylorad.{transform.__name__} of {p.function}.")
        return Adjoint(stub, recipe, accepted, kept, write)

    return remembered(transform, f, argnums, options, build)
