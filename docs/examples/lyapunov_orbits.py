"""Periodic orbits about the Lagrange point L1 of earth and moon, followed as a family.

The planar Lyapunov orbits of the restricted three-body problem start on the axis through earth and
moon, at right angles to it, and are periodic where they come back to it at right angles after
half a period.  Newton's method solves for the starting speed; the derivative of the state at
the crossing, whose time moves with the start, is exact: ``dy_events``.  Each orbit's answer
begins the next one's search.

    python docs/examples/lyapunov_orbits.py [PICTURE.png]
    python -m taylorad docs/examples/lyapunov_orbits.py:jacobi --at "state=[0.83,0,0,0.1],mu=0.012"
"""

import sys

import numpy as np

import taylorad as ta

MU = 0.012150585  # the moon's part of the mass


def motion(t, state, mu):
    """In rotating coordinates, with earth at (-mu, 0) and moon at (1 - mu, 0)."""
    x, y, u, v = state
    earth = ((x + mu) ** 2 + y * y) ** 1.5
    moon = ((x - 1 + mu) ** 2 + y * y) ** 1.5
    return (
        u,
        v,
        x + 2 * v - (1 - mu) * (x + mu) / earth - mu * (x - 1 + mu) / moon,
        y - 2 * u - (1 - mu) * y / earth - mu * y / moon,
    )


def axis(t, state, mu):
    return state[1]


axis.terminal = True


def jacobi(state, mu):
    """The constant of the motion."""
    x, y, u, v = state
    attraction = (1 - mu) / np.hypot(x + mu, y) + mu / np.hypot(x - 1 + mu, y)
    return x * x + y * y + 2 * attraction - u * u - v * v


def lagrange_point(mu):
    """L1, by Newton's method on the slope of the speed at rest on the axis."""

    def pull(x):
        return motion(0.0, (x, 0.0, 0.0, 0.0), mu)[2]

    x, slope = 1 - (mu / 3) ** (1 / 3), ta.derivative(pull)
    for _ in range(20):
        x -= pull(x) / slope(x)
    return x


def corrected(x, v, mu=MU):
    """The speed with which an orbit through (x, 0) is periodic, and its period."""
    for _ in range(20):
        half = ta.ode.solve_ivp(
            motion, (0, 20), [x, 0.0, 0.0, v], args=(mu,), events=axis, sensitivity="y0"
        )
        miss = half.y_events[0][0, 2]
        if abs(miss) < 1e-13:
            break
        v -= miss / half.dy_events[0][0, 2, 3]
    return v, 2 * half.t_events[0][0]


def family(count=20, mu=MU):
    """Orbits of growing size: rows x, v, period."""
    point = lagrange_point(mu)
    orbits, x, v = [], point - 1e-3, None
    for _ in range(count):
        if len(orbits) > 1:  # on the straight line through the last two
            (a, va, _), (b, vb, _) = orbits[-2:]
            v = vb + (vb - va) / (b - a) * (x - b)
        elif orbits:
            v = orbits[-1][1] * (x - point) / (orbits[-1][0] - point)
        else:
            v = 8.37 * (point - x)  # as small orbits, whose motion is linear
        v, period = corrected(x, v, mu)
        orbits.append((x, v, period))
        x -= 3e-3
    return np.array(orbits)


def picture(orbits, path):
    """The orbits in the plane, saved; needs matplotlib."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 6), layout="constrained")
    for x, v, period in orbits:
        t = np.linspace(0, period, 400)
        found = ta.ode.solve_ivp(motion, (0, period), [x, 0, 0, v], args=(MU,), t_eval=t)
        axes.plot(found.y[0], found.y[1], linewidth=1)
    axes.plot(1 - MU, 0, "ko", label="moon")
    axes.plot(lagrange_point(MU), 0, "k+", label="L1")
    axes.set(xlabel="x", ylabel="y", aspect="equal")
    axes.legend()
    figure.savefig(path, dpi=150)


def main(count=20):
    orbits = family(count)
    x, v, period = orbits[-1]
    whole = ta.ode.solve_ivp(
        motion, (0, period), [x, 0.0, 0.0, v], args=(MU,), sensitivity="y0", t_eval=[period]
    )
    gap = np.abs(whole.y[:, 0] - [x, 0.0, 0.0, v]).max()
    multipliers = np.linalg.eigvals(whole.dy_dy0[..., 0])
    multipliers = multipliers[np.argsort(-np.abs(multipliers))]
    print(f"L1 at x = {lagrange_point(MU):.12f}; periods {orbits[0, 2]:.9f} to {period:.9f}")
    print(f"the last orbit starts at x = {x:.6f} with v = {v:.12f} and closes to {gap:.0e}")
    print("its Floquet multipliers:", multipliers.round(6))
    return orbits, gap, multipliers


if __name__ == "__main__":
    found, _, _ = main()
    if len(sys.argv) > 1:
        picture(found, sys.argv[1])
