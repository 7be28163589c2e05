"""Sums, products and quotients.

Sources: A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, table 13.1.
"""

from __future__ import annotations

import operator

import numpy as np

from .registry import Linear, Piecewise, Recurrence, primitive
from .series import dot, inverse, square_sum

primitive(
    "add",
    (operator.add, operator.iadd, np.add),
    rule=Linear(operator.add),
    partials=(lambda a, b: 1.0, lambda a, b: 1.0),
    complex=True,
)

primitive(
    "subtract",
    (operator.sub, operator.isub, np.subtract),
    rule=Linear(operator.sub),
    partials=(lambda a, b: 1.0, lambda a, b: -1.0),
    complex=True,
)

primitive(
    "negative",
    (operator.neg, np.negative),
    rule=Linear(operator.neg),
    partials=(lambda a: -1.0,),
    complex=True,
)

primitive(
    "positive",
    (operator.pos, np.positive, float),
    rule=Linear(lambda a: a),
    partials=(lambda a: 1.0,),
    complex=True,
)


def product(k, c, a, b):
    """``c_k = sum_j a_j b_{k-j}`` (Cauchy)."""
    return dot(a, b, k, 0, k)


primitive(
    "multiply",
    (operator.mul, operator.imul, np.multiply),
    rule=Recurrence(product, (operator.mul,), degree=operator.add),
    rules={
        "xc": Linear(lambda a, b, scale: a * scale, constants=(lambda a, b: b,)),
        "cx": Linear(lambda a, b, scale: scale * b, constants=(lambda a, b: a,)),
    },
    partials=(lambda a, b: b, lambda a, b: a),
    complex=True,
)


def quotient(k, c, a, b):
    """``c b = a``: ``c_k = (a_k - sum_{j<k} c_j b_{k-j}) / b_0``."""
    return (a[k] - dot(c, b, k, 0, k - 1)) * inverse(b)


primitive(
    "divide",
    (operator.truediv, operator.itruediv, np.true_divide),
    rule=Recurrence(quotient, (operator.truediv,)),
    rules={"xc": Piecewise(lambda a, b, divisor: a / divisor, (lambda a, b: b,))},
    partials=(lambda a, b: 1 / b, lambda a, b: -(a / b) / b),
    domain=((-2.0, 2.0), (0.25, 4.0)),
    nonsmooth="at b = 0 the coefficients are inf or nan; the value raises as the program does",
    complex=True,
)


def reciprocal(k, c, a):
    """``c a = 1``."""
    return -(dot(c, a, k, 0, k - 1) * inverse(a))


primitive(
    "reciprocal",
    (np.reciprocal,),
    rule=Recurrence(reciprocal, (np.reciprocal,)),
    partials=(lambda a: -np.square(1 / a),),
    domain=((0.25, 4.0),),
    nonsmooth="at 0 the coefficients are inf or nan",
    complex=True,
)


def square(k, c, a):
    """``c = a a``."""
    return square_sum(a, k, 0)


primitive(
    "square",
    (np.square,),
    rule=Recurrence(square, (np.square,), degree=lambda a: 2 * a),
    partials=(lambda a: 2 * a,),
    complex=True,
)
