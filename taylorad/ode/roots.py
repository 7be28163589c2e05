"""Roots of a polynomial in the unit interval, in order, with rounding taken into account.

The polynomial is written in Bernstein's basis, whose coefficients bound it: where they have
one sign there is no root, where they change sign once there is exactly one (Descartes' rule
in the form of Lane and Riesenfeld, Bounds on a polynomial, BIT 21, 1981).  Other intervals
are halved by de Casteljau's algorithm, which only takes means and so keeps the rounding of
the coefficients; the isolated root is refined by Newton's method within its bracket.

Values within ``noise`` of zero have no sign.  An interval where all values are so is a place
where the polynomial touches zero, as far as can be told.
"""

from __future__ import annotations

import numpy as np

from .pointers import compiled, out_of_line
from .polynomials import slope_and_curvature, value, value_and_slope

#: Halvings of the unit interval down to the spacing of floats, and the width that is left.
DEEPEST = 52
NARROWEST = 0.5**DEEPEST
#: Places are one where values between them are below so many times the noise: the noise
#: itself is known to a small factor.
JOINT = 4.0
#: Most refinements of a root: bisection alone needs no more.
MOST = 80


@compiled
def to_bernstein(a, b):
    """``b``: the coefficients of ``sum_k a[k] x^k`` in Bernstein's basis of ``[0, 1]``.

    ``b_i = sum_k C(i, k) / C(n, k) a_k``, the binomials by Pascal's triangle.
    """
    n = a.size - 1
    binomial = 1.0
    for k in range(n + 1):
        b[k] = a[k] / binomial
        binomial *= (n - k) / (k + 1.0)
    for j in range(1, n + 1):
        for i in range(n, j - 1, -1):
            b[i] += b[i - 1]


@compiled
def halve(b, right):
    """De Casteljau: ``b`` becomes the coefficients on the left half, ``right`` on the right."""
    n = b.size - 1
    for j in range(n + 1):
        right[n - j] = b[n]
        for i in range(n, j, -1):
            b[i] = 0.5 * (b[i] + b[i - 1])


@compiled
def survey(b, first, last, noise):
    """Changes of sign in ``b[first : last + 1]``, and how many of these are within noise.

    Zero counts as positive: where halves meet in a root, one of them has it.
    """
    changes = near = 0
    for i in range(first, last + 1):
        if i > first and (b[i] < 0.0) != (b[i - 1] < 0.0):
            changes += 1
        if abs(b[i]) <= noise:
            near += 1
    return changes, near


@compiled
def refined(a, left, right, falls, x):
    """The root between ``left`` and ``right`` of a polynomial that changes sign there once.

    Newton's method from ``x``, and bisection where it leaves the bracket.
    """
    if not left < x < right:
        x = 0.5 * (left + right)
    for _ in range(MOST):
        p, slope = value_and_slope(a, x)
        if p == 0.0:
            return x
        if (p > 0.0) == falls:
            left = x
        else:
            right = x
        new = x - p / slope if slope != 0.0 else left
        if not left < new < right:
            new = 0.5 * (left + right)
        if new in (x, left, right):
            return new
        x = new
    return x


@compiled
def lowest(a, left, right, x):
    """The extremum near ``x`` between ``left`` and ``right``, where a polynomial touches zero."""
    for _ in range(MOST):
        slope, curvature = slope_and_curvature(a, x)
        if curvature == 0.0:
            return x
        new = min(max(x - slope / curvature, left), right)
        if abs(new - x) <= 1e-16:
            return new
        x = new
    return x


@compiled
def add(a, noise, found, places, begin, end):
    """Adds a place, or joins it to the last one, where no value between the two is certain."""
    if places and abs(value(a, 0.5 * (found[1, places - 1] + begin))) <= JOINT * noise:
        found[1, places - 1] = end
        return places
    if places < found.shape[1]:
        found[0, places], found[1, places] = begin, end
        places += 1
    return places


@compiled
def isolate(a, noise, stack, found):
    """The places where the polynomial ``a`` is zero in ``[0, 1]``, in order.

    Parameters
    ----------
    a : float array ``(n + 1,)``
    noise : float
        How far values are wrong.
    stack : float array ``(DEEPEST + 2, n + 3)``
        Memory to work in.
    found : float array ``(3, m)``
        Each place as the ends of an interval in which all values are within noise, and a
        point of it; for a single root they are one.

    Returns
    -------
    int
        How many places; when there are more than ``m``, the first ``m``.
    """
    out_of_line()
    n = a.size - 1
    to_bernstein(a, stack[0, : n + 1])
    stack[0, n + 1], stack[0, n + 2] = 0.0, 1.0
    top, places = 0, np.int64(0)  # a literal one would have a version of `add` of its own
    while top >= 0:
        b = stack[top, : n + 1]
        left, width = stack[top, n + 1], stack[top, n + 2]
        right = left + width
        # zeros at the ends are places of their own, beside what is between them
        first = 1 if abs(b[0]) <= noise else 0
        last = n - 1 if abs(b[n]) <= noise else n
        changes, near = survey(b, first, last, noise)
        whole = first == 0 and last == n
        if (near == 0 and changes <= 1) or (whole and changes == 1):
            if first == 1:
                places = add(a, noise, found, places, left, left)
            if changes == 1:
                guess = left + width * (b[0] / (b[0] - b[n]) if whole else 0.5)
                root = refined(a, left, right, b[first] >= 0.0, guess)
                places = add(a, noise, found, places, root, root)
            if last == n - 1:
                places = add(a, noise, found, places, right, right)
            top -= 1
        elif width <= NARROWEST or (first == 1 and last == n - 1 and near == n - 1):
            places = add(a, noise, found, places, left, right)
            top -= 1
        else:
            halve(b, stack[top + 1, : n + 1])
            # the left half is the next to look at: it goes on top
            for i in range(n + 1):
                b[i], stack[top + 1, i] = stack[top + 1, i], b[i]
            stack[top, n + 1], stack[top, n + 2] = left + 0.5 * width, 0.5 * width
            stack[top + 1, n + 1], stack[top + 1, n + 2] = left, 0.5 * width
            top += 1
    for i in range(places):
        begin, end = found[0, i], found[1, i]
        middle = 0.5 * (begin + end)
        found[2, i] = middle if begin == end else lowest(a, begin, end, middle)
    return places
