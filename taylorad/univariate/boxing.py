"""Taylor numbers as arguments and results of compiled functions."""

from __future__ import annotations

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import NativeValue, box, typeof_impl, unbox

from ..errors import UnsupportedError
from ..jets.rules import Executor
from ..jets.staging import Jet, Series, pack, unpack
from ..jets.types import JetType
from .number import Taylor


@typeof_impl.register(Taylor)
def _typeof(number, context):
    dtype = types.float64 if number.coefficients.dtype == np.float64 else types.complex128
    return JetType(number.order, 1, dtype)


@unbox(JetType)
def _unbox(kind, number, c):
    """The jet with the coefficients of a Taylor number.

    Its type has just been read from the same array: the array is there and has the length.
    """
    array_type = types.Array(kind.dtype, 1, "C", readonly=True)
    array = c.pyapi.object_getattr_string(number, "coefficients")
    native = c.unbox(array_type, array)
    data = c.context.make_array(array_type)(c.context, c.builder, native.value).data
    executor = Executor(c.context, c.builder)
    items = []
    for k in range(kind.order + 1):
        place = c.builder.gep(data, [ir.Constant(ir.IntType(64), k)])
        item = c.context.unpack_value(c.builder, kind.dtype, place)
        items.append(unpack(executor, kind.dtype, item))
    jet = pack(executor, kind, Jet(executor, kind, Series(executor, items)))
    c.context.nrt.decref(c.builder, array_type, native.value)
    c.pyapi.decref(array)
    return NativeValue(jet, is_error=native.is_error)


@box(JetType)
def _box(kind, value, c):
    """The Taylor number with the coefficients of a jet."""
    if kind.lanes > 1 or isinstance(kind.dtype, JetType):
        raise UnsupportedError(
            f"{kind} cannot be returned to Python, only Taylor numbers with one direction can; "
            "return its coefficients"
        )
    executor = Executor(c.context, c.builder)
    jet = unpack(executor, kind, value)
    coefficient = c.context.get_data_type(kind.dtype)
    buffer = cgutils.alloca_once(c.builder, ir.ArrayType(coefficient, kind.order + 1))
    for k in range(kind.order + 1):
        place = cgutils.gep_inbounds(c.builder, buffer, 0, k)
        item = pack(executor, kind.dtype, jet.series[k])
        c.context.pack_value(c.builder, kind.dtype, item, place)
    size = ir.Constant(c.pyapi.py_ssize_t, (kind.order + 1) * c.context.get_abi_sizeof(coefficient))
    start = c.builder.bitcast(buffer, c.pyapi.cstring)
    content = c.pyapi.bytes_from_string_and_size(start, size)
    make = c.pyapi.unserialize(c.pyapi.serialize_object(_MAKERS[kind.dtype]))
    number = c.pyapi.call_function_objargs(make, [content])
    c.pyapi.decref(make)
    c.pyapi.decref(content)
    return number


def _real(content: bytes) -> Taylor:
    return Taylor._of(np.frombuffer(content, np.float64))


def _complex(content: bytes) -> Taylor:
    return Taylor._of(np.frombuffer(content, np.complex128))


_MAKERS = {types.float64: _real, types.complex128: _complex}
