"""Random programs against reverse mode: ``python tests/adjoint_programs.py --count 5000``.

Every program is differentiated by reverse mode and by dual numbers in plain Python, which
share nothing with it.  Most are run uncompiled: the adjoint's text is ordinary Python, in which
`empty` gives nan.  Every so many are compiled as well, once more for second derivatives.  A
program that fails is made as small as it still fails and printed.
"""

from __future__ import annotations

import argparse
import copy
import dataclasses
import math
import re
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from contextlib import contextmanager, suppress
from unittest.mock import patch

import duals
import numpy as np
from adjoint_scope import NAMED_TUPLES, Program, like
from adjoint_writer import write
from numba import njit
from programs import Failure, Invalid, run_text
from shrinking import shrunk

import taylorad as ta
from taylorad.adjoint import runtime
from taylorad.adjoint.frontend import pairing
from taylorad.adjoint.gradient import Request, text_of
from taylorad.adjoint.kinds import FLOAT, INT, ArrayKind, Named

#: Agreement asked for, relative to the size of the terms.
TOLERANCE = 1e-8
#: Values and derivatives beyond which a program says nothing.
LARGEST = 1e7
#: Name of the adjoint's parameter for the adjoint of the result.
COTANGENT = "cotangent"


def _as_it_is(x):
    return x


#: What every program finds among its globals.
GIVEN = {"ta": ta, **NAMED_TUPLES}
PLAIN = {"njit": _as_it_is, "plain": _as_it_is, **GIVEN}


# -- truth ---------------------------------------------------------------------------------


class Divided(Invalid):
    """A program divides by zero: there are no derivatives, but an exception to raise."""


def truth(program: Program, directions):
    """The values of ``f`` and their derivatives along directions, by dual numbers."""
    arguments = [duals.seeded(a, directions.get(name)) for name, a in program.arguments.items()]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = duals.split(run_text(program.text, **PLAIN, **duals.SCOPE)(*arguments))
    except ZeroDivisionError as error:
        raise Divided("ZeroDivisionError") from error
    except Exception as error:
        raise Invalid(type(error).__name__) from error
    for thing in leaves(result):
        if not np.all(np.abs(thing) < LARGEST):  # false for nan
            raise Invalid("not finite")
    return result


def leaves(thing):
    """The numbers and arrays in nested tuples."""
    if isinstance(thing, tuple):
        return [leaf for item in thing for leaf in leaves(item)]
    return [thing]


def drawn_like(thing, numbers):
    """Random numbers of the form of nested tuples of numbers and arrays."""
    if isinstance(thing, tuple):
        return like(thing, [drawn_like(item, numbers) for item in thing])
    drawn = numbers.normal(size=np.shape(thing))
    return drawn if isinstance(thing, np.ndarray) else float(drawn)


def directions_of(program: Program, seed: int):
    numbers = np.random.default_rng(seed)
    return {name: drawn_like(program.arguments[name], numbers) for name in program.wrt}


# -- checks --------------------------------------------------------------------------------


def check(program: Program, seed: int) -> Failure | None:
    """Reverse mode uncompiled; None where all agrees."""
    directions = directions_of(program, seed)
    try:
        values, tangents = truth(program, directions)
    except Divided:
        return _tried(program, lambda: _raising(program))
    cotangent = drawn_like(values, np.random.default_rng(seed + 1))

    def compared():
        found = uncompiled(program, cotangent)
        return _compared(program, directions, values, tangents, cotangent, *found)

    return _tried(program, compared)


def _tried(program: Program, compared) -> Failure | None:
    """What ``compared()`` says, or raises."""
    large = program.large or pairing.LARGE
    try:
        with patch.object(pairing, "LARGE", large):
            failure = compared()
    except ta.UnsupportedError as error:
        return Failure(f"refused: {_without_names(error)}", str(error))
    except Invalid:
        raise
    except Exception as error:
        if isinstance(error, ta.ArgumentValueError) and "may share memory" in str(error):
            if program.same and writes_to_shared(program):
                return None
            return Failure("refused: shared arguments that this run does not write to", str(error))
        where = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"raised {type(error).__name__} in {where.name}"
        return Failure(kind, traceback.format_exc(limit=-4))
    if failure is None and program.same and writes_to_shared(program):
        return Failure("shared", "an argument that shares memory is written to, without complaint")
    return failure


def writes_to_shared(program: Program) -> bool:
    """Whether ``f`` changes one of the arguments that share memory."""
    after = {name: copy.deepcopy(a) for name, a in program.arguments.items()}
    with warnings.catch_warnings(), suppress(ZeroDivisionError):
        warnings.simplefilter("ignore")
        run_text(program.text, **PLAIN, np=np, math=math)(*after.values())
    return any(
        not np.array_equal(leaves(after[name])[0], leaves(program.arguments[name])[0])
        for pair in program.same
        for name in pair
    )


def _raising(program: Program) -> Failure | None:
    """Whether the adjoint of a program that divides by zero says so."""
    try:
        uncompiled(program, None)
    except ZeroDivisionError:
        return None
    except ta.ArgumentTypeError as error:
        raise Invalid("divides by zero, and returns no number") from error
    return Failure("division", "by zero, without an exception")


def _without_names(error) -> str:
    first = str(error).splitlines()[0]
    return re.sub(r"\b[a-z]+_?\d+\b|'[^']*'|\d+", "_", first)


def text_and_function(program: Program, cotangent):
    """The text of the adjoint, and the function it defines, in plain Python."""
    f = run_text(program.text, **PLAIN, np=np, math=math)
    kinds = {name: _kind(a) for name, a in program.arguments.items()}
    given = None if cotangent is None else (COTANGENT, _kind(cotangent))
    request = Request(f, kinds, program.wrt, True, True, given)
    text, scope = text_of(request, "adjoint")
    names = {"math": _Math(), **runtime.SCOPE, **scope}
    exec(compile(text, "<adjoint>", "exec"), names)
    return text, names["adjoint"]


def _kind(thing):
    if isinstance(thing, tuple):
        kinds = tuple(map(_kind, thing))
        return Named.of(type(thing), kinds) if hasattr(thing, "_fields") else kinds
    if isinstance(thing, np.ndarray):
        return ArrayKind(thing.ndim, FLOAT if thing.dtype == float else INT, "C")
    return FLOAT if isinstance(thing, float) else INT


class _Math:
    """`math` as compiled code has it, where what is too large is infinite."""

    def __getattr__(self, name):
        function = getattr(math, name)

        def call(*operands):
            try:
                return function(*operands)
            except OverflowError:
                return math.inf

        return call if callable(function) else function


def uncompiled(program: Program, cotangent):
    """The values, the gradients, and the arguments after the call."""
    _, adjoint = text_and_function(program, cotangent)
    after = copy.deepcopy(program.arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, gradients = adjoint(*_with_cotangent(program, after, cotangent))
    return values, gradients, after


def _with_cotangent(program: Program, arguments, cotangent):
    """The arguments in order, the cotangent behind the last differentiated one."""
    items = list(arguments.items())
    if cotangent is None:
        return list(arguments.values())
    last = max(list(arguments).index(n) for n in program.wrt)
    return [a for _, a in [*items[: last + 1], ("", cotangent), *items[last + 1 :]]]


def _compared(
    program, directions, values, tangents, cotangent, found, gradients, after
) -> Failure | None:
    for name, a in program.arguments.items():
        for x, y in zip(leaves(a), leaves(after[name]), strict=True):
            if not np.array_equal(x, y):
                return Failure("argument changed", f"{name}: {y!r} was {x!r}")
    for x, y in zip(leaves(values), leaves(found), strict=True):
        if np.shape(x) != np.shape(y):
            return Failure("shape", f"{np.shape(y)} is not {np.shape(x)}")
        if not np.all(np.abs(np.subtract(x, y)) <= TOLERANCE * (1 + np.abs(x))):
            return Failure("value", f"{y!r} is not {x!r}")
    moved = [(directions[n], g) for n, g in zip(program.wrt, gradients, strict=True)]
    left, sizes = 0.0, 1e-3
    for pairs in (moved, [(cotangent, tangents)]):
        for a, b in pairs:
            for x, y in zip(leaves(a), leaves(b), strict=True):
                if np.shape(x) != np.shape(y):
                    return Failure("shape", f"a gradient of {np.shape(y)}, not {np.shape(x)}")
                left += float(np.sum(np.multiply(x, y)))
                sizes += float(np.sum(np.abs(np.multiply(x, y))))
        left = -left
    if abs(left) <= TOLERANCE * sizes or _is_ill_conditioned(program, directions, tangents, left):
        return None
    return Failure("gradient", f"{gradients!r}; off by {left!r} of {sizes!r}")


def _is_ill_conditioned(program, directions, tangents, difference) -> bool:
    """Whether rounding the arguments changes the truth as much as the difference."""
    if not math.isfinite(difference):
        return False
    changed = {
        name: _scaled(a, 1 + 2.0**-44) if name in program.wrt else a
        for name, a in program.arguments.items()
    }
    try:
        _, again = truth(dataclasses.replace(program, arguments=changed), directions)
    except Invalid:
        return True
    pairs = zip(leaves(tangents), leaves(again), strict=True)
    return abs(difference) < 100 * sum(float(np.sum(np.abs(np.subtract(x, y)))) for x, y in pairs)


def _scaled(thing, factor):
    if isinstance(thing, tuple):
        return like(thing, [_scaled(t, factor) for t in thing])
    return thing * factor


# -- compiled --------------------------------------------------------------------------------


def check_compiled(program: Program, seed: int) -> Failure | None:
    """Reverse mode compiled, and second derivatives against jets of order 2."""
    directions = directions_of(program, seed)
    values, tangents = truth(program, directions)
    cotangent = drawn_like(values, np.random.default_rng(seed + 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            names = {"njit": njit, "np": np, "math": math, **GIVEN}
            f = njit(run_text(program.text, plain=njit, **names))
            result = f(*map(copy.deepcopy, program.arguments.values()))
            f = njit(run_text(program.text, plain=_as_it_is, **names))
    except Exception as error:
        raise Invalid(f"does not compile: {type(error).__name__}") from error
    for x, y in zip(leaves(values), leaves(result), strict=True):
        if not np.all(np.abs(np.subtract(x, y)) <= TOLERANCE * (1 + np.abs(x))):
            raise Invalid("means something else under Numba")
    names = list(program.arguments)
    argnums = tuple(names.index(n) for n in program.wrt)

    def compared():
        after = copy.deepcopy(program.arguments)
        found = ta.vjp(f, argnums)(*_with_cotangent(program, after, cotangent))
        failure = _compared(program, directions, values, tangents, cotangent, *found, after)
        return failure or _check_second(f, program, values, seed)

    failure = _tried(program, compared)
    if failure is not None and not failure.kind.startswith("refused"):
        failure.kind = f"compiled, {failure.kind}"
    return failure


def _check_second(f, program: Program, values, seed: int):
    """Two ways to the product of the Hessian with a vector, against jets of order 2."""
    plain = [n for n in program.wrt if not isinstance(program.arguments[n], tuple)]
    if not isinstance(values, float) or not plain:
        return None
    k = list(program.arguments).index(plain[0])
    x = program.arguments[plain[0]]
    numbers = np.random.default_rng(0)
    v, w = drawn_like(x, numbers), drawn_like(x, numbers)

    def given(vector):
        arguments = copy.deepcopy(list(program.arguments.values()))
        arguments[k + 1 : k + 1] = [vector]
        return arguments

    try:
        bends = [ta.directional(f, 2)(*given(u))[2] for u in (v + w, v - w)]
    except ta.TayloradError as error:
        raise Invalid("forward mode refuses it") from error
    expected = 0.5 * (bends[0] - bends[1])  # w^T H v
    sizes = np.abs(bends)
    if not np.all(sizes < LARGEST):
        raise Invalid("not finite")
    if seed % 2:
        found = ta.hvp(f, k)(*given(v))
    else:
        _, found = ta.jvp(ta.grad(f, k), k)(*given(v))
    if np.shape(found) != np.shape(x):
        return Failure("second, shape", f"{np.shape(found)} is not {np.shape(x)}")
    if not abs(np.sum(w * found) - expected) <= 1e-7 * (1 + np.sum(sizes)):
        return Failure("second", f"{found!r} along {w!r} is not {expected!r}")
    return None


# -- the command -------------------------------------------------------------------------------


def smallest(program: Program, seed: int, failure: Failure, checked=check) -> Program:
    """The program as small as it still fails in the same way."""

    def fails(**changes):
        try:
            with at_most(seconds=20):
                found = checked(dataclasses.replace(program, **changes), seed)
        except (Invalid, SyntaxError):
            return False
        return found is not None and found.kind == failure.kind

    for change in ({"same": ()}, {"large": 0}):
        if fails(**change):
            program = dataclasses.replace(program, **change)
    text = shrunk(program.text, lambda text: fails(text=text))
    program = dataclasses.replace(program, text=text)
    for name in program.wrt[::-1]:  # fewer differentiated arguments
        fewer = tuple(n for n in program.wrt if n != name)
        if fewer and fails(wrt=fewer):
            program = dataclasses.replace(program, wrt=fewer)
    return program


@contextmanager
def at_most(seconds: int):
    """Refuse a program that does not end: a loop may have lost what ends it."""

    def give_up(*args):
        raise Endless

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    except Endless:
        raise Invalid("endless") from None
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Endless(BaseException):
    """A program has run for too long; no check takes it for an error of the program."""


def as_text(program: Program, note: str) -> str:
    """A program as a file of `corpus`, which says what was wrong."""
    head = "\n".join(f"# {line}".rstrip() for line in note.strip().splitlines())
    head += f"\nARGUMENTS = {program.arguments!r}\n"
    head += f"SAME = {program.same!r}\n" if program.same else ""
    head += f"LARGE = {program.large!r}\n" if program.large else ""
    return f"{head}WRT = {program.wrt!r}\n\n{program.text}"


def read(text: str) -> Program:
    """The program of a file of `corpus`."""
    head, wrt, body = re.split(r"^(WRT = .*\n)", text, maxsplit=1, flags=re.M)
    names: dict = {"array": np.array, "SAME": (), "LARGE": 0, **NAMED_TUPLES}
    exec(head + wrt, names)
    given = [names[n] for n in ("ARGUMENTS", "WRT", "SAME", "LARGE")]
    return Program(body.lstrip("\n"), *given)


def main(arguments: list[str]) -> int:
    """Run many programs; print what fails, as small as it gets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--seconds", type=float, default=math.inf, help="start none after these")
    parser.add_argument("--compiled", type=int, default=0, help="every so many, compiled too")
    parser.add_argument("--arrays", action="store_true", help="expressions of whole arrays too")
    parser.add_argument("--skip", help="programs that this regular expression is found in")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--refused", action="store_true", help="show the first of each refusal")
    options = parser.parse_args(arguments)
    tally: Counter[str] = Counter()
    bad, started = 0, time.monotonic()
    for seed in range(options.seed, options.seed + options.count):
        if time.monotonic() - started > options.seconds:
            break
        program = write(seed, options.arrays)
        if options.skip and re.search(options.skip, program.text):
            continue
        checks = [check]
        if options.compiled and seed % options.compiled == 0:
            checks.append(check_compiled)
        for checked in checks:
            try:
                failure = checked(program, seed)
            except Invalid as reason:
                tally[f"{checked.__name__}: invalid, {str(reason)[:40]}"] += 1
                break
            kind = failure.kind if failure else "good"
            tally[f"{checked.__name__}: {kind}"] += 1
            if failure is None:
                continue
            refused = kind.startswith("refused")
            bad += not refused
            if not refused or (options.refused and tally[f"{checked.__name__}: {kind}"] == 1):
                small = program
                if not options.no_shrink:
                    small = smallest(program, seed, failure, checked)
                note = f"seed {seed}, {failure.kind}: {failure.detail[-600:]}"
                print(f"{as_text(small, note)}\n", flush=True)
            break
    for kind, count in tally.most_common():
        print(f"{count:6d} {kind}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
