"""Every private Numba name that taylorad uses, each with its reason.

Numba has no stability promise for these; they are the same from 0.61 to 0.68, the range
that the tests run on.  Elsewhere only `numba`, `numba.extending` and `numba.core`'s
``types``, ``cgutils`` and ``errors`` are imported.
"""

from __future__ import annotations

# Numba's intermediate representation, which passes read and write.
from numba.core import ir as numba_ir

# The stages of compilation; the documented way to insert passes needs their names.
from numba.core.compiler import CompilerBase, DefaultPassBuilder

# Numba compiles under it: what a dispatcher compiles is chosen under it too.
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import register_pass

# The class of njit functions, to tell them from other objects; and the dispatcher of the
# CPU: subclassed, never changed.  A derivative is a dispatcher with errors, pickling and
# a compiler pipeline of its own.
from numba.core.dispatcher import Dispatcher

# Who owns a result that was made by instructions at the place.
from numba.core.imputils import impl_ret_borrowed, impl_ret_new_ref
from numba.core.registry import CPUDispatcher, cpu_target

# How a jet type says what converts to it.
from numba.core.typeconv import Conversion
from numba.core.typed_passes import NopythonRewrites, NopythonTypeInference

# Typing by template is what makes jets compile fast: an overload is a function to compile.
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer,
    infer_getattr,
    infer_global,
    signature,
)

# Results of array expressions are allocated by instructions written at the place.
from numba.np.arrayobj import _empty_nd_impl as empty_array

# Views on array memory are made by hand where a jet array and a float array share it.
from numba.np.arrayobj import populate_array

__all__ = [
    "AbstractTemplate",
    "AttributeTemplate",
    "CPUDispatcher",
    "CompilerBase",
    "Conversion",
    "DefaultPassBuilder",
    "Dispatcher",
    "NopythonRewrites",
    "NopythonTypeInference",
    "cpu_target",
    "empty_array",
    "global_compiler_lock",
    "impl_ret_borrowed",
    "impl_ret_new_ref",
    "infer",
    "infer_getattr",
    "infer_global",
    "numba_ir",
    "populate_array",
    "register_pass",
    "signature",
]
