"""What a Taylor number is made of: a fixed array of coefficients."""

from __future__ import annotations

from typing import Self

import numpy as np


class Base:
    """An immutable sequence of coefficients; `Taylor` says what they mean."""

    __slots__ = ("_coefficients",)
    _coefficients: np.ndarray

    @classmethod
    def _of(cls, coefficients) -> Self:
        """A number that takes over a fresh array of coefficients."""
        number = object.__new__(cls)
        coefficients.flags.writeable = False
        object.__setattr__(number, "_coefficients", coefficients)
        return number

    # -- parts ------------------------------------------------------------------------

    @property
    def coefficients(self) -> np.ndarray:
        """The coefficients, shape ``(order + 1,)``, float64 or complex128, read-only."""
        return self._coefficients

    @property
    def order(self) -> int:
        """The highest power of ``t`` that is known."""
        return len(self._coefficients) - 1

    @property
    def value(self):
        """Coefficient 0."""
        return self._coefficients[0]

    def __len__(self):
        return len(self._coefficients)

    def __getitem__(self, k):
        return self._coefficients[k]

    def __iter__(self):
        return iter(self._coefficients)

    def __setattr__(self, name, value):
        raise AttributeError(f"Taylor numbers do not change: cannot set {name!r}")

    def __delattr__(self, name):
        raise AttributeError(f"Taylor numbers do not change: cannot delete {name!r}")
