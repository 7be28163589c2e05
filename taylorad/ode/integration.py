"""One integration: the compiled loop, and what Python does where it returns.

Memory that is full grows here, callbacks are called, an interrupt from the keyboard is
noticed and progress shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ShapeError, UnsupportedError
from . import stiff
from .crossings import Watch
from .dense import DenseSolution
from .recording import (
    CALL,
    FOUND,
    FULL,
    PAUSE,
    PROGRESS,
    SLIDING,
    STOPPED,
    Derived,
    Motion,
    Output,
    expand,
    record,
)
from .stepping import END, NOT_FINITE, TOO_MANY, TOO_SMALL

if TYPE_CHECKING:
    from .sensitivities import Sensitivities

#: Rows of memory to begin with, as long as they are not large.
ROWS, LARGE = 64, 1 << 22
#: Seconds between two looks at the keyboard and the progress bar, and steps until the first.
GLANCE, FIRST = 0.1, 1000
#: How often it is looked whether the problem is stiff.
LOOKS = 3

MESSAGES = {
    END: "The solver successfully reached the end of the integration interval.",
    STOPPED: "A termination event occurred.",
    NOT_FINITE: (
        "The solution's Taylor coefficients are not finite at t = {t!r}: {why}. "
        "The result ends with the last good state."
    ),
    TOO_SMALL: (
        "At t = {t!r} the step that the tolerances ask for is below the spacing of floats: the "
        "solution has a singularity there, or varies faster than time is known. "
        "The result ends with the last good state."
    ),
    SLIDING: (
        "At t = {t!r} the solution is held at a jump of the right-hand side, which points towards "
        "it from both sides. Make the jump smooth, such as by tanh(x / width) for sign(x), or "
        "stop there with a terminal event and go on with the equations that hold on the jump. "
        "The result ends with the last good state."
    ),
    TOO_MANY: "max_steps = {steps} steps were taken, up to t = {t!r}.",
}


class Integration:
    """A system on its way from one time to another.

    Parameters
    ----------
    system : System
    start, end : float
    y : float array ``(n,)``
        The initial state; not changed.
    par, floor : float arrays
        As the native step takes them.
    wanted : float array, optional
        Times of output; without them the ends of all steps are recorded.
    dense : bool
        Whether all polynomials are kept.
    watch : Watch, optional
        The events; needed for a system that has roots, events or switches.
    callbacks : sequence of functions
        For each event ``callback(t, y)``, or None; a state that it returns takes the place of
        the present one.
    sensitivities : Sensitivities, optional
        Derivatives by inputs that travel along.
    """

    def __init__(
        self, system: Any, start: float, end: float, y: np.ndarray, par: np.ndarray,
        floor: np.ndarray, *, watch: Watch | None = None, wanted: np.ndarray | None = None,
        dense: bool = False, sensitivities: Sensitivities | None = None,
        longest: float = np.inf, first: float = np.inf, most: int | None = None,
        callbacks: Sequence[Callable | None] = (),
    ):  # fmt: skip
        self.system, self.start, self.end = system, start, end
        self.watch: Any = watch
        self.callbacks: Sequence[Any] = callbacks
        n, columns = system.dimension, system.width
        self.motion = Motion(y.copy(), np.zeros(n), par, floor, system.scratch())
        self.progress = np.zeros(1, PROGRESS)
        self.now = now = self.progress[0]
        now["high"], now["end"], now["longest"], now["first"] = start, end, longest, first
        now["roots"] = system.roots
        now["most"] = np.iinfo(np.int64).max if most is None else most
        rows = max(1, min(ROWS, LARGE // (8 * columns * (system.order + 1))))
        found = 0 if watch is None else 2 * len(watch.events) * (system.order + 2)
        self.output = Output(
            np.empty(ROWS if wanted is None else 0),
            np.empty((ROWS if wanted is None else 0, n)),
            np.empty((rows if dense else 0, 2)),
            np.empty((rows if dense else 1, system.order + 1, columns)),
            np.empty(0) if wanted is None else wanted,
            np.empty((0 if wanted is None else len(wanted), n)),
            np.empty(found, FOUND), np.empty((found, n)),
        )  # fmt: skip
        self.lifts: Any = None
        self.derived: Any = None
        if sensitivities is not None:
            self.lifts = sensitivities.memory()
            size = self.lifts.now.size
            self.derived = Derived(
                np.empty((len(self.output.times), size)),
                np.empty((len(self.output.wanted), size)),
                np.empty((found, size)), np.empty((found, n + 1)),
                np.empty((len(self.output.starts), self.lifts.kept.size)),
            )  # fmt: skip
        if wanted is None:
            self._record_state()
        elif len(wanted) and wanted[0] == start:
            self.output.samples[0] = y
            if self.lifts is not None:
                self.derived.samples[0] = self.lifts.now
            now["samples"] = 1
        self.status = END

    def _record_state(self) -> None:
        now, output = self.now, self.output
        if now["states"] == len(output.times):
            self._grow()
        self.output.times[now["states"]] = now["high"]
        self.output.states[now["states"]] = self.motion.y
        if self.lifts is not None:
            self.derived.states[now["states"]] = self.lifts.now
        now["states"] += 1

    def _grow(self) -> None:
        """Twice the memory for what has less than half of its memory left."""
        now = self.now
        for memory, names, used in (
            ("output", ("times", "states"), now["states"]),
            ("derived", ("states",), now["states"]),
            ("output", ("starts", "pieces"), now["pieces"]),
            ("derived", ("pieces",), now["pieces"]),
            ("output", ("found", "found_states"), now["found"]),
            ("derived", ("found", "slopes"), now["found"]),
        ):
            arrays = getattr(self, memory)
            if arrays is None:
                continue
            changed = {}
            for name in names:
                old = getattr(arrays, name)
                if used and 2 * used >= len(old):
                    changed[name] = np.empty((2 * len(old), *old.shape[1:]), old.dtype)
                    changed[name][:used] = old[:used]
            setattr(self, memory, arrays._replace(**changed))

    def run(self, shown: Callable[[float], None] | None = None) -> None:
        """Goes on until there is nothing to do; ``shown`` is told the time now and then."""
        now, chunk = self.now, FIRST
        now["pause"] = now["steps"] + chunk
        began, looks, before = time.perf_counter(), 0, self.t
        while True:
            self.status = record(
                self.system.address, self.motion, self.progress, self.output, self.watch,
                self.lifts, self.derived,
            )  # fmt: skip
            if self.status == FULL:
                self._grow()
            elif self.status == CALL:
                self._call()
            elif self.status == PAUSE:
                ended = time.perf_counter()
                if looks < LOOKS and stiff.check(self, (self.t - before) / chunk):
                    looks = LOOKS
                looks, before = looks + 1, self.t
                scale = GLANCE / max(ended - began, 1e-9)
                chunk = max(1, int(chunk * min(max(scale, 0.1), 10.0)))
                now["pause"] = now["steps"] + chunk
                began = ended
                if shown:
                    shown(float(now["high"]))
            else:
                return

    def _call(self) -> None:
        """The callback of the event that was found last, and the state that it returns."""
        now, motion = self.now, self.motion
        event = self.output.found["event"][now["found"] - 1]
        new = self.callbacks[event](float(now["high"]), motion.y.copy())
        if new is None:
            return
        if self.lifts is not None:
            raise UnsupportedError(
                "a callback has returned a state: how it depends on the state before is not known, "
                "so sensitivities end here. Solve on from t_events and y_events, and multiply"
            )
        new = np.asarray(new, dtype=float)
        if new.size != motion.y.size:
            raise ShapeError(
                f"a callback returned {new.size} numbers for the {motion.y.size} components of y"
            )
        motion.y[:] = new.reshape(-1)
        motion.low[:] = 0.0
        if self.watch is not None:
            self.watch.events["side"] = 0
        if len(self.output.times):
            self._record_state()

    @property
    def t(self) -> float:
        return float(self.now["high"])

    def points(self) -> tuple[np.ndarray, np.ndarray]:
        """Times and states of the output, ``(nt,)`` and ``(nt, n)``."""
        out, now = self.output, self.now
        if len(out.times):
            return out.times[: now["states"]].copy(), out.states[: now["states"]]
        return out.wanted[: now["samples"]], out.samples[: now["samples"]]

    def derived_points(self) -> np.ndarray:
        """Derivatives by inputs at the times of the output."""
        if len(self.output.times):
            return self.derived.states[: self.now["states"]]
        return self.derived.samples[: self.now["samples"]]

    def derived_found(self, event: int) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives by inputs where an event was found, and slopes by time there."""
        count = self.now["found"]
        which = self.output.found["event"][:count] == event
        return self.derived.found[:count][which], self.derived.slopes[:count][which]

    def found(self, event: int) -> tuple[np.ndarray, np.ndarray]:
        """Times and states at which an event was found."""
        out, count = self.output, self.now["found"]
        which = out.found["event"][:count] == event
        return out.found["time"][:count][which], out.found_states[:count][which]

    def dense(self, shape: tuple[int, ...], derived=None) -> DenseSolution:
        """The polynomials of all steps; of none, those at the start."""
        out, count, n = self.output, self.now["pieces"], self.system.dimension
        starts, pieces = out.starts[:count], out.pieces[:count]
        if count == 0:
            starts = np.array([[self.t, 0.0]])
            pieces = np.zeros((1, *out.pieces.shape[1:]))
            expand(self.system.address, self.t, self.motion, pieces[0])
        pieces = np.ascontiguousarray(pieces[:, :, :n])
        return DenseSolution(starts.copy(), self.t, pieces, shape, derived)

    def message(self, slopes: Callable[[float, np.ndarray], Any]) -> str:
        """What the status means; ``slopes(t, y)`` is asked where something is not finite."""
        steps = int(self.now["steps"])
        return explained(self.status, self.t, self.motion.y, steps, slopes)


def explained(status: int, t: float, y: np.ndarray, steps: int, slopes: Callable) -> str:
    """What a loop's status means, where it has stopped in this state after these steps."""
    why = _reason(slopes, t, y) if status == NOT_FINITE else ""
    return MESSAGES[status].format(t=t, steps=steps, why=why)


def _reason(slopes: Callable[[float, np.ndarray], Any], t: float, y: np.ndarray) -> str:
    """Why a solution does not go on from here: its slopes, or what comes after."""
    try:
        with np.errstate(all="ignore"):
            finite = np.isfinite(np.asarray(slopes(t, y.copy()), dtype=float)).all()
    except Exception as error:  # whatever a user's function raises
        return f"the right-hand side raises {type(error).__name__} there ({error})"
    if not finite:
        return "the right-hand side is nan or infinite there"
    return "the solution blows up or has another singularity close behind it"
