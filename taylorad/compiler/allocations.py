"""Allocations made to hold what is stored in them.

Numba infers the type of ``np.zeros(n)`` from the call alone, so a float array cannot take
a jet later.  Type inference runs with such stores permitted (`jets.arrays.stores`); every
array that then receives jets is traced to where it is made, which is given the jet as its
dtype, and inference runs again.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from numba.core import types
from numba.core.errors import TypingError

from .._compat import numba_ir
from ..errors import UnsupportedError
from ..jets.arrays.construction import astype
from ..jets.arrays.stores import loses_derivatives, memory, number_inside
from ..jets.dtypes import JetDType
from ..jets.types import JetType, depth, full, join, number
from .aliases import Aliases, constant, method_of, statements, where

#: Allocating functions that take any dtype, and the position of their ``dtype`` argument.
ALLOCATORS = {
    np.zeros: 1,
    np.ones: 1,
    np.empty: 1,
    np.full: 2,
    np.zeros_like: 1,
    np.ones_like: 1,
    np.empty_like: 1,
    np.full_like: 2,
}
#: Methods whose result is a new array.
FRESH_METHODS = {"copy", "flatten", "astype", "repeat", "take", "cumsum", "cumprod", "clip", "dot"}


@dataclass
class ArgumentsNeeded:
    """A callee's word that some of its array arguments must hold jets."""

    positions: dict[int, JetType]
    error: Exception
    callee: Any


class _Pending(threading.local):
    arguments: ArgumentsNeeded | None = None


pending = _Pending()


class UnsupportedArgument(TypingError, UnsupportedError):
    """An array argument would have to hold jets: a caller may still provide them.

    The error tells which, since Numba raises the same one again at a second request.
    """

    def __init__(self, message: str, positions: dict[int, JetType]):
        super().__init__(message)
        self.positions = positions


# -- stores --------------------------------------------------------------------------


def promote_stores(state) -> bool:
    """Give arrays that receive jets a jet dtype; whether any changed."""
    promotion = Promotion(state)
    for statement in statements(state.func_ir):
        target, stored = _store(state, statement)
        if target is not None:
            kind = _needed(state, target, stored, statement.loc)
            if kind is not None:
                promotion.promote(target, kind, statement.loc)
    promotion.finish()
    return promotion.changed


def _store(state, statement):
    """The array variable and the variable stored into it, of a statement that stores."""
    if isinstance(statement, numba_ir.SetItem | numba_ir.StaticSetItem):
        return statement.target, statement.value
    if not isinstance(statement, numba_ir.Assign) or not isinstance(statement.value, numba_ir.Expr):
        return None, None
    expr = statement.value
    if expr.op == "inplace_binop":
        return expr.lhs, expr.rhs
    if expr.op == "call":
        function = constant(state.func_ir, expr.func)
        if isinstance(function, np.ufunc) and len(expr.args) == function.nin + 1:
            stored = max(expr.args[:-1], key=lambda v: depth(number_inside(_type(state, v))))
            return expr.args[-1], stored
        if function is np.dot and len(expr.args) == 3:
            stored = max(expr.args[:-1], key=lambda v: depth(number_inside(_type(state, v))))
            return expr.args[-1], stored
        if function is np.fill_diagonal and len(expr.args) > 1:
            return expr.args[0], expr.args[1]
        base, name = method_of(state.func_ir, expr)
        if name == "fill" and expr.args:
            return base, expr.args[0]
    return None, None


def _type(state, variable):
    return state.typemap[variable.name]


def _needed(state, target, stored, loc):
    """The dtype that an array must have for what is stored in it, where it has not; or None."""
    array, stored = memory(_type(state, target)), number_inside(_type(state, stored))
    if not loses_derivatives(array, stored):
        return None
    if isinstance(array.dtype, types.Integer | types.Boolean):
        raise UnsupportedError(
            f"{where(loc)}: {state.func_id.func_name} stores differentiated values in an array "
            f"of {array.dtype}, which keeps no derivatives; make it an array of floats"
        )
    return _joined(array.dtype, stored)


def _joined(a, b) -> Any:
    """The dtype of an array that holds both."""
    return full(join(a, b))


# -- calls ---------------------------------------------------------------------------


def promote_call(state, needed: ArgumentsNeeded) -> bool:
    """Promote the arrays passed to a callee that stores jets in them; whether any changed."""
    pending.arguments = None
    promotion = Promotion(state, needed.error)
    for statement in statements(state.func_ir):
        call = getattr(statement, "value", None)
        if not isinstance(call, numba_ir.Expr) or call.op != "call":
            continue
        if constant(state.func_ir, call.func) is not needed.callee:
            continue
        names = needed.callee.py_func.__code__.co_varnames
        keywords = dict(call.kws)
        for position, kind in needed.positions.items():
            if position < len(call.args):
                promotion.promote(call.args[position], kind, call.loc)
            elif names[position] in keywords:
                promotion.promote(keywords[names[position]], kind, call.loc)
    promotion.finish()
    return promotion.changed


def promote_returned(state, returned) -> bool:
    """Promote the arrays that a function returns: ``returned`` pairs item and dtype."""
    promotion = Promotion(state)
    for statement in statements(state.func_ir):
        if not isinstance(statement, numba_ir.Return):
            continue
        kind = _type(state, statement.value)
        for index, dtype in returned:
            array = kind if index is None else kind.types[index]
            if isinstance(array, types.Array) and depth(array.dtype) < depth(dtype):
                variable = promotion.item(statement.value, index, statement.loc)
                promotion.promote(variable, dtype, statement.loc)
    promotion.finish()
    return promotion.changed


def promote_joined(state) -> bool:
    """Promote arrays that meet arrays of jets in a variable or a return; whether any changed."""
    promotion = Promotion(state)
    for statement in statements(state.func_ir):
        value = getattr(statement, "value", None)
        if isinstance(value, numba_ir.Expr) and value.op == "phi":
            promotion.join(v for v in value.incoming_values if isinstance(v, numba_ir.Var))
    blocks = state.func_ir.blocks.values()
    promotion.join(b.terminator.value for b in blocks if isinstance(b.terminator, numba_ir.Return))
    return promotion.changed and not promotion.arguments


def returning(callee, wanted):
    """A twin like ``callee`` whose results are arrays of jets; items as in `promote_returned`."""
    from .functions import options_of
    from .passes import TwinCompiler
    from .twin import Twin

    base, returned = getattr(callee, "variant_of", (callee, {}))
    returned = dict(returned)
    for index, kind in wanted.items():
        returned[index] = _joined(returned.get(index, kind), kind)
    variants = vars(base).setdefault("variants", {})
    key = tuple(returned.items())
    if key not in variants:
        compiler = type("ReturningCompiler", (TwinCompiler,), {"returned": key})
        variant = Twin(base.py_func, targetoptions=options_of(base), pipeline_class=compiler)
        variant.variant_of = base, returned
        variants[key] = variant
    return variants[key]


# -- promotion -----------------------------------------------------------------------


@dataclass
class Promotion:
    """Changes of one function's representation, so that arrays hold jets."""

    state: Any
    error: Exception | None = None
    changed: bool = False
    arguments: dict[int, JetType] = field(default_factory=dict)
    place: Any = None

    def promote(self, variable, kind, loc) -> None:
        """Let the arrays that a variable may name hold ``kind``."""
        aliases = Aliases(self.state.func_ir, self.state.typemap)
        for target, definition in list(aliases.origins(variable)):
            if isinstance(definition, numba_ir.Arg):
                self._argument(definition, kind, loc)
            else:
                origin, index = aliases.picked(definition)
                self._origin(target, origin, index, kind, loc)

    def join(self, variables) -> None:
        """Let arrays that are one in what follows hold the same numbers."""
        arrays = {v.name: v for v in variables if self._is_array_of_floats(v)}.values()
        kinds = [self.state.typemap[v.name].dtype for v in arrays]
        kind = reduce(lambda a, b: a and join(a, b), kinds) if kinds else None
        if isinstance(kind, JetType):
            for variable, dtype in zip(arrays, kinds, strict=True):
                if depth(dtype) < depth(kind) or dtype != full(kind):
                    self.promote(variable, full(kind), variable.loc)

    def _is_array_of_floats(self, variable) -> bool:
        kind = self.state.typemap.get(variable.name)
        return isinstance(kind, types.Array) and number(kind.dtype) is not None

    def item(self, variable, index, loc):
        """The variable that is an item of a returned tuple."""
        if index is None:
            return variable
        definition = self.state.func_ir.get_definition(variable)
        while isinstance(definition, numba_ir.Expr) and definition.op == "cast":
            definition = self.state.func_ir.get_definition(definition.value)
        if isinstance(definition, numba_ir.Expr) and definition.op == "build_tuple":
            return definition.items[index]
        raise self._out_of_sight(loc)

    def finish(self) -> None:
        """Tell the caller about the arguments that must hold jets."""
        if not self.arguments:
            return
        state = self.state
        names = ", ".join(repr(state.func_id.arg_names[i]) for i in self.arguments)
        message = str(self.error) if self.error else (
            f"{where(self.place)}: {state.func_id.func_name} stores differentiated values in its "
            f"argument {names}, an array of floats; differentiate with respect to that argument "
            "too, or allocate the array inside"
        )
        raise UnsupportedArgument(message, self.arguments)

    def _argument(self, argument, kind, loc) -> None:
        known = self.state.args[argument.index]
        dtype = number_inside(known)
        if isinstance(known, types.Array) and depth(dtype) < depth(kind):
            self.arguments[argument.index] = kind
            self.place = loc

    def _out_of_sight(self, loc):
        return UnsupportedError(
            f"{where(loc)}: {self.state.func_id.func_name} stores differentiated values in an "
            "array of floats whose allocation is out of sight; write np.zeros_like(x) or "
            "np.zeros(n, dtype=x.dtype), with x the differentiated array, where it is made"
        )

    def _origin(self, target, definition, index, kind, loc) -> None:
        """Promote one array at the place where it is made."""
        func_ir = self.state.func_ir
        if not isinstance(definition, numba_ir.Expr):
            raise self._out_of_sight(loc)
        function = constant(func_ir, definition.func) if definition.op == "call" else None
        if hasattr(function, "py_func"):
            self._callee(definition, function, index, kind, loc)
        elif function in ALLOCATORS:
            self._allocator(definition, ALLOCATORS[function], kind)
        elif function is astype and self._dtype(definition.args[1]) is not None:
            self._replace_dtype(definition, 1, kind)
        elif self._is_fresh(definition, function):
            self._convert(target, definition, kind)
        else:
            raise self._out_of_sight(loc)

    def _is_fresh(self, expr, function) -> bool:
        """Whether an expression makes an array that nothing else refers to."""
        if expr.op in ("binop", "unary"):
            return True
        if expr.op != "call":
            return False
        if method_of(self.state.func_ir, expr)[1] in FRESH_METHODS:
            return True
        return isinstance(function, np.ufunc) or getattr(function, "__module__", "").startswith(
            "numpy"
        )

    def _callee(self, call, callee, index, kind, loc) -> None:
        variant = returning(callee, {index: kind})
        if variant is not callee:
            call.func = self._global(call, "returning", variant)
            self.changed = True

    def _allocator(self, call, position, kind) -> None:
        present = dict(call.kws).get("dtype")
        if present is None and len(call.args) > position:
            present = call.args[position]
        known = self._dtype(present)
        if known is not None:
            if _joined(known, kind) == known:
                return
            kind = _joined(known, kind)
        dtype = self._global(call, "dtype", JetDType(kind))
        if len(call.args) > position:
            call.args = (*call.args[:position], dtype, *call.args[position + 1 :])
        else:
            call.kws = tuple({**dict(call.kws), "dtype": dtype}.items())
        self.changed = True

    def _replace_dtype(self, call, position, kind) -> None:
        known = self._dtype(call.args[position])
        if _joined(known, kind) == known:
            return
        dtype = self._global(call, "dtype", JetDType(_joined(known, kind)))
        call.args = (*call.args[:position], dtype, *call.args[position + 1 :])
        self.changed = True

    def _convert(self, target, expr, kind) -> None:
        """``v = expr`` becomes ``v = astype(expr, jets)``."""
        function = self._global(expr, "astype", astype)
        dtype = self._global(expr, "dtype", JetDType(kind))
        block, place = self._place_of(expr)
        plain = self._assign_before(expr, "plain", expr)
        call = numba_ir.Expr.call(function, [plain, dtype], (), expr.loc)
        block.body[place + 1].value = call
        definitions = self.state.func_ir._definitions
        definitions[target.name] = [call if d is expr else d for d in definitions[target.name]]
        self.changed = True

    def _dtype(self, variable):
        """The jet type that a dtype variable of an earlier promotion stands for; or None."""
        value = constant(self.state.func_ir, variable) if variable is not None else None
        return value.kind if isinstance(value, JetDType) else None

    def _global(self, expr, name, value):
        return self._assign_before(expr, name, numba_ir.Global(name, value, expr.loc))

    def _assign_before(self, expr, name, value):
        """A new variable with a value, assigned before the statement of an expression."""
        block, place = self._place_of(expr)
        variable = block.scope.redefine(f"$taylorad_{name}", expr.loc)
        block.body.insert(place, numba_ir.Assign(value, variable, expr.loc))
        self.state.func_ir._definitions[variable.name] = [value]
        return variable

    def _place_of(self, expr):
        """The block and the position of the statement that assigns an expression."""
        for block in self.state.func_ir.blocks.values():
            for place, statement in enumerate(block.body):
                if isinstance(statement, numba_ir.Assign) and statement.value is expr:
                    return block, place
        raise AssertionError("the expression is in the function")
