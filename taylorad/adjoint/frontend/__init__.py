"""The front end: from the source of a function to its intermediate representation."""

from . import allocation, arrays, calls, expressions, loops, statements  # noqa: F401  (handlers)
from .builder import build, parameter
from .things import Static

__all__ = ["Static", "build", "parameter"]
