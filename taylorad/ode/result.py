"""What a solver returns: SciPy's attributes and look, without SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np


class OdeResult(dict):
    """A solution: a dict whose items are attributes too, as SciPy's.

    Attributes
    ----------
    t : float array ``(nt,)``
    y : float array ``(n, nt)``
        Values of the solution at ``t``.
    sol : DenseSolution or None
        The solution as a function of time.
    t_events, y_events : list of arrays, or None
        For each event function its times ``(e,)`` and the states there ``(e, n)``.
    nsteps : int
        Steps taken.
    nfev, njev, nlu : int
        Expansions of the right-hand side, one a step; Jacobians and factorisations, none.
    status : int
        0 the end was reached, 1 a terminal event stopped it, -1 it failed.
    message : str
        What ``status`` means here; for a failure where and why.
    success : bool
        Whether ``status`` is 0 or 1.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        del self[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        lines = []
        for name, item in self.items():
            with np.printoptions(threshold=10, edgeitems=3, precision=3, linewidth=75 - width):
                text = str(item).replace("\n", "\n" + " " * (width + 3))
            lines.append(f"{name:>{width + 1}}: {text}")
        return "\n".join(lines)
