"""Programs made as small as they still fail."""

from __future__ import annotations

import ast
import copy


def shrunk(text: str, fails) -> str:
    """A smaller program for which ``fails(text)`` still holds."""
    text = ast.unparse(ast.parse(text)) + "\n"
    size = _size(text)
    again = True
    while again:
        again = False
        skip = 0
        while True:  # go on behind the last success: what came before has been tried
            for tried, candidate in enumerate(_smaller(text)):
                if tried < skip:
                    continue
                if _size(candidate) < size and fails(candidate):
                    text, again, skip = candidate, True, tried
                    size = _size(text)
                    break
            else:
                break
    return text


def _size(text: str):
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    return sum(isinstance(n, ast.stmt) for n in nodes), len(nodes), len(text)


def _smaller(text: str):
    """Programs with a statement or a part of an expression less."""
    for path in _places(ast.parse(text)):
        for number in range(_count(text, path)):
            tree = ast.parse(text)
            owner, name, index, child = _at(tree, path)
            new = list(_simpler(child))[number]
            if index is None:
                setattr(owner, name, new)
            else:
                getattr(owner, name)[index : index + 1] = new if isinstance(new, list) else [new]
            if all(getattr(n, "body", True) for n in ast.walk(tree)):  # no block is empty
                yield ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _at(tree, path):
    *way, (name, index) = path
    node = tree
    for step, i in way:
        node = getattr(node, step) if i is None else getattr(node, step)[i]
    child = getattr(node, name) if index is None else getattr(node, name)[index]
    return node, name, index, child


def _count(text, path) -> int:
    return len(list(_simpler(_at(ast.parse(text), path)[3])))


def _places(node, way=()):
    """Paths of all statements and expressions, those inside others after them."""
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.expr):
            yield (*way, (name, None))
            yield from _places(value, (*way, (name, None)))
        elif isinstance(value, list):
            for i, item in enumerate(value):
                if isinstance(item, ast.stmt | ast.expr):
                    yield (*way, (name, i))
                    yield from _places(item, (*way, (name, i)))


def _simpler(node):
    """What can stand in a node's place; a list for statements."""
    if isinstance(node, ast.stmt):
        yield []
        if isinstance(node, ast.If | ast.For | ast.While):
            yield node.body
            if node.orelse:
                yield node.orelse
                short = copy.copy(node)
                short.orelse = []
                yield [short]
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            bare = copy.copy(node)
            bare.decorator_list = []
            yield [bare]
        if isinstance(node, ast.AugAssign):
            yield [ast.Assign([node.target], node.value)]
    elif isinstance(node, ast.BinOp):
        yield from (node.left, node.right)
        if isinstance(node.right, ast.BinOp):
            yield ast.BinOp(node.left, node.op, node.right.left)
            yield ast.BinOp(node.left, node.op, node.right.right)
        if isinstance(node.left, ast.BinOp):
            yield ast.BinOp(node.left.right, node.op, node.right)
    elif isinstance(node, ast.Call):
        yield from node.args
        if isinstance(node.func, ast.Name) and node.func.id == "range" and len(node.args) > 1:
            yield ast.Call(node.func, node.args[1:2], [])
            yield ast.Call(node.func, node.args[:2], [])
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.Compare):
        yield from (ast.Constant(True), ast.Constant(False))
        if len(node.ops) > 1:
            yield ast.Compare(node.left, node.ops[:1], node.comparators[:1])
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.BinOp):
        for k in (0, 1):
            yield ast.Subscript(node.value, ast.Constant(k), node.ctx)
    elif isinstance(node, ast.Constant) and isinstance(node.value, float):
        if node.value not in (0.5, 1.0):
            yield ast.Constant(0.5)
            yield ast.Constant(1.0)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > 1:
        yield ast.Constant(node.value - 1)
    if isinstance(node, ast.BinOp | ast.Call | ast.IfExp):
        yield ast.Constant(1.0)
