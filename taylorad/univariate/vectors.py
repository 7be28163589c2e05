"""The form in which a Taylor number's coefficients meet the rules of primitives."""

from __future__ import annotations

from functools import cached_property

import numpy as np


class Vector:
    """Coefficients that grow at the end, with the sums of the rules as scalar products."""

    def __init__(self, values, capacity: int, dtype):
        self.array = np.zeros(capacity, dtype)
        self.array[: len(values)] = values
        self._length = len(values)
        self._weighted: Vector | None = None

    @cached_property
    def reverse(self):
        """The same memory read from the end."""
        return self.array[::-1]

    def __len__(self):
        return self._length

    def __getitem__(self, k):
        return self.array[k]

    def append(self, value):
        k = self._length
        self.array[k] = value
        if self._weighted is not None:
            self._weighted.array[k] = k * value
        self._length = k + 1

    def weighted(self) -> Vector:
        """The series ``j * a[j]``, which grows with this one."""
        if self._weighted is None:
            weights = self.array * np.arange(len(self.array))
            self._weighted = Vector(weights, len(weights), weights.dtype)
        return self._weighted

    def dot(self, other: Vector, k: int, lo: int, hi: int):
        """Sum of ``self[j] * other[k-j]`` for ``j = lo..hi``."""
        start = len(other.array) - 1 - k + lo
        return np.dot(self.array[lo : hi + 1], other.reverse[start : start + hi - lo + 1])
