"""What a function's bytecode says of the names that it uses."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

#: Names that reach what no walk over the code sees.
DYNAMIC = {"getattr", "setattr", "globals", "locals", "vars", "eval", "exec", "__import__"}
_GLOBAL = dis.opmap["LOAD_GLOBAL"]
_NAME = dis.opmap["LOAD_NAME"]
_IMPORTS = {dis.opmap["IMPORT_NAME"], dis.opmap["IMPORT_FROM"]}


def _instructions(code: CodeType) -> Iterator[tuple[int, int]]:
    text, extended = code.co_code, 0
    for i in range(0, len(text), 2):
        op, arg = text[i], text[i + 1] | extended
        extended = arg << 8 if op == dis.EXTENDED_ARG else 0
        yield op, arg


@lru_cache(maxsize=1024)
def globals_of(code: CodeType) -> frozenset[str]:
    """The names that a code, and the functions defined in it, look up in the globals."""
    found = set()
    for op, arg in _instructions(code):
        if op == _GLOBAL:  # the lowest bit says that a null is pushed
            found.add(code.co_names[arg >> 1])
        elif op == _NAME:
            found.add(code.co_names[arg])
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= globals_of(constant)
    return frozenset(found)


def imports(code: CodeType) -> bool:
    """Whether the code imports."""
    return any(op in _IMPORTS for op, _ in _instructions(code))
