"""From a function to the function of its adjoints."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import Any

from ..errors import ArgumentTypeError, ShapeError
from .emit import emit
from .frontend import build, parameter
from .ir import Function, Op, Value, constant, leaves, rebuild
from .kinds import FLOAT
from .memory import Memory, writes
from .pairs import texts
from .planning import planned
from .regaining import Plan
from .reverse import Reverse
from .rules.arrays import COPY
from .tangent import Forward


@dataclass
class Request:
    """What is asked for: the kinds of the arguments, and which are differentiated."""

    function: FunctionType
    #: For each parameter its kind, a tuple of kinds, or an object known now.
    kinds: dict[str, Any]
    #: The names of the differentiated parameters, and whether the result is a tuple of them.
    wrt: tuple[str, ...]
    several: bool = False
    #: Whether the function's value comes first in the result.
    value: bool = False
    #: The adjoint of the result as a parameter, by name and kind; without it the result is a
    #: number and its adjoint is 1.
    cotangent: tuple[str, Any] | None = None
    #: A direction of the differentiated arguments as a parameter: what is asked for is the
    #: tangent of the gradient along it.
    direction: tuple[str, Any] | None = None
    #: Whether the function raises where it divides by zero.
    checked: bool = True
    #: The parameter that takes all further arguments, a tuple.
    variadic: str | None = None


def adjoint(request: Request) -> Function:
    """The representation of the adjoint that is asked for."""

    def attempt(plan: Plan):
        function, args = build(request.function, request.kinds, (), request.checked)
        written = {v for v in Memory(function).written_values if v.role == "param"}
        if written:
            written_names = {v.name for v in written}
            function, args = build(request.function, request.kinds, written_names, request.checked)
        inputs = [args[name] for name in request.wrt]
        wrt = [v for thing in inputs for v in leaves(thing) if isinstance(v, Value)]
        reverse = Reverse(function, wrt, plan)
        return reverse, _run(reverse, request, inputs)

    extend = partial(_along, request) if request.direction is not None else None
    return planned(attempt, extend).function


def _along(request: Request, reverse: Reverse) -> None:
    """Let the adjoint be followed along a direction."""
    function = reverse.function
    assert request.direction is not None
    directions = [v for v in leaves(parameter(*request.direction, function))]
    message = "the direction must have the shape of the differentiated argument"
    if [_rank(v) for v in reverse.wrt] != [_rank(v) for v in directions]:
        raise ShapeError(message)
    forward = Forward(function, reverse.wrt)
    with forward.at_start():
        for x, v in zip(reverse.wrt, directions, strict=True):
            if x.is_array:
                _require_same_shape(forward, x, v, message)
    forward.along(directions)


def _rank(thing) -> int | None:
    """The rank of an array, -1 of a number."""
    if not isinstance(thing, Value):
        return None
    return thing.kind.ndim if thing.is_array else -1


def _run(reverse: Reverse, request: Request, inputs):
    function = reverse.function
    primal = function.result
    end = len(function.root.ops)
    marker = reverse.append(Op("effect", attr="# reverse sweep"))
    _seed(reverse, request, primal)
    reverse.sweep(function.root, end)
    gradients = [_gradient(reverse, thing) for thing in inputs]
    reverse.keep_saved()
    value = _unspoilt(reverse, primal, marker) if request.value else None
    if function.root.ops[-1] is marker:
        function.root.ops.remove(marker)
    gradient = tuple(gradients) if request.several else gradients[0]
    return gradient if value is None else (value, gradient)


def _unspoilt(reverse: Reverse, primal, marker: Op):
    """The result; copies of arrays that the caller holds or the reverse sweep changes."""
    items, memory = [], reverse.memory
    taken = {v for op in reverse.undone_stores for a in writes(op) for v in memory.values(a)}
    taken |= {v for v in memory.roots if v.role in ("param", "global")}
    for value in leaves(primal):
        if isinstance(value, Value) and value.is_array:
            roots = memory.values(value)
            if roots & taken:
                made = Op("array", [value], fn=COPY)
                made.region = reverse.function.root
                ops = reverse.function.root.ops
                ops.insert(ops.index(marker), made)
                value = made.out(value.kind.with_layout("C"), value.name)
            taken |= roots  # another part of the result has memory of its own
        items.append(value)
    return rebuild(primal, iter(items))


def _seed(reverse: Reverse, request: Request, primal) -> None:
    """The adjoint of the result: one, or an argument's."""
    name = request.function.__name__
    if request.cotangent is not None:
        cotangent = parameter(*request.cotangent, reverse.function)
        _seed_with(reverse, name, primal, cotangent)
    elif not isinstance(primal, Value) or primal.is_array:
        raise ArgumentTypeError(
            f"{name} does not return a number; for the gradient of one component return it "
            "alone, for all of them use ta.jacobian, and for products with the Jacobian ta.vjp"
        )
    else:
        reverse.contribute(primal, constant(1.0))


def _seed_with(reverse: Reverse, name: str, primal, cotangent) -> None:
    """Add a cotangent to the adjoint of the result, part by part."""
    if isinstance(primal, tuple):
        if not isinstance(cotangent, tuple) or len(primal) != len(cotangent):
            raise ShapeError(f"{name} returns {len(primal)} parts; give a cotangent for each")
        for y, u in zip(primal, cotangent, strict=True):
            _seed_with(reverse, name, y, u)
        return
    if not isinstance(primal, Value):
        raise ArgumentTypeError(f"{name} returns {primal}; nothing can be differentiated")
    if not isinstance(cotangent, Value) or (
        primal.is_array != cotangent.is_array
        or (primal.is_array and primal.kind.ndim != cotangent.kind.ndim)
    ):
        raise ShapeError(f"the cotangent does not have the form of what {name} returns")
    if not primal.is_array:
        reverse.contribute(primal, cotangent)
        return
    message = f"the cotangent does not have the shape of what {name} returns"
    _require_same_shape(reverse, primal, cotangent, message)
    if reverse.active(primal):
        reverse.contribute(primal, cotangent)


def _require_same_shape(maker: Reverse | Forward, a: Value, b: Value, message: str) -> None:
    """Raise where two arrays of one rank differ in a length."""
    for axis in range(a.kind.ndim):
        differ = maker.apply(operator.ne, maker.shape(a, axis), maker.shape(b, axis))
        made = maker.append(Op("if", [differ]))
        outer = maker.region
        maker.inside(made)
        label = maker.function.known("ShapeError", ShapeError)
        maker.append(Op("effect", attr=f"raise {label}({message!r})"))
        maker.region = outer
        maker.inside(made)
        maker.region = outer


def _gradient(reverse: Reverse, thing):
    """The adjoint of an argument, zero where the result does not depend on it."""
    if isinstance(thing, tuple):
        return tuple(_gradient(reverse, t) for t in thing)
    if not thing.is_array:
        return reverse.convert(reverse.bar(thing) or constant(0.0), FLOAT)
    if reverse.active(thing):
        return reverse.shadows.of(thing)
    shape = [reverse.shape(thing, k) for k in range(thing.kind.ndim)]
    return reverse.alloc(shape, FLOAT, "zeros", f"{thing.name}_bar")


def text_of(request: Request, name: str) -> tuple[str, dict]:
    """The text of the adjoint, and the objects it refers to."""
    function = adjoint(request)
    names = list(request.kinds)
    kinds = dict(request.kinds)
    for further in filter(None, (request.cotangent, request.direction)):
        last = max(names.index(n) for n in request.wrt)
        names.insert(last + 1, further[0])
        kinds |= dict([further])
    unpacked = [line for n in names for line in _unpacked(n, n, kinds[n])]
    parameters = [f"*{n}" if n == request.variadic else n for n in names]
    called = texts(function)
    while name in function.scope:
        name += "_"
    text = emit(function, name, ", ".join(parameters), unpacked)
    return "\n\n".join([*called, text]), function.scope


def _unpacked(name: str, text: str, kind) -> list[str]:
    """Statements that bind the parts of a tuple to names of their own."""
    if not isinstance(kind, tuple):
        return [] if name == text else [f"{name} = {text}"]
    return [
        line
        for i, inner in enumerate(kind)
        for line in _unpacked(f"{name}_{i}", f"{text}[{i}]", inner)
    ]
