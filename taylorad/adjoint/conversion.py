"""Arrays of floats where the text keeps arrays of the numbers that it works with."""

from __future__ import annotations

import numpy as np
from numba.core import types
from numba.extending import overload

from ..jets.allocation import empty_array
from ..jets.direct import answers


def of_number(array, number):
    """The array if it holds numbers of this type, else a copy that does."""
    return array


def _item(number):
    """The item type that a dtype argument stands for."""
    return number.dtype if hasattr(number, "dtype") else number.instance_type


@answers(of_number, lambda array, number: array.dtype == _item(number))
def _itself(typingctx, array, number):
    def codegen(context, builder, sig, args):
        context.nrt.incref(builder, array, args[0])
        return args[0]

    return array(array, number), codegen


def new_like(array, number):
    """An array of an array's shape, not filled."""
    return np.empty(array.shape, number)


@answers(new_like, lambda array, number: True)
def _new_like(typingctx, array, number):
    result = types.Array(_item(number), array.ndim, "C")

    def codegen(context, builder, sig, args):
        given = context.make_array(array)(context, builder, args[0])
        lengths = [builder.extract_value(given.shape, k) for k in range(array.ndim)]
        return empty_array(context, builder, result, lengths)._getvalue()

    return result(array, number), codegen


@overload(of_number)
def _copy(array, number):
    def copy(array, number):
        made = new_like(array, number)
        for index in np.ndindex(array.shape):
            made[index] = array[index]
        return made

    return copy


SCOPE = {"of_number": of_number}
