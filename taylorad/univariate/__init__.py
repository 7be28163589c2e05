"""The univariate Taylor number at the Python level."""

from . import boxing  # noqa: F401  (makes the number an argument of compiled functions)
from .number import Taylor, variable
from .pade import Pade

__all__ = ["Pade", "Taylor", "variable"]
