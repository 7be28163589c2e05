"""The intermediate representation: structured, in static single assignment form.

A function is a region: a list of operations, some of which contain regions themselves.
Every value is defined once.  What a loop carries is explicit: the parameters of its body,
their initial values, the values yielded to the next iteration, and the results.  Arrays
are references to memory, which `load`, `store` and `accumulate` act on.

=============  ============================================================================
operation      meaning
=============  ============================================================================
apply          ``out = fn(*args)``, without side effects, on numbers
load           ``out = array[index...]``
store          ``array[index...] = value``
accumulate     ``array[index...] += value``
alloc          a new array: ``fill`` "empty" or "zeros", args its shape
view           part of an array's memory as another array, by the text ``attr`` of its index
array          ``out = rule(*args)``: a new array or a number from whole arrays
array_store    ``array[...] = value``: a number or an array into all of an array
array_add      ``array[...] += value``: the same, added
if             args ``[condition]``, regions then and else; results are what these yield
for            args ``[start, stop, step, *initial]``; the body's parameters are the index and
               what is carried; ``body.leave`` ends the loop after an iteration
while          args are initial values; regions test, which yields the condition, and body
invoke         ``outs = fn(*args)``: a user's function that is not inlined, a `Callee` or half of
               a `Pair`; it may write to its arrays
effect         a statement kept for what it does: ``attr`` is its text; `raise`, `print`
call           a function of which nothing is known: ``out = fn(*args)``, once, in its order
save, restore  ``attr`` is a value's `Slot`: into it, out of it in the reverse iteration
=============  ============================================================================
"""

from __future__ import annotations

import builtins
import itertools
import keyword
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from . import runtime
from .kinds import ArrayKind, Named

#: Names that the generated text uses for itself.
RESERVED = {"math", "number", *runtime.SCOPE}


class Value:
    """What an operation defines, a parameter, or a constant."""

    __slots__ = ("const", "kind", "name", "named", "op", "region", "role")

    def __init__(self, kind, name="", role="result", region=None, op=None, const=None):
        self.kind, self.name, self.role = kind, name, role
        self.region, self.op, self.const = region, op, const
        self.named = False  # whether the user gave the name

    @property
    def is_constant(self) -> bool:
        return self.role == "constant"

    @property
    def is_array(self) -> bool:
        return isinstance(self.kind, ArrayKind)

    def __repr__(self):
        if self.is_constant:
            return repr(self.const)
        return f"%{self.name or 't'}"


class Region:
    """A list of operations, with parameters and the values it yields at its end."""

    __slots__ = ("leave", "op", "ops", "params", "parent", "yields")

    def __init__(self, parent=None, op=None):
        self.parent, self.op = parent, op
        self.ops: list[Op] = []
        self.params: list[Value] = []
        self.yields: list[Value] = []
        self.leave: Value | None = None  # of a loop's body: no further iteration

    def param(self, kind, name, role="carried") -> Value:
        value = Value(kind, name, role, self)
        self.params.append(value)
        return value


class Op:
    """An operation; see the table above."""

    __slots__ = ("args", "attr", "fn", "kind", "line", "outs", "pos", "region", "regions")

    def __init__(self, kind, args=(), attr=None, fn=None, line=None):
        self.kind, self.args, self.attr, self.fn, self.line = kind, list(args), attr, fn, line
        self.outs: list[Value] = []
        self.regions: list[Region] = []
        self.region: Any = None  # a Region, from where it is appended on
        self.pos = -1

    def out(self, kind, name="") -> Value:
        value = Value(kind, name, "result", self.region, self)
        self.outs.append(value)
        return value

    @property
    def is_loop(self) -> bool:
        return self.kind in ("for", "while")

    @property
    def body(self) -> Region:
        """The region that a loop repeats."""
        return self.regions[-1]

    @property
    def bounds(self) -> list[Value]:
        return self.args[:3] if self.kind == "for" else []

    @property
    def initial(self) -> list[Value]:
        """What a loop carries into its first iteration."""
        return self.args[3:] if self.kind == "for" else self.args

    @property
    def carried(self) -> list[Value]:
        """The parameters of a loop's body that it carries."""
        return self.body.params[1:] if self.kind == "for" else self.body.params

    def carries(self) -> list[tuple[Value, Value, Value, Value]]:
        """For each carried number or array: initial, parameter, yielded, result."""
        return list(zip(self.initial, self.carried, self.body.yields, self.outs, strict=True))

    def __repr__(self):
        return "\n".join(_lines(self, ""))


@dataclass
class Function:
    """A function: parameters, the outermost region, and the results."""

    name: str
    params: list[Value]
    root: Region
    #: A value, or tuples of these.
    result: Any
    #: Objects that the text refers to by name, besides `math` and `np`.
    scope: dict[str, Any] = field(default_factory=dict)
    #: The functions that it calls, directly or not.
    program: Any = None
    #: Whether the reverse sweep is to be a function of its own.
    split: bool = False
    #: Whether arrays among the parameters may share memory.
    shared: bool = False
    #: Parameters whose content the caller needs, and of these whose old content, restored.
    outer: list[Value] = field(default_factory=list)
    restored: list[Value] = field(default_factory=list)
    #: Names of what is no value, such as buffers; for buffers an expression of their type.
    buffers: dict[str, str] = field(default_factory=dict)

    def known(self, name: str, obj) -> str:
        """The name by which the text refers to an object."""
        base = name if name.isidentifier() else "function"
        name, n = base, 0
        taken = RESERVED | {p.name for p in self.params}
        while self.scope.get(name, obj) is not obj or name in taken:
            n += 1
            name = f"{base}_{n}"
        self.scope[name] = obj
        return name

    def fresh(self, hint: str) -> str:
        """A new name for what is no value."""
        taken = RESERVED | set(self.scope) | set(dir(builtins)) | set(keyword.kwlist)
        taken |= {p.name for p in self.params} | set(self.buffers)
        name, n = hint, 0
        while name in taken:
            n += 1
            name = f"{hint}_{n}"
        self.buffers[name] = ""
        return name

    def __str__(self):
        lines = [f"function {self.name}({', '.join(map(_typed, self.params))})"]
        for op in self.root.ops:
            lines += _lines(op, "  ")
        return "\n".join([*lines, f"  return {self.result!r}"])


def constant(const) -> Value:
    """A constant: a bool, an int or a float."""
    kind = {bool: "bool", int: "int", float: "float", complex: "complex"}[type(const)]
    return Value(kind, role="constant", const=const)


def same(a, b) -> bool:
    """Whether two values are one, or equal constants."""
    if a is b:
        return True
    if not (isinstance(a, Value) and isinstance(b, Value) and a.is_constant and b.is_constant):
        return False
    return type(a.const) is type(b.const) and repr(a.const) == repr(b.const)


def all_same(a: list[Value], b: list[Value]) -> bool:
    """Whether two lists of values are the same, such as arrays with their indices."""
    return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))


def leaves(tree) -> Iterator[Value]:
    """The values in nested tuples."""
    if isinstance(tree, tuple):
        for item in tree:
            yield from leaves(item)
    else:
        yield tree


def rebuild(tree, values: Iterator[Value]):
    """Nested tuples like ``tree``, of the given values."""
    if not isinstance(tree, tuple):
        return next(values)
    items = [rebuild(item, values) for item in tree]
    return Named.of(tree.type, items) if isinstance(tree, Named) else tuple(items)


def walk(region: Region) -> Iterator[Op]:
    """All operations, those inside others after them."""
    for op in region.ops:
        yield op
        for inner in op.regions:
            yield from walk(inner)


def regions_of(op: Op) -> Iterator[Region]:
    """The regions inside an operation, at any depth."""
    for region in op.regions:
        yield region
        for inner in region.ops:
            yield from regions_of(inner)


def number_positions(region: Region) -> None:
    """Let every operation know its place in its region."""
    for i, op in enumerate(region.ops):
        op.pos = i
        for inner in op.regions:
            number_positions(inner)


def loop_of(region: Region | None) -> Op | None:
    """The innermost loop around a region, or None."""
    while region is not None and region.op is not None:
        if region.op.is_loop:
            return region.op
        region = region.op.region
    return None


def loops_around(region: Region | None) -> list[Op]:
    """The loops around a region, innermost first."""
    found: list[Op] = []
    while (loop := loop_of(region)) is not None:
        found.append(loop)
        region = loop.region
    return found


def uses_in(op: Op) -> Iterator[Value]:
    """Every use of a value by an operation and all that is inside it."""
    yield from op.args
    for region in op.regions:
        yield from region.yields
        if region.leave is not None:
            yield region.leave
        for inner in region.ops:
            yield from uses_in(inner)


def used_inside(op: Op) -> dict[Value, None]:
    """The values from outside that the regions of an operation use, in order."""
    inside = set(regions_of(op))
    found: dict[Value, None] = {}
    for region in regions_of(op):
        ends = region.yields + ([region.leave] if region.leave is not None else [])
        for value in [a for o in region.ops for a in o.args] + ends:
            if not value.is_constant and value.region not in inside:
                found[value] = None
    return found


def external_uses(op: Op) -> dict[Value, None]:
    """The values from outside that an operation or anything inside it uses, in order."""
    inside = set(regions_of(op))
    outside = (v for v in op.args if not v.is_constant and v.region not in inside)
    return dict.fromkeys(outside) | used_inside(op)


# -- the printed form --------------------------------------------------------------------


def _typed(value: Value) -> str:
    return f"{value!r}: {value.kind}"


def _lines(op: Op, indent: str) -> list[str]:
    outs = ", ".join(map(_typed, op.outs))
    what = op.kind if op.fn is None else f"{op.kind} {getattr(op.fn, '__name__', op.fn)}"
    if op.attr is not None:
        what += f" {op.attr!r}"
    args = ", ".join(map(repr, op.args))
    lines = [indent + (f"{outs} = " if outs else "") + f"{what} {args}".rstrip()]
    for region, label in zip(op.regions, itertools.count()):
        params = ", ".join(map(_typed, region.params))
        lines.append(f"{indent}  region {label} ({params})")
        for inner in region.ops:
            lines += _lines(inner, indent + "    ")
        if region.yields:
            lines.append(f"{indent}    yield {', '.join(map(repr, region.yields))}")
        if region.leave is not None:
            lines.append(f"{indent}    leave if {region.leave!r}")
    return lines
