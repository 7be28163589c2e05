"""Divisors that are zero: looked for in every iteration, told of after the loop.

An exit inside a loop keeps it from becoming vectors.  By IEEE rules a division by zero gives
an infinity or a nan and the loop goes on; as it changes nothing that outlives the exception,
the iteration may note that it met a zero, and the exception be raised behind the loop.
"""

from __future__ import annotations

import operator

from .ir import Function, Op, Value, constant, walk
from .kinds import BOOL, FLOAT, INT


def check_late(function: Function) -> None:
    """Raise behind innermost loops what they would raise inside."""
    for op in list(walk(function.root)):
        if op.kind == "for" and op.body.leave is None and _goes_on(op):
            _move_checks(op)


def _goes_on(loop: Op) -> bool:
    """Whether an infinity or a nan leads nowhere that the loop does not go anyway."""
    return not any(
        op.regions
        or op.kind in ("effect", "call", "invoke", "array")
        or (op.kind == "apply" and _is_rounding(op))
        for op in loop.body.ops
    )


def _is_rounding(op: Op) -> bool:
    """Whether an operation makes an integer of a float: it might be an index."""
    return op.outs[0].kind == INT and any(a.kind == FLOAT for a in op.args)


def _move_checks(loop: Op) -> None:
    body = loop.body
    checks = [op for op in body.ops if op.kind == "check" and op.args[0].kind == FLOAT]
    if not checks:
        return
    zero: Value = body.param(BOOL, "zero")
    loop.args.append(constant(False))
    for check in checks:
        is_zero = _replaced(check, operator.eq, check.args[0], constant(0))
        zero = _replaced(check, operator.or_, zero, is_zero)
        zero.name = "zero"
        body.ops.remove(check)
    body.yields.append(zero)
    after = Op("check", [loop.out(BOOL, "zero")], line=checks[0].line)
    after.region = loop.region
    loop.region.ops.insert(loop.region.ops.index(loop) + 1, after)


def _replaced(check: Op, fn, *args: Value) -> Value:
    """The result of an operation put before a check."""
    made = Op("apply", args, fn=fn, line=check.line)
    made.region = check.region
    made.region.ops.insert(made.region.ops.index(check), made)
    return made.out(BOOL)
