"""The error for a command line that asks for something impossible."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from ..errors import ParseError, TayloradError


class UsageError(TayloradError, ValueError):
    """The command line does not fit: no such file, a value missing, an unknown name."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """``"; did you mean 'sin'?"`` where a known name is close, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def pointed(message: str, text: str, position: int) -> ParseError:
    """A `ParseError` that shows the text with a caret under ``position``."""
    start = max(0, position - 60)
    shown = text[start : position + 60]
    return ParseError(f"{message}\n  {shown}\n  {' ' * (position - start)}^")
