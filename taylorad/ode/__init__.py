"""Ordinary differential equations by Taylor series."""

from .dense import DenseSolution
from .ensemble import ensemble
from .result import OdeResult
from .solver import solve_ivp

__all__ = ["DenseSolution", "OdeResult", "ensemble", "solve_ivp"]
