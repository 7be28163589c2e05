"""Hessians: by lanes of directions through the gradient, and by forward mode alone."""

from __future__ import annotations

from ..compiler.adjoints import has_gradient
from ..compiler.driver import generated
from ..compiler.text import Body
from .reverse import grad, value_and_grad
from .tensors import LANES, all_orders

#: Lanes of directions through a gradient, which has more to share among them: of 4, 8 and 16
#: the best from 10 inputs on (a Lennard-Jones cluster of 13: 82, 54, 46 times the function).
LANES_OF_GRADIENTS = 16

HESSIAN = """
    {inner} = {seeding}.level(1, {most}, {active}, {others})
    {outer} = {seeding}.level(1, {most}, {seeding}.seed_lanes({active}, 0, {inner}), {others})
    {n} = {seeding}.size({active})
    {width} = {seeding}.lanes({inner})
    {end} = {n} + ({n} == 0)
    for {i} in range(0, {end}, {width}):
        for {j} in range({i}, {end}, {width}):
            {once} = {seeding}.seed_lanes({active}, {j}, {inner})
            {twice} = {seeding}.seed_lanes({once}, {i}, {outer})
            {y} = {call}
            if {j} == 0:
                {H} = {coefficients}.empty({y}, {n} * {n}, 2, {outer})
            {place} = {i} * {n} + {j}
            {coefficients}.put({H}, {y}, '1 1', {place}, {n}, {n} - {i}, {n} - {j}, {outer})
    {coefficients}.mirror({H}, {n}, 2)
    return {coefficients}.tensors({H}, {y}, {active}, ({n}, {n}))
"""


HESSIAN_BY_GRADIENTS = """
    {level} = {seeding}.level(1, {most}, {active}, {others})
    {n} = {seeding}.size({active})
    {width} = {seeding}.lanes({level})
    for {i} in range(0, {n} + ({n} == 0), {width}):
        {seeded} = {seeding}.seed_lanes({active}, {i}, {level})
        {results} = {call}
        if {i} == 0:
            {H} = {coefficients}.matrix({g}, 1, {n} * {n}, {level})
        {coefficients}.put_columns({H}, {g}, {i}, {n} - {i}, {n}, {level})
    {coefficients}.mirror({H}, {n}, 2)
    return {first}{coefficients}.tensors({H}, 0.0, {active}, ({n}, {n}))
"""


def _by_gradients(text, gradient, value=False) -> Body:
    """The Hessian of a number by lanes of directions through the gradient."""
    results, first = "{g}", ""
    if value:
        results = "{y}, {g}"
        first = "".join(f"{{coefficients}}.mixed({{{r}}}, '0', {{level}}), " for r in "yg")
    body = text.write(
        HESSIAN_BY_GRADIENTS,
        most=LANES_OF_GRADIENTS,
        call=text.call("seeded", text["gradient"]),
        results=text.write(results),
        first=text.write(first),
    )
    return Body(body, "_by_gradients", has_gradient(gradient))


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
    Where ``f`` takes arrays and returns a number and its adjoint can be had, forward over
    reverse mode: unit tangents, several at a time, through the gradient.  Otherwise forward
    over forward mode: blocks of the upper triangle by two nested levels of multi-directional
    dual numbers.  The lower triangle is mirrored.

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
    gradient = grad(f, argnums)

    def write(text):
        forward = text.write(HESSIAN, most=LANES, call=text.call("twice", again=True))
        return [_by_gradients(text, gradient), Body(forward)]

    return generated(hessian, f, write, argnums=argnums, uses={"gradient": gradient})


def value_grad_hessian(f, argnums=0):
    """The value, the gradient and the Hessian, at the cost of the last.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns a tuple of the three, of shapes ``out``,
        ``out + in`` and ``out + in + in``; tuples of results and arguments as for `hessian`.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] * x[0] * x[1]
    >>> value, gradient, hessian = ta.value_grad_hessian(f)(np.array([3.0, 5.0]))
    >>> value, gradient
    (45.0, array([30.,  9.]))
    >>> hessian
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    gradient = value_and_grad(f, argnums)

    def write(text):
        return [_by_gradients(text, gradient, value=True), *all_orders(text, 2)]

    uses = {"gradient": gradient}
    return generated(value_grad_hessian, f, write, argnums=argnums, uses=uses)
