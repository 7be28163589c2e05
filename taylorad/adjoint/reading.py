"""Which names statements assign and read, from their syntax alone."""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache

#: A function's own scope ends where another begins.
_SCOPES = (ast.FunctionDef, ast.Lambda, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)


def assigned_in(nodes) -> dict[str, None]:
    """The names that statements or targets assign, in order."""
    found: dict[str, None] = {}
    pending = list(nodes)[::-1]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = None
        if not isinstance(node, _SCOPES):
            pending += reversed(list(ast.iter_child_nodes(node)))
    return found


def local_names(arguments: ast.arguments, body) -> frozenset[str]:
    """The names of a function's parameters and variables."""
    a = arguments
    every = [*a.posonlyargs, *a.args, *a.kwonlyargs, *(p for p in (a.vararg, a.kwarg) if p)]
    return frozenset(p.arg for p in every) | frozenset(assigned_in(body))


@lru_cache(maxsize=1024)
def assigned_first(loop: ast.For) -> frozenset[str]:
    """The names that every iteration of a loop assigns before it may read them."""
    assigned, exposed = _first_uses(loop.body)
    return frozenset(assigned - exposed)


@lru_cache(maxsize=1024)
def kept_from_earlier(loop: ast.For | ast.While) -> frozenset[str]:
    """The names that some iterations do not assign, which then have the value of an earlier one."""
    always, _ = _first_uses(loop.body)
    return frozenset(assigned_in(loop.body).keys() - always)


@lru_cache(maxsize=1024)
def reads(node) -> Counter[str]:
    """How often names are read inside a node, or a tuple of nodes."""
    inside = (n for one in (node if isinstance(node, tuple) else (node,)) for n in ast.walk(one))
    return Counter(n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))


def _first_uses(body) -> tuple[set[str], set[str]]:
    """The names that statements assign on every path, and those they may read before."""
    assigned: set[str] = set()
    exposed: set[str] = set()
    for node in body:
        if isinstance(node, ast.Assign):
            exposed |= _read_in(node) - assigned
            assigned |= assigned_in(node.targets).keys()
        elif isinstance(node, ast.If):
            exposed |= _read_in(node.test) - assigned
            paths = _first_uses(node.body), _first_uses(node.orelse)
            exposed |= (paths[0][1] | paths[1][1]) - assigned
            assigned |= paths[0][0] & paths[1][0]
        else:
            both = assigned_in([node.target]).keys() if isinstance(node, ast.AugAssign) else set()
            exposed |= (_read_in(node) | both) - assigned
    return assigned, exposed


def _read_in(node) -> set[str]:
    names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
    return {n.id for n in names if not isinstance(n.ctx, ast.Store)}
