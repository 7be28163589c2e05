"""The adjoint of a function that is not inlined: its reverse half, called in the reverse sweep."""

from __future__ import annotations

from .callees import Pattern, Visit
from .ir import Op, Value, constant
from .kinds import FLOAT


def reverse_invocation(reverse, op: Op) -> None:
    """Let the forward sweep call the forward half and the reverse sweep the reverse half.

    Where neither an adjoint nor old content is wanted, the function is called as it is.
    """
    callee = op.fn
    written = callee.writes(op)
    restores = bool(written) and reverse.is_undone(op)
    results = [k for k, out in enumerate(op.outs) if _has_adjoint(reverse, out)]
    moved = [len(op.outs) + i for i in callee.written if reverse.active(op.args[i])]
    active = [
        i
        for i, arg in enumerate(op.args)
        if reverse.active(arg) and any((i, k) in callee.flows for k in (*results, *moved))
    ]
    has_adjoint = bool(active)
    if callee.rerun and (restores or has_adjoint):
        known = written if restores else [op.args[i] for i in callee.written & callee.contents]
        reverse.put_back_copies(op, known)
    if not has_adjoint and (callee.rerun or not restores or reverse.plan.undone is None):
        return
    if not callee.rerun:  # one pair serves calls that need not, too
        restores = bool(written)
    if callee.python in callee.program.large and not written:  # one pair serves all calls
        active = [i for i, a in enumerate(op.args) if i in active or a.kind == FLOAT]
        results = [k for k, out in enumerate(op.outs) if k in results or out.kind == FLOAT]
    pair = callee.program.pair(callee, Pattern(tuple(active), tuple(results), restores))
    if not callee.rerun:
        op.fn, op.attr = pair.forward, Visit()
    if restores:
        reverse.undoes(op)
    if any(v.is_array for v in (*op.args, *op.outs)):
        reverse.read_again.add(op)
    args = [reverse.need(arg) for arg in op.args]
    given = list(op.args)
    if not callee.rerun:
        op.fn, op.attr = pair.forward, Visit()
        if callee.mirrors:
            op.args += [reverse.shadows.of(given[i]) for i in active if given[i].is_array]
    for k in results:
        out = op.outs[k]
        args.append(reverse.shadow(out) if out.is_array else reverse.bar(out) or constant(0.0))
        if out.is_array:
            reverse.ordered(out)
    for i in active:
        if given[i].is_array:
            args.append(reverse.shadow(given[i]))
            if given[i] in written:
                reverse.ordered(given[i])
    reverse.forget_memory()
    made = reverse.append(Op("invoke", args, op.attr, pair.reverse))
    for i in active:
        if not given[i].is_array:
            name = given[i].name
            reverse.contribute(given[i], made.out(FLOAT, f"{name}_bar" if name else ""))


def _has_adjoint(reverse, out: Value) -> bool:
    return reverse.active(out) and (out.is_array or reverse.bar(out) is not None)
