"""Ordinary differential equations by Taylor series."""

from .adjoint import Adjoint, adjoint
from .dense import DenseSolution
from .integrator import Integrator
from .result import OdeResult
from .solver import solve_ivp

__all__ = ["Adjoint", "DenseSolution", "Integrator", "OdeResult", "adjoint", "solve_ivp"]
