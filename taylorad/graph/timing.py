"""The time of a call, by many calls in a compiled loop.

A call from Python takes as long as hundreds of operations; in a compiled loop it costs what a
program pays.  The compiler must not see that all calls are equal, nor that a result is of no
use: numbers are read anew where a mark in memory is set, which none is, and results are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from types import FunctionType
from typing import Any

import numpy as np

from ..compiler.twin import twin

#: A turn of the loop takes so many seconds; the best of so many turns counts, in so many seconds.
TURN, TURNS, LONGEST = 1e-3, 30, 0.5
#: Times below this are what a loop's own instructions hide.
LEAST = 1e-9
#: Results are stored in so many places, one after another: in the cache.
PLACES = 256


def seconds(f: Callable, args, derivatives: Sequence[tuple[Callable, Sequence, Any]]):
    """The time of ``f(*args)`` in compiled code, less that of the loop around it, and others.

    For derivatives it is known of which form their results are; they leave arguments as they
    are.  All take turns, so that a busy machine is busy for each of them.
    """
    given = Arguments(args)
    loops = [*_loops(f, given, *given.tried(f))]
    for g, of, form in derivatives:
        loops += _loops(g, Arguments(of), form, [])
    for loop in loops:
        _turn(loop, 1)  # compiles it
    # a call and the loop without it take as many rounds
    rounds = [n for loop in loops[::2] for n in [_enough(loop)] * 2]
    best = [np.inf] * len(loops)
    start = perf_counter()
    for turn in range(TURNS):
        taken = [_turn(loop, n) for loop, n in zip(loops, rounds, strict=True)]
        best = list(map(min, best, taken))
        if turn > 2 and perf_counter() - start > LONGEST:
            break
    return [
        max(called - empty, 0.0) / n
        for called, empty, n in zip(best[::2], best[1::2], rounds[::2], strict=True)
    ]


def _enough(loop: Callable) -> int:
    """How many rounds take a turn's time."""
    n = 1
    while n < 10**9 and _turn(loop, n) < TURN:
        n *= 4
    return n


def _turn(loop: Callable, n: int) -> float:
    marks, out = np.zeros(PLACES, np.bool_), np.zeros(PLACES)
    start = perf_counter()
    loop(n, marks, out)
    return perf_counter() - start


def _loops(f: Callable, given: Arguments, result, written: list[int]) -> Iterator[Callable]:
    """The loop with the calls, and the one without."""
    for stored in (_stored("r", result), None):
        loop = _compiled(f, given, written, stored)
        passed = *given.leaves, *(given.leaves[k].copy() for k in written)
        yield lambda n, marks, out, loop=loop, passed=passed: loop(n, marks, out, *passed)


class Arguments:
    """Arguments as numbers and arrays, and the text that puts them together again."""

    def __init__(self, args):
        self.leaves: list = []
        #: What is no number and no array, by name.
        self.scope: dict[str, Any] = {}
        made = [self._read(x) for x in args]
        self.args = [x for x, _ in made]
        self.text = ", ".join(text for _, text in made)

    def _read(self, x) -> tuple[Any, str]:
        """An argument, with arrays of its own, and its text."""
        if isinstance(x, tuple):
            made = [self._read(item) for item in x]
            items, texts = [item for item, _ in made], [text for _, text in made]
            if hasattr(x, "_fields"):
                return type(x)(*items), f"{self._known(type(x))}({', '.join(texts)})"
            return tuple(items), f"({''.join(t + ', ' for t in texts)})"
        if isinstance(x, np.ndarray):
            x = x.copy()
        elif not isinstance(x, int | float | np.generic):
            return x, self._known(x)
        self.leaves.append(x)
        return x, f"a{len(self.leaves) - 1}"

    def _known(self, thing) -> str:
        name = f"g{len(self.scope)}"
        self.scope[name] = thing
        return name

    def tried(self, f: Callable) -> tuple[Any, list[int]]:
        """What a call returns, and the arrays it writes to; they are as before afterwards."""
        before = [np.copy(x) for x in self.leaves]
        result = f(*self.args)
        written = []
        for k, x in enumerate(self.leaves):
            if isinstance(x, np.ndarray) and x.tobytes() != before[k].tobytes():
                written.append(k)
                x[...] = before[k]
        return result, written


def _stored(name: str, thing) -> Iterator[str]:
    """The numbers of a result; of an array its size, since memory is written to anyway."""
    if isinstance(thing, tuple):
        for k, item in enumerate(thing):
            yield from _stored(f"{name}[{k}]", item)
    elif isinstance(thing, np.ndarray):
        yield f"{name}.size"
    elif thing is not None:
        yield name


def _compiled(f: Callable, given: Arguments, written: list[int], stored: Iterator[str] | None):
    """``n`` calls of a function; or, without ``stored``, all else that the loop does."""
    from numba import njit

    names = [f"a{k}" for k in range(len(given.leaves))]
    body = []
    for k, (name, x) in enumerate(zip(names, given.leaves, strict=True)):
        if isinstance(x, float):
            body.append(f"if marks[k]: {name} = out[k]")
        elif isinstance(x, np.ndarray) and x.dtype.kind == "f" and x.size:
            body.append(f"if marks[k]: {name}[{', '.join('0' * x.ndim) or '()'}] = out[k]")
        if k in written:
            body.append(f"{name}[...] = b{k}")
    if stored is None:
        numbers = (n for n, x in zip(names, given.leaves, strict=True) if isinstance(x, float))
        body.append(f"out[k] = {next(numbers, '1.0')}")
    else:
        body += [f"r = f({given.text})", f"out[k] = {' + '.join(['0.0', *stored])}"]
    # a plain function may call others: its twin's calls are of compiled ones
    scope = {"f": twin(f) if isinstance(f, FunctionType) else f, **given.scope}
    names += [f"b{k}" for k in written]
    lines = [f"def loop(n, marks, out{''.join(f', {name}' for name in names)}):",
             "    for i in range(n):", f"        k = i % {PLACES}",
             *(f"        {line}" for line in body), ""]  # fmt: skip
    text = "\n".join(lines)
    exec(compile(text, "<timing>", "exec"), scope)
    return njit(scope["loop"])
