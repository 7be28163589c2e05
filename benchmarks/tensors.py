"""All partial derivatives of a partially separable function of six variables.

``f(x) = sum of sin(x_i x_{i+1}) exp(-x_i^2) + product of cos(x_i)``: first calls in seconds,
and calls in units of the plain function, within a compiled loop and from Python.  The
point is the same in every turn, but one entry of it changes, so nothing can be hoisted.
First calls are those of one process in which Numba has already started.

    python benchmarks/tensors.py [N] [ORDER ...]
"""

from __future__ import annotations

import math
import sys
import time
from functools import partial

import numpy as np
from _timing import from_python, interleave, machine, table
from numba import njit

import taylorad as ta


@njit
def separable(x):
    total, product = 0.0, 1.0
    for i in range(x.shape[0]):
        product *= math.cos(x[i])
    for i in range(x.shape[0] - 1):
        total += math.sin(x[i] * x[i + 1]) * math.exp(-x[i] * x[i])
    return total + product


def loop_over(g, value):
    """A compiled loop over calls ``g(x)`` that adds up a number of each result."""

    @njit
    def loop(n, x):
        total = 0.0
        for i in range(n):
            x[0] = 0.5 + 1e-9 * i
            total += value(g(x))
        return total

    return loop


#: The number of a result that is added up, by the kind of the result.
VALUES = {
    float: njit(lambda result: result),
    tuple: njit(lambda result: result[0]),
    np.ndarray: njit(lambda result: result.flat[0]),
}


def require_agreement(tensors, x):
    """Refuse tensors that differ from jets along a line."""
    v = np.linspace(1.0, -0.5, x.size)
    expected = ta.directional(separable, len(tensors) - 1)(x, v)
    for k, tensor in enumerate(tensors):
        for _ in range(k):
            tensor = tensor @ v
        np.testing.assert_allclose(tensor / math.factorial(k), expected[k], rtol=1e-11)


def main(size, orders):
    print(machine())
    x = np.linspace(0.3, 0.9, size)
    ta.jacobian(lambda x: x[0])(x)  # Numba starts
    base = "plain function"
    makers = {
        base: (lambda: separable, math.nan),
        "jacobian": (lambda: ta.jacobian(separable), size),
        "hessian": (lambda: ta.hessian(separable), size * (size + 1) // 2),
    }
    for order in orders:
        count = math.comb(size + order, order) - 1
        make = partial(ta.derivatives, separable, order)
        makers[f"value and derivatives to order {order}"] = make, count
    functions, first, loops = {}, {}, {}
    for name, (make, _) in makers.items():
        start = time.perf_counter()
        functions[name] = make()
        result = functions[name](x)
        first[name] = time.perf_counter() - start
        if isinstance(result, tuple):
            require_agreement(result, x)
        loops[name] = loop_over(functions[name], VALUES[type(result)])
    inside = interleave({name: lambda n, loop=loop: loop(n, x) for name, loop in loops.items()})
    called = interleave({name: from_python(g, x) for name, g in functions.items()})
    rows = []
    for name, (_, count) in makers.items():
        ratios = [t.ratio(name, base) for t in (inside, called)]
        rows.append((name, [count, first[name], *ratios, inside.best(name) * 1e6]))
    columns = ["partials", "first call, s", "in a compiled loop", "from Python", "us in the loop"]
    table(f"time / {base}, {size} variables", columns, rows)


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:]]
    main(numbers[0] if numbers else 6, numbers[1:] or [2, 3, 4])
