"""Adjoints of copies and of stores into whole arrays."""

from __future__ import annotations

import ast

import numpy as np

from .. import shapes
from ..ir import Op, Value, constant
from . import elementwise
from .base import ArrayRule, Call


class Copy(ArrayRule):
    """``x.copy()``."""

    __name__ = "copy"
    linear = (0,)

    def expression(self, writer, op, args):
        return ast.Call(ast.Attribute(args[0], "copy", ast.Load()), [], [])

    def reverse(self, reverse, op):
        bar = reverse.bar(op.outs[0])
        if bar is not None:
            reverse.contribute(op.args[0], bar)

    def length(self, op, axis):
        return shapes.length(op.args[0], axis)


class AsFortran(Call):
    """``np.asfortranarray(x)``, where that is a copy."""

    linear = (0,)
    reverse, length = Copy.reverse, Copy.length


class Flatten(Copy):
    """``x.flatten()``: the elements in C order."""

    __name__ = "flatten"

    def expression(self, writer, op, args):
        return ast.Call(ast.Attribute(args[0], "flatten", ast.Load()), [], [])

    def reverse(self, reverse, op):
        (x,) = op.args
        bar = reverse.bar(op.outs[0])
        if bar is None:
            return
        if bar.is_array:
            bar = copied(reverse, bar) if bar.kind.layout != "C" else bar
            lengths = [reverse.length(x, k) for k in range(x.kind.ndim)]
            places = ", ".join(f"{{{k}}}" for k in range(len(lengths)))
            bar = reverse.view(bar, f".reshape(({places}))", lengths, x.kind.with_layout("C"))
        reverse.contribute(x, bar)

    def length(self, op, axis):
        return None


class AsType(Copy):
    """``x.astype(np.float64)``."""

    __name__ = "astype"

    def expression(self, writer, op, args):
        dtype = ast.parse(f"np.{op.attr}", mode="eval").body
        return ast.Call(ast.Attribute(args[0], "astype", ast.Load()), [dtype], [])

    def tangent(self, forward, op):
        return forward.array(COPY, [forward.dot(op.args[0])], op.outs[0].kind)


COPY, ASFORTRAN, FLATTEN, ASTYPE = Copy(), AsFortran(np.asfortranarray), Flatten(), AsType()


def copied(reverse, array: Value) -> Value:
    """A copy of a shadow, which may change afterwards."""
    return reverse.array(COPY, [array], array.kind.with_layout("C"), array.name)


def reverse_store(reverse, op: Op, target: Value, value: Value) -> None:
    """``target[...] = value`` and ``target[...] += value`` reversed.

    The adjoint of the value is that of the target; a store also sets it to zero.
    """
    stored = op.kind == "array_store"
    bar = shadow = reverse.shadow(target)
    active = reverse.active(value)
    if active or stored:
        reverse.ordered(target)
    if not value.is_array:
        if active:
            elementwise.contribute(reverse, value, shadow, target)
        if stored:
            reverse.array_store(shadow, constant(0.0))
        return
    kept = value in reverse.shadows.pure or reverse.memory.values(target) & reverse.memory.values(
        value
    )
    if active and kept:
        bar = copied(reverse, shadow)
    if active and not kept:
        elementwise.contribute(reverse, value, bar, target)
    if stored:
        reverse.array_store(shadow, constant(0.0))
    if active and kept:
        elementwise.contribute(reverse, value, bar, target)
