"""Adjoints and tangents of linear algebra.

Source: M. B. Giles, Collected matrix derivative results for forward and reverse mode
algorithmic differentiation, LNCSE 64, Springer 2008, section 2.
"""

from __future__ import annotations

import ast
import operator

import numpy as np

from ..factoring import cholesky_adjoint
from ..ir import Value
from ..kinds import FLOAT, ArrayKind
from .base import Call
from .elementwise import spread
from .products import MATRIX_PRODUCT, OUTER, TRACE, transposed


class Inv(Call):
    """``B = A^-1``: ``A_bar -= B^T B_bar B^T``; ``B_dot = - B A_dot B``."""

    def reverse(self, reverse, op):
        (a,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        bar = spread(reverse, op.outs[0], bar) if not bar.is_array else bar
        turned = transposed(reverse, result(reverse, op))
        term = product(reverse, product(reverse, turned, bar), turned)
        reverse.contribute(a, reverse.minus(term))

    def tangent(self, forward, op):
        inverse = op.outs[0]
        dot = forward.dot(op.args[0])
        return forward.minus(product(forward, product(forward, inverse, dot), inverse))


class Solve(Call):
    """``x = A^-1 b``: ``b_bar += A^-T x_bar`` and ``A_bar -= (A^-T x_bar) x^T``.

    ``x_dot = A^-1 (b_dot - A_dot x)``.
    """

    def reverse(self, reverse, op):
        a, b = op.args
        out = op.outs[0]
        bar = reverse.bar(out)
        if bar is None:
            return
        bar = spread(reverse, out, bar) if not bar.is_array else bar
        kind = ArrayKind(out.kind.ndim, FLOAT, "C")
        turned = transposed(reverse, reverse.content(op, a))
        solved = reverse.array(self, [turned, bar], kind)
        reverse.contribute(b, solved)
        if reverse.active(a):
            x = result(reverse, op)
            square = ArrayKind(2, FLOAT, "C")
            if out.kind.ndim == 1:
                term = reverse.array(OUTER, [solved, x], square)
            else:
                term = product(reverse, solved, transposed(reverse, x))
            reverse.contribute(a, reverse.minus(term))

    def tangent(self, forward, op):
        a, b = op.args
        x = op.outs[0]
        right, moved = forward.dot(b), forward.dot(a)
        if moved is not None:
            term = forward.array(MATRIX_PRODUCT, [moved, x], x.kind.with_layout("C"))
            right = forward.minus(term) if right is None else forward.apply(
                operator.sub, right, term
            )
        return forward.array(self, [a, right], x.kind)


class Det(Call):
    """``d = det A``: ``A_bar += d_bar d A^-T``; ``d_dot = d tr(A^-1 A_dot)``."""

    def reverse(self, reverse, op):
        (a,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        factor = reverse.times(bar, reverse.need(op.outs[0]))
        made = reverse.array(INV, [reverse.content(op, a)], ArrayKind(2, FLOAT, "C"))
        reverse.contribute(a, reverse.times(factor, transposed(reverse, made)))

    def tangent(self, forward, op):
        return forward.times(op.outs[0], _trace(forward, op))


class PartOfPair(Call):
    """One of the two results of a function."""

    place = 0

    def expression(self, writer, op, args):
        pair = super().expression(writer, op, args)
        return ast.Subscript(pair, ast.Constant(self.place), ast.Load())


class SignOfDet(PartOfPair):
    """``s`` of ``s, l = slogdet A``: locally constant."""

    def reverse(self, reverse, op):
        pass

    def tangent(self, forward, op):
        return None


class LogDet(PartOfPair):
    """``l`` of ``s, l = slogdet A``: ``A_bar += l_bar A^-T``; ``l_dot = tr(A^-1 A_dot)``."""

    place = 1

    def reverse(self, reverse, op):
        (a,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is not None:
            made = reverse.array(INV, [reverse.content(op, a)], ArrayKind(2, FLOAT, "C"))
            reverse.contribute(a, reverse.times(bar, transposed(reverse, made)))

    def tangent(self, forward, op):
        return _trace(forward, op)


class Cholesky(Call):
    """``L L^T = A``, of which the lower triangle is read."""

    def reverse(self, reverse, op):
        (a,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is not None:
            bar = spread(reverse, op.outs[0], bar) if not bar.is_array else bar
            made = [result(reverse, op), bar]
            reverse.contribute(a, reverse.array(CHOLESKY_ADJOINT, made, ArrayKind(2, FLOAT, "C")))


def result(reverse, op) -> Value:
    """The result of an operation; of an array that is changed later, computed again."""
    if reverse.is_written(op.outs[0]):
        args = [reverse.content(op, a) for a in op.args]
        return reverse.array(op.fn, args, op.outs[0].kind, attr=op.attr)
    return reverse.need(op.outs[0])


def _trace(forward, op) -> Value:
    """``tr(A^-1 A_dot)``."""
    (a,) = op.args
    square = ArrayKind(2, FLOAT, "C")
    return forward.array(TRACE, [forward.array(SOLVE, [a, forward.dot(a)], square)], FLOAT)


def product(reverse, a: Value, b: Value) -> Value:
    """``a @ b``."""
    return reverse.array(MATRIX_PRODUCT, [a, b], ArrayKind(2, FLOAT, "C"))


INV, SOLVE, DET = Inv(np.linalg.inv), Solve(np.linalg.solve), Det(np.linalg.det)
LOG_DET, SIGN_OF_DET = LogDet(np.linalg.slogdet), SignOfDet(np.linalg.slogdet)
CHOLESKY, CHOLESKY_ADJOINT = Cholesky(np.linalg.cholesky), Call(cholesky_adjoint)
