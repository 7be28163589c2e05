"""The computational graph: what a function did at a point, operation by operation."""

from .graph import Graph
from .tracing import trace

__all__ = ["Graph", "trace"]
