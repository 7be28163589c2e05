"""Compiler passes of twins: calls go to twins, allocations hold what is stored in them.

Numba infers the type of ``np.zeros(n)`` from the call alone, so a float array cannot take
a jet later.  Here type inference runs with such stores permitted; every array that then
receives jets is traced back to its allocation, which is given the jet as its dtype, and
inference runs again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core import types
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError, TypingError

from .._compat import (
    CompilerBase,
    DefaultPassBuilder,
    NopythonRewrites,
    NopythonTypeInference,
    numba_ir,
    register_pass,
)
from ..errors import UnsupportedError
from ..jets.dtypes import JetDType
from ..jets.standins import standin
from ..jets.types import JetType, join
from ..primitives import registry

#: Allocating functions and the position of their ``dtype`` argument.
ALLOCATORS = {
    np.zeros: 1,
    np.ones: 1,
    np.empty: 1,
    np.full: 2,
    np.array: 1,
    np.zeros_like: 1,
    np.ones_like: 1,
    np.empty_like: 1,
    np.full_like: 2,
    np.identity: 1,
    np.eye: None,
}
#: Functions and methods whose result shares memory with, or copies, their first operand.
VIEWS = {np.reshape, np.ravel, np.transpose, np.ascontiguousarray, np.asarray, np.copy}
VIEW_METHODS = {"reshape", "ravel", "transpose", "copy", "flatten", "view"}


@dataclass
class ArgumentsNeeded:
    """A callee's word that some of its array arguments must hold jets."""

    positions: dict[int, JetType]
    callee: Any = None


class _Pending(threading.local):
    arguments: ArgumentsNeeded | None = None


pending = _Pending()


def where(loc) -> str:
    """``file:line`` of a place in the user's code."""
    return f'File "{loc.filename}", line {loc.line}'


@register_pass(mutates_CFG=True, analysis_only=False)
class TwinTypeInference(NopythonTypeInference):
    """Type inference for functions that jets flow through."""

    _name = "taylorad_type_inference"

    def run_pass(self, state):
        call_twins(state)
        declared = state.return_type
        while True:
            pending.arguments = None
            state.return_type = declared
            try:
                super().run_pass(state)
            except (TypingError, UnsupportedError):
                needed = pending.arguments
                if needed is None or not _promote_call(state, needed):
                    raise
                continue
            if not _promote_stores(state):
                return True


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

    def define_pipelines(self):
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        replacement = {
            NopythonTypeInference: TwinTypeInference,
            NopythonRewrites: TwinRewrites,
        }
        manager.passes = [
            (replacement.get(p, p) if isinstance(p, type) else p, text) for p, text in manager.passes
        ]
        manager.finalize()
        return [manager]


def _holds_jets(kind) -> bool:
    if isinstance(kind, types.Array):
        kind = kind.dtype
    return isinstance(kind, JetType)


# -- calls ---------------------------------------------------------------------------


def call_twins(state) -> None:
    """Let the function call the twins of the functions that it calls."""
    func_ir = state.func_ir
    for block in func_ir.blocks.values():
        for statement in block.body:
            if not isinstance(statement, numba_ir.Assign):
                continue
            value = statement.value
            if isinstance(value, numba_ir.Global | numba_ir.FreeVar):
                value.value = _substitute(state, value.value)
            elif isinstance(value, numba_ir.Expr) and value.op == "getattr":
                function = _module_attribute(func_ir, value)
                other = _substitute(state, function)
                if other is not function:
                    statement.value = numba_ir.Global(value.attr, other, value.loc)
                    func_ir._definitions[statement.target.name] = [statement.value]


def _module_attribute(func_ir, expr):
    """What ``module.name`` stands for, or None."""
    base = constant(func_ir, expr.value)
    return getattr(base, expr.attr, None) if isinstance(base, ModuleType) else None


def constant(func_ir, variable):
    """The value of a variable that is a global, a closure's or a module's attribute; or None."""
    try:
        definition = func_ir.get_definition(variable)
    except KeyError:
        return None
    if isinstance(definition, numba_ir.Global | numba_ir.FreeVar | numba_ir.Const):
        return definition.value
    if isinstance(definition, numba_ir.Expr) and definition.op == "getattr":
        return _module_attribute(func_ir, definition)
    return None


def _substitute(state, function):
    from .twin import twin  # twins are compiled by these passes

    if registry.lookup(function) is not None:
        return standin(function)
    if isinstance(function, Dispatcher):
        return twin(function)
    if isinstance(function, FunctionType):
        try:
            state.typingctx.resolve_value_type(function)
        except (NumbaError, ValueError):
            return twin(function)
    return function


# -- allocations ---------------------------------------------------------------------


def _promote_stores(state) -> bool:
    """Give allocations that receive jets a jet dtype; whether any changed."""
    changed = False
    for block in state.func_ir.blocks.values():
        for statement in block.body:
            target, stored = _store(state, statement)
            if target is None:
                continue
            if not _promote(state, target, stored, statement.loc):
                continue
            changed = True
    return changed


def _store(state, statement):
    """The array variable and the jet type where a statement stores jets into a plain array."""
    typemap = state.typemap
    if isinstance(statement, numba_ir.SetItem | numba_ir.StaticSetItem):
        target, value = statement.target, statement.value
    elif (
        isinstance(statement, numba_ir.Assign)
        and isinstance(statement.value, numba_ir.Expr)
        and statement.value.op == "inplace_binop"
    ):
        target, value = statement.value.lhs, statement.value.rhs
    else:
        return None, None
    kind, stored = typemap[target.name], typemap[value.name]
    if not isinstance(kind, types.Array) or not _holds_jets(stored):
        return None, None
    stored = stored.dtype if isinstance(stored, types.Array) else stored
    joint = join(kind.dtype, stored)
    if joint is None or joint == kind.dtype:
        return None, None
    return target, joint


def _promote(state, variable, kind, loc) -> bool:
    """Give the allocations behind an array variable the dtype ``kind``; whether any changed."""
    changed = False
    needed = {}
    for root in _roots(state, variable, loc, set()):
        if isinstance(root, numba_ir.Arg):
            needed[root.index] = kind
        else:
            changed |= _set_dtype(state, root, kind)
    if needed:
        before = pending.arguments
        if before is not None and before.callee is None:
            needed.update(before.positions)
        pending.arguments = ArgumentsNeeded(needed)
        name = state.func_id.func_name
        raise UnsupportedArgument(
            f"{where(loc)}: {name} stores differentiated values in its argument "
            f"{', '.join(repr(state.func_id.arg_names[i]) for i in needed)}, an array of floats; "
            "differentiate with respect to that argument too, or allocate the array inside"
        )
    return changed


class UnsupportedArgument(TypingError, UnsupportedError):
    """An array argument would have to hold jets: a caller may still provide them."""


def _roots(state, variable, loc, seen):
    """The allocations and arguments that an array variable may be."""
    if variable.name in seen:
        return
    seen.add(variable.name)
    func_ir = state.func_ir
    for definition in func_ir._definitions[variable.name]:
        if isinstance(definition, numba_ir.Var):
            yield from _roots(state, definition, loc, seen)
        elif isinstance(definition, numba_ir.Arg):
            yield definition
        elif isinstance(definition, numba_ir.Expr):
            yield from _roots_of_expression(state, definition, loc, seen)
        else:
            raise _no_allocation(state, variable, loc)


def _roots_of_expression(state, expr, loc, seen):
    if expr.op in ("getitem", "static_getitem", "getattr", "cast"):
        yield from _roots(state, expr.value, loc, seen)
    elif expr.op == "inplace_binop":
        yield from _roots(state, expr.lhs, loc, seen)
    elif expr.op == "phi":
        for incoming in expr.incoming_values:
            if incoming is not numba_ir.UNDEFINED:
                yield from _roots(state, incoming, loc, seen)
    elif expr.op == "call":
        function = constant(state.func_ir, expr.func)
        if function in ALLOCATORS:
            yield expr
        elif function in VIEWS:
            yield from _roots(state, expr.args[0], loc, seen)
        else:
            method = state.func_ir.get_definition(expr.func)
            if (
                isinstance(method, numba_ir.Expr)
                and method.op == "getattr"
                and method.attr in VIEW_METHODS
            ):
                yield from _roots(state, method.value, loc, seen)
            else:
                raise _no_allocation(state, expr.func, loc)
    else:
        raise _no_allocation(state, expr, loc)


def _no_allocation(state, what, loc):
    return UnsupportedError(
        f"{where(loc)}: {state.func_id.func_name} stores differentiated values in an array of "
        "floats whose allocation is out of sight; write np.zeros_like(x) or "
        "np.zeros(n, dtype=x.dtype), with x the differentiated array, where it is made"
    )


def _set_dtype(state, call, kind) -> bool:
    """Rewrite the dtype of an allocating call; whether it changed."""
    func_ir = state.func_ir
    position = ALLOCATORS[constant(func_ir, call.func)]
    keywords = dict(call.kws)
    place = keywords.get("dtype")
    if place is None and position is not None and len(call.args) > position:
        place = call.args[position]
    if place is not None:
        present = constant(func_ir, place)
        if isinstance(present, JetDType):
            joint = join(present.kind, kind)
            if joint == present.kind:
                return False
            kind = joint
    block, index = _find(func_ir, call)
    name = numba_ir.Var(block.scope, f"$jet_dtype.{id(call)}.{kind.depth}.{len(block.body)}", call.loc)
    if name.name not in block.scope.localvars._con:
        block.scope.localvars.define(name.name, name)
    value = numba_ir.Global("jet_dtype", JetDType(kind), call.loc)
    block.body.insert(index, numba_ir.Assign(value, name, call.loc))
    func_ir._definitions[name.name] = [value]
    if position is not None and len(call.args) > position:
        arguments = list(call.args)
        arguments[position] = name
        call.args = tuple(arguments)
    else:
        keywords["dtype"] = name
        call.kws = tuple(keywords.items())
    return True


def _find(func_ir, call):
    for block in func_ir.blocks.values():
        for index, statement in enumerate(block.body):
            if isinstance(statement, numba_ir.Assign) and statement.value is call:
                return block, index
    raise AssertionError("the call is in the function")


def _promote_call(state, needed: ArgumentsNeeded) -> bool:
    """Promote the arrays passed to a callee that stores jets in them; whether any changed."""
    if needed.callee is None:
        return False
    pending.arguments = None
    changed = False
    for block in list(state.func_ir.blocks.values()):
        for statement in list(block.body):
            if not isinstance(statement, numba_ir.Assign):
                continue
            call = statement.value
            if not isinstance(call, numba_ir.Expr) or call.op != "call":
                continue
            if constant(state.func_ir, call.func) is not needed.callee:
                continue
            for position, kind in needed.positions.items():
                if position < len(call.args):
                    changed |= _promote(state, call.args[position], kind, call.loc)
    return changed


