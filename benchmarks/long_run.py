"""How errors grow in long integrations: Brouwer's law.

    python benchmarks/long_run.py [YEARS]

If all that errs is rounding, and rounding has no preference, the energy does a random walk:
its error grows as the root of time, and that of the phase as its power 3/2 (D. Brouwer, On the
accumulation of errors in numerical integration, Astronomical Journal 46 (1937) 149-153). A
method or an implementation with a bias has powers 1 and 2. Printed are root mean squares over
several solutions, and the powers between the first time and the last:

- Kepler's motion, 32 orbits of eccentricities 0.1 to 0.7, against Kepler's equation;
- sun, Jupiter, Saturn, Uranus, Neptune and Pluto over YEARS = 10^6, energy and angular momentum.
"""

from __future__ import annotations

import math
import sys
import time

import mpmath
import numpy as np
from _ode_problems import ode_fields, ode_problems
from _timing import machine, table
from mpmath import mp, mpf

import taylorad as ta

MEMBERS = 32
ORBITS = 10.0 ** np.arange(1, 6)
STARTS = 4


def keplers(t, y):
    """The eccentric anomaly and the relative energy of an orbit that starts at its pericentre."""
    x, v = mpf(y[0]), mpf(y[3])
    energy = v * v / 2 - 1 / x
    a = -1 / (2 * energy)
    e = 1 - x / a
    mean = mpmath.fmod(mpf(t) / mpmath.sqrt(a) ** 3, 2 * mp.pi)
    guess = mean + e * mpmath.sin(mean)
    return energy, mpmath.findroot(lambda u: u - e * mpmath.sin(u) - mean, guess), a, e


def errors(t, y0, y):
    """Of a state at ``t``: of the energy, relative, and of the place, in units of the axis."""
    with mp.workdps(40):
        energy, anomaly, a, e = keplers(t, y0)
        place = a * (mpmath.cos(anomaly) - e), a * mpmath.sqrt(1 - e * e) * mpmath.sin(anomaly)
        x, z, u, v = map(mpf, y)
        now = (u * u + v * v) / 2 - 1 / mpmath.hypot(x, z)
        return float(now / energy - 1), float(mpmath.hypot(x - place[0], z - place[1]) / a)


def growth(title: str, times: np.ndarray, found: dict[str, np.ndarray]) -> None:
    """Print root mean squares over the first axis at the times, and the powers they grow by."""
    means = {name: np.sqrt(np.mean(np.square(values), axis=0)) for name, values in found.items()}
    rows = [(f"{t:.3g}", [f"{m[k]:.1e}" for m in means.values()]) for k, t in enumerate(times)]
    slopes = [np.polyfit(np.log(times), np.log(m), 1)[0] for m in means.values()]
    table(title, list(means), [*rows, ("power", [f"{slope:.2f}" for slope in slopes])])


def kepler() -> None:
    e = np.linspace(0.1, 0.7, MEMBERS)
    y0 = np.stack([1 - e, 0 * e, 0 * e, np.sqrt((1 + e) / (1 - e))], axis=1)
    times = 2 * np.pi * ORBITS
    s = ta.ode.ensemble(ode_fields.kepler, (0, times[-1]), y0, t_eval=times)
    found = np.array([
        [errors(t, y0[i], s.y[i, :, k]) for k, t in enumerate(times)] for i in range(MEMBERS)
    ])  # fmt: skip
    growth("Kepler, by orbits", ORBITS, {"energy": found[..., 0], "place": found[..., 1]})


def invariants(gm: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Energy and angular momentum."""
    q, v = y[:18].reshape(6, 3), y[18:].reshape(6, 3)
    terms = list((gm[:, None] * v * v / 2).ravel())
    for i in range(6):
        terms += [-gm[i] * gm[j] / math.dist(q[i], q[j]) for j in range(i)]
    spin = [math.fsum(row) for row in (gm[:, None] * np.cross(q, v)).T]
    return math.fsum(terms), math.hypot(*spin)


def planets(years: float) -> None:
    gm = ode_problems.GM
    rng = np.random.default_rng(0)
    y0 = ode_problems.PLANETS * (1 + 1e-3 * rng.standard_normal((STARTS, 36)))
    y0 = y0.reshape(STARTS, 2, 6, 3)
    # about the centre of mass: else all goes away from the origin, and loses digits there
    y0 = (y0 - (gm[:, None] * y0).sum(2, keepdims=True) / gm.sum()).reshape(STARTS, 36)
    times = years * 10.0 ** np.arange(-3, 0.5, 0.5)
    days = 365.25 * times
    start = time.perf_counter()
    s = ta.ode.ensemble(ode_fields.bodies, (0, days[-1]), y0, (gm,), t_eval=days)
    seconds = time.perf_counter() - start
    steps = int(s.nsteps.sum())
    first = np.array([invariants(gm, y) for y in y0])
    last = np.array([[invariants(gm, y) for y in member.T] for member in s.y])
    found = last / first[:, None] - 1
    print(f"{STARTS} x {years:.3g} years: {steps} steps in {seconds:.1f} s")
    growth(
        "Outer solar system, by years", times,
        {"energy": found[..., 0], "angular momentum": found[..., 1]},
    )  # fmt: skip


if __name__ == "__main__":
    print(machine())
    kepler()
    planets(float(sys.argv[1]) if len(sys.argv) > 1 else 1e6)
