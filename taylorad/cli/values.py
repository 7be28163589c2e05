"""The values after ``--at``: ``x=0.3,y=2``, ``0.3,2``, ``[1,2,3]`` or ``x=[1,2,3],mu=0.5``."""

from __future__ import annotations

from typing import TypeAlias

from .expression import constant
from .tokens import Cursor

Value: TypeAlias = "bool | int | float | list[Value]"


def parse_values(text: str) -> tuple[list[Value], dict[str, Value]]:
    """Positional and named values, in the order given.

    A value is a number, an expression without variables such as ``pi/4``, ``True`` or
    ``False``, or a list of values in brackets.

    Raises
    ------
    ParseError
        With the place marked.
    """
    cursor = Cursor(text)
    positional: list[Value] = []
    named: dict[str, Value] = {}
    while True:
        if cursor.token.kind == "name" and cursor.following.text == "=":
            name = cursor.advance()
            if name.text in named:
                raise cursor.error(f"{name.text} has a value already", name)
            cursor.advance()
            named[name.text] = _value(cursor)
        elif named:
            raise cursor.error("values without a name come first")
        else:
            positional.append(_value(cursor))
        if cursor.token.kind == "end":
            return positional, named
        cursor.expect(",")


def _value(cursor: Cursor) -> Value:
    if cursor.at("True", "False"):
        return cursor.advance().text == "True"
    if not cursor.at("["):
        return constant(cursor)
    cursor.advance()
    items: list[Value] = []
    while not cursor.at("]"):
        items.append(_value(cursor))
        if not cursor.at("]"):
            cursor.expect(",")
    cursor.advance()
    return items
