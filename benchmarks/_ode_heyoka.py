"""heyoka, beside the solvers of `_ode_peers`: plain, compact, variational, batches."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from _ode_peers import EPS, Run


def heyoka_order(problem) -> np.ndarray:
    """Where heyoka's model of n bodies keeps the entries of our state."""
    if problem.system != "bodies":
        return np.arange(len(problem.y0))
    n = len(problem.y0) // 6
    ours = np.arange(6 * n).reshape(2, n, 3)
    return ours.transpose(1, 0, 2).ravel()


def heyoka_system(problem):
    """The equations as heyoka's users write them, with numbers for the parameters."""
    import heyoka as hy

    if problem.system == "bodies":
        (gm,) = problem.args
        return hy.model.nbody(len(gm), masses=list(gm), Gconst=1.0)
    if problem.system == "lorenz":
        x, y, z = hy.make_vars("x", "y", "z")
        s, r, b = problem.args
        return [(x, s * (y - x)), (y, x * (r - z) - y), (z, x * y - b * z)]
    x, y, u, v = hy.make_vars("x", "y", "u", "v")
    if problem.system == "kepler":
        r3 = (x * x + y * y) ** -1.5
        return [(x, u), (y, v), (u, -x * r3), (v, -y * r3)]
    (m,) = problem.args
    d1, d2 = ((x + m) ** 2.0 + y**2.0) ** -1.5, ((x - (1 - m)) ** 2.0 + y**2.0) ** -1.5
    ax = x + 2.0 * v - (1 - m) * (x + m) * d1 - m * (x - (1 - m)) * d2
    return [(x, u), (y, v), (u, ax), (v, y - 2.0 * u - (1 - m) * y * d1 - m * y * d2)]


def heyoka(problem, tol=EPS, **options):
    """heyoka's adaptive Taylor integrator."""
    import heyoka as hy

    order = heyoka_order(problem)
    start = problem.y0[order].tolist()
    made = hy.taylor_adaptive(heyoka_system(problem), start, tol=tol, **options)
    back = np.argsort(order)

    def solve():
        made.state[:] = start
        made.time = problem.span[0]
        steps = made.propagate_until(problem.span[1])[3]
        return made.state[back], steps

    return Run(solve)


def heyoka_compact(problem, tol=EPS):
    """The same in its compact mode: loops over tables, quick to compile."""
    return heyoka(problem, tol, compact_mode=True)


def heyoka_variational(problem, order, tol=EPS):
    """heyoka's derivatives of the end of one order by the initial values, shape ``(n, n, ...)``."""
    import heyoka as hy

    by, n = heyoka_order(problem), len(problem.y0)
    system = hy.var_ode_sys(heyoka_system(problem), hy.var_args.vars, order=order)
    made = hy.taylor_adaptive(
        system, problem.y0[by].tolist(), tol=tol, compact_mode=problem.system == "bodies"
    )
    start = made.state.copy()
    part = made.get_vslice(order=order)
    places = [made.get_mindex(i) for i in range(part.start, part.stop)]
    # component, and the variables of a derivative, repeated as often as it is taken
    where = [(by[component], *np.repeat(by, exponents)) for component, *exponents in places]

    def solve():
        made.state[:] = start
        made.time = problem.span[0]
        steps = made.propagate_until(problem.span[1])[3]
        tensor = np.empty((n,) * (order + 1))
        for (i, *js), value in zip(where, made.state[part], strict=True):
            for arranged in permutations(js):
                tensor[(i, *arranged)] = value
        return tensor, steps

    return Run(solve)


def heyoka_batch(problem, starts, lanes=None, tol=EPS):
    """Ends of many trajectories, in SIMD lanes: ``starts`` of shape ``(members, n)``."""
    import heyoka as hy

    lanes = lanes or hy.recommended_simd_size()
    by = heyoka_order(problem)
    groups = starts[:, by].reshape(-1, lanes, starts.shape[1]).transpose(0, 2, 1)
    made = hy.taylor_adaptive_batch(
        heyoka_system(problem), groups[0].copy(), tol=tol, compact_mode=problem.system == "bodies"
    )
    back = np.argsort(by)

    def solve():
        ends = np.empty_like(groups)
        for group, found in zip(groups, ends, strict=True):
            made.state[:] = group
            made.set_time(problem.span[0])
            made.propagate_until(problem.span[1])
            found[:] = made.state
        return ends.transpose(0, 2, 1).reshape(starts.shape)[:, back], None

    return Run(solve)


def heyoka_one_by_one(problem, starts, tol=EPS):
    """The same, one trajectory after another."""
    import heyoka as hy

    by = heyoka_order(problem)
    made = hy.taylor_adaptive(heyoka_system(problem), starts[0][by].tolist(), tol=tol)
    back = np.argsort(by)

    def solve():
        ends = np.empty_like(starts)
        for start, found in zip(starts, ends, strict=True):
            made.state[:] = start[by]
            made.time = problem.span[0]
            made.propagate_until(problem.span[1])
            found[:] = made.state[back]
        return ends, None

    return Run(solve)
