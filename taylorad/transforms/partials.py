"""One mixed partial derivative, by one level of jets for each variable in it."""

from __future__ import annotations

import numpy as np

from ..checks import order_of
from ..compiler.driver import generated
from ..errors import ArgumentTypeError, ArgumentValueError


def partial(f, index, argnums=0):
    """One mixed partial derivative.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    index : int or tuple of ints
        How often to differentiate by each input, in the order of the (flattened)
        argument: ``(2, 0, 1)`` is the third derivative ``d3 f / dx0^2 dx2``.  An int for
        a single number.
    argnums : int or tuple of ints, default 0
        The differentiated arguments, whose inputs are counted one argument after another:
        numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns the derivative (not normalised), of shape
        ``out``; where ``f`` returns a tuple, a tuple of them.

    Raises
    ------
    ShapeError
        On a call, if ``index`` does not have one entry for each input.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `ta.jacobian`; for orders that are negative or no integers.

    Notes
    -----
    Nested jets, one level of order ``index[i]`` for each variable with a positive entry:
    the derivative is one coefficient, exact to rounding.  The cost grows with the product
    of ``(index[i] + 1)^2``.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] ** 2 * x[1] * x[2] ** 3
    >>> ta.partial(f, (2, 0, 1))(np.array([1.0, 5.0, 2.0]))
    120.0
    """
    index = _index_of(index)
    def write(text):
        lines, seeded, orders, level = seeded_lines(index)
        lines.append(f"{{y}} = {text.call(seeded[1:-1])}")
        lines.append(f"return {{coefficients}}.mixed({{y}}, {orders!r}, {level})")
        return text.write("\n".join(lines), ShapeError=text["seeding"] + ".ShapeError")

    return generated(partial, f, write, argnums=argnums, index=index)


def seeded_lines(index):
    """The lines of a driver that seed a level for each variable of a mixed derivative.

    With them the names of what is seeded and of the outermost level, and the orders as the
    coefficient's index.
    """
    variables = sorted((i for i, m in enumerate(index) if m), key=lambda i: -index[i])
    lines = [
        f"if {{seeding}}.size({{active}}) != {len(index)}:",
        f"    raise {{ShapeError}}('the index of a partial derivative has {len(index)} "
        "entries, which is not the number of inputs')",
    ]
    seeded = "{active}"
    for depth, i in enumerate(variables or [0]):
        inner, seeded, level = seeded, f"{{seeded{depth}}}", f"{{level{depth}}}"
        lines.append(f"{level} = {{seeding}}.level({index[i]}, 1, {inner}, {{others}})")
        lines.append(f"{seeded} = {{seeding}}.seed_lanes({inner}, {i}, {level})")
    return lines, seeded, " ".join(str(index[i]) for i in reversed(variables)) or "0", level


def _index_of(index) -> tuple[int, ...]:
    if isinstance(index, int | np.integer) and not isinstance(index, bool):
        index = (index,)
    if not isinstance(index, tuple | list):
        raise ArgumentTypeError(f"index must be an int or a tuple of ints, got {index!r}")
    if not index:
        raise ArgumentValueError("index must have an entry for each input, got ()")
    return tuple(order_of(m, "an entry of index") for m in index)
