"""Activity: what depends on the differentiated arguments and matters for the result.

Values and the memory of arrays are *varied* if a differentiated argument flows into them and
*useful* if they flow into a differentiated result; only what is both has an adjoint.
Sources: L. Hascoet, V. Pascual, The Tapenade automatic differentiation tool, ACM TOMS 39(3),
2013, section 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..errors import TayloradError, UnsupportedError
from .ir import Function, Op, Value, leaves
from .kinds import COMPLEX, FLOAT, is_array
from .memory import Memory
from .rules import is_differentiable
from .source import locate


class Activity:
    """Which values are varied and useful."""

    def __init__(self, function: Function, memory: Memory, wrt: Iterable[Value]):
        self.memory = memory
        self._varied: set[Value] = set()
        self._useful: set[Value] = set()
        for param in wrt:
            self._mark(self._varied, param)
        while any([_flow_forward(op, self) for op in memory.ops]):
            pass
        for value in leaves(function.result):
            if isinstance(value, Value):
                self._mark(self._useful, value)
        while any([_flow_back(op, self) for op in reversed(memory.ops)]):
            pass

    # -- questions -------------------------------------------------------------------

    def varied(self, value: Value) -> bool:
        return self._has(self._varied, value)

    def useful(self, value: Value) -> bool:
        return self._has(self._useful, value)

    def active(self, value: Value) -> bool:
        """Whether a value has an adjoint."""
        if value.is_constant or not is_float(value):
            return False
        if value.is_array:
            return any(r.value in self._varied and r.value in self._useful
                       for r in self.memory.of(value))  # fmt: skip
        return value in self._varied and value in self._useful

    # -- sets ------------------------------------------------------------------------

    def _has(self, marked: set[Value], value: Value) -> bool:
        if value.is_array:
            return any(r.value in marked for r in self.memory.of(value))
        return value in marked

    def _mark(self, marked: set[Value], value: Value) -> bool:
        if value.is_constant or not is_float(value):
            return False
        new = self.memory.values(value) if value.is_array else {value}
        if new <= marked:
            return False
        marked |= new
        return True

    def vary(self, value: Value, when: bool) -> bool:
        if when and (value.kind.dtype if value.is_array else value.kind) == COMPLEX:
            raise UnsupportedError(
                f"{value.name or 'a value'} is complex and depends on what is differentiated by; "
                "reverse mode is for real numbers: write the real and imaginary parts, or use "
                "forward mode"
            )
        return when and self._mark(self._varied, value)

    def use(self, value: Value, when: bool) -> bool:
        return when and self._mark(self._useful, value)


def is_float(value: Value) -> bool:
    """Whether a value is a float, or an array of floats."""
    return (value.kind.dtype if is_array(value.kind) else value.kind) == FLOAT


def _carries(op: Op, forward: Callable) -> bool:
    return any([forward(*parts) for parts in op.carries()])


def _through_function(op: Op) -> list[tuple[Value, Value]]:
    """The arguments of a function that is not inlined, each with what it flows into."""
    targets = [*op.outs, *op.args]
    return [(op.args[i], targets[k]) for i, k in sorted(op.fn.flows)]


def _flow_forward(op: Op, a: Activity) -> bool:
    if op.kind == "invoke":
        return any([a.vary(to, a.varied(arg)) for arg, to in _through_function(op)])
    try:
        return _varies(op, a)
    except TayloradError as error:
        if op.line is not None:
            locate(error, *op.line)
        raise


def _varies(op: Op, a: Activity) -> bool:
    if op.kind in ("apply", "array", "call"):
        if not is_differentiable(op):
            return False
        return any([a.vary(out, any(map(a.varied, op.args))) for out in op.outs])
    if op.kind == "load":
        return a.vary(op.outs[0], a.varied(op.args[0]))
    if op.kind in ("store", "accumulate", "array_store", "array_add"):
        return a.vary(op.args[0], any(map(a.varied, op.args[1:])))
    if op.kind == "restore":
        return a.vary(op.outs[0], a.varied(op.attr.value))
    if op.is_loop:
        return _carries(
            op,
            lambda initial, param, yielded, out: any(
                [
                    a.vary(param, a.varied(initial) or a.varied(yielded)),
                    a.vary(out, a.varied(param) or a.varied(yielded)),
                ]
            ),
        )
    if op.kind == "if":
        return any(
            [
                a.vary(out, any(a.varied(r.yields[k]) for r in op.regions))
                for k, out in enumerate(op.outs)
            ]
        )
    return False


def _flow_back(op: Op, a: Activity) -> bool:
    if op.kind == "invoke":
        return any([a.use(arg, a.useful(to)) for arg, to in _through_function(op)])
    if op.kind in ("apply", "array", "call"):
        if not is_differentiable(op):
            return False
        return any([a.use(arg, any(map(a.useful, op.outs))) for arg in op.args])
    if op.kind == "load":
        return a.use(op.args[0], a.useful(op.outs[0]))
    if op.kind in ("store", "accumulate", "array_store", "array_add"):
        return any([a.use(arg, a.useful(op.args[0])) for arg in op.args[1:]])
    if op.kind == "restore":
        return a.use(op.attr.value, a.useful(op.outs[0]))
    if op.is_loop:
        return _carries(
            op,
            lambda initial, param, yielded, out: any(
                [
                    a.use(param, a.useful(out)),
                    a.use(yielded, a.useful(param) or a.useful(out)),
                    a.use(initial, a.useful(param)),
                ]
            ),
        )
    if op.kind == "if":
        return any(
            [a.use(r.yields[k], a.useful(out)) for k, out in enumerate(op.outs) for r in op.regions]
        )
    return False
