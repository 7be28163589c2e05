"""taylorad: exact derivatives of any order of the code you already have under ``numba.njit``.

Functions in, derivative functions out: `taylor`, `derivative`, `jvp`, `jacobian`,
`hessian` and the others take an ``@njit`` or plain Python function and return a compiled
one, callable from Python and from compiled code and differentiable again.  `Taylor` is
the number behind them at the Python level, `primitive` declares new elementary operations.

Coefficients are normalised everywhere: ``c[k] = f^(k)(x) / k!``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .adjoint.checkpoint import checkpoint
from .compiler import cache
from .compiler.driver import compile, source
from .errors import (
    ArgumentTypeError,
    ArgumentValueError,
    CacheWarning,
    DerivativeError,
    MissingExtraError,
    ParseError,
    ShapeError,
    SolverError,
    StiffnessWarning,
    TayloradError,
    UnsupportedError,
)
from .transforms.forward import derivative, directional, jet, jvp, taylor
from .transforms.hessians import hessian, value_grad_hessian
from .transforms.nested import hvp, taylor_grad
from .transforms.partials import partial
from .transforms.reverse import grad, value_and_grad, vjp
from .transforms.tensors import derivatives, jacobian

if TYPE_CHECKING:
    from . import ode, primitives, symbolic, testing
    from .graph import Diagnosis, Graph, diagnose, trace
    from .primitives.registry import primitive
    from .univariate import Pade, Taylor, variable

#: What takes a while to import, and a process that finds its derivatives compiled may not need.
_LATER = {
    "Diagnosis": "graph",
    "Graph": "graph",
    "diagnose": "graph",
    "trace": "graph",
    "Pade": "univariate",
    "Taylor": "univariate",
    "variable": "univariate",
    "primitive": "primitives.registry",
    "ode": "",
    "primitives": "",
    "symbolic": "",
    "testing": "",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _LATER[name]:  # code that is compiled from now on knows these numbers and functions
        import_module(f"{__name__}.compiler.building")
    if name not in ("primitives", "primitive"):  # graphs know derivatives that functions call
        import_module(f"{__name__}.compiler.writing")
    module = import_module(f"{__name__}.{_LATER[name] or name}")
    found = globals()[name] = getattr(module, name) if _LATER[name] else module
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


__all__ = [
    "ArgumentTypeError",
    "ArgumentValueError",
    "CacheWarning",
    "DerivativeError",
    "Diagnosis",
    "Graph",
    "MissingExtraError",
    "Pade",
    "ParseError",
    "ShapeError",
    "SolverError",
    "StiffnessWarning",
    "Taylor",
    "TayloradError",
    "UnsupportedError",
    "__version__",
    "cache",
    "checkpoint",
    "compile",
    "derivative",
    "derivatives",
    "diagnose",
    "directional",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jet",
    "jvp",
    "ode",
    "partial",
    "primitive",
    "primitives",
    "source",
    "symbolic",
    "taylor",
    "taylor_grad",
    "testing",
    "trace",
    "value_and_grad",
    "value_grad_hessian",
    "variable",
    "vjp",
]
