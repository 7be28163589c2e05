"""Methods of arrays of jets: ``a.sum()`` is ``np.sum(a)``, and so on."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import lower_builtin

from ..._compat import AbstractTemplate, AttributeTemplate, infer_getattr
from .construction import astype
from .elements import FIRST, is_jets
from .sorting import sort_in_place

METHODS = {
    "sum": np.sum,
    "prod": np.prod,
    "mean": np.mean,
    "var": np.var,
    "std": np.std,
    "min": np.min,
    "max": np.max,
    "argmin": np.argmin,
    "argmax": np.argmax,
    "argsort": np.argsort,
    "cumsum": np.cumsum,
    "cumprod": np.cumprod,
    "clip": np.clip,
    "dot": np.dot,
    "astype": astype,
    "sort": sort_in_place,
}


def own(typing, function):
    """The function as far as this package implements it.

    Some releases of Numba resolve ``np.sum(a)`` by the method, which would come back here.
    """
    kind = typing.resolve_value_type(function)
    return types.Function(
        [t for t in kind.templates if getattr(t, "metadata", {}).get("target") == FIRST["target"]]
    )


def _method(name, array):
    function = METHODS[name]

    class Method(AbstractTemplate):
        key = f"taylorad.array.{name}"

        def generic(self, args, kws):
            kind = own(self.context, function)
            sig = kind.get_call_type(self.context, (array, *args), kws)
            return None if sig is None else sig.as_method()

    return types.BoundFunction(Method, array)


@infer_getattr
class JetArrayMethods(AttributeTemplate):
    """Asked before Numba's own attributes; passes on what is not an array of jets."""

    key = types.Array
    metadata = FIRST

    def generic_resolve(self, array, name):
        return _method(name, array) if name in METHODS and is_jets(array) else None


def _lowering(function):
    def lower(context, builder, sig, args):
        typing = context.typing_context
        kind = own(typing, function)
        resolved = kind.get_call_type(typing, sig.args, {})
        code = context.get_function(kind, resolved)
        context.add_linking_libs(getattr(code, "libs", ()))
        return code(builder, args)

    return lower


for _name, _function in METHODS.items():
    lower_builtin(f"taylorad.array.{_name}", types.Array, types.VarArg(types.Any))(
        _lowering(_function)
    )
