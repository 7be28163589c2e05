"""Pointers in compiled code: to what is at an address, and to functions."""

from __future__ import annotations

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from .native import INTEGERS, POINTER


@intrinsic
def numbers_at(typingctx, address):
    """The pointer to numbers at an address."""
    return _pointer(POINTER)


@intrinsic
def integers_at(typingctx, address):
    """The pointer to integers at an address."""
    return _pointer(INTEGERS)


def _pointer(kind):
    def codegen(context, builder, sig, args):
        return builder.inttoptr(args[0], context.get_value_type(kind))

    return kind(types.int64), codegen


@intrinsic
def address_of(typingctx, pointer):
    """The address of a pointer."""

    def codegen(context, builder, sig, args):
        return builder.ptrtoint(args[0], ir.IntType(64))

    return types.int64(pointer), codegen


def calls(result, arguments):
    """A function for compiled code that calls a native one: ``call(address, *arguments)``."""

    @intrinsic
    def call(typingctx, address, *given):
        def codegen(context, builder, sig, args):
            kinds = [context.get_value_type(kind) for kind in arguments]
            back = ir.VoidType() if result is types.none else context.get_value_type(result)
            function = ir.FunctionType(back, kinds).as_pointer()
            values = [builder.extract_value(args[1], i) for i in range(len(kinds))]
            made = builder.call(builder.inttoptr(args[0], function), values)
            return context.get_dummy_value() if result is types.none else made

        return result(address, types.StarArgTuple.from_types(arguments)), codegen

    return call
