"""The front end: from the source of a function to its intermediate representation."""

from . import (  # noqa: F401  (each registers its handlers)
    allocation,
    arrays,
    calls,
    checkpoints,
    comparisons,
    construction,
    effects,
    expressions,
    functions,
    indexing,
    linear,
    loops,
    products,
    reductions,
    selection,
    standard,
    statements,
    tuples,
    views,
)
from .builder import build, parameter
from .things import Static

__all__ = ["Static", "build", "parameter"]
