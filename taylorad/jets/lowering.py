"""Every primitive made known to Numba: typing of calls with jets, and their code."""

from __future__ import annotations

from functools import reduce

from llvmlite import ir
from numba import typeof
from numba.core import types
from numba.extending import lower_builtin, lower_cast

from .._compat import AbstractTemplate, infer_global, signature
from ..primitives import registry
from . import powers  # noqa: F401  (a rule of its own)
from .rules import Executor, degree_of, primal, result_type
from .staging import pack, unpack
from .standins import prepare
from .types import JetType, bottom, full, join, number

PLAIN = (types.Integer, types.Float, types.Complex, types.Boolean)


def joint_type(args):
    """The type in which numbers of these types meet, or None if they do not."""
    numbers = [number(a) for a in args]
    if None in numbers or not any(isinstance(n, JetType) for n in numbers):
        return None
    return reduce(lambda a, b: a and join(a, b), numbers)


def _template(visible, function, primitive):
    class JetTemplate(AbstractTemplate):
        key = visible
        prefer_literal = _has(primitive, registry.Power)  # x**2 is a product

        def generic(self, args, kws):
            present = tuple(typeof(a.value) if isinstance(a, types.Omitted) else a for a in args)
            kind = joint_type(present) if len(args) == primitive.arity and not kws else None
            if kind is None or (isinstance(bottom(kind), types.Complex) and not primitive.complex):
                return None
            if not _has(primitive, registry.Discrete):
                result = result_type(primitive, full(kind))
                degree = degree_of(primitive, kind, present)
                return signature(result.of_degree(degree), *args)
            plain = tuple(bottom(number(a)) for a in args)
            result = self.context.resolve_function_type(function, plain, {})
            return result and signature(result.return_type, *args)

    return JetTemplate


def _lowering(function, primitive):
    def lower(context, builder, sig, args):
        executor = Executor(context, builder)
        operands = [unpack(executor, t, a) for t, a in zip(sig.args, args, strict=True)]
        if len(args) == 2 and sig.args[0] == sig.args[1] and _same(*args):
            operands[1] = operands[0]  # x * x takes half the products
        if _has(primitive, registry.Discrete):
            kind, result = executor.evaluate(function, *map(primal, operands))
            return context.cast(builder, result, kind, sig.return_type)
        result = executor.apply(primitive, operands, function)
        return pack(executor, sig.return_type, result)

    return lower


def _same(a, b):
    """Whether two operands are one variable of the program, read for one operation."""
    loads = isinstance(a, ir.LoadInstr) and isinstance(b, ir.LoadInstr)
    return a is b or (loads and a.operands[0] is b.operands[0])


def _has(primitive, kind):
    return any(isinstance(rule, kind) for rule in primitive.rules.values())


def _patterns(arity):
    """Argument types with at least one jet, for Numba's table of implementations."""
    kinds = [()]
    for _ in range(arity):
        kinds = [(*k, t) for k in kinds for t in (JetType, *PLAIN)]
    return [k for k in kinds if JetType in k]


def declare(primitive):
    """Teach Numba a primitive in all its spellings."""
    for function in primitive.functions:
        visible = prepare(function, primitive)
        infer_global(visible, types.Function(_template(visible, function, primitive)))
        lower = _lowering(function, primitive)
        for pattern in _patterns(primitive.arity):
            lower_builtin(visible, *pattern)(lower)
        if _has(primitive, registry.Power):  # x**1.5: the exponent in the text
            lower_builtin(visible, JetType, types.Omitted)(lower)


registry.subscribe(declare)


def _cast(context, builder, fromty, toty, value):
    executor = Executor(context, builder)
    return pack(executor, toty, unpack(executor, fromty, value))


for _plain in PLAIN:
    lower_cast(_plain, JetType)(_cast)
lower_cast(JetType, JetType)(_cast)
