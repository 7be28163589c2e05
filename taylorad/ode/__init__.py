"""Ordinary differential equations by Taylor series."""

from .adjoint import Adjoint, adjoint
from .dense import DenseSolution
from .ensemble import ensemble
from .exponents import lyapunov
from .integrator import Integrator
from .result import OdeResult
from .solver import solve_ivp

__all__ = [
    "Adjoint",
    "DenseSolution",
    "Integrator",
    "OdeResult",
    "adjoint",
    "ensemble",
    "lyapunov",
    "solve_ivp",
]
