"""Derivatives in all directions by forward mode: Jacobians, Hessians, tensors, mixed partials.

Unit tangents of several inputs travel together as the lanes of one jet; levels of jets nest
where derivatives are mixed.  Every entry is one coefficient of one jet: nothing is
interpolated, so that no entry loses digits to larger ones.
"""

from __future__ import annotations

from ..checks import order_of
from ..compile.driver import generated
from ..errors import ArgumentValueError, UnsupportedError

#: Lanes of a level that takes many directions: of 2, 4, 8 and 16 the best or nearly so, from 3
#: inputs to 100, for cheap and dear functions, in the time per derivative and in compilation.
LANES = 8

JACOBIAN = """
    {level} = {seeding}.level(1, {most}, {active}, {others})
    {n} = {seeding}.size({active})
    {width} = {seeding}.lanes({level})
    for {i} in range(0, max({n}, 1), {width}):
        {seeded} = {seeding}.seed_lanes({active}, {i}, {level})
        {y} = {call}
        if {i} == 0:
            {J} = {coefficients}.empty({y}, {n}, 1, {level})
        {columns} = min({width}, {n} - {i})
        {coefficients}.put({J}, {y}, '1', {i}, 0, 1, {columns}, {level})
    return {coefficients}.tensors({J}, {y}, {active}, ({n},))
"""


def jacobian(f, mode="auto", argnums=0):
    """The matrix of first derivatives, of shape ``out + in``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    mode : {"auto", "forward", "reverse"}, default "auto"
        ``"forward"`` pushes unit tangents, several at a time, through the function: its
        cost grows with the number of inputs.  ``"auto"`` is forward mode at present and
        ``"reverse"`` is refused.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f``.  A number counts as an array of shape ``()``.  Where
        ``f`` returns a tuple, a tuple of Jacobians; where ``argnums`` or the argument is a
        tuple, a tuple of blocks in each.

    Raises
    ------
    UnsupportedError
        If ``mode`` is ``"reverse"``; on the first call, if ``f`` cannot be compiled for jets.
    ArgumentTypeError, ArgumentValueError
        If ``mode`` or ``argnums`` is unsuitable; on a call, if the argument is an integer
        or a list.

    Notes
    -----
    Results that do not depend on the argument, and integers and bools, have zero
    derivatives.  An empty argument gives shape ``out + (0,)``.  Multi-directional dual
    numbers: Griewank and Walther 2008, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return np.array([x[0] * x[1], x[0] + x[2]])
    >>> ta.jacobian(f)(np.array([2.0, 3.0, 5.0]))
    array([[3., 2., 0.],
           [1., 0., 1.]])
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ArgumentValueError(f"mode must be 'auto', 'forward' or 'reverse', got {mode!r}")
    if mode == "reverse":
        raise UnsupportedError(
            "jacobian(mode='reverse') is not available; write mode='forward' or leave mode out"
        )

    def write(text):
        return text.write(JACOBIAN, most=LANES, call=text.call("seeded"))

    return generated(jacobian, f, write, argnums=argnums, mode="forward")


HESSIAN = """
    {inner} = {seeding}.level(1, {most}, {active}, {others})
    {outer} = {seeding}.level(1, {most}, {seeding}.seed_lanes({active}, 0, {inner}), {others})
    {n} = {seeding}.size({active})
    {width} = {seeding}.lanes({inner})
    for {i} in range(0, max({n}, 1), {width}):
        for {j} in range({i}, max({n}, 1), {width}):
            {once} = {seeding}.seed_lanes({active}, {j}, {inner})
            {twice} = {seeding}.seed_lanes({once}, {i}, {outer})
            {y} = {call}
            if {j} == 0:
                {H} = {coefficients}.empty({y}, {n} * {n}, 2, {outer})
            {rows} = min({width}, {n} - {i})
            {columns} = min({width}, {n} - {j})
            {place} = {i} * {n} + {j}
            {coefficients}.put({H}, {y}, '1 1', {place}, {n}, {rows}, {columns}, {outer})
    {coefficients}.mirror({H}, {n}, 2)
    return {coefficients}.tensors({H}, {y}, {active}, ({n}, {n}))
"""


def hessian(f, argnums=0):
    """The array of second derivatives, of shape ``out + in + in``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f``.  The result is exactly symmetric.  Where ``f``
        returns a tuple, a tuple of Hessians; where ``argnums`` or the argument is a
        tuple, a tuple of tuples of blocks in each.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `jacobian`.

    Notes
    -----
    Forward over forward mode: blocks of the upper triangle by two nested levels of
    multi-directional dual numbers, the lower triangle mirrored.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] * x[0] * x[1]
    >>> ta.hessian(f)(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """

    def write(text):
        return text.write(HESSIAN, most=LANES, call=text.call("twice"))

    return generated(hessian, f, write, argnums=argnums)


# -- tensors of any order --------------------------------------------------------------

VALUE = """
    {level} = {seeding}.level(0, 1, {active}, {others})
    {seeded} = {seeding}.seed_lanes({active}, 0, {level})
    {y} = {call}
    return ({items})
"""

NUMBER = """
    {level} = {seeding}.level({order}, 1, {active}, {others})
    {seeded} = {seeding}.seed({active}, 1.0, {level})
    {y} = {call}
    return ({items})
"""

CHOICE = """
    return {seeding}.choose({active}, {one}, {many})({arguments})
"""


def derivatives(f, order, argnums=0):
    """The value and all derivative tensors up to an order, ``(f, D1, ..., Dorder)``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    order : int
        Highest order, at least 0.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns a tuple: ``D_k`` (not normalised) has
        shape ``out + in * k`` and is exactly symmetric.  For a number, all have shape
        ``out``.  Where ``f`` returns a tuple, each item is a tuple; where ``argnums`` or
        the argument is a tuple, ``D_k`` consists of tuples of blocks, ``k`` deep.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `jacobian`; for an order below 0.

    Notes
    -----
    For a number, one jet.  For arrays, ``D_order`` is formed as the gradient, in lanes, of
    each mixed derivative of one order less, which is a coefficient of nested jets with
    one level for each variable in it.  Each entry is thus exact to rounding by itself;
    interpolation from directional jets (A. Griewank, J. Utke, A. Walther, Mathematics of
    Computation 69, 2000) needs fewer operations at high order, but leaves errors of the
    size of the largest entry in all of them.  Meant for few inputs and moderate orders: the
    code to compile doubles with each order (seconds at order 4, half a minute at order 6);
    for one derivative of high order use `ta.partial`, along a line `ta.directional`.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] * x[0] * x[1]
    >>> value, D1, D2, D3 = ta.derivatives(f, 3)(np.array([3.0, 5.0]))
    >>> value, D1
    (45.0, array([30.,  9.]))
    >>> D3[0, 0, 1], D3[1, 0, 0], D3[1, 1, 0]
    (np.float64(2.0), np.float64(2.0), np.float64(0.0))
    """
    order = order_of(order)

    def write(text):
        orders = range(order + 1)
        items = "".join(f"{{coefficients}}.mixed({{y}}, '{k}', {{level}}), " for k in orders)
        parts = {"order": order, "call": text.call("seeded"), "items": text.write(items)}
        if order == 0:
            return text.write(VALUE, **parts)
        one, many = text.fresh("of_a_number"), text.fresh("of_many")
        driver = text.write(CHOICE, one=one, many=many, arguments=", ".join(text.arguments()))
        loops = _tensor_loops(text, order)
        return [(one, text.write(NUMBER, **parts)), (many, loops), ("", driver)]

    return generated(derivatives, f, write, argnums=argnums, order=order)


def compositions(total: int):
    """The ordered sums of positive integers that give ``total``, the longest parts first."""
    if total == 0:
        yield ()
    for first in range(total, 0, -1):
        for rest in compositions(total - first):
            yield first, *rest


def _tensor_loops(text, order: int) -> str:
    """The loops that fill ``D_1 .. D_order``, one nest for each pattern of repeated variables."""
    lines = [
        "{n} = {seeding}.size({active})",
        "{level} = {seeding}.level(1, {most}, {active}, {others})",
        "{width} = {seeding}.lanes({level})",
    ]
    for number, pattern in enumerate(compositions(order - 1)):
        lines += _pattern_loops(text, order, pattern, number)
    tensors = [f"{{D{k}}}" for k in range(1, order + 1)]
    lines += [f"{{coefficients}}.mirror({{D{k}}}, {{n}}, {k})" for k in range(2, order + 1)]
    items = "".join(
        f"{{coefficients}}.tensors({tensor}, {{y0}}, {{active}}, ({'{n}, ' * k})), "
        for k, tensor in enumerate(tensors, 1)
    )
    lines.append(f"return ({{value}}, {items})")
    return text.write("\n".join(lines), most=LANES)


def _pattern_loops(text, order, pattern, number):
    """One nest: the mixed derivatives in which variable ``i_r`` appears ``pattern[r]`` times.

    Indices increase, so that each entry with sorted indices is met once.  A derivative of
    lower order belongs to the pattern in which its first variable is repeated more often.
    """
    first = number == 0  # it runs at least once, for the shape of the result
    end = "max({n}, 1)" if first else "{n}"
    variables = [f"{{i{r}}}" for r in range(len(pattern))]
    lines, indent, start = [], "", "0"
    for variable in variables:
        lines.append(f"{indent}for {variable} in range({start}, {end}):")
        indent, start = indent + "    ", f"{variable} + 1"
    lowest = variables[-1] if variables else "0"
    lines.append(f"{indent}for {{last}} in range({lowest}, {end}, {{width}}):")
    indent += "    "
    nest = sorted(range(len(pattern)), key=lambda r: -pattern[r])
    level, seeded = "{level}", "{seeded}"
    body = [f"{seeded} = {{seeding}}.seed_lanes({{active}}, {{last}}, {level})"]
    for r in nest:
        level = f"{{level{number}_{r}}}"
        body.append(f"{level} = {{seeding}}.level({pattern[r]}, 1, {seeded}, {{others}})")
        inner, seeded = seeded, f"{{seeded{number}_{r}}}"
        body.append(f"{seeded} = {{seeding}}.seed_lanes({inner}, {variables[r]}, {level})")
    y = f"{{y{number}}}"
    body.append(f"{y} = {text.call(seeded[1:-1])}")

    def index(counts, lane):
        return repr(" ".join(str(c) for c in [*(counts[r] for r in reversed(nest)), lane]))

    def place(counts):
        flat = "0"
        for variable, count in zip(variables, counts, strict=True):
            for _ in range(count):
                flat = variable if flat == "0" else f"({flat}) * {{n}} + {variable}"
        return flat

    def put(k, counts, lane, where, columns):
        return (
            f"{{coefficients}}.put({{D{k}}}, {y}, {index(counts, lane)}, {where}, 0, 1, "
            f"{columns}, {level})"
        )

    if first:
        condition = f"{lowest} == 0 and {{last}} == 0" if variables else "{last} == 0"
        body.append(f"if {condition}:")
        zeros = index([0] * len(pattern), 0)
        body.append(f"    {{value}} = {{coefficients}}.mixed({y}, {zeros}, {level})")
        for k in range(1, order + 1):
            size = " * ".join(["{n}"] * k)
            levels = len(pattern) + 1
            body.append(f"    {{D{k}}} = {{coefficients}}.empty({y}, {size}, {levels}, {level})")
    if pattern:
        body.append(f"if {{last}} == {lowest}:")
        for less in range(pattern[0]):
            counts = [pattern[0] - less, *pattern[1:]]
            body.append("    " + put(order - 1 - less, counts, 0, place(counts), "min(1, {n})"))
    where = f"({place(pattern)}) * {{n}} + {{last}}" if pattern else "{last}"
    body.append(put(order, pattern, 1, where, "min({width}, {n} - {last})"))
    return lines + [indent + line for line in body]
