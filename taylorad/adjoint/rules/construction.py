"""Adjoints of ranges of numbers."""

from __future__ import annotations

import operator

import numpy as np

from ...errors import UnsupportedError
from ..ir import constant
from ..kinds import FLOAT, INT, ArrayKind
from . import elementwise
from .base import Call


class Arange(Call):
    """``np.arange(start, stop, step)``: the number of elements is not differentiable."""

    def reverse(self, reverse, op):
        raise UnsupportedError(
            "np.arange with ends that are differentiated; write start + step * np.arange(n)"
        )


class Linspace(Call):
    """``np.linspace(a, b, n) = a + (b - a) w`` with ``w = np.linspace(0, 1, n)``."""

    def reverse(self, reverse, op):
        start, stop, count = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        n = reverse.need(count)
        ends = [constant(0.0), constant(1.0), n]
        w = reverse.array(self, ends, ArrayKind(1, FLOAT, "C"))
        if reverse.active(stop):
            weighted = reverse.times(bar, w)
            reverse.contribute(stop, elementwise.total(reverse, weighted, op.outs[0]))
        if reverse.active(start):
            rest = reverse.apply(operator.sub, constant(1.0), w)
            weighted = reverse.times(bar, rest)
            reverse.contribute(start, elementwise.total(reverse, weighted, op.outs[0]))

    def length(self, op, axis):
        count = op.args[2]
        return count if count.kind == INT else None


ARANGE, LINSPACE = Arange(np.arange), Linspace(np.linspace)
