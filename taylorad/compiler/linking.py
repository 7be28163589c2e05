"""How compiled functions are linked together."""

from __future__ import annotations

import uuid
from weakref import WeakValueDictionary

from llvmlite.binding import Linkage, parse_assembly

from .._compat import JITCodeLibrary, lookup_environment
from .machine import DYNAMIC, UNRESOLVED

#: By the names of the functions in them.
_libraries: WeakValueDictionary[str, OwnLibrary] = WeakValueDictionary()


class OwnLibrary(JITCodeLibrary):
    """Compiled code that refers to nothing of the process that it was compiled in.

    Numba shares functions between libraries by name.  The names are not the same in another
    process: there a function that is loaded could meet another one of its callee's name.
    """

    #: Whether the code is linked into other libraries only: machine code is made of it there.
    waits = False
    #: Whether such code is also optimized there alone, and is there once, however it is called.
    late = False

    def __init__(self, codegen, name):
        super().__init__(codegen, name)
        self._environments: list = []

    def _optimize_final_module(self):
        if not self.waits:
            self._final_module.link_in(self._like_own(f"@{DYNAMIC} = weak_odr constant i8 0"))
        for variable in list(self._final_module.global_variables):
            if variable.name.startswith(UNRESOLVED):
                self._resolve(variable)
        self._optimize()

    def _optimize(self):
        if not (self.waits and self.late):
            super()._optimize_final_module()

    def _resolve(self, variable) -> None:
        """Let recursive calls be direct.

        Numba calls a function that is still being compiled through a pointer of the process.
        """
        variable_name = variable.name
        name = variable_name.removeprefix(UNRESOLVED)
        elsewhere = name not in self._exported()
        if elsewhere and name not in _libraries:  # it calls this one, and is linked with it
            return
        opaque = str(variable.type) == "ptr"
        value = f'ptr @"{name}"' if opaque else f'i8* bitcast (void ()* @"{name}" to i8*)'
        pointer = f'@"{variable_name}" = constant {value}\n'
        self._final_module.link_in(self._like_own(f'declare void @"{name}"()\n{pointer}'))
        self._final_module.get_global_variable(variable_name).linkage = "internal"
        if elsewhere:
            self._final_module.link_in(_libraries[name]._get_module_for_linking(), preserve=True)

    def _like_own(self, text: str):
        """A module that can be linked with this one's."""
        module = parse_assembly(text)
        module.triple = self._final_module.triple
        module.data_layout = self._final_module.data_layout
        return module

    def _finalize_final_module(self):
        module, own = self._final_module, uuid.uuid4().hex
        called = [v.name.removeprefix(UNRESOLVED) for v in module.global_variables
                  if v.is_declaration and v.name.startswith(UNRESOLVED)]  # fmt: skip
        waits = self.waits and not called and not self._is_called()
        if not (waits and self.late):
            for function in module.functions:
                if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                    function.linkage = "internal"
                    # LLVM's run-time linker finds by name what is internal, too
                    function.name = f"{function.name}.{own}"
        _libraries.update((name, self) for name in self._exported())
        if waits:
            self._finalize_dynamic_globals()
            self._verify_declare_only_symbols()
            self._finalized = True
        else:
            self._make_ready()

    def _exported(self) -> list[str]:
        functions = self._final_module.functions
        return [f.name for f in functions if f.linkage == Linkage.external and not f.is_declaration]

    def _is_called(self) -> bool:
        """Whether a function that was compiled before waits for one of these."""
        return any(name in self._codegen._rtlinker._unresolved for name in self._exported())

    def _make_ready(self) -> None:
        """Have machine code made."""
        super()._finalize_final_module()
        # those of functions that were linked in
        for variable in self._final_module.global_variables:
            environment = lookup_environment(variable.name)
            if environment is not None:
                self._codegen.set_env(variable.name, environment)
                self._environments.append(environment)


class LateLibrary(OwnLibrary):
    """Compiled code of large loops, some of whose parts are called in several places."""

    late = True
