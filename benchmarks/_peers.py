"""Other libraries on the function of `taylor_series`: each optional, by name.

Each entry makes ``(candidate, coefficients)`` for an order and a point, or raises
ImportError where the library is not installed.
"""

from __future__ import annotations

import math

import numpy as np


def _function(t, np):
    return np.exp(np.sin(t)) * np.log(2 + np.cos(t) * np.cos(t)) / (1 + t * t)


def _jax(order, point):
    import jax
    import jax.numpy as jnp
    from jax import lax
    from jax.experimental.jet import jet

    jax.config.update("jax_enable_x64", True)
    seed = [1.0] + [0.0] * (order - 1)
    unnormalised = np.array([1.0 / math.factorial(k) for k in range(order + 1)])

    def series(t):
        head, tail = jet(lambda t: _function(t, jnp), (t,), (seed,))
        return jnp.stack([head, *tail])

    return jax, lax, jax.jit(series), unnormalised


def jax_loop(order, point):
    """`jax.experimental.jet` in a loop inside one compiled function (orders up to 20)."""
    if order > 20:
        raise ImportError("jax jet takes too long to compile beyond order 20")
    jax, lax, series, scale = _jax(order, point)

    @jax.jit
    def loop(n):
        return lax.fori_loop(0, n, lambda i, s: s + series(point + 1e-9 * i)[order], 0.0)

    return lambda n: loop(n).block_until_ready(), np.asarray(series(point)) * scale


def jax_call(order, point):
    """`jax.experimental.jet`, one compiled call from Python."""
    if order > 20:
        raise ImportError("jax jet takes too long to compile beyond order 20")
    _, _, series, scale = _jax(order, point)

    def candidate(n):
        for _ in range(n):
            series(point).block_until_ready()

    return candidate, np.asarray(series(point)) * scale


def heyoka(order, point):
    """heyoka, one call: the coefficients of the solution of ``x' = f(t)``, one order higher."""
    import heyoka as hy

    x = hy.make_vars("x")
    wanted = order + 1
    integrator = hy.taylor_adaptive(
        [(x, _function(hy.time, hy))],
        [0.0],
        time=point,
        tol=math.exp(-2.0 * (wanted - 1.5)),  # heyoka derives its order from the tolerance
    )

    def candidate(n):
        for _ in range(n):
            integrator.time = point
            integrator.step(write_tc=True)

    candidate(1)
    solution = integrator.tc[0]
    if len(solution) != wanted + 1:
        raise ImportError(f"heyoka chose order {len(solution) - 1} instead of {wanted}")
    return candidate, solution[1:] * np.arange(1, wanted + 1)


def algopy(order, point):
    """algopy's univariate Taylor polynomials, one call."""
    import algopy as ap

    data = np.zeros((order + 1, 1))
    data[:2, 0] = point, 1.0
    t = ap.UTPM(data)

    def candidate(n):
        for _ in range(n):
            _function(t, ap)

    return candidate, _function(t, ap).data[:, 0]


PEERS = {
    "jax jet, loop inside jit": jax_loop,
    "jax jet, from Python": jax_call,
    "heyoka, from Python": heyoka,
    "algopy, from Python": algopy,
}
