"""Lyapunov exponents: the rates at which neighbouring solutions part."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import ArgumentValueError, SolverError
from . import options as given
from .result import OdeResult
from .solver import solve_ivp

#: Differences between logarithms of growth: what one interval aims at, and at most has.
#: At the latter the least direction has half of its digits left.
AIM, MOST = 8.0, 18.0
#: Intervals that there are at least.
LEAST = 100


def lyapunov(
    fun: Callable, t_span: Any, y0: Any, args: tuple = (), *, count: int | None = None,
    transient: float = 0.0, rtol: Any = given.EPSILON, atol: Any = None, order: int | None = None,
) -> OdeResult:  # fmt: skip
    """Lyapunov exponents of a solution: mean rates at which small deviations grow.

    Deviations are carried along by the exact derivative of the flow, and made orthogonal
    again and again, so that each keeps the growth that is its own.

    Parameters
    ----------
    fun, t_span, y0, args, rtol, atol, order
        As of `solve_ivp`.
    count : int, optional
        How many exponents, the largest ones; by default all, as many as components.
    transient : float
        How long the solution runs before the mean begins: until it is on its attractor, and the
        deviations have found their directions.

    Returns
    -------
    OdeResult
        ``exponents`` ``(count,)``, the largest first; ``t`` ``(nt,)`` and ``history``
        ``(nt, count)``, the means up to these times; and the final state ``y``.

    Raises
    ------
    SolverError
        If the solution does not reach the end.
    ArgumentTypeError, ArgumentValueError, ShapeError, UnsupportedError
        As `solve_ivp`.

    Notes
    -----
    G. Benettin, L. Galgani, A. Giorgilli, J.-M. Strelcyn, Meccanica 15 (1980) 9-30.  Means
    converge as time goes on, with errors that fall off as its inverse for regular solutions and
    as the root of its inverse for chaotic ones.  Backward in time the exponents are those of the
    reversed motion.

    Examples
    --------
    The Lorenz attractor. That the three add up to ``-(sigma + 1 + beta)`` is exact; the first,
    0.9056 (Sprott 2003), takes long.

    >>> import taylorad as ta
    >>> def lorenz(t, y, sigma, rho, beta):
    ...     return [sigma * (y[1] - y[0]), y[0] * (rho - y[2]) - y[1], y[0] * y[1] - beta * y[2]]
    >>> found = ta.ode.lyapunov(
    ...     lorenz, (0, 200), [1.0, 1.0, 1.0], (10.0, 28.0, 8 / 3), transient=20)
    >>> print(found.exponents.sum().round(9), (abs(found.exponents[0] - 0.9056) < 0.05))
    -13.666666667 True
    """
    start, end = given.span(t_span)
    y = given.state(y0)
    wanted = y.size if count is None else order_of(count, "count", 1)
    if wanted > y.size:
        raise ArgumentValueError(f"count is {wanted}, but y0 has {y.size} components")
    wait = given.number(transient, "transient")
    if not 0.0 <= wait < abs(end - start):
        raise ArgumentValueError(f"transient is {wait}, not within the time of the solution")
    solver = dict(args=args, rtol=rtol, atol=atol, order=order)
    begin = start + wait if end > start else start - wait
    frame = np.eye(y.size)[:, :wanted]
    y, frame, _, _ = _grown(fun, start, begin, y, frame, solver)
    y, frame, times, logarithms = _grown(fun, begin, end, y, frame, solver)
    history = np.cumsum(logarithms, axis=0) / np.abs(times - begin)[:, None]
    return OdeResult(exponents=history[-1], t=times, history=history, y=y)


def _grown(fun, start: float, end: float, y: np.ndarray, frame: np.ndarray, solver: dict):
    """The state and the frame at the end; times on the way, and how much each had grown."""
    longest = (end - start) / LEAST
    t, interval = start, longest / 16
    times, logarithms = [], []
    while t != end:
        to = t + interval if abs(interval) < abs(end - t) else end
        if to == t:
            raise SolverError(f"deviations at t = {t} grow apart within the spacing of floats")
        s = solve_ivp(fun, (t, to), y, t_eval=[to], sensitivity="y0", **solver)
        if not s.success:
            raise SolverError(s.message)
        turned, growth = np.linalg.qr(s.dy_dy0[..., -1] @ frame)
        with np.errstate(divide="ignore"):
            logarithm = np.log(np.abs(np.diag(growth)))
        spread = max(np.ptp(logarithm), np.abs(logarithm).max())
        if not spread < MOST:
            interval *= 0.5
            continue
        t, y, frame = to, s.y[..., -1], turned
        times.append(t)
        logarithms.append(logarithm)
        interval = min(interval * min(2.0, AIM / max(spread, AIM / 2)), longest, key=abs)
    return y, frame, np.array(times), np.array(logarithms)
