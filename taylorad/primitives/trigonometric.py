"""Circular functions (Griewank and Walther 2008, table 13.2)."""

from __future__ import annotations

import math

import numpy as np

from .registry import Recurrence, primitive
from .series import wdot


def sine_cosine(k, s, c, a):
    """``s' = a' c`` and ``c' = -a' s``."""
    return wdot(a, c, k, 1, k) / k, -wdot(a, s, k, 1, k) / k


primitive(
    "sin",
    (math.sin, np.sin),
    rule=Recurrence(sine_cosine, (np.sin, np.cos), result=0),
    partials=(lambda a: np.cos(a),),
    complex=True,
)

primitive(
    "cos",
    (math.cos, np.cos),
    rule=Recurrence(sine_cosine, (np.sin, np.cos), result=1),
    partials=(lambda a: -np.sin(a),),
    complex=True,
)
