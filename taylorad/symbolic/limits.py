"""Time limits for what may take for ever: SymPy on large expressions."""

from __future__ import annotations

import ctypes
import threading
from _thread import start_new_thread
from collections.abc import Callable
from contextlib import suppress
from time import sleep
from typing import TypeVar

from ..errors import ArgumentValueError

T = TypeVar("T")
#: Raised again where it was caught on its way: SymPy has bare excepts.
_AGAIN = 0.2


class OutOfTime(BaseException):
    """The time is over; no ``except Exception`` holds this up."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work()`` returns, or `OutOfTime`.

    The exception is raised in this thread from another one: that works in any thread and on any
    system, where alarms are signals of the main thread.
    """
    if seconds <= 0:
        raise OutOfTime
    thread, stop = threading.get_ident(), threading.Lock()
    ended: list[bool] = []
    stop.acquire()

    def watch() -> None:
        wait = seconds
        while not stop.acquire(timeout=wait):
            _raise_in(thread, OutOfTime)
            wait = _AGAIN
        ended.append(True)

    # not a `Thread`: one that is joined when the exception comes is taken for one that has ended
    start_new_thread(watch, ())
    try:
        return work()
    except RecursionError:
        raise ArgumentValueError(
            "the formula is nested too deeply for SymPy; take a smaller case"
        ) from None
    finally:
        while not ended:
            with suppress(OutOfTime):  # it may come here, too
                if stop.locked():
                    stop.release()
                sleep(1e-4)
        _raise_in(thread, None)  # one that is on its way


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    error = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
