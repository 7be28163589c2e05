"""Numba's compile errors, said again in the user's terms."""

from __future__ import annotations

import re
from contextlib import contextmanager

from numba.core import errors as numba_errors

from ..errors import TayloradError, UnsupportedError


@contextmanager
def translated(derivative):
    """Raise one of the library's errors where compilation of a derivative fails."""
    try:
        yield
    except TayloradError as error:
        raise type(error)(str(error)) from None
    except numba_errors.NumbaError as error:
        raise UnsupportedError(describe(derivative, str(error))) from error


def describe(derivative, message: str) -> str:
    """What could not be compiled, where, and how to find out more."""
    transform, f, _ = derivative._recipe
    name = derivative.accepted.function
    places = re.findall(r'File "([^"<>]+)", line (\d+)', message)
    where = f' (File "{places[-1][0]}", line {places[-1][1]})' if places else ""
    reason = _reason(message)
    return f"{name} cannot be differentiated by {transform.__name__}{where}: {reason}"


def _reason(message: str) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", message)
    for pattern, form in _KNOWN:
        found = re.search(pattern, text)
        if found:
            return form.format(*found.groups())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("During", "File", "Failed in", "<source"))]
    return " ".join(kept[:6])


_KNOWN = [
    (
        r"No implementation of function Function\(<([^>]*)>\) found for signature",
        "there is no rule for {0} with these arguments; use a function of the table of "
        "primitives, or declare one with ta.primitive or ta.custom_derivative",
    ),
    (r"Untyped global name '([^']+)'", "the global {0!r} is not something Numba compiles"),
]
