"""The linearised recurrences as tables, for compiled loops; see `linearising`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .lifting import Layout

#: Which coefficients of a partial derivative and an operand count: all; the first of the partial
#: derivative alone, which is constant in time; or of the operand.
BOTH, HEAD, LAST = 0, 1, 2
#: What stands in a row of `Terms.places`.
PARTIAL, ROW, OPERAND, ONLY = 0, 1, 2, 3


class Terms(NamedTuple):
    """All products ``factor * partial derivative * derivative of operand``, by columns."""

    columns: np.ndarray  #: (c, 3): row, first term, end of the terms
    #: (t, 4): where the partial derivative is in a step, -1 without one; the row of its own
    #: derivative, -1 without; the row of the operand; which coefficients count
    places: np.ndarray
    factors: np.ndarray  #: (t,)
    slopes: np.ndarray  #: (n,): the row of the slope of each component, -1 where it is constant

    @classmethod
    def of(cls, layout: Layout, degree: int = 1) -> Terms:
        """Those of derivatives of one order."""
        linear = layout.linear
        columns: list[tuple] = []
        places: list[tuple] = []
        factors: list[float] = []
        for column in layout.columns(degree)[len(linear.inputs) :]:
            first = len(places)
            for term in linear.terms[column]:
                partial, place, row, only = term.partial, -1, -1, BOTH
                if partial is not None:
                    place, row = layout.places[partial], layout.rows.get(partial, -1)
                    only = HEAD if partial.static else LAST if term.operand.static else BOTH
                places.append((place, row, layout.rows[term.operand], only))
                factors.append(term.factor)
            columns.append((layout.rows[column], first, len(places)))
        slopes: list = linear.equations.slopes
        return cls(
            np.array(columns, dtype=np.int64).reshape(-1, 3),
            np.array(places, dtype=np.int64).reshape(-1, 4), np.array(factors, dtype=float),
            np.array([layout.rows.get(slope, -1) for slope in slopes], dtype=np.int64),
        )
