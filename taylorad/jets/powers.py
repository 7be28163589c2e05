"""Powers with a plain exponent: products where it is a whole number, else the recurrence."""

from __future__ import annotations

import math
import operator

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from ..primitives.interpret import LARGEST_WHOLE, chain, whole_number
from ..primitives.registry import Power
from ..primitives.series import ZERO, select
from .rules import head_of, primal, run, solve, with_head
from .staging import Complex, Jet, Real, Series, lift, pack, unpack
from .types import F64, JetType, bottom, llvm_type

I64 = ir.IntType(64)


@run.register
def _(rule: Power, emitter, kind, operands, function):
    base, exponent = operands
    if isinstance(exponent, Jet):
        if not isinstance(base, Jet):
            return run(rule.constant, emitter, kind, operands, function)
        return _varying(rule, emitter, kind, base, exponent, function)
    head = emitter.call(function, head_of(kind, base), exponent)
    if isinstance(exponent, Complex):
        return _general(rule, emitter, kind, head, base, exponent)
    known = getattr(exponent, "known", None)
    if known is None:
        return _at_run_time(rule, emitter, kind, head, base, exponent)
    whole = whole_number(known)
    if whole is None:
        return _not_whole(rule, emitter, kind, head, base, exponent)
    with emitter.coefficient(1):
        power = chain(base, abs(whole)) if whole else emitter.constant(1.0)
        power = 1 / power if whole < 0 else power
    return with_head(emitter, kind, lift(emitter, kind, power), head)


def _varying(rule, emitter, kind, base, exponent, function):
    """Both operands vary: at a zero base the power is that of the exponent held fast."""
    base, exponent = (Jet(emitter, kind, lift(emitter, kind, x).series) for x in (base, exponent))
    if isinstance(bottom(kind), types.Complex) or kind.order == 0:
        return run(rule.varying, emitter, kind, (base, exponent), function)
    builder = emitter.builder
    slot = cgutils.alloca_once(builder, llvm_type(kind))
    packed = [pack(emitter, kind, x) for x in (base, exponent)]
    zero = builder.fcmp_ordered("==", primal(base).value, ir.Constant(F64, 0.0))
    with builder.if_else(zero, likely=False) as (vanishing, elsewhere):
        with vanishing:
            a, b = (unpack(emitter, kind, x) for x in packed)
            r = primal(b)
            fixed = emitter.call(function, a, r)
            result = held_fast(emitter, kind, fixed, moving(b), r)
            builder.store(pack(emitter, kind, result), slot)
        with elsewhere:
            a, b = (unpack(emitter, kind, x) for x in packed)
            result = run(rule.varying, emitter, kind, (a, b), function)
            builder.store(pack(emitter, kind, result), slot)
    return unpack(emitter, kind, builder.load(slot))


def moving(x):
    """For each coefficient at the bottom of a jet but the first, nan where it is not 0."""
    found = {}
    for degrees, item in _leaves(x):
        if any(degrees) and item is not ZERO:
            found[degrees] = select(np.equal(item, 0.0), 0.0, math.nan)
    return found


def _leaves(x, degrees=()):
    """The coefficients at the bottom of a jet, each with its degree at every level."""
    if not isinstance(x, Jet):
        yield degrees, x
        return
    for k in range(x.type.order + 1):
        if x.series[k] is not ZERO:
            yield from _leaves(x.series[k], (*degrees, k))


def held_fast(emitter, kind, fixed, doubts, r, degrees=()):
    """``fixed`` with nan from total degree ``r + 1`` on, where the exponent's logarithm enters.

    A coefficient is touched by the exponent's coefficients of no higher degree at any level.
    """
    if isinstance(kind, JetType):
        items = [
            held_fast(emitter, kind.dtype, fixed.series[k], doubts, r, (*degrees, k))
            for k in range(kind.order + 1)
        ]
        return Jet(emitter, kind, Series(emitter, items))
    doubt = ZERO
    for place, nan in doubts.items():
        if all(p <= d for p, d in zip(place, degrees, strict=True)):
            doubt = doubt + nan
    if doubt is ZERO:
        return fixed
    return fixed + select(np.less(emitter.constant(sum(degrees)), r + 1.0), 0.0, doubt)


def _general(rule, emitter, kind, head, base, exponent):
    columns = [lift(emitter, kind, x).series for x in (base, exponent)]
    return solve(emitter, kind, rule.general.formula, [head], columns)


def _not_whole(rule, emitter, kind, head, base, exponent):
    """The recurrence, with its limits where the base is zero."""
    result = _general(rule, emitter, kind, head, base, exponent)
    zero = emitter.call(np.equal, head_of(kind, base), 0.0)
    vanishing = emitter.call(np.logical_and, zero, emitter.call(np.greater, exponent, 0.0))
    if kind.order == 0:
        return result
    limits = [_limit(rule, emitter, kind, base, exponent, k) for k in range(1, kind.order + 1)]
    limits = Jet(emitter, kind, Series(emitter, [head, *limits]))
    return with_head(emitter, kind, emitter.choose(vanishing, limits, result), head)


def _limit(rule, emitter, kind, base, exponent, k):
    """Coefficient ``k`` at a zero base; in nested jets what counts is the whole degree."""
    if not isinstance(kind.dtype, JetType):
        with emitter.coefficient(k):
            return rule.vanishing(k, exponent, base.series[1])
    return _by_degree(emitter, kind.dtype, exponent, k)


def _by_degree(emitter, kind, exponent, degree):
    if isinstance(kind, JetType):
        items = [
            _by_degree(emitter, kind.dtype, exponent, degree + k) for k in range(kind.order + 1)
        ]
        return Jet(emitter, kind, Series(emitter, items))
    below = emitter.call(np.less, float(degree), exponent)
    return emitter.choose(below, emitter.constant(0.0), emitter.constant(np.nan))


def _at_run_time(rule, emitter, kind, head, base, exponent):
    """A branch: products by a loop over the bits of a whole exponent, or the recurrence."""
    builder = emitter.builder
    exponent = Real(emitter, exponent.value)
    layout = llvm_type(kind)
    slot = cgutils.alloca_once(builder, layout)
    base = pack(emitter, kind, lift(emitter, kind, base))
    start = pack(emitter, kind, lift(emitter, kind, head))
    size = emitter.call(np.absolute, exponent)
    rounded = emitter.call(np.rint, exponent)
    whole = builder.and_(
        builder.fcmp_ordered("==", exponent.value, rounded.value),
        builder.fcmp_ordered("<=", size.value, ir.Constant(F64, float(LARGEST_WHOLE))),
    )
    with builder.if_else(whole) as (products, recurrence):
        with products, emitter.coefficient(1):
            power = _product(emitter, kind, base, exponent, size)
            builder.store(pack(emitter, kind, power), slot)
        with recurrence:
            a = unpack(emitter, kind, base)
            first = unpack(emitter, kind, start).series[0]
            result = _not_whole(rule, emitter, kind, first, a, exponent)
            builder.store(pack(emitter, kind, result), slot)
    result = unpack(emitter, kind, builder.load(slot))
    return with_head(emitter, kind, result, unpack(emitter, kind, start).series[0])


def _product(emitter, kind, base, exponent, size):
    """``base ** exponent`` by repeated squaring at run time."""
    builder = emitter.builder
    one = lift(emitter, kind, emitter.constant(1.0))
    result = cgutils.alloca_once_value(builder, pack(emitter, kind, one))
    square = cgutils.alloca_once_value(builder, base)
    bits = cgutils.alloca_once_value(builder, builder.fptosi(size.value, I64))

    def times(slot, other):
        x, y = (unpack(emitter, kind, builder.load(s)) for s in (slot, other))
        builder.store(pack(emitter, kind, emitter.call(operator.mul, x, y)), slot)

    zero = ir.Constant(I64, 0)
    test, body, done = (builder.append_basic_block(f"power_{n}") for n in ("test", "body", "done"))
    builder.branch(test)
    builder.position_at_end(test)
    builder.cbranch(builder.icmp_signed("!=", builder.load(bits), zero), body, done)
    builder.position_at_end(body)
    odd = builder.trunc(builder.load(bits), ir.IntType(1))
    with builder.if_then(odd):
        times(result, square)
    rest = builder.lshr(builder.load(bits), ir.Constant(I64, 1))
    builder.store(rest, bits)
    with builder.if_then(builder.icmp_signed("!=", rest, zero)):
        times(square, square)
    builder.branch(test)
    builder.position_at_end(done)
    with builder.if_then(builder.fcmp_ordered("<", exponent.value, ir.Constant(F64, 0.0))):
        inverted = 1 / unpack(emitter, kind, builder.load(result))
        builder.store(pack(emitter, kind, inverted), result)
    return unpack(emitter, kind, builder.load(result))
