"""The source of a user's function as a syntax tree, and what its free names stand for."""

from __future__ import annotations

import ast
import builtins
import copy
import inspect
import linecache
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType

from ..errors import UnsupportedError
from .exits import structured


@dataclass(frozen=True)
class Source:
    """The body of a function, with exits made structured."""

    function: FunctionType
    filename: str
    arguments: ast.arguments
    body: list[ast.stmt]

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


def source_of(function: FunctionType) -> Source:
    """The source of a plain Python function."""
    return _read(function.__code__, function)


@lru_cache(maxsize=512)
def _parsed(code):
    """The definition with this code, and the file it is in."""
    try:
        lines, first = inspect.getsourcelines(code)
    except (OSError, TypeError):
        raise UnsupportedError(
            f"the source of {code.co_name} is not to be had, and reverse mode works from the "
            "source: define it in a file or a notebook cell, or use forward mode "
            "(ta.derivative, ta.jvp, ta.jacobian)"
        ) from None
    filename = code.co_filename
    text = textwrap.dedent("".join(lines))
    tree = _parse(text, code.co_name)
    ast.increment_lineno(tree, first - 1)
    found = _definitions(tree, code)
    if not found:
        raise UnsupportedError(f"the source of {code.co_name} was not understood: {filename}")
    return found, filename


def _parse(text: str, name: str) -> ast.AST:
    try:
        return ast.parse(text)
    except SyntaxError:
        pass
    # a lambda inside a larger statement: the lines are no statement by themselves
    start = text.index("lambda")
    for end in range(len(text), start, -1):
        try:
            return ast.parse(f"({text[start:end]})")
        except SyntaxError:
            continue
    raise UnsupportedError(f"the source of {name} was not understood; give it lines of its own")


def _definitions(tree, code):
    """The definition of a code object in a syntax tree."""
    lambdas = code.co_name == "<lambda>"
    kind = ast.Lambda if lambdas else ast.FunctionDef
    names = list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])
    found = []
    for node in ast.walk(tree):
        if isinstance(node, kind) and (lambdas or node.name == code.co_name):
            a = node.args
            if [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)] == names:
                found.append(node)
    if lambdas and len(found) > 1:
        found = [n for n in found if _same_code(n, code)] or found
        if len({ast.dump(n) for n in found}) > 1:
            raise UnsupportedError(
                "several lambdas with the same parameters stand on one line; give each a line "
                "of its own" + place(code.co_filename, code.co_firstlineno)
            )
    return found[0] if found else None


def _same_code(node: ast.Lambda, code) -> bool:
    tree = ast.Expression(ast.Lambda(node.args, node.body))
    made = compile(ast.fix_missing_locations(copy.deepcopy(tree)), "<lambda>", "eval")
    inner = next(c for c in made.co_consts if hasattr(c, "co_code"))
    return inner.co_code == code.co_code and inner.co_names == code.co_names


def _read(code, function) -> Source:
    node, filename = _parsed(code)
    if isinstance(node, ast.Lambda):
        value = ast.copy_location(ast.Return(copy.deepcopy(node.body)), node.body)
        return Source(function, filename, node.args, [value])
    return Source(function, filename, node.args, structured(copy.deepcopy(node.body)))
