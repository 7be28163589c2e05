"""The univariate Taylor number at the Python level."""

from __future__ import annotations

import numpy as np

from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError, ShapeError
from . import calculus, printing
from .operations import Operations, apply
from .pade import Pade, pade
from .radius import radius


class Taylor(Operations):
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

    __slots__ = ("_coefficients",)
    __hash__ = None  # type: ignore[assignment]
    #: NumPy scalars and arrays leave operators to this class.
    __array_priority__ = 1000

    def __init__(self, coefficients):
        if isinstance(coefficients, Taylor):
            array = coefficients._coefficients
        else:
            array = _as_coefficients(coefficients)
        object.__setattr__(self, "_coefficients", array)

    @classmethod
    def _of(cls, coefficients) -> Taylor:
        """A number that takes over a fresh array of coefficients."""
        number = object.__new__(cls)
        coefficients.flags.writeable = False
        object.__setattr__(number, "_coefficients", coefficients)
        return number

    # -- parts ------------------------------------------------------------------------

    @property
    def coefficients(self) -> np.ndarray:
        """The coefficients, shape ``(order + 1,)``, float64 or complex128, read-only."""
        return self._coefficients

    @property
    def order(self) -> int:
        """The highest power of ``t`` that is known."""
        return len(self._coefficients) - 1

    @property
    def value(self):
        """Coefficient 0."""
        return self._coefficients[0]

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

    def __len__(self):
        return len(self._coefficients)

    def __getitem__(self, k):
        return self._coefficients[k]

    def __iter__(self):
        return iter(self._coefficients)

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

    def __setattr__(self, name, value):
        raise AttributeError(f"Taylor numbers do not change: cannot set {name!r}")

    def __delattr__(self, name):
        raise AttributeError(f"Taylor numbers do not change: cannot delete {name!r}")

    def __reduce__(self):
        return type(self), (np.array(self._coefficients),)

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

    # -- the series as a function of t ---------------------------------------------------

    def __call__(self, t):
        """The polynomial at ``t = x - x0``, the distance from the point of expansion.

        Parameters
        ----------
        t : number, array_like or Taylor
            Numbers are put in by Horner's rule.  A Taylor number gives the composition; its
            value need not be 0, but then the neglected terms enter (see `compose`).

        Returns
        -------
        number, ndarray of the shape of ``t``, or Taylor

        Examples
        --------
        >>> import numpy as np, taylorad as ta
        >>> sine = np.sin(ta.variable(0.0, 9))
        >>> np.allclose(sine([0.1, 0.5]), np.sin([0.1, 0.5]), rtol=1e-9)
        True
        """
        if isinstance(t, Taylor):
            return self._of(calculus.compose(self._coefficients, t._coefficients))
        t = _numbers(t, "a Taylor number is evaluated at")
        return calculus.evaluate(self._coefficients, t[()])

    def derivative(self, n: int = 1) -> Taylor:
        """The n-th derivative, of order ``order - n``.

        Raises
        ------
        ArgumentValueError
            If ``n`` is larger than the order: nothing is known of it.

        Examples
        --------
        >>> import taylorad as ta
        >>> ta.Taylor([1.0, 2.0, 3.0]).derivative()
        Taylor([2.0, 6.0])
        """
        return self._of(calculus.differentiate(self._coefficients.copy(), self._degree(n, "n")))

    def integral(self, constant=0.0) -> Taylor:
        """The integral whose value at ``t = 0`` is ``constant``, of order ``order + 1``.

        Examples
        --------
        >>> import taylorad as ta
        >>> ta.Taylor([1.0, 2.0]).integral(5.0)
        Taylor([5.0, 1.0, 1.0])
        """
        constant = _numbers(constant, "the constant must be")
        if constant.ndim:
            raise ShapeError("the constant of an integral must be a scalar")
        return self._of(calculus.integrate(self._coefficients, constant))

    def derivatives(self) -> np.ndarray:
        """The derivatives ``k! c[k]``, shape ``(order + 1,)``.

        Examples
        --------
        >>> import taylorad as ta
        >>> (1 / (1 - ta.variable(0.0, 5))).derivatives()
        array([  1.,   1.,   2.,   6.,  24., 120.])
        """
        return calculus.derivatives(self._coefficients)

    def truncate(self, order: int) -> Taylor:
        """The number up to a smaller order.

        Raises
        ------
        ArgumentValueError
            If ``order`` is larger than that of the number.
        """
        return self._of(self._coefficients[: self._degree(order, "order") + 1].copy())

    def shift(self, h) -> Taylor:
        """The polynomial about another point: the coefficients of ``p(h + t)``.

        It is exact for the polynomial; the terms beyond its order are lost, as they are when
        it is evaluated at ``h``.

        Examples
        --------
        >>> import taylorad as ta
        >>> ta.Taylor([0.0, 0.0, 1.0]).shift(3.0)
        Taylor([9.0, 6.0, 1.0])
        """
        h = _numbers(h, "a Taylor number is shifted by")
        if h.ndim:
            raise ShapeError("the shift must be a scalar")
        return self._of(np.array(calculus.shift(self._coefficients, h[()])))

    # -- series as functions of one another -----------------------------------------------

    def compose(self, inner: Taylor) -> Taylor:
        """The series ``self(inner(t))``, exact up to the smaller of the two orders.

        Parameters
        ----------
        inner : Taylor
            With value 0: only then do the terms known determine the result.

        Raises
        ------
        ArgumentValueError
            If the value of ``inner`` is not 0.

        Notes
        -----
        From the first coefficient on that is not finite, in either series, the result is nan.

        Examples
        --------
        >>> import numpy as np, taylorad as ta
        >>> t = ta.variable(0.0, 4)
        >>> print(np.exp(t).compose(np.sin(t)))
        1 + t + 0.5 t² - 0.125 t⁴ + O(t⁵)
        """
        if not isinstance(inner, Taylor):
            raise ArgumentTypeError(f"a Taylor number is needed, not {type(inner).__name__}")
        if inner.value != 0:
            raise ArgumentValueError(
                f"the inner series has the value {inner.value}, not 0; for the polynomial alone "
                "use p(q), or p.shift(h).compose(q - h) with h = q.value"
            )
        order = min(self.order, inner.order)
        return self._of(
            calculus.compose(self._coefficients[: order + 1], inner._coefficients[: order + 1])
        )

    def reversion(self) -> Taylor:
        """The series of the inverse function: ``q`` with ``self(q(s)) = self.value + s``.

        ``s`` is the distance from ``self.value``, and ``q(s)`` that from the point of
        expansion.

        Raises
        ------
        ArgumentValueError
            If coefficient 1 is 0 or unknown: the inverse is then no power series.

        Examples
        --------
        >>> import numpy as np, taylorad as ta
        >>> t = ta.variable(0.0, 5)
        >>> print((t * np.exp(t)).reversion())   # Lambert's W
        t - t² + 1.5 t³ - 2.6666667 t⁴ + 5.2083333 t⁵ + O(t⁶)
        """
        if self.order == 0 or self._coefficients[1] == 0:
            raise ArgumentValueError(
                "only a series of order 1 or more whose coefficient 1 is not 0 can be reversed"
            )
        return self._of(calculus.reversion(self._coefficients))

    def pade(self, m: int, n: int, tolerance: float = 1e-14) -> Pade:
        """The Padé approximant with numerator of degree ``m`` and denominator of degree ``n``.

        Parameters
        ----------
        m, n : int
            With ``m + n`` at most the order.
        tolerance : float
            Relative size of what counts as rounding.  Where the approximant is degenerate to
            this tolerance, lower degrees come out; 0 keeps the degrees.

        Returns
        -------
        Pade
            With ``numerator``, ``denominator``, ``poles()``, ``zeros()``; callable.

        Raises
        ------
        ArgumentValueError
            If a degree is negative, too few coefficients are known, or some are not finite.

        Notes
        -----
        The algorithm is that of Gonnet, Güttel and Trefethen (SIAM Review 55, 2013).

        Examples
        --------
        >>> import numpy as np, taylorad as ta
        >>> poles = np.tan(ta.variable(0.0, 13)).pade(6, 7).poles()
        >>> bool(np.isclose(abs(poles).min(), np.pi / 2))
        True
        """
        m, n = self._degree(m, "m"), self._degree(n, "n")
        self._degree(m + n, "m + n")
        return pade(self._coefficients, m, n, tolerance)

    def radius(self) -> float:
        """An estimate of the radius of convergence.

        The tail of the series is compared with those of functions with one singularity or a
        pair of them (Domb and Sykes 1957; Corliss and Chang 1982); where neither fits, the
        mean growth of the coefficients answers.  It is inf for a polynomial (a series that
        ends in zeros, at least twice as many as between its other terms) and nan where fewer
        than five coefficients tell something, or some are not finite.  Of an entire function
        it is large or inf.

        Examples
        --------
        >>> import numpy as np, taylorad as ta
        >>> t = ta.variable(0.0, 20)
        >>> round((1 / (9 + t * t)).radius(), 6), np.exp(t).radius()
        (3.0, inf)
        """
        return radius(self._coefficients)

    def _degree(self, value, name) -> int:
        """Check a number of terms that must be known."""
        value = order_of(value, name)
        if value > self.order:
            raise ArgumentValueError(f"{name}={value} is more than the order, {self.order}")
        return value


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
    x0 = _numbers(x0, "the point of expansion must be")
    if x0.ndim:
        raise ShapeError(f"the point of expansion must be a scalar, not of shape {x0.shape}")
    coefficients = np.zeros(order_of(order) + 1, x0.dtype)
    coefficients[:2] = [x0, 1][: len(coefficients)]
    return Taylor._of(coefficients)


def _as_coefficients(coefficients) -> np.ndarray:
    """A fresh, read-only array of coefficients from what a user gives."""
    array = np.array(_numbers(coefficients, "the coefficients must be"), ndmin=1, order="C")
    if array.ndim > 1 or array.size == 0:
        raise ShapeError(f"coefficients have the shape (order + 1,), not {array.shape}")
    array.flags.writeable = False
    return array


def _numbers(x, what) -> np.ndarray:
    """Numbers as float64 or complex128."""
    try:
        array = np.asarray(x)
        if array.dtype.kind == "O":  # large ints, fractions, numbers of arbitrary precision
            array = np.array([_plain(item) for item in array.flat]).reshape(array.shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"{what} numbers: {error}") from None
    if array.dtype.kind not in "biufc":
        raise ArgumentTypeError(f"{what} numbers, not {array.dtype}")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)


def _plain(x):
    """A number of any kind as a float or, where it is none, a complex number."""
    try:
        return float(x)
    except TypeError:
        return complex(x)
