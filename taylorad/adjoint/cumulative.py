"""Adjoints of products of many factors, without divisions: factors may be zero."""

from __future__ import annotations

import numpy as np
from numba.extending import overload

from ..jets.arrays.elements import convert, joint_dtype


def products_of_others(x):
    """For each element of an array the product of all the others."""
    return np.array([np.prod(np.delete(x, i)) for i in range(x.size)]).reshape(x.shape)


@overload(products_of_others)
def _products_of_others(x):
    """Products of what is before times products of what is behind."""

    def impl(x):
        flat = x.copy().reshape(x.size)
        made = np.empty(x.size, joint_dtype(x, 0.0))
        product = convert(1.0, joint_dtype(x, 0.0))
        for i in range(x.size):
            made[i] = product
            product *= flat[i]
        product = convert(1.0, joint_dtype(x, 0.0))
        for i in range(x.size - 1, -1, -1):
            made[i] *= product
            product *= flat[i]
        return made.reshape(x.shape)

    return impl


def cumprod_adjoint(x, bar):
    """The adjoint of ``x`` for ``y = np.cumprod(x)`` and the adjoint of ``y``.

    ``before_i (bar_i + x_{i+1} (bar_{i+1} + x_{i+2} (...)))``
    """
    made = np.empty(x.size)
    tail = 0.0
    for i in range(x.size - 1, -1, -1):
        tail = bar[i] + tail
        made[i] = tail
        tail = x[i] * tail
    before = 1.0
    for i in range(x.size):
        made[i] *= before
        before *= x[i]
    return made


@overload(cumprod_adjoint)
def _cumprod_adjoint(x, bar):
    def impl(x, bar):
        made = np.empty(x.size, joint_dtype(x, bar))
        tail = convert(0.0, joint_dtype(x, bar))
        for i in range(x.size - 1, -1, -1):
            tail = bar[i] + tail
            made[i] = tail
            tail = x[i] * tail
        before = convert(1.0, joint_dtype(x, bar))
        for i in range(x.size):
            made[i] *= before
            before *= x[i]
        return made

    return impl


SCOPE = {"products_of_others": products_of_others, "cumprod_adjoint": cumprod_adjoint}
