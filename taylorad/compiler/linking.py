"""How compiled functions are linked together."""

from __future__ import annotations

from llvmlite.binding import Linkage, parse_assembly

from .._compat import JITCodeLibrary
from .machine import UNRESOLVED


class OwnLibrary(JITCodeLibrary):
    """Compiled code that refers to nothing of the process that it was compiled in.

    Numba shares functions between libraries by name.  The names are not the same in another
    process: there a function that is loaded could meet another one of its callee's name.
    """

    def _optimize_final_module(self):
        for variable in list(self._final_module.global_variables):
            if variable.name.startswith(UNRESOLVED):
                self._resolve(variable)
        super()._optimize_final_module()

    def _resolve(self, variable) -> None:
        """Let recursive calls be direct.

        Numba calls a function that is still being compiled through a pointer of the process.
        """
        variable_name = variable.name
        name = variable_name.removeprefix(UNRESOLVED)
        try:
            if self._final_module.get_function(name).is_declaration:
                return
        except NameError:  # of a function in which this one is called: it is linked there
            return
        opaque = str(variable.type) == "ptr"
        value = f'ptr @"{name}"' if opaque else f'i8* bitcast (void ()* @"{name}" to i8*)'
        pointer = f'@"{variable_name}" = constant {value}\n'
        module = parse_assembly(f'declare void @"{name}"()\n{pointer}')
        module.triple = self._final_module.triple
        module.data_layout = self._final_module.data_layout
        self._final_module.link_in(module)
        self._final_module.get_global_variable(variable_name).linkage = "internal"

    def _finalize_final_module(self):
        for function in self._final_module.functions:
            if not function.is_declaration and function.linkage == Linkage.linkonce_odr:
                function.linkage = "internal"
        super()._finalize_final_module()
