"""Early exits made structured: `return`, `break` and `continue` become flags and branches.

Afterwards a function returns at its very end alone, and a loop is left only where its body
ends: the flag by whose name `leave_flag` answers is tested there.  What follows an exit that
may have been taken is guarded by a flag; where a branch always leaves, the rest moves into
the other branch and needs none.
"""

from __future__ import annotations

import ast
import itertools

#: Local variables of the transformation: no user's name starts like this.
RESULT, RETURNED = "$result", "$returned"
#: How many exits one after another become branches inside one another, at most.
_DEEPEST = 20
_EXITS = (ast.Return, ast.Break, ast.Continue)
_LOOPS = (ast.For, ast.While)


def structured(body: list[ast.stmt]) -> list[ast.stmt]:
    """A function's body with one `return`, at the end, or none."""
    if body and _is_text(body[0]):
        body = body[1:]
    return _Exits().function(body)


def leave_flag(loop: ast.For | ast.While) -> str | None:
    """The variable that tells, at the end of the loop's body, whether to leave it."""
    return getattr(loop, "_taylorad_leave", None)


def test_inside(loop: ast.While) -> ast.While:
    """The loop with its test at the beginning of its body, where what it does is reversed."""
    made = getattr(loop, "_taylorad_inside", None)
    if made is None:
        ended = f"$ended{loop.lineno}_{loop.col_offset}"
        left = leave_flag(loop)
        after = [] if left is None else [_if(left, [_assign(ended, True, loop)], loop)]
        goes_on = [_assign(ended, False, loop), *loop.body, *after]
        test = ast.If(loop.test, goes_on, [_assign(ended, True, loop)])
        made = ast.While(ast.Constant(True), [ast.copy_location(test, loop)], [])
        made = ast.fix_missing_locations(ast.copy_location(made, loop))
        made._taylorad_leave = ended  # type: ignore[attr-defined]
        loop._taylorad_inside = made  # type: ignore[attr-defined]
    return made


def _is_text(statement) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _contains(nodes, kinds, into_loops=True) -> bool:
    """Whether statements contain one of ``kinds``, functions defined inside them apart."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, kinds):
            return True
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        if isinstance(node, _LOOPS) and not into_loops:
            stack += node.orelse
            continue
        stack += [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt)]
    return False


def _returns_values(body) -> bool:
    """Whether statements contain a `return` of anything, those of inner functions apart."""
    returns = (n for s in body for n in _own(s) if isinstance(n, ast.Return))
    return any(n.value is not None for n in returns)


def _own(node):
    """A statement and those inside it, those of inner functions apart."""
    yield node
    if not isinstance(node, ast.FunctionDef):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.stmt):
                yield from _own(inner)


def _leaves(body) -> bool:
    """Whether no path through statements reaches their end."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, (*_EXITS, ast.Raise)):
        return True
    return isinstance(last, ast.If) and _leaves(last.body) and _leaves(last.orelse)


def _ends(body) -> bool:
    """Whether a path through a function's body reaches its end without a `return`."""
    if not body:
        return True
    last = body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return False
    if isinstance(last, ast.If):
        return _ends(last.body) or _ends(last.orelse)
    if isinstance(last, ast.Assert):
        return not (isinstance(last.test, ast.Constant) and not last.test.value)
    if not isinstance(last, _LOOPS) or _contains(last.body, ast.Break, False):
        return True
    test = last.test if isinstance(last, ast.While) else None
    endless = isinstance(test, ast.Constant) and bool(test.value)
    return not endless and _ends(last.orelse)


def _assign(name: str, value, at) -> ast.stmt:
    value = value if isinstance(value, ast.AST) else ast.Constant(value)
    made = ast.Assign([ast.Name(name, ast.Store())], value)
    return ast.fix_missing_locations(ast.copy_location(made, at))


def _unless(flag: str, body, at) -> ast.stmt:
    test = ast.UnaryOp(ast.Not(), ast.Name(flag, ast.Load()))
    return ast.fix_missing_locations(ast.copy_location(ast.If(test, body, []), at))


def _guarded(flag: str, body, at) -> list[ast.stmt]:
    """The statements unless the flag is set; those at the end that are guarded stay as they are."""
    end = len(body)
    while end and getattr(body[end - 1], "_taylorad_guard", None) == flag:
        end -= 1
    guard = _unless(flag, body[:end], at)
    guard._taylorad_guard = flag  # type: ignore[attr-defined]
    return [guard, *body[end:]] if end else body


def _if(flag: str, body, at) -> ast.stmt:
    made = ast.If(ast.Name(flag, ast.Load()), body, [])
    return ast.fix_missing_locations(ast.copy_location(made, at))


class _Exits:
    def __init__(self):
        self._count = itertools.count(1)
        self._returned = False  # whether the flag is in use
        self._values = False  # whether anything is returned

    def function(self, body):
        if not _contains(body, ast.Return):
            return self.block(body, None, [])
        last = body[-1]
        if isinstance(last, ast.Return) and not _contains(body[:-1], ast.Return):
            return [*self.block(body[:-1], None, []), last]
        self._values = _returns_values(body)
        done = self.block(body, None, [])
        if self._returned:
            done.insert(0, _assign(RETURNED, False, body[0]))
        if self._values and _ends(body):
            done.insert(0, _assign(RESULT, None, body[0]))
        returned = ast.Name(RESULT, ast.Load()) if self._values else ast.Constant(None)
        value = ast.Return(returned)
        return [*done, ast.fix_missing_locations(ast.copy_location(value, last))]

    def block(self, statements, loop, after):
        """The statements without exits; ``loop`` is the `_Loop` around them, or None.

        ``after`` is what follows them on paths that do not leave.
        """
        out: list[ast.stmt] = []
        statements = [*statements, *after]
        for i, statement in enumerate(statements):
            rest = statements[i + 1 :]
            if isinstance(statement, ast.Return):
                self._return(out, statement, loop)
                return out
            if isinstance(statement, ast.Break | ast.Continue):
                return out + loop.leave(statement)
            if isinstance(statement, ast.If) and self._exits(statement, loop):
                return out + self._branch(statement, rest, loop)
            if isinstance(statement, ast.If):
                inner = self.block(statement.body, loop, []), self.block(statement.orelse, loop, [])
                statement = ast.copy_location(ast.If(statement.test, *inner), statement)
            if not isinstance(statement, _LOOPS):
                out.append(statement)
                continue
            returns = _contains(statement.body, ast.Return)
            flags = self._loop(out, statement)
            if statement.orelse:
                rest = [_unless(flags.broken, statement.orelse, statement), *rest]
            if returns:
                self._returned = True
                if loop is not None:
                    out.append(_if(RETURNED, loop.leave(ast.Break()), statement))
                if rest:
                    flag = self._flag(loop)
                    out.append(_unless(flag, self.block(rest, loop, []), statement))
                return out
            if statement.orelse:
                return out + self.block(rest, loop, [])
        return out

    @staticmethod
    def _exits(statement, loop) -> bool:
        """Whether a branch holds an exit of the loop around it, or of the function."""
        own = loop is not None and _contains([statement], (ast.Break, ast.Continue), False)
        return own or _contains([statement], ast.Return)

    def _flag(self, loop) -> str:
        """The flag that tells whether an exit was taken."""
        if loop is None:
            self._returned = True
            return RETURNED
        loop.uses_skip = True
        return loop.skipped

    def _branch(self, statement, rest, loop):
        """An `if` that holds exits, and what follows it."""
        test, body, orelse = statement.test, statement.body, statement.orelse
        further = sum(isinstance(s, ast.If) and self._exits(s, loop) for s in rest)
        moves = further < _DEEPEST and (_leaves(body) or _leaves(orelse))
        after = [rest if moves and not _leaves(path) else [] for path in (body, orelse)]
        inner = self.block(body, loop, after[0]), self.block(orelse, loop, after[1])
        out = [ast.copy_location(ast.If(test, *inner), statement)]
        if rest and not moves:
            flag = self._flag(loop)
            out += _guarded(flag, self.block(rest, loop, []), statement)
        return out

    def _return(self, out, statement, loop):
        if self._values:
            out.append(_assign(RESULT, statement.value or ast.Constant(None), statement))
        out.append(_assign(RETURNED, True, statement))
        self._returned = True
        if loop is not None:
            out += loop.leave(ast.copy_location(ast.Break(), statement))

    def _loop(self, out, statement) -> _Loop:
        """Append a loop whose body has no exits; its flags."""
        number = next(self._count)
        flags = _Loop(f"$broken{number}", f"$skipped{number}", statement)
        body = self.block(statement.body, flags, [])
        if flags.uses_skip:
            body.insert(0, _assign(flags.skipped, False, statement))
        if flags.breaks:
            body.insert(0, _assign(flags.broken, False, statement))
        if statement.orelse:
            out.append(_assign(flags.broken, False, statement))
        parts = dict(ast.iter_fields(statement))
        made = type(statement)(**{**parts, "body": body, "orelse": []})
        if flags.breaks:
            made._taylorad_leave = flags.broken
        out.append(ast.copy_location(made, statement))
        return flags


class _Loop:
    """The flags of a loop."""

    def __init__(self, broken, skipped, statement):
        self.broken, self.skipped, self.statement = broken, skipped, statement
        self.breaks = self.uses_skip = False

    def leave(self, exit_):
        out = []
        at = exit_ if hasattr(exit_, "lineno") else self.statement
        if isinstance(exit_, ast.Break):
            self.breaks = True
            out.append(_assign(self.broken, True, at))
        out.append(_assign(self.skipped, True, at))
        return out
