"""Functions that call one another: what one was typed by before the other's result was known.

While ``even`` is typed it calls ``odd``, and ``odd`` calls ``even``, whose result Numba takes
from the returns that it has met so far: ``return 1.0`` makes it a float.  Where it becomes a
jet in the end, ``odd`` has been compiled for another function than there is.  Then what was
compiled meanwhile is dropped, and ``even`` typed again with each of its returns converted to the
type of its result.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from numba.core import types
from numba.extending import intrinsic

from .._compat import numba_ir
from ..errors import UnsupportedError
from ..jets.types import full, number

#: The function called, the types of the arguments, and the type of result that was taken for
#: its own: calls in functions compiled while that function is being typed.
_taken: list[tuple[Any, tuple, types.Type]] = []
#: Twins that were compiled, with the types of arguments.
_compiled: list[tuple[Any, tuple]] = []
_watches: list[Watch] = []


def note_compiled(dispatcher, args: tuple) -> None:
    """Note that a twin was compiled for arguments of these types."""
    _compiled.append((dispatcher, args))


class Watch:
    """What is compiled while one function is typed."""

    _is_corrected = False

    def __enter__(self):
        self._calls, self._twins = len(_taken), len(_compiled)
        _watches.append(self)
        return self

    def __exit__(self, *error):
        _watches.pop()
        if not _watches:  # nothing is being typed that anything could have been taken for
            _taken.clear()
            _compiled.clear()

    def note_calls(self, state) -> None:
        """Note which functions still being typed this one calls, and what it takes them for."""
        for block in state.func_ir.blocks.values():
            for call in block.find_exprs("call"):
                kind = state.typemap[call.func.name]
                if isinstance(kind, types.RecursiveCall):
                    called = kind.dispatcher_type.dispatcher.py_func
                    if called is not state.func_id.func:
                        sig = state.calltypes[call]
                        _taken.append((called, tuple(sig.args), sig.return_type))

    def has_missed(self, state) -> bool:
        """Whether another result was taken for that of the function than it has."""
        own = state.func_id.func, tuple(state.args)
        return any(
            (called, args) == own and taken != state.return_type
            for called, args, taken in _taken[self._calls :]
        )

    def correct(self, state) -> None:
        """Forget what was compiled meanwhile, and let the result be known from the start."""
        if self._is_corrected or number(state.return_type) is None:
            raise UnsupportedError(
                f"{state.func_id.func_name} and a function that it calls call one another, and its "
                f"returns are of different types; return what depends on the arguments everywhere, "
                "such as x * 0 + 1.0"
            )
        self._is_corrected = True
        for dispatcher, args in _compiled[self._twins :]:
            dispatcher.overloads.pop(args, None)
        del _taken[self._calls :], _compiled[self._twins :]
        _convert_returns(state.func_ir, full(state.return_type))
        state.typingctx.refresh()  # the conversion may be new


def _convert_returns(func_ir, kind: types.Type) -> None:
    """Let every return of a function give a number of this type."""
    for block in func_ir.blocks.values():
        end = block.terminator
        if not isinstance(end, numba_ir.Return):
            continue
        scope, loc = end.value.scope, end.loc
        function, result = (scope.redefine(f"$as_{name}", loc) for name in ("function", "result"))
        made = {
            function: numba_ir.Global("as_result", _conversion(kind), loc),
            result: numba_ir.Expr.call(function, [end.value], (), loc),
        }
        for variable, value in made.items():
            func_ir._definitions[variable.name] = [value]
        assigned = [numba_ir.Assign(value, variable, loc) for variable, value in made.items()]
        block.body[-1:] = [*assigned, numba_ir.Return(result, loc)]


@cache
def _conversion(kind: types.Type):
    """The compiled function that makes a number one of this type."""

    @intrinsic
    def as_result(typingctx, value):
        if number(value) is None:
            return None
        return kind(value), lambda context, builder, sig, args: context.cast(
            builder, args[0], sig.args[0], kind
        )

    return as_result
