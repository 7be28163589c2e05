"""Hypothesis strategies for the points of checks.

They need hypothesis, which is imported with this module alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import MissingExtraError

try:
    from hypothesis import strategies as st
except ImportError:
    raise MissingExtraError(
        "strategies need hypothesis: python -m pip install hypothesis"
    ) from None


def numbers(low: float = -2.0, high: float = 2.0) -> st.SearchStrategy[float]:
    """Floats between two bounds: ordinary ones, no subnormals."""
    return st.floats(low, high, allow_nan=False, allow_infinity=False, allow_subnormal=False)


def arrays(shape, low: float = -2.0, high: float = 2.0) -> st.SearchStrategy[np.ndarray]:
    """Arrays of floats of a shape."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    size = int(np.prod(shape))
    items = st.lists(numbers(low, high), min_size=size, max_size=size)
    return items.map(lambda found: np.array(found).reshape(shape))


def points(*args: Any, low: float = -2.0, high: float = 2.0) -> st.SearchStrategy[tuple]:
    """Arguments of the form of given ones, each float another between two bounds.

    Integers, bools and other arguments stay as they are.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import numpy as np
    >>> from taylorad.testing import strategies
    >>> @settings(max_examples=5)
    ... @given(strategies.points(np.zeros(3), 1.0, 4, low=0.1))
    ... def test(args):
    ...     x, scale, n = args
    ...     assert x.shape == (3,) and scale >= 0.1 and n == 4
    >>> test()
    """
    return st.tuples(*(_like(x, low, high) for x in args))


def _like(x, low, high):
    if isinstance(x, tuple):
        items = st.tuples(*(_like(item, low, high) for item in x))
        return items.map(lambda found: type(x)(*found)) if hasattr(x, "_fields") else items
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return arrays(x.shape, low, high)
    if isinstance(x, float | np.floating):
        return numbers(low, high)
    return st.just(x)
