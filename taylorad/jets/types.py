"""The Numba type of a jet, its layout in memory and how types join.

``Jet(order, lanes, dtype)`` holds coefficient 0, shared by all lanes, and
coefficients ``1..order`` with ``lanes`` directions each.  ``(1, 1)`` is the dual
number, ``(1, P)`` the multi-directional dual, ``(K, 1)`` the Taylor number; a
``dtype`` that is itself a jet nests.  At the bottom is float64 or complex128.

A jet of known low ``degree`` stores the coefficients up to there, the others being zero:
seeds are linear, and what is linear in them stays so.  Sparing these zeros spares the
greater part of the work while series are short.
"""

from __future__ import annotations

from functools import cached_property

from llvmlite import ir
from numba.core import types
from numba.extending import models, register_model

from .._compat import Conversion
from .._version import __version__
from ..errors import ArgumentValueError

F64 = ir.DoubleType()

#: Coefficients a packed vector; LLVM splits it where the hardware has less.
WIDTH = 8
#: The highest degree below the order that types tell: more would multiply what is compiled.
LOW_DEGREE = 2
#: From this many coefficients on a plain Taylor number is kept in packed vectors.
PACK_FROM = 17


class JetType(types.Type):
    """Numba type of a truncated Taylor polynomial."""

    def __init__(
        self,
        order: int,
        lanes: int = 1,
        dtype: types.Type = types.float64,
        degree: int | None = None,
    ):
        if order < 0 or lanes < 1:
            raise ArgumentValueError(f"no jet of order {order} with {lanes} lanes")
        self.order = order
        self.lanes = lanes
        self.dtype = dtype
        self.degree = order if degree is None or degree > LOW_DEGREE else min(degree, order)
        short = f",degree={self.degree}" if self.degree < order else ""
        super().__init__(name=f"Jet({order},{lanes},{dtype}{short})@{__version__}")

    @property
    def key(self):
        return self.order, self.lanes, self.dtype, self.degree, __version__

    def of_degree(self, degree: int) -> JetType:
        """The type of such jets whose coefficients beyond ``degree`` are zero."""
        return JetType(self.order, self.lanes, self.dtype, degree)

    @cached_property
    def depth(self) -> int:
        """Levels of nesting: 1 for a jet of plain numbers."""
        return 1 + (self.dtype.depth if isinstance(self.dtype, JetType) else 0)

    @cached_property
    def bottom(self) -> types.Type:
        """The plain number type at the bottom of the nesting."""
        return self.dtype.bottom if isinstance(self.dtype, JetType) else self.dtype

    @cached_property
    def packed(self) -> bool:
        """Whether the coefficients live in vectors of `WIDTH` rather than one by one."""
        return self.lanes == 1 and self.dtype == types.float64 and self.degree + 1 >= PACK_FROM

    @cached_property
    def components(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """The lane axes ``((depth, lanes), ...)`` of each real component, in memory order."""
        inner = components(self.dtype)
        axis = ((self.depth, self.lanes),) if self.lanes > 1 else ()
        return inner + tuple(axis + axes for axes in inner) * self.degree

    def ancestors(self):
        """This type and the types nested in it, outermost first."""
        kind: types.Type = self
        while isinstance(kind, JetType):
            yield kind
            kind = kind.dtype
        yield kind

    def unify(self, typingctx, other):
        return join(self, other)

    def can_convert_from(self, typingctx, other):
        if other != self and join(self, other) == self:
            return Conversion.safe
        return None


def components(kind: types.Type) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Lane axes of the real components of a number type."""
    if isinstance(kind, JetType):
        return kind.components
    return ((), ()) if isinstance(kind, types.Complex) else ((),)


def number(kind: types.Type) -> types.Type | None:
    """The type that a number takes part as: a jet as it is, others widened; None for no number."""
    kind = types.unliteral(kind)
    if isinstance(kind, JetType):
        return kind
    if isinstance(kind, types.Complex):
        return types.complex128
    if isinstance(kind, types.Float | types.Integer | types.Boolean):
        return types.float64
    return None


def with_bottom(kind: types.Type, bottom: types.Type) -> types.Type:
    """The same nesting over another type of plain numbers."""
    if isinstance(kind, JetType):
        return JetType(kind.order, kind.lanes, with_bottom(kind.dtype, bottom), kind.degree)
    return bottom


def full(kind: types.Type) -> types.Type:
    """The type of all numbers of this order, whatever their degree."""
    return kind.of_degree(kind.order) if isinstance(kind, JetType) else kind


def join(a: types.Type, b: types.Type) -> types.Type | None:
    """The smallest type that holds both, or None.

    Two jets join only where one is nested in the other (or differs in being complex):
    differentiation nests, it never mixes unrelated perturbations.
    """
    a, b = number(a), number(b)
    if a is None or b is None:
        return None
    complex_bottom = types.complex128 in (bottom(a), bottom(b))
    if complex_bottom:
        a, b = with_bottom(a, types.complex128), with_bottom(b, types.complex128)
    if depth(a) < depth(b):
        a, b = b, a
    if depth(b) == 0:
        return a
    if depth(a) == depth(b):
        return a.of_degree(max(a.degree, b.degree)) if full(a) == full(b) else None
    return a if full(b) in a.ancestors() else None


def depth(kind: types.Type) -> int:
    """Levels of jets in a number type."""
    return kind.depth if isinstance(kind, JetType) else 0


def bottom(kind: types.Type) -> types.Type:
    """The plain number type at the bottom of a number type."""
    return kind.bottom if isinstance(kind, JetType) else kind


def vector_size(axes: tuple[tuple[int, int], ...]) -> int:
    """Number of lanes of a component."""
    size = 1
    for _, lanes in axes:
        size *= lanes
    return size


def llvm_component(axes: tuple[tuple[int, int], ...]) -> ir.Type:
    """LLVM type of a real component."""
    size = vector_size(axes)
    return F64 if size == 1 else ir.VectorType(F64, size)


def llvm_type(kind: JetType) -> ir.Type:
    """LLVM type of a jet, as a value and in memory.

    Structures with vectors are packed, so that loads and stores carry the alignment
    that array memory really has.
    """
    if kind.packed:
        chunks = -(-(kind.order + 1) // WIDTH)
        return ir.LiteralStructType([ir.VectorType(F64, WIDTH)] * chunks, packed=True)
    fields = [llvm_component(axes) for axes in kind.components]
    return ir.LiteralStructType(fields, packed=any(f is not F64 for f in fields))


@register_model(JetType)
class JetModel(models.PrimitiveModel):
    """A jet is one flat structure of numbers, the same as a value and in memory."""

    def __init__(self, dmm, fe_type):
        super().__init__(dmm, fe_type, llvm_type(fe_type))
