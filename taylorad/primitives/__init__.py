"""Elementary operations: the registry and one module for each family."""

from . import (  # noqa: F401
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
