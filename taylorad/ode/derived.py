"""What a solution's derivatives by its inputs look like to a user."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..checks import order_of
from ..errors import ArgumentValueError
from .integration import Integration
from .lifted import lifted
from .pointers import compiled
from .sensitivities import Sensitivities

INPUTS = ("y0", "args")


def inputs_of(sensitivity: Any, count: int) -> tuple[str, ...]:
    """Which inputs: ``"y0"``, ``"args"`` or both, in their order."""
    names = (sensitivity,) if isinstance(sensitivity, str) else tuple(sensitivity)
    if not names or len(set(names)) < len(names) or not set(names) <= set(INPUTS):
        raise ArgumentValueError(
            f'sensitivity must be "y0", "args" or ("y0", "args"), got {sensitivity!r}'
        )
    if names == ("args",) and count == 0:
        raise ArgumentValueError(
            "sensitivity is asked for by args, which have no floats; integers are constants: "
            "write 2.0 for 2"
        )
    return names


def derivatives(
    integration: Integration, lifts: Sensitivities, names: tuple[str, ...], events: int | None
) -> dict[str, Any]:
    """The items of a result: by name."""
    n = integration.system.dimension
    tensors = lifts.tensors(integration.derived_points())
    ordered = [np.moveaxis(x, 0, -1)[:n] for x in tensors]
    made: dict[str, Any] = {}
    component = np.array([kind == "component" for kind, _ in lifts.inputs])
    if "y0" in names:
        made["dy_dy0"] = ordered[0][:, component]
    if "args" in names:
        made["dy_dargs"] = ordered[0][:, ~component]
    made["sensitivities"] = [integration.points()[1].T, *ordered]
    if events is not None:
        pairs = [_of_event(integration, lifts, i) for i in range(events)]
        made["dt_events"] = [dt for dt, _ in pairs]
        made["dy_events"] = [dy for _, dy in pairs]
    return made


def _of_event(integration: Integration, lifts: Sensitivities, event: int):
    """First derivatives of an event's times ``(e, m)`` and of the states there ``(e, n, m)``.

    ``g(t, y(t, x)) = 0`` gives ``dt/dx = -g_x / g_t``; the state moves with its slope.
    """
    n = integration.system.dimension
    found, slopes = integration.derived_found(event)
    first = lifts.tensors(found)[0]
    with np.errstate(all="ignore"):  # a root that is touched has no derivative: inf or nan
        dt = -first[:, n + event] / slopes[:, n, None]
        return dt, first[:, :n] + slopes[:, :n, None] * dt[:, None, :]


@compiled
def _values(shape, starts, pieces, which, t, out):
    for i in range(t.size):
        k = which[i]
        lifted(shape, pieces[k], (t[i] - starts[k, 0]) - starts[k, 1], out[i])


class DenseDerivatives:
    """Derivatives by inputs at any time, as polynomials of the steps."""

    def __init__(self, lifts: Sensitivities, starts: np.ndarray, pieces: np.ndarray):
        self.lifts, self.starts, self.pieces = lifts, starts, pieces

    @classmethod
    def of(cls, integration: Integration, lifts: Sensitivities) -> DenseDerivatives:
        """Those of all steps; of none, those at the start."""
        count = integration.now["pieces"]
        if count:
            starts, pieces = integration.output.starts[:count], integration.derived.pieces[:count]
            return cls(lifts, starts.copy(), pieces.copy())
        pieces = np.zeros((lifts.shape[0] * lifts.shape[1], *lifts.shape[2:]))
        pieces[:, 0] = integration.lifts.now.reshape(-1, lifts.lanes)
        return cls(lifts, np.array([[integration.t, 0.0]]), pieces.reshape(1, -1))

    def __call__(self, which: np.ndarray, t: np.ndarray, order: int) -> np.ndarray:
        """Of shape ``(n,) + (m,) * order + (nt,)``."""
        if order_of(order, "sensitivity", 1) > self.lifts.degree:
            raise ArgumentValueError(
                f"sensitivities up to order {self.lifts.degree} were asked for, not {order}"
            )
        shape = self.lifts.shape
        out = np.empty((t.size, self.pieces.shape[1] // shape[2]))
        _values(shape, self.starts, self.pieces, which, t, out)
        return np.moveaxis(self.lifts.tensors(out)[order - 1], 0, -1)[: self.lifts.dimension]
