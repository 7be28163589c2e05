"""A Taylor number as a function of ``t``: values, calculus, composition, approximation."""

from __future__ import annotations

from typing import Self

import numpy as np

from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError, ShapeError
from . import series
from .base import Base
from .conversion import numbers
from .pade import Pade, pade
from .radius import radius


class Calculus(Base):
    """The methods of `Taylor` that use its coefficients as those of a function."""

    __slots__ = ()

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
        if isinstance(t, Base):
            return self._of(series.compose(self.coefficients, t.coefficients))
        t = numbers(t, "a Taylor number is evaluated at")
        return series.evaluate(self.coefficients, t[()])

    def derivative(self, n: int = 1) -> Self:
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
        return self._of(series.differentiate(self.coefficients.copy(), self._degree(n, "n")))

    def integral(self, constant=0.0) -> Self:
        """The integral whose value at ``t = 0`` is ``constant``, of order ``order + 1``.

        Examples
        --------
        >>> import taylorad as ta
        >>> ta.Taylor([1.0, 2.0]).integral(5.0)
        Taylor([5.0, 1.0, 1.0])
        """
        constant = numbers(constant, "the constant must be")
        if constant.ndim:
            raise ShapeError("the constant of an integral must be a scalar")
        return self._of(series.integrate(self.coefficients, constant))

    def derivatives(self) -> np.ndarray:
        """The derivatives ``k! c[k]``, shape ``(order + 1,)``.

        Examples
        --------
        >>> import taylorad as ta
        >>> (1 / (1 - ta.variable(0.0, 5))).derivatives()
        array([  1.,   1.,   2.,   6.,  24., 120.])
        """
        return series.derivatives(self.coefficients)

    def truncate(self, order: int) -> Self:
        """The number up to a smaller order.

        Raises
        ------
        ArgumentValueError
            If ``order`` is larger than that of the number.
        """
        return self._of(self.coefficients[: self._degree(order, "order") + 1].copy())

    def shift(self, h) -> Self:
        """The polynomial about another point: the coefficients of ``p(h + t)``.

        It is exact for the polynomial; the terms beyond its order are lost, as they are when
        it is evaluated at ``h``.

        Examples
        --------
        >>> import taylorad as ta
        >>> ta.Taylor([0.0, 0.0, 1.0]).shift(3.0)
        Taylor([9.0, 6.0, 1.0])
        """
        h = numbers(h, "a Taylor number is shifted by")
        if h.ndim:
            raise ShapeError("the shift must be a scalar")
        return self._of(np.array(series.shift(self.coefficients, h[()])))

    # -- series as functions of one another -----------------------------------------------

    def compose(self, inner: Base) -> Self:
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
        if not isinstance(inner, Base):
            raise ArgumentTypeError(f"a Taylor number is needed, not {type(inner).__name__}")
        if inner.value != 0:
            raise ArgumentValueError(
                f"the inner series has the value {inner.value}, not 0; for the polynomial alone "
                "use p(q), or p.shift(h).compose(q - h) with h = q.value"
            )
        order = min(self.order, inner.order)
        return self._of(
            series.compose(self.coefficients[: order + 1], inner.coefficients[: order + 1])
        )

    def reversion(self) -> Self:
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
        if self.order == 0 or self.coefficients[1] == 0:
            raise ArgumentValueError(
                "only a series of order 1 or more whose coefficient 1 is not 0 can be reversed"
            )
        return self._of(series.reversion(self.coefficients))

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
        return pade(self.coefficients, m, n, tolerance)

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
        return radius(self.coefficients)

    def _degree(self, value, name) -> int:
        """Check a number of terms that must be known."""
        value = order_of(value, name)
        if value > self.order:
            raise ArgumentValueError(f"{name}={value} is more than the order, {self.order}")
        return value
