"""Elementary operations: the registry and one module for each family.

For declaring operations of one's own with `ta.primitive`: the kinds of rules, and the two
sums that coefficient rules are made of.
"""

from . import (
    arithmetic,
    complexes,
    discrete,
    exponential,
    hyperbolic,
    nonsmooth,
    powers,
    special,
    trigonometric,
)
from .registry import (
    Composed,
    Discrete,
    Formula,
    Linear,
    Piecewise,
    Power,
    Quotient,
    Recurrence,
    Slopes,
)
from .series import dot, wdot

__all__ = [
    "Composed",
    "Discrete",
    "Formula",
    "Linear",
    "Piecewise",
    "Power",
    "Quotient",
    "Recurrence",
    "Slopes",
    "arithmetic",
    "complexes",
    "discrete",
    "dot",
    "exponential",
    "hyperbolic",
    "nonsmooth",
    "powers",
    "special",
    "trigonometric",
    "wdot",
]
