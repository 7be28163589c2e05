"""Generated programs against the truth: ``python tests/programs.py --count 2000 --seed 1``.

The same text runs three times: compiled with jets, compiled as it is, and as plain Python on
mpmath numbers, from whose differences at high precision the true coefficients come.  A
program that fails is made as small as it still fails and printed as a test.
"""

from __future__ import annotations

import argparse
import linecache
import math
import random
import sys
import time
import types
import warnings
from collections import Counter
from dataclasses import dataclass

import mpmath
import numpy as np
from exact import FUNCTIONS
from mpmath import mp, mpf
from numba import njit
from numba.core.errors import NumbaError
from program_writer import LENGTH, Writer
from shrinking import shrunk

import taylorad as ta
from taylorad.primitives.registry import lookup

#: Agreement asked for, relative to the largest coefficient.
TOLERANCE = 1e-9
#: Coefficients beyond which a program says nothing.
LARGEST = 1e10


@dataclass
class Failure:
    """What is wrong with a program: a kind, by which shrinking goes, and the numbers."""

    kind: str
    detail: str


class Invalid(Exception):
    """A program that says nothing: it does not compile as it is, or leaves its domain."""


# -- the same text on three kinds of numbers -------------------------------------------


class Numbers:
    """NumPy and `math` for Python numbers of any kind, in arrays of objects."""

    def __init__(self, functions, zero):
        for name, function in functions.items():
            setattr(self, name, self._elementwise(function))
        self.zero = zero

    @staticmethod
    def _elementwise(function):
        def call(*operands):
            if not any(isinstance(x, np.ndarray) for x in operands):
                return function(*operands)
            together = np.broadcast(*(_objects(x) for x in operands))
            result = np.empty(together.shape, dtype=object)
            result.flat = [function(*items) for items in together]
            return result

        return call

    def full(self, shape, value):
        result = np.empty(shape, dtype=object)
        result.fill(value + self.zero)
        return result

    def zeros(self, shape, dtype=None):
        return self.full(shape, self.zero)

    empty = zeros

    def ones(self, shape):
        return self.full(shape, self.zero + 1)

    def zeros_like(self, a):
        return self.zeros(a.shape)

    def array(self, items):
        result = self.zeros(len(items))
        for i, item in enumerate(items):
            result[i] = item
        return result

    def asarray(self, a):
        return a

    def linspace(self, start, stop, count):
        return self.array(list(np.linspace(start, stop, count)))

    def arange(self, stop):
        return self.array(list(np.arange(stop)))

    def var(self, a):
        return np.mean((a - np.mean(a)) ** 2)

    def std(self, a):
        return self.sqrt(self.var(a))

    def where(self, condition, a, b):
        return np.where(np.asarray(condition, dtype=bool), _objects(a), _objects(b))

    def __getattr__(self, name):
        return getattr(np, name)


def _objects(x):
    if isinstance(x, np.ndarray):
        return x
    result = np.empty((), dtype=object)
    result[()] = x
    return result


def _spellings(choose):
    """Functions by their names in `math` and NumPy, where ``choose`` gives one."""
    found = {}
    for module in (np, math):
        for name, function in vars(module).items():
            declared = lookup(function) if callable(function) else None
            if declared is not None and (chosen := choose(declared)) is not None:
                found[name] = chosen
    return found


def _exact_copysign(a, b):
    return abs(a) if b >= 0 else -abs(a)


def _as_it_is(x):
    return x


def run_text(text: str, **names):
    """The function ``f`` of a program, run in a module of its own."""
    module = types.ModuleType(f"program_{next(_count)}")
    filename = f"<{module.__name__}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    sys.modules[module.__name__] = module  # Numba looks modules of recursive functions up
    vars(module).update(names)
    exec(compile(text, filename, "exec"), vars(module))
    return module.f


_count = iter(range(10**9))


def compiled(text: str, plain=_as_it_is):
    """The program under `njit`; its functions marked ``plain`` under another decorator."""
    return njit(run_text(text, njit=njit, plain=plain, np=np, math=math))


def in_high_precision(text: str):
    """The program on mpmath numbers."""
    functions = _spellings(lambda p: FUNCTIONS.get(p.name)) | {"copysign": _exact_copysign}
    numbers = Numbers(functions, mpf(0))
    scope = {"njit": _as_it_is, "plain": _as_it_is, "float": _as_it_is}
    return run_text(text, **scope, np=numbers, math=numbers)


def true_series(text: str, x, v, order: int):
    """Coefficients of ``t -> f(x + t v)`` from differences at high precision."""
    f = in_high_precision(text)
    digits = 20
    with mp.workdps(digits * (order + 3) + 20):
        step = mpf(10) ** -digits
        nodes = [step * (i // 2 + 1) * (-1) ** i for i in range(order + 2)]
        rows = [_flat(f(_moved(x, v, t))) for t in nodes]
        for row in rows:
            if not all(isinstance(c, mpf | int | float) and mpmath.isfinite(c) for c in row):
                raise Invalid("not real")
        columns = [_interpolated(nodes, column)[: order + 1] for column in zip(*rows, strict=True)]
    return np.array([[float(c) for c in column] for column in columns]).T


def _moved(x, v, t):
    if not isinstance(x, np.ndarray):
        return mpf(x) + t * mpf(v)
    moved = np.empty(len(x), dtype=object)
    moved[:] = [mpf(float(a)) + t * mpf(float(b)) for a, b in zip(x, v, strict=True)]
    return moved


def _flat(y):
    return list(y) if isinstance(y, np.ndarray) else [y]


def _interpolated(nodes, values):
    """Coefficients of the polynomial through points, by Newton's divided differences."""
    table = [mpf(y) for y in values]
    n = len(nodes)
    for level in range(1, n):
        for i in range(n - 1, level - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (nodes[i] - nodes[i - level])
    result = [mpf(0)] * n
    for node, c in zip(reversed(nodes), reversed(table), strict=True):
        shifted = [mpf(0), *result[:-1]]
        result = [a - node * b for a, b in zip(shifted, result, strict=True)]
        result[0] += c
    return result


# -- checks ------------------------------------------------------------------------------


def _fresh(x):
    """The argument, which a program may change."""
    return x.copy() if isinstance(x, np.ndarray) else x


def check(text: str, x, v, order: int, nested: bool = False) -> Failure | None:
    """None where all agrees; raises `Invalid` where the program says nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            f = compiled(text)
            reference = compiled(text, njit) if "@plain" in text else f
            plain = np.array(reference(_fresh(x)), dtype=float)
            truth = true_series(text, x, v, order)
    except Exception as error:
        raise Invalid(repr(error)) from error
    if not np.all(np.isfinite(plain)) or not np.max(np.abs(truth)) < LARGEST:
        raise Invalid("not finite")
    try:
        if isinstance(x, np.ndarray):
            found = ta.directional(f, order)(_fresh(x), v)
        else:
            found = ta.taylor(f, order)(x)
    except ta.TayloradError as error:
        return Failure(f"refused: {type(error).__name__}", str(error))
    except (NumbaError, Exception) as error:
        return Failure(f"raised: {type(error).__name__}", str(error))
    if found.shape != (order + 1, *plain.shape):
        return Failure("shape", f"{found.shape} of {plain.shape}")
    exact = "@" in text or "np.dot" in text  # Numba's own call BLAS
    if not exact and np.ascontiguousarray(found[0]).tobytes() != plain.tobytes():
        return Failure("value", f"{found[0]!r} is not {plain!r}")
    found = found.reshape(truth.shape)
    wrong = _differences(found, truth)
    if wrong and not _is_ill_conditioned(text, x, v, order, truth, found):
        return Failure("coefficients", wrong)
    return _check_nested(f, x, truth) if nested and truth.shape[1] == 1 and order >= 2 else None


def _differences(found, truth) -> str:
    scale = max(1e-3, np.max(np.abs(truth)))
    good = np.abs(found - truth) <= TOLERANCE * scale  # false for nan
    return "" if np.all(good) else f"{found.tolist()} is not {truth.tolist()}"


def _is_ill_conditioned(text, x, v, order, truth, found) -> bool:
    """Whether rounding the argument changes the truth as much as the difference."""
    moved = true_series(text, x * (1 + 2.0**-48), v, order)
    change = np.max(np.abs(moved - truth))
    return bool(np.max(np.abs(found - truth)) < 100 * change)


def _check_nested(f, x, truth):
    """Second derivatives by nesting, along the axes for an array."""
    try:
        if isinstance(x, np.ndarray):
            h = ta.jacobian(ta.jacobian(f))(_fresh(x))
            again = ta.hessian(f)(_fresh(x))
        else:
            h = np.array([ta.derivative(ta.derivative(f))(x), ta.derivative(f, 2)(x)])
            again = np.full(2, 2 * truth[2, 0])
    except Exception as error:
        return Failure(f"nested raised: {type(error).__name__}", str(error))
    scale = max(1.0, np.max(np.abs(again)))
    if h.shape != again.shape or not np.all(np.abs(h - again) <= 1e-8 * scale):
        return Failure("nested", f"{h.tolist()} is not {again.tolist()}")
    return None


# -- the command -------------------------------------------------------------------------


def as_test(text: str, x, v, order: int, failure: Failure) -> str:
    """A failing program as an entry of the list in `test_random_programs`."""
    x, v = (repr(a.tolist()) if isinstance(a, np.ndarray) else repr(a) for a in (x, v))
    note = f"# {failure.kind}: {failure.detail[:600]}"
    return f'{note}\n(\n    """\n{text}""",\n    {x}, {v}, {order},\n),'


ORDERS = (1, 2, 2, 3, 3, 6, 6, 18)


def trial(seed: int):
    """A program with its point and order."""
    writer = Writer(seed)
    text = writer.program()
    choose = random.Random(-seed - 1)
    draw = lambda: round(choose.uniform(-1.2, 1.2), 6) + 1.7e-7  # noqa: E731
    x, v = draw(), 1.0
    if writer.takes_array:
        x, v = (np.array([draw() for _ in range(LENGTH)]) for _ in "xv")
    return text, x, v, choose.choice(ORDERS), choose.random() < 0.2


def main(arguments: list[str]) -> int:
    """Run many programs; print what fails, as small as it gets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    parser.add_argument("--order", type=int, help="of all programs")
    parser.add_argument("--seconds", type=float, default=math.inf, help="start none after these")
    parser.add_argument("--no-shrink", action="store_true")
    options = parser.parse_args(arguments)
    tally: Counter[str] = Counter()
    started = time.monotonic()
    for seed in range(options.seed, options.seed + options.count):
        if time.monotonic() - started > options.seconds:
            break
        text, x, v, order, nested = trial(seed)
        order = options.order or order
        try:
            failure = check(text, x, v, order, nested)
        except Invalid as reason:
            tally[f"invalid ({str(reason)[:30]})"] += 1
            continue
        tally[failure.kind if failure else "good"] += 1
        if failure:

            def fails(smaller, failure=failure, x=x, v=v, order=order, nested=nested):
                try:
                    found = check(smaller, x, v, order, nested)
                except (Invalid, SyntaxError):
                    return False
                return found is not None and found.kind == failure.kind

            small = text if options.no_shrink else shrunk(text, fails)
            print(f"seed {seed}:\n{as_test(small, x, v, order, failure)}\n", flush=True)
    for kind, count in tally.most_common():
        print(f"{count:6d} {kind}")
    return (
        0
        if sum(tally[k] for k in tally if k == "good" or k.startswith("inv")) == tally.total()
        else 1
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
