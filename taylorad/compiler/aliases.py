"""Where the memory of an array variable comes from: a walk over Numba's representation."""

from __future__ import annotations

from collections import defaultdict
from types import ModuleType

import numpy as np
from numba.core import types

from .._compat import numba_ir
from ..jets.types import number

#: Functions whose result may share memory with their first operand.
VIEWS = {
    np.reshape,
    np.ravel,
    np.transpose,
    np.ascontiguousarray,
    np.asfortranarray,
    np.asarray,
    np.atleast_1d,
    np.atleast_2d,
    np.atleast_3d,
    np.broadcast_to,
    np.diag,
    np.expand_dims,
    np.flip,
    np.fliplr,
    np.flipud,
    np.swapaxes,
    np.moveaxis,
    np.rollaxis,
    np.rot90,
    np.squeeze,
    np.diagonal,
    np.real,
    np.imag,
    np.split,
    np.array_split,
    np.hsplit,
    np.vsplit,
    np.dsplit,
    np.broadcast_arrays,
}
VIEW_METHODS = {"reshape", "ravel", "transpose", "view"}
#: Expressions whose result is part of, or the same as, their operand ``value``.
PARTS = {
    "getitem",
    "static_getitem",
    "getattr",
    "cast",
    "getiter",
    "iternext",
    "pair_first",
    "exhaust_iter",
}


def where(loc) -> str:
    """``file:line`` of a place in the user's code."""
    return f'File "{loc.filename}", line {loc.line}'


def module_attribute(func_ir, expr):
    """What ``module.name`` stands for, or None."""
    base = constant(func_ir, expr.value)
    return getattr(base, expr.attr, None) if isinstance(base, ModuleType) else None


def constant(func_ir, variable):
    """The value of a variable that is a global, a closure's or a module's attribute; or None."""
    definition = definition_of(func_ir, variable)
    if isinstance(definition, numba_ir.Global | numba_ir.FreeVar | numba_ir.Const):
        return definition.value
    if isinstance(definition, numba_ir.Expr) and definition.op == "getattr":
        return module_attribute(func_ir, definition)
    return None


def definition_of(func_ir, variable):
    """The only definition of a variable, or None."""
    try:
        return func_ir.get_definition(variable)
    except KeyError:
        return None


def statements(func_ir):
    """All assignments and stores, in a list that survives insertions."""
    return [s for block in func_ir.blocks.values() for s in block.body]


def method_of(func_ir, call):
    """The object and the name where a call is one of a method; else (None, None)."""
    definition = definition_of(func_ir, call.func)
    if not isinstance(definition, numba_ir.Expr) or definition.op != "getattr":
        return None, None
    if module_attribute(func_ir, definition) is not None:
        return None, None
    return definition.value, definition.attr


class Aliases:
    """The variables of a function that may name the same array."""

    def __init__(self, func_ir, typemap):
        self.func_ir = func_ir
        self.typemap = typemap or {}
        self.followers = defaultdict(list)
        for statement in statements(func_ir):
            if isinstance(statement, numba_ir.Assign):
                for source in self._sources(statement.value, followed=True):
                    self.followers[source.name].append(statement.target)

    def origins(self, variable):
        """The definitions, no aliases themselves, of all that shares the variable's memory.

        Arrays that meet in one variable (a swap of buffers, the two arms of an ``if``) must
        be of one type, so the walk goes from a variable to its sources and back to whatever
        else is made from these.
        """
        pending, seen = [variable], set()
        while pending:
            current = pending.pop()
            if current.name in seen:
                continue
            seen.add(current.name)
            for definition in self.func_ir._definitions[current.name]:
                sources = list(self._sources(definition))
                if sources:
                    pending.extend(s for s in sources if self._may_be_array(s))
                else:
                    yield current, definition
            pending.extend(v for v in self.followers[current.name] if self._may_be_array(v))

    def _may_be_array(self, variable) -> bool:
        kind = self.typemap.get(variable.name)
        return kind is None or number(kind) is None

    def _sources(self, definition, followed=False):
        """The variables that a definition takes its memory from.

        ``followed``: as far as the walk may go from a source back to what is made from it,
        which for parts of an array takes their being arrays, known from inference.
        """
        if isinstance(definition, numba_ir.Var):
            yield definition
        if not isinstance(definition, numba_ir.Expr):
            return
        if definition.op == "phi":
            yield from (v for v in definition.incoming_values if isinstance(v, numba_ir.Var))
        elif definition.op == "inplace_binop":
            yield definition.lhs
        elif definition.op in ("build_tuple", "build_list"):
            if not followed:
                yield from definition.items
        elif definition.op in PARTS:
            item = self._item(definition)
            if item is not None:
                yield item
                return
            whole = self.typemap.get(definition.value.name)
            if self._tuple_of_call(definition.value) is None and (
                not followed or isinstance(whole, types.Array)
            ):
                yield definition.value
        elif definition.op == "call":
            if constant(self.func_ir, definition.func) in VIEWS:
                yield definition.args[0]
            base, name = method_of(self.func_ir, definition)
            if name in VIEW_METHODS:
                yield base

    def _tuple_of_call(self, variable):
        """The call whose result, a tuple, a variable is; or None."""
        definition = definition_of(self.func_ir, variable)
        if isinstance(definition, numba_ir.Expr):
            if definition.op == "exhaust_iter":
                return self._tuple_of_call(definition.value)
            if definition.op == "call" and isinstance(
                self.typemap.get(variable.name), types.BaseTuple
            ):
                return definition
        return None

    def _item(self, expr):
        """The variable that ``tuple[constant]`` picks, where the tuple is in sight; or None."""
        if expr.op != "static_getitem" or not isinstance(expr.index, int):
            return None
        definition = definition_of(self.func_ir, expr.value)
        while isinstance(definition, numba_ir.Expr) and definition.op == "exhaust_iter":
            definition = definition_of(self.func_ir, definition.value)
        if isinstance(definition, numba_ir.Expr) and definition.op == "build_tuple":
            return definition.items[expr.index]
        return None

    def picked(self, definition):
        """``(call, index)`` where a definition is an item of the tuple that a call returns."""
        if isinstance(definition, numba_ir.Expr) and definition.op == "static_getitem":
            call = self._tuple_of_call(definition.value)
            if call is not None:
                return call, definition.index
        return definition, None
