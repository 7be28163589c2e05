"""The loop with output: states, samples, polynomials and events.

It returns where memory is full, an event calls, or a pause is due, and goes on where it was
when it is called again; Python does in between what is not worth compiling.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .crossings import look, quiet, stop_within
from .lifted import cross, go_back, land, lift, lifted
from .limits import is_held, reach, until_switched
from .pointers import compiled, out_of_line, take_step
from .polynomials import evaluate, slopes
from .stepping import (
    END,
    NOT_FINITE,
    TOO_MANY,
    TOO_SMALL,
    at_most,
    fits,
    moved,
    vanishing,
)

#: More reasons why the loop has returned.
FULL, PAUSE, STOPPED, CALL, SLIDING = 4, 5, 6, 7, 8

#: How much shorter a step may become for the sake of events: they may have singularities.
SHORTEST = 1e-6
#: Where so many steps in sequence lie between switches and are nothing, it will go on like that.
MOST_HELD = 30

#: Where the loop is: time as a sum, and how much there is of everything.
PROGRESS = np.dtype(
    [
        ("high", "f8"), ("low", "f8"), ("end", "f8"), ("longest", "f8"), ("first", "f8"),
        ("most", "i8"), ("pause", "i8"),
        ("steps", "i8"), ("states", "i8"), ("samples", "i8"), ("pieces", "i8"), ("found", "i8"),
        ("held", "i8"), ("roots", "i8"),
    ],
    align=True,
)  # fmt: skip

#: An event that was found, and when.
FOUND = np.dtype([("event", "i8"), ("time", "f8")])


class Motion(NamedTuple):
    """What a native step works on."""

    y: np.ndarray  #: (n,)
    low: np.ndarray  #: (n,): the state is ``y + low``
    par: np.ndarray
    floor: np.ndarray
    work: np.ndarray


class Output(NamedTuple):
    """Memory for what the loop records; what is not wanted has no rows."""

    times: np.ndarray  #: (r,): ends of steps
    states: np.ndarray  #: (r, n)
    starts: np.ndarray  #: (p, 2): starts of polynomials, as sums
    pieces: np.ndarray  #: (max(p, 1), K + 1, n + m): their coefficients
    wanted: np.ndarray  #: (s,): times of samples
    samples: np.ndarray  #: (s, n)
    found: np.ndarray  #: (f,) `FOUND`: events in the order in which they were found
    found_states: np.ndarray  #: (f, n)


class Derived(NamedTuple):
    """Memory for derivatives by inputs, beside that of `Output`; see `Lifts`."""

    states: np.ndarray  #: (r, count * rows * lanes)
    samples: np.ndarray  #: (s, count * rows * lanes)
    found: np.ndarray  #: (f, count * rows * lanes)
    slopes: np.ndarray  #: (f, n + 1): slopes of the state and of the event by time
    pieces: np.ndarray  #: (p, count * rows * (K + 1) * lanes)


@compiled
def expand(address, t, motion, coefficients):
    """The polynomials of the solution at a time, by a step of length zero."""
    return take_step(
        address, t, 0.0, motion.y, motion.low, motion.par, motion.floor, coefficients, motion.work
    )  # fmt: skip


@compiled
def copy(source, target):
    for i in range(source.size):
        target[i] = source[i]


@compiled
def sample(wanted, samples, done, high, low, coefficients, y, h, s, lifts, derived):
    """Values at the wanted times within ``s`` of the start of a step of length ``h``.

    At the end of the step it is the state itself. Returns how many are done then.
    """
    out_of_line()
    while done < wanted.size:
        since = (wanted[done] - high) - low
        if abs(since) > abs(s):
            break
        if since == h:
            copy(y, samples[done])
        else:
            evaluate(coefficients, since, samples[done])
        if lifts is not None:
            lifted(lifts.shape, lifts.kept, since, derived.samples[done])
        done += 1
    return done


@compiled
def occur(watch, found, states, now, coefficients, n, h, final, lifts, derived):
    """Records the events of a step; how far it goes, and why no further."""
    out_of_line()
    known = np.int64(0)  # a literal one would have a version of `look` of its own
    for j in range(watch.events.size):
        if watch.events[j].loud:
            known = look(watch, j, known, coefficients, n, now.high, h, final)
    for i in range(known):
        occurrence = watch.occurrences[i]
        event, s, after = watch.events[occurrence.which], occurrence.moment, occurrence.after
        crossed = after != event.side
        event.side = after
        if event.direction != 0 and not (crossed and event.direction == after):
            continue
        event.count += 1
        found[now.found].event, found[now.found].time = occurrence.which, now.high + (now.low + s)
        evaluate(coefficients, s, states[now.found])
        if lifts is not None:
            lifted(lifts.shape, lifts.kept, s, derived.found[now.found])
            slopes(coefficients, n + occurrence.which, s, derived.slopes[now.found])
        now.found += 1
        stops = event.count == event.stops
        if stops or event.calls:
            stop_within(watch.events, coefficients, n, s)
            return s, STOPPED if stops else CALL
    return h, END


@compiled
def record(address, motion, progress, output, watch, lifts, derived):
    """Steps until the end or until something has to be done; see the top of this file.

    Parameters
    ----------
    address : int
        Of the native step function.
    motion : Motion
    progress : array of one `PROGRESS`
    output : Output
    watch : Watch or None
        Without events and switches the loop is another, and small.
    lifts : Lifts or None
        Derivatives by inputs that travel along.
    derived : Derived or None
        Memory for them.

    Returns
    -------
    int
        Why it has returned: ``END``, ``PAUSE``, ...
    """
    now = progress[0]
    y, low, par, floor, work = motion
    times, states, starts, pieces, wanted, samples, found, found_states = output
    n, columns, m = y.size, y.size + now.roots, 0
    if watch is not None:
        m = watch.events.size
    most_found = m * (pieces.shape[1] + 1)
    coefficients, start, kept = pieces[0], np.empty(n), np.empty(n)
    while True:
        left = (now.end - now.high) - now.low
        if left == 0.0:
            return END
        if now.steps == now.most:
            return TOO_MANY
        if now.steps == now.pause:
            return PAUSE
        if (
            now.states == times.size > 0
            or now.pieces == starts.shape[0] > 0
            or (m > 0 and now.found + most_found > found.size)
        ):
            return FULL
        if starts.shape[0]:
            coefficients = pieces[now.pieces]
        longest = now.longest if now.steps else min(now.longest, now.first)
        own, switched = 0.0, False
        copy(y, start)
        copy(low, kept)
        while True:
            asked = at_most(left, longest)
            h = take_step(address, now.high, asked, y, low, par, floor, coefficients, work)
            if not math.isfinite(h):
                return NOT_FINITE
            own, far = max(own, abs(h)), abs(h)
            if watch is not None and not switched:
                far = max(reach(coefficients, n, columns, h), SHORTEST * own)
                if columns > n + m and far >= abs(h):
                    far = until_switched(
                        watch, coefficients, n + m, columns, n, now.high, h, now.held
                    )
                    switched = far < abs(h)
            unlimited = far >= abs(h) and h == asked and not switched
            if (
                unlimited and vanishing(coefficients, n)
                and not fits(address, now.high, h, n, par, floor, coefficients, work)
            ):  # fmt: skip
                far = 0.5 * abs(h)
            if far >= abs(h) and lifts is not None:
                land(lifts, coefficients, n)
                copy(lifts.states, lifts.earlier)
                due = now.samples < wanted.size
                if due:
                    due = abs((wanted[now.samples] - now.high) - now.low) <= abs(h)
                whole = times.size > 0 or starts.shape[0] > 0 or watch is not None
                lifts.keep[0] = 1 if whole or due else 0
                far = lift(lifts, coefficients, h)
                if far < abs(h):
                    copy(lifts.earlier, lifts.states)
                    switched = False
            if far >= abs(h):
                break
            longest = far
            copy(start, y)
            copy(kept, low)
        now.steps += 1
        s, status = h, END
        if lifts is not None and switched:
            cross(lifts, coefficients, n, n + m, columns, h)
        if watch is not None:
            if switched and is_held(now.high, coefficients, n, h, own):
                now.held += 1
            else:
                now.held = 0
            loud = False
            for j in range(m):
                event = watch.events[j]
                event.loud = not quiet(coefficients, n + j, h, event)
                loud |= event.loud != 0
            if loud:
                s, status = occur(
                    watch, found, found_states, now, coefficients, n, h, h == left, lifts, derived
                )
        if now.samples < wanted.size:
            now.samples = sample(
                wanted, samples, now.samples, now.high, now.low, coefficients, y, h, s, lifts,
                derived,
            )  # fmt: skip
        if s != h:
            evaluate(coefficients, s, y)
            for i in range(n):
                low[i] = 0.0
            if lifts is not None:
                go_back(lifts, n, s)
        elif lifts is not None and times.size:
            lifted(lifts.shape, lifts.kept, s, lifts.now)
        if starts.shape[0] and (s != 0.0 or now.pieces == 0):
            starts[now.pieces, 0], starts[now.pieces, 1] = now.high, now.low
            if lifts is not None:
                copy(lifts.kept, derived.pieces[now.pieces])
            now.pieces += 1
        stuck = s == h != left and now.high + h == now.high
        if s == left:
            now.high, now.low = now.end, 0.0
        else:
            now.high, now.low = moved(now.high, now.low, s)
        if times.size and (s != 0.0 or now.states == 0):
            times[now.states] = now.high
            copy(y, states[now.states])
            if lifts is not None:
                copy(lifts.now, derived.states[now.states])
            now.states += 1
        if status != END:
            return status
        if stuck:
            return TOO_SMALL
        if now.held == MOST_HELD:
            return SLIDING
