"""Native step functions by hand, to test what is built upon them.

Each right-hand side is a recurrence in plain loops: ``series(t, c, par)`` fills the rows of
``c`` behind the first, for the state and for event functions.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
from numba import carray, cfunc, njit, types
from numba.extending import intrinsic

ORDER = 20


@intrinsic
def address_of(typingctx, pointer):
    def codegen(context, builder, signature, values):
        return builder.ptrtoint(values[0], context.get_value_type(types.intp))

    return types.intp(pointer), codegen


@njit
def norm(row, n):
    return np.max(np.abs(row[:n]))


@njit
def length(c, n, floor, longest):
    """The step of Jorba and Zou from the last two coefficients."""
    size, h = max(floor, norm(c[0], n)), abs(longest)
    factor = math.exp(-2.0 - 0.7 / (ORDER - 1))
    for k in (ORDER - 1, ORDER):
        last = norm(c[k], c.shape[1])
        if last > 0.0:
            h = min(h, factor * (size / last) ** (1.0 / k))
    return math.copysign(h, longest)


def system(series, n, parameters=0, roots=0):
    """A stand-in for what `taylorad.ode.system.system` makes."""
    columns = n + roots
    pointer = types.CPointer(types.double)

    @cfunc(types.double(types.double, types.double, *[pointer] * 6))
    def step(t, longest, y, low, par, floor, coefficients, work):
        y, low, par = carray(y, n), carray(low, n), carray(par, max(parameters, 1))
        c = carray(work, (ORDER + 1, columns))
        c[0, :n] = y
        series(t, c, par)
        h = length(c, n, carray(floor, 1)[0], longest)
        total = 0.0
        for i in range(n):
            p = 0.0
            for k in range(ORDER, 0, -1):
                p = (p + c[k, i]) * h
            total += p
        if not (math.isfinite(h) and math.isfinite(total)):
            return math.nan
        for i in range(n):
            p = 0.0
            for k in range(ORDER, 0, -1):
                p = (p + c[k, i]) * h
            new = y[i] + p
            part = new - y[i]
            rest = low[i] + ((y[i] - (new - part)) + (p - part))
            y[i] = new + rest
            low[i] = rest - (y[i] - new)
        if address_of(coefficients) != 0:
            out = carray(coefficients, (ORDER + 1, columns))
            out[:] = c
        return h

    return SimpleNamespace(
        order=ORDER, dimension=n, parameters=parameters, roots=roots,
        address=step.address, scratch=lambda: np.zeros((ORDER + 1) * columns), keep=step,
    )  # fmt: skip


@njit
def product(a, b, k):
    """Coefficient ``k`` of a product of series."""
    total = 0.0
    for j in range(k + 1):
        total += a[j] * b[k - j]
    return total


@njit
def oscillator(t, c, par):
    """``x'' = -x``, and the event function ``x - par[0]``."""
    for k in range(ORDER):
        c[k + 1, 0] = c[k, 1] / (k + 1)
        c[k + 1, 1] = -c[k, 0] / (k + 1)
    c[:, 2] = c[:, 0]
    c[0, 2] -= par[0]


@njit
def two_events(t, c, par):
    """``x'' = -x`` with the event functions ``x^2 - par[0]`` and ``t - par[1]``."""
    oscillator(t, c, par)
    for k in range(ORDER + 1):
        c[k, 2] = product(c[:, 0], c[:, 0], k)
        c[k, 3] = 0.0
    c[0, 2] -= par[0]
    c[0, 3], c[1, 3] = t - par[1], 1.0


@njit
def kepler(t, c, par):
    """Two bodies: ``r'' = -r / |r|^3``."""
    square, power = np.zeros(ORDER + 1), np.zeros(ORDER + 1)
    for k in range(ORDER):
        square[k] = product(c[:, 0], c[:, 0], k) + product(c[:, 1], c[:, 1], k)
        if k == 0:
            power[0] = square[0] ** -1.5
        else:
            total = 0.0
            for j in range(k):
                total += (-1.5 * (k - j) - j) * square[k - j] * power[j]
            power[k] = total / (k * square[0])
        for i in range(2):
            c[k + 1, i] = c[k, 2 + i] / (k + 1)
            c[k + 1, 2 + i] = -product(c[:, i], power, k) / (k + 1)


@njit
def lorenz(t, c, par):
    for k in range(ORDER):
        x, y, z = c[:, 0], c[:, 1], c[:, 2]
        c[k + 1, 0] = 10.0 * (y[k] - x[k]) / (k + 1)
        c[k + 1, 1] = (28.0 * x[k] - product(x, z, k) - y[k]) / (k + 1)
        c[k + 1, 2] = (product(x, y, k) - 8.0 / 3.0 * z[k]) / (k + 1)


@njit
def square(t, c, par):
    """``x' = x^2``, which blows up at ``t = 1 / x(0)``."""
    for k in range(ORDER):
        c[k + 1, 0] = product(c[:, 0], c[:, 0], k) / (k + 1)


@njit
def ball(t, c, par):
    """``x'' = -par[0]``, and the event function ``x - par[1]``."""
    c[1:] = 0.0
    c[1, 0], c[1, 1], c[2, 0] = c[0, 1], -par[0], -0.5 * par[0]
    c[:, 2] = c[:, 0]
    c[0, 2] -= par[1]
