"""Lengths of arrays as far as the text tells: which arrays certainly have one shape."""

from __future__ import annotations

from .ir import Value


def length(array: Value, axis: int):
    """Where a length is known from: a number, or an array and one of its axes."""
    op = array.op
    if op is None or array not in op.outs:
        return array, axis
    if op.kind == "alloc":
        return _of_number(op.args[axis])
    if op.kind == "view" and op.attr == ".T":
        return length(op.args[0], array.kind.ndim - 1 - axis)
    if op.kind == "apply":
        return _of_broadcast(op, array, axis)
    if op.kind == "array":
        return op.fn.length(op, axis) or (array, axis)
    return array, axis


def _of_number(value: Value):
    op = value.op
    if op is not None and op.kind == "shape":
        return length(op.args[0], op.attr)
    return value


def _of_broadcast(op, array: Value, axis: int):
    """Operands meet at their last axes; lengths of 1 are repeated."""
    found = {}
    for operand in op.args:
        if operand.is_array:
            own = axis - (array.kind.ndim - operand.kind.ndim)
            if own >= 0:
                source = length(operand, own)
                found[_key(source)] = source
    several = [k for k in found if k != 1]
    if len(several) > 1:
        return array, axis
    return found[several[0] if several else 1]


def _key(source):
    if isinstance(source, Value):
        return source.const if source.is_constant else id(source)
    return id(source[0]), source[1]


def same_length(a: Value, b: Value) -> bool:
    """Whether two numbers are certainly one, or lengths of the same axis."""
    return _key(_of_number(a)) == _key(_of_number(b))


def have_same_shape(a: Value, b: Value) -> bool:
    """Whether two arrays certainly have the same shape."""
    return a.kind.ndim == b.kind.ndim and all(
        _key(length(a, k)) == _key(length(b, k)) for k in range(a.kind.ndim)
    )
