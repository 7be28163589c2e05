"""Functions of which nothing is known but their types: called once, without derivatives.

The forward sweep calls them, in their order; what they return is saved where the reverse sweep
needs it, so that random numbers are drawn once.  A number that is differentiated must not
depend on them.
"""

from __future__ import annotations

from numba.core import types
from numba.core.errors import NumbaError

from ..._compat import cpu_target
from ...errors import UnsupportedError
from ..ir import Op, Value
from ..kinds import NUMBERS, kind_of, type_of
from .things import Static


def called_unread(b, obj, args, kwargs, text: str):
    """The result of a function that has no source and no rule."""
    advice = (
        f"{text}() has no rule for reverse mode; write it with functions of the table of "
        "primitives and array operations, or declare it with ta.primitive"
    )
    if kwargs or not all(isinstance(a, Value) and a.kind in NUMBERS for a in args):
        raise UnsupportedError(advice)
    kind = kind_of(_result_type(obj, args, advice))
    op = b.append(Op("call", args, fn=obj))
    if kind == kind_of(types.none):
        return Static(None)
    if kind not in NUMBERS:
        raise UnsupportedError(advice + f" (it returns {kind})")
    return op.out(kind)


def _result_type(obj, args, advice) -> types.Type:
    context = cpu_target.typing_context
    try:
        context.refresh()
        function = context.resolve_value_type(obj)
        return context.resolve_function_type(
            function, tuple(type_of(a.kind) for a in args), {}
        ).return_type
    except (NumbaError, AttributeError, TypeError, ValueError):
        raise UnsupportedError(advice) from None
