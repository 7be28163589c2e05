"""Functions of generated drivers that answer without code of their own to compile.

Numba compiles an overload as a function: 20 ms for a line that calls an intrinsic, 0.1 s
for `np.empty`, and as much for `np.ravel`, when the user's function of ten operations takes
0.05 s.  What every driver calls is therefore written as instructions at the place.
"""

from __future__ import annotations

from numba.core import types
from numba.extending import lower_builtin

from .._compat import AbstractTemplate, infer_global
from .types import number


def answers(function, accepts):
    """Let ``function`` answer by itself to argument types that it ``accepts``.

    The decorated function types and generates code as an intrinsic does; overloads of
    ``function`` serve the argument types for which ``accepts(*types)`` is false.
    """

    def decorate(make):
        @infer_global(function)
        class DirectTemplate(AbstractTemplate):
            prefer_literal = True

            def generic(self, args, kws):
                return make(self.context, *args)[0] if not kws and accepts(*args) else None

            def get_impl_key(self, sig):
                return make

        @lower_builtin(make, types.VarArg(types.Any))
        def lower(context, builder, sig, args):
            _, generate = make(context.typing_context, *sig.args)
            return generate(context, builder, sig, args)

        return make

    return decorate


def is_array_of_numbers(kind) -> bool:
    """Whether a type is an array whose items are numbers."""
    return isinstance(kind, types.Array) and number(kind.dtype) is not None
