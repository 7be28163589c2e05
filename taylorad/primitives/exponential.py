"""Exponentials and logarithms (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math

import numpy as np

from .registry import Quotient, Recurrence, primitive
from .series import wdot


def exponential(k, c, a):
    """``c' = a' c``."""
    return wdot(a, c, k, 1, k) / k


primitive(
    "exp",
    (math.exp, np.exp),
    rule=Recurrence(exponential, (np.exp,)),
    partials=(lambda a: np.exp(a),),
    complex=True,
)

primitive(
    "log",
    (math.log, np.log),
    rule=Quotient(lambda a: a),
    partials=(lambda a: 1 / a,),
    domain=((0.05, 20.0),),
    complex=True,
)
