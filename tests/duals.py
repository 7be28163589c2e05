"""Dual numbers in plain Python: derivatives of a program that share nothing with the library.

A comparison that rounding could turn says nothing about derivatives: it raises `Tie`.
"""

from __future__ import annotations

import math

import numpy as np

#: Relative difference of operands below which a comparison hangs on rounding.
CLOSE = 1e-9


class Tie(Exception):
    """Operands are too close to tell on which side of a branch they are."""


class Dual:
    """A value and its derivative along a direction."""

    __slots__ = ("tangent", "value")

    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = float(value), float(tangent)
        if math.isinf(self.value) or math.isinf(self.tangent):
            raise OverflowError  # zero times infinity is nan in reverse mode alone

    def __repr__(self):
        return f"Dual({self.value!r}, {self.tangent!r})"

    def __add__(self, other):
        x, dx = parts(other)
        return Dual(self.value + x, self.tangent + dx)

    def __sub__(self, other):
        x, dx = parts(other)
        return Dual(self.value - x, self.tangent - dx)

    def __rsub__(self, other):
        return Dual(*parts(other)) - self

    def __mul__(self, other):
        x, dx = parts(other)
        return Dual(self.value * x, self.tangent * x + self.value * dx)

    __radd__, __rmul__ = __add__, __mul__

    def __truediv__(self, other):
        x, dx = parts(other)
        quotient = self.value / x
        return Dual(quotient, (self.tangent - quotient * dx) / x)

    def __rtruediv__(self, other):
        return Dual(*parts(other)) / self

    def __pow__(self, other):
        if isinstance(other, Dual):
            return (other * self.log()).exp()
        slope = other * self.value ** (other - 1) if other else 0.0
        return Dual(self.value**other, slope * self.tangent)

    def __rpow__(self, other):
        return Dual(*parts(other)) ** self

    def __neg__(self):
        return Dual(-self.value, -self.tangent)

    def __pos__(self):
        return self

    def __abs__(self):
        return -self if self < 0 else self

    def __int__(self):
        near = round(self.value)
        if self.tangent and abs(self.value - near) < CLOSE:
            raise Tie
        return int(self.value)

    __trunc__ = __int__

    def __floor__(self):
        self.__int__()
        return math.floor(self.value)

    def __lt__(self, other):
        return self._against(other) < 0

    def __le__(self, other):
        return self._against(other) <= 0

    def __gt__(self, other):
        return self._against(other) > 0

    def __ge__(self, other):
        return self._against(other) >= 0

    def __eq__(self, other):
        return self._against(other) == 0

    def __ne__(self, other):
        return self._against(other) != 0

    __hash__ = None

    def __bool__(self):
        return bool(self != 0)

    def _against(self, other):
        x, dx = parts(other)
        difference = self.value - x
        near = abs(difference) <= CLOSE * (1 + abs(x))
        if near and (difference or self.tangent != dx):
            raise Tie
        return difference


def _unless_array(method):
    """With an array NumPy applies the operation element by element."""
    return lambda x, y: NotImplemented if isinstance(y, np.ndarray) else method(x, y)


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow",
              "lt", "le", "gt", "ge", "eq", "ne"):  # fmt: skip
    setattr(Dual, f"__{_name}__", _unless_array(getattr(Dual, f"__{_name}__")))


def parts(x):
    """A number's value and derivative."""
    return (x.value, x.tangent) if isinstance(x, Dual) else (x, 0.0)


#: Functions of one number with their derivatives, by NumPy's names.
FUNCTIONS = {
    "sin": (math.sin, math.cos),
    "cos": (math.cos, lambda x: -math.sin(x)),
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2 if abs(x) < 300 else 0.0),
    "exp": (math.exp, math.exp),
    "log": (math.log, lambda x: 1 / x),
    "sqrt": (math.sqrt, lambda x: 0.5 / math.sqrt(x)),
    "arctan": (math.atan, lambda x: 1 / (1 + x * x)),
}


def _method(function, derivative):
    return lambda x: Dual(function(x.value), derivative(x.value) * x.tangent)


for _name, _rule in FUNCTIONS.items():  # NumPy calls these methods on arrays of objects
    setattr(Dual, _name, _method(*_rule))


def _hypot(a, b):
    return (a * a + b * b) ** 0.5


def _arctan2(a, b):
    (y, dy), (x, dx) = parts(a), parts(b)
    return Dual(math.atan2(y, x), (x * dy - y * dx) / (x * x + y * y))


Dual.hypot, Dual.arctan2 = _hypot, _arctan2


class Math:
    """`math` for dual numbers."""

    hypot, atan2 = staticmethod(_hypot), staticmethod(_arctan2)

    def __getattr__(self, name):
        numpy_name = {"atan": "arctan"}.get(name, name)
        plain, method = getattr(math, name), getattr(Dual, numpy_name, None)
        return lambda x: method(x) if isinstance(x, Dual) else plain(x)


class Numpy:
    """NumPy whose arrays of floats are arrays of objects; `empty` holds nan."""

    ndarray, int64, float64 = np.ndarray, np.int64, object

    @staticmethod
    def full(shape, value, dtype=None):
        if dtype is None:
            dtype = np.int64 if isinstance(value, int) else object
        made = np.empty(shape, dtype)
        made.fill(value)
        return made

    def zeros(self, shape, dtype=object):
        return self.full(shape, 0 if dtype is np.int64 else 0.0, dtype)

    def ones(self, shape, dtype=object):
        return self.full(shape, 1 if dtype is np.int64 else 1.0, dtype)

    def empty(self, shape, dtype=object):
        return self.full(shape, -(10**6) if dtype is np.int64 else math.nan, dtype)

    def zeros_like(self, a):
        return self.zeros(a.shape, a.dtype)

    def array(self, items):
        return np.array(items, object)

    def where(self, condition, a, b):
        chosen = np.where(np.asarray(condition, bool), objects(a), objects(b))
        return chosen if chosen.shape else chosen[()]

    @staticmethod
    def square(x):
        return x * x

    @staticmethod
    def floor(x):
        return float(math.floor(x))  # no number of NumPy's, which divides by zero in silence

    def __getattr__(self, name):
        if name not in FUNCTIONS:
            return getattr(np, name)

        def each(x):
            return x if not isinstance(x, float | int) else Dual(x)

        def call(x):
            return getattr(np, name)(np.vectorize(each, [object])(x) if np.ndim(x) else each(x))

        return call


def objects(x):
    """A number or an array as an array of objects."""
    if isinstance(x, np.ndarray):
        return x.astype(object)
    made = np.empty((), object)
    made[()] = x
    return made


def as_float(x):
    """`float`, which leaves dual numbers as they are."""
    return x if isinstance(x, Dual) else float(x)


#: What a program's names mean on dual numbers.
SCOPE = {"math": Math(), "np": Numpy(), "float": as_float}


def seeded(argument, direction):
    """An argument on dual numbers, moving along a direction; None if it stays."""
    if isinstance(argument, tuple):
        directions = direction if direction is not None else (None,) * len(argument)
        items = list(map(seeded, argument, directions))
        return argument._make(items) if hasattr(argument, "_make") else tuple(items)
    if isinstance(argument, np.ndarray) and argument.dtype == float:
        moved = np.empty(argument.shape, object)
        flat = argument.ravel().tolist()  # numbers of NumPy's divide by zero in silence
        moved.flat = flat if direction is None else list(map(Dual, flat, direction.flat))
        return moved
    if isinstance(argument, np.ndarray):
        return argument.copy()
    return argument if direction is None else Dual(argument, direction)


def split(result):
    """A result's values and derivatives, as nested tuples of floats and arrays of floats."""
    if isinstance(result, tuple):
        make = getattr(result, "_make", tuple)
        return tuple(map(make, zip(*map(split, result), strict=True)))
    if isinstance(result, np.ndarray):
        flat = [parts(x) for x in result.flat]
        values, tangents = (np.array([p[k] for p in flat], float) for k in (0, 1))
        return values.reshape(result.shape), tangents.reshape(result.shape)
    return tuple(map(float, parts(result)))
