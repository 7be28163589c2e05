"""Compiler passes of twins: calls go to twins, allocations hold what is stored in them."""

from __future__ import annotations

import uuid
from types import FunctionType

import numpy as np
from numba.core import types
from numba.core.errors import NumbaError, TypingError

from .._compat import (
    CompilerBase,
    DefaultPassBuilder,
    Dispatcher,
    NopythonRewrites,
    NopythonTypeInference,
    numba_ir,
    register_pass,
)
from ..errors import UnsupportedError
from ..jets.standins import standin
from ..jets.types import JetType, full
from ..primitives import registry
from .aliases import module_attribute
from .allocations import pending, promote_call, promote_joined, promote_returned, promote_stores
from .linking import LateLibrary, OwnLibrary
from .recursion import Watch


@register_pass(mutates_CFG=True, analysis_only=False)
class TwinTypeInference(NopythonTypeInference):
    """Type inference for functions that jets flow through."""

    _name = "taylorad_type_inference"

    def run_pass(self, state):
        # of the caller, whose inference compiles this function by the same pass
        outer, raising = pending.arguments, self._raise_errors
        self._raise_errors = True
        try:
            with Watch() as watch:
                self._infer(state, watch)
        finally:
            pending.arguments, self._raise_errors = outer, raising
        return True

    def _infer(self, state, watch: Watch) -> None:
        call_twins(state)
        declared = state.return_type
        while True:
            pending.arguments = None
            state.return_type = declared
            try:
                super().run_pass(state)
            except (TypingError, UnsupportedError) as error:
                needed = pending.arguments
                if needed is None and "unify" in str(error) and self._settle(state):
                    continue
                if needed is None or not promote_call(state, needed):
                    raise
                continue
            if promote_stores(state):
                continue
            if promote_returned(state, state.pipeline.returned):
                continue
            if not watch.has_missed(state):
                break
            watch.correct(state)
        watch.note_calls(state)

    def _settle(self, state) -> bool:
        """Let what turns into jets on the way be jets from the start; whether anything did.

        Numba runs through the function until no type changes.  The first time it meets
        ``np.array([total])`` it knows ``total = 0.0`` alone, and arrays do not grow as
        numbers do; nor does ``a = np.zeros(n)`` by ``a = a + x``.
        """
        self._raise_errors = False
        try:
            super().run_pass(state)
        finally:
            self._raise_errors = True
        known = len(state.locals)
        state.locals = {**state.locals, **dict(_joined_paths(state))}
        return len(state.locals) > known or promote_joined(state)


def _joined_paths(state):
    """The variables where paths join that hold jets, as `_grown` types."""
    for block in state.func_ir.blocks.values():
        for phi in block.find_insts(numba_ir.Assign):
            if isinstance(phi.value, numba_ir.Expr) and phi.value.op == "phi":
                kind = _grown(state.typemap.get(phi.target.name))
                if kind is not None:
                    yield phi.target.name, kind


@register_pass(mutates_CFG=True, analysis_only=False)
class TwinRewrites(NopythonRewrites):
    """Numba's rewrites, without array expressions where an operand is a jet."""

    _name = "taylorad_rewrites"

    def run_pass(self, state):
        if any(_holds_jets(t) for t in state.typemap.values()):
            return False
        return super().run_pass(state)


class TwinCompiler(CompilerBase):
    """Numba's pipeline with the two passes above."""

    #: Items of the result (None: all of it) that must be arrays of jets.
    returned: tuple[tuple[int | None, JetType], ...] = ()
    library = OwnLibrary

    def define_pipelines(self):
        self._use_lasting_names()
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        replacement = {
            NopythonTypeInference: TwinTypeInference,
            NopythonRewrites: TwinRewrites,
        }
        manager.passes = [
            (replacement.get(stage, stage) if isinstance(stage, type) else stage, text)
            for stage, text in manager.passes
        ]
        manager.finalize()
        return [manager]

    def _use_lasting_names(self) -> None:
        """Let nothing in the code be taken for something else in a process that loads it.

        Numba counts the functions of a process to tell those of one name apart.
        """
        identity = self.state.func_id
        identity.unique_id = uuid.uuid4().int % 2**63
        identity.unique_name = f"{identity.func_qualname}${identity.unique_id}"
        if self.state.library is None:
            codegen = self.state.targetctx.codegen()
            self.state.library = self.library(codegen, identity.func_qualname)
            self.state.library.enable_object_caching()
        # what Python does not call needs no machine code of its own
        self.state.library.waits = self.state.flags.no_compile = self.state.flags.no_cpython_wrapper


class LoopCompiler(TwinCompiler):
    """The same for the library's own loops."""

    library = LateLibrary


def _grown(kind) -> types.Type | None:
    """The type of a jet, or of a tuple with jets, without bounds of degrees; None for others."""
    if isinstance(kind, types.UniTuple | types.Tuple):
        items = [_grown(t) for t in kind.types]
        if not any(items):
            return None
        return types.Tuple([new or t for new, t in zip(items, kind.types, strict=True)])
    return full(kind) if isinstance(kind, JetType) else None


def _holds_jets(kind) -> bool:
    if isinstance(kind, types.Array):
        kind = kind.dtype
    return isinstance(kind, JetType)


# -- calls ---------------------------------------------------------------------------


def call_twins(state) -> None:
    """Let the function call the twins of the functions that it calls."""
    func_ir = state.func_ir
    called = {
        call.func.name for block in func_ir.blocks.values() for call in block.find_exprs("call")
    }
    for block in func_ir.blocks.values():
        for statement in block.body:
            if not isinstance(statement, numba_ir.Assign):
                continue
            value = statement.value
            if isinstance(value, numba_ir.Global | numba_ir.FreeVar):
                value.value = _substitute(state, value.value, statement.target.name in called)
            elif isinstance(value, numba_ir.Expr) and value.op == "getattr":
                function = module_attribute(func_ir, value)
                other = _substitute(state, function, statement.target.name in called)
                if other is not function:
                    statement.value = numba_ir.Global(value.attr, other, value.loc)
                    func_ir._definitions[statement.target.name] = [statement.value]


def _substitute(state, function, called):
    from .twin import twin  # twins are compiled by these passes

    if registry.lookup(function) is not None:
        return standin(function)
    if called and function is np.float64:
        return float  # the type's call, as Numba has it, takes no jets
    if isinstance(function, Dispatcher):
        return twin(function)
    if isinstance(function, FunctionType):
        try:
            state.typingctx.resolve_value_type(function)
        except (NumbaError, ValueError):
            return twin(function)
    return function
