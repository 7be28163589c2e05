"""Which primitive is at fault: the rules of each operation of a graph, run and compared alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..graph.formulas import formulas, piece, sympy
from ..graph.graph import Graph
from ..graph.node import Node, partial
from ..primitives.interpret import interpret
from .precise import mpmath

#: Agreement asked for: a rule that is wrong is far off.
TOLERANCE = 1e-8
#: Nodes of one operation that are tried.
MOST = 4
#: Operations whose pieces meet at a kink.
KINKS = {
    "absolute": lambda v: v[0] == 0,
    "copysign": lambda v: v[0] == 0 or v[1] == 0,
    "remainder": lambda v: math.fmod(v[0], v[1]) == 0,
    "fmod": lambda v: math.fmod(v[0], v[1]) == 0,
    **dict.fromkeys(
        ("max", "min", "maximum", "minimum", "fmax", "fmin"), lambda v: v[0] == v[1]
    ),
    "hypot": lambda v: v[0] == 0 and v[1] == 0,
}


#: Operations that jump, or decide about branches, where these tests hold.
JUMPS = {
    **dict.fromkeys(("floor", "ceil", "trunc", "int"), lambda v: v[0] == math.floor(v[0])),
    "rint": lambda v: v[0] - math.floor(v[0]) == 0.5,
    "floor_divide": lambda v: math.fmod(v[0], v[1]) == 0,
    **dict.fromkeys(("sign", "bool", "not"), lambda v: v[0] == 0),
    **dict.fromkeys(
        ("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
        lambda v: v[0] == v[1],
    ),
}


@dataclass(frozen=True)
class Fault:
    """A rule that gives another number than the primitive's formula."""

    primitive: str
    rule: str
    operands: tuple[float, ...]
    found: float
    expected: float
    line: tuple[str, int] | None
    truth: str = "its formula gives"

    def __str__(self) -> str:
        operands = ", ".join(f"{x:.6g}" for x in self.operands)
        where = f" (line {self.line[1]})" if self.line else ""
        return (
            f"{self.primitive}({operands}){where}: {self.rule} is {self.found:.12g}, "
            f"{self.truth} {self.expected:.12g}"
        )


def at_kink(node: Node) -> bool:
    """Whether an operation is where it is not smooth."""
    test = KINKS.get(node.operation)
    return test is not None and test(node.operands())


def on_an_edge(graph: Graph) -> bool:
    """Whether any operation has a kink or a jump, or a branch turns."""
    nodes = set(graph.nodes)
    waiting = [d.node for d in graph.decisions]
    while waiting:
        node = waiting.pop()
        if node not in nodes:
            nodes.add(node)
            waiting += node.parents
    return any(
        at_kink(n) or (n.operation in JUMPS and JUMPS[n.operation](n.operands())) for n in nodes
    )


def faults(graph: Graph, order: int) -> list[Fault]:
    """The rules at fault among those that the graph uses, each primitive's first."""
    found: list[Fault] = []
    tried: dict[tuple, int] = {}
    for node in graph.nodes:
        if node.is_input or node.is_discrete or node.primitive is None or at_kink(node):
            continue
        key = node.operation, tuple(isinstance(a, Node) for a in node.args)
        tried[key] = tried.get(key, 0) + 1
        if tried[key] > MOST or any(f.primitive == node.operation for f in found):
            continue
        if node.operation in formulas():
            fault = _of_partials(node) or _of_rule(node, order)
        else:  # a user's
            fault = _against_value(node, order)
        if fault is not None:
            found.append(fault)
    return found


def _formula(node: Node, symbols):
    found = piece(node.operation, node.operands(), symbols)
    return formulas()[node.operation](*symbols) if found is None else found


def _symbols(node: Node):
    """Symbols for operands that vary; numbers for others, since exponents differ from them."""
    s = sympy()
    made = []
    for k, a in enumerate(node.args):
        if isinstance(a, Node):
            made.append(s.Symbol(f"a{k}", real=True))
        else:
            made.append(s.Integer(int(a)) if a == int(a) else s.Rational(*a.as_integer_ratio()))
    return made


def _of_partials(node: Node) -> Fault | None:
    s = sympy()
    symbols = _symbols(node)
    formula = _formula(node, symbols)
    values = node.operands()
    for k, symbol in enumerate(symbols):
        if not isinstance(node.args[k], Node):
            continue
        assert node.primitive is not None
        found = partial(node.primitive, k, values)
        expected = _evaluated(s.diff(formula, symbol), symbols, values)
        if _differ(found, expected):
            return Fault(node.operation, f"partial derivative {k}", tuple(values), found,
                         expected, node.line)  # fmt: skip
    return None


def _of_rule(node: Node, order: int) -> Fault | None:
    """The Taylor coefficients along operands that move at different speeds."""
    s = sympy()
    t = s.Symbol("t", real=True)
    symbols = _symbols(node)
    values = node.operands()
    speeds = [1.0 + 0.5 * k if isinstance(a, Node) else 0.0 for k, a in enumerate(node.args)]
    moved = [x + s.Rational(v) * t if v else x for x, v in zip(symbols, speeds, strict=True)]
    series = [[x, v] if v else x for x, v in zip(values, speeds, strict=True)]
    assert node.primitive is not None
    with np.errstate(all="ignore"):
        found = interpret(node.primitive, order, *series, function=node.function)
    formula = _formula(node, moved)
    for k in range(1, order + 1):
        formula = s.diff(formula, t)
        expected = _evaluated(formula.subs(t, 0), symbols, values) / math.factorial(k)
        if _differ(float(found[k]), expected):
            return Fault(node.operation, f"Taylor coefficient {k}", tuple(values),
                         float(found[k]), expected, node.line)  # fmt: skip
    return None


def _against_value(node: Node, order: int) -> Fault | None:
    """Rules of a primitive without a formula, against differences of its value.

    Coefficient ``k`` times ``k`` is the slope of coefficient ``k - 1``; the value is the first.
    """
    p, values = node.primitive, node.operands()
    assert p is not None
    active = [k for k, a in enumerate(node.args) if isinstance(a, Node)]
    for k in active:
        def along(t: float, k=k) -> float:
            return float(p.value(*(x + t * (i == k) for i, x in enumerate(values))))

        expected, doubt = _slope(along, values[k])
        if _far(found := partial(p, k, values), expected, doubt):
            return Fault(node.operation, f"partial derivative {k}", tuple(values), found,
                         expected, node.line, "differences of its value give")  # fmt: skip

    def coefficient(k: int, t: float) -> float:
        moved = [[x + t, 1.0] if i in active else x for i, x in enumerate(values)]
        return float(interpret(p, k, *moved, function=node.function)[k])

    for k in range(1, order + 1):
        slope, doubt = _slope(lambda t, k=k: coefficient(k - 1, t), values[active[0]])
        if _far(found := coefficient(k, 0.0), slope / k, doubt):
            return Fault(node.operation, f"Taylor coefficient {k}", tuple(values), found,
                         slope / k, node.line, "differences of its value give")  # fmt: skip
    return None


def _slope(function, size: float) -> tuple[float, float]:
    """A central difference of order 4, and how far that of half the step is from it."""
    h = 1e-3 * max(abs(size), 0.1)

    def slope(h: float) -> float:
        near, far = function(h) - function(-h), function(2 * h) - function(-2 * h)
        return (8 * near - far) / (12 * h)

    return slope(h / 2), abs(slope(h) - slope(h / 2))


def _far(found: float, expected: float, doubt: float) -> bool:
    return math.isfinite(expected) and not abs(found - expected) <= 1e-6 * abs(expected) + 4 * doubt


def _evaluated(expression, symbols, values) -> float:
    s, mp = sympy(), mpmath()
    varying = [(x, v) for x, v in zip(symbols, values, strict=True) if x.is_Symbol]
    with mp.workdps(50):
        f = s.lambdify([x for x, _ in varying], expression, modules="mpmath")
        try:
            return float(mp.re(f(*(mp.mpf(v) for _, v in varying))))
        except (ZeroDivisionError, ValueError):
            return math.nan


def _differ(found: float, expected: float) -> bool:
    """Whether a rule is off; where the formula has no value nothing is said."""
    if not math.isfinite(expected):
        return False
    return not abs(found - expected) <= TOLERANCE * max(abs(expected), 1e-30)
