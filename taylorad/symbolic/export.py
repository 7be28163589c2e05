"""Functions to SymPy, through the graph of what they do at a point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import ArgumentValueError
from ..graph import trace
from ..graph.formulas import symbols, sympy
from .limits import OutOfTime, within

#: Operations beyond which SymPy takes too long, and those of a formula that is written out.
MOST, LONGEST = 4000, 20_000


def to_sympy(f, *args, limit: int = MOST):
    """The formula of a function, as the program computes it at a point.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    *args
        Its arguments: a float ``x`` becomes the symbol ``x``, a float array the indexed
        symbols ``x[0], x[1], ...``; other arguments are constants of the formula.
    limit : int, default 4000
        The most operations.

    Returns
    -------
    sympy.Expr
        Or a column `Matrix` for a vector, a `Matrix` for a matrix, an `Array` for more
        dimensions, a tuple for a tuple.

    Raises
    ------
    MissingExtraError
        Without SymPy.
    UnsupportedError, ArgumentTypeError, ArgumentValueError
        As for `taylorad.trace`.

    Notes
    -----
    Loops are unrolled for these arguments and branches followed: the formula holds where the
    program takes the same way.  `np.where`, ``min``, ``max`` and ``abs`` become `Piecewise`.
    Symbols are real.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x, a):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         s += a * x[i] ** 2
    ...     return np.exp(-s)
    >>> ta.symbolic.to_sympy(f, np.ones(2), 0.5)
    exp(-a*x[0]**2 - a*x[1]**2)
    """
    sympy()
    return trace(f, *args, limit=limit).to_sympy()


def latex(
    f,
    *args,
    order: int = 1,
    simplify: bool = False,
    limit: int = MOST,
    seconds: float = 60.0,
    name: str = "",
    names: Sequence[str] = (),
) -> str:
    """The formula of a function and of its partial derivatives, as LaTeX.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function of real numbers, arrays and tuples; of
        a result of several numbers each has its formulas.
    *args
        Its arguments, as for `to_sympy`.
    order : int, default 1
        The highest order of the derivatives.
    simplify : bool, default False
        Whether SymPy simplifies each; that may take long.
    limit : int, default 4000
        The most operations.
    seconds : float, default 60
        How long SymPy may take.
    name : str, optional
        Another name for the function.
    names : sequence of str, optional
        Other names for the floats, in the order of the arguments.

    Returns
    -------
    str
        An ``aligned`` environment, one line a derivative.

    Raises
    ------
    MissingExtraError
        Without SymPy.
    ArgumentValueError
        If a formula is too large to be read, or takes SymPy longer than ``seconds``.
    UnsupportedError, ArgumentTypeError
        As for `taylorad.trace`.

    Examples
    --------
    >>> import taylorad as ta
    >>> def f(x, y):
    ...     return x * x * y
    >>> print(ta.symbolic.latex(f, 1.0, 2.0))
    \\begin{aligned}
    f &= x^{2} y \\\\
    \\frac{\\partial f}{\\partial x} &= 2 x y \\\\
    \\frac{\\partial f}{\\partial y} &= x^{2}
    \\end{aligned}
    """
    s = sympy()
    order = order_of(order)
    graph = trace(f, *args, limit=limit, name=name, names=names)
    refuse_unreadable(graph)
    try:
        return within(seconds, lambda: _aligned(s, graph, order, simplify))
    except OutOfTime:
        raise ArgumentValueError(
            f"{graph.name}: SymPy takes more than {seconds:g} seconds; take a lower order or a "
            "smaller case, or pass seconds="
        ) from None


def refuse_unreadable(graph) -> None:
    """Refuse a formula that grows far beyond the graph where it is written out."""
    size: dict = {}
    for node in graph.nodes:
        size[node] = 1 + sum(size[p] for p in node.parents)
        if size[node] > LONGEST:
            raise ArgumentValueError(
                f"{graph.name}: written out, the formula has more than {LONGEST} operations; take "
                "a smaller case"
            )


def _aligned(s, graph, order: int, simplify: bool) -> str:
    by = list(symbols(graph).values())
    head = s.latex(s.Symbol(graph.name if graph.name.isidentifier() else "f"))
    lines = []
    for part, expression in _numbers(s, graph.to_sympy()):
        named = f"{head}_{{{part}}}" if part else head
        for k in range(order + 1):
            for index in combinations_with_replacement(by, k):
                found = s.diff(expression, *index) if index else expression
                found = s.simplify(found) if simplify else found
                lines.append(f"{_operator(s, named, index)} &= {s.latex(found)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _numbers(s, thing, place: tuple = ()) -> Iterator[tuple[str, Any]]:
    """The numbers of a result, each with its place as an index."""
    if isinstance(thing, tuple):
        for i, item in enumerate(thing):
            yield from _numbers(s, item, (*place, i))
    elif isinstance(thing, s.MatrixBase | s.NDimArray):
        column = isinstance(thing, s.MatrixBase) and thing.shape[1] == 1
        for index in np.ndindex(thing.shape):
            yield from _numbers(s, thing[index], (*place, *(index[:1] if column else index)))
    elif thing is not None:
        yield ",".join(map(str, place)), s.sympify(thing)


def _operator(s, head: str, index) -> str:
    if not index:
        return head
    k = len(index)
    below = " ".join(
        f"\\partial {s.latex(x)}" + (f"^{{{n}}}" if n > 1 else "")
        for x, n in Counter(index).items()
    )
    power = f"^{{{k}}}" if k > 1 else ""
    return f"\\frac{{\\partial{power} {head}}}{{{below}}}"
