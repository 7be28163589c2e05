"""Forward transforms along one direction: series, derivatives and products ``J v``.

All of them push one jet through the function (A. Griewank, A. Walther, Evaluating
Derivatives, 2nd ed., SIAM 2008, chapter 13) and differ in what they keep of the result.
"""

from __future__ import annotations

from ..checks import order_of
from ..compiler.driver import generated
from ..errors import ArgumentTypeError

ALONG = """
    {level} = {seeding}.{kind}({order}, 1, {reached}, {others})
    {seeded} = {seeding}.seed({active}, {slope}, {level})
    {y} = {call}
    return {result}
"""


def writer(order, result, along=None, function=None):
    """Writes a driver that keeps ``result`` of a jet along 1, or along an argument.

    The jet goes through ``function`` if that is given, a name, and else the user's.
    """

    def write(text):
        slope = text[along] if along else "1.0"
        reached = text.write("({active}, {slope})", slope=slope) if along else text["active"]
        return text.write(
            ALONG,
            kind="line" if order > 1 else "level",  # dual numbers have degree 1 anyway
            order=order,
            slope=slope,
            reached=reached,
            call=text.call("seeded", text[function] if function else ""),
            result=text.write(result),
        )

    return write


def _one(transform, argnums):
    if isinstance(argnums, tuple | list):
        raise ArgumentTypeError(
            f"{transform} differentiates with respect to one number: argnums must be an int, "
            f"got {argnums!r}; for several arguments use ta.directional or ta.derivatives"
        )
    return argnums


def taylor(f, order, argnums=0):
    """Taylor coefficients of a function of one number.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    order : int
        Highest order, at least 0.
    argnums : int, default 0
        The argument, a float or complex number, that is expanded in.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns the normalised coefficients
        ``c[k] = f^(k)(x) / k!``, of shape ``(order+1,) + out``; where ``f`` returns a
        tuple, a tuple of them.  ``c[0]`` is the value, to the bit.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError
        If ``order`` or ``argnums`` is unsuitable; on a call, if the argument is an array,
        an integer or a list.
    UnsupportedError
        On the first call, if ``f`` cannot be compiled for jets; with the line of ``f``.

    Notes
    -----
    Parts of the result that are integers or bools are constant: their higher
    coefficients are zero.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x, p=1.0):
    ...     return p / (1 - x)
    >>> ta.taylor(f, 3)(0.0)
    array([1., 1., 1., 1.])
    >>> ta.taylor(f, 3)(0.5, 2.0)
    array([ 4.,  8., 16., 32.])
    """
    order = order_of(order)
    write = writer(order, "{coefficients}.series({y}, {level})")
    argnums = _one("taylor", argnums)
    return generated(taylor, f, write, argnums=argnums, wants="number", order=order)


def derivative(f, n=1, argnums=0):
    """The n-th derivative of a function of one number.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    n : int, default 1
        Order of the derivative, at least 0.
    argnums : int, default 0
        The argument, a float or complex number, that is differentiated by.

    Returns
    -------
    function
        Takes the arguments of ``f`` and returns the derivative (not normalised), of
        shape ``out``; where ``f`` returns a tuple, a tuple of them.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `taylor`.

    Notes
    -----
    The derivative is ``n!`` times coefficient ``n`` of one jet of order ``n``; the
    function is not differentiated repeatedly.

    Examples
    --------
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x**5
    >>> ta.derivative(f)(2.0)
    80.0
    >>> ta.derivative(f, 3)(2.0)
    240.0
    """
    n = order_of(n, "n")
    write = writer(n, f"{{coefficients}}.mixed({{y}}, '{n}', {{level}})")
    argnums = _one("derivative", argnums)
    return generated(derivative, f, write, argnums=argnums, wants="number", n=n)


def directional(f, order, argnums=0):
    """Taylor coefficients along a line: of ``t -> f(x + t v)``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    order : int
        Highest order, at least 0.
    argnums : int or tuple of ints, default 0
        The arguments that move: numbers, arrays or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` with the direction ``v`` directly after the last
        differentiated argument: of the argument's shape, or where ``argnums`` is a
        tuple, a tuple of directions.  Returns the normalised coefficients, of shape
        ``(order+1,) + out``; where ``f`` returns a tuple, a tuple of them.

    Raises
    ------
    ShapeError
        On a call, if the direction does not have the shape of the argument.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `taylor`.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x[0] * x[1]
    >>> ta.directional(f, 2)(np.array([2.0, 3.0]), np.array([1.0, 10.0]))
    array([ 6., 23., 10.])
    """
    order = order_of(order)
    write = writer(order, "{coefficients}.series({y}, {level})", "v")
    return generated(directional, f, write, argnums=argnums, after=("v",), order=order)


def jvp(f, argnums=0):
    """The value and the product of the Jacobian with a tangent, ``(f(x), J v)``.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    argnums : int or tuple of ints, default 0
        The differentiated arguments: numbers, arrays or tuples of these.

    Returns
    -------
    function
        Takes the arguments of ``f`` with the tangent ``v`` directly after the last
        differentiated argument: of the argument's shape, or where ``argnums`` is a
        tuple, a tuple of tangents.  Returns a pair; both parts have shape ``out``.

    Raises
    ------
    ShapeError
        On a call, if the tangent does not have the shape of the argument.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `taylor`.

    Notes
    -----
    One dual number for each number: the Jacobian is not formed.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x, scale):
    ...     return scale * x * x
    >>> ta.jvp(f)(np.array([1.0, 2.0]), np.array([1.0, 0.5]), 3.0)
    (array([ 3., 12.]), array([6., 6.]))
    """
    value, tangent = (f"{{coefficients}}.mixed({{y}}, '{k}', {{level}})" for k in (0, 1))
    write = writer(1, f"{value}, {tangent}", "v")
    return generated(jvp, f, write, argnums=argnums, after=("v",))


JET = """
    {level} = {seeding}.level({order}, 1, {active}, {others})
    {seeded} = {seeding}.from_series({active}, {level})
    {y} = {call}
    return {coefficients}.series({y}, {level})
"""


def jet(f, order):
    """Push coefficient series through a function.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    order : int
        Order of the series, at least 0.

    Returns
    -------
    function
        Takes for each argument of ``f`` its normalised coefficients, an array of shape
        ``(order+1,) + shape`` (integers and bools are passed as they are), and returns
        the series of the result, of shape ``(order+1,) + out``; where ``f`` returns a
        tuple, a tuple of them.

    Raises
    ------
    ShapeError
        On a call, if a series does not have ``order + 1`` rows.
    ArgumentTypeError, ArgumentValueError, UnsupportedError
        As for `taylor`.

    Examples
    --------
    The series of ``x y`` for ``x = 1 + 2t`` and ``y = 3 + t**2``:

    >>> import numpy as np
    >>> import taylorad as ta
    >>> def f(x, y):
    ...     return x * y
    >>> ta.jet(f, 2)(np.array([1.0, 2.0, 0.0]), np.array([3.0, 0.0, 1.0]))
    array([3., 6., 1.])
    """
    order = order_of(order)

    def write(text):
        return text.write(JET, order=order, call=text.call("seeded"))

    return generated(jet, f, write, argnums=None, wants="series", order=order)
