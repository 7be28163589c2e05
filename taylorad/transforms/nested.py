"""Forward over reverse: jets through gradients.

A generated gradient is ordinary code: jets flow through it as through any function
(A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, section 5.1 and
chapter 13).  One run costs a small multiple of the gradient, whatever the number of inputs.
"""

from __future__ import annotations

from ..checks import order_of
from ..compiler.adjoints import adjoint_of
from ..compiler.driver import generated
from .forward import writer
from .reverse import grad


def hvp(f, argnums=0):
    """The product of the Hessian with a vector, ``H v``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function that returns a number.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` with the vector ``v`` directly after the last
        differentiated argument: of the argument's shape, or where ``argnums`` is a tuple, a
        tuple of vectors.  Returns the product, of the argument's shape; a tuple for a tuple.

    Raises
    ------
    ShapeError
        On a call, if the vector does not have the shape of the argument.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `grad`.

    Notes
    -----
    The tangent of the gradient along ``v``: the Hessian is not formed.  It is called as
    ``scipy.optimize.minimize(f, x0, jac=ta.grad(f), hessp=ta.hvp(f))`` does.  Its text is that
    of the gradient with the tangent of each operation behind it; where an operation has none
    (functions that stay functions, single precision), jets run through the gradient.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] * x[0] * x[1]
    >>> ta.hvp(f)(np.array([3.0, 5.0]), np.array([1.0, 10.0]))
    array([70.,  6.])
    """
    return adjoint_of(hvp, f, argnums, direction="v", otherwise=hvp_by_jets(f, argnums))


def hvp_by_jets(f, argnums=0):
    """The product of the Hessian with a vector by dual numbers through the gradient, as `hvp`."""
    write = writer(1, "{coefficients}.mixed({y}, '1', {level})", "v", "gradient")
    uses = {"gradient": grad(f, argnums)}
    return generated(hvp_by_jets, f, write, argnums=argnums, after=("v",), uses=uses)


def taylor_grad(f, order, argnums=0):
    """Taylor coefficients of the gradient along a line: of ``t -> grad f(x + t v)``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function that returns a number.
    order : int
        Highest order, at least 0.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` with the direction ``v`` directly after the last
        differentiated argument: of the argument's shape, or where ``argnums`` is a tuple, a
        tuple of directions.  Returns the normalised coefficients, of shape
        ``(order+1,) + in``; a tuple of them for a tuple.

    Raises
    ------
    ShapeError
        On a call, if the direction does not have the shape of the argument.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `grad`; for an order below 0.

    Notes
    -----
    One jet through the gradient.  Coefficient 1 is `hvp`; coefficient ``k`` is the gradient
    of coefficient ``k + 1`` of ``f`` along the line by the direction.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] * x[0] * x[1]
    >>> ta.taylor_grad(f, 2)(np.array([3.0, 5.0]), np.array([1.0, 10.0]))
    array([[30.,  9.],
           [70.,  6.],
           [20.,  1.]])
    """
    order = order_of(order)
    write = writer(order, "{coefficients}.series({y}, {level})", "v", "gradient")
    uses = {"gradient": grad(f, argnums)}
    return generated(
        taylor_grad, f, write, argnums=argnums, after=("v",), uses=uses, order=order
    )
