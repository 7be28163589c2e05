"""The problems of the benchmarks of `taylorad.ode`, as each solver wants them.

The right-hand sides and exact end states are those of the tests; what the peers need besides is
written here, for each peer in its own best form.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

import ode_fields
import ode_problems


@dataclass(frozen=True)
class Problem:
    """A problem, its exact end, and the same right-hand side for the others."""

    title: str
    fun: Callable
    span: tuple[float, float]
    y0: np.ndarray
    args: tuple
    #: state at the end; nan where nobody knows it
    end: np.ndarray
    #: ``name`` of the right-hand side in `_ode_peers`' collections
    system: str
    #: derivatives of the end by the initial values, of order 1 and 2; empty where nobody knows
    derivatives: tuple[np.ndarray, ...] = ()

    def derivative_error(self, tensor) -> float:
        """The same of derivatives of one order, by their largest; nan where nobody knows."""
        if not self.derivatives:
            return np.nan
        exact = self.derivatives[tensor.ndim - 2]
        return float(np.max(np.abs(tensor - exact)) / np.max(np.abs(exact)))

    def error(self, y) -> float:
        """Largest error of the end, by the largest component."""
        return float(np.max(np.abs(y - self.end)) / np.max(np.abs(self.end)))


def _known(title, name, system):
    p = ode_problems.PROBLEMS[name]
    derivatives, n = (), len(p.y0)
    if name in ode_problems.SENSITIVE:
        first, second = ode_problems.sensitivities(name)
        derivatives = first[:, :n], second[:, :n, :n]
    end = ode_problems.reference(name)
    return Problem(title, p.fun, p.span, p.y0, p.args, end, system, derivatives)


def known() -> dict[str, Problem]:
    """Those with an exact end, by short name."""
    return {
        "kepler": _known("Kepler, e = 0.5, 100 orbits", "kepler_100_orbits", "kepler"),
        "lorenz": _known("Lorenz, t = 20", "lorenz", "lorenz"),
        "arenstorf": _known("Arenstorf's orbit, one period", "arenstorf", "restricted"),
        "six": _known("six bodies, 1000 years", "six_bodies", "bodies"),
    }


def short() -> dict[str, Problem]:
    """The same over shorter spans, for sensitivities."""
    return {
        "kepler": _known("Kepler, e = 0.5, t = 5", "kepler_short", "kepler"),
        "lorenz": _known("Lorenz, t = 2", "lorenz_short", "lorenz"),
        "arenstorf": _known("Arenstorf's orbit, t = 5", "arenstorf_short", "restricted"),
        "six": _known("six bodies, 20000 days", "six_bodies_short", "bodies"),
    }


def ring(n: int, span: float = 10.0) -> Problem:
    """A sun and n - 1 light planets."""
    rng = np.random.default_rng(0)
    gm = np.concatenate([[1.0], 1e-4 * rng.random(n - 1)])
    a, phase = 1 + 0.6 * np.arange(n), rng.random(n) * 2 * np.pi
    q = np.stack([a * np.cos(phase), a * np.sin(phase), 0.02 * rng.standard_normal(n)], axis=1)
    v = np.stack([-np.sin(phase), np.cos(phase), 0 * a], axis=1) / np.sqrt(a)[:, None]
    q[0] = v[0] = 0
    y0 = np.concatenate([q.ravel(), v.ravel()])
    nothing = np.full(6 * n, np.nan)
    return Problem(f"{n} bodies", ode_fields.bodies, (0.0, span), y0, (gm,), nothing, "bodies")
