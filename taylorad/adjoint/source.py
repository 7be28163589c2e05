"""The source of a user's function as a syntax tree, and what its free names stand for."""

from __future__ import annotations

import ast
import builtins
import dis
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType

from ..errors import TayloradError, UnsupportedError
from .exits import structured


@dataclass(frozen=True, eq=False)
class Source:
    """The body of a function, with exits made structured."""

    #: The function whose globals and closure its free names are looked up in.
    function: FunctionType
    name: str
    filename: str
    #: The line of its definition.
    line: int
    arguments: ast.arguments
    body: list[ast.stmt]
    #: The names of its own variables.
    local: frozenset[str]

    def free(self, name: str):
        """What a name that is no local variable stands for."""
        code = self.function.__code__
        if name in code.co_freevars:
            cell = (self.function.__closure__ or ())[code.co_freevars.index(name)]
            try:
                return cell.cell_contents
            except ValueError:
                raise NameError(name) from None
        scope = self.function.__globals__
        if name in scope:
            return scope[name]
        if hasattr(builtins, name):
            return getattr(builtins, name)
        raise NameError(name)


def place(filename: str, line: int) -> str:
    """A place in the user's code as the library's messages show it."""
    text = linecache.getline(filename, line).strip()
    return f'\n  File "{filename}", line {line}' + (f"\n    {text}" if text else "")


def locate(error: TayloradError, filename: str, line: int) -> None:
    """Let an error tell a place in the user's code, if it tells none yet."""
    if 'File "' not in str(error):
        error.args = (str(error) + place(filename, line),)


@contextmanager
def located(line: tuple[str, int] | None):
    """Errors inside belong to a place in the user's code."""
    try:
        yield
    except TayloradError as error:
        if line is not None:
            locate(error, *line)
        raise


def source_of(function: FunctionType) -> Source:
    """The source of a plain Python function."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    line, arguments, body = _definition(code, code.co_filename, text)
    local = frozenset(code.co_varnames + code.co_cellvars)
    return Source(function, function.__name__, code.co_filename, line, arguments, body, local)


@lru_cache(maxsize=512)
def _definition(code: CodeType, filename: str, text: str):
    """The line, the parameters and the body of the function with this code."""
    node = _found(code, filename, text)
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        raise UnsupportedError(
            f"{code.co_name} yields or awaits: it returns no number; fill an array in a loop"
            + place(filename, node.lineno)
        )
    if isinstance(node, ast.Lambda):
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
    else:
        body = structured(node.body)
    return node.lineno, node.args, body


def _found(code: CodeType, filename: str, text: str) -> ast.FunctionDef | ast.Lambda:
    """The definition with this code in the text of a file."""
    missing = UnsupportedError(
        f"the source of {code.co_name} is not to be had ({filename}), and reverse mode works "
        "from the source: define it in a file or a notebook cell, or use forward mode "
        "(ta.derivative, ta.jvp, ta.jacobian)"
    )
    if not text:
        raise missing
    try:
        tree, codes = _parsed(filename, text)
    except SyntaxError:  # a page with code in it
        tree, codes = _parsed_part(filename, text, code.co_firstlineno)
    candidates = [node for node in _definitions(tree) if _fits(node, code)]
    if len(candidates) > 1:
        candidates = [node for node in candidates if _covers(node, code)]
    # a rewritten assertion of pytest has another code than its source
    rewritten = any(name.startswith("@py") for name in code.co_varnames + code.co_names)
    if len(candidates) != 1 or not (rewritten or any(_alike(code, c) for c in codes)):
        if filename == "<string>":  # what `exec` is given, and since Python 3.13 `python -c`
            raise missing
        raise UnsupportedError(
            f"the source of {code.co_name} was not found at its place: the file has changed since "
            "it was loaded, or several functions stand on the line; give it lines of its own"
            + place(filename, code.co_firstlineno)
        )
    return candidates[0]


@lru_cache(maxsize=64)
def _parsed(filename: str, text: str) -> tuple[ast.Module, list[CodeType]]:
    """A file's syntax tree, and the code of all functions in it."""
    tree = ast.parse(text, filename)
    return tree, list(_codes(compile(tree, filename, "exec", dont_inherit=True)))


def _parsed_part(filename: str, text: str, first: int):
    """The same for the lines of one definition, at their places."""
    lines = text.splitlines(True)[first - 1 :]
    try:
        block = textwrap.dedent("".join(inspect.getblock(lines)))
        return _parsed(filename, "\n" * (first - 1) + block)
    except SyntaxError:
        return ast.Module([], []), []


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _definitions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.Lambda]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda))


def _fits(node: ast.FunctionDef | ast.Lambda, code: CodeType) -> bool:
    """Whether a definition has the name and the line of a code."""
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return code.co_name == node.name and first == code.co_firstlineno


def _covers(node: ast.FunctionDef | ast.Lambda, code: CodeType) -> bool:
    """Whether all instructions of a code come from a definition's text, and not from more."""
    spans = [p for p in list(code.co_positions())[1:] if None not in p and p[2:] != (0, 0)]
    body = node.body
    if not isinstance(body, ast.expr) or not spans:
        return False
    start = min((first, column) for first, _, column, _ in spans)
    end = max((last, column) for _, last, _, column in spans)
    return start == (body.lineno, body.col_offset) and end == (
        body.end_lineno,
        body.end_col_offset,
    )


def _alike(one: CodeType, other: CodeType) -> bool:
    """Whether two codes do the same."""
    return one.co_name == other.co_name and _instructions(one) == _instructions(other)


#: Instructions that depend on what else a file holds: on names that it imports.
_SPELLINGS = {"LOAD_METHOD": "LOAD_ATTR", "CALL_METHOD": "CALL"}
_EMPTY = {"PUSH_NULL", "PRECALL", "NOP", "CACHE", "RESUME"}


def _instructions(code: CodeType) -> list:
    """What a code does, without the places of its parts."""
    found: list = []
    for step in dis.get_instructions(code):
        if step.opname in _EMPTY:
            continue
        value = step.argval
        if isinstance(value, CodeType):
            value = _instructions(value)
        elif step.opcode in dis.hasjrel or step.opcode in dis.hasjabs:
            value = None
        found.append((_SPELLINGS.get(step.opname, step.opname), type(value), repr(value)))
    return found
