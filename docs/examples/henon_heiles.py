"""Stars in a galaxy, order and chaos: the Poincare section of Henon and Heiles (1964).

Orbits of one energy are cut by the plane x = 0.  An event finds the crossings to rounding.  A
regular orbit leaves its points on closed curves, a chaotic one spreads them over an area.
MEGNO (Cincotta and Simo 2000) tells the two apart by a number: from the exact derivatives of
the flow, the mean exponential growth of nearby orbits. It tends to 2 for regular orbits
and grows with time for chaotic ones.

    python docs/examples/henon_heiles.py [PICTURE.png]
    python -m taylorad docs/examples/henon_heiles.py:energy --at x=0,y=0.1,u=0.4,v=0 --order 3
"""

import sys

import numpy as np

import taylorad as ta

ENERGY = 1 / 8


def motion(t, state):
    x, y, u, v = state
    return u, v, -x - 2 * x * y, -y - x * x + y * y


def energy(x, y, u, v):
    return (u * u + v * v + x * x + y * y) / 2 + x * x * y - y**3 / 3


def through_plane(t, state):
    return state[0]


through_plane.direction = 1


def start(y, v):
    """The orbit that begins in the plane at (y, v)."""
    u = np.sqrt(2 * ENERGY - v * v - y * y + 2 * y**3 / 3)
    return np.array([0.0, y, u, v])


def section(begin, time):
    """Where an orbit goes through the plane: rows (x, y, u, v)."""
    found = ta.ode.solve_ivp(motion, (0, time), begin, t_eval=[], events=through_plane)
    return found.y_events[0]


def megno(begin, time, samples=4000):
    """The mean of ``2 / t`` times the integral of ``s d(log |deviation|) / ds`` up to t."""
    t = np.linspace(0, time, samples + 1)
    found = ta.ode.solve_ivp(motion, (0, time), begin, t_eval=t, sensitivity="y0")
    deviation = np.einsum("ijt,j->it", found.dy_dy0, [0.6, 0.5, 0.4, 0.3])
    log = np.log(np.linalg.norm(deviation, axis=0))
    step = t[1]
    # by parts: the integral of s d(log) is s log minus the integral of log
    integral = t * log - step * (np.cumsum(log) - (log + log[0]) / 2)
    return np.mean(2 * integral[1:] / t[1:])


#: (y, v) in the plane: on two islands, and in the sea between them.
STARTS = {"regular": (0.1, 0.0), "on an island": (0.0, 0.3), "chaotic": (-0.15, 0.0)}


def picture(cuts, path):
    """The points of each orbit in the plane, saved; needs matplotlib."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
    for name, points in cuts.items():
        axes.plot(points[:, 1], points[:, 3], ".", markersize=2, label=name)
    axes.set(xlabel="y", ylabel="dy/dt", title=f"x = 0, energy {ENERGY:.4g}")
    axes.legend()
    figure.savefig(path, dpi=150)


def main(time=1000.0):
    cuts, indicators = {}, {}
    for name, place in STARTS.items():
        begin = start(*place)
        points = cuts[name] = section(begin, time)
        indicators[name] = megno(begin, time)
        lost = np.abs(energy(*points.T) - ENERGY).max()
        print(f"{name:>12}: {len(points)} points, energy kept to {lost:.0e}, "
              f"MEGNO {indicators[name]:.2f}")  # fmt: skip
    return cuts, indicators


if __name__ == "__main__":
    found, _ = main()
    if len(sys.argv) > 1:
        picture(found, sys.argv[1])
