"""Other libraries on the functions of `gradients`, `hessians` and `gmm`: each optional.

Every entry of `PEERS` makes candidates for one workload, or raises ImportError where the
library is not installed or has no way to say the function.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class Jax:
    """Functions of one array under `jax.jit`, in double precision."""

    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax, self.np = jax, jax.numpy

    def loop(self, g, x, *others) -> Callable[[int], object]:
        """Calls of ``g`` in a loop inside one compiled function."""
        jax, jnp = self.jax, self.np

        @jax.jit
        def repeated(n, x, *others):
            def step(i, carried):
                x, total = carried
                x = x.at[0].add(1e-13)
                return x, total + jnp.sum(g(x, *others))  # of all entries: none may be left out

            return jax.lax.fori_loop(0, n, step, (x, 0.0))

        return lambda n: repeated(n, x, *others)[1].block_until_ready()

    def call(self, g, *args) -> Callable[[int], object]:
        """Calls of the compiled ``g`` from Python."""
        compiled = self.jax.jit(g)

        def repeated(n):
            for _ in range(n):
                compiled(*args).block_until_ready()

        return repeated

    def rosenbrock(self, x):
        return self.np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    def lennard_jones(self, p):
        atoms = p.reshape(-1, 3)
        i, j = np.triu_indices(len(atoms), 1)
        s = 1.0 / self.np.sum((atoms[i] - atoms[j]) ** 2, axis=1)
        return self.np.sum(4.0 * (s**6 - s**3))

    def logistic(self, w, X, y):
        z = X @ w
        return self.np.sum(self.np.logaddexp(0.0, z) - y * z) + 0.5 * self.np.sum(w * w)

    def chain(self, x, W):
        h = x
        for layer in range(W.shape[0]):
            h = self.np.tanh(W[layer] @ h)
        return self.np.sum(h * h)

    def mixture(self, parameters, points):
        alphas, means, ldiag = parameters
        jnp = self.np
        z = jnp.exp(ldiag)[None] * (points[:, None] - means[None])
        terms = alphas + jnp.sum(ldiag, axis=1) - 0.5 * jnp.sum(z * z, axis=2)
        return jnp.sum(self.jax.scipy.special.logsumexp(terms, axis=1))

    def gradient(self, f):
        return self.jax.grad(f)

    def product(self, f, v):
        """The Hessian-vector product as a function of the point."""
        return lambda x, *others: self.jax.jvp(
            lambda x: self.jax.grad(f)(x, *others), (x,), (v,)
        )[1]

    def hessian(self, f):
        return self.jax.hessian(f)
