"""Linear algebra."""

from __future__ import annotations

import numpy as np

from ...errors import UnsupportedError
from ..kinds import FLOAT, ArrayKind
from ..rules import linear as rules
from .calls import call_of
from .whole import array_of, whole


@whole(np.linalg.inv)
def _inv(b, a):
    return b.array(rules.INV, [array_of(a, 2, "inv")], ArrayKind(2, FLOAT, "A"))


@whole(np.linalg.solve)
def _solve(b, a, b_):
    a, b_ = array_of(a, 2, "solve"), array_of(b_)
    if b_.kind.ndim not in (1, 2):
        raise UnsupportedError("np.linalg.solve takes a vector or a matrix of right sides")
    layout = "C" if b_.kind.ndim == 1 else "A"
    return b.array(rules.SOLVE, [a, b_], ArrayKind(b_.kind.ndim, FLOAT, layout))


@whole(np.linalg.det)
def _det(b, a):
    return b.array(rules.DET, [array_of(a, 2, "det")], FLOAT)


@whole(np.linalg.slogdet)
def _slogdet(b, a):
    a = array_of(a, 2, "slogdet")
    return b.array(rules.SIGN_OF_DET, [a], FLOAT), b.array(rules.LOG_DET, [a], FLOAT)


@whole(np.linalg.cholesky)
def _cholesky(b, a):
    return b.array(rules.CHOLESKY, [array_of(a, 2, "cholesky")], ArrayKind(2, FLOAT, "A"))


_INSTEAD = {
    np.linalg.eigh: "write the iteration that finds the pair that matters",
    np.linalg.eig: "write the iteration that finds the pair that matters",
    np.linalg.eigvalsh: "write the iteration that finds the pair that matters",
    np.linalg.eigvals: "write the iteration that finds the pair that matters",
    np.linalg.svd: "write the iteration that finds the values that matter",
    np.linalg.qr: "write the reflections as loops, or use cholesky(a.T @ a)",
    np.linalg.pinv: "write np.linalg.solve(a.T @ a, a.T)",
    np.linalg.lstsq: "write np.linalg.solve(a.T @ a, a.T @ b)",
    np.linalg.cond: "write np.linalg.norm(a) * np.linalg.norm(np.linalg.inv(a))",
    np.linalg.matrix_rank: "it is a whole number; compute it outside",
    np.linalg.matrix_power: "write the products with @",
}


def _refused(function, instead):
    @call_of(function)
    def refuse(b, args, kwargs):
        raise UnsupportedError(
            f"np.linalg.{function.__name__} has no rule for reverse mode; {instead}"
        )


for _function, _instead in _INSTEAD.items():
    _refused(_function, _instead)
