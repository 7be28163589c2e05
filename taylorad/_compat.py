"""Every private Numba name that taylorad uses, each with its reason.

Numba has no stability promise for these; they are the same from 0.61 to 0.68, the range
that the tests run on.  Elsewhere only `numba`, `numba.extending` and `numba.core`'s
``types``, ``cgutils`` and ``errors`` are imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# Numba's intermediate representation, which passes read and write.
from numba.core import ir as numba_ir

# Twins are compiled into libraries of a kind of their own.
from numba.core.codegen import JITCodeLibrary

# The stages of compilation; the documented way to insert passes needs their names.  The
# result of compilation, which is made again from what was kept on disk.  And compilation itself,
# for steps of ODEs, whose library is of a kind of its own.
from numba.core.compiler import (
    CompilerBase,
    DefaultPassBuilder,
    Flags,
    compile_extra,
    compile_result,
)

# Numba compiles under it: what a dispatcher compiles is chosen under it too.
from numba.core.compiler_lock import global_compiler_lock
from numba.core.compiler_machinery import register_pass

# The class of njit functions, to tell them from other objects; and the dispatcher of the
# CPU: subclassed, never changed.  A derivative is a dispatcher with errors, pickling and
# a compiler pipeline of its own.
from numba.core.dispatcher import Dispatcher

# What compiled code needs of Python: made again with it.
from numba.core.environment import Environment, lookup_environment
from numba.core.funcdesc import PythonFunctionDescriptor

# Who owns a result that was made by instructions at the place; and what users implement.
from numba.core.imputils import builtin_registry as implementations
from numba.core.imputils import impl_ret_borrowed, impl_ret_new_ref
from numba.core.registry import CPUDispatcher, cpu_target

# Compiled code allocates by it; loading code does not start it by itself.
from numba.core.runtime import rtsys as runtime

# Pickles what Numba's results consist of.
from numba.core.serialize import dumps

# Signatures come as types, as text and as objects.
from numba.core.sigutils import normalize_signature

# How a jet type says what converts to it.
from numba.core.typeconv import Conversion
from numba.core.typed_passes import NopythonRewrites, NopythonTypeInference

# Typing by template is what makes jets compile fast: an overload is a function to compile.
# The registry tells what users add.
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    builtin_registry,
    infer,
    infer_getattr,
    infer_global,
    signature,
)

if TYPE_CHECKING:
    # Views on array memory are made by hand where a jet array and a float array share it.
    from numba.np.arrayobj import populate_array


def __getattr__(name: str) -> Any:
    # from a module that Numba itself imports only when it compiles
    if name == "populate_array":
        return import_module("numba.np.arrayobj").populate_array
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "AbstractTemplate",
    "AttributeTemplate",
    "CPUDispatcher",
    "CompilerBase",
    "Conversion",
    "DefaultPassBuilder",
    "Dispatcher",
    "Environment",
    "Flags",
    "JITCodeLibrary",
    "NopythonRewrites",
    "NopythonTypeInference",
    "PythonFunctionDescriptor",
    "builtin_registry",
    "compile_extra",
    "compile_result",
    "cpu_target",
    "dumps",
    "global_compiler_lock",
    "impl_ret_borrowed",
    "impl_ret_new_ref",
    "implementations",
    "infer",
    "infer_getattr",
    "infer_global",
    "lookup_environment",
    "normalize_signature",
    "numba_ir",
    "populate_array",
    "register_pass",
    "runtime",
    "signature",
]
