"""taylorad: exact derivatives of any order of the code you already have under ``numba.njit``.

Functions in, derivative functions out: `taylor`, `derivative`, `jvp`, `jacobian`,
`hessian` and the others take an ``@njit`` or plain Python function and return a compiled
one, callable from Python and from compiled code and differentiable again.  `Taylor` is
the number behind them at the Python level, `primitive` declares new elementary operations.

Coefficients are normalised everywhere: ``c[k] = f^(k)(x) / k!``.
"""

from . import primitives
from ._version import __version__
from .adjoint.checkpoint import checkpoint
from .compile.driver import source
from .errors import (
    ArgumentTypeError,
    ArgumentValueError,
    MissingExtraError,
    ParseError,
    ShapeError,
    TayloradError,
    UnsupportedError,
)
from .primitives.registry import primitive
from .transforms.forward import derivative, directional, jet, jvp, taylor
from .transforms.hessians import hessian, value_grad_hessian
from .transforms.nested import hvp, taylor_grad
from .transforms.partials import partial
from .transforms.reverse import grad, value_and_grad, vjp
from .transforms.tensors import derivatives, jacobian
from .univariate import Pade, Taylor, variable

__all__ = [
    "ArgumentTypeError",
    "ArgumentValueError",
    "MissingExtraError",
    "Pade",
    "ParseError",
    "ShapeError",
    "Taylor",
    "TayloradError",
    "UnsupportedError",
    "__version__",
    "checkpoint",
    "derivative",
    "derivatives",
    "directional",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jet",
    "jvp",
    "partial",
    "primitive",
    "primitives",
    "source",
    "taylor",
    "taylor_grad",
    "value_and_grad",
    "value_grad_hessian",
    "variable",
    "vjp",
]
