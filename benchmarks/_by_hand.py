"""Gradients written by hand: what a careful person would write for that one function.

Divisions need no check where the function has passed already, hence NumPy's error model.
"""

from __future__ import annotations

import math

import numpy as np
from _workloads import van_der_pol
from numba import njit

by_hand = njit(error_model="numpy")


@by_hand
def rosenbrock(x):
    n = x.shape[0]
    g = np.empty(n)
    carry = 0.0
    for i in range(n - 1):
        a = 200.0 * (x[i + 1] - x[i] * x[i])
        g[i] = carry - 2.0 * a * x[i] - 2.0 * (1.0 - x[i])
        carry = a
    g[n - 1] = carry
    return g


@by_hand
def lennard_jones(p):
    atoms = p.shape[0] // 3
    g = np.zeros(p.shape[0])
    for i in range(atoms):
        x, y, z = p[3 * i], p[3 * i + 1], p[3 * i + 2]
        gx, gy, gz = 0.0, 0.0, 0.0
        for j in range(i + 1, atoms):
            dx, dy, dz = x - p[3 * j], y - p[3 * j + 1], z - p[3 * j + 2]
            s = 1.0 / (dx * dx + dy * dy + dz * dz)
            s6 = s * s * s
            c = (24.0 - 48.0 * s6) * s6 * s
            gx += c * dx
            gy += c * dy
            gz += c * dz
            g[3 * j] -= c * dx
            g[3 * j + 1] -= c * dy
            g[3 * j + 2] -= c * dz
        g[3 * i] += gx
        g[3 * i + 1] += gy
        g[3 * i + 2] += gz
    return g


@by_hand
def logistic(w, X, y):
    g = w.copy()
    for i in range(X.shape[0]):
        z = 0.0
        for j in range(w.shape[0]):
            z += X[i, j] * w[j]
        if z > 0:
            slope = 1.0 / (1.0 + math.exp(-z)) - y[i]
        else:
            e = math.exp(z)
            slope = e / (1.0 + e) - y[i]
        for j in range(w.shape[0]):
            g[j] += slope * X[i, j]
    return g


@by_hand
def van_der_pol_transposed(x, p, weight, x_bar, p_bar):
    a = 1 - x[0] * x[0]
    x_bar[1] += weight[0] + weight[1] * p[0] * a
    x_bar[0] -= weight[1] * (2 * p[0] * x[0] * x[1] + p[1])
    p_bar[0] += weight[1] * a * x[1]
    p_bar[1] -= weight[1] * x[0]


@by_hand
def runge_kutta(x0, p, steps):
    h = 0.01
    m = x0.shape[0]
    x = np.empty((steps + 1, m))
    t1, t2, t3 = np.empty((steps, m)), np.empty((steps, m)), np.empty((steps, m))
    k1, k2, k3, k4 = np.empty(m), np.empty(m), np.empty(m), np.empty(m)
    for i in range(m):
        x[0, i] = x0[i]
    for n in range(steps):
        van_der_pol(x[n], p, k1)
        for i in range(m):
            t1[n, i] = x[n, i] + 0.5 * h * k1[i]
        van_der_pol(t1[n], p, k2)
        for i in range(m):
            t2[n, i] = x[n, i] + 0.5 * h * k2[i]
        van_der_pol(t2[n], p, k3)
        for i in range(m):
            t3[n, i] = x[n, i] + h * k3[i]
        van_der_pol(t3[n], p, k4)
        for i in range(m):
            x[n + 1, i] = x[n, i] + h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i])
    x_bar, p_bar = np.zeros(m), np.zeros(p.shape[0])
    k_bar, t_bar = np.empty(m), np.empty(m)
    x_bar[0], x_bar[1] = 2 * x[steps, 0], 1.0
    sum_bar = np.empty(m)
    for n in range(steps - 1, -1, -1):
        for i in range(m):
            sum_bar[i] = x_bar[i]
            k_bar[i] = h / 6 * sum_bar[i]
            t_bar[i] = 0.0
        van_der_pol_transposed(t3[n], p, k_bar, t_bar, p_bar)
        for i in range(m):
            x_bar[i] += t_bar[i]
            k_bar[i] = h / 3 * sum_bar[i] + h * t_bar[i]
            t_bar[i] = 0.0
        van_der_pol_transposed(t2[n], p, k_bar, t_bar, p_bar)
        for i in range(m):
            x_bar[i] += t_bar[i]
            k_bar[i] = h / 3 * sum_bar[i] + 0.5 * h * t_bar[i]
            t_bar[i] = 0.0
        van_der_pol_transposed(t1[n], p, k_bar, t_bar, p_bar)
        for i in range(m):
            x_bar[i] += t_bar[i]
            k_bar[i] = h / 6 * sum_bar[i] + 0.5 * h * t_bar[i]
        van_der_pol_transposed(x[n], p, k_bar, x_bar, p_bar)
    return x_bar, p_bar


@by_hand
def cholesky(matrix):
    n = matrix.shape[0]
    a = matrix.copy()
    for j in range(n):
        s = a[j, j]
        for k in range(j):
            s -= a[j, k] * a[j, k]
        d = math.sqrt(s)
        a[j, j] = d
        for i in range(j + 1, n):
            t = a[i, j]
            for k in range(j):
                t -= a[i, k] * a[j, k]
            a[i, j] = t / d
    g = np.zeros((n, n))
    for j in range(n - 1, -1, -1):
        d = a[j, j]
        d_bar = g[j, j] + 2.0 / d
        for i in range(j + 1, n):
            t_bar = g[i, j] / d
            d_bar -= t_bar * a[i, j]
            g[i, j] = t_bar
            for k in range(j):
                g[i, k] -= t_bar * a[j, k]
                g[j, k] -= t_bar * a[i, k]
        s_bar = 0.5 * d_bar / d
        g[j, j] = s_bar
        for k in range(j):
            g[j, k] -= 2.0 * s_bar * a[j, k]
    return g


@by_hand
def newton(a, x):
    ys = np.empty(50)
    y = 1.0
    steps = 0
    f = y * y * y + a * y - x
    while abs(f) > 1e-12 and steps < 50:
        ys[steps] = y
        y -= f / (3 * y * y + a)
        steps += 1
        f = y * y * y + a * y - x
    y_bar, a_bar, x_bar = 2 * y + math.cos(y), 0.0, 0.0
    for n in range(steps - 1, -1, -1):
        y = ys[n]
        r = 1.0 / (3 * y * y + a)
        q = (y * y * y + a * y - x) * r
        w = y_bar * r
        a_bar += w * (q - y)
        x_bar += w
        y_bar = 6 * y * q * w
    return a_bar, x_bar


@by_hand
def chain(x, W):
    layers, n = W.shape[0], x.shape[0]
    hs = np.empty((layers + 1, n))
    hs[0] = x
    for layer in range(layers):
        for i in range(n):
            s = 0.0
            for j in range(n):
                s += W[layer, i, j] * hs[layer, j]
            hs[layer + 1, i] = math.tanh(s)
    h_bar = 2.0 * hs[layers]
    W_bar = np.empty(W.shape)
    for layer in range(layers - 1, -1, -1):
        x_bar = np.zeros(n)
        for i in range(n):
            s_bar = h_bar[i] * (1.0 - hs[layer + 1, i] * hs[layer + 1, i])
            for j in range(n):
                W_bar[layer, i, j] = s_bar * hs[layer, j]
                x_bar[j] += s_bar * W[layer, i, j]
        h_bar = x_bar
    return h_bar, W_bar


@by_hand
def chain_by_products(x, W):
    layers, n = W.shape[0], x.shape[0]
    hs = np.empty((layers + 1, n))
    hs[0] = x
    for layer in range(layers):
        hs[layer + 1] = np.tanh(W[layer] @ hs[layer])
    h_bar = 2.0 * hs[layers]
    W_bar = np.empty(W.shape)
    for layer in range(layers - 1, -1, -1):
        for i in range(n):
            h_bar[i] *= 1.0 - hs[layer + 1, i] * hs[layer + 1, i]
            for j in range(n):
                W_bar[layer, i, j] = h_bar[i] * hs[layer, j]
        h_bar = h_bar @ W[layer]
    return h_bar, W_bar


@by_hand
def stencil(x, steps):
    n = x.shape[0]
    us = np.empty((steps + 1, n))
    us[0] = x
    for t in range(steps):
        u, v = us[t], us[t + 1]
        v[0] = u[0]
        v[n - 1] = u[n - 1]
        for i in range(1, n - 1):
            v[i] = u[i] + 0.1 * (u[i - 1] - 2 * u[i] + u[i + 1]) - 0.05 * (u[i] * u[i] * u[i])
    v_bar, u_bar = np.empty(n), np.empty(n)
    for i in range(n):
        v_bar[i] = 2.0 * us[steps, i] * (i + 1)
    for t in range(steps - 1, -1, -1):
        u = us[t]
        first, last = v_bar[0], v_bar[n - 1]
        v_bar[0] = v_bar[n - 1] = 0.0
        u_bar[0] = first + 0.1 * v_bar[1]
        u_bar[n - 1] = last + 0.1 * v_bar[n - 2]
        for i in range(1, n - 1):
            here = (0.8 - 0.15 * u[i] * u[i]) * v_bar[i]
            u_bar[i] = here + 0.1 * (v_bar[i - 1] + v_bar[i + 1])
        u_bar, v_bar = v_bar, u_bar
    return v_bar


@by_hand
def five_points(f, sweeps):
    m, n = f.shape
    us = np.empty((sweeps + 1, m, n))
    us[0] = 0.0
    for t in range(sweeps):
        u, v = us[t], us[t + 1]
        v[0] = v[m - 1] = 0.0
        for i in range(1, m - 1):
            v[i, 0] = v[i, n - 1] = 0.0
            for j in range(1, n - 1):
                r = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1]
                v[i, j] = 0.25 * (r + f[i, j]) - 0.01 * u[i, j] * u[i, j]
    f_bar = np.zeros((m, n))
    v_bar, u_bar = np.zeros((m, n)), np.zeros((m, n))
    for i in range(1, m - 1):
        for j in range(1, n - 1):
            v_bar[i, j] = 2.0 * us[sweeps, i, j]
    for t in range(sweeps - 1, -1, -1):
        u = us[t]
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                around = v_bar[i - 1, j] + v_bar[i + 1, j] + v_bar[i, j - 1] + v_bar[i, j + 1]
                u_bar[i, j] = 0.25 * around - 0.02 * u[i, j] * v_bar[i, j]
                f_bar[i, j] += 0.25 * v_bar[i, j]
        u_bar, v_bar = v_bar, u_bar
    return f_bar


@by_hand
def relaxation(f, sweeps):
    m, n = f.shape
    u = np.zeros((m, n))
    rs = np.empty((sweeps, m, n))
    for t in range(sweeps):
        for i in range(1, m - 1):
            for j in range(1, n - 1):
                r = u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] + f[i, j]
                r = 0.25 * r - u[i, j]
                rs[t, i, j] = r
                u[i, j] += 1.3 * r / (1 + r * r)
    f_bar = np.zeros((m, n))
    u_bar = 2.0 * u
    for t in range(sweeps - 1, -1, -1):
        for i in range(m - 2, 0, -1):
            for j in range(n - 2, 0, -1):
                r = rs[t, i, j]
                d = 1.0 / (1.0 + r * r)
                r_bar = u_bar[i, j] * (1.3 * (1.0 - r * r) * d * d)
                u_bar[i, j] -= r_bar
                r_bar *= 0.25
                f_bar[i, j] += r_bar
                u_bar[i - 1, j] += r_bar
                u_bar[i + 1, j] += r_bar
                u_bar[i, j - 1] += r_bar
                u_bar[i, j + 1] += r_bar
    return f_bar


@by_hand
def branchy(x):
    n = x.shape[0]
    before, after = np.empty(n), np.empty(n)  # of m in each iteration
    s, m, count, broken = 0.0, 1.0, n, False
    for i in range(n):
        before[i] = m
        if x[i] > 0.3:
            m *= x[i]
            if m > 2.0:
                m = math.sqrt(m)
        elif x[i] < -0.5:
            s += m * math.exp(x[i])
            continue
        else:
            s = s * 0.9 + x[i] * x[i] * x[i]
        after[i] = m
        if s > 50:
            count, broken = i + 1, True
            break
        s += abs(x[i]) * m
    g = np.zeros(n)
    s_bar, m_bar = 1.0, 1.0
    for i in range(count - 1, -1, -1):
        if x[i] < -0.5:
            e = math.exp(x[i])
            g[i] = s_bar * before[i] * e
            m_bar += s_bar * e
            continue
        if not (broken and i == count - 1):
            g[i] = s_bar * after[i] * np.sign(x[i])
            m_bar += s_bar * abs(x[i])
        if x[i] > 0.3:
            if before[i] * x[i] > 2.0:
                m_bar *= 0.5 / after[i]
            g[i] += m_bar * before[i]
            m_bar *= x[i]
        else:
            g[i] += 3.0 * s_bar * x[i] * x[i]
            s_bar *= 0.9
    return g


@by_hand
def piecewise(x):
    g = np.empty(x.shape[0])
    for i in range(x.shape[0]):
        if x[i] > 0.5:
            g[i] = 2.0 * x[i]
        elif x[i] > -0.5:
            g[i] = 0.5
        else:
            g[i] = -3.0 * x[i] * x[i]
    return g


@by_hand
def filtered(x):
    n = x.shape[0]
    levels, speeds = np.empty(n), np.empty(n)
    level, speed = 0.0, 1.0
    for i in range(n):
        levels[i], speeds[i] = level, speed
        if x[i] > level:
            level = level + 0.5 * (x[i] - level) * speed
        else:
            level = level * 0.9 + 0.1 * x[i] * x[i]
            speed = 0.9 * speed + 0.1 * level * level
    g = np.empty(n)
    level_bar, speed_bar = speed, level
    after = level
    for i in range(n - 1, -1, -1):
        level, speed = levels[i], speeds[i]
        if x[i] > level:
            g[i] = 0.5 * speed * level_bar
            speed_bar += 0.5 * (x[i] - level) * level_bar
            level_bar -= g[i]
        else:
            level_bar += 0.2 * after * speed_bar
            speed_bar *= 0.9
            g[i] = 0.2 * x[i] * level_bar
            level_bar *= 0.9
        after = level
    return g


@by_hand
def tree_forward(x, first, last, kept, at):
    """The value; both halves' values are kept in the order of the calls."""
    if last - first == 1:
        return x[first], at
    middle = (first + last) // 2
    own = at
    a, at = tree_forward(x, first, middle, kept, at + 1)
    b, at = tree_forward(x, middle, last, kept, at)
    kept[own, 0], kept[own, 1] = a, b
    return math.sin(a) * b + 0.5 * a, at


@by_hand
def tree_reverse(g, first, last, kept, at, bar):
    if last - first == 1:
        g[first] += bar
        return at
    middle = (first + last) // 2
    a, b = kept[at, 0], kept[at, 1]
    at = tree_reverse(g, first, middle, kept, at + 1, bar * (math.cos(a) * b + 0.5))
    return tree_reverse(g, middle, last, kept, at, bar * math.sin(a))


@by_hand
def tree(x, first, last):
    kept = np.empty((max(last - first - 1, 1), 2))
    g = np.zeros(x.shape[0])
    tree_forward(x, first, last, kept, 0)
    tree_reverse(g, first, last, kept, 0, 1.0)
    return g


@by_hand
def recursive_with_slope(x, depth):
    """The value and the derivative of the recursion, which has one input only."""
    if depth == 0:
        return x, 1.0
    a, da = recursive_with_slope(x, depth - 1)
    b, db = recursive_with_slope(0.5 * x, depth - 1)
    return math.sin(a) * x + b, math.cos(a) * da * x + math.sin(a) + 0.5 * db


@by_hand
def recursive(x, depth):
    return recursive_with_slope(x, depth)[1]
