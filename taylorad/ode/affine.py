"""Affine forms: what a number of the right-hand side is while recurrences are made of it.

Sums and multiples of columns are kept lazily as ``factor * (sum of c_i * column_i + c)``;
only what is not linear becomes an operation.  Signs are normalised, and roots, quotients
and powers are brought to one form, so that ``x - y`` and ``y - x``, or ``r**3`` and
``r*r*r``, share their operations: a double loop over pairs of bodies costs each pair once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..primitives.expansions import Number
from .recurrences import Column, Sum

if TYPE_CHECKING:
    from .rules import Builder


class Affine(Number):
    """``factor * (sum of terms + constant)``."""

    __slots__ = ("builder", "constant", "factor", "terms")

    def __init__(self, builder: Builder, terms: dict[Column, float], constant=0.0, factor=1.0):
        self.builder, self.terms = builder, terms
        self.constant, self.factor = constant, factor

    @classmethod
    def of(cls, column: Column, builder, factor=1.0) -> Affine:
        return cls(builder, {column: 1.0}, 0.0, factor)

    @property
    def is_constant(self) -> bool:
        return not self.terms

    def evaluate(self, function, *operands):
        return self.builder.apply(function, operands)

    def select_from(self, x, y):
        """``x`` where this number is not zero, else ``y``."""
        return self.builder.select(self, x, y)

    def expanded(self) -> Affine:
        """The same with the factor 1."""
        if self.factor == 1.0:
            return self
        f = self.factor
        return Affine(self.builder, {c: f * x for c, x in self.terms.items()}, f * self.constant)

    def scaled(self, factor: float) -> Affine:
        if factor == 0.0:
            return Affine(self.builder, {})
        return Affine(self.builder, self.terms, self.constant, self.factor * factor)

    def plus(self, other) -> Affine:
        if not isinstance(other, Affine):
            other = Affine(self.builder, {}, float(other))
        a, b = self.expanded(), other.expanded()
        terms = dict(a.terms)
        for column, x in b.terms.items():
            total = terms.get(column, 0.0) + x
            if total == 0.0:
                del terms[column]
            else:
                terms[column] = total
        return Affine(self.builder, terms, a.constant + b.constant)

    def normal(self) -> tuple[float, Column]:
        """A factor and a column whose product this is; not of a constant."""
        if len(self.terms) == 1 and self.constant == 0.0:
            ((column, x),) = self.terms.items()
            return x * self.factor, column
        ordered = sorted(self.terms.items(), key=lambda item: item[0].number)
        sign = -1.0 if ordered[0][1] < 0 else 1.0
        return sign * self.factor, self._sum(ordered, sign)

    def exact(self) -> Column:
        """The column whose series this is; not of a constant."""
        form = self.expanded()
        if len(form.terms) == 1 and form.constant == 0.0:
            ((column, x),) = form.terms.items()
            if x == 1.0:
                return column
        return form._sum(sorted(form.terms.items(), key=lambda item: item[0].number), 1.0)

    def _sum(self, ordered, sign) -> Column:
        kind = Sum(tuple(sign * x for _, x in ordered), sign * self.constant)
        return self.builder.recurrences.column(kind, tuple(c for c, _ in ordered))

    def __bool__(self):
        self.builder.refuse_branch()

    __float__ = __int__ = __index__ = __bool__
    __eq__, __hash__ = object.__eq__, object.__hash__
