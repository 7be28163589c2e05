"""Functions to SymPy, through the graph of what they do at a point."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations_with_replacement

from ..checks import order_of
from ..errors import ArgumentTypeError
from ..graph import trace
from ..graph.formulas import symbols, sympy

#: Operations beyond which SymPy takes too long.
MOST = 4000


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
    name: str = "",
    names: Sequence[str] = (),
) -> str:
    """The formula of a function and of its partial derivatives, as LaTeX.

    Parameters
    ----------
    f : function
        A function that returns a number.
    *args
        Its arguments, as for `to_sympy`.
    order : int, default 1
        The highest order of the derivatives.
    simplify : bool, default False
        Whether SymPy simplifies each; that may take long.
    limit : int, default 4000
        The most operations.
    name : str, optional
        Another name for the function.
    names : sequence of str, optional
        Other names for the floats, in the order of the arguments.

    Returns
    -------
    str
        An ``aligned`` environment, one line a derivative.

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
    expression = graph.to_sympy()
    if not isinstance(expression, s.Expr):
        raise ArgumentTypeError(f"{graph.name} returns more than a number; index its result")
    by = list(symbols(graph).values())
    head = s.latex(s.Symbol(graph.name if graph.name.isidentifier() else "f"))
    lines = []
    for k in range(order + 1):
        for index in combinations_with_replacement(by, k):
            found = s.diff(expression, *index) if index else expression
            found = s.simplify(found) if simplify else found
            lines.append(f"{_operator(s, head, index)} &= {s.latex(found)}")
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


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
