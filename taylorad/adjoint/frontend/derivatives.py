"""Calls of derivatives: a gradient, a tangent, a series of another function inside this one.

Their text is not read.  A call is one operation, and its adjoint is the call of another
derivative, which the transforms know: reverse mode of the gradient along a direction is the
tangent of the gradient along it, and so on.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from typing import Any

from numba import typeof
from numba.core import types

from ..._compat import Dispatcher
from ...errors import UnsupportedError
from ..ir import Op, Value, constant
from ..kinds import FLOAT, ArrayKind, Named, is_array, kind_of, type_of
from ..rules import elementwise
from ..rules.base import ArrayRule
from ..transforms import Transforms
from .builder import Builder
from .things import Static, described, like, parts


def is_derivative(obj) -> bool:
    """Whether an object is what a transform returned."""
    return isinstance(obj, Transforms.kind)


def called_derivative(b: Builder, derivative, args, kwargs):
    """The result of a derivative on things."""
    components = Transforms.components(derivative)
    if components is not None:
        return tuple(b.called(b, Static(c), args, kwargs, c.__name__) for c in components)
    given = _bound(b, derivative, args, kwargs)
    returned = kind_of(Transforms.returned(derivative, tuple(map(_type, given))))
    rule = Call(b.made, derivative, _form(given), returned)
    op = b.append(Op("array", list(_values(given)), fn=rule))
    return like(returned, (op.out(kind) for kind in parts(returned)))


def _bound(b: Builder, derivative, args, kwargs) -> tuple:
    """The arguments of a call in the order of the parameters, defaults filled in."""
    signature = inspect.signature(derivative.py_func)
    try:
        found = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise UnsupportedError(f"{derivative.py_func.__name__}(): {error}") from None
    given: list[Any] = []
    for name, p in signature.parameters.items():
        if p.kind is p.VAR_POSITIONAL:
            given += found.arguments.get(name, ())
        elif name in found.arguments:
            given.append(found.arguments[name])
        else:
            given.append(b.known_object(name, p.default))
    return tuple(given)


# -- arguments -----------------------------------------------------------------------------


def _values(thing) -> Iterator[Value]:
    """The values among the parts of things."""
    return (p for p in parts(thing) if isinstance(p, Value))


def _form(thing):
    """Arguments without their values: what else the text of a call needs."""
    return like(thing, (None if isinstance(p, Value) else p for p in parts(thing)))


def _type(thing) -> types.Type:
    """The type of an argument."""
    if isinstance(thing, tuple):
        items = [_type(item) for item in thing]
        if isinstance(thing, Named):
            if len(set(items)) == 1:
                return types.NamedUniTuple(items[0], len(items), thing.type)
            return types.NamedTuple(items, thing.type)
        return types.Tuple(items)
    if isinstance(thing, Value):
        return type_of(thing.kind)
    if isinstance(thing, Static) and (thing.object is None or isinstance(thing.object, Dispatcher)):
        return typeof(thing.object)
    raise UnsupportedError(f"a derivative cannot be given {described(thing)} in reverse mode")


# -- the operation -------------------------------------------------------------------------


class Call(ArrayRule):
    """The call of a derivative."""

    def __init__(self, function, derivative, form: tuple, returned):
        self.derivative, self.form, self.returned = derivative, form, returned
        self.__name__ = function.known(derivative.py_func.__name__, derivative)
        for item in parts(form):
            if isinstance(item, Static) and item.object is not None:
                function.known(item.object.__name__, item.object)

    def expression(self, writer, op, args):
        values = iter(args)

        def written(form) -> ast.expr:
            if form is None:
                return next(values)
            if isinstance(form, Static):
                if form.object is None:
                    return ast.Constant(None)
                name = writer.function.known(form.object.__name__, form.object)
                return ast.Name(name, ast.Load())
            items = [written(item) for item in form]
            if isinstance(form, Named):
                name = writer.function.known(form.type.__name__, form.type)
                return ast.Call(ast.Name(name, ast.Load()), items, [])
            return ast.Tuple(items, ast.Load())

        name = ast.Name(writer.function.known(self.__name__, self.derivative), ast.Load())
        called: ast.expr = ast.Call(name, [written(form) for form in self.form], [])
        returned = self.returned
        while len(op.outs) == 1 and isinstance(returned, tuple):
            (k,) = (k for k, item in enumerate(returned) if any(True for _ in parts(item)))
            called, returned = ast.Subscript(called, ast.Constant(k), ast.Load()), returned[k]
        return called

    def target(self, op, names):
        left = iter(names)

        def written(returned) -> ast.expr:
            if isinstance(returned, tuple):
                return ast.Tuple([written(item) for item in returned], ast.Store())
            return next(left)

        return written(self.returned)

    def reverse(self, reverse, op):
        values = iter(op.args)
        args = like(self.form, (next(values) if p is None else p for p in parts(self.form)))
        wrt = tuple(i for i, a in enumerate(args) if any(map(reverse.active, _values(a))))
        names = self.derivative.accepted.names
        if wrt[-1] >= len(names):
            raise UnsupportedError(
                f"reverse mode by a further argument of {self.__name__}(*args); name the parameter"
            )
        bars = iter([_bar(reverse, out) for out in op.outs])
        cotangent = like(self.returned, bars)
        needed = [_needed(reverse, op, a) for a in args]
        needed.insert(wrt[-1] + 1, cotangent)
        returned = tuple(_adjoint_kind(args[i]) for i in wrt)
        form, product = _form(tuple(needed)), Transforms.product(self.derivative, wrt)
        product = Call(reverse.function, product, form, returned)
        made = reverse.append(Op("array", list(_values(tuple(needed))), fn=product))
        for arg, kind in zip(
            [a for i in wrt for a in parts(args[i])], parts(returned), strict=True
        ):
            term = made.out(kind, arg.name and f"{arg.name}_bar")
            reverse.contribute(arg, term)


def _bar(reverse, out: Value) -> Value:
    """The adjoint of a result, zero where nothing depends on it."""
    bar = reverse.bar(out) if reverse.active(out) else None
    bar = constant(0.0) if bar is None else bar
    return elementwise.spread(reverse, out, bar) if out.is_array else bar


def _needed(reverse, op, thing):
    """An argument in the reverse sweep."""
    return like(
        thing,
        (reverse.content(op, p) if isinstance(p, Value) else p for p in parts(thing)),
    )


def _adjoint_kind(thing):
    """The kind of the adjoint of an argument."""
    ranks = (p.kind.ndim if is_array(p.kind) else None for p in parts(thing))
    return like(thing, (FLOAT if n is None else ArrayKind(n, FLOAT, "C") for n in ranks))
