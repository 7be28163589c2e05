"""What is kept for its effect."""

from __future__ import annotations

from .register import CASES, case


@case(0.7)
def asserts(x):
    assert x > 0
    assert x < 10, "too large"
    assert x < 10, f"too large: {x}"
    y = x * x
    assert y > 0, ("y", y)
    return y


@case(0.7)
def raises(x):
    if x < 0:
        raise ValueError("negative")
    if x > 1e9:
        raise OverflowError("large", x)
    if x == 5.0:
        raise RuntimeError
    return x * x


@case(0.7)
def passes(x):
    """Text."""
    ...
    pass
    if x > 0:
        pass
    y: float = x
    z: float
    z = y * x
    return z


def _none_when_done(x):
    y = x * x
    return y  # the rest is never reached
    y = 2.0 * y
    return y


CASES["dead code"] = _none_when_done, (0.7,)
