"""Operations on Taylor numbers: every one is looked up in the registry of primitives."""

from __future__ import annotations

import math
import numbers
from functools import partial

import numpy as np

from ..errors import ArgumentTypeError
from ..primitives import registry
from ..primitives.interpret import Expansion
from .base import Base
from .vectors import VectorInterpreter

#: NumPy functions that move, add and multiply elements: their own code serves.
_STRUCTURAL = {
    np.shape, np.ndim, np.size, np.copy, np.ravel, np.reshape, np.atleast_1d, np.broadcast_to,
    np.concatenate, np.stack, np.vstack, np.hstack, np.column_stack, np.append, np.where,
    np.select, np.zeros_like, np.ones_like, np.full_like, np.sum, np.prod, np.mean, np.cumsum,
    np.cumprod, np.diff, np.dot, np.vdot, np.inner, np.outer, np.max, np.min, np.any, np.all,
}  # fmt: skip


class Operations(Base):
    """Operators, NumPy functions and conversions of a Taylor number."""

    __slots__ = ()

    # -- the protocols through which functions reach the number ------------------------

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or options:
            what = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
            given = f" with {', '.join(options)}=" if options else ""
            raise ArgumentTypeError(f"{what}{given} does not work on Taylor numbers")
        result = _elementwise(partial(apply, ufunc), inputs)
        if out is None or result is NotImplemented:
            return result
        return _store(result, *out)

    def __array_function__(self, function, types, args, kwargs):
        if registry.lookup(function) is not None and not kwargs:
            return _elementwise(partial(apply, function), args)
        if function in _COMPOSED:
            return _COMPOSED[function](*args, **kwargs)
        if function not in _STRUCTURAL:
            raise ArgumentTypeError(f"np.{function.__name__} is not defined on Taylor numbers")
        kwargs = {name: _as_objects(x) for name, x in kwargs.items()}
        return function(*map(_as_objects, args), **kwargs)

    def __array__(self, dtype=None, copy=None):
        """An array of one element, this number (its coefficients: `coefficients`)."""
        if dtype is not None and np.dtype(dtype).kind != "O":
            return np.array(_plain(self, dtype), dtype)
        array = np.empty((), object)
        array[()] = self
        return array

    def apply_primitive(self, function, *operands):
        """How functions of taylorad's own, such as ``ta.erf``, reach the number."""
        return apply(function, *operands)

    def __getattr__(self, name):
        # NumPy's loops over arrays of objects call methods: np.sin(array) -> element.sin()
        ufunc = getattr(np, name, None)
        if isinstance(ufunc, np.ufunc) and registry.lookup(ufunc) is not None:
            return partial(apply, ufunc, self)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    # -- conversions to plain numbers ---------------------------------------------------

    def __float__(self):
        return float(_plain(self, "float"))

    def __complex__(self):
        return complex(_plain(self, "complex"))

    def __int__(self):
        return int(self.value)

    def __bool__(self):
        return bool(self.value)

    def __floor__(self):
        return math.floor(self.value)

    def __ceil__(self):
        return math.ceil(self.value)

    def __trunc__(self):
        return math.trunc(self.value)

    def __round__(self, ndigits=None):
        return round(float(self.value), ndigits)

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self


def _unary(ufunc):
    return lambda self: apply(ufunc, self)


def _binary(ufunc):
    return lambda self, other: _elementwise(partial(apply, ufunc), (self, other))


def _reflected(ufunc):
    return lambda self, other: _elementwise(partial(apply, ufunc), (other, self))


_ARITHMETIC = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.true_divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "pow": np.power,
}
_COMPARISONS = {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}
for _name, _ufunc in _ARITHMETIC.items():
    setattr(Operations, f"__{_name}__", _binary(_ufunc))
    setattr(Operations, f"__r{_name}__", _reflected(_ufunc))
for _name, _ufunc in _COMPARISONS.items():
    setattr(Operations, f"__{_name}__", _binary(_ufunc))
for _name, _sign in {"neg": np.negative, "pos": np.positive, "abs": np.absolute}.items():
    setattr(Operations, f"__{_name}__", _unary(_sign))


def apply(function, *operands):
    """The function's value on plain and Taylor numbers, by the rule of its primitive."""
    operands = [x if isinstance(x, Base) else _scalar(x) for x in operands]
    if any(x is None for x in operands):
        return NotImplemented
    series = [x for x in operands if isinstance(x, Base)]
    if not series:
        return function(*operands)
    declared = _primitive(function, operands)
    length = min(map(len, series))
    kind = np.result_type(*(x.coefficients if isinstance(x, Base) else x for x in operands))
    if kind == np.complex128 and not declared.complex:
        raise ArgumentTypeError(f"{declared.name} is not defined for complex numbers")
    interpreter = VectorInterpreter(length - 1)
    with np.errstate(all="ignore"):
        expansions = [
            interpreter.expansion(x.coefficients) if isinstance(x, Base) else x for x in operands
        ]
        result = interpreter.apply(declared, expansions, function)
    if not isinstance(result, Expansion):
        return result
    array = interpreter.series(result).array
    if declared.result == "real":
        return series[0]._of(array.real.copy())
    return series[0]._of(array.astype(kind if declared.result == "joint" else np.complex128))


def _primitive(function, operands):
    """The primitive that the function is; clear words where it is none."""
    declared = registry.lookup(function)
    name = getattr(function, "__name__", function)
    if declared is None:
        raise ArgumentTypeError(
            f"{name} is not defined on Taylor numbers; ta.primitive declares a function"
        )
    if len(operands) != declared.arity:
        raise ArgumentTypeError(f"{name} takes {declared.arity} numbers, not {len(operands)}")
    return declared


def _scalar(x):
    """A plain number as NumPy's float64 or complex128; None for anything else."""
    if isinstance(x, np.ndarray) and x.ndim == 0:
        x = x[()]
    if isinstance(x, numbers.Real | np.bool_):
        return np.float64(x)
    return np.complex128(x) if isinstance(x, numbers.Complex) else None


def _elementwise(function, operands):
    """The function on numbers, or on every element where there are arrays."""
    if not any(isinstance(x, np.ndarray) for x in operands):
        return function(*operands)
    result = np.frompyfunc(function, len(operands), 1)(*map(_as_objects, operands))
    if isinstance(result, np.ndarray) and not any(isinstance(x, Base) for x in result.flat):
        return np.array(result.tolist())  # comparisons and the like give plain numbers
    return result


def _clip(x, low=None, high=None):
    """`np.clip` by the rules of `np.maximum` and `np.minimum`."""
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _angle(z, deg=False):
    angle = np.arctan2(np.imag(z), np.real(z))
    return np.degrees(angle) if deg else angle


_COMPOSED = {np.clip: _clip, np.angle: _angle}


def _as_objects(x):
    """Taylor numbers, also those in lists, as arrays of objects; anything else as it is."""
    if isinstance(x, Base):
        return np.asarray(x)
    return [_as_objects(item) for item in x] if isinstance(x, list | tuple) else x


def _store(result, out):
    """The ``out=`` argument of a NumPy function."""
    if out.dtype != object:
        raise ArgumentTypeError(
            f"an array of {out.dtype} cannot hold Taylor numbers; use a.astype(object)"
        )
    out[...] = result
    return out


def _plain(number, kind):
    """The value of a number of order 0; others are refused."""
    if number.order > 0:
        raise ArgumentTypeError(
            f"a Taylor number of order {number.order} is no plain {kind}: use np.sin and the "
            "like in place of math.sin, and .value where the value alone is meant"
        )
    return number.value
