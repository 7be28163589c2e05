"""The form in which a Taylor number's coefficients meet the rules of primitives."""

from __future__ import annotations

import numpy as np

from ..primitives.interpret import Expansion, Interpreter
from ..primitives.series import ZERO


class VectorInterpreter(Interpreter):
    """An interpreter that keeps series in arrays and forms sums as scalar products."""

    def expansion(self, coefficients) -> Expansion:
        """An operand from its array, cut at the order."""
        return Expansion(self, self.column(coefficients[: self.order + 1]))

    def series(self, operand) -> Vector:  # type: ignore[override]
        items = operand.items if isinstance(operand, Expansion) else [operand]
        return items if isinstance(items, Vector) else self.column(items)

    def column(self, items) -> Vector:
        return Vector(items, self.order + 1)


class Vector:
    """Coefficients in an array, appended to one by one; those beyond are known zeros."""

    def __init__(self, items, capacity: int):
        if not isinstance(items, np.ndarray):
            items = list(items)
            while items and items[-1] is ZERO:
                items.pop()
            items = np.array([0.0 if x is ZERO else x for x in items])
        self.length = len(items)
        self.complete = self.length == capacity
        self._products: dict[int, tuple] = {}
        self._hold(np.zeros(capacity, np.result_type(items, np.float64)))
        self.array[: self.length] = items

    def _hold(self, array):
        self.array = array
        self.reverse = array[::-1]
        self._weighted: Vector | None = None

    def __getitem__(self, k):
        if isinstance(k, slice):
            return [self[j] for j in range(*k.indices(len(self.array)))]
        return self.array[k] if k < self.length else ZERO

    def __setitem__(self, k, item):
        self.array[k] = item

    def __iter__(self):
        return map(self.__getitem__, range(len(self.array)))

    def append(self, item):
        item = 0.0 if item is ZERO else item
        if isinstance(item, np.complexfloating) and self.array.dtype == np.float64:
            self._hold(self.array.astype(np.complex128))
        self.array[self.length] = item
        if self._weighted is not None:
            self._weighted.append(self.length * item)
        self.length += 1

    def weighted(self) -> Vector:
        """The series ``j * a[j]``, which grows with this one."""
        if self._weighted is None:
            known = self.array[: self.length] * np.arange(self.length)
            self._weighted = Vector(known, len(self.array))
        return self._weighted

    def dot(self, other: Vector, k: int, lo: int, hi: int):
        """Sum of ``self[j] * other[k-j]`` for ``j = lo..hi``, without known zeros."""
        lo, hi = max(lo, k - other.length + 1), min(hi, self.length - 1)
        if lo > hi:
            return 0.0
        if lo == 0 and hi == k and self.complete and other.complete:
            return self._product(other)[k]
        start = len(other.array) - 1 - k
        return np.dot(self.array[lo : hi + 1], other.reverse[start + lo : start + hi + 1])

    def _product(self, other: Vector):
        """The whole Cauchy product, of two series known before the rule ran, formed once."""
        if id(other) not in self._products:
            self._products[id(other)] = other, np.convolve(self.array, other.array)
        return self._products[id(other)][1]
