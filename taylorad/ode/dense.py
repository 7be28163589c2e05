"""The solution as a function of time: the polynomials of all steps."""

from __future__ import annotations

import math

import numpy as np

from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError
from .pointers import compiled
from .polynomials import evaluate


@compiled
def values(starts, pieces, which, t, out):
    """Row ``i`` of ``out``: polynomial ``which[i]`` at the time ``t[i]``."""
    for i in range(t.size):
        k = which[i]
        evaluate(pieces[k], (t[i] - starts[k, 0]) - starts[k, 1], out[i])


class DenseSolution:
    """A solution at any time, as `OdeResult.sol`.

    Between two steps it is the step's Taylor polynomial, as exact as the steps are. Outside
    of the interval the first or the last polynomial goes on. Where a callback has changed the
    state, the value is the one after the change.

    Attributes
    ----------
    t_min, t_max : float
        The interval.
    ts : float array ``(n_segments + 1,)``
        Where the polynomials meet, in the order of the integration.
    n_segments : int
    coefficients : float array ``(n_segments, K + 1, n)``
        Of powers of the time since the segment's start.

    Examples
    --------
    >>> import taylorad as ta
    >>> s = ta.ode.solve_ivp(lambda t, y: -y, (0, 2), [1.0], dense_output=True)
    >>> print(s.sol(1.0), s.sol([0.0, 1.0, 2.0]).shape)
    [0.36787944] (1, 3)
    >>> print(s.sol(1.0, derivative=3))
    [-0.36787944]
    """

    def __init__(
        self, starts: np.ndarray, end: float, coefficients: np.ndarray, shape=None, derived=None
    ):
        self.ts = np.append(starts[:, 0], end)
        self.n_segments = len(starts)
        self.coefficients = coefficients
        self.t_min, self.t_max = sorted((float(self.ts[0]), float(end)))
        self._starts = starts
        self._derived = derived
        self._shape = (coefficients.shape[2],) if shape is None else tuple(shape)

    def __call__(self, t, derivative: int = 0) -> np.ndarray:
        """The solution, or a derivative of it by time.

        Parameters
        ----------
        t : float or array
        derivative : int
            How often it is differentiated.

        Returns
        -------
        float array
            Of the state's shape, followed by that of ``t``.
        """
        order = order_of(derivative, "derivative")
        shape, flat, which = self._segments(t)
        out = np.empty((flat.size, self.coefficients.shape[2]))
        values(self._starts, self._differentiated(order), which, flat, out)
        return out.T.reshape(self._shape + shape)

    def sensitivity(self, t, order: int = 1) -> np.ndarray:
        """Derivatives by the inputs that were asked for.

        Parameters
        ----------
        t : float or array
        order : int
            How often by inputs.

        Returns
        -------
        float array
            Of shape ``(n,) + (m,) * order``, followed by that of ``t``; m counts the inputs.
        """
        if self._derived is None:
            raise ArgumentValueError("there are sensitivities where solve_ivp is asked for them")
        shape, flat, which = self._segments(t)
        found = self._derived(which, flat, order)
        return found.reshape(found.shape[:-1] + shape)

    def _segments(self, t) -> tuple[tuple[int, ...], np.ndarray, np.ndarray]:
        """The shape of times, the times in a row, and for each the polynomial that it is on."""
        times = np.asarray(t)
        if times.dtype.kind not in "fiub":
            raise ArgumentTypeError(f"t must be a float or an array of floats, got {t!r}")
        flat = np.ascontiguousarray(times, dtype=float).reshape(-1)
        forward = -1.0 if self.ts[-1] < self.ts[0] else 1.0
        which = np.searchsorted(forward * self.ts[:-1], forward * flat, side="right") - 1
        return times.shape, flat, np.maximum(which, 0)

    def _differentiated(self, order: int) -> np.ndarray:
        terms = self.coefficients.shape[1]
        if order == 0:
            return self.coefficients
        if order >= terms:
            return np.zeros((self.n_segments, 1, self.coefficients.shape[2]))
        factors = np.array([math.perm(k, order) for k in range(order, terms)], dtype=float)
        return np.ascontiguousarray(self.coefficients[:, order:] * factors[:, None])

    def __repr__(self) -> str:
        return f"DenseSolution({self.n_segments} segments, t from {self.ts[0]} to {self.ts[-1]})"
