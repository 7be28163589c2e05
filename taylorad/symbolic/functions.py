"""Compiled functions of SymPy expressions, common subexpressions computed once."""

from __future__ import annotations

import itertools
import keyword
import linecache
import math
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
from numba import njit

from ..errors import ArgumentTypeError, ArgumentValueError
from ..graph.formulas import sympy
from ..primitives.functions import digamma, lgamma_coefficient
from .printer import printer_class

_numbers = itertools.count(1)
#: What the text may call.
SCOPE = {"math": math, "np": np, "digamma": digamma, "lgamma_coefficient": lgamma_coefficient}


def from_sympy(expr, symbols, name: str = "expression"):
    """A compiled function of SymPy expressions.

    Parameters
    ----------
    expr : sympy.Expr, Matrix, Array, list or tuple
        A number, or numbers: a list or a column of a `Matrix` is a vector, a `Matrix` a
        matrix, an `Array` an array of its shape; a tuple gives a tuple of these.
    symbols : sequence
        One item for each argument: a `Symbol` is a number; an `IndexedBase`, a
        `MatrixSymbol`, or a list, tuple or `Matrix` of symbols is an array.
    name : str, default "expression"
        The name of the function.

    Returns
    -------
    function
        An ``@njit`` function, which every transform of taylorad takes, that returns floats;
        poles give inf or nan.  `inspect.getsource` shows its text.

    Raises
    ------
    MissingExtraError
        Without SymPy.
    ArgumentTypeError, ArgumentValueError
        If a symbol is none, or one of the expression is not among them.
    UnsupportedError
        If the expression has functions that cannot be compiled, or is complex.

    Notes
    -----
    Subexpressions that occur several times are computed once.  The parts of a `Piecewise`
    are computed only where they hold, so that those that do not cannot spoil derivatives.

    Examples
    --------
    >>> import sympy
    >>> import taylorad as ta
    >>> x, y = sympy.symbols("x y")
    >>> f = ta.symbolic.from_sympy(sympy.exp(x * y) + sympy.sin(x * y), (x, y))
    >>> f(0.5, 0.0)
    1.0
    >>> ta.grad(f, argnums=(0, 1))(0.5, 0.0)
    (0.0, 1.0)
    """
    s = sympy()
    names, parameters = _arguments(s, symbols)
    text = _Text(s, names)
    result = text.result(expr)
    _check_free(s, text.expressions, names)
    body = text.block(text.expressions)
    lines = [f"def {_plain_name(name)}({', '.join(parameters)}):", *text.lines]
    lines += result(iter(body))
    return _compiled("\n".join(lines) + "\n", _plain_name(name))


def _plain_name(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ArgumentValueError(f"{name!r} is no name for a function")
    return name


def _compiled(text: str, name: str):
    filename = f"<taylorad.symbolic {name} {next(_numbers)}>"
    # reverse mode reads the source
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    scope: dict[str, Any] = {**SCOPE, "__name__": "taylorad.generated"}
    exec(compile(text, filename, "exec"), scope)
    made = njit(error_model="numpy")(scope[name])
    weakref.finalize(scope[name], linecache.cache.pop, filename, None)
    return made


def _arguments(s, symbols) -> tuple[dict[Any, str], list[str]]:
    """The text of each symbol, and the parameters."""
    given = list(symbols) if isinstance(symbols, list | tuple) else [symbols]
    names: dict[Any, str] = {}
    parameters: list[str] = []
    for k, item in enumerate(given):
        name = _name(item, k, parameters)
        parameters.append(name)
        if isinstance(item, s.Symbol | s.IndexedBase | s.MatrixSymbol):
            names[item] = name
            continue
        for index, symbol in _elements(s, item):
            if not isinstance(symbol, s.Symbol | s.Indexed):
                raise ArgumentTypeError(f"symbols: {symbol!r} is no symbol")
            names[symbol] = f"{name}[{', '.join(map(str, index))}]"
    return names, parameters


def _name(item, k: int, taken: list[str]) -> str:
    """A parameter's name: the symbol's, where Python lets it."""
    name = str(getattr(item, "name", getattr(item, "label", f"x{k}")))
    free = name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_")
    if not free or name in taken or name in SCOPE:
        name = f"x{k}"
        while name in taken:
            name += "_"
    return name


def _elements(s, item) -> Iterator[tuple[tuple[int, ...], Any]]:
    if isinstance(item, list | tuple):
        yield from (((i,), x) for i, x in enumerate(item))
    elif isinstance(item, s.MatrixBase | s.NDimArray):
        yield from ((place, item[place]) for place in np.ndindex(item.shape))
    else:
        raise ArgumentTypeError(f"symbols: {item!r} is no symbol and no array of symbols")


def _check_free(s, expressions, names) -> None:
    for expression in expressions:
        labels = {element.base.label for element in expression.atoms(s.Indexed)}
        for free in expression.free_symbols - labels:
            if free not in names and getattr(free, "base", free) not in names:
                raise ArgumentValueError(
                    f"the expression depends on {free}, which is not among the symbols "
                    f"({', '.join(map(str, names))})"
                )


class _Text:
    """The lines of a function."""

    def __init__(self, s, names: dict[Any, str]):
        self.s, self.printer = s, printer_class()(dict(names))
        self.lines: list[str] = []
        self.expressions: list = []
        self.indent = "    "
        self._taken = {n.partition("[")[0] for n in names.values()}
        self._count = itertools.count()

    # -- results -----------------------------------------------------------------------

    def result(self, expr):
        """Collect the numbers of a result; what returns them once they have texts."""
        form = self._form(expr)

        def lines(texts):
            made = [form(texts, out := [])]
            return [*out, f"    return {made[0]}"]

        return lines

    def _form(self, expr):
        s = self.s
        if isinstance(expr, tuple) and not isinstance(expr, s.Basic):
            forms = [self._form(item) for item in expr]
            return lambda texts, out: f"({''.join(f(texts, out) + ', ' for f in forms)})"
        if isinstance(expr, list):
            return self._array([s.sympify(x) for x in expr], (len(expr),))
        if isinstance(expr, s.MatrixExpr):
            expr = expr.as_explicit()
        if isinstance(expr, s.MatrixBase):
            shape = expr.shape if expr.shape[1] != 1 else (expr.shape[0],)
            return self._array(list(expr), shape)
        if isinstance(expr, s.NDimArray):
            return self._array(list(s.flatten(expr.tolist())), tuple(map(int, expr.shape)))
        self.expressions.append(self._number(expr))
        return lambda texts, out: next(texts)

    def _number(self, expr):
        s = self.s
        try:
            found = s.sympify(expr)
        except s.SympifyError:
            raise ArgumentTypeError(f"{expr!r} is no SymPy expression") from None
        if not isinstance(found, s.Expr | s.logic.boolalg.Boolean):
            raise ArgumentTypeError(f"{expr!r} is no expression of a number")
        if found.has(s.Derivative, s.Integral, s.Sum, s.Product, s.Subs, s.Limit):
            found = found.doit()
        if isinstance(found, s.logic.boolalg.Boolean) and not isinstance(found, s.Expr):
            found = s.Piecewise((1, found), (0, True))
        return found

    def _array(self, items, shape):
        self.expressions += [self._number(x) for x in items]
        name = self._fresh("result")
        size = len(items)

        def form(texts, out):
            out.append(f"    {name} = np.empty({shape if len(shape) != 1 else shape[0]})")
            for place, text in zip(np.ndindex(shape), itertools.islice(texts, size), strict=True):
                out.append(f"    {name}[{', '.join(map(str, place)) or '()'}] = {text}")
            return name

        return form

    # -- lines ---------------------------------------------------------------------------

    def _fresh(self, hint: str = "") -> str:
        name = hint
        while not name or name in self._taken:
            name = f"{hint or 't'}{next(self._count)}"
        self._taken.add(name)
        return name

    def _line(self, text: str) -> None:
        self.lines.append(self.indent + text)

    def block(self, expressions) -> list[str]:
        """Append what computes the expressions; their texts."""
        s = self.s
        chosen: dict[Any, Any] = {}
        for expression in expressions:
            for piece in _outermost(s, expression):
                chosen.setdefault(piece, s.Dummy())
        for piece, dummy in chosen.items():
            self.printer.names[dummy] = self._choice(piece)
        plain = [e.xreplace(chosen) for e in expressions] if chosen else list(expressions)
        shared, rest = s.cse(plain, symbols=(s.Dummy() for _ in itertools.count()), order="none")
        for dummy, value in shared:
            name = self.printer.names[dummy] = self._fresh()
            self._line(f"{name} = {self.printer.text(value)}")
        return [self._float(e) for e in rest]

    def _float(self, expression) -> str:
        if expression.is_Integer:
            return repr(float(expression))
        return self.printer.text(expression)

    def _choice(self, piece) -> str:
        """A branch for each part; the name of what they set."""
        name = self._fresh()
        outer = self.indent
        for value, condition in piece.args:
            if condition == self.s.true:
                self._line(f"{name} = {self.block([value])[0]}")
                break
            test = self._condition(condition)
            self._line(f"if {test}:")
            self.indent += "    "
            (text,) = self.block([value])
            self._line(f"{name} = {text}")
            self.indent = self.indent[:-4]
            self._line("else:")
            self.indent += "    "
        else:
            self._line(f"{name} = math.nan")
        self.indent = outer
        return name

    def _condition(self, condition) -> str:
        """The text of a condition, what it is about computed before."""
        s = self.s
        relations = list(condition.atoms(s.core.relational.Relational))
        sides = [side for r in relations for side in r.args]
        texts = self.block(sides)
        names = {}
        for relation, left, right in zip(relations, texts[::2], texts[1::2], strict=True):
            dummy = s.Dummy()
            self.printer.names[dummy] = f"({left} {relation.rel_op} {right})"
            names[relation] = dummy
        return self.printer.text(condition.xreplace(names))


def _outermost(s, expression) -> Iterator:
    """The choices in an expression that are in no other choice."""
    if isinstance(expression, s.Piecewise):
        yield expression
        return
    for arg in expression.args:
        yield from _outermost(s, arg)
