"""What users give as numbers, in the two dtypes of coefficients."""

from __future__ import annotations

import numpy as np

from ..errors import ArgumentTypeError, ShapeError


def numbers(x, what) -> np.ndarray:
    """Numbers as float64 or complex128."""
    try:
        array = np.asarray(x)
        if array.dtype.kind == "O":  # large ints, fractions, numbers of arbitrary precision
            array = np.array([_plain(item) for item in array.flat]).reshape(array.shape)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentTypeError(f"{what} numbers: {error}") from None
    if array.dtype.kind not in "biufc":
        raise ArgumentTypeError(f"{what} numbers, not {array.dtype}")
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64, copy=False)


def coefficient_array(coefficients) -> np.ndarray:
    """A fresh, read-only array of coefficients from what a user gives."""
    array = np.array(numbers(coefficients, "the coefficients must be"), ndmin=1, order="C")
    if array.ndim > 1 or array.size == 0:
        raise ShapeError(f"coefficients have the shape (order + 1,), not {array.shape}")
    array.flags.writeable = False
    return array


def _plain(x):
    """A number of any kind as a float or, where it is none, a complex number."""
    try:
        return float(x)
    except TypeError:
        return complex(x)
