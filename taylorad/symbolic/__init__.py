"""Formulas: functions as SymPy expressions, and SymPy expressions as compiled functions."""

from .export import latex, to_sympy
from .functions import from_sympy

__all__ = ["from_sympy", "latex", "to_sympy"]
