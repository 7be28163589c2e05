"""Sums over what broadcasting has repeated, and stores of whole arrays, for generated adjoints.

Whether a length is 1 and was repeated is known at run time alone.
"""

from __future__ import annotations

import numpy as np
from numba.core import cgutils, types
from numba.extending import overload

from ..jets.arrays.elements import joint_dtype
from ..jets.direct import answers
from ..jets.loops import INTP, Operand


def unbroadcast_add(target, term):
    """Add a term to an array that broadcasts to its shape: the sum over what is repeated."""
    extra = term.ndim - target.ndim
    term = term.sum(axis=tuple(range(extra))) if extra > 0 else term
    repeated = tuple(k for k in range(target.ndim) if target.shape[k] == 1 != term.shape[k])
    target += term.sum(axis=repeated, keepdims=True) if repeated else term


@overload(unbroadcast_add)
def _unbroadcast_add(target, term):
    if term.ndim > target.ndim:
        return _add_all
    if target.ndim == 1:
        return _add_to_vector
    return _add_to_array


def _add_all(target, term):
    for i in range(term.shape[0]):
        unbroadcast_add(target, term[i])


def _add_to_vector(target, term):
    if target.shape[0] == 1:
        for i in range(term.shape[0]):
            target[0] += term[i]
    elif term.shape[0] == target.shape[0]:
        for i in range(term.shape[0]):
            target[i] += term[i]
    else:
        raise ValueError("an adjoint does not have the shape of its array")


def _add_to_array(target, term):
    if target.shape == term.shape:
        target += term
    elif target.shape[0] == 1:
        for i in range(term.shape[0]):
            unbroadcast_add(target[0], term[i])
    elif target.shape[0] == term.shape[0]:
        for i in range(term.shape[0]):
            unbroadcast_add(target[i], term[i])
    else:
        raise ValueError("an adjoint does not have the shape of its array")


def unbroadcast(term, shape):
    """A term summed to the shape of an array that was repeated to the term's shape."""
    made = np.zeros(shape)
    unbroadcast_add(made, term)
    return made


@overload(unbroadcast)
def _unbroadcast(term, shape):
    if term.ndim == len(shape) and term.layout == "C":

        def impl(term, shape):
            if term.shape == shape:
                return term
            made = np.zeros(shape, joint_dtype(term, 0.0))
            unbroadcast_add(made, term)
            return made

        return impl

    def impl(term, shape):
        made = np.zeros(shape, joint_dtype(term, 0.0))
        unbroadcast_add(made, term)
        return made

    return impl


def assign(target, value):
    """``target[...] = value``, a number or an array of the same shape."""
    target[...] = value


@answers(assign, lambda target, value: isinstance(target, types.Array))
def _assign(typingctx, target, value):
    def codegen(context, builder, sig, args):
        into = Operand(context, builder, target, args[0])
        source = Operand(context, builder, value, args[1])
        with cgutils.loop_nest(builder, into.shape, INTP) as indices:
            into.store(source.load(indices), indices, source.dtype)
        return context.get_dummy_value()

    return types.none(target, value), codegen


SCOPE = {"assign": assign, "unbroadcast": unbroadcast, "unbroadcast_add": unbroadcast_add}
