"""Elementary operations: the registry and one module for each family."""

from . import arithmetic, exponential, trigonometric  # noqa: F401
