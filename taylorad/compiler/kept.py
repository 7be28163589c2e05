"""Dispatchers whose compiled code is kept on disk."""

from __future__ import annotations

from typing import Any

from .._compat import CPUDispatcher, global_compiler_lock, normalize_signature
from . import progress
from .collecting import without_collection
from .functions import without_annotation
from .stored import Request


class Kept(CPUDispatcher):
    """A compiled function that a process finds on disk if another one has compiled it.

    Parameters
    ----------
    stub : function
        With the parameters of the function.
    recipe : tuple
        What it is made of, for the key of its entries: see `Fingerprint.recipe`.
    options : dict
        Numba's.
    """

    def __init__(self, stub, recipe: tuple, options: dict):
        self._recipe = recipe  # before all: Numba names the dispatcher's type by its repr
        self._compiler: Any
        #: The text of what was compiled or loaded, by the types of the arguments.
        self._texts: dict[tuple, str] = {}
        super().__init__(stub, {}, options)

    def compile(self, sig):
        with global_compiler_lock:
            args, _ = normalize_signature(sig)
            if args in self.overloads or not self._can_compile:
                return super().compile(sig)
            self._check(args)
            request = Request(self.__name__, self._recipe, args)
            found = request.load()
            if found is None:
                request.begin()
                with progress.compiling(self.__name__, args), without_collection():
                    self._texts[args] = self._compile(args, sig)
                request.save(self.overloads[args], self._texts[args])
            else:
                result, self._texts[args] = found
                self._cache_hits[sig] += 1
                self.targetctx.insert_user_function(
                    result.entry_point, result.fndesc, [result.library]
                )
                self.add_overload(result)
            return self.overloads[args].entry_point

    def _check(self, args) -> None:
        """Refuse types that it cannot be compiled for."""

    def _compile(self, args, sig) -> str:
        """Compile for arguments of these types; returns the text."""
        self._compile_function(self.py_func, sig)
        return ""

    def _compile_function(self, function, sig) -> None:
        """Compile one function as this one."""
        from .passes import TwinCompiler  # brings jets, and much of Numba

        make: Any = type(self._compiler)
        self._compiler = make(function, self.targetdescr, self.targetoptions, {}, TwinCompiler)
        super().compile(sig)

    def add_overload(self, cres):
        super().add_overload(without_annotation(cres))


class Loop(Kept):
    """A compiled function of the library's own, the same for all users."""

    def __init__(self, function, **options):
        super().__init__(function, (Loop, function, ()), {"nopython": True, **options})

    def __reduce__(self):
        return self.__name__

    def __repr__(self):
        return f"<taylorad's {self.__name__}>"
