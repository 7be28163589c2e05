"""Text: a function of the intermediate representation as Python."""

from __future__ import annotations

import ast
import builtins
import keyword
import math
import operator
import re

import numpy as np

from . import runtime
from .ir import RESERVED, Function, Op, Region, Value
from .kinds import BOOL, FLOAT, INT
from .liveness import Variables
from .operations import SELECT
from .storage import place_saved

_BINARY = {
    operator.add: ast.Add, operator.sub: ast.Sub, operator.mul: ast.Mult,
    operator.truediv: ast.Div, operator.floordiv: ast.FloorDiv, operator.mod: ast.Mod,
    operator.pow: ast.Pow, operator.matmul: ast.MatMult, operator.and_: ast.BitAnd,
    operator.or_: ast.BitOr, operator.xor: ast.BitXor, operator.lshift: ast.LShift,
    operator.rshift: ast.RShift,
}  # fmt: skip
_COMPARE = {
    operator.lt: ast.Lt, operator.le: ast.LtE, operator.gt: ast.Gt, operator.ge: ast.GtE,
    operator.eq: ast.Eq, operator.ne: ast.NotEq,
}  # fmt: skip
_UNARY = {operator.neg: ast.USub, operator.pos: ast.UAdd, operator.not_: ast.Not,
          operator.invert: ast.Invert}  # fmt: skip


def emit(function: Function, name: str, parameters: str, first=()) -> str:
    """The text of a function; `function.scope` gains the names that it refers to.

    ``first`` are statements at its beginning.
    """
    return _Writer(function).write(name, parameters, first)


class _Writer:
    def __init__(self, function: Function):
        self.function = function
        taken = RESERVED | set(function.scope) | set(dir(builtins)) | set(keyword.kwlist)
        taken |= {p.name for p in function.params}
        place_saved(function, function.fresh)
        taken = (taken | set(function.buffers)) - {p.name for p in function.params}
        self.variables = Variables(function, taken)

    def write(self, name: str, parameters: str, first) -> str:
        body = self.region(self.function.root)
        result = self.tree(self.function.result)
        body.append(ast.Return(result))
        text = "\n".join(ast.unparse(ast.fix_missing_locations(s)) for s in body)
        text = re.sub(r"^( *)'(# [^\n]*)'$", r"\1\2", text, flags=re.M)
        lines = [f"def {name}({parameters}):", *("    " + line for line in first)]
        if re.search(r"\bnumber\b", text) and "number" not in parameters.split(", "):
            floats = [p.name for p in self.function.params
                      if p.kind == FLOAT or (p.is_array and p.kind.dtype == FLOAT)]  # fmt: skip
            listed = ", ".join(floats) + ("," if len(floats) == 1 else "")
            lines.append(f"    number = number_of(({listed}))")
        return "\n".join(lines + ["    " + line for line in text.split("\n")]) + "\n"

    # -- expressions -------------------------------------------------------------------

    def tree(self, thing) -> ast.expr:
        if isinstance(thing, tuple):
            items = [self.tree(t) for t in thing]
            make = getattr(thing, "type", None)
            if make is None:
                return ast.Tuple(items, ast.Load())
            return ast.Call(_name(self.function.known(make.__name__, make)), items, [])
        if isinstance(thing, Value):
            return self.expr(thing)
        return ast.Constant(thing.object)

    def expr(self, value: Value) -> ast.expr:
        if value.is_constant:
            return self.constant(value.const)
        if value in self.variables.inlining:
            return self.operation(value.op)
        if value.role == "global":
            return _name(value.name)
        return _name(self.variables[value])

    def constant(self, const) -> ast.expr:
        if isinstance(const, float) and not math.isfinite(const):
            named = "nan" if math.isnan(const) else "inf"
            made = ast.Attribute(_name("math"), named, ast.Load())
            return ast.UnaryOp(ast.USub(), made) if const < 0 else made
        if (
            isinstance(const, int | float)
            and not isinstance(const, bool)
            and (const < 0 or (const == 0 and math.copysign(1, const) < 0))
        ):
            return ast.UnaryOp(ast.USub(), ast.Constant(-const))
        return ast.Constant(const)

    def operation(self, op: Op) -> ast.expr:
        """The expression of an operation with one result."""
        args = [self.expr(a) for a in op.args]
        if op.kind == "shape":
            shape = ast.Attribute(args[0], "shape", ast.Load())
            return ast.Subscript(shape, ast.Constant(op.attr), ast.Load())
        if op.kind == "load":
            return _element(args[0], args[1:])
        if op.kind == "text":
            return ast.parse(self.filled(op), mode="eval").body
        if op.kind == "view":
            return ast.parse(f"({ast.unparse(args[0])}){self.filled(op, 1)}", mode="eval").body
        if op.kind == "alloc":
            return self.allocation(op, args)
        if op.kind == "array":
            return op.fn.expression(self, op, args)
        return self.applied(op, args)

    def filled(self, op: Op, first=0) -> str:
        return op.attr.format(*(ast.unparse(self.expr(a)) for a in op.args[first:]))

    def applied(self, op: Op, args) -> ast.expr:
        fn = op.fn
        if fn is SELECT and op.outs[0].is_array:
            return ast.Call(self.function_name(np.where), args, [])
        if fn is operator.add and _is_negative(args[1]):
            return ast.BinOp(args[0], ast.Sub(), args[1].operand)
        if fn in _BINARY:
            return ast.BinOp(args[0], _BINARY[fn](), args[1])
        if fn in _COMPARE:
            return ast.Compare(args[0], [_COMPARE[fn]()], [args[1]])
        if fn in _UNARY:
            return ast.UnaryOp(_UNARY[fn](), args[0])
        if fn is SELECT:
            return ast.IfExp(args[0], args[1], args[2])
        if op.attr == "range":
            return ast.Call(_name("len"), [ast.Call(_name("range"), args, [])], [])
        return ast.Call(self.function_name(fn), args, [])

    def function_name(self, fn) -> ast.expr:
        label = getattr(fn, "__name__", "function")
        for module, shown in ((math, "math"), (np, "np")):
            if getattr(module, label, None) is fn:
                return ast.Attribute(_name(shown), label, ast.Load())
        if getattr(builtins, label, None) is fn:
            return _name(label)
        if runtime.SCOPE.get(label) is fn:
            return _name(label)
        if isinstance(fn, np.ufunc):
            return ast.Attribute(_name("np"), label, ast.Load())
        return _name(self.function.known(label, fn))

    def allocation(self, op: Op, args) -> ast.expr:
        kind = op.outs[0].kind
        dtype = {INT: "np.int64", BOOL: "np.bool_"}.get(kind.dtype, "number")
        if kind.dtype == "complex":
            dtype = "np.complex128"
        shape = args[0] if len(args) == 1 else ast.Tuple(args, ast.Load())
        return ast.Call(_name(op.attr), [shape, ast.parse(dtype, mode="eval").body], [])

    # -- statements ----------------------------------------------------------------------

    def region(self, region: Region) -> list[ast.stmt]:
        out: list[ast.stmt] = []
        for op in region.ops:
            if len(op.outs) == 1 and op.outs[0] in self.variables.inlining:
                continue
            out += self.statement(op)
        return out

    def statement(self, op: Op) -> list[ast.stmt]:
        if op.kind == "if":
            return self.branch(op)
        if op.is_loop:
            return self.loop(op)
        if op.kind == "invoke":
            return [self.invocation(op)]
        if len(op.outs) > 1:
            names: list[ast.expr] = [ast.Name(self.variables[o], ast.Store()) for o in op.outs]
            return [ast.Assign([op.fn.target(op, names)], self.operation(op))]
        if op.outs:
            return [_assign(self.variables[op.outs[0]], self.operation(op), op.outs[0].is_array)]
        args = [self.expr(a) for a in op.args]
        if op.kind == "store":
            return [ast.Assign([_element(args[0], args[1:-1], ast.Store())], args[-1])]
        if op.kind == "accumulate":
            return [_augmented(_element(args[0], args[1:-1], ast.Store()), args[-1])]
        if op.kind == "array_store":
            if op.attr is not None:  # a helper of the run time
                return [ast.Expr(ast.Call(_name(op.attr), args, []))]
            return [ast.Assign([_whole(args[0], op.args[0].kind.ndim)], args[1])]
        if op.kind == "array_add":
            return [self.addition(op, *args)]
        if op.kind in ("effect", "text"):
            return self.text(op)
        if op.kind == "call":
            return [ast.Expr(self.applied(op, args))]
        if op.kind == "check":
            return self.check(op, args[0])
        raise AssertionError(op.kind)

    def addition(self, op: Op, target, value, *more) -> ast.stmt:
        """``target += value``: in place, without a copy of a slice onto itself."""
        if op.attr is not None:  # a helper of the run time
            return ast.Expr(ast.Call(_name(op.attr), [target, value, *more], []))
        if op.args[0].role == "global" or not op.args[0].kind.ndim:
            return _augmented(_whole(target, op.args[0].kind.ndim), value)
        return _augmented(ast.Name(target.id, ast.Store()), value)

    def text(self, op: Op) -> list[ast.stmt]:
        if op.attr.startswith("#"):
            return [ast.Expr(ast.Constant(op.attr))]
        return ast.parse(self.filled(op) if op.args else op.attr).body

    def invocation(self, op: Op) -> ast.stmt:
        args = [*map(self.expr, op.args), *map(_name, op.fn.further)]
        made = ast.Call(_name(op.fn.name), args, [])
        names: list[ast.expr] = [ast.Name(self.variables[o], ast.Store()) for o in op.outs]
        if len(names) < 2:
            return ast.Assign(names, made) if names else ast.Expr(made)
        return ast.Assign([ast.Tuple(names, ast.Store())], made)

    def check(self, op: Op, divisor) -> list[ast.stmt]:
        test = divisor  # whether any divisor was zero
        if op.args[0].kind != BOOL:
            test = ast.Compare(divisor, [ast.Eq()], [ast.Constant(0)])
        raised = ast.parse("raise ZeroDivisionError('division by zero')").body
        return [ast.If(test, raised, [])]

    def copies(self, pairs) -> list[ast.stmt]:
        """Assignments of values to variables, all at once."""
        named = []
        for target, value in pairs:
            name = self.variables[target]
            expression = value.is_constant or value in self.variables.inlining
            if expression or value.role == "global" or self.variables[value] != name:
                named.append((name, self.expr(value)))
        reads = [{n.id for n in ast.walk(e) if isinstance(n, ast.Name)} for _, e in named]
        if any(name in later for i, (name, _) in enumerate(named) for later in reads[i + 1 :]):
            targets = ast.Tuple([ast.Name(n, ast.Store()) for n, _ in named], ast.Store())
            return [ast.Assign([targets], ast.Tuple([e for _, e in named], ast.Load()))]
        return [_assign(name, e) for name, e in named]

    def branch(self, op: Op) -> list[ast.stmt]:
        test = self.expr(op.args[0])
        paths = [
            self.region(r) + self.copies(list(zip(op.outs, r.yields, strict=True)))
            for r in op.regions
        ]
        if not paths[0] and not paths[1]:
            return []
        if not paths[0]:
            return [ast.If(_negated(test), paths[1], [])]
        if len(paths[1]) == 1 and len(paths[0]) == 1:
            one = self._choice(test, *paths)
            if one is not None:
                return [one]
        return [ast.If(test, paths[0], paths[1])]

    @staticmethod
    def _choice(test, then, otherwise):
        """``v = a if test else b``, where both paths only assign one variable."""
        a, b = then[0], otherwise[0]
        if not (isinstance(a, ast.Assign) and isinstance(b, ast.Assign)):
            return None
        if ast.dump(a.targets[0]) != ast.dump(b.targets[0]) or not isinstance(
            a.targets[0], ast.Name
        ):
            return None
        if sum(len(ast.unparse(e)) for e in (a.value, b.value, test)) > 70:
            return None
        return ast.Assign(a.targets, ast.IfExp(test, a.value, b.value))

    def loop(self, op: Op) -> list[ast.stmt]:
        carries = op.carries()
        out = self.copies([(param, initial) for initial, param, _, _ in carries])
        body = op.body
        inside = self.region(body)
        inside += self.copies([(param, yielded) for _, param, yielded, _ in carries])
        if body.leave is not None:
            inside.append(ast.If(self.expr(body.leave), [ast.Break()], []))
        if op.kind == "for":
            index = ast.Name(self.variables[body.params[0]], ast.Store())
            used = {n.id for s in inside for n in ast.walk(s) if isinstance(n, ast.Name)}
            if index.id not in used:
                index = ast.Name("_", ast.Store())
            out.append(ast.For(index, self.range(op), inside or [ast.Pass()], []))
        else:
            test = op.regions[0]
            before = self.region(test)
            condition = self.expr(test.yields[0])
            if before:
                stop = ast.If(_negated(condition), [ast.Break()], [])
                condition, inside = ast.Constant(True), [*before, stop, *inside]
            out.append(ast.While(condition, inside or [ast.Pass()], []))
        return out + self.copies([(result, param) for _, param, _, result in carries])

    def range(self, op: Op) -> ast.expr:
        start, stop, step = op.bounds
        if op.attr == "reversed":
            return self.reversed_range(start, stop, step)
        args = [start, stop, step]
        if step.is_constant and step.const == 1:
            args = [stop] if start.is_constant and start.const == 0 else [start, stop]
        return ast.Call(_name("range"), [self.expr(a) for a in args], [])

    def moved(self, value: Value, by: int) -> ast.expr:
        """An integer plus a constant."""
        if value.is_constant:
            return self.constant(value.const + by)
        op = value.op
        if value in self.variables.inlining and op.kind == "apply" and op.args[-1].is_constant:
            sign = {operator.add: 1, operator.sub: -1}.get(op.fn)
            if sign is not None:
                value, by = op.args[0], by + sign * op.args[1].const
        shown = self.expr(value)
        if by == 0:
            return shown
        return ast.BinOp(shown, ast.Add() if by > 0 else ast.Sub(), ast.Constant(abs(by)))

    def reversed_range(self, start, stop, step) -> ast.expr:
        if step.is_constant and step.const in (1, -1):
            ends = [self.moved(v, -step.const) for v in (stop, start)]
            if step.const == 1:
                ends.append(self.constant(-1))
            return ast.Call(_name("range"), ends, [])
        a, b, s = (f"({ast.unparse(self.expr(v))})" for v in (start, stop, step))
        last = f"{a} + (len(range({a}, {b}, {s})) - 1) * {s}"
        text = f"range({last}, {a} - {s}, -{s})"
        return ast.parse(text, mode="eval").body


def _is_negative(expression: ast.expr) -> bool:
    return isinstance(expression, ast.UnaryOp) and isinstance(expression.op, ast.USub)


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _assign(name: str, value: ast.expr, is_array=False) -> ast.stmt:
    # an array is not changed in place: others may refer to it
    if is_array:
        return ast.Assign([ast.Name(name, ast.Store())], value)
    if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == name:
        return ast.AugAssign(ast.Name(name, ast.Store()), value.op, value.right)
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _augmented(target, value) -> ast.stmt:
    if _is_negative(value):
        return ast.AugAssign(target, ast.Sub(), value.operand)
    return ast.AugAssign(target, ast.Add(), value)


def _element(array, indices, context=None) -> ast.expr:
    index = indices[0] if len(indices) == 1 else ast.Tuple(indices, ast.Load())
    return ast.Subscript(array, index, context or ast.Load())


def _whole(array, ndim) -> ast.expr:
    return ast.Subscript(array, ast.Slice() if ndim else ast.Tuple([], ast.Load()), ast.Store())


def _negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)
