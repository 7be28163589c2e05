"""Graphs evaluated once more in other arithmetic: to many digits, and in complex numbers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..errors import MissingExtraError, UnsupportedError
from ..graph.formulas import PIECES, formulas, sympy
from ..graph.graph import Graph
from ..graph.node import NUMBERS, Node


def mpmath():
    """mpmath, or the error that says how to get it."""
    try:
        import mpmath as module
    except ImportError:
        raise MissingExtraError(
            'checks to many digits need mpmath: python -m pip install "taylorad[symbolic]"'
        ) from None
    return module


@cache
def precise(name: str, arity: int):
    """A primitive's formula as a function of mpmath numbers."""
    s = sympy()
    found = formulas().get(name)
    if found is None:
        raise UnsupportedError(f"{name} has no formula in SymPy")
    symbols = s.symbols(f"a:{arity}", real=True)
    return s.lambdify(symbols, found(*symbols), modules="mpmath")


def replayed(graph: Graph, inputs: list, factors=()):
    """The numbers of the result where the inputs are others, on the recorded way.

    With ``factors`` the result of each operation is multiplied by one.
    """
    mp = mpmath()
    rounding = iter(factors)
    values: dict[Node, Any] = dict(zip(graph.inputs, inputs, strict=True))
    for node in graph.nodes:
        if node.is_input:
            continue
        if node.is_discrete:
            values[node] = mp.mpf(node.value)
            continue
        args = [values[a] if isinstance(a, Node) else mp.mpf(a) for a in node.args]
        piece = PIECES.get(node.operation)
        if piece is not None:
            values[node] = piece(node.operands(), *args)
        elif node.operation == "power" and not isinstance(node.args[1], Node):
            r = node.args[1]
            values[node] = args[0] ** (int(r) if r == int(r) else args[1])
        else:
            values[node] = precise(node.operation, len(args))(*args)
        if factors:
            values[node] = values[node] * next(rounding)
    return [values[o] if isinstance(o, Node) else mp.mpf(o) for o in graph.outputs]


def rounding_error(graph: Graph, output: int, index: tuple[int, ...]) -> float:
    """What rounding in every operation may do to a derivative, an estimate.

    Each operation is changed by a random factor next to 1, and the derivative of what then
    is another function compared with the derivative itself.  This sees cancellation, which
    the condition of the derivative as a function of the inputs does not.
    """
    mp = mpmath()
    numbers = np.random.default_rng(2)
    with mp.workdps(80):
        point = tuple(mp.mpf(n.value) for n in graph.inputs)
        orders = tuple(index.count(i) for i in range(len(point)))
        tiny = mp.mpf(10) ** -20

        def derivative(factors):
            def value(*moved):
                return mp.re(replayed(graph, list(moved), factors)[output])

            return mp.diff(value, point, orders) if index else value(*point)

        plain, largest = derivative(()), 0.0
        for _ in range(4):
            signs = numbers.choice([-1, 1], len(graph.nodes)).tolist()
            moved = derivative([1 + tiny * s for s in signs])
            largest = max(largest, float(abs(moved - plain) / tiny))
    return largest * 2.0**-52


#: Of complex numbers, and not analytic.
_PARTS = {"real", "imag", "conjugate"}


def complex_step(graph: Graph, direction, h: float) -> np.ndarray | None:
    """First derivatives along a direction, exact to rounding; None without analytic functions.

    Squire and Trapp, Using complex variables to estimate derivatives of real functions,
    SIAM Review 40 (1998): the imaginary part of ``f(x + i h v) / h`` with a tiny ``h``.
    """
    if h < np.finfo(float).tiny:
        return None
    values: dict[Node, complex] = {
        n: complex(n.value, h * v) for n, v in zip(graph.inputs, direction, strict=True)
    }
    for node in graph.nodes:
        if node.is_input:
            continue
        if node.is_discrete:
            values[node] = complex(node.value)
            continue
        args = [values[a] if isinstance(a, Node) else complex(a) for a in node.args]
        piece = PIECES.get(node.operation)
        primitive = node.primitive
        if piece is not None and node.operation != "cbrt":
            values[node] = complex(piece(node.operands(), *args))
        elif primitive is None or not primitive.complex or node.operation in _PARTS:
            return None
        else:
            with np.errstate(all="ignore"):
                values[node] = complex(NUMBERS.call(primitive.value, *args))
    return np.array([(values[o].imag / h if isinstance(o, Node) else 0.0) for o in graph.outputs])
