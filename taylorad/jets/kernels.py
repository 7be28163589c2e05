"""Rules as compiled loops over coefficients in memory: high orders and deep nests.

Code written out for the order grows with its square; from some order on the same rule
text is compiled once for a run-time index and called on arrays on the stack.
"""

from __future__ import annotations

from functools import cache

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types

from .._compat import populate_array
from ..primitives.series import compose
from .staging import CHUNK, ZERO, Real, Series, pack, pack_chunks, unpack
from .types import F64, WIDTH, JetType

#: Division by zero gives inf or nan in a derivative; the value's own division may raise.
OPTIONS = dict(error_model="numpy", fastmath={"contract"}, no_cpython_wrapper=True)


@cache
def kernel(formula, outputs: int, operands: int):
    """The loop that fills ``outputs`` series by ``formula``, as a compiled function."""
    names = [f"c{i}" for i in range(outputs)] + [f"a{i}" for i in range(operands)]
    targets = ", ".join(f"{name}[k]" for name in names[:outputs])
    text = (
        f"def kernel({', '.join(names)}):\n"
        f"    for k in range(1, len(c0)):\n"
        f"        {targets} = formula(k, {', '.join(names)})\n"
    )
    scope = {"formula": njit(formula, **OPTIONS), "__name__": __name__}
    exec(text, scope)
    return njit(scope["kernel"], **OPTIONS)


def solve(emitter, kind: JetType, formula, starts, columns, result) -> Series:
    """The series of output ``result``; see `rules.solve`."""
    outputs = [_Column(emitter, kind, [start] + [ZERO] * kind.order) for start in starts]
    operands = [_Column(emitter, kind, column) for column in columns]
    _call(emitter, kind, kernel(formula, len(outputs), len(operands)), outputs + operands)
    return outputs[result].series()


_compose = njit(compose, **OPTIONS)


def composed(emitter, kind: JetType, values, operand) -> Series:
    """The series of ``sum of values[n] (operand - operand[0])^n``."""
    columns = [_Column(emitter, kind, items) for items in (values, values, operand)]
    _call(emitter, kind, _compose, columns)
    return columns[0].series()


def _call(emitter, kind: JetType, function, columns) -> None:
    """Call a compiled function on the arrays of the columns."""
    context = emitter.context
    signature_of = context.typing_context.resolve_value_type(function)
    arrays = [column.array for column in columns]
    array_type = types.Array(kind.dtype, 1, "C")
    sig = signature_of.get_call_type(context.typing_context, (array_type,) * len(arrays), {})
    implementation = context.get_function(signature_of, sig)
    implementation(emitter.builder, arrays)
    context.add_linking_libs(getattr(implementation, "libs", ()))


class _Column:
    """A series in an array on the stack."""

    def __init__(self, emitter, kind: JetType, items):
        self.emitter = emitter
        self.kind = kind
        context, builder = emitter.context, emitter.builder
        self.element = context.get_data_type(kind.dtype)
        self.length = kind.order + 1
        chunks = -(-self.length // WIDTH)
        room = chunks * WIDTH if kind.packed else self.length
        memory = cgutils.alloca_once(builder, ir.ArrayType(self.element, room))
        self.pointer = builder.bitcast(memory, self.element.as_pointer())
        if kind.packed:
            series = items if isinstance(items, Series) else Series(emitter, items)
            for m, chunk in enumerate(pack_chunks(emitter, kind, series)):
                builder.store(chunk, self._chunk(m), align=8)
        else:
            for k in range(self.length):
                value = pack(emitter, kind.dtype, items[k])
                context.pack_value(builder, kind.dtype, value, self._item(k))

    def _item(self, k):
        return self.emitter.builder.gep(self.pointer, [ir.Constant(ir.IntType(32), k)])

    def _chunk(self, m):
        vector = ir.VectorType(F64, WIDTH)
        return self.emitter.builder.bitcast(self._item(m * WIDTH), vector.as_pointer())

    @property
    def array(self):
        """The Numba array over the memory; nobody owns it."""
        context, builder = self.emitter.context, self.emitter.builder
        view = context.make_array(types.Array(self.kind.dtype, 1, "C"))(context, builder)
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(self.element))
        shape = cgutils.pack_array(builder, [context.get_constant(types.intp, self.length)])
        populate_array(
            view,
            data=self.pointer,
            shape=shape,
            strides=cgutils.pack_array(builder, [itemsize]),
            itemsize=itemsize,
            meminfo=None,
        )
        return view._getvalue()

    def series(self) -> Series:
        """The series read back."""
        context, builder = self.emitter.context, self.emitter.builder
        if self.kind.packed:
            vectors = []
            for m in range(-(-self.length // WIDTH)):
                load = builder.load(self._chunk(m))
                load.align = 8
                vectors.append(Real(self.emitter, load, CHUNK))
            return Series(self.emitter, chunks=vectors)
        items = []
        for k in range(self.length):
            value = context.unpack_value(builder, self.kind.dtype, self._item(k))
            items.append(unpack(self.emitter, self.kind.dtype, value))
        return Series(self.emitter, items)
