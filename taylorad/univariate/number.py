"""The univariate Taylor number at the Python level."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from ..checks import order_of
from ..errors import ShapeError
from . import printing
from .calculus import Calculus
from .conversion import coefficient_array, numbers
from .operations import Operations, apply


class Taylor(Operations, Calculus):
    """A truncated Taylor series ``c[0] + c[1] t + ... + c[n] t**n + O(t**(n+1))``.

    The coefficients are normalised: where the number is ``f(x0 + t)``, ``c[k]`` is the k-th
    derivative of ``f`` at ``x0`` divided by ``k!``.  It takes the place of a number in
    arithmetic, in NumPy functions, and as an argument of ``@njit`` functions; it never
    changes.

    Parameters
    ----------
    coefficients : array_like, shape (order + 1,)
        Real or complex; a scalar is a constant of order 0.

    Raises
    ------
    ArgumentTypeError
        If the coefficients are not numbers.
    ShapeError
        If they are not one-dimensional, or none.

    Notes
    -----
    An operation on numbers of different orders has the smaller order: no more is known.
    Plain numbers are constants of any order.

    All comparisons, ``==`` among them, look at the values (coefficient 0) alone, as they do
    in compiled code: a branch goes the way that it goes for plain numbers.  `equals` compares
    coefficients.  Taylor numbers are not hashable.

    Divisions by zero, overflow and invalid operations give coefficients that are inf or nan,
    as for plain numbers and in compiled code, without a warning.

    Compiled functions take and return Taylor numbers, also in tuples; those that meet in one
    function must have one order (see `truncate`), and arrays of them stay in compiled code.

    ``np.asarray(t)`` is an array of one object; arrays of Taylor numbers work elementwise.

    Examples
    --------
    >>> import numpy as np, taylorad as ta
    >>> t = ta.variable(0.0, 5)
    >>> print(np.sin(t) / (1 - t))
    t + t² + 0.83333333 t³ + 0.83333333 t⁴ + 0.84166667 t⁵ + O(t⁶)
    >>> np.exp(t).coefficients
    array([1.        , 1.        , 0.5       , 0.16666667, 0.04166667,
           0.00833333])
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, coefficients):
        if isinstance(coefficients, Taylor):
            array = coefficients._coefficients
        else:
            array = coefficient_array(coefficients)
        object.__setattr__(self, "_coefficients", array)

    @property
    def real(self) -> Taylor:
        """The real parts of the coefficients: the real part of the function of a real ``t``."""
        return apply(np.real, self)

    @property
    def imag(self) -> Taylor:
        """The imaginary parts of the coefficients."""
        return apply(np.imag, self)

    def conjugate(self) -> Taylor:
        """The conjugates of the coefficients: the conjugate of the function of a real ``t``."""
        return apply(np.conjugate, self)

    def equals(self, other) -> bool:
        """Whether ``other`` has the same order, dtype and coefficients (nan equals nan).

        Examples
        --------
        >>> import taylorad as ta
        >>> t = ta.variable(2.0, 3)
        >>> bool(t == 2.0), t.equals(2.0), (t * t).equals(t**2)
        (True, False, True)
        """
        return (
            isinstance(other, Taylor)
            and self._coefficients.dtype == other._coefficients.dtype
            and np.array_equal(self._coefficients, other._coefficients, equal_nan=True)
        )

    def __reduce__(self):
        return _restored, (np.array(self._coefficients),)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    # -- text -------------------------------------------------------------------------

    def __repr__(self):
        return f"Taylor({self._coefficients.tolist()})"

    def __str__(self):
        return printing.polynomial(self._coefficients.tolist())

    def __format__(self, spec):
        """The polynomial with a format specification for its coefficients.

        Examples
        --------
        >>> import numpy as np, taylorad as ta
        >>> f"{np.cos(ta.variable(1.0, 3)):.2f}"
        '0.54 - 0.84 t - 0.27 t² + 0.14 t³ + O(t⁴)'
        """
        return printing.polynomial(self._coefficients.tolist(), spec=spec)

    def _repr_latex_(self):
        return f"${printing.polynomial(self._coefficients.tolist(), printing.LATEX)}$"

    def _repr_html_(self):
        return f"<span>{printing.polynomial(self._coefficients.tolist(), printing.HTML)}</span>"


def variable(x0, order: int) -> Taylor:
    """The variable ``x = x0 + t`` as a Taylor number.

    Parameters
    ----------
    x0 : number
        The point of expansion, real or complex.
    order : int
        The highest power of ``t`` that is carried.

    Returns
    -------
    Taylor
        With coefficients ``x0, 1, 0, ...``; all that is computed from it prints as a
        polynomial in ``t = x - x0``.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError
        If ``x0`` is no number or ``order`` is negative.

    Examples
    --------
    >>> import numpy as np, taylorad as ta
    >>> x = ta.variable(2.0, 3)
    >>> print(x**2)
    4 + 4 t + t² + O(t⁴)
    >>> np.log(x).derivatives()
    array([ 0.69314718,  0.5       , -0.25      ,  0.25      ])
    """
    x0 = numbers(x0, "the point of expansion must be")
    if x0.ndim:
        raise ShapeError(f"the point of expansion must be a scalar, not of shape {x0.shape}")
    coefficients = np.zeros(order_of(order) + 1, x0.dtype)
    coefficients[:2] = [x0, 1][: len(coefficients)]
    return Taylor._of(coefficients)


def _restored(coefficients) -> Taylor:
    """A number that was pickled; its public name brings what compiled code does with it."""
    return import_module("taylorad").Taylor(coefficients)
