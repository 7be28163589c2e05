"""Numba's compile errors, said again in the user's terms."""

from __future__ import annotations

import linecache
import os
import re
from collections.abc import Callable
from contextlib import contextmanager

import numba
from numba.core.errors import NumbaError

from .. import errors
from .._compat import numba_ir
from ..errors import TayloradError, UnsupportedError

#: Places that are not the user's code.
_PACKAGES = tuple(
    os.path.join(os.path.dirname(os.path.abspath(path)), "")
    for path in (numba.__file__, errors.__file__)
)


@contextmanager
def translated(derivative):
    """Raise one of the library's errors where compilation of a derivative fails."""
    try:
        yield
    except TayloradError as error:
        text = _named(derivative, _clean(str(error)))
        text += "" if 'File "' in text else _traced_place(error)
        kind = UnsupportedError if isinstance(error, UnsupportedError) else type(error)
        if text == str(error) and kind is type(error):
            raise  # said already
        raise kind(text) from None
    except (NumbaError, NotImplementedError, AssertionError) as error:
        raise UnsupportedError(describe(derivative, error)) from error


def _named(derivative, text: str) -> str:
    """The message of one of the library's errors, with the function's name in it."""
    text = text.partition("\nDuring:")[0]
    name = derivative.accepted.function
    return text if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) else f"{name}: {text}"


def describe(derivative, error) -> str:
    """What could not be compiled, why, and at which line of the user's."""
    transform = derivative._recipe[0].__name__
    text = _clean(str(error))
    return (
        f"{derivative.accepted.function} cannot be differentiated by ta.{transform}: "
        f"{_reason(text)}{_place(text) or _traced_place(error)}"
    )


def _clean(message: str) -> str:
    """The message without colours and Numba's words about its own stages."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", message)
    text = re.sub(r"Failed in \w+ mode pipeline \(step: [^)]*\)\n", "", text)
    text = re.sub(r"Literal\[(\w+)\]\([^)]*\)", r"\1", text).replace("<iv=None>", "")
    return _named_jets(text).strip()


def _named_jets(text: str) -> str:
    """Jet types as ``jet``, whatever their order and nesting."""
    while True:
        shorter = re.sub(r"Jet\(\d+,\d+,(?:\w+)(?:,degree=\d+)?\)@[\w.+]+", "jet", text)
        if shorter == text:
            return text
        text = shorter


def _place(text: str) -> str:
    """The innermost place in the user's code, with the source line."""
    found = re.findall(r'(?: at ([^\n]+?) \((\d+)\)|File "([^"\n]+)", line (\d+))', text)
    for at, at_line, file, file_line in found:
        shown = _shown(at or file, int(at_line or file_line))
        if shown:
            return shown
    return ""


def _traced_place(error) -> str:
    """The same for an error without a place: the last that Numba was working on."""
    place, trace = "", error.__traceback__
    while trace is not None:
        for name in ("self", "inst"):
            loc = getattr(trace.tb_frame.f_locals.get(name), "loc", None)
            if isinstance(loc, numba_ir.Loc):
                place = _shown(loc.filename, loc.line) or place
        trace = trace.tb_next
    return place


def _shown(file: str, line: int) -> str:
    """A place in the user's code as text; nothing for other places."""
    name = os.path.abspath(file)
    if os.path.basename(file).startswith("<") or name.startswith(_PACKAGES):
        return ""
    source = linecache.getline(name, line).strip()
    return f'\n  File "{name}", line {line}' + (f"\n    {source}" if source else "")


def _reason(text: str) -> str:
    for pattern, say in _KNOWN:
        found = re.search(pattern, text)
        if found:
            return say(*found.groups())
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    noise = ("During", "File", "Failed in", "<source", "^", "raised from")
    kept = [line for line in lines if not line.startswith(noise)]
    return " ".join(kept[:3]) or "Numba cannot compile it for differentiated numbers"


_DISCRETE = (
    "a differentiated number cannot be {}: the result would not depend on it smoothly; "
    "pass the number as an argument of its own that is not differentiated"
)
_PLAIN_CONTAINER = (
    "a container of plain numbers holds no derivatives; make it of differentiated numbers from "
    "the start, or use an array"
)
#: What to write instead, for functions that jets are passed to in vain.
_INSTEAD = {
    "getitem": _DISCRETE.format("an index"),
    "setitem": _DISCRETE.format("an index"),
    "arr_fill": "write a[:] = value",
    "static_setitem": _PLAIN_CONTAINER,
    "impl_append": _PLAIN_CONTAINER,
    "isinstance": "a differentiated number has a type of its own; branch on a further argument",
    "range": _DISCRETE.format("the bound of a loop"),
    "int": _DISCRETE.format("made an integer"),
}


def _no_implementation(described, call):
    name = re.sub(r" at 0x\w+$", "", described)
    name = re.sub(r"^(?:(?:built-in )?function|class|ufunc|intrinsic|method) ", "", name)
    name = name.strip("'\"")
    if "jet" not in call:
        return f"{call} is not supported by Numba with these types"
    if name == "setitem" and "readonly" in call:
        return f"{call}: a global array is constant in compiled code; pass it as an argument"
    stored = name == "setitem" and call.endswith(", jet)")
    instead = _INSTEAD.get(
        "static_setitem" if stored else name,
        "write it with functions of the table of primitives, or declare it with ta.primitive",
    )
    return f"{call} has no rule for derivatives; {instead}"


def _cannot_unify(one, other, name):
    name = name.split(".")[0]
    if name.startswith("$"):
        return f"a value is {one} on one path and {other} on another; give it one type"
    return (
        f"the variable {name!r} holds {one} on one path and {other} on another; give it one "
        f"type, such as by starting it as zeros of the shape that it has later"
    )


def _attribute(name, kind):
    module = re.match(r"Module\(<module '([^']+)'", kind)
    if module:
        return (
            f"{module[1]}.{name} is nothing that Numba compiles; write it with NumPy and math "
            "functions of the table of primitives"
        )
    return f"there is no attribute {name!r} of {kind} that could be differentiated"


def _global(name, *_):
    return (
        f"the global {name!r} is nothing that Numba compiles; pass it as an argument, or make "
        "it a number, an array, a tuple or an @njit function"
    )


#: What a message of Numba's means: a pattern, and what is said of its groups.
_KNOWN: list[tuple[str, Callable[..., str]]] = [
    (r"Cannot unify (.+?) and (.+?) for '([^']+)'", _cannot_unify),
    (
        r"Can't unify return type from the following types: ([^\n]+)",
        lambda kinds: f"different paths return different types ({kinds}); return one type",
    ),
    (
        r"No implementation of function Function\(<(.*?)>\) found for signature:\s+>>> ([^\n]+)",
        _no_implementation,
    ),
    (r"NameError: (name '\w+' is not defined)", lambda fault: fault),
    (r"Untyped global name '([^']+)'", _global),
    (r"Unknown attribute '([^']+)' of type ([^\n]+)", _attribute),
    (
        r"argument \d+: Cannot determine Numba type of <class '([^']+)'>",
        lambda kind: (
            f"an argument of type {kind} is nothing that Numba compiles; pass numbers, "
            "arrays of numbers and tuples of these"
        ),
    ),
    (
        r"(\S+) cannot be represented as a NumPy dtype",
        lambda kind: (
            "its result is an array of Taylor numbers, which has no form outside compiled "
            "code; take one component or coefficient, or call it from an @njit function"
        ),
    ),
]
