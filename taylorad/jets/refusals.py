"""What would lose derivatives without a word, refused where Numba would let it pass."""

from __future__ import annotations

from numba.extending import overload_method

from ..errors import UnsupportedError
from .types import JetType


@overload_method(JetType, "__repr__")
def _no_text(x):
    """``str`` and ``repr`` of any type have a form in Numba: of a jet it means nothing."""
    raise UnsupportedError(
        "a differentiated number cannot be made a string; leave the text out, or make it "
        "outside the differentiated function"
    )
