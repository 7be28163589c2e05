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
from .registry import registered as _registered
from .series import dot, wdot

#: The names of the library's own primitives; a user's come later.
LIBRARY = frozenset(p.name for p in _registered())

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
