"""`ensemble`: many initial value problems at once."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError, ShapeError
from . import options as given
from .events import events_of
from .integration import MESSAGES, explained
from .reading import parameters_of
from .recording import STOPPED
from .result import OdeResult
from .stepping import END
from .trajectories import Found, Trajectories, integrate, processors

#: More steps than there will ever be.
ENDLESS = 1 << 62


def ensemble(
    fun: Callable, t_span: Any, y0: Any, args: Sequence[Any] = (), *, batched: Any = None,
    t_eval: Any = None, events: Any = None, rtol: Any = given.EPSILON, atol: Any = None,
    order: int | None = None, max_step: float = float("inf"), max_steps: int | None = None,
    workers: int | None = None, executor: Executor | None = None, chunk: int | None = None,
) -> OdeResult:  # fmt: skip
    """Solve many initial value problems ``y' = fun(t, y, *args)`` that differ in their numbers.

    Small systems are integrated eight at a time, one in each lane of the processor's vectors,
    each with its own steps; a lane that has finished takes the next member. The result is the
    same to the bit however the members are ordered and split.

    Parameters
    ----------
    fun : function
        ``fun(t, y, *args)`` of one member, as for `solve_ivp`.
    t_span : (float, float)
        From where to where; each a number, or an array of one for each member.
    y0 : float array ``(members, n)``
        The initial states; behind the first axis they may have any shape. Where all are the
        same, ``np.broadcast_to(y, (members, n))`` costs no memory.
    args : tuple, optional
        Further arguments, of all members; those in ``batched`` member by member.
    batched : int or tuple of ints, optional
        The positions in ``args`` of arrays whose first axis is that of the members, so that
        each member is given its own part, a float or an array of floats. By default there are
        none; but where an array has as many rows as there are members it must be said.
    t_eval : float array, optional
        Times of output, ``(nt,)``, or ``(members, nt)``.
    events : function or sequence of functions, optional
        As for `solve_ivp`. Members with events are integrated one after another in each thread.
    rtol, atol, order, max_step, max_steps
        As for `solve_ivp`, for each member.
    workers : int, optional
        Threads; by default as many as there are processors, with an executor one for each task.
    executor : concurrent.futures.Executor, optional
        What runs the members, in tasks of ``chunk``: processes, or other machines. What it
        pickles, such as ``fun``, must be picklable for it.
    chunk : int, optional
        Members of a task.

    Returns
    -------
    OdeResult
        ``y`` of shape ``(members, n)`` are the final states and ``t`` ``(members,)`` their times;
        with ``t_eval`` ``y`` has the shape ``(members, n, nt)``, nan from where a member has not
        come to, ``t`` is ``t_eval``, and ``y_end`` and ``t_end`` are the final states and times.
        ``status``, ``success``, ``nsteps`` are arrays ``(members,)`` and ``messages`` is a list,
        all as of `solve_ivp`; a member that fails leaves its last good state. With events,
        ``t_events[member][event]`` and ``y_events[member][event]``.

    Notes
    -----
    Eight at a time go systems of up to some sixty products, quotients and functions, without
    events, kinks and jumps; others one after another in each thread. Where the program of
    ``fun`` branches on an argument, it is compiled anew for each of its values.

    Examples
    --------
    A thousand pendulums, each of its own length and from its own height:

    >>> import numpy as np, taylorad as ta
    >>> def pendulum(t, y, length):
    ...     return y[1], -9.81 / length * np.sin(y[0])
    >>> lengths, heights = np.linspace(0.5, 2, 1000), np.linspace(0.1, 3, 1000)
    >>> y0 = np.stack([heights, 0 * heights], axis=1)
    >>> s = ta.ode.ensemble(pendulum, (0, 5), y0, (lengths,), batched=0)
    >>> print(s.y.shape, s.success.all())
    (1000, 2) True
    >>> one = ta.ode.solve_ivp(pendulum, (0, 5), y0[7], args=(lengths[7],))
    >>> print(np.abs(one.y[:, -1] - s.y[7]).max() < 1e-13)
    True
    """
    y = given.states(y0)
    members, shape = len(y), y.shape[1:]
    starts, ends = given.spans(t_span, members)
    own = _batched(batched, args, members)
    arguments = tuple(
        np.ascontiguousarray(a, dtype=float) if i in own else a for i, a in enumerate(args)
    )
    watched = events_of(events)
    task = Trajectories(
        fun, arguments, own, starts, ends, y.reshape(members, math.prod(shape)), shape,
        _parameters(arguments, own, members), given.wanted_by_each(t_eval, starts, ends),
        given.Tolerances.of(rtol, atol, order, np.zeros(shape)),
        given.positive(max_step, "max_step"),
        ENDLESS if max_steps is None else order_of(max_steps, "max_steps", 1), watched or (),
    )  # fmt: skip
    if workers is not None:
        workers = order_of(workers, "workers", 1)
    if executor is None:
        found = integrate(task, workers or processors())
    else:
        size = 0 if chunk is None else order_of(chunk, "chunk", 1)
        found = _elsewhere(executor, task, workers or 1, size)
    return _result(task, found, None if t_eval is None else np.array(t_eval, dtype=float), watched)


def _batched(batched: Any, args: Sequence[Any], members: int) -> frozenset[int]:
    """The positions of the arguments that each member has for itself."""
    if not isinstance(args, tuple | list):
        raise ArgumentTypeError(f"args must be a tuple of arguments, got {args!r}; write (x,)")
    if batched is None:
        for i, a in enumerate(args):
            if isinstance(a, np.ndarray) and members > 1 and a.shape[:1] == (members,):
                raise ArgumentValueError(
                    f"args[{i}] has as many rows as there are members: write batched=({i},) if "
                    "each member has its own, or batched=() if all have the whole"
                )
        return frozenset()
    positions = batched if isinstance(batched, tuple | list) else (batched,)
    for i in positions:
        at = order_of(i, "batched")
        if at >= len(args):
            raise ArgumentValueError(f"batched names args[{at}], but there are {len(args)}")
        a = np.asarray(args[at])
        if a.dtype.kind not in "fiu":
            raise ArgumentTypeError(f"args[{at}] must be an array of floats, got {args[at]!r}")
        if a.shape[:1] != (members,):
            raise ShapeError(
                f"args[{at}] has the shape {a.shape}, not a row for each of the {members} members"
            )
    return frozenset(positions)


def _parameters(args: tuple, own: frozenset[int], members: int) -> np.ndarray:
    """The floats of the arguments, a row for each member."""
    columns = [np.empty((members, 0))]
    for i, a in enumerate(args):
        if i in own:
            columns.append(a.reshape(members, -1) if members else a.reshape(0, a[:0].size))
        else:
            columns.append(np.tile(parameters_of((a,)), (members, 1)))
    return np.ascontiguousarray(np.hstack(columns))


def _elsewhere(executor: Executor, task: Trajectories, workers: int, size: int) -> Found:
    """By an executor, a part of the members in each of its tasks."""
    found = Found.begun(task)
    size = size or max(64, math.ceil(len(task) / (4 * getattr(executor, "_max_workers", 16))))
    parts = [slice(i, i + size) for i in range(0, len(task), size)]
    jobs = [executor.submit(integrate, task.taken(part), workers) for part in parts]
    try:
        for part, job in zip(parts, jobs, strict=True):
            found.put(part, job.result())
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        if "pickle" not in str(error) and "local object" not in str(error):  # Python 3.13's words
            raise
        raise ArgumentTypeError(
            f"the executor cannot pickle what it shall run ({error}): the right-hand side, events "
            "and arguments must be picklable, such as functions of a module"
        ) from error
    finally:
        for job in jobs:
            job.cancel()
    return found


def _result(task: Trajectories, found: Found, times: np.ndarray | None, watched) -> OdeResult:
    members, shape = len(task), task.shape
    status = np.where(found.reason == END, 0, np.where(found.reason == STOPPED, 1, -1))
    ends = found.y.reshape(members, *shape)
    result = OdeResult(t=found.t, y=ends)
    if times is not None:
        samples = np.ascontiguousarray(found.samples.transpose(0, 2, 1))
        result.update(
            t=times, y=samples.reshape(members, *shape, task.wanted.shape[1]),
            t_end=found.t, y_end=ends,
        )  # fmt: skip
    if watched is not None:
        result["t_events"] = [[t for t, _ in events] for events in found.events]
        result["y_events"] = [[y.reshape(-1, *shape) for _, y in events] for events in found.events]
    result.update(
        status=status, success=status >= 0, nsteps=found.steps,
        messages=[
            MESSAGES[END] if reason == END else _message(task, found, i)
            for i, reason in enumerate(found.reason)
        ],
    )  # fmt: skip
    return result


def _message(task: Trajectories, found: Found, i: int) -> str:
    def slopes(t, y):
        return task.fun(t, task.state_of(y), *task.args_of(i))

    return explained(found.reason[i], float(found.t[i]), found.y[i], int(found.steps[i]), slopes)
