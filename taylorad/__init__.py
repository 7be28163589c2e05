from ._version import __version__
from . import primitives
from .jets import lowering
from .transforms.forward import taylor, derivative, directional, jvp
from .compile.driver import source
