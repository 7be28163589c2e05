"""Choice among elements: ``np.where``, triangles of matrices."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import intrinsic, lower_builtin, overload

from ..._compat import AbstractTemplate, infer_global, signature
from ..loops import emit
from ..types import JetType, join, number
from .elements import FIRST, is_jets
from .elementwise import ArrayForm, elements, lowering, result_array

#: Key of the implementation of `np.where` with jets among the choices.
WHERE = "taylorad.where"


def _element(kind):
    return kind.dtype if isinstance(kind, types.Array) else types.unliteral(kind)


@infer_global(np.where)
class Where(AbstractTemplate):
    """``np.where(condition, x, y)``: of each element the one chosen, derivatives and all."""

    metadata = FIRST

    def generic(self, args, kws):
        if len(args) != 3 or kws:
            return None
        condition, *choices = map(_element, args)
        if not isinstance(condition, types.Boolean | types.Integer | types.Float):
            return None
        if None in map(number, choices) or not any(isinstance(k, JetType) for k in choices):
            return None
        kind = join(*choices)
        if kind is None:
            return None
        arrays = any(isinstance(k, types.Array) for k in args)
        return signature(result_array(kind, args) if arrays else kind, *args)

    def get_impl_key(self, sig):
        return WHERE


@lower_builtin(WHERE, types.VarArg(types.Any))
def _where(context, builder, sig, args):
    kinds = tuple(map(_element, sig.args))
    result = sig.return_type
    kind = _element(result)

    def kernel(values):
        chosen = context.cast(builder, values[0], kinds[0], types.boolean)
        x, y = (
            context.cast(builder, v, k, kind) for v, k in zip(values[1:], kinds[1:], strict=True)
        )
        return builder.select(chosen, x, y), kind

    return emit(context, builder, result, sig.args, args, kernel)


@overload(np.tril, **FIRST)
def _tril(m, k=0):
    if not is_jets(m) or m.ndim != 2:
        return None

    def impl(m, k=0):
        out = m.copy()
        for i in range(m.shape[0]):
            out[i, max(0, i + k + 1) :] = 0.0
        return out

    return impl


@overload(np.triu, **FIRST)
def _triu(m, k=0):
    if not is_jets(m) or m.ndim != 2:
        return None

    def impl(m, k=0):
        out = m.copy()
        for i in range(m.shape[0]):
            out[i, : max(0, i + k)] = 0.0
        return out

    return impl


def _bounded(function):
    """``function`` of an array and one bound, as an operation of compiled code."""
    form = ArrayForm(function)

    @intrinsic
    def apply(typingctx, a, bound):
        _, sig = form.resolve(typingctx, elements((a, bound)))
        return result_array(sig.return_type, (a, bound))(a, bound), lowering(form, 2)

    return apply


_above, _below = _bounded(np.maximum), _bounded(np.minimum)


@overload(np.clip, **FIRST)
def _clip(a, a_min, a_max):
    """``minimum(maximum(a, a_min), a_max)``, as NumPy defines it; a bound may be None."""
    bounds = [k for k in (a_min, a_max) if not isinstance(k, types.NoneType)]
    if not isinstance(a, types.Array) or not bounds or elements((a, *bounds)) is None:
        return None
    if isinstance(a_min, types.NoneType):
        return lambda a, a_min, a_max: _below(a, a_max)
    if isinstance(a_max, types.NoneType):
        return lambda a, a_min, a_max: _above(a, a_min)
    return lambda a, a_min, a_max: _below(_above(a, a_min), a_max)
