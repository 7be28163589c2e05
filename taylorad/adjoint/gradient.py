"""From a function to the function of its adjoints."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import FunctionType

from ..errors import ArgumentTypeError
from .dead import remove_dead
from .emit import emit
from .frontend import build
from .ir import Function, Op, Value, constant, leaves
from .kinds import FLOAT, ArrayKind
from .memory import Memory
from .reverse import Again, Plan, Reverse
from .undo import stores_to_undo


@dataclass
class Request:
    """What is asked for: the kinds of the arguments, and which are differentiated."""

    function: FunctionType
    kinds: dict
    wrt: tuple[str, ...]
    several: bool = False
    value: bool = False
    #: Whether the adjoint of the result is an argument; else the result is a number.
    seeded: bool = False
    after: str = ""
    notes: list = field(default_factory=list)


def adjoint(request: Request) -> Function:
    """The representation of the adjoint that is asked for."""
    plan = Plan()
    while True:
        function, args = build(request.function, request.kinds)
        written = {v for v in Memory(function).written_values if v.role == "param"}
        if written:
            function, args = build(request.function, request.kinds, {v.name for v in written})
        inputs = [args[name] for name in request.wrt]
        wrt = [v for thing in inputs for v in leaves(thing) if isinstance(v, Value)]
        reverse = Reverse(function, wrt, plan)
        try:
            result = _run(reverse, request, inputs)
        except Again:
            plan.undone = None
            continue
        undone = stores_to_undo(function, reverse.memory, reverse.read_again)
        found = {reverse.order[op] for op in undone if op in reverse.order}
        if plan.undone is None or not found <= plan.undone:
            plan.undone = found | (plan.undone or set())
            continue
        function.result = result
        remove_dead(function)
        return function


def _run(reverse: Reverse, request: Request, inputs):
    function = reverse.function
    primal = function.result
    end = len(function.root.ops)
    reverse.append(Op("effect", attr="# reverse sweep"))
    _seed(reverse, request, primal)
    reverse.sweep(function.root, end)
    gradients = [_gradient(reverse, thing) for thing in inputs]
    reverse.keep_saved()
    marker = next(op for op in function.root.ops if op.attr == "# reverse sweep")
    if function.root.ops[-1] is marker:
        function.root.ops.remove(marker)
    gradient = tuple(gradients) if request.several else gradients[0]
    if not request.value:
        return gradient
    return primal, gradient


def _seed(reverse: Reverse, request: Request, primal) -> None:
    """The adjoint of the result: one, or an argument's."""
    if request.seeded:
        raise NotImplementedError
    if not isinstance(primal, Value) or primal.is_array:
        raise ArgumentTypeError(
            f"{request.function.__name__} does not return a number; for the gradient of one "
            "component return it alone, for all of them use ta.jacobian, and for products with "
            "the Jacobian ta.vjp"
        )
    reverse.contribute(primal, constant(1.0))


def _gradient(reverse: Reverse, thing):
    """The adjoint of an argument, zero where the result does not depend on it."""
    if isinstance(thing, tuple):
        return tuple(_gradient(reverse, t) for t in thing)
    if not thing.is_array:
        return reverse.bar(thing) or constant(0.0)
    if reverse.active(thing):
        return reverse.shadows.of(thing)
    shape = [reverse.shape(thing, k) for k in range(thing.kind.ndim)]
    return reverse.alloc(shape, FLOAT, "zeros", f"{thing.name}_bar")


def text_of(request: Request, name: str) -> tuple[str, dict]:
    """The text of the adjoint, and the objects it refers to."""
    function = adjoint(request)
    text = emit(function, name, ", ".join(request.kinds))
    return text, function.scope


__all__ = ["ArrayKind", "Request", "adjoint", "text_of"]
