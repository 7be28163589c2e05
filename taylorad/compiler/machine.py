"""Machine code as bytes, and back.

Numba's own serialization, with three differences.  Nothing of the calling process is pickled:
types of arguments are those of the call that asks.  Environments are made without importing the
modules that they are of.  Numba's registries are not loaded, which alone takes longer than all
the rest; where the code needs a symbol that only they bring, they are.
"""

from __future__ import annotations

import pickle
import sys
from typing import Any

import llvmlite.binding as llvm
from numba.core import types

from .._compat import (
    Environment,
    PythonFunctionDescriptor,
    compile_result,
    cpu_target,
    dumps,
    lookup_environment,
    runtime,
    signature,
)
from .fingerprint import Fingerprint
from .libraries import is_library, resolves

_ENVIRONMENT = "_ZN08NumbaEnv"
#: Calls of a function that is still being compiled go through pointers of this name.
UNRESOLVED = ".numba.unresolved$"
#: In every derivative: Numba keeps no code on disk that has a variable of such a name.  It would
#: not see that the derivative has changed.
DYNAMIC = "numba.dynamic.globals.taylorad"


def dumped(cres, text: str) -> bytes:
    """A result of compilation and the text it is of, as bytes.

    Raises
    ------
    ValueError
        Where the result is of use in this process alone.
    """
    returned, library = cres.signature.return_type, cres.library
    module = library._final_module
    variables = list(module.global_variables)
    if cres.lifted or any(map(_is_dynamic, variables)):
        raise ValueError("it refers to objects of the process")
    if any(v.name.startswith(UNRESOLVED) for v in variables):
        raise ValueError("it is recursive")
    if not _lasting(returned):
        raise ValueError(f"it returns {returned}")
    needed = [f.name for f in module.functions if f.is_declaration and _outside(f.name)]
    needed += [v.name for v in variables if v.is_declaration]
    found = (lookup_environment(v.name) for v in variables if v.name.startswith(_ENVIRONMENT))
    environments = [
        (e.env_name, e.globals["__name__"], list(e.consts))
        for e in found
        if e is not None and e.can_cache() and e.env_name != cres.fndesc.env_name
    ]
    fndesc = cres.fndesc
    described = {
        "qualname": fndesc.qualname,
        "unique_name": fndesc.unique_name,
        "args": tuple(fndesc.args),
        "restype": returned,
        "noalias": fndesc.noalias,
        "env_name": fndesc.env_name,
    }
    code = library.serialize_using_object_code()
    return dumps(
        (text, code, fndesc.mangled_name, described, list(cres.environment.consts), environments,
         needed, cres.reload_init)
    )  # fmt: skip


def _is_dynamic(variable) -> bool:
    """Whether a global variable of compiled code holds an address of the process."""
    return variable.name.startswith("numba.dynamic.globals") and variable.name != DYNAMIC


def _outside(name: str) -> bool:
    """Whether a declared function is looked up in the process: intrinsics are not."""
    return not name.startswith("llvm.")


def _lasting(kind: types.Type) -> bool:
    """Whether a type of results means the same in another process."""
    if isinstance(kind, types.BaseTuple):
        made_by = getattr(kind, "instance_class", tuple)
        if not (resolves(made_by) or is_library(made_by.__module__)):
            return False
        return all(map(_lasting, kind.types))
    own = Fingerprint()
    own.type(kind)
    return own.unknown is None


def loaded(data: bytes, args: tuple[types.Type, ...]) -> tuple[Any, str]:
    """The result of compilation for arguments of these types, and the text it is of.

    Raises
    ------
    Exception
        Of any kind, where the bytes do not fit this process.
    """
    text, code, mangled, described, consts, environments, needed, reload = pickle.loads(data)
    context = cpu_target.target_context
    runtime.initialize(context)
    if any(_missing(name) for name in needed):
        context.refresh()
    missing = [name for name in needed if _missing(name)]
    if missing:
        raise LookupError(f"symbols {missing}")
    for function in reload:
        function()
    fndesc = PythonFunctionDescriptor(
        native=True, modname="taylorad", doc="", typemap=None, calltypes=None, kws=(),
        mangler=lambda *args, **kws: mangled, argtypes=args, **described,
    )  # fmt: skip
    own = _environment(fndesc.env_name, "taylorad", consts)
    library = context.codegen().unserialize_library(code)
    entry = context.get_executable(library, fndesc, own)
    kept = [_environment(*environment) for environment in environments]
    for environment in kept:
        library.codegen.set_env(environment.env_name, environment)
    result = compile_result(
        target_context=context,
        typing_context=context.typing_context,
        library=library,
        environment=own,
        entry_point=entry,
        fndesc=fndesc,
        signature=signature(fndesc.restype, *args),
        objectmode=False,
        lifted=(),
        reload_init=reload,
        referenced_envs=kept,
    )
    return result, text


def _missing(name: str) -> bool:
    """Whether LLVM knows no address of a symbol: linking would end the process."""
    return llvm.address_of_symbol(name) is None


def _environment(name: str, module: str, consts: list):
    """The environment of this name: Numba holds one for each."""
    found = lookup_environment(name)
    if found is None:
        scope = vars(sys.modules[module]) if module in sys.modules else {"__name__": module}
        found = Environment(scope)
        found.consts[:] = consts
        found.env_name = name
        Environment._memo[name] = found
    return found
