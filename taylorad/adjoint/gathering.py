"""Sums into the elements that an array of indices chose, for generated adjoints."""

from __future__ import annotations

import numpy as np
from numba.extending import overload


def add_at(target, indices, term):
    """Add ``term[k]`` to ``target[indices[k]]``, where indices may be repeated."""
    np.add.at(target, indices, term)


@overload(add_at)
def _add_at(target, indices, term):
    if getattr(term, "ndim", 0) == 0:

        def of_number(target, indices, term):
            for k in range(indices.size):
                target[indices[k]] += term

        return of_number

    def impl(target, indices, term):
        for k in range(indices.size):
            target[indices[k]] += term[k]

    return impl


SCOPE = {"add_at": add_at}
