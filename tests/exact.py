"""The oracle: each primitive as mpmath computes it, and its coefficients in two ways.

`coefficients` differentiates the composition ``f(a(t), b(t), ...)`` in high precision and
knows no rule: it is slow and shows that the rules are true.  `by_rule` runs a rule on
numbers of 60 digits: it is quick and shows what rounding does to the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import mpmath
import numpy as np
from mpmath import mp, mpc, mpf

from taylorad.primitives.interpret import interpret
from taylorad.primitives.registry import lookup

DIGITS = 60
EPS = 2.0**-52


def _gamma_log(x):
    return mpmath.log(abs(mpmath.gamma(x)))


def _zero(*_):
    return mpf(0)


FUNCTIONS: dict[str, Callable] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "negative": lambda a: -a,
    "positive": lambda a: a,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a * a,
    "sqrt": mpmath.sqrt,
    "cbrt": lambda a: mpmath.sign(a) * mpmath.cbrt(abs(a)),
    "hypot": lambda a, b: mpmath.sqrt(a * a + b * b),
    "power": mpmath.power,
    "exp": mpmath.exp,
    "exp2": lambda a: mpf(2) ** a,
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log2": lambda a: mpmath.log(a) / mpmath.log(2),
    "log10": lambda a: mpmath.log(a) / mpmath.log(10),
    "log1p": lambda a: mpmath.log(1 + a),
    "logaddexp": lambda a, b: mpmath.log(mpmath.exp(a) + mpmath.exp(b)),
    "logaddexp2": lambda a, b: mpmath.log(mpf(2) ** a + mpf(2) ** b) / mpmath.log(2),
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "arcsin": mpmath.asin,
    "arccos": mpmath.acos,
    "arctan": mpmath.atan,
    "arctan2": lambda y, x: mpmath.atan2(y, x),
    "sinc": lambda a: mpmath.sincpi(a),
    "radians": lambda a: a * mp.pi / 180,
    "degrees": lambda a: a * 180 / mp.pi,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "arcsinh": mpmath.asinh,
    "arccosh": mpmath.acosh,
    "arctanh": mpmath.atanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "gamma": mpmath.gamma,
    "lgamma": _gamma_log,
    "absolute": abs,
    "copysign": lambda a, b: abs(a) * (1 if b > 0 else -1),
    "nextafter": lambda a, b: a,
    "remainder": lambda a, b: a - b * mpmath.floor(a / b),
    "fmod": lambda a, b: a - b * (mpmath.floor(a / b) if a / b > 0 else mpmath.ceil(a / b)),
    "max": lambda a, b: a if a >= b else b,
    "maximum": lambda a, b: a if a >= b else b,
    "fmax": lambda a, b: a if a >= b else b,
    "min": lambda a, b: a if a <= b else b,
    "minimum": lambda a, b: a if a <= b else b,
    "fmin": lambda a, b: a if a <= b else b,
    "real": lambda a: a,
    "imag": _zero,
    "conjugate": lambda a: a,
    "complex": lambda a, b: a + 1j * b,
    "sign": lambda a: mpmath.sign(a),
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "trunc": lambda a: mpmath.floor(a) if a > 0 else mpmath.ceil(a),
    "int": lambda a: mpmath.floor(a) if a > 0 else mpmath.ceil(a),
    "rint": mpmath.nint,
    "spacing": _zero,
    "isnan": _zero,
    "isinf": _zero,
    "isfinite": lambda a: mpf(1),
    "signbit": lambda a: mpf(a < 0),
    "bool": lambda a: mpf(a != 0),
    "not": lambda a: mpf(a == 0),
    "floor_divide": lambda a, b: mpmath.floor(a / b),
    "less": lambda a, b: mpf(a < b),
    "less_equal": lambda a, b: mpf(a <= b),
    "greater": lambda a, b: mpf(a > b),
    "greater_equal": lambda a, b: mpf(a >= b),
    "equal": lambda a, b: mpf(a == b),
    "not_equal": lambda a, b: mpf(a != b),
    "logical_and": lambda a, b: mpf(a != 0 and b != 0),
    "logical_or": lambda a, b: mpf(a != 0 or b != 0),
    "logical_xor": lambda a, b: mpf((a != 0) != (b != 0)),
}


def polynomial(series, t):
    """A coefficient list at ``t``; a plain number as it is."""
    if not isinstance(series, list):
        return _exact(series)
    total = mpf(0)
    for c in reversed(series):
        total = total * t + _exact(c)
    return total


def _exact(value):
    if isinstance(value, complex | np.complexfloating):
        return mpc(complex(value))
    return mpf(float(value))


def coefficients(name: str, order: int, *operands) -> list:
    """Coefficients ``0..order`` of a primitive of series and numbers, without its rule."""
    with mp.workdps(DIGITS):
        function = FUNCTIONS[name]
        return mpmath.taylor(
            lambda t: function(*(polynomial(x, t) for x in operands)), mpf(0), order
        )


@lru_cache(maxsize=16)
def _sinc_series(x, digits):
    return mpmath.taylor(mpmath.sincpi, x, 64)


def _lgamma_coefficient(n, x):
    """Coefficient ``n`` of the logarithm of gamma (DLMF 5.15.1)."""
    n = int(n)
    if n == 0:
        return _gamma_log(x)
    return mpmath.digamma(x) if n == 1 else (-1) ** n * mpmath.zeta(n, x) / n


FUNCTIONS["digamma"] = mpmath.digamma
FUNCTIONS["lgamma_coefficient"] = _lgamma_coefficient
FUNCTIONS["sinc_coefficient"] = lambda n, x: _sinc_series(x, mp.dps)[int(n)]


def evaluate(function, *numbers):
    """A primitive's value on mpmath numbers: what the rules are run with at 60 digits."""
    return FUNCTIONS[lookup(function).name](*numbers)


def by_rule(primitive, order: int, *operands) -> list:
    """Coefficients by the library's rule, run on mpmath numbers of 60 digits."""
    with mp.workdps(DIGITS):
        exact = [[_exact(c) for c in x] if isinstance(x, list) else _exact(x) for x in operands]
        return interpret(primitive, order, *exact, scalar=evaluate)


def scale(exact, head, k):
    """What an error of coefficient ``k`` is measured by.

    The coefficient's own size, what rounding the operand does to it, and its neighbours'
    geometric means, for coefficients that happen to vanish.
    """
    size = [abs(c) for c in exact]
    own = max(size[k], (k + 1) * size[k + 1] * abs(head))
    for d in (1, 2):
        if d <= k < len(size) - d:
            own = max(own, mpmath.sqrt(size[k - d] * size[k + d]))
    return own
