"""The array form of every primitive: the same operation, element by element.

Made from the registry: a primitive that is declared later has its array form at once.
"""

from __future__ import annotations

import math
import operator

import numpy as np
from numba.core import types
from numba.extending import lower_builtin

from ..._compat import AbstractTemplate, infer_global, signature
from ...primitives import registry
from ..loops import emit
from ..standins import standin
from ..types import JetType, depth, full, number
from .elements import FIRST
from .stores import refuse

IN_PLACE = {
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.itruediv,
    operator.ifloordiv,
    operator.imod,
    operator.ipow,
}
#: Functions of numbers alone, in Python as in Numba.
SCALAR_ONLY = {f for f in vars(math).values() if callable(f)} | {
    *(min, max, int, float, complex, bool, round),
    *(operator.not_, operator.truth),
}


def elements(kinds):
    """The element types of operands, or None where jets in arrays are not what meets here."""
    items = tuple(k.dtype if isinstance(k, types.Array) else types.unliteral(k) for k in kinds)
    if any(number(k) is None for k in items):
        return None
    if not any(isinstance(k, types.Array) for k in kinds):
        return None
    return items if any(isinstance(k, JetType) for k in items) else None


def result_array(dtype, kinds):
    """The array (or, of rank 0, the number) that elementwise operations give."""
    arrays = [k for k in kinds if isinstance(k, types.Array)]
    ndim = max(k.ndim for k in arrays)
    return types.Array(full(dtype), ndim, "C") if ndim else dtype


class ArrayForm:
    """Key under which Numba finds the implementation of a function's array form."""

    def __init__(self, function):
        self.function = function

    def resolve(self, typing, items):
        """Numba's function type and signature for elements."""
        kind = typing.resolve_value_type(self.function)
        return kind, kind.get_call_type(typing, items, {})

    def kernel(self, context, builder, items):
        function, sig = self.resolve(context.typing_context, items)
        code = context.get_function(function, sig)

        def kernel(values):
            values = [
                context.cast(builder, v, have, want)
                for v, have, want in zip(values, items, sig.args, strict=True)
            ]
            return code(builder, values), sig.return_type

        context.add_linking_libs(getattr(code, "libs", ()))
        return kernel


def _template(form, arity):
    function = form.function

    class JetArrays(AbstractTemplate):
        key = function
        # Numba's own template for operators in place fails on jets with an error of its own
        # making; this one is asked first and passes on everything that holds no jets.
        metadata = FIRST

        def generic(self, args, kws):
            if kws or len(args) not in (arity, arity + 1):
                return None
            operands, out = args[:arity], args[arity:]
            items = elements(operands)
            if items is None:
                return None
            if function in IN_PLACE:
                out = args[:1]
            elif out and not isinstance(function, np.ufunc):
                return None
            _, sig = form.resolve(self.context, items)
            result = result_array(sig.return_type, operands)
            if out:
                if not isinstance(out[0], types.Array) or not out[0].mutable:
                    return None
                if getattr(result, "ndim", 0) > out[0].ndim:
                    return None
                result = out[0]
            return signature(result, *args)

        def get_impl_key(self, sig):
            return form

    return JetArrays


def declare(primitive):
    """Teach Numba the array form of a primitive in all its spellings."""
    for function in map(standin, primitive.functions):
        if function in SCALAR_ONLY:
            continue
        form = ArrayForm(function)
        infer_global(function, types.Function(_template(form, primitive.arity)))
        lower_builtin(form, types.VarArg(types.Any))(lowering(form, primitive.arity))


def lowering(form, arity):
    """The code of an array form."""

    def lower(context, builder, sig, args):
        kinds = sig.args[:arity]
        items = elements(kinds)
        out = args[0] if form.function in IN_PLACE else args[arity] if args[arity:] else None
        if out is not None and max(map(depth, items)) > depth(sig.return_type.dtype):
            refuse(sig.return_type)
        kernel = form.kernel(context, builder, items)
        return emit(context, builder, sig.return_type, kinds, args[:arity], kernel, out)

    return lower


registry.subscribe(declare)
