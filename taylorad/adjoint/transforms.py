"""What reverse mode knows of the transforms, whose results functions may call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core import types


class Transforms:
    """What the transforms tell of derivatives; they fill it in, being made of this package."""

    #: The class of derivatives.
    kind: type = type(None)
    #: The type that a derivative returns for arguments of these types.
    returned: Callable[[Any, tuple], types.Type]
    #: For a derivative the one that takes its arguments and, behind those of these numbers,
    #: a cotangent, and returns the cotangent's products with the Jacobians by them, a tuple.
    product: Callable[[Any, tuple[int, ...]], Any]
    #: The derivatives that together return what one returns as a tuple; or None.
    components: Callable[[Any], list | None]
