"""Derivatives inside a function: a call of one is recorded as the operations of what it computes.

The function that is differentiated runs on nodes, and tangents and adjoints of these nodes are
operations on nodes again, of the texts of the registry's partial derivatives.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..adjoint.frontend.derivatives import Call
from ..adjoint.frontend.things import like, parts
from ..adjoint.ir import constant
from ..adjoint.kinds import FLOAT
from ..adjoint.operations import SELECT, result_kind
from ..errors import UnsupportedError
from ..primitives.expansions import Number
from ..primitives.routing import readable
from .node import Node, value_of
from .recorder import Recorder

#: ``run(f, args)``: the result of a user's function on nodes.
Run = Callable[[Any, list], Any]


def called(recorder: Recorder, rule: Call, values, run: Run) -> list:
    """The numbers and arrays that the call of a derivative returns."""
    left = iter(values)
    args = list(like(rule.form, (next(left) if p is None else p for p in parts(rule.form))))
    return list(_leaves(_Derivation(recorder, run).of(rule.derivative, args)))


class _Derivation:
    """Derivatives of functions on nodes."""

    def __init__(self, recorder: Recorder, run: Run):
        self.recorder, self.run = recorder, run

    def of(self, made, args: list):
        """What a derivative returns."""
        transform, f, options = made._recipe
        name, options = transform.__name__, dict(options)
        accepted = made.accepted
        extra = max(accepted.active) + 1
        has_extra = name in ("jvp", "vjp", "hvp", "directional", "taylor_grad", "product")
        vector = args[extra] if has_extra else None
        given = args[:extra] + args[extra + has_extra :]
        start = len(self.recorder.nodes)
        fresh = [
            self.fresh(x, accepted.names[i]) if i in accepted.active else x
            for i, x in enumerate(given)
        ]
        inputs = [fresh[i] for i in accepted.active]
        along = inputs if accepted.several else inputs[0]

        def value():
            return self.of(f, fresh) if hasattr(f, "_recipe") else self.run(f, fresh)

        def gradient(weights=1.0):
            y = value()
            return y, self.adjoints(start, y, weights, along)

        if name == "grad":
            return gradient()[1]
        if name == "value_and_grad":
            return gradient()
        if name in ("vjp", "product"):
            y, bars = gradient(vector)
            return (y, bars) if name == "vjp" else (bars if isinstance(bars, tuple) else (bars,))
        order: Any = options.get("order", options.get("n", 1))
        if name in ("derivative", "taylor", "directional", "jvp", "hvp", "taylor_grad"):
            y = gradient()[1] if name in ("hvp", "taylor_grad") else value()
            v = _like(along, 1.0) if vector is None else vector
            series = [y]
            for _ in range(order):
                series.append(self.tangents(start, series[-1], along, v))
            if name == "jvp":
                return series[0], series[1]
            return series[-1] if name in ("derivative", "hvp") else self.stacked(series)
        if name in ("jacobian", "hessian") and not accepted.several:
            y = gradient()[1] if name == "hessian" else value()
            if not isinstance(y, tuple) and not isinstance(along, tuple):
                return self.columns(start, y, along)
        raise UnsupportedError(
            f"a call of ta.{name} of these arguments cannot be recorded; take ta.grad, ta.jvp, "
            "ta.derivative or others that return one derivative"
        )

    def fresh(self, x, name: str):
        """An argument as nodes of its own: what else depends on the same numbers does not vary."""
        if isinstance(x, tuple):
            return type(x)(*(self.fresh(i, name) for i in x)) if hasattr(x, "_fields") else tuple(
                self.fresh(i, name) for i in x
            )
        if isinstance(x, np.ndarray):
            made = np.empty(x.shape, dtype=object)
            for place in np.ndindex(x.shape):
                made[place] = self.fresh(x[place], f"{name}[{','.join(map(str, place))}]")
            return made
        r = self.recorder
        node = Node(operator.pos, (x,), float(value_of(x)), name, r.line, r.rounds)
        return r._add(node)

    # -- sums along edges ---------------------------------------------------------------

    def tangents(self, start: int, y, along, v):
        """The tangent of a result where the inputs move along a direction."""
        dots: dict[Node, Any] = {}
        for x, d in zip(_items(along), _items(v), strict=True):
            dots[x] = d
        for node in self.recorder.nodes[start:]:
            if node in dots or node.is_discrete:
                continue
            total: Any = 0.0
            for a, slope in self.slopes(node, lambda a: a in dots):
                total = self.plus(total, self.times(slope, dots[a]))
            if isinstance(total, Node) or total != 0:
                dots[node] = total
        return _mapped(lambda x: dots.get(x, 0.0) if isinstance(x, Node) else 0.0, y)

    def adjoints(self, start: int, y, weights, along):
        """The adjoints of the inputs."""
        bars: dict[Node, Any] = {}
        nodes = self.recorder.nodes[start:]
        weighted = _items(weights) if isinstance(weights, tuple | np.ndarray) else iter([weights])
        for x, w in zip(_items(y), weighted, strict=True):
            if isinstance(x, Node):
                bars[x] = self.plus(bars.get(x, 0.0), w)
        inputs, own = set(_items(along)), set(nodes)
        for node in reversed(nodes):
            if node in inputs or node not in bars or node.is_discrete:
                continue
            for a, slope in self.slopes(node, lambda a: a in own):
                bars[a] = self.plus(bars.get(a, 0.0), self.times(slope, bars[node]))
        return _mapped(lambda x: bars.get(x, 0.0), along)

    def columns(self, start: int, y, along) -> Any:
        """The Jacobian: a tangent for each input."""
        inputs = list(_items(along))
        shape = np.shape(y) + np.shape(along)
        made = np.empty((np.size(y), len(inputs)), dtype=object)
        for j, x in enumerate(inputs):
            unit = _mapped(lambda i, x=x: float(i is x), along)
            made[:, j] = list(_items(self.tangents(start, y, along, unit)))
        return made.reshape(shape) if shape else made[0, 0]

    def stacked(self, series: list):
        """Normalised coefficients, the order first."""
        if isinstance(series[0], tuple):
            return tuple(self.stacked(list(items)) for items in zip(*series, strict=True))
        made = np.empty((len(series), *np.shape(series[0])), dtype=object)
        for k, item in enumerate(series):
            scaled = _mapped(lambda x, k=k: self.times(1.0 / math.factorial(k), x), item)
            made[k] = scaled
        return made

    def slopes(self, node: Node, wanted) -> Iterator[tuple[Node, Any]]:
        """Operands of an operation and the partial derivatives by them."""
        if node.is_input:
            return
        active = [(k, a) for k, a in enumerate(node.args) if isinstance(a, Node) and wanted(a)]
        if node.function is SELECT:
            for k, a in active:
                if k:
                    pair = (1.0, 0.0) if k == 1 else (0.0, 1.0)
                    yield a, self.recorder.apply(SELECT, [node.args[0], *pair])
            return
        assert node.primitive is not None or not active
        operands = [Traced(self.recorder, a) for a in node.args]
        for k, a in active:
            slope = readable(node.primitive.partials[k])(*operands)  # type: ignore[union-attr]
            yield a, _plain(slope)

    def times(self, a, b):
        for x, y in ((a, b), (b, a)):
            if not isinstance(x, Node) and x in (0, 1):
                return y if x == 1 else 0.0
        return self.recorder.apply(operator.mul, [a, b])

    def plus(self, a, b):
        for x, y in ((a, b), (b, a)):
            if not isinstance(x, Node) and x == 0:
                return y
        return self.recorder.apply(operator.add, [a, b])


class Traced(Number):
    """A node, or a number, in the text of a partial derivative."""

    __hash__ = object.__hash__

    def __init__(self, recorder: Recorder, value):
        self.recorder, self.value = recorder, value

    def evaluate(self, function, *operands):
        args = [_plain(x) for x in operands]
        kind = result_kind(function, [constant(_builtin(value_of(a))) for a in args])
        return Traced(self.recorder, self.recorder.apply(function, args, kind))

    def select_from(self, x, y):
        chosen = [self.value, _plain(x), _plain(y)]
        return Traced(self.recorder, self.recorder.apply(SELECT, chosen, FLOAT))

    def __bool__(self):
        return self.recorder.truth(self.value)

    def __int__(self):
        return self.recorder.index(self.value)


def _comparison(function):
    return lambda self, other: self.evaluate(function, self, other)


for _name in ("eq", "lt", "le", "gt", "ge"):
    setattr(Traced, f"__{_name}__", _comparison(getattr(operator, _name)))


def _plain(x):
    return x.value if isinstance(x, Traced) else _builtin(x)


def _builtin(x):
    return x.item() if isinstance(x, np.generic) else x


def _leaves(thing) -> Iterator:
    if isinstance(thing, tuple):
        for item in thing:
            yield from _leaves(item)
    else:
        yield thing


def _items(thing) -> Iterator:
    """The numbers of a thing in order."""
    for leaf in _leaves(thing):
        if isinstance(leaf, np.ndarray):
            yield from map(_builtin, leaf.flat)
        else:
            yield leaf


def _like(thing, x: float):
    return _mapped(lambda _: x, thing)


def _mapped(function, thing):
    """A thing of the same form with other numbers."""
    if isinstance(thing, tuple):
        items = [_mapped(function, item) for item in thing]
        return type(thing)(*items) if hasattr(thing, "_fields") else tuple(items)
    if isinstance(thing, np.ndarray):
        made = np.empty(thing.shape, dtype=object)
        for place in np.ndindex(thing.shape):
            made[place] = function(_builtin(thing[place]))
        return made
    return function(thing)
