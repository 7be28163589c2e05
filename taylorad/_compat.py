"""Every private Numba name that taylorad uses, each with its reason.

Numba has no stability promise for these; they are the same from 0.61 to 0.68, the
range that the tests run on.
"""

from __future__ import annotations

# The dispatcher class of njit functions.  Subclassed, never changed: a derivative is a
# dispatcher with errors, pickling and a compiler pipeline of its own.
# The stages of compilation; the documented way to insert passes needs their names.
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.registry import CPUDispatcher

# Numba's intermediate representation, which passes read and write.
from numba.core import ir as numba_ir

# Results of array expressions are allocated by instructions written at the place.
from numba.np.arrayobj import _empty_nd_impl as empty_array

# Views on array memory are made by hand where a jet array and a float array share it.
from numba.np.arrayobj import populate_array
from numba.core.typed_passes import NopythonRewrites, NopythonTypeInference

__all__ = [
    "CPUDispatcher",
    "CompilerBase",
    "DefaultPassBuilder",
    "NopythonRewrites",
    "NopythonTypeInference",
    "empty_array",
    "numba_ir",
    "populate_array",
    "register_pass",
]
