"""Calls of user's functions: most are read where they stand, some stay functions.

A function that calls itself stays one, and so does a large one that is called from several
places.
"""

from __future__ import annotations

from types import FunctionType

from ...errors import UnsupportedError
from ..callees import LARGE, Callee, Found, Passed, Program, Unresolved, is_kind
from ..ir import Function, Op, Value, walk
from ..kinds import NUMBERS
from ..source import source_of
from .builder import Builder, Frame, bound, defaults_of, parameter
from .things import Static, described, like, parts

#: Functions that stay functions in one text, at most.
MOST = 24


def user_function(b: Builder, python: FunctionType, args, kwargs, checked: bool):
    """The result of a user's function."""
    program = b.program
    if python in program.recursive or python in program.large:
        return invoked(b, python, args, kwargs, checked)
    if any(f.source.function is python for other in program.builders for f in other.frames):
        raise Found(python, "recursive")
    sites = program.sites.setdefault(python, set())
    sites.add((b.function, b.path))
    if program.sizes.get(python, 0) > LARGE and len(sites) > 1 and python not in program.inlined:
        raise Found(python, "large")
    region, start = b.region, len(b.region.ops)
    result = b.inline(python, args, kwargs, checked)
    made = [op for op in region.ops[start:]]
    size = len(made) + sum(1 for op in made for r in op.regions for _ in walk(r))
    program.sizes[python] = max(program.sizes.get(python, 0), size)
    return result


def invoked(b: Builder, python: FunctionType, args, kwargs, checked: bool):
    """The result of a call of a function that stays one."""
    program: Program = b.program
    given = bound(source_of(python), args, kwargs, defaults_of(python))

    def read(callee: Callee) -> Function:
        return _read(program, python, kinds, checked, callee)

    kinds = {name: _kinds(python, program, thing) for name, thing in given.items()}
    return invoked_as(b, (python, checked), python.__name__, given, read)


def invoked_as(b: Builder, place, name: str, given, read, rerun=False):
    """The result of a call of a function that is read by ``read(callee)`` for things ``given``.

    ``place`` tells functions apart; one that is ``rerun`` keeps nothing for the reverse sweep.
    """
    program: Program = b.program
    key = place, tuple((name, _key(thing)) for name, thing in given.items())
    callee = program.callees.get(key)
    if callee is None:
        if len(program.callees) >= MOST:
            raise UnsupportedError(
                f"{name} calls itself with arguments of ever new types; pass arguments of the same "
                "types"
            )
        python = place[0]
        callee = Callee(program, python, program.reserve(name), read)
        callee.rerun = rerun
        program.callees[key] = callee
    if callee.form is None:
        callee.resolve()
        if callee.form is None:
            raise Unresolved
    values = [p for thing in given.values() for p in parts(thing) if isinstance(p, Value)]
    op = b.append(Op("invoke", values, fn=callee))
    if any(v.is_array for v in values):
        b.forget_memory()
        b.writes += 1
    return _result(op, callee.form)


def converted(b: Builder, thing, form):
    """The result of a function in the form that all its readings agree on."""
    wanted = list(parts(form))
    items = [
        b.convert(p, kind) if kind in NUMBERS else p
        for p, kind in zip(parts(thing), wanted, strict=False)
    ]
    return like(thing, iter(items)) if len(items) == len(wanted) else thing


def _key(thing):
    """What distinguishes an argument for which a function is read."""
    if isinstance(thing, tuple):
        return (getattr(thing, "type", type(thing)), *map(_key, thing))
    if isinstance(thing, Value):
        return thing.kind
    return "static", id(getattr(thing, "object", thing))


def _kinds(python, program: Program, thing):
    """An argument as `parameter` takes it."""
    for part in parts(thing):
        if not isinstance(part, Value | Static):
            if python not in program.recursive:
                raise Found(python, "inlined")
            raise UnsupportedError(
                f"{python.__name__} calls itself and is given {described(part)}; pass numbers, "
                "arrays and tuples"
            )
    return like(thing, iter([p.kind if isinstance(p, Value) else p for p in parts(thing)]))


def _read(program: Program, python: FunctionType, kinds, checked: bool, callee: Callee) -> Function:
    """A function that stays one, read for arguments of these kinds."""
    b = Builder(python, program)
    given = {name: parameter(name, kind, b.made) for name, kind in kinds.items()}
    with program.reading(b):
        thing = b.inside_frame(Frame(source_of(python), given, checked))
    if callee.form is not None:
        thing = converted(b, thing, callee.form)
    b.made.result = thing
    return b.made


def _result(op: Op, form):
    """The result of a call, from its form."""
    items = []
    for part in parts(form):
        if isinstance(part, Passed):
            items.append(op.args[part.index])
        else:
            items.append(op.out(part) if is_kind(part) else part)
    return like(form, iter(items))


Builder.invoke = invoked
