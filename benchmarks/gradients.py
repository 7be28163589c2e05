"""Gradients in reverse mode, and Hessian-vector products: what they cost.

Against the plain function and gradients written by hand.  Everything is timed within one
compiled loop, in turns; an entry of the point changes from call to call, so nothing can be
hoisted.  Ratios are of the best of many short turns.  First calls are seconds of this process,
in which Numba has started; a second workload of the same function has its code already.

    python benchmarks/gradients.py [PART OF A NAME ...]
"""

from __future__ import annotations

import math
import sys
import time

import _by_hand
import _products_by_hand
import numpy as np
from _gradient_peers import Jax
from _timing import interleave, machine, table
from _workloads import Workload, workloads
from numba import njit
from numba.extending import overload

import taylorad as ta

#: Gradients by hand that go by another name than the function.
HANDS = {"chain": "chain_by_products", "chain_by_loops": "chain"}
COLUMNS = [
    "us",
    "by hand/plain",
    "grad/plain",
    "at most",
    "grad/by hand",
    "hvp/grad",
    "by hand hvp/grad",
    "first grad, s",
    "first hvp, s",
]


def moved(x, i):
    """The point of the i-th call."""


def one(result):
    """A number of a result."""


@overload(moved)
def _moved(x, i):
    if hasattr(x, "ndim"):

        def impl(x, i):
            x.reshape(-1)[0] += 1e-13
            return x

        return impl
    return lambda x, i: x + 1e-13 * i


@overload(one)
def _one(result):
    if hasattr(result, "ndim"):
        return lambda result: result.flat[0]
    if hasattr(result, "types"):
        return lambda result: one(result[0])
    return lambda result: result


def loop_over(g, *args):
    """A candidate: a compiled loop over calls of ``g`` that adds up a number of each result."""

    @njit
    def loop(n, x, *others):
        total = 0.0
        for i in range(n):
            total += one(g(moved(x, i), *others))
        return total

    return lambda n: loop(n, *args)


def first_call(make, *args):
    """A function, its result, and the seconds it took to have both."""
    start = time.perf_counter()
    function = make()
    result = function(*args)
    return function, result, time.perf_counter() - start


def parts(result):
    return result if isinstance(result, tuple) else (result,)


def require_agreement(found, expected, tolerance=1e-8):
    """Refuse results that differ from others, in units of the largest entry."""
    for a, b in zip(parts(found), parts(expected), strict=True):
        scale = np.max(np.abs(b))
        np.testing.assert_allclose(a, b, rtol=0.0, atol=tolerance * scale)


def direction(w: Workload):
    """A direction for the differentiated arguments."""
    chosen = [np.asarray(w.args[k]) for k in parts(w.argnums)]
    made = tuple(np.cos(np.arange(a.size)).reshape(a.shape) for a in chosen)
    made = tuple(v if v.ndim else float(v) for v in made)
    return made if isinstance(w.argnums, tuple) else made[0]


def difference_of_gradients(w: Workload, gradient, v, step=1e-5):
    """The Hessian-vector product by a central difference."""
    ends = []
    for h in (step, -step):
        args = list(w.args)
        for k, part in zip(parts(w.argnums), parts(v), strict=True):
            args[k] = args[k] + h * part
        ends.append(parts(gradient(*args)))
    return tuple((a - b) / (2 * step) for a, b in zip(*ends, strict=True))


def ratios_of(candidates):
    """Seconds of a candidate, or in units of another one's: the best of many short turns."""
    times = interleave(candidates, rounds=60, budget=0.0015)

    def ratio(name, base=None):
        return times.best(name) / (times.best(base) if base else 1.0)

    return ratio


def measure(w: Workload):
    """The columns of one row."""
    w.function(*w.args)
    name = w.function.__name__
    by_hand = getattr(_by_hand, HANDS.get(name, name))
    gradient, found, first = first_call(lambda: ta.grad(w.function, w.argnums), *w.args)
    require_agreement(found, by_hand(*w.args))
    v = direction(w)
    last = 1 + parts(w.argnums)[-1]
    with_v = (*w.args[:last], v, *w.args[last:])
    hvp, found, first_product = first_call(lambda: ta.hvp(w.function, w.argnums), *with_v)
    require_agreement(found, difference_of_gradients(w, gradient, v), 1e-4)
    candidates = {
        "plain": loop_over(w.function, *w.args),
        "by hand": loop_over(by_hand, *w.args),
        "gradient": loop_over(gradient, *w.args),
        "hvp": loop_over(hvp, *with_v),
    }
    product_by_hand = getattr(_products_by_hand, name, None)
    if product_by_hand is not None:
        require_agreement(product_by_hand(*with_v), found)
        candidates["hvp by hand"] = loop_over(product_by_hand, *with_v)
    ratio = ratios_of(candidates)
    return [
        ratio("plain") * 1e6,
        ratio("by hand", "plain"),
        ratio("gradient", "plain"),
        w.target,
        ratio("gradient", "by hand"),
        ratio("hvp", "gradient"),
        ratio("hvp by hand", "by hand") if product_by_hand is not None else math.nan,
        first,
        first_product,
    ]


def beside_jax(made: dict[str, Workload]):
    """Times of jax in units of the plain function under Numba, in a run of its own."""
    try:
        jax = Jax()
    except ImportError as missing:
        print(f"skipped jax: {missing}")
        return
    rows = []
    for name, w in made.items():
        f = getattr(jax, w.function.__name__, None)
        if f is None:
            continue
        gradient = jax.gradient(f)
        expected = parts(ta.grad(w.function, w.argnums)(*w.args))[0]
        require_agreement(np.asarray(gradient(*w.args)), expected)
        candidates = {
            "plain": loop_over(w.function, *w.args),
            "gradient": loop_over(ta.grad(w.function, w.argnums), *w.args),
            "function": jax.loop(f, *w.args),
            "jax gradient": jax.loop(gradient, *w.args),
            "jax gradient, called": jax.call(gradient, *w.args),
        }
        ratio = ratios_of(candidates)
        rows.append((name, [ratio(label, "plain") for label in list(candidates)[1:]]))
    columns = ["taylorad grad", "jax function", "jax grad", "jax grad, from Python"]
    table("in units of the plain function; in a loop inside jit, or called", columns, rows)


def main(wanted):
    print(machine())
    made = {
        name: w
        for name, w in workloads().items()
        if not wanted or any(part in name for part in wanted)
    }
    rows, refused = [], {}
    for name, w in made.items():
        try:
            rows.append((name, measure(w)))
        except ta.UnsupportedError as error:
            refused[name] = error
    table("time inside a compiled loop", COLUMNS, rows)
    for name, error in refused.items():
        print(f"{name} is refused: {error}")
    beside_jax({name: w for name, w in made.items() if name not in refused})


if __name__ == "__main__":
    main(sys.argv[1:])
