"""Jets stored into plain arrays: permitted to type inference, refused in the end.

Numba infers the type of ``np.zeros(n)`` before it sees what is stored there.  A store of
jets into such an array is given a type here, so that inference goes on and the passes of
a twin find the store, re-type the allocation and infer again.  Where no pass did that,
the code of the store is an error that says what to write.
"""

from __future__ import annotations

import operator

from numba.core import types
from numba.core.errors import LoweringError
from numba.extending import lower_builtin, lower_cast

from ..._compat import AbstractTemplate, infer_global, signature
from ...errors import UnsupportedError
from ..types import JetType, depth, number

PLAIN = (types.Float, types.Complex, types.Integer, types.Boolean)


#: Key of the implementation of permitted stores, for those that no pass has cured.
REFUSED = "taylorad.refused_store"


class UnsupportedStore(LoweringError, UnsupportedError):
    """A jet meets memory for plain numbers; Numba adds the line."""


def number_inside(kind):
    """The number type of a number, or of the items of an array, list or tuple of numbers."""
    kind = types.unliteral(kind)
    if isinstance(kind, types.Array | types.List | types.UniTuple):
        kind = kind.dtype
    return number(kind)


def memory(kind):
    """The array type that a store changes: of an array or of its ``flat``; or None."""
    if isinstance(kind, types.NumpyFlatType):
        kind = kind.array_type
    return kind if isinstance(kind, types.Array) else None


def loses_derivatives(array, stored) -> bool:
    """Whether an array's memory cannot hold the derivatives of what is stored there."""
    if array is None or number(array.dtype) is None:
        return False
    stored = number_inside(stored)
    if stored is None or depth(stored) != depth(array.dtype):
        return stored is not None and depth(stored) > depth(array.dtype)
    return depth(stored) > 0 and stored.degree > array.dtype.degree


@infer_global(operator.setitem)
class SetItemPermitted(AbstractTemplate):
    """``a[i] = jet`` and ``a[i:j] = jets``; comes after Numba's own, which it never hides."""

    def generic(self, args, kws):
        target, index, stored = args
        array = memory(target)
        if loses_derivatives(array, stored) and array.mutable:
            return signature(types.none, target, index, stored)
        return None

    def get_impl_key(self, sig):
        return REFUSED


def refuse(memory):
    raise UnsupportedStore(
        f"a differentiated value would be turned into a plain {memory}, which loses its "
        "derivatives; allocate the array that it is stored in by np.zeros_like(x) or "
        "np.zeros(n, dtype=x.dtype), with x the differentiated array"
    )


def _refused_store(context, builder, sig, args):
    refuse(memory(sig.args[0]))


lower_builtin(REFUSED, types.Any, types.Any, types.Any)(_refused_store)


def _refused_cast(context, builder, fromty, toty, value):
    refuse(toty)


for _plain in PLAIN:
    lower_cast(JetType, _plain)(_refused_cast)
