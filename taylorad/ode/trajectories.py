"""Many trajectories of one right-hand side: what they are, and how they are integrated here.

Small systems go eight at a time in lanes, others one after another in each thread.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .batches import BATCH
from .events import Event, watch_of
from .integration import Integration
from .members import ALONE, Members, batch_of, march
from .options import Tolerances
from .recording import Motion
from .stepping import TOO_MANY, propagate
from .system import System, system

#: Steps between two looks whether others have failed.
CHUNK = 1000


@dataclass(frozen=True)
class Trajectories:
    """Initial value problems that differ by their numbers only."""

    fun: Callable
    #: For each argument its value, or those of all members, one behind the other.
    args: tuple
    #: Which arguments are of the second kind.
    batched: frozenset[int]
    starts: np.ndarray  #: (members,)
    ends: np.ndarray  #: (members,)
    y: np.ndarray  #: (members, n)
    shape: tuple[int, ...]  #: of a state as the right-hand side takes it
    par: np.ndarray  #: (members, p): the floats of the arguments
    wanted: np.ndarray  #: (members or 1, s)
    tolerances: Tolerances
    longest: float
    most: int
    events: tuple[Event, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    def taken(self, which) -> Trajectories:
        """Some of them, by a slice or indices."""
        args = (a[which] if i in self.batched else a for i, a in enumerate(self.args))
        return replace(
            self, args=tuple(args), starts=self.starts[which], ends=self.ends[which],
            y=self.y[which], par=self.par[which],
            wanted=self.wanted[which] if len(self.wanted) > 1 else self.wanted,
        )  # fmt: skip

    def args_of(self, i: int) -> tuple:
        """The arguments of one member."""
        given = enumerate(self.args)
        found = (a[i] if j in self.batched else a for j, a in given)
        return tuple(float(a) if isinstance(a, np.floating) else a for a in found)

    def state_of(self, y: np.ndarray) -> np.ndarray:
        return y.reshape(self.shape)

    def system_of(self, i: int, backend: str = "batch") -> System:
        """The system as it is read for one member."""
        tolerances = self.tolerances
        return system(
            self.fun, self.starts[i], self.state_of(self.y[i]), self.args_of(i),
            order=tolerances.order, events=tuple(e.function for e in self.events),
            componentwise=tolerances.componentwise, backend="auto" if self.events else backend,
        )  # fmt: skip

    def systems(self) -> Iterator[tuple[System, Any]]:
        """Systems, and the members that each is good for."""
        finite = np.isfinite(self.y).all(1) & np.isfinite(self.par).all(1)
        first = self.system_of(int(np.argmax(finite)))
        if not first.particular:
            yield first, slice(None)
            return
        # its program takes its way by the arguments
        _, same = np.unique(self.par, axis=0, return_inverse=True)
        for kind in range(same.max() + 1):
            which = np.flatnonzero(same.reshape(-1) == kind)
            yield self.system_of(which[0]), which


@dataclass
class Found:
    """What became of trajectories, member by member."""

    t: np.ndarray  #: (members,): the last time
    y: np.ndarray  #: (members, n): the state there
    samples: np.ndarray  #: (members, s, n)
    reason: np.ndarray  #: (members,): why they have stopped
    steps: np.ndarray  #: (members,)
    #: For each member the times and states of each event.
    events: list[list[tuple[np.ndarray, np.ndarray]]]

    @classmethod
    def begun(cls, task: Trajectories) -> Found:
        """Before the first step."""
        members, n = task.y.shape
        return cls(
            task.starts.copy(), task.y.copy(), np.full((members, task.wanted.shape[1], n), np.nan),
            np.zeros(members, dtype=np.int64), np.zeros(members, dtype=np.int64),
            [[] for _ in range(members)],
        )  # fmt: skip

    def put(self, which, part: Found) -> None:
        """Take what was found of some of them."""
        for name in ("t", "y", "samples", "reason", "steps"):
            getattr(self, name)[which] = getattr(part, name)
        for i, events in zip(np.arange(len(self.t))[which], part.events, strict=True):
            self.events[i] = events


def integrate(task: Trajectories, workers: int) -> Found:
    """All of them, in this process, by as many threads."""
    found = Found.begun(task)
    if len(task) == 0:
        return found
    for made, which in task.systems():
        part = task if isinstance(which, slice) else task.taken(which)
        run = in_lanes if made.batch > 1 else one_by_one
        found.put(which, run(made, part, workers))
    return found


def in_lanes(made: System, task: Trajectories, workers: int) -> Found:
    """Eight at a time in each thread."""
    found = Found.begun(task)
    members = Members(
        np.zeros(1, dtype=np.int64), task.ends, task.par, task.wanted, found.t, found.y,
        found.samples, found.reason, found.steps,
    )  # fmt: skip
    stop = np.zeros(1, dtype=np.int64)

    def work():
        batch = batch_of(made.dimension, made.parameters, made.order)
        march(
            made.address, batch, members, task.tolerances.floor, task.longest, task.most, stop
        )  # fmt: skip

    in_threads(work, min(workers, -(-len(task) // BATCH)), stop)
    alone = np.flatnonzero(found.reason == ALONE)
    if alone.size:
        some = task.taken(alone)
        found.put(alone, one_by_one(some.system_of(0, "auto"), some, workers))
    return found


def one_by_one(made: System, task: Trajectories, workers: int) -> Found:
    """One after another in each thread."""
    found = Found.begun(task)
    queue, stop = itertools.count(), np.zeros(1, dtype=np.int64)
    run = _recorded if made.roots or task.wanted.shape[1] else _propagated

    def work():
        for i in queue:  # no two threads get the same
            if i >= len(task) or stop[0]:
                return
            run(made, task, i, found, stop)

    in_threads(work, min(workers, len(task)), stop)
    return found


def _propagated(made: System, task: Trajectories, i: int, found: Found, stop) -> None:
    """A member of which nothing but the end is wanted."""
    y, low = found.y[i], np.zeros(made.dimension)
    motion = Motion(y, low, task.par[i], task.tolerances.floor, made.scratch())
    coefficients = np.empty((made.order + 1, made.width))
    t, rest, steps, status = task.starts[i], 0.0, 0, TOO_MANY
    while status == TOO_MANY and steps < task.most and not stop[0]:
        status, t, rest, taken = propagate(
            made.address, t, rest, task.ends[i], task.longest, min(task.most - steps, CHUNK),
            motion, coefficients,
        )  # fmt: skip
        steps += taken
    found.t[i], found.reason[i], found.steps[i] = t, status, steps


def _recorded(made: System, task: Trajectories, i: int, found: Found, stop) -> None:
    """A member with output on its way."""
    integration = _integration(made, task, i)
    integration.run(lambda t: _leave_if(stop))
    found.t[i], found.y[i] = integration.t, integration.motion.y
    samples = integration.points()[1]
    found.samples[i, : len(samples)] = samples
    found.reason[i], found.steps[i] = integration.status, integration.now["steps"]
    found.events[i] = [integration.found(j) for j in range(len(task.events))]


def _integration(made: System, task: Trajectories, i: int) -> Integration:
    args = task.args_of(i)

    def called(event: Event):
        callback = event.callback
        return callback and (lambda t, y: callback(t, task.state_of(y), *args))

    return Integration(
        made, task.starts[i], task.ends[i], task.y[i], task.par[i], task.tolerances.floor,
        watch=watch_of(task.events, made.order) if made.roots else None,
        wanted=task.wanted[min(i, len(task.wanted) - 1)], longest=task.longest, most=task.most,
        callbacks=[called(event) for event in task.events],
    )  # fmt: skip


class Stopped(Exception):
    """An integration was left because another one failed, or the user wants no more."""


def _leave_if(stop: np.ndarray) -> None:
    if stop[0]:
        raise Stopped


def in_threads(work: Callable[[], None], count: int, stop: np.ndarray) -> None:
    """Let threads do the work; where one fails, or on an interrupt, all stop."""
    with ThreadPoolExecutor(count) as pool:
        jobs = [pool.submit(work) for _ in range(count)]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            stop[0] = 1
            raise


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
