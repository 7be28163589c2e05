"""Expressions and values cut into tokens, each with its position."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .usage import pointed

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<symbol>\*\*|//|<=|>=|==|!=|[-+*/%^<>()\[\],=])"
    r"|(?P<space>\s+)"
)


@dataclass(frozen=True)
class Token:
    """A number, a name, a symbol or the end of the text."""

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def tokenize(text: str) -> Iterator[Token]:
    """The tokens of ``text``; the last one is of kind ``"end"``."""
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise pointed(f"unexpected character {text[position]!r}", text, position)
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), position)
        position = found.end()
    yield Token("end", "", len(text))


class Cursor:
    """A place among the tokens of a text."""

    def __init__(self, text: str):
        self.text = text
        self._tokens = list(tokenize(text))
        self._index = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    @property
    def following(self) -> Token:
        return self._tokens[min(self._index + 1, len(self._tokens) - 1)]

    def at(self, *texts: str) -> bool:
        """Whether the current token is one of these symbols or words."""
        return self.token.kind != "end" and self.token.text in texts

    def advance(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._index += 1
        return token

    def expect(self, text: str) -> Token:
        if not self.at(text):
            raise self.error(f"expected {text!r}, found {self.token}")
        return self.advance()

    def error(self, message: str, token: Token | None = None):
        return pointed(message, self.text, (token or self.token).position)
