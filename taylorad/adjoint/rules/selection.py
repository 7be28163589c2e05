"""Adjoints of parts of arrays that are kept, the others set to zero."""

from __future__ import annotations

import numpy as np

from .. import shapes
from .base import Call
from .elementwise import spread


class Triangle(Call):
    """``np.tril(x, k)``: the same triangle of the adjoint."""

    linear = (0,)

    def reverse(self, reverse, op):
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        if not bar.is_array:
            bar = spread(reverse, op.outs[0], bar)
        kind = bar.kind.with_layout("C")
        reverse.contribute(op.args[0], reverse.array(self, [bar], kind, attr=op.attr))

    def length(self, op, axis):
        return shapes.length(op.args[0], axis)


TRIL, TRIU = Triangle(np.tril), Triangle(np.triu)
