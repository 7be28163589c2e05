"""Adjoints of matrix factorisations, for generated adjoints."""

from __future__ import annotations

import numpy as np
from numba.extending import overload

from ..jets.arrays.elements import joint_dtype


def cholesky_adjoint(low, bar):
    """The adjoint of the lower triangle of ``a`` for ``low = cholesky(a)``.

    The elimination of rows reversed: S. P. Smith, Differentiation of the Cholesky algorithm,
    J. Comput. Graph. Stat. 4 (1995); I. Murray, arXiv:1602.07527.
    """
    return _reversed(low, np.tril(bar))


@overload(cholesky_adjoint)
def _cholesky_adjoint(low, bar):
    def impl(low, bar):
        made = np.zeros(low.shape, joint_dtype(low, bar))
        for i in range(low.shape[0]):
            for j in range(i + 1):
                made[i, j] = bar[i, j]
        return _reversed(low, made)

    return impl


def _reversed(low, made):
    for k in range(low.shape[0] - 1, -1, -1):
        for i in range(k + 1, low.shape[0]):
            made[i, k] = made[i, k] / low[k, k]
            term = made[i, k]
            made[k, k] -= term * low[i, k]
            for j in range(k):
                made[i, j] -= term * low[k, j]
                made[k, j] -= term * low[i, j]
        term = made[k, k] / low[k, k]
        made[k, k] = 0.5 * term
        for j in range(k):
            made[k, j] -= term * low[k, j]
    return made


overload(_reversed)(lambda low, made: _reversed)

SCOPE = {"cholesky_adjoint": cholesky_adjoint}
