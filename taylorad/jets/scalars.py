"""Spellings on jets that take more forms than one primitive has.

Extremes of several numbers, rounding to digits, parts of complex numbers as attributes,
conversions and functions that give pairs; all by way of primitives.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from numba.core import types
from numba.extending import lower_builtin, overload, overload_attribute, overload_method

from .._compat import AbstractTemplate, infer_global, signature
from ..primitives.registry import named
from .lowering import joint_type
from .rules import Executor, primal
from .staging import pack, unpack
from .types import JetType, bottom, number, with_bottom


def _template(function, key, result):
    """Let ``function`` take jets where ``result(context, args)`` gives a type."""

    class Template(AbstractTemplate):
        def generic(self, args, kws):
            kind = None if kws else result(self.context, args)
            return kind and signature(kind, *args)

        def get_impl_key(self, sig):
            return key

    Template.key = function
    infer_global(function, types.Function(Template))


def _numbers(args):
    """The types among which an extreme is taken, or None where a primitive's own form holds."""
    if len(args) == 1 and isinstance(args[0], types.BaseTuple):
        return args[0].types
    return args if len(args) > 2 else None


def _extreme(function):
    key = f"taylorad.{function.__name__}"

    def result(context, args):
        kinds = _numbers(args)
        kind = joint_type(kinds) if kinds else None
        return kind if kind is not None and not isinstance(bottom(kind), types.Complex) else None

    def lower(context, builder, sig, args):
        executor = Executor(context, builder)
        kinds = _numbers(sig.args)
        if len(sig.args) == 1:
            args = [builder.extract_value(args[0], i) for i in range(len(kinds))]
        operands = [unpack(executor, t, a) for t, a in zip(kinds, args, strict=True)]
        primitive = named(function.__name__)
        return pack(
            executor,
            sig.return_type,
            reduce(lambda x, y: executor.call(primitive.value, x, y), operands),
        )

    _template(function, key, result)
    lower_builtin(key, types.VarArg(types.Any))(lower)


_extreme(max)
_extreme(min)


def _rounding(function, key):
    def result(context, args):
        if not args or not isinstance(args[0], JetType):
            return None
        plain = (bottom(args[0]), *args[1:])
        found = context.resolve_function_type(function, plain, {})
        return found and found.return_type

    def lower(context, builder, sig, args):
        executor = Executor(context, builder)
        operands = [unpack(executor, t, a) for t, a in zip(sig.args, args, strict=True)]
        kind, value = executor.evaluate(function, *map(primal, operands))
        return context.cast(builder, value, kind, sig.return_type)

    _template(function, key, result)
    lower_builtin(key, types.VarArg(types.Any))(lower)


_rounding(round, "taylorad.round")
_rounding(np.round, "taylorad.np.round")
_rounding(np.around, "taylorad.np.around")


def _complex_type(context, args):
    kind = number(args[0]) if len(args) == 1 else None
    return with_bottom(kind, types.complex128) if isinstance(kind, JetType) else None


_template(complex, "taylorad.complex", _complex_type)


@lower_builtin("taylorad.complex", JetType)
def _complex(context, builder, sig, args):
    executor = Executor(context, builder)
    return pack(executor, sig.return_type, unpack(executor, sig.args[0], args[0]))


@overload_attribute(JetType, "real")
def _real(x):
    return lambda x: np.real(x)


@overload_attribute(JetType, "imag")
def _imag(x):
    return lambda x: np.imag(x)


@overload_method(JetType, "conjugate")
def _conjugate(x):
    return lambda x: np.conjugate(x)


@overload(np.angle)
def _angle(z, deg=False):
    if not isinstance(z, JetType):
        return None

    def impl(z, deg=False):
        angle = np.arctan2(np.imag(z), np.real(z))
        return np.degrees(angle) if deg else angle

    return impl


@overload(divmod)
def _divmod(a, b):
    if isinstance(a, JetType) or isinstance(b, JetType):
        return lambda a, b: (a // b, a % b)
    return None


@overload(np.divmod)
def _np_divmod(a, b):
    if isinstance(a, JetType) or isinstance(b, JetType):
        return lambda a, b: (np.floor_divide(a, b), np.remainder(a, b))
    return None


@overload(math.ldexp)
def _ldexp(x, n):
    if isinstance(x, JetType):
        return lambda x, n: x * math.ldexp(1.0, n)
    return None
