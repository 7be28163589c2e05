"""Making operations: the one place where the front end and the reverse sweep append them.

Equal operations on equal operands are one where the first is in sight, and a load is
repeated only where memory may have changed between.
"""

from __future__ import annotations

import operator

from . import operations, shapes
from .ir import Op, Region, Value, constant
from .kinds import FLOAT, INT, ArrayKind

_SIGN = {operator.add: 1, operator.sub: -1}


def _identity(value):
    if isinstance(value, Value) and value.is_constant:
        return type(value.const), repr(value.const)
    return id(value)


def _short(index: Value) -> str:
    """An index in the name of an element."""
    if index.is_constant:
        return str(index.const).replace("-", "m")
    return index.name or "k"


def _neutral(fn, args) -> Value | None:
    """The integer ``i`` in ``0 + i``, ``1 * i`` and ``i * 1``; None for anything else."""
    unit = {operator.add: 0, operator.mul: 1}.get(fn)
    if unit is None or any(a.kind != INT for a in args):
        return None
    for a, other in (args, args[::-1]):
        if a.is_constant and a.const == unit and not other.is_constant:
            return other
    return None


def _offset(fn, args) -> tuple[Value, int] | None:
    """``(i + 1) - 2`` as an integer and the sum of the constants; None for anything else."""
    if fn not in _SIGN or args[0].kind != INT or not args[1].is_constant or args[1].kind != INT:
        return None
    base, step = args[0], _SIGN[fn] * args[1].const
    op = base.op
    inner = op is not None and op.kind == "apply" and op.fn in _SIGN and op.args[1].is_constant
    if inner and op.args[0].kind == INT:
        base, step = op.args[0], step + _SIGN[op.fn] * op.args[1].const
    return None if base.is_constant else (base, step)


class Maker:
    """Appends operations to a region."""

    def __init__(self, region: Region):
        self.region = region
        self.line: tuple[str, int] | None = None
        self._known: dict[Region, dict] = {}
        self._kept: list[Value] = []  # so that no identity is used again
        #: Whether equal operations are one; if not, those on floats stand as they are written.
        self.shares = True
        #: How often memory was written to.
        self.writes = 0

    # -- regions ---------------------------------------------------------------------

    def append(self, op: Op) -> Op:
        op.region = self.region
        if op.line is None:
            op.line = self.line
        self.region.ops.append(op)
        return op

    def inside(self, op: Op) -> Region:
        """A new region of ``op``, which becomes the place where operations go."""
        region = Region(op.region or self.region, op)
        op.regions.append(region)
        self.region = region
        return region

    def known(self, region=None) -> dict:
        return self._known.setdefault(region or self.region, {})

    def forget_memory(self) -> None:
        """Memory may have changed: what was loaded must be loaded again."""
        region = self.region
        while region is not None:
            known = self.known(region)
            for key in [k for k in known if k[0] == "load"]:
                del known[key]
            region = region.parent

    def _found(self, key, anywhere: bool):
        region: Region | None = self.region
        while region is not None:
            found = self.known(region).get(key)
            if found is not None:
                return found
            region = region.parent if anywhere else None
        return None

    def _pure(self, op: Op, kind, name, key, anywhere=True) -> Value:
        found = self._found(key, anywhere)
        if found is not None:
            return found
        self.append(op)
        value = op.out(kind, name)
        self.known()[key] = value
        self._kept += op.args
        return value

    # -- numbers ---------------------------------------------------------------------

    def apply(self, fn, *args: Value, name="", attr=None, kind=None) -> Value:
        """The result of an operation on numbers or, element by element, on arrays."""
        fn = operations.PLAIN.get(fn, fn)
        if any(a.is_array for a in args):
            op = self.append(Op("apply", args, attr, fn))
            return op.out(kind or operations.array_kind(fn, args), name)
        const = operations.folded(fn, args)
        if const is not None:
            return constant(const)
        if (same := _neutral(fn, args)) is not None:
            return same
        offset = _offset(fn, args)
        if offset is not None:
            base, step = offset
            if step == 0:
                return base
            fn, args = (operator.add, (base, constant(step))) if step > 0 else (
                operator.sub, (base, constant(-step))
            )  # fmt: skip
        kind = kind or operations.result_kind(fn, args)
        if kind == FLOAT and not self.shares:
            return self.append(Op("apply", args, attr, fn)).out(kind, name)
        key = self.key(fn, attr, args)
        return self._pure(Op("apply", args, attr, fn), kind, name, key)

    @staticmethod
    def key(fn, attr, args) -> tuple:
        """What equal operations on numbers are known by."""
        return "apply", fn, attr, *map(_identity, args)

    def convert(self, value: Value, kind) -> Value:
        """A number as one of a wider kind."""
        if value.kind == kind or kind != FLOAT:
            return value
        if value.is_constant:
            return constant(float(value.const))
        return self.apply(float, value)

    # -- arrays ----------------------------------------------------------------------

    def shape(self, array: Value, axis: int) -> Value:
        """The length of an array along an axis."""
        source = shapes.length(array, axis)
        if isinstance(source, Value):
            return source
        array, axis = source
        return self._pure(
            Op("shape", [array], axis), INT, "", ("shape", axis, id(array)), anywhere=True
        )

    def load(self, array: Value, indices, name="", before: int | None = None) -> Value:
        """An element of an array; as it was ``before`` a place of the region, if given."""
        key = ("load", id(array), *map(_identity, indices))
        op = Op("load", [array, *indices])
        name = name or "_".join([array.name, *(_short(i) for i in indices)])
        if before is not None:
            op.region = self.region
            self.region.ops.insert(before, op)
            return op.out(array.kind.dtype, name)
        return self._pure(op, array.kind.dtype, name, key, anywhere=False)

    def _write(self, op: Op) -> None:
        self.forget_memory()
        self.writes += 1
        self.append(op)

    def store(self, array: Value, indices, value: Value) -> None:
        self._write(Op("store", [array, *indices, value]))

    def accumulate(self, array: Value, indices, value: Value) -> None:
        """Add to an element."""
        self._write(Op("accumulate", [array, *indices, value]))

    def alloc(self, shape, dtype: str, fill: str, name="") -> Value:
        """A new array."""
        op = self.append(Op("alloc", shape, fill))
        return op.out(ArrayKind(len(shape), dtype, "C"), name)

    def view(self, array: Value, attr: str, indices, kind, name="") -> Value:
        """Part of an array's memory; ``attr`` is the text of the index, with places {0}, {1}."""
        key = ("view", attr, id(array), *map(_identity, indices))
        return self._pure(
            Op("view", [array, *indices], attr), kind, name or array.name, key, anywhere=True
        )

    def array(self, rule, args, kind, name="", attr=None) -> Value:
        """A new array, or a number, from whole arrays, by an array rule."""
        op = self.append(Op("array", args, attr, rule))
        return op.out(kind, name)

    def array_store(self, array: Value, value: Value) -> None:
        self._write(Op("array_store", [array, value]))

    def array_add(self, array: Value, *values: Value, attr=None) -> None:
        """Add a value to an array; or by the function named ``attr`` what it makes of several."""
        self._write(Op("array_add", [array, *values], attr))
