"""Hand-written derivative code for one function: the limit for Taylor coefficients.

Writes C for the coefficients of ``exp(sin t) log(2 + cos(t)^2) / (1 + t^2)``: the order is
a constant, every recurrence is unrolled, coefficients known to be zero are left out, and
``sin`` and ``cos`` are formed together.  gcc compiles it with or without ``-ffast-math``.
"""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

STRICT = ("-O3", "-march=native", "-ffp-contract=fast")
FAST = ("-O3", "-march=native", "-ffast-math")


class _Unroller:
    """Series as lists of C expressions, None where a coefficient is zero."""

    def __init__(self, order):
        self.order = order
        self.lines = []

    def let(self, text):
        if text is None:
            return None
        name = f"v{len(self.lines)}"
        self.lines.append(f"  const double {name} = {text};")
        return name

    def sum(self, pairs, weights=None):
        """``sum weight * x * y`` as one expression; None if nothing is left."""
        weights = weights or [1] * len(pairs)
        terms = [
            f"{x}*{y}" if w == 1 else f"{w}.0*{x}*{y}"
            for w, (x, y) in zip(weights, pairs, strict=True)
            if w and x and y
        ]
        return " + ".join(terms) or None

    def product(self, a, b):
        ks = range(self.order + 1)
        return [self.let(self.sum([(a[j], b[k - j]) for j in range(k + 1)])) for k in ks]

    def square(self, a):
        """The Cauchy product of a series with itself, each pair of factors taken once."""
        c = []
        for k in range(self.order + 1):
            half = self.sum([(a[j], a[k - j]) for j in range((k + 1) // 2)])
            middle = f"{a[k // 2]}*{a[k // 2]}" if k % 2 == 0 and a[k // 2] else None
            parts = [f"2.0*({half})" if half else None, middle]
            c.append(self.let(" + ".join(filter(None, parts)) or None))
        return c

    def derivative(self, a):
        """The products ``j * a[j]``, formed once."""
        return [self.let(f"{j}.0*{a[j]}" if j and a[j] else None) for j in range(self.order + 1)]

    def exp(self, a):
        c, d = [self.let(f"exp({a[0]})")], self.derivative(a)
        for k in range(1, self.order + 1):
            total = self.sum([(d[j], c[k - j]) for j in range(1, k + 1)])
            c.append(self.let(f"({total}) * {1 / k!r}"))
        return c

    def sincos(self, a):
        s, c, d = [self.let(f"sin({a[0]})")], [self.let(f"cos({a[0]})")], self.derivative(a)
        for k in range(1, self.order + 1):
            up = self.sum([(d[j], c[k - j]) for j in range(1, k + 1)])
            down = self.sum([(d[j], s[k - j]) for j in range(1, k + 1)])
            s.append(self.let(f"({up}) * {1 / k!r}"))
            c.append(self.let(f"({down}) * {-1 / k!r}"))
        return s, c

    def log(self, a):
        c, d, r = [self.let(f"log({a[0]})")], [None], self.let(f"1.0 / {a[0]}")
        for k in range(1, self.order + 1):
            done = self.sum([(d[j], a[k - j]) for j in range(1, k)])
            new = " - ".join(filter(None, [a[k], f"({done}) * {1 / k!r}" if done else None]))
            c.append(self.let(f"({new}) * {r}"))
            d.append(self.let(f"{k}.0*{c[k]}"))
        return c

    def quotient(self, a, b):
        c, r = [], self.let(f"1.0 / {b[0]}")
        for k in range(self.order + 1):
            done = self.sum([(c[j], b[k - j]) for j in range(k)])
            c.append(self.let(f"({a[k]} - ({done})) * {r}" if done else f"{a[k]} * {r}"))
        return c

    def plus(self, constant, a):
        return [self.let(f"{constant} + {a[0]}"), *a[1:]]


def _unrolled(order):
    u = _Unroller(order)
    t = ["t", "1.0", *[None] * (order - 1)]
    s, c = u.sincos(t)
    numerator = u.product(u.exp(s), u.log(u.plus("2.0", u.square(c))))
    result = u.quotient(numerator, u.plus("1.0", u.square(t)))
    body = u.lines + [f"  out[{k}] = {v};" for k, v in enumerate(result)]
    return "\n".join(body)


_ROLLED = """
  double s[N], c[N], q[N], e[N], l[N], p[N], d[3] = {1 + t*t, 2*t, 1};
  s[0] = sin(t); c[0] = cos(t);
  for (int k = 1; k < N; k++) { s[k] = c[k-1] / k; c[k] = -s[k-1] / k; }
  for (int k = 0; k < N; k++) {
    q[k] = k ? 0 : 2;
    for (int j = 0; j <= k; j++) q[k] += c[j] * c[k-j];
  }
  e[0] = exp(s[0]); l[0] = log(q[0]);
  for (int k = 1; k < N; k++) {
    double x = 0, y = 0;
    for (int j = 1; j <= k; j++) x += j * s[j] * e[k-j];
    for (int j = 1; j < k; j++) y += j * l[j] * q[k-j];
    e[k] = x / k; l[k] = (q[k] - y / k) / q[0];
  }
  for (int k = 0; k < N; k++) {
    p[k] = 0;
    for (int j = 0; j <= k; j++) p[k] += e[j] * l[k-j];
    for (int j = 1; j <= 2 && j <= k; j++) p[k] -= out[k-j] * d[j];
    out[k] = p[k] / d[0];
  }
"""

_FRAME = """
#include <math.h>
enum {{ N = {size} }};
__attribute__((noinline)) void taylor(double t, double *restrict out) {{
{body}
}}
double loop(long n, double t, double step) {{
  double out[N], total = 0;
  for (long i = 0; i < n; i++) {{ taylor(t + step * i, out); total += out[N - 1]; }}
  return total;
}}
"""


class Limit:
    """The compiled code: ``coefficients(t)`` and ``loop(n, t, step)``."""

    def __init__(self, folder: Path, name: str, order: int, flags, rolled=False):
        source, library = folder / f"{name}_{order}.c", folder / f"{name}_{order}.so"
        code = source.with_suffix(".o")
        body = _ROLLED if rolled else _unrolled(order)
        source.write_text(_FRAME.format(size=order + 1, body=body))
        subprocess.run(["gcc", *flags, "-fPIC", "-c", "-o", code, source], check=True)
        # Linked without the flags: with -ffast-math gcc would have the library flush
        # subnormal numbers to zero in the whole process.
        subprocess.run(["gcc", "-shared", "-o", library, code, "-lm"], check=True)
        self._size = order + 1
        loaded = ctypes.CDLL(str(library))
        self._taylor, self.loop = loaded.taylor, loaded.loop
        self._taylor.argtypes = [ctypes.c_double, ctypes.POINTER(ctypes.c_double)]
        self._taylor.restype = None
        self.loop.argtypes = [ctypes.c_long, ctypes.c_double, ctypes.c_double]
        self.loop.restype = ctypes.c_double

    def coefficients(self, t: float) -> list[float]:
        out = (ctypes.c_double * self._size)()
        self._taylor(t, out)
        return list(out)
