"""Operations on numbers: the kind of a result, and constants folded."""

from __future__ import annotations

import math
import operator

import numpy as np

from ..primitives.registry import lookup
from .ir import Value
from .kinds import BOOL, COMPLEX, FLOAT, INT, NUMBERS, ArrayKind

#: In-place operators do on numbers what the others do.
PLAIN = {
    operator.iadd: operator.add,
    operator.isub: operator.sub,
    operator.imul: operator.mul,
    operator.itruediv: operator.truediv,
    operator.ifloordiv: operator.floordiv,
    operator.imod: operator.mod,
    operator.ipow: operator.pow,
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.negative: operator.neg,
    pow: operator.pow,
}
#: Primitives that give integers for integers.
_KEEPING = {
    "add", "subtract", "multiply", "negative", "positive", "square", "absolute", "max", "min",
    "maximum", "minimum", "remainder", "fmod", "floor_divide", "sign", "power",
}  # fmt: skip
_BOOLEAN = {
    "less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "not", "bool",
    "logical_and", "logical_or", "logical_xor", "isnan", "isinf", "isfinite", "signbit",
}  # fmt: skip
_TO_INTEGER = {int, math.floor, math.ceil, math.trunc}
_BITWISE = {operator.and_, operator.or_, operator.xor}
_FOLDED = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.not_,
    operator.lt,
    operator.le, operator.gt, operator.ge, operator.eq, operator.ne, max, min,
}  # fmt: skip


class Select:
    """``a if condition else b`` as an operation; both are evaluated."""

    __name__ = "select"


SELECT = Select()


def primitive_of(fn):
    """The primitive that an operation is, or None."""
    return lookup(fn)


def result_kind(fn, args) -> str:
    """The kind of the number that an operation gives."""
    kinds = [a.kind for a in args]
    if fn is SELECT:
        kinds = kinds[1:]
    widest = max(kinds, key=NUMBERS.index, default=FLOAT)
    if fn is SELECT:
        return widest
    if fn in _BITWISE:
        return BOOL if widest == BOOL else INT
    if fn in _TO_INTEGER:
        return INT
    primitive = lookup(fn)
    if primitive is None:
        return widest if widest != BOOL else INT
    if primitive.name in _BOOLEAN:
        return BOOL
    if primitive.result == "complex":
        return COMPLEX
    if widest == COMPLEX and primitive.result != "real":
        return COMPLEX
    if fn is float or widest in (FLOAT, COMPLEX):
        return FLOAT
    if primitive.name not in _KEEPING or fn in (math.pow, np.float_power):
        return FLOAT
    if primitive.name == "power" and args[1].is_constant and args[1].const < 0:
        return FLOAT
    return INT


def array_kind(fn, args) -> ArrayKind:
    """The kind of the array that an operation on numbers gives element by element."""
    arrays = [a.kind for a in args if a.is_array]
    items = [Value(a.kind.dtype) if a.is_array else a for a in args]
    dtype = result_kind(fn, items)
    if fn is operator.invert and items[0].kind == BOOL:
        dtype = BOOL
    # of arrays in Fortran's order Numba makes another, but not of jets
    layout = "A" if {a.layout for a in arrays} == {"F"} else "C"
    return ArrayKind(max(a.ndim for a in arrays), dtype, layout)


def folded(fn, args):
    """The result on constants where Python gives what compiled code gives; else None."""
    if fn not in _FOLDED or not all(a.is_constant for a in args):
        return None
    try:
        return fn(*(a.const for a in args))
    except (ArithmeticError, TypeError):
        return None


def is_division(fn) -> bool:
    """Whether compiled code may raise ZeroDivisionError."""
    return fn in (operator.truediv, operator.floordiv, operator.mod)
