"""Staged vectors: one number of the recurrences in each lane.

The rules of the registry run once on these symbolic numbers and leave instructions behind.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils

from ..jets.rules import Executor
from ..jets.staging import ZERO, Real, Series
from ..jets.types import F64

I32, I64 = ir.IntType(32), ir.IntType(64)
#: Lanes of the widest vectors.
WIDEST = 8


class Lanes(Executor):
    """An emitter whose functions of vectors use what processors have of them."""

    def __init__(self, context, builder):
        super().__init__(context, builder)
        self.fuse = True

    def call(self, function, *operands):
        if function is np.sqrt and isinstance(operands[0], Real) and operands[0].axes:
            return self.intrinsic("sqrt", operands[0])
        return super().call(function, *operands)

    def intrinsic(self, name: str, *operands: Any) -> Any:
        """An instruction of LLVM on numbers or vectors."""
        values = [x.value for x in operands]
        kind = values[0].type
        suffix = f"v{kind.count}f64" if operands[0].axes else "f64"
        whole = ir.FunctionType(kind, [kind] * len(values))
        module = self.builder.module
        function = cgutils.get_or_insert_function(module, whole, f"llvm.{name}.{suffix}")
        return Real(self, self.builder.call(function, values), operands[0].axes)

    def where(self, relation: str, a, b, x, y) -> Real:
        """``x`` where ``a`` and ``b`` are in this relation, else ``y``, lane by lane."""
        numbers = [self.lift(v) for v in (a, b, x, y)]
        axes = max((v.axes for v in numbers), key=len)
        a, b, x, y = (v.spread(axes) for v in numbers)
        flag = self.builder.fcmp_ordered(relation, a, b)
        return Real(self, self.builder.select(flag, x, y), axes)

    def exact(self, sums):
        """Sums of which every rounding counts."""
        self.fuse = False
        try:
            return sums()
        finally:
            self.fuse = True

    def vector(self, values) -> Any:
        """A constant in every lane."""
        if len(values) == 1:
            return self.constant(values[0])
        constant = ir.Constant(ir.VectorType(F64, len(values)), [float(v) for v in values])
        return Real(self, constant, axes_of(len(values)))

    def splat(self, x: Any, width: int) -> Any:
        return x if width == 1 else Real(self, x.spread(axes_of(width)), axes_of(width))


def axes_of(width: int):
    return () if width == 1 else ((0, width),)


class Track(Series):
    """The coefficients of columns side by side, one column a lane.

    They are known up to the current one: sums take the newest products last, so that the
    chain from one coefficient to the next is short.
    """

    def __init__(self, emitter, fetch):
        super().__init__(emitter, {}, growing=True)
        self._fetch = fetch

    def __getitem__(self, k):
        if k not in self.items:
            self.items[k] = self._fetch(k)
        return self.items[k]

    def weighted(self) -> Series:
        if self._derived is None:
            self._derived = Track(self.emitter, lambda j: j * self[j] if j else ZERO)
        return self._derived

    def dot(self, other, k, lo, hi):
        pairs = [(max(j, k - j), self[j], other[k - j]) for j in range(lo, hi + 1)]
        pairs.sort(key=lambda pair: pair[0])
        return add_products([(x, y) for _, x, y in pairs])

    def square_sum(self, k, lo):
        half = self.dot(self, k, lo, (k - 1) // 2)
        total = half + half if half is not ZERO else ZERO
        if k % 2 == 0:
            middle = self[k // 2]
            total = middle * middle if total is ZERO else total + middle * middle
        return total


class Without(Track):
    """A track whose coefficient ``k`` is taken for zero."""

    def __init__(self, whole: Any, k: int):
        super().__init__(whole.emitter, None)
        self.whole, self.k = whole, k

    def __getitem__(self, j):
        return ZERO if j == self.k else self.whole[j]

    def weighted(self) -> Series:
        return Without(self.whole.weighted(), self.k)

    def inverse(self):
        return self.whole.inverse()


def part_of(x: Real, first: int, width: int) -> Real:
    """Some lanes of a vector."""
    emitter = x.emitter
    if width == 1:
        return Real(emitter, emitter.builder.extract_element(x.value, I32(first)))
    lanes = ir.Constant(ir.VectorType(I32, width), [I32(first + i) for i in range(width)])
    nothing = ir.Constant(x.value.type, ir.Undefined)
    return Real(emitter, emitter.builder.shuffle_vector(x.value, nothing, lanes), axes_of(width))


def add_products(pairs):
    """The sum of products by two or three partial sums, the last two products last."""
    pairs = [(x, y) for x, y in pairs if x is not ZERO and y is not ZERO]
    if not pairs:
        return ZERO
    count = 1 if len(pairs) <= 5 else 2 if len(pairs) < 9 else 3
    sums: list[Any] = [None] * count
    older, newest = (pairs[:-2], pairs[-2:]) if count > 1 else ([], pairs)
    for i, (x, y) in enumerate(older):
        s = i % count
        sums[s] = x * y if sums[s] is None else sums[s] + x * y
    total = reduce(lambda a, b: a + b, [s for s in sums if s is not None]) if older else None
    for x, y in newest:
        total = x * y if total is None else total + x * y
    return total
