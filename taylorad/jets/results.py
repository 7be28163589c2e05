"""Parts of a result while code is generated: its coefficients, mixed derivatives, lanes.

A result of lower depth than a level has not seen its perturbation and is constant there;
integers and bools count as constant floats.
"""

from __future__ import annotations

from itertools import product
from math import factorial, prod

from llvmlite import ir
from numba.core import types

from ..errors import ArgumentTypeError
from .staging import I32, ZERO, Complex, Jet, Real, Series
from .types import bottom, depth, join, number, vector_size


def refuse_result(kind):
    """Only numbers, arrays and tuples of them have derivatives."""
    raise ArgumentTypeError(
        f"the function returns {types.unliteral(kind)}; derivatives are defined for functions "
        "that return numbers, arrays of numbers, or tuples of these"
    )


def coefficient_of(kind, value, k):
    """Staged coefficient ``k`` at a level of a result that may not have reached it."""
    if isinstance(value, Jet) and value.type.depth == kind.depth:
        return value.series[k]
    return value if k == 0 else ZERO


def part_of(executor, kind, value, index):
    """The coefficient at ``index``, an order for each level, outermost first."""
    for order in index:
        value = coefficient_of(kind, value, order)
        kind = kind.dtype
    return value


def mixed_of(executor, kind, value, index):
    """The mixed derivative of order ``index`` (outermost level first), not normalised."""
    value = part_of(executor, kind, value, index)
    scale = prod(factorial(order) for order in index)
    if scale > 1:
        with executor.coefficient(1):
            value = value * float(scale)
    return value


def below(kind, result, levels=1):
    """The type of the coefficients of a result below so many levels."""
    found = number(result.dtype if isinstance(result, types.Array) else result)
    if found is None:
        return refuse_result(result)
    for _ in range(levels):
        if depth(found) == kind.depth:
            found = found.dtype
        kind = kind.dtype
    return join(found, bottom(kind))


def orders_of(index) -> tuple[int, ...]:
    """The derivative orders that a literal such as ``"1 2"`` stands for, outermost level first."""
    return tuple(int(order) for order in index.literal_value.split())


def at_lanes(value, chosen):
    """The part of a staged number in the chosen lane ``{depth: lane}`` of some lane axes."""
    if isinstance(value, Complex):
        return Complex(at_lanes(value.re, chosen), at_lanes(value.im, chosen))
    if isinstance(value, Jet):
        items = [at_lanes(value.series[k], chosen) for k in range(value.type.order + 1)]
        return Jet(value.emitter, value.type, Series(value.emitter, items))
    if not isinstance(value, Real) or not any(d in chosen for d, _ in value.axes):
        return value
    kept = tuple(axis for axis in value.axes if axis[0] not in chosen)
    places = [
        sum(lane * vector_size(value.axes[j + 1 :]) for j, lane in enumerate(choice))
        for choice in product(
            *([chosen[d]] if d in chosen else range(count) for d, count in value.axes)
        )
    ]
    builder, vector = value.emitter.builder, value.value
    if not kept:
        return Real(value.emitter, builder.extract_element(vector, ir.Constant(I32, places[0])))
    mask = ir.Constant(ir.VectorType(I32, len(places)), places)
    return Real(value.emitter, builder.shuffle_vector(vector, vector, mask), kept)
