"""`solve_ivp`: SciPy's function, by Taylor series."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError, MissingExtraError
from . import options as given
from .derived import DenseDerivatives, derivatives, inputs_of
from .events import Event, events_of, watch_of
from .integration import Integration
from .reading import parameters_of
from .recording import STOPPED
from .result import OdeResult
from .stepping import END
from .system import sensitive, system


def solve_ivp(
    fun: Callable, t_span: Any, y0: Any, method: str = "Taylor", t_eval: Any = None,
    dense_output: bool = False, events: Any = None, vectorized: bool = False, args: Any = None,
    *, rtol: Any = given.EPSILON, atol: Any = None, order: int | None = None,
    first_step: float | None = None, max_step: float = float("inf"),
    max_steps: int | None = None, progress: bool = False,
    sensitivity: Any = None, sensitivity_order: int = 1,
) -> OdeResult:  # fmt: skip
    """Solve an initial value problem ``y' = fun(t, y, *args)``, ``y(t0) = y0``.

    Signature and result are those of ``scipy.integrate.solve_ivp``. Every step is the solution's
    Taylor polynomial, of an order of about 20, so that long and exact integrations are where
    it is at its best.

    Parameters
    ----------
    fun : function
        ``fun(t, y, *args)``, an ``@njit`` or plain function that returns the slopes: an array, a
        tuple or a list. Its operations are read once; afterwards it is not called any more.
    t_span : (float, float)
        From where to where; backward too.
    y0 : array
        The initial state, of any shape.
    method : "Taylor"
        There is no other.
    t_eval : float array, optional
        Times of output, from the first to the last of ``t_span``; by default the ends of all
        steps.
    dense_output : bool
        Whether ``sol``, the solution as a function of time, is kept.
    events : function or sequence of functions, optional
        ``event(t, y, *args)``, whose roots are found; see below.
    vectorized : bool
        Accepted as SciPy's, without a meaning here.
    args : tuple, optional
        Further arguments of ``fun`` and of the events.
    rtol, atol : float or array of the state's shape
        A step's error is about ``rtol * max(|y|, atol / rtol)``: of the largest component, or,
        where one of the two is an array, of each. By default ``rtol`` is the spacing of floats,
        ``2.2e-16``, below which there is nothing, and ``atol`` equals ``rtol``: all that
        floats can say costs little more than half of it.
    order : int, optional
        The degree of the polynomials; by default it follows from ``rtol``.
    first_step, max_step : float
        The longest first step, and the longest step.
    max_steps : int, optional
        The most steps, by default any number.
    progress : bool
        Whether to show a progress bar, which needs tqdm.
    sensitivity : "y0", "args" or a tuple of both, optional
        Inputs by which the solution is differentiated: all components of ``y0``, all floats in
        ``args`` (integers are constants), in this order.
    sensitivity_order : int
        How often.

    Returns
    -------
    OdeResult
        With ``t``, ``y``, ``sol``, ``t_events``, ``y_events``, ``nsteps``, ``nfev``, ``status``,
        ``message`` and ``success``. Where something goes wrong on the way, a solution that blows
        up or a right-hand side that is nan, ``status`` is -1, ``message`` says where and why,
        and the result ends with the last good state.  With ``sensitivity`` it has ``dy_dy0``
        ``(n, n, nt)``, ``dy_dargs`` ``(n, p, nt)`` and ``sensitivities``, a list whose item ``k``
        is of shape ``(n,) + (m,) * k + (nt,)``, m all inputs; for each event ``dt_events``
        ``(e, m)`` and ``dy_events`` ``(e, n, m)``, which say how the event's time and the
        state at this moving time depend on the inputs; and ``sol.sensitivity(t)``.

    Raises
    ------
    ArgumentTypeError, ArgumentValueError, ShapeError
        For arguments that cannot be.
    UnsupportedError
        For a right-hand side that has no Taylor series in one formula, with its line.

    Notes
    -----
    *Events* are found as roots of their Taylor polynomials along the step, to rounding, however
    many there are in a step. As for SciPy, a function may have the attributes ``terminal`` (True,
    or how often it is found until the integration stops) and ``direction`` (positive: only
    where it rises, negative: only where it falls). Where it touches zero without a change of
    sign it is found once, unless it has a direction; what touches and what passes twice, or
    misses, is decided by the rounding of its polynomial. Other than for SciPy an event is not
    found at ``t0``: a solution that starts from its own event is on its way.

    An event function may have the attribute ``callback``, a function ``callback(t, y, *args)`` in
    Python that is called whenever it is found. If it returns a state, the integration goes on
    from there, a jump: ``t`` has this time twice, with the state before and after it.

    Examples
    --------
    A ball that is thrown upward and falls to the ground:

    >>> import taylorad as ta
    >>> def flight(t, y):
    ...     return y[1], -9.81
    >>> def ground(t, y):
    ...     return y[0]
    >>> ground.terminal = True
    >>> s = ta.ode.solve_ivp(flight, (0, 100), [0.0, 10.0], events=ground)
    >>> print(s.status, s.t_events[0].round(12), s.y_events[0].round(12) + 0.0)
    1 [2.03873598] [[  0. -10.]]
    """
    if method != "Taylor":
        raise ArgumentValueError(f"method must be 'Taylor', the only one here, got {method!r}")
    start, end = given.span(t_span)
    y = given.state(y0)
    shape = y.shape
    tolerances = given.Tolerances.of(rtol, atol, order, y)
    times = given.wanted(t_eval, start, end)
    if args is None:
        args = ()
    elif not isinstance(args, tuple | list):
        raise ArgumentTypeError(f"args must be a tuple of arguments, got {args!r}; write (x,)")
    args = tuple(args)
    watched = events_of(events)
    wanted: dict[str, Any] = dict(
        order=tolerances.order, events=tuple(e.function for e in watched or ()),
        componentwise=tolerances.componentwise,
    )  # fmt: skip
    lifts, names = None, ()
    if sensitivity is None:
        made = system(fun, start, y, args, **wanted)
    else:
        names = inputs_of(sensitivity, parameters_of(args).size)
        degree = order_of(sensitivity_order, "sensitivity_order", 1)
        made, lifts = sensitive(fun, start, y, args, first=names, degree=degree, **wanted)
    integration = Integration(
        made, start, end, y.reshape(-1), parameters_of(args), tolerances.floor,
        watch=watch_of(watched or (), made.order) if made.roots else None,
        wanted=times, dense=bool(dense_output),
        longest=given.positive(max_step, "max_step"),
        first=float("inf") if first_step is None else given.positive(first_step, "first_step"),
        most=None if max_steps is None else order_of(max_steps, "max_steps", 1),
        callbacks=[_with(e, shape, args) for e in watched or ()], sensitivities=lifts,
    )  # fmt: skip
    with _bar(progress, start, end) as shown:
        integration.run(shown)
    message = integration.message(lambda t, y: fun(t, y.reshape(shape), *args))
    events_count = None if watched is None else len(watched)
    return _result(integration, message, shape, events_count, bool(dense_output), lifts, names)


def _with(event: Event, shape: tuple[int, ...], args: tuple) -> Callable | None:
    """An event's callback on the state in its shape."""
    callback = event.callback
    if callback is None:
        return None
    return lambda t, y: callback(t, y.reshape(shape), *args)


def _result(
    integration: Integration, message: str, shape, events: int | None, dense: bool, lifts, names
) -> OdeResult:
    t, y = integration.points()
    status = {END: 0, STOPPED: 1}.get(integration.status, -1)
    found = None if events is None else [integration.found(i) for i in range(events)]
    steps = int(integration.now["steps"])
    made = OdeResult(
        message=message, success=status >= 0, status=status,
        t=t, y=y.T.reshape(*shape, len(t)), sol=None,
        t_events=None if found is None else [times for times, _ in found],
        y_events=None if found is None else [s.reshape(-1, *shape) for _, s in found],
        nfev=steps, njev=0, nlu=0, nsteps=steps,
    )  # fmt: skip
    derived = None
    if lifts is not None:
        made.update(derivatives(integration, lifts, names, events))
        derived = DenseDerivatives.of(integration, lifts) if dense else None
    if dense:
        made.sol = integration.dense(shape, derived)
    return made


@contextmanager
def _bar(wanted: bool, start: float, end: float):
    """A function to tell a progress bar the time, or None."""
    if not wanted:
        yield None
        return
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise MissingExtraError(
            "progress=True needs tqdm: python -m pip install 'taylorad[progress]'"
        ) from None
    with tqdm(total=abs(end - start), unit="t", bar_format="{l_bar}{bar}|{postfix}") as bar:

        def shown(t: float) -> None:
            bar.set_postfix_str(f"t = {t:.6g}", refresh=False)
            bar.update(abs(t - start) - bar.n)

        yield shown
        bar.update(bar.total - bar.n)
