"""Event functions as users write them: attributes, and what they mean."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import ArgumentTypeError, ArgumentValueError
from .crossings import Watch, watch


@dataclass(frozen=True)
class Event:
    """An event function with what its attributes say."""

    function: Callable
    direction: int
    #: How often it is found until the integration ends, 0 for never.
    stops: int
    callback: Callable | None

    @classmethod
    def of(cls, function: Any) -> Event:
        name = getattr(function, "__name__", repr(function))
        if not callable(function):
            raise ArgumentTypeError(f"an event is a function event(t, y, *args), got {function!r}")
        callback = getattr(function, "callback", None)
        if callback is not None and not callable(callback):
            raise ArgumentTypeError(f"the callback of the event {name} is not callable")
        try:
            direction = float(getattr(function, "direction", 0))
        except TypeError:
            raise ArgumentTypeError(f"the direction of the event {name} is not a number") from None
        return cls(
            function, (direction > 0) - (direction < 0), _stops(function, name), callback
        )  # fmt: skip


def _stops(function: Any, name: str) -> int:
    terminal = getattr(function, "terminal", None)
    if terminal is None:
        return 0
    try:
        stops = operator.index(bool(terminal) if isinstance(terminal, np.bool_) else terminal)
    except TypeError:
        stops = -1
    if stops < 0:
        raise ArgumentValueError(
            f"the attribute terminal of the event {name} must be a bool or a number of times, "
            f"got {terminal!r}"
        )
    return stops


def events_of(events: Any) -> tuple[Event, ...] | None:
    """The events that a user gave: None, one function or several."""
    if events is None:
        return None
    return tuple(map(Event.of, events if isinstance(events, list | tuple) else (events,)))


def watch_of(events: tuple[Event, ...], order: int) -> Watch:
    """What the loop needs to look for these events along polynomials of the order."""
    return watch(
        [e.direction for e in events], [e.stops for e in events],
        [e.callback is not None for e in events], order,
    )  # fmt: skip
