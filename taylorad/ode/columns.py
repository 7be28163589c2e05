"""What can be said of one column of a step's coefficients: an event's, a switch's."""

from __future__ import annotations

from .pointers import compiled, fused
from .polynomials import value

#: Rounding of a polynomial's value, relative to the sum of its terms' sizes.
NOISE = 4 * 2.220446049250313e-16


@compiled
def sign(x):
    return 1 if x > 0.0 else -1


@fused
def bounds(coefficients, column, h):
    """A polynomial at ``h``, and how far it can be from its first coefficient up to there."""
    power, whole, rest = h, coefficients[0, column], 0.0
    for k in range(1, coefficients.shape[0]):
        term = coefficients[k, column] * power
        power *= h
        whole += term
        rest += abs(term)
    return whole, rest


@compiled
def on_unit_interval(coefficients, column, h, a):
    """``a``: the polynomial of ``x = s / h``. Returns the sum of its coefficients' sizes."""
    power, size = 1.0, 0.0
    for k in range(a.size):
        a[k] = coefficients[k, column] * power
        power *= h
        size += abs(a[k])
    return size


@compiled
def settle(a, begin, end, noise):
    """The sign of ``a`` between ``begin`` and ``end``, where it has one sign; 0 unknown."""
    if begin == 1.0:
        return 0
    p = value(a, 0.5 * (begin + end))
    if abs(p) <= noise and end == 1.0:
        p = value(a, 1.0)
    return 0 if abs(p) <= noise else sign(p)


@compiled
def resolution(t, coefficients, n):
    """The time in which the solution changes by the rounding of its state or of the time."""
    size = speed = 0.0
    for i in range(n):
        size = max(size, abs(coefficients[0, i]))
        speed = max(speed, abs(coefficients[1, i]))
    return NOISE * (abs(t) + (size / speed if speed > 0.0 else 0.0))
