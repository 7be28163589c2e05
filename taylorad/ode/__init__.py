"""Ordinary differential equations by Taylor series."""

from .dense import DenseSolution
from .result import OdeResult
from .solver import solve_ivp

__all__ = ["DenseSolution", "OdeResult", "solve_ivp"]
