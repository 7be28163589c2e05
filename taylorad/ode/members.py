"""The loop over an ensemble's members: eight at a time, each in a lane of its own.

A lane whose member has arrived takes the next one from a queue that all threads share, so no
lane waits for a slower neighbour and no thread for another.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba.core import types
from numba.extending import intrinsic

from .batches import (
    BATCH,
    BEFORE,
    BEFORE_LOW,
    END,
    HIGH,
    LENGTH,
    LONGEST,
    LOW,
    ROWS,
    WANTED,
)
from .pointers import compiled, take_steps
from .recording import copy, sample
from .stepping import END as ARRIVED
from .stepping import NOT_FINITE, TOO_MANY, TOO_SMALL

#: What the bits of the steps' flags tell, eight by eight.
FLAGS = 5
#: Why a member leaves that has to be integrated alone.
ALONE = -2


class Members(NamedTuple):
    """An ensemble: what its members start with, and what is found of them."""

    queue: np.ndarray  #: (1,): the next member that nobody has taken
    ends: np.ndarray  #: (members,): the times where they go
    par: np.ndarray  #: (members, p)
    wanted: np.ndarray  #: (members or 1, s): times of samples
    t: np.ndarray  #: (members,): their times
    y: np.ndarray  #: (members, n): their states
    samples: np.ndarray  #: (members, s, n)
    status: np.ndarray  #: (members,): why they have stopped
    steps: np.ndarray  #: (members,)


class Batch(NamedTuple):
    """Eight members on their way."""

    clocks: np.ndarray  #: (ROWS, 8)
    y: np.ndarray  #: (n, 8)
    low: np.ndarray  #: (n, 8)
    par: np.ndarray  #: (p, 8)
    coefficients: np.ndarray  #: (K + 1, n, 8)
    member: np.ndarray  #: (8,): who is in the lane
    begun: np.ndarray  #: (8,): after how many steps of the batch
    sampled: np.ndarray  #: (8,): samples that are done


@intrinsic
def claim(typingctx, queue):
    """Take a number; no two threads get the same."""

    def codegen(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        one = context.get_constant(types.int64, 1)
        return builder.atomic_rmw("add", data, one, "monotonic")

    return types.int64(queue), codegen


@compiled
def enter(batch, b, members, passes):
    """The next member that is not at its end already takes lane ``b``; whether there is one."""
    while True:
        i = claim(members.queue)
        if i >= members.ends.size:
            return False
        start, end = members.t[i], members.ends[i]
        wanted = members.wanted[min(i, members.wanted.shape[0] - 1)]
        done = 0
        while done < wanted.size and wanted[done] == start:
            copy(members.y[i], members.samples[i, done])
            done += 1
        if start != end:
            break
        members.status[i] = ARRIVED
    clocks = batch.clocks
    batch.member[b], batch.begun[b], batch.sampled[b] = i, passes, done
    clocks[HIGH, b], clocks[LOW, b], clocks[END, b] = start, 0.0, end
    clocks[WANTED, b] = wanted[done] if done < wanted.size else math.inf
    for j in range(batch.y.shape[0]):
        batch.y[j, b], batch.low[j, b] = members.y[i, j], 0.0
    for j in range(batch.par.shape[0]):
        batch.par[j, b] = members.par[i, j]
    return True


@compiled
def rest_as(batch, b, other):
    """An empty lane gets a harmless state, that of another lane, at its end."""
    for j in range(batch.y.shape[0]):
        batch.y[j, b], batch.low[j, b] = batch.y[j, other], 0.0
    for j in range(batch.par.shape[0]):
        batch.par[j, b] = batch.par[j, other]
    clocks = batch.clocks
    clocks[HIGH, b] = clocks[LOW, b] = clocks[END, b] = 0.0
    clocks[WANTED, b] = math.inf


@compiled
def leave(batch, b, members, passes, status):
    """The member in lane ``b`` has finished; the lane repeats its state until it is taken."""
    i = batch.member[b]
    members.t[i], members.status[i] = batch.clocks[HIGH, b], status
    members.steps[i] = passes - batch.begun[b] - (status == NOT_FINITE)
    for j in range(batch.y.shape[0]):
        members.y[i, j] = batch.y[j, b]
    clocks = batch.clocks
    clocks[END, b], clocks[LOW, b], clocks[WANTED, b] = clocks[HIGH, b], 0.0, math.inf


@compiled
def record_samples(batch, b, members):
    """Samples of the member in lane ``b`` within the last step."""
    i, clocks, h = batch.member[b], batch.clocks, batch.clocks[LENGTH, b]
    wanted = members.wanted[min(i, members.wanted.shape[0] - 1)]
    done = sample(
        wanted, members.samples[i], batch.sampled[b], clocks[BEFORE, b], clocks[BEFORE_LOW, b],
        batch.coefficients[:, :, b], batch.y[:, b], h, h, None, None,
    )  # fmt: skip
    batch.sampled[b] = done
    clocks[WANTED, b] = wanted[done] if done < wanted.size else math.inf


@compiled
def why(flags, b):
    """Why the member in lane ``b`` stops, or -1."""
    if flags >> (4 * BATCH + b) & 1:
        return ALONE
    if flags >> b & 1:
        return ARRIVED
    if flags >> (BATCH + b) & 1:
        return NOT_FINITE
    if flags >> (2 * BATCH + b) & 1:
        return TOO_SMALL
    return -1


@compiled
def march(address, batch, members, floor, longest, most, stop):
    """Takes members from the queue until there are none, and integrates them.

    Parameters
    ----------
    address : int
        Of the native step of eight.
    batch : Batch
    members : Members
    floor : float array
        As the step takes it.
    longest : float
        The longest step.
    most : int
        The largest number of steps of a member.
    stop : int array ``(1,)``
        Where it is not zero, the loop ends.
    """
    active = passes = 0
    for b in range(BATCH):
        batch.clocks[LONGEST, b] = longest
        if enter(batch, b, members, 0):
            active |= 1 << b
        elif active:
            rest_as(batch, b, 0)
    due = most
    while active and stop[0] == 0:
        flags = take_steps(
            address, batch.clocks, batch.y, batch.low, batch.par, floor, batch.coefficients
        )
        passes += 1
        told = 0
        for i in range(FLAGS):
            told |= flags >> (BATCH * i)
        if told & active == 0 and passes < due:
            continue
        due = passes + most
        for b in range(BATCH):
            if active >> b & 1 == 0:
                continue
            status = why(flags, b)
            if status not in (NOT_FINITE, ALONE) and flags >> (3 * BATCH + b) & 1:
                record_samples(batch, b, members)
            if status == -1 and passes - batch.begun[b] >= most:
                status = TOO_MANY
            if status != -1:
                leave(batch, b, members, passes, status)
                if not enter(batch, b, members, passes):
                    active ^= 1 << b
                    continue
            due = min(due, batch.begun[b] + most)


def batch_of(n: int, p: int, order: int) -> Batch:
    """Memory for members of this many components and parameters."""
    from .system import aligned

    def numbers(*shape: int) -> np.ndarray:
        return aligned(math.prod(shape)).reshape(shape)

    lanes = (np.zeros(BATCH, dtype=np.int64) for _ in range(3))
    return Batch(
        numbers(ROWS, BATCH), numbers(n, BATCH), numbers(n, BATCH), numbers(p, BATCH),
        numbers(order + 1, n, BATCH), *lanes,
    )  # fmt: skip
