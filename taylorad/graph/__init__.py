"""The computational graph: what a function did at a point, operation by operation."""

from .diagnosis import Diagnosis, diagnose
from .graph import Graph
from .tracing import trace

__all__ = ["Diagnosis", "Graph", "diagnose", "trace"]
