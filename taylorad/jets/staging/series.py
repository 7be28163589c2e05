"""Series of staged coefficients and their Cauchy products.

Short series are lists of coefficients, multiplied term by term.  Long ones are packed in
vectors: a product of known series is formed for all indices at once, and a sum with a
series that is still growing is kept in vectors that each new coefficient adds to.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from ..types import F64, WIDTH
from .numbers import CHUNK, I32, ZERO, Real, Zero

#: Newest coefficients that stay out of the vector sums.
LAG = 3


class Series:
    """The coefficients of one operand or output of a rule, for indices ``0..``.

    Known series come whole; growing ones (the outputs) are appended to.  Items are
    staged numbers, `ZERO`, or None where a packed vector still holds them.
    """

    def __init__(self, emitter, items=None, chunks=None, growing=False):
        self.emitter = emitter
        self.chunks = chunks
        self.items = [None] * (WIDTH * len(chunks)) if items is None else items
        self.growing = growing
        self._derived: Series | None = None
        self._inverse: Any = None
        self._shifts: dict = {}
        self._sums: dict = {}

    def __getitem__(self, j):
        if self.items[j] is None:
            self.items[j] = Real(
                self.emitter, None, source=(self.chunks[j // WIDTH].value, j % WIDTH)
            )
        return self.items[j]

    def __setitem__(self, j, item):
        self.items[j] = item

    def __len__(self):
        return len(self.items)

    def append(self, item):
        self.items.append(item)

    def inverse(self):
        """``1 / self[0]``, formed once."""
        if self._inverse is None:
            self._inverse = 1 / self[0]
        return self._inverse

    def weighted(self) -> Series:
        """The series of ``j * a[j]``: the derivative's coefficients, index shifted by one."""
        if self._derived is None:
            self._derived = _Weighted(self)
        return self._derived

    def dot(self, other: Series, k: int, lo: int, hi: int):
        """Sum of ``self[j] * other[k-j]``, newest coefficients last to shorten the chain."""
        if lo <= 1 and hi >= k - 1:  # whole sums, but for their ends, are kept in vectors
            if self.chunks and other.chunks and not other.growing:
                return self._convolved(other, k, lo, hi)
            if other.chunks and self.growing and not other.growing:
                return other._online(self, k, k - hi, k - lo)
            if self.chunks and other.growing and not self.growing:
                return self._online(other, k, lo, hi)
        if self is other and lo <= hi == k - lo:
            return self._square(k, lo)
        order = range(hi, lo - 1, -1) if other.growing else range(lo, hi + 1)
        return add_products([(self[j], other[k - j]) for j in order])

    def square_sum(self, k: int, lo: int):
        """Sum of ``self[j] * self[k-j]`` for ``j = lo..k-lo``."""
        if self.chunks and lo <= 1:
            return self._convolved(self, k, lo, k - lo)
        return self._square(k, lo)

    def _square(self, k, lo):
        """The same with each pair of equal products once; the newest coefficient comes last.

        One factor is doubled, rather than the sum: products stay next to additions, and are
        fused with them.
        """
        middle = [(self[k // 2], self[k // 2])] if k % 2 == 0 else []
        pairs = [(self[j] + self[j], self[k - j]) for j in range((k - 1) // 2, lo - 1, -1)]
        return add_products(middle + pairs)

    # -- packed vectors -----------------------------------------------------------

    def shifted(self, j: int, m: int):
        """Vector ``m`` of the series moved up by ``j`` places, or None where it is empty."""
        q, r = divmod(j, WIDTH)
        m -= q
        if m < 0:
            return None
        if r == 0:
            return self.chunks[m]
        if (r, m) not in self._shifts:
            high = self.chunks[m].value
            zero = ir.Constant(high.type, [0.0] * WIDTH)
            low = self.chunks[m - 1].value if m else zero
            mask = [WIDTH - r + i for i in range(WIDTH)]
            value = self.emitter.builder.shuffle_vector(
                low, high, ir.Constant(ir.VectorType(I32, WIDTH), mask)
            )
            self._shifts[r, m] = Real(self.emitter, value, CHUNK)
        return self._shifts[r, m]

    def _convolved(self, other, k, lo, hi):
        """A lane of the whole Cauchy product, which is formed once."""
        key = id(other), lo == 0, hi == k
        if key not in self._sums:
            self._sums[key] = other, _cauchy(self, other, lo > 0, hi < k)
        vector = self._sums[key][1][k // WIDTH]
        return Real(self.emitter, None, source=(vector.value, k % WIDTH))

    def _online(self, growing, k, lo, hi):
        """Sum of ``self[j] * growing[k-j]`` for ``j = lo..hi`` with sums kept in vectors.

        Each coefficient of ``growing``, once known, is multiplied into the sums of all
        later ``k`` at once; the `LAG` newest ones wait and enter as scalars, so that the
        vector work stays off the chain from one coefficient to the next.
        """
        first, last = k - hi, k - lo
        key = id(growing), first == 0
        if key not in self._sums:
            self._sums[key] = growing, _OnlineSum(self, growing, first)
        return self._sums[key][1].at(k, last)


class _OnlineSum:
    """The running Cauchy product of a known and a growing series."""

    def __init__(self, known, growing, first):
        self.known = known
        self.growing = growing
        self.next = first
        self.vectors: list = [None] * len(known.chunks)

    def at(self, k, last):
        emitter, known, growing = self.known.emitter, self.known, self.growing
        while self.next <= last - LAG:
            self._push(growing[self.next], self.next)
            self.next += 1
        recent = [(known[k - j], growing[j]) for j in range(self.next, last + 1)]
        vector = self.vectors[k // WIDTH]
        start = None
        if vector is not None:
            start = Real(emitter, None, source=(vector.value, k % WIDTH))
        return add_products(recent, start)

    def _push(self, coefficient, j):
        if isinstance(coefficient, Zero):
            return
        for m in range((j + LAG) // WIDTH, len(self.vectors)):
            moved = self.known.shifted(j, m)
            if moved is not None:
                term = moved * coefficient
                self.vectors[m] = term if self.vectors[m] is None else self.vectors[m] + term


class _Weighted(Series):
    """The view ``j * a[j]`` of a series, growing with it."""

    def __init__(self, base: Series):
        chunks = None
        if base.chunks:
            chunks = [
                Real(base.emitter, _lane_numbers(m), CHUNK) * chunk
                for m, chunk in enumerate(base.chunks)
            ]
        super().__init__(base.emitter, {}, chunks, base.growing)
        self.base = base

    def __getitem__(self, j):
        if j not in self.items:
            self.items[j] = j * self.base[j] if j else ZERO
        return self.items[j]


def _lane_numbers(m):
    lanes = [float(m * WIDTH + i) for i in range(WIDTH)]
    return ir.Constant(ir.VectorType(F64, WIDTH), lanes)


def _cauchy(a: Series, b: Series, skip_a0: bool, skip_b0: bool) -> list[Real]:
    """The vectors of the Cauchy product of two known packed series.

    Lanes that a shifted operand leaves empty keep their sum: an infinite coefficient
    must not reach lower orders as ``0 * inf``.
    """
    emitter = a.emitter
    builder = emitter.builder
    vectors = []
    for m in range(len(a.chunks)):
        sums: list[Real | None] = [None, None]
        for j in range(1 if skip_a0 else 0, (m + 1) * WIDTH):
            moved = b.shifted(j, m)
            empty = j - m * WIDTH + (1 if skip_b0 else 0)  # lanes below are empty
            if moved is None or empty >= WIDTH:
                continue
            term = moved * a[j]
            old = sums[j % 2]
            if old is not None:
                term = old + term
            if empty > 0:
                keep = old.value if old is not None else ir.Constant(term.value.type, [0.0] * WIDTH)
                mask = ir.Constant(
                    ir.VectorType(ir.IntType(1), WIDTH), [int(i >= empty) for i in range(WIDTH)]
                )
                term = Real(emitter, builder.select(mask, term.value, keep), CHUNK)
            sums[j % 2] = term
        even, odd = sums
        total = even if odd is None else odd if even is None else even + odd
        vectors.append(total if total is not None else emitter.constant(0.0))
    return vectors


def add_products(pairs, start=None):
    """``start + sum of x*y`` with two partial sums; the last product is added last."""
    pairs = [(x, y) for x, y in pairs if x is not ZERO and y is not ZERO]
    if not pairs:
        return ZERO if start is None else start
    *older, newest = pairs
    sums = [start, None] if start is not None else [None, None]
    wide = len(older) >= 4
    for i, (x, y) in enumerate(older):
        s = i % 2 if wide else 0
        sums[s] = x * y if sums[s] is None else sums[s] + x * y
    total = sums[0]
    if sums[1] is not None:
        total = sums[1] if total is None else total + sums[1]
    x, y = newest
    return x * y if total is None else total + x * y
