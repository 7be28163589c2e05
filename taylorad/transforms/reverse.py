"""Reverse transforms: gradients, and products with the transposed Jacobian.

The user's function is turned into the function of its adjoints, ordinary Python that Numba
compiles (A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, chapter 3):
the cost of a gradient is a small multiple of the function's, whatever the number of inputs.
"""

from __future__ import annotations

from ..compiler.adjoints import adjoint_of


def grad(f, argnums=0):
    """The gradient of a function that returns a number.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays of any rank, or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns the gradient, of the argument's shape;
        where ``argnums`` or the argument is a tuple, a tuple of gradients.

    Raises
    ------
    UnsupportedError
        On the first call, where the text of ``f`` has no adjoint; with its line.
    ArgumentTypeError, ArgumentValueError
        If ``argnums`` is unsuitable; on a call, if ``f`` does not return a number, or the
        argument is an integer or a list.

    Notes
    -----
    Reverse mode by source transformation; `ta.source` shows the text.  The arguments are
    not changed, also where ``f`` writes to them.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     s = 0.0
    ...     for i in range(x.size - 1):
    ...         s += (x[i + 1] - x[i] ** 2) ** 2
    ...     return s
    >>> ta.grad(f)(np.array([1.0, 2.0, 3.0]))
    array([-4., 10., -2.])
    """
    return adjoint_of(grad, f, argnums)


def value_and_grad(f, argnums=0):
    """The value and the gradient of a function that returns a number, in one pass.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    argnums : int or tuple of ints, default 0
        The differentiated arguments, as for `grad`.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns a pair: the value, to the bit, and the
        gradient as of `grad`.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x, y):
    ...     return x * y * y
    >>> ta.value_and_grad(f, argnums=(0, 1))(2.0, 3.0)
    (18.0, (9.0, 12.0))
    """
    return adjoint_of(value_and_grad, f, argnums, value=True)


def vjp(f, argnums=0):
    """The value and the product of a cotangent with the Jacobian, ``(f(x), u^T J)``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    argnums : int or tuple of ints, default 0
        The differentiated arguments, as for `grad`.

    Returns
    -------
    function
        Takes the arguments of ``f`` with the cotangent ``u`` directly after the last
        differentiated argument: of the form of the result, a tuple for a tuple.  Returns a
        pair: the value, and the product, of the argument's shape.

    Raises
    ------
    ShapeError
        On a call, if the cotangent does not have the form of the result.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `grad`.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     y = np.empty(2)
    ...     y[0] = x[0] * x[1]
    ...     y[1] = x[0] + x[1]
    ...     return y
    >>> ta.vjp(f)(np.array([2.0, 3.0]), np.array([1.0, 10.0]))
    (array([6., 5.]), array([13., 12.]))
    """
    return adjoint_of(vjp, f, argnums, value=True, cotangent="u")
