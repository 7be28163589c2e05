"""Gradients of functions of a solution, with respect to many inputs at the cost of a few.

The solution is recorded at checkpoints; backwards, the steps between two of them are taken
again, and the cotangents of what was asked for go through each transposed step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import ShapeError, SolverError, UnsupportedError
from ..transforms.nested import hvp
from ..transforms.reverse import value_and_grad
from . import options as given
from .backward import Probe, advance, again, backward, forward
from .grouping import Plan
from .integration import MESSAGES
from .lifting import Layout
from .linearising import Linear
from .reading import parameters_of, read, with_floats
from .recording import Motion
from .stepping import END
from .system import made_of
from .terms import Terms

#: Checkpoints that are kept at once, by default.
CHECKPOINTS = 1000


class Adjoint:
    """A solution whose functions can be differentiated by all its inputs; made by `adjoint`.

    Attributes
    ----------
    t : float array ``(nt,)``
        Times of the output.
    y : float array ``(n, nt)``
        The solution there.
    nsteps : int
        Steps of the solver.
    checkpoints : int
        Steps between two checkpoints.
    """

    def __init__(self, fun, t_span, y0, args, t_eval, tolerances, longest, most, checkpoints):
        self._start, self._end = given.span(t_span)
        self._y0 = given.state(y0)
        self._args = args
        times = given.wanted(t_eval, self._start, self._end)
        self._times = np.array([self._end]) if times is None else times
        self._longest, self._most = longest, most
        self._capacity = max(2, checkpoints)
        n = self._y0.size
        equations = read(fun, self._start, self._y0.reshape(-1), args, tolerances.order)
        if equations.switches:
            raise UnsupportedError(
                "adjoints of a right-hand side with kinks or jumps are not known; use "
                "solve_ivp with sensitivity="
            )
        self._par, self._floor = parameters_of(args), tolerances.floor
        self._linear = Linear(equations, range(self._par.size), 2, tolerances.order)
        self._layout = Layout(self._linear, 1)
        equations.watched = self._layout.watched
        self._terms = Terms.of(self._layout)
        self._system = made_of(Plan(equations, tolerances.order), tolerances.componentwise)
        self._coefficients = np.empty((tolerances.order + 1, self._layout.width))
        self._work = self._system.scratch()
        count, terms = len(self._linear.inputs), tolerances.order + 1
        self._probe = Probe(
            self._terms, np.empty((self._layout.width, terms)),
            np.empty((len(self._layout.rows), terms)), np.cos(np.arange(1.0, count + 1.0)),
        )  # fmt: skip
        self.t = self._times
        samples = np.empty((self.t.size, n))
        self._forward(samples)
        self.y = samples.T.reshape(*self._y0.shape, self.t.size)

    def _forward(self, samples) -> None:
        n = self._y0.size
        clock = np.array([self._start, 0.0])
        motion = self._motion(self._y0.reshape(-1), np.zeros(n))
        self._checked = np.empty((self._capacity, 2))
        self._states = np.empty((self._capacity, 2, n))
        status, self._count, self.checkpoints, self._lengths = forward(
            self._system.address, clock, self._end, self._longest, self._most, motion,
            self._coefficients, self._times, samples, self._checked, self._states,
            np.empty((2, n)), self._probe,
        )  # fmt: skip
        self.nsteps = self._lengths.size
        if status != END:
            raise SolverError(MESSAGES[status].format(t=float(clock[0]), steps=self.nsteps, why=""))

    def _motion(self, y: np.ndarray, low: np.ndarray) -> Motion:
        """A state, and what steps from it work on."""
        return Motion(y.copy(), low.copy(), self._par, self._floor, self._work)

    # -- derivatives -------------------------------------------------------------------------

    def pushforward(self, y0_dot: Any = None, args_dot: tuple | None = None) -> np.ndarray:
        """The derivative of the output along a direction of the inputs.

        Parameters
        ----------
        y0_dot : float array, optional
            Of the shape of ``y0``; without it the initial state does not vary.
        args_dot : tuple, optional
            Of the form of ``args``, as `pullback` returns it.

        Returns
        -------
        float array
            Of the shape of ``y``.
        """
        direction = self._direction(y0_dot, args_dot)
        return self._shaped(self._pushed(direction)[0])

    def pullback(self, cotangent: Any) -> tuple[np.ndarray, tuple]:
        """Cotangents of the inputs from those of the output: products with transposed Jacobians.

        Parameters
        ----------
        cotangent : float array
            Of the shape of ``y``.

        Returns
        -------
        y0_bar : float array
            Of the shape of ``y0``.
        args_bar : tuple
            Of the form of ``args``, None for what has no floats.
        """
        return self._parts(self._pulled(self._rows(cotangent))[0])

    def value_and_grad(self, objective: Callable, *data: Any) -> tuple:
        """A function of the output and its gradient by the inputs.

        Parameters
        ----------
        objective : function
            ``objective(y, *data)``, a number; `taylorad.grad` differentiates it.
        *data
            Further arguments.

        Returns
        -------
        value : float
        y0_bar, args_bar
            As of `pullback`.
        """
        value, bars = value_and_grad(objective)(self.y, *data)
        return (value, *self.pullback(bars))

    def hvp(self, objective: Callable, y0_dot: Any = None, args_dot: tuple | None = None,
            *data: Any) -> tuple[np.ndarray, tuple]:  # fmt: skip
        """The product of the Hessian of a function of the output with a direction of the inputs.

        Parameters
        ----------
        objective : function
            As of `value_and_grad`.
        y0_dot, args_dot
            The direction, as of `pushforward`.
        *data
            Further arguments of ``objective``.

        Returns
        -------
        y0_bar, args_bar
            As of `pullback`.
        """
        direction = self._direction(y0_dot, args_dot)
        moved_output, tangents = self._pushed(direction)
        _, bars = value_and_grad(objective)(self.y, *data)
        moving = hvp(objective)(self.y, self._shaped(moved_output), *data)
        pulled = self._pulled(self._rows(bars), direction, tangents, self._rows(moving))
        return self._parts(pulled[1])

    def _direction(self, y0_dot, args_dot) -> np.ndarray:
        n = self._y0.size
        direction = np.zeros(n + self._par.size)
        if y0_dot is not None:
            given_dot = np.asarray(y0_dot, dtype=float)
            if given_dot.shape != self._y0.shape:
                raise ShapeError(f"y0_dot has the shape {given_dot.shape}, y0 {self._y0.shape}")
            direction[:n] = given_dot.reshape(-1)
        if args_dot is not None:
            numbers = parameters_of(args_dot)
            if numbers.size != self._par.size:
                raise ShapeError(
                    f"args_dot has {numbers.size} floats, args has {self._par.size}"
                )
            direction[n:] = numbers
        return direction

    def _rows(self, cotangent) -> np.ndarray:
        bars = np.asarray(cotangent, dtype=float)
        if bars.shape != self.y.shape:
            raise ShapeError(f"the cotangent has the shape {bars.shape}, y has {self.y.shape}")
        return np.ascontiguousarray(bars.reshape(self._y0.size, -1).T)

    def _shaped(self, rows: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(rows.T).reshape(self.y.shape)

    def _parts(self, bars: np.ndarray) -> tuple[np.ndarray, tuple]:
        """The cotangent of ``y0`` and those of ``args``."""
        n = self._y0.size
        numbers = iter(bars[n:].tolist())
        return bars[:n].reshape(self._y0.shape), with_floats(tuple(self._args), numbers)

    def _segment(self, i: int, starts, states) -> int:
        """The steps from checkpoint ``i`` on, taken again; returns how many."""
        first = i * self.checkpoints
        lengths = self._lengths[first : first + self.checkpoints]
        again(
            self._system.address, self._checked[i].copy(), lengths,
            self._motion(*self._states[i]), self._coefficients, starts, states,
        )  # fmt: skip
        return lengths.size

    def _memory(self) -> tuple[np.ndarray, ...]:
        """Starts and states of a segment's steps, a step's series, and rows of coefficients."""
        n, order = self._y0.size, self._system.order
        return (
            np.empty((self.checkpoints, 3)), np.empty((self.checkpoints, 2, n)),
            np.empty((self._layout.width, order + 1)),
            np.zeros((len(self._layout.rows), order + 1)),
        )  # fmt: skip

    def _pushed(self, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The derivatives at the output and at the checkpoints along a direction."""
        n = self._y0.size
        starts, states, series, moving = self._memory()
        samples = np.zeros((self._times.size, n))
        tangents, checked = np.empty((self.checkpoints, n)), np.empty((self._count, n))
        present, done = direction.copy(), 0
        if self._times.size and self._times[0] == self._start:
            samples[0], done = present[:n], 1
        for i in range(self._count):
            checked[i] = present[:n]
            count = self._segment(i, starts, states)
            done = advance(
                self._system.address, starts, states, count, self._motion(*self._states[i]),
                self._terms, self._coefficients, series, moving, present, self._times, samples,
                done, tangents,
            )  # fmt: skip
        return samples, checked

    def _pulled(self, cotangents, direction=None, checked=None, moving_cotangents=None):
        """Cotangents of all inputs, and their derivatives along a direction."""
        n = self._y0.size
        starts, states, series, bars = self._memory()
        adjoint = np.zeros(n + self._par.size)
        nothing = np.zeros(0)
        along = direction is not None
        moving, moving_bars = np.zeros_like(bars), np.zeros_like(bars)
        moving_adjoint = np.zeros_like(adjoint)
        tangents = np.zeros((self.checkpoints if along else 0, n))
        if not along:
            moving_cotangents = np.zeros((0, n))
        left = self._times.size
        for i in range(self._count - 1, -1, -1):
            count = self._segment(i, starts, states)
            motion = self._motion(*self._states[i])
            if along:
                present = direction.copy()
                present[:n] = checked[i]
                advance(
                    self._system.address, starts, states, count, motion, self._terms,
                    self._coefficients, series, moving, present, nothing, np.zeros((0, n)), 0,
                    tangents,
                )  # fmt: skip
            left = backward(
                self._system.address, starts, states, count, motion, self._terms,
                self._coefficients, series, bars, self._times, cotangents, left,
                adjoint, tangents, direction if along else nothing, moving, moving_bars,
                moving_cotangents, moving_adjoint,
            )  # fmt: skip
        adjoint[:n] += cotangents[:left].sum(axis=0)
        moving_adjoint[:n] += moving_cotangents[:left].sum(axis=0)
        return adjoint, moving_adjoint


def adjoint(
    fun: Callable, t_span: Any, y0: Any, args: tuple = (), *, t_eval: Any = None,
    rtol: Any = given.EPSILON, atol: Any = None, order: int | None = None,
    max_step: float = math.inf, max_steps: int | None = None, checkpoints: int = CHECKPOINTS,
) -> Adjoint:  # fmt: skip
    """Solve forward, so that functions of the solution can be differentiated backward.

    The cost of a gradient does not depend on the number of inputs; memory is bounded by the
    number of checkpoints, but for the lengths of the steps.

    Parameters
    ----------
    fun, t_span, y0, args, t_eval, rtol, atol, order, max_step, max_steps
        As of `solve_ivp`; without ``t_eval`` the output is the state at the end.
    checkpoints : int, default 1000
        The most states that are kept at once, and about the steps between two of them that are
        taken again: with ``c`` checkpoints and ``s`` steps the memory is that of ``c + s / c``
        states.

    Returns
    -------
    Adjoint
        With the output ``t``, ``y`` and methods `value_and_grad`, `pullback`, `pushforward` and
        `hvp`.

    Raises
    ------
    SolverError
        If the solution does not reach the end.
    ArgumentTypeError, ArgumentValueError, ShapeError, UnsupportedError
        As `solve_ivp`.

    Notes
    -----
    What is differentiated are the Taylor polynomials of the steps, at the lengths that the
    steps have: the derivatives agree with those of `solve_ivp`'s ``sensitivity`` to rounding.

    Examples
    --------
    Where a decaying solution arrives, and how that depends on the start and on the rate:

    >>> import numpy as np
    >>> import taylorad as ta
    >>> def decay(t, y, rate):
    ...     return -rate * y
    >>> def miss(y):
    ...     return (y[0, -1] - 0.5) ** 2
    >>> s = ta.ode.adjoint(decay, (0, 1), np.array([2.0]), (1.0,))
    >>> value, y0_bar, args_bar = s.value_and_grad(miss)
    >>> print(round(value, 9), y0_bar.round(9), np.round(args_bar, 9))
    0.055582251 [0.17346169] [-0.34692338]
    """
    y = given.state(y0)
    return Adjoint(
        fun, t_span, y, given.arguments(args), t_eval, given.Tolerances.of(rtol, atol, order, y),
        given.positive(max_step, "max_step"),
        np.iinfo(np.int64).max if max_steps is None else order_of(max_steps, "max_steps", 1),
        order_of(checkpoints, "checkpoints", 2),
    )  # fmt: skip
