"""Adjoints of products of vectors and matrices.

Source: M. B. Giles, Collected matrix derivative results for forward and reverse mode
algorithmic differentiation, LNCSE 64, Springer 2008, section 2.2.
"""

from __future__ import annotations

import ast
import operator

import numpy as np

from ..ir import Value, constant
from ..kinds import FLOAT, ArrayKind
from ..products import add_outer, add_product, add_to_diagonal, matrix_product
from .base import Call
from .elementwise import spread


class Product(Call):
    """``a @ b`` of vectors and matrices.

    For ``C = A B``: ``A_bar += C_bar B^T``, ``B_bar += A^T C_bar``.
    """

    linear = (0, 1)

    def expression(self, writer, op, args):
        if self.function is operator.matmul:
            return ast.BinOp(args[0], ast.MatMult(), args[1])
        return super().expression(writer, op, args)

    def reverse(self, reverse, op):
        a, b = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        vectors = a.kind.ndim == b.kind.ndim == 1
        if not vectors and not bar.is_array:
            bar = spread(reverse, op.outs[0], bar)
        if reverse.active(a):
            other = reverse.content(op, b)
            if vectors:
                reverse.contribute(a, reverse.times(bar, other))
            elif b.kind.ndim == 1:
                outer(reverse, a, bar, other)
            elif a.kind.ndim == 1:
                add(reverse, a, other, bar)
            else:
                add(reverse, a, bar, transposed(reverse, other))
        if reverse.active(b):
            other = reverse.content(op, a)
            if vectors:
                reverse.contribute(b, reverse.times(bar, other))
            elif a.kind.ndim == 1:
                outer(reverse, b, other, bar)
            elif b.kind.ndim == 1:
                add(reverse, b, bar, other)
            else:
                add(reverse, b, transposed(reverse, other), bar)


class Outer(Call):
    """``np.outer(a, b)`` of vectors: ``a_bar += C_bar b``, ``b_bar += a C_bar``."""

    linear = (0, 1)

    def reverse(self, reverse, op):
        a, b = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        if not bar.is_array:
            bar = spread(reverse, op.outs[0], bar)
        if reverse.active(a):
            add(reverse, a, bar, reverse.content(op, b))
        if reverse.active(b):
            add(reverse, b, reverse.content(op, a), bar)


class Trace(Call):
    """``np.trace(x)``: the same for every element of the diagonal."""

    linear = (0,)

    def reverse(self, reverse, op):
        (x,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        offset = [constant(k) for k in op.attr or ()]
        if x in reverse.shadows.pure:
            lengths = [reverse.length(x, k) for k in range(2)]
            made = reverse.alloc(lengths, FLOAT, "zeros")
            reverse.array_add(made, bar, *offset, attr=add_to_diagonal.__name__)
            reverse.contribute(x, made)
        else:
            reverse.array_add(reverse.shadow(x), bar, *offset, attr=add_to_diagonal.__name__)


def add(reverse, value: Value, a: Value, b: Value) -> None:
    """Add ``a @ b`` to the adjoint of an array."""
    _add_in_place(reverse, value, add_product, MATRIX_PRODUCT, a, b)


def outer(reverse, value: Value, a: Value, b: Value) -> None:
    """Add the outer product of two vectors to the adjoint of a matrix."""
    _add_in_place(reverse, value, add_outer, OUTER, a, b)


def _add_in_place(reverse, value: Value, function, fresh, a: Value, b: Value) -> None:
    if value in reverse.shadows.pure:
        kind = ArrayKind(value.kind.ndim, FLOAT, "C")
        reverse.contribute(value, reverse.array(fresh, [a, b], kind))
    else:
        reverse.array_add(reverse.shadow(value), a, b, attr=function.__name__)


def transposed(reverse, matrix: Value) -> Value:
    """The transpose, a view."""
    layout = {"C": "F", "F": "C"}.get(matrix.kind.layout, "A")
    return reverse.view(matrix, ".T", [], matrix.kind.with_layout(layout))


MATMUL, DOT, VDOT = Product(operator.matmul), Product(np.dot), Product(np.vdot)
MATRIX_PRODUCT, OUTER, TRACE = Call(matrix_product, (0, 1)), Outer(np.outer), Trace(np.trace)
