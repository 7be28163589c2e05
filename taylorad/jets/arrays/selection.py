"""Choice among elements: ``np.where``, triangles of matrices."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import lower_builtin, overload

from ..types import JetType, join, number
from .elementwise import result_array
from .elements import FIRST, is_jets
from .loops import emit

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
