"""Derivatives in all directions: Jacobians and tensors.

Unit tangents of several inputs travel together as the lanes of one jet; levels of jets nest
where derivatives are mixed.  Every entry is one coefficient of one jet: nothing is
interpolated, so that no entry loses digits to larger ones.  In reverse mode it is unit
cotangents of several results that travel together.
"""

from __future__ import annotations

from ..adjoint.transforms import Transforms
from ..checks import order_of
from ..compiler.adjoints import has_gradient
from ..compiler.arguments import Accepted
from ..compiler.driver import generated
from ..compiler.text import Body
from ..errors import ArgumentValueError
from .pullbacks import product
from .reverse import grad

#: Lanes of a level that takes many directions: of 2, 4, 8 and 16 the best or nearly so, from 3
#: inputs to 100, for cheap and dear functions, in the time per derivative and in compilation.
LANES = 8
#: Lanes of the last two levels of tensors, by order: of the higher ones fewer are worth
#: their code.
LANES_OF_TENSORS = {1: (LANES,), 2: (4, 8), 3: (2, 4)}
#: The same for orders beyond these.
LANES_OF_HIGHER = (2, 2)

JACOBIAN = """
    {level} = {seeding}.level(1, {most}, {active}, {others})
    {n} = {seeding}.size({active})
    {width} = {seeding}.lanes({level})
    for {i} in range(0, {n} + ({n} == 0), {width}):
        {seeded} = {seeding}.seed_lanes({active}, {i}, {level})
        {y} = {call}
        if {i} == 0:
            {J} = {coefficients}.empty({y}, {n}, 1, {level})
        {coefficients}.put({J}, {y}, '1', {i}, 0, 1, {n} - {i}, {level})
    return {coefficients}.tensors({J}, {y}, {active}, ({n},))
"""


JACOBIAN_BY_ROWS = """
    {y} = {call}
    {m}, {n} = {seeding}.size({y}), {seeding}.size({active})
    {level} = {seeding}.level(1, {most}, {y}, ({active}, {others}))
    {width} = {seeding}.lanes({level})
    for {i} in range(0, {m} + ({m} == 0), {width}):
        {u} = {seeding}.unit_lanes({y}, {i}, {level})
        {g} = {adjoint}
        if {i} == 0:
            {J} = {coefficients}.matrix({g}, {m}, {n}, {level})
        {coefficients}.put_rows({J}, {g}, {i}, {m} - {i}, {n}, {level})
    return {coefficients}.tensors({coefficients}.split({J}, {y}), {y}, {active}, ({n},))
"""


def jacobian(f, mode="auto", argnums=0):
    """The matrix of first derivatives, of shape ``out + in``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    mode : {"auto", "forward", "reverse"}, default "auto"
        ``"forward"`` pushes unit tangents, several at a time, through the function: its
        cost grows with the number of inputs.  ``"reverse"`` pulls unit cotangents, several
        at a time, back through it: its cost grows with the number of results.  ``"auto"``
        is reverse mode where the types of the arguments show a function of arrays that
        returns a number and its adjoint can be had, and forward mode otherwise.
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
        On the first call, if ``f`` cannot be compiled for jets; with ``mode="reverse"``
        where the text of ``f`` has no adjoint.
    ArgumentTypeError, ArgumentValueError
        If ``mode`` or ``argnums`` is unsuitable; on a call, if the argument is an integer
        or a list.

    Notes
    -----
    Results that do not depend on the argument, and integers and bools, have zero
    derivatives.  An empty argument gives shape ``out + (0,)``.  Multi-directional dual
    numbers: Griewank and Walther 2008, section 3.1; the adjoint is linear in the cotangent,
    so that a dual number of value zero carries as many cotangents.

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

    def forward(text):
        return text.write(JACOBIAN, most=LANES, call=text.call("seeded", again=True))

    if mode == "forward":
        return generated(jacobian, f, forward, argnums=argnums, mode=mode)
    gradient = grad(f, argnums)

    def reverse(text):
        adjoint = text.call("", text["product"], ("u",))
        call = text.call("", again=True)
        return text.write(JACOBIAN_BY_ROWS, most=LANES, call=call, adjoint=adjoint)

    def write(text):
        of_number = text.write("return {call}", call=text.call("", text["gradient"]))
        of_any = forward if mode == "auto" else reverse
        return [
            Body(of_number, "_of_number", has_gradient(gradient, of_arrays=mode == "auto")),
            Body(of_any(text)),
        ]

    uses = {"gradient": gradient}
    if mode == "reverse":
        uses["product"] = product(f, argnums)
    return generated(jacobian, f, write, argnums=argnums, uses=uses, mode=mode)


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
    For a number, one jet.  For arrays, ``order`` nested levels of dual numbers, each with
    unit tangents in one variable or, in the two innermost, in several: an entry is one
    coefficient, right to rounding by itself however small it is beside others.  Work and
    code to compile triple with each order (about a second at order 4, several at order 6).
    Interpolation from directional jets (A. Griewank, J. Utke, A. Walther, Mathematics of
    Computation 69, 2000) needs far fewer operations at high order, but leaves errors of the
    size of the largest entry in all of them.  For one derivative of high order use
    `ta.partial`, along a line `ta.directional`.

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

    return generated(
        derivatives, f, lambda text: all_orders(text, order), argnums=argnums, order=order
    )


def all_orders(text, order: int) -> list[Body]:
    """The drivers of the tuple of all tensors up to an order, by forward mode."""
    orders = range(order + 1)
    items = "".join(f"{{coefficients}}.mixed({{y}}, '{k}', {{level}}), " for k in orders)
    parts = {"order": order, "call": text.call("seeded"), "items": text.write(items)}
    if order == 0:
        return [Body(text.write(VALUE, **parts))]
    of_number = Body(text.write(NUMBER, **parts), "_of_number", Accepted.is_number)
    return [of_number, Body(_tensor_loops(text, order))]


def _tensor_loops(text, order: int) -> str:
    """The loops that fill ``D_1 .. D_order``, by nested levels of dual numbers.

    Variable ``i_r`` of a sorted index has a level of its own; in lanes move those from the
    highest ``i_r`` on, and from ``last`` on, beside it.  Entries of order ``k < order`` are
    taken where the variables beyond their own repeat the last of these.
    """
    variables = [f"{{i{r}}}" for r in range(order - 1)]
    moving = [*variables, "{last}"]
    lanes = [1] * (order - 2) + list(LANES_OF_TENSORS.get(order, LANES_OF_HIGHER))
    lines, indent, start = ["{n} = {seeding}.size({active})", "{end} = {n} + ({n} == 0)"], "", "0"
    for variable, most in zip(moving, lanes, strict=True):
        step = ""
        if most > 1:
            step = variable.replace("{", "{step_")
            level = f"{{seeding}}.level(1, {most}, {{active}}, {{others}})"
            lines.insert(2, f"{step} = {{seeding}}.lanes({level})")
            step = ", " + step
        lines.append(f"{indent}for {variable} in range({start}, {{end}}{step}):")
        indent, start = indent + "    ", variable
    body, seeded = [], "{active}"
    for variable, most in zip(reversed(moving), reversed(lanes), strict=True):
        level, inner = variable.replace("{", "{level_"), seeded
        seeded = variable.replace("{", "{seeded_")
        body.append(f"{level} = {{seeding}}.level(1, {most}, {inner}, {{others}})")
        body.append(f"{seeded} = {{seeding}}.seed_lanes({inner}, {variable}, {level})")
    body.append(f"{{y}} = {text.call(seeded[1:-1], again=True)}")

    def index(k):
        """The first ``k - 1`` variables, outermost first, and the lanes."""
        moved = [r < k - 1 for r in range(order - 1)] + [k > 0]
        return repr(" ".join(str(int(m)) for m in moved))

    body.append("if {last} == 0:")
    body.append(f"    {{value}} = {{coefficients}}.mixed({{y}}, {index(0)}, {level})")
    for k in range(1, order + 1):
        size = " * ".join(["{n}"] * k)
        body.append(f"    {{D{k}}} = {{coefficients}}.empty({{y}}, {size}, {order}, {level})")
    for k in range(1, order + 1):
        place = ""
        for variable in variables[: k - 1]:
            place = f"({place}{variable}) * {{n}} + "
        rows = f"{{n}}, {{n}} - {variables[-1]}" if k == order > 1 else "0, 1"
        put = f"{{coefficients}}.put({{D{k}}}, {{y}}, {index(k)}, {place}{{last}}, {rows}, "
        put += f"{{n}} - {{last}}, {level})"
        if k < order:
            own = variables[k - 2] if k > 1 else "0"
            put = f"if {variables[-1]} == {own}:\n    {put}"
        body += put.split("\n")
    lines += [indent + line for line in body]
    lines += [f"{{coefficients}}.mirror({{D{k}}}, {{n}}, {k})" for k in range(2, order + 1)]
    items = "".join(
        f"{{coefficients}}.tensors({{D{k}}}, {{y}}, {{active}}, ({'{n}, ' * k})), "
        for k in range(1, order + 1)
    )
    lines.append(f"return ({{value}}, {items})")
    return text.write("\n".join(lines))


def _components(made) -> list | None:
    """The functions that a derivative returns a tuple of, for reverse mode through it."""
    transform, f, options = made._recipe
    if transform.__name__ == "value_grad_hessian":
        order = 2
    elif transform is derivatives:
        order = dict(options)["order"]
    else:
        return None
    by = dict(options)["argnums"]
    tensors = [f, jacobian(f, argnums=by)]
    for _ in range(2, order + 1):
        tensors.append(jacobian(tensors[-1], argnums=by))
    return tensors[: order + 1]


Transforms.components = staticmethod(_components)
