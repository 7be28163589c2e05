"""Time limits for what may take for ever: SymPy on large expressions."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
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
    thread, done = threading.get_ident(), threading.Lock()
    done.acquire()

    def watch() -> None:
        wait = seconds
        while not done.acquire(timeout=wait):
            _raise_in(thread, OutOfTime)
            wait = _AGAIN

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        return work()
    except RecursionError:
        raise ArgumentValueError(
            "the formula is nested too deeply for SymPy; take a smaller case"
        ) from None
    finally:
        while watcher.is_alive():
            try:  # the exception may come here, too
                if done.locked():
                    done.release()
                watcher.join()
            except OutOfTime:
                continue
        _raise_in(thread, None)  # one that is on its way


def _raise_in(thread: int, kind: type[BaseException] | None) -> None:
    error = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
