"""Native functions: what compiled loops call by an address.

A step is made for one right-hand side, the loops around it are the same for all: they take
the step's address as an integer, and are compiled once.
"""

from __future__ import annotations

import uuid

from numba.core import types

from .._compat import Flags, compile_extra, cpu_target, global_compiler_lock
from ..compiler import progress
from ..compiler.functions import without_annotation
from ..compiler.kept import Loop
from ..compiler.linking import OwnLibrary
from ..compiler.stored import Request

#: A pointer to numbers.
POINTER = types.CPointer(types.float64)
#: A pointer to integers.
INTEGERS = types.CPointer(types.int64)


class StraightLine(OwnLibrary):
    """Code that is written as it shall be: passes over it would take long for little."""

    def _optimize_functions(self, ll_module):
        ll_module.data_layout = self._codegen._data_layout

    def _optimize(self):
        pass


class Loops(OwnLibrary):
    """Code whose loops are written as they shall be: variables go to registers, no more."""

    def _optimize(self):
        pass


def compiled(function, arguments, result, structure: tuple, library=StraightLine):
    """The address of a Python function that is compiled for arguments of these types.

    Parameters
    ----------
    function : function
        It calls what its closure emits.
    structure : tuple
        All that decides what this is: numbers, texts and functions.  By it the code is kept
        on disk, and found by whoever asks for the same.

    Returns
    -------
    address : int
    owner : object
        The address is good as long as this lives.
    """
    with global_compiler_lock:
        name = function.__name__
        recipe = compiled, structure, (function.__module__, function.__qualname__)
        request = Request(name, recipe, arguments)
        made = _made.get(request.key) if request.key else None
        if made is None:
            found = request.load()
            made = found[0] if found else _compile(function, arguments, result, library, request)
            if request.key:
                _made[request.key] = made
        address = made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name)
        return address, made


#: By their keys; Numba frees no code.
_made: dict = {}


def _compile(function, arguments, result, library, request: Request):
    request.begin()
    name = f"{function.__name__}_{request.key or uuid.uuid4().hex}"
    function.__qualname__ = name  # part of the symbols, which other processes load beside theirs
    typing, target = cpu_target.typing_context, cpu_target.target_context
    typing.refresh()
    target.refresh()
    flags = Flags()
    flags.no_cpython_wrapper = True
    flags.error_model = "numpy"
    library = library(target.codegen(), name)
    library.enable_object_caching()
    with progress.compiling(function.__name__, arguments):
        made = compile_extra(
            typing, target, function, arguments, result, flags, {}, library=library
        )
    request.save(made, "")
    return without_annotation(made)


def kept(function, arguments) -> int:
    """The address of a function of the library's own, which is compiled once for all processes."""
    loop = _kept.get(function)
    if loop is None:
        loop = _kept[function] = Loop(function, error_model="numpy", no_cfunc_wrapper=False)
        loop.compile(tuple(arguments))
    made = loop.overloads[tuple(arguments)]
    return made.library.get_pointer_to_function(made.fndesc.llvm_cfunc_wrapper_name)


_kept: dict = {}
