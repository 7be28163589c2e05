"""Rules for adjoints and tangents: of operations on numbers, and on whole arrays."""

from .base import NoTangent
from .scalars import contributions, is_differentiable, tangent

__all__ = ["NoTangent", "contributions", "is_differentiable", "tangent"]
