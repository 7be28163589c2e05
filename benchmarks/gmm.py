"""The Gaussian mixture of ADBench: gradient and Hessian-vector product.

The log-likelihood of N points in D dimensions under K Gaussians with triangular factors of
their precisions, and a Wishart prior (F. Srajer, Z. Kukelova, A. Fitzgibbon, A benchmark of
selected algorithmic differentiation tools, Optimization Methods and Software 33, 2018).  The
exponentials of the diagonals are formed once, before the points.

    python benchmarks/gmm.py [D K N]
"""

from __future__ import annotations

import math
import sys

import numpy as np
from _gradient_peers import Jax
from _timing import machine, table
from gradients import first_call, loop_over, parts, ratios_of, require_agreement
from numba import njit

import taylorad as ta


@njit
def log_sum_exp(a):
    top = a[0]
    for i in range(1, a.shape[0]):
        top = max(top, a[i])
    s = 0.0
    for i in range(a.shape[0]):
        s += math.exp(a[i] - top)
    return top + math.log(s)


@njit
def mixture(alphas, means, icf, x):
    """The log-likelihood up to a constant; ``icf``: log diagonals, then columns below them."""
    n, d = x.shape
    k = means.shape[0]
    diagonal, scale = np.empty((k, d)), np.empty(k)
    prior = 0.0
    for c in range(k):
        scale[c] = 0.0
        for j in range(d):
            scale[c] += icf[c, j]
            diagonal[c, j] = math.exp(icf[c, j])
            prior += diagonal[c, j] * diagonal[c, j]
        for j in range(d, icf.shape[1]):
            prior += icf[c, j] * icf[c, j]
    z, y, terms = np.empty(d), np.empty(d), np.empty(k)
    total = 0.0
    for i in range(n):
        for c in range(k):
            for j in range(d):
                z[j] = x[i, j] - means[c, j]
                y[j] = diagonal[c, j] * z[j]
            at = d
            for j in range(d):
                for r in range(j + 1, d):
                    y[r] += icf[c, at] * z[j]
                    at += 1
            q = 0.0
            for j in range(d):
                q += y[j] * y[j]
            terms[c] = alphas[c] + scale[c] - 0.5 * q
        total += log_sum_exp(terms)
    return total - n * log_sum_exp(alphas) + 0.5 * prior


@njit(error_model="numpy")
def by_hand(alphas, means, icf, x):
    n, d = x.shape
    k = means.shape[0]
    diagonal, scale = np.exp(icf[:, :d]), np.empty(k)
    for c in range(k):
        scale[c] = np.sum(icf[c, :d])
    alphas_bar, means_bar = np.zeros(k), np.zeros((k, d))
    icf_bar, diagonal_bar = icf.copy(), diagonal.copy()
    icf_bar[:, :d] = 0.0
    z, y, terms, y_bar = np.empty((k, d)), np.empty((k, d)), np.empty(k), np.empty(d)
    for i in range(n):
        for c in range(k):
            for j in range(d):
                z[c, j] = x[i, j] - means[c, j]
                y[c, j] = diagonal[c, j] * z[c, j]
            at = d
            for j in range(d):
                for r in range(j + 1, d):
                    y[c, r] += icf[c, at] * z[c, j]
                    at += 1
            q = 0.0
            for j in range(d):
                q += y[c, j] * y[c, j]
            terms[c] = alphas[c] + scale[c] - 0.5 * q
        top = np.max(terms)
        s = 0.0
        for c in range(k):
            terms[c] = math.exp(terms[c] - top)
            s += terms[c]
        for c in range(k):
            weight = terms[c] / s
            alphas_bar[c] += weight
            at = d
            for j in range(d):
                y_bar[j] = -weight * y[c, j]
            for j in range(d):
                z_bar = diagonal[c, j] * y_bar[j]
                for r in range(j + 1, d):
                    z_bar += icf[c, at] * y_bar[r]
                    icf_bar[c, at] += z[c, j] * y_bar[r]
                    at += 1
                means_bar[c, j] -= z_bar
                diagonal_bar[c, j] += z[c, j] * y_bar[j]
    top = np.max(alphas)
    s = np.sum(np.exp(alphas - top))
    for c in range(k):
        total = alphas_bar[c]
        for j in range(d):
            icf_bar[c, j] = total + diagonal_bar[c, j] * diagonal[c, j]
        alphas_bar[c] -= n * math.exp(alphas[c] - top) / s
    return alphas_bar, means_bar, icf_bar


def jax_mixture(jax):
    """The same for arrays as jax likes them."""
    jnp = jax.np

    def mixture(alphas, means, icf, x):
        n, d = x.shape
        columns, rows = np.triu_indices(d, 1)
        diagonal = jnp.exp(icf[:, :d])
        lower = jnp.zeros((len(alphas), d, d)).at[:, rows, columns].set(icf[:, d:])
        z = x[:, None] - means[None]
        y = diagonal[None] * z + jnp.einsum("crj,icj->icr", lower, z)
        terms = alphas + jnp.sum(icf[:, :d], axis=1) - 0.5 * jnp.sum(y * y, axis=2)
        total = jnp.sum(jax.jax.scipy.special.logsumexp(terms, axis=1))
        prior = jnp.sum(diagonal**2) + jnp.sum(icf[:, d:] ** 2)
        return total - n * jax.jax.scipy.special.logsumexp(alphas) + 0.5 * prior

    return mixture


def beside_jax(args, v, expected):
    """Candidates of jax; none where it is missing."""
    try:
        jax = Jax()
    except ImportError as missing:
        print(f"skipped jax: {missing}")
        return {}
    f = jax_mixture(jax)
    gradient = jax.jax.grad(f, (0, 1, 2))
    require_agreement(tuple(map(np.asarray, gradient(*args))), expected)

    def sums(g):
        """All entries of all results, so that none is left out."""
        return lambda *args: sum(jax.np.sum(a) for a in parts(g(*args)))

    def product(alphas, means, icf, x):
        first = jax.jax.grad(lambda p: f(*p, x))
        return jax.jax.jvp(first, ((alphas, means, icf),), (v,))[1]

    return {
        "jax function": jax.loop(f, *args),
        "jax gradient": jax.loop(sums(gradient), *args),
        "jax hvp": jax.loop(sums(product), *args),
    }


def main(d, k, n):
    print(machine())
    rng = np.random.default_rng(0)
    icf = 0.3 * rng.normal(size=(k, d * (d + 1) // 2))
    point = rng.normal(size=k), rng.normal(size=(k, d)), icf
    args = *point, rng.normal(size=(n, d))
    v = tuple(rng.normal(size=a.shape) for a in point)
    mixture(*args)
    chosen = 0, 1, 2
    gradient, found, first = first_call(lambda: ta.grad(mixture, chosen), *args)
    expected = by_hand(*args)
    require_agreement(found, expected)
    print(f"first call of the gradient {first:.2f} s", end=", ")
    hvp, _, first = first_call(lambda: ta.hvp(mixture, chosen), *point, v, args[-1])
    print(f"of the Hessian-vector product {first:.2f} s")
    ratio = ratios_of(
        candidates := {
            "plain function": loop_over(mixture, *args),
            "gradient by hand": loop_over(by_hand, *args),
            "taylorad gradient": loop_over(gradient, *args),
            "taylorad hvp": loop_over(hvp, *point, v, args[-1]),
            **beside_jax(args, v, expected),
        }
    )
    rows = [(name, [ratio(name, "plain function"), ratio(name) * 1e6]) for name in candidates]
    table(f"Gaussian mixture, d={d}, k={k}, n={n}, in a compiled loop", ["/plain", "us"], rows)


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:]) if sys.argv[1:] else (10, 5, 1000)))
