"""Adjoint rules: of operations on numbers, and of operations on whole arrays."""

from .scalars import contributions, is_differentiable

__all__ = ["contributions", "is_differentiable"]
