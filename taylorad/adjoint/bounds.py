"""Bounds of integers: which indices certainly count from the front of an array.

An index below 0 counts from the end, so that ``i`` and ``j`` may be one element though they
differ.  Where both are known not to be negative, they are one only if they are equal.
"""

from __future__ import annotations

import operator

from .ir import Value


def is_natural(value: Value) -> bool:
    """Whether an integer is certainly not negative."""
    low = lower_bound(value)
    return low is not None and low >= 0


def lower_bound(value: Value) -> int | None:
    """What an integer is at least, or None."""
    if value.is_constant:
        return int(value.const)
    op, region = value.op, value.region
    if op is None:
        if region is None or region.op is None or region.op.kind != "for":
            return None
        return _of_range(*region.op.bounds) if value is region.params[0] else None
    if op.kind == "shape":
        return 0
    if op.kind != "apply" or op.attr is not None:
        return None
    lows = [low for a in op.args if (low := lower_bound(a)) is not None]
    if op.fn is max:
        return max(lows, default=None)
    if len(lows) < len(op.args):
        return None
    last = op.args[-1]
    if op.fn is operator.add:
        return sum(lows)
    if op.fn is operator.sub and last.is_constant:
        return lows[0] - last.const
    if op.fn is operator.mul and min(lows) >= 0:
        return lows[0] * lows[1]
    if op.fn is operator.floordiv and last.is_constant and last.const > 0:
        return lows[0] // last.const
    return None


def _of_range(start: Value, stop: Value, step: Value) -> int | None:
    if not step.is_constant or step.const == 0:
        return None
    if step.const > 0:
        return lower_bound(start)
    low = lower_bound(stop)
    return None if low is None else low + 1
