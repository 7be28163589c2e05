from ._version import __version__
from . import primitives
from .primitives.registry import primitive
from .jets import lowering
from .transforms.forward import derivative, directional, jet, jvp, taylor
from .transforms.partials import partial
from .transforms.tensors import derivatives, hessian, jacobian
from .compile.driver import source
from .univariate import Pade, Taylor, variable
from .errors import (
    ArgumentTypeError,
    ArgumentValueError,
    MissingExtraError,
    ParseError,
    ShapeError,
    TayloradError,
    UnsupportedError,
)
