"""Products of Hessians with vectors written by hand: tangents of the gradients in `_by_hand`.

They take the arguments of the gradients with the direction behind the differentiated ones.
"""

from __future__ import annotations

import math

import numpy as np
from _by_hand import by_hand


@by_hand
def rosenbrock(x, v):
    n = x.shape[0]
    g = np.empty(n)
    carry = 0.0
    for i in range(n - 1):
        a = 200.0 * (x[i + 1] - x[i] * x[i])
        da = 200.0 * (v[i + 1] - 2.0 * x[i] * v[i])
        g[i] = carry + 2.0 * (v[i] - a * v[i] - da * x[i])
        carry = da
    g[n - 1] = carry
    return g


@by_hand
def lennard_jones(p, v):
    atoms = p.shape[0] // 3
    g = np.zeros(p.shape[0])
    for i in range(atoms):
        x, y, z = p[3 * i], p[3 * i + 1], p[3 * i + 2]
        vx, vy, vz = v[3 * i], v[3 * i + 1], v[3 * i + 2]
        gx, gy, gz = 0.0, 0.0, 0.0
        for j in range(i + 1, atoms):
            dx, dy, dz = x - p[3 * j], y - p[3 * j + 1], z - p[3 * j + 2]
            ex, ey, ez = vx - v[3 * j], vy - v[3 * j + 1], vz - v[3 * j + 2]
            s = 1.0 / (dx * dx + dy * dy + dz * dz)
            s6 = s * s * s
            c = (24.0 - 48.0 * s6) * s6 * s
            # c = 24 s^4 - 48 s^7 and ds = -2 s^2 (d, e)
            slope = (672.0 * s6 - 192.0) * s6 * s * s * (dx * ex + dy * ey + dz * ez)
            hx, hy, hz = c * ex + slope * dx, c * ey + slope * dy, c * ez + slope * dz
            gx += hx
            gy += hy
            gz += hz
            g[3 * j] -= hx
            g[3 * j + 1] -= hy
            g[3 * j + 2] -= hz
        g[3 * i] += gx
        g[3 * i + 1] += gy
        g[3 * i + 2] += gz
    return g


@by_hand
def cholesky(matrix, v):
    n = matrix.shape[0]
    a, da = matrix.copy(), v.copy()
    for j in range(n):
        s, ds = a[j, j], da[j, j]
        for k in range(j):
            s -= a[j, k] * a[j, k]
            ds -= 2.0 * a[j, k] * da[j, k]
        d = math.sqrt(s)
        dd = 0.5 * ds / d
        a[j, j], da[j, j] = d, dd
        for i in range(j + 1, n):
            t, dt = a[i, j], da[i, j]
            for k in range(j):
                t -= a[i, k] * a[j, k]
                dt -= da[i, k] * a[j, k] + a[i, k] * da[j, k]
            t /= d
            a[i, j] = t
            da[i, j] = (dt - t * dd) / d
    g, dg = np.zeros((n, n)), np.zeros((n, n))
    for j in range(n - 1, -1, -1):
        r = 1.0 / a[j, j]
        dr = -r * r * da[j, j]
        d_bar = g[j, j] + 2.0 * r
        dd_bar = dg[j, j] + 2.0 * dr
        for i in range(j + 1, n):
            t_bar = g[i, j] * r
            dt_bar = dg[i, j] * r + g[i, j] * dr
            d_bar -= t_bar * a[i, j]
            dd_bar -= dt_bar * a[i, j] + t_bar * da[i, j]
            g[i, j], dg[i, j] = t_bar, dt_bar
            for k in range(j):
                g[i, k] -= t_bar * a[j, k]
                g[j, k] -= t_bar * a[i, k]
                dg[i, k] -= dt_bar * a[j, k] + t_bar * da[j, k]
                dg[j, k] -= dt_bar * a[i, k] + t_bar * da[i, k]
        s_bar = 0.5 * d_bar * r
        ds_bar = 0.5 * (dd_bar * r + d_bar * dr)
        g[j, j], dg[j, j] = s_bar, ds_bar
        for k in range(j):
            g[j, k] -= 2.0 * s_bar * a[j, k]
            dg[j, k] -= 2.0 * (ds_bar * a[j, k] + s_bar * da[j, k])
    return dg


@by_hand
def chain(x, W, v):
    """By products of matrices and vectors."""
    layers, n = W.shape[0], x.shape[0]
    hs, dhs = np.empty((layers + 1, n)), np.empty((layers + 1, n))
    hs[0], dhs[0] = x, v[0]
    dW = v[1]
    for layer in range(layers):
        hs[layer + 1] = np.tanh(W[layer] @ hs[layer])
        ds = W[layer] @ dhs[layer] + dW[layer] @ hs[layer]
        for i in range(n):
            dhs[layer + 1, i] = (1.0 - hs[layer + 1, i] * hs[layer + 1, i]) * ds[i]
    h_bar, dh_bar = 2.0 * hs[layers], 2.0 * dhs[layers]
    dW_bar = np.empty(W.shape)
    for layer in range(layers - 1, -1, -1):
        for i in range(n):
            r, dr = hs[layer + 1, i], dhs[layer + 1, i]
            dh_bar[i] = dh_bar[i] * (1.0 - r * r) - h_bar[i] * (2.0 * r * dr)
            h_bar[i] *= 1.0 - r * r
            for j in range(n):
                dW_bar[layer, i, j] = dh_bar[i] * hs[layer, j] + h_bar[i] * dhs[layer, j]
        dh_bar = dh_bar @ W[layer] + h_bar @ dW[layer]
        h_bar = h_bar @ W[layer]
    return dh_bar, dW_bar


@by_hand
def stencil(x, v, steps):
    n = x.shape[0]
    kept = np.empty((2, steps + 1, n))  # in one piece, which glibc does not give back
    us, dus = kept[0], kept[1]
    us[0], dus[0] = x, v
    for t in range(steps):
        u, w, du, dw = us[t], us[t + 1], dus[t], dus[t + 1]
        w[0], w[n - 1] = u[0], u[n - 1]
        dw[0], dw[n - 1] = du[0], du[n - 1]
        for i in range(1, n - 1):  # apart from the tangents: so both loops become vectors
            w[i] = u[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1]) - 0.05 * (u[i] * u[i] * u[i])
        for i in range(1, n - 1):
            here = (0.8 - 0.15 * u[i] * u[i]) * du[i]
            dw[i] = here + 0.1 * (du[i - 1] + du[i + 1])
    w_bar, u_bar = np.empty(n), np.empty(n)
    dw_bar, du_bar = np.empty(n), np.empty(n)
    for i in range(n):
        w_bar[i] = 2.0 * us[steps, i] * (i + 1)
        dw_bar[i] = 2.0 * dus[steps, i] * (i + 1)
    for t in range(steps - 1, -1, -1):
        u, du = us[t], dus[t]
        first, last, dfirst, dlast = w_bar[0], w_bar[n - 1], dw_bar[0], dw_bar[n - 1]
        w_bar[0] = w_bar[n - 1] = dw_bar[0] = dw_bar[n - 1] = 0.0
        u_bar[0], du_bar[0] = first + 0.1 * w_bar[1], dfirst + 0.1 * dw_bar[1]
        u_bar[n - 1], du_bar[n - 1] = last + 0.1 * w_bar[n - 2], dlast + 0.1 * dw_bar[n - 2]
        for i in range(1, n - 1):
            here = (0.8 - 0.15 * u[i] * u[i]) * w_bar[i]
            u_bar[i] = here + 0.1 * (w_bar[i - 1] + w_bar[i + 1])
        for i in range(1, n - 1):
            slope = 0.8 - 0.15 * u[i] * u[i]
            here = slope * dw_bar[i] - 0.3 * u[i] * du[i] * w_bar[i]
            du_bar[i] = here + 0.1 * (dw_bar[i - 1] + dw_bar[i + 1])
        u_bar, w_bar, du_bar, dw_bar = w_bar, u_bar, dw_bar, du_bar
    return dw_bar
