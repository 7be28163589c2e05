"""The graph as SymPy expressions: for each primitive its formula.

These formulas are no part of the rules: what SymPy derives from them is the truth that the
rules are compared with.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

from ..adjoint.operations import SELECT
from ..errors import MissingExtraError, UnsupportedError
from .forms import Form
from .node import Node


def sympy():
    """SymPy, or the error that says how to get it."""
    try:
        import sympy as module
    except ImportError:
        raise MissingExtraError(
            'formulas need SymPy: python -m pip install "taylorad[symbolic]"'
        ) from None
    return module


@cache
def formulas() -> dict[str, Callable]:
    """The formula of each primitive on SymPy expressions of real numbers."""
    s = sympy()

    def nested(*args):
        return any(a.has(s.Piecewise) for a in args)

    def truncated(a):
        if nested(a):
            return s.sign(a) * s.floor(s.Abs(a))
        return choice(s.Lt(a, 0), s.ceiling(a), s.floor(a))

    # of choices within conditions SymPy can make nothing: its own functions stand for these

    def greater(a, b):
        return s.Max(a, b) if nested(a, b) else choice(s.Ge(a, b), a, b)

    def less(a, b):
        return s.Min(a, b) if nested(a, b) else choice(s.Le(a, b), a, b)

    def sign(a):
        if nested(a):
            return s.sign(a)
        return choice(s.Lt(a, 0), s.Integer(-1), choice(s.Gt(a, 0), s.Integer(1), s.Integer(0)))

    def magnitude(a):
        if nested(a):
            return s.Abs(a)
        return choice(s.Lt(a, 0), -a, a)

    def rounded(a):
        """To even at a tie."""
        up = a + s.Rational(1, 2)
        return choice(s.Eq(up, s.floor(up)), 2 * s.floor(up / 2), s.floor(up))

    def truth(a):
        return a if _is_truth(a) else s.Ne(a, 0)

    def logical(join):
        return lambda a, b: join(truth(a), truth(b))

    def cube_root(a):
        third = s.Rational(1, 3)
        return choice(s.Lt(a, 0), -((-a) ** third), a**third)

    return {
        "add": operator.add, "subtract": operator.sub, "negative": operator.neg,
        "positive": lambda a: a, "multiply": operator.mul, "divide": operator.truediv,
        "reciprocal": lambda a: 1 / a, "square": lambda a: a**2, "power": _power(s),
        "sqrt": s.sqrt, "cbrt": cube_root, "exp": s.exp, "exp2": lambda a: 2**a,
        "expm1": lambda a: s.exp(a) - 1, "log": s.log, "log2": lambda a: s.log(a) / s.log(2),
        "log10": lambda a: s.log(a) / s.log(10), "log1p": lambda a: s.log(1 + a),
        "logaddexp": lambda a, b: s.log(s.exp(a) + s.exp(b)),
        "logaddexp2": lambda a, b: s.log(2**a + 2**b) / s.log(2),
        "sinh": s.sinh, "cosh": s.cosh, "tanh": s.tanh,
        "sech_squared": lambda a: 1 / s.cosh(a) ** 2,
        "arcsinh": s.asinh, "arccosh": s.acosh, "arctanh": s.atanh,
        "sin": s.sin, "cos": s.cos, "tan": s.tan, "arcsin": s.asin, "arccos": s.acos,
        "arctan": s.atan, "arctan2": s.atan2, "hypot": lambda a, b: s.sqrt(a**2 + b**2),
        "sinc": lambda a: s.sinc(s.pi * a), "radians": lambda a: a * s.pi / 180,
        "degrees": lambda a: a * 180 / s.pi,
        "erf": s.erf, "erfc": s.erfc, "gamma": s.gamma, "lgamma": s.loggamma,
        "digamma": lambda a: s.polygamma(0, a),
        "lgamma_coefficient": lambda n, a: s.polygamma(n - 1, a) / s.factorial(n),
        "absolute": magnitude,
        "copysign": lambda a, b: magnitude(a) * choice(s.Lt(b, 0), s.Integer(-1), s.Integer(1)),
        "nextafter": lambda a, b: a,
        "remainder": lambda a, b: a - b * s.floor(a / b),
        "fmod": lambda a, b: a - b * truncated(a / b),
        "max": greater, "maximum": greater, "fmax": greater,
        "min": less, "minimum": less, "fmin": less,
        "real": lambda a: a, "conjugate": lambda a: a, "imag": lambda a: s.Integer(0),
        "sign": sign, "floor": s.floor, "ceil": s.ceiling, "rint": rounded,
        "trunc": truncated, "int": truncated,
        "floor_divide": lambda a, b: s.floor(a / b),
        "less": s.Lt, "less_equal": s.Le, "greater": s.Gt, "greater_equal": s.Ge,
        "equal": s.Eq, "not_equal": s.Ne, "bool": truth,
        "not": lambda a: s.Not(truth(a)),
        "logical_and": logical(s.And), "logical_or": logical(s.Or), "logical_xor": logical(s.Xor),
    }  # fmt: skip


#: What SymPy says to some choices of choices by calling itself for ever.
BEYOND = "a condition on the result of another choice is more than SymPy can write"


def choice(condition, a, b):
    """``a if condition else b``."""
    s = sympy()
    if condition in (s.true, s.false):
        return a if condition == s.true else b
    try:  # as it stands: SymPy's rewriting of conditions is slow, and may never end
        return s.Piecewise((a, condition), (b, True), evaluate=False)
    except RecursionError:
        raise UnsupportedError(BEYOND) from None


def _power(s):
    def power(a, b):
        if b.is_Float and b == int(b):
            b = s.Integer(int(b))
        return a**b

    return power


def _is_truth(x) -> bool:
    """Whether an expression is true or false; SymPy's symbols are numbers here."""
    return isinstance(x, sympy().logic.boolalg.Boolean) and not isinstance(x, sympy().Expr)


def _wins(values) -> bool:
    """Whether the first operand is the greater; a tie is the first's in `greater` and `less`."""
    return not values[0] < values[1]


def _loses(values) -> bool:
    return not values[0] > values[1]


def _third(a):
    """A third in the arithmetic of ``a``."""
    return (a - a + 1) / 3


def piece(name: str, values, args):
    """An operation on expressions, of its pieces the one at the values."""
    s = sympy()
    if name == "sinc" and values[0] == 0:  # SymPy's derivatives are not those at 0
        return sum((-1) ** k * (s.pi * args[0]) ** (2 * k) / s.factorial(2 * k + 1)
                   for k in range(12))  # fmt: skip
    return PIECES[name](values, *args) if name in PIECES else None


#: Of operations with kinks the piece at given values, in any arithmetic.
PIECES: dict[str, Callable] = {
    "select": lambda v, c, a, b: a if v[0] else b,
    "cbrt": lambda v, a: -((-a) ** _third(a)) if v[0] < 0 else a ** _third(a),
    "absolute": lambda v, a: -a if v[0] < 0 else a,
    "copysign": lambda v, a, b: -a if (v[0] < 0) != (math.copysign(1.0, v[1]) < 0) else a,
    "remainder": lambda v, a, b: a - b * math.floor(Fraction(v[0]) / Fraction(v[1])),
    "fmod": lambda v, a, b: a - b * math.trunc(Fraction(v[0]) / Fraction(v[1])),
    **dict.fromkeys(("max", "maximum", "fmax"), lambda v, a, b: a if _wins(v) else b),
    **dict.fromkeys(("min", "minimum", "fmin"), lambda v, a, b: a if _loses(v) else b),
}


class Writer:
    """Nodes to expressions.

    ``exact`` floats are the fractions that they are; else they are written with the digits
    that Python shows.  With ``frozen`` what is constant in pieces is its value here, and of
    choices the part that is taken here stands alone.
    """

    def __init__(self, graph, exact: bool = False, frozen: bool = False):
        self.graph, self.exact, self.frozen = graph, exact, frozen
        self.symbols = symbols(graph)

    def number(self, x):
        s = sympy()
        if isinstance(x, bool):
            return s.true if x else s.false
        if isinstance(x, int):
            return s.Integer(x)
        if math.isnan(x):
            return s.nan
        if math.isinf(x):
            return s.oo if x > 0 else -s.oo
        if self.exact:
            f = Fraction(x)
            return s.Rational(f.numerator, f.denominator)
        if x == int(x) and abs(x) < 2**53:
            return s.Integer(int(x))
        near = Fraction(x)
        if near.denominator <= 64:
            return s.Rational(near.numerator, near.denominator)
        return s.Float(repr(x), 17)

    def operand(self, x, made):
        return made[x] if isinstance(x, Node) else self.number(x)

    def expressions(self) -> dict[Node, Any]:
        """The expression of every node."""
        made: dict[Node, Any] = {}
        for node in self.graph.nodes:
            made[node] = self.symbols[node] if node.is_input else self.operation(node, made)
        return made

    def operation(self, node: Node, made):
        args = [self.operand(a, made) for a in node.args]
        if self.frozen:
            if node.is_discrete:
                return self.number(node.value)
            found = piece(node.operation, node.operands(), args)
            if found is not None:
                return found
        return operation(node, args)


def operation(node: Node, args):
    """The formula of one operation on given expressions."""
    s = sympy()
    if node.function is SELECT:
        condition = args[0] if _is_truth(args[0]) else s.Ne(args[0], 0)
        return choice(condition, args[1], args[2])
    bits = {operator.and_: "logical_and", operator.or_: "logical_or", operator.xor: "logical_xor"}
    name = bits.get(node.function, node.operation)
    made = formulas().get(name)
    if made is None:
        raise UnsupportedError(
            f"{node.operation} at line {node.line[1] if node.line else '?'} has no formula in SymPy"
        )
    if name not in ("bool", "not") and not name.startswith("logical"):
        args = [choice(a, s.Integer(1), s.Integer(0)) if _is_truth(a) else a for a in args]
    try:
        return made(*args)
    except RecursionError:
        raise UnsupportedError(BEYOND) from None


def symbols(graph) -> dict[Node, Any]:
    """A symbol for each input: ``x``, or of an array the indexed ``x[i]``."""
    if graph.renamed:
        return {n: sympy().Symbol(n.name, real=True) for n in graph.inputs}
    return dict(_symbols(graph.arguments))


def _symbols(arguments: dict[str, Form]) -> Iterator[tuple[Node, Any]]:
    s = sympy()
    for name, form in arguments.items():
        yield from _of(s, name, form.thing)


def _of(s, name: str, thing):
    if isinstance(thing, Node):
        yield thing, s.Symbol(name, real=True)
    elif isinstance(thing, tuple):
        names = getattr(thing, "_fields", range(len(thing)))
        for part, item in zip(names, thing, strict=True):
            yield from _of(s, f"{name}_{part}", item)
    elif isinstance(thing, np.ndarray):
        base = s.IndexedBase(name, shape=thing.shape, real=True)
        for place in np.ndindex(thing.shape):
            if isinstance(thing[place], Node):
                yield thing[place], base[place] if place else s.Symbol(name, real=True)


def formula(graph, exact: bool = False, frozen: bool = False):
    """The result as expressions: vectors and matrices as `Matrix`, more dimensions as `Array`."""
    s = sympy()
    writer = Writer(graph, exact, frozen)
    made = writer.expressions()

    def shown(thing):
        if isinstance(thing, tuple):
            items = [shown(item) for item in thing]
            return type(thing)(*items) if hasattr(thing, "_fields") else tuple(items)
        if isinstance(thing, np.ndarray):
            items = [writer.operand(_plain(v), made) for v in thing.flat]
            if thing.ndim == 0:
                return items[0]
            if thing.ndim <= 2:
                shape = thing.shape if thing.ndim == 2 else (thing.size, 1)
                return s.Matrix(*shape, items)
            return s.ImmutableDenseNDimArray(items, thing.shape)
        return writer.operand(_plain(thing), made) if thing is not None else None

    return shown(graph.result)


def _plain(x):
    return x.item() if isinstance(x, np.generic) else x
