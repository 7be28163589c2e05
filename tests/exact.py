"""The oracle: each primitive as mpmath computes it, and its coefficients in two ways.

`coefficients` differentiates the composition ``f(a(t), b(t), ...)`` in high precision and
knows no rule: it is slow and shows that the rules are true.  `by_rule` runs a rule on
numbers of 60 digits: it is quick and shows what rounding does to the rule.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

import mpmath
import numpy as np
from mpmath import mp, mpc, mpf

from taylorad.primitives.interpret import Interpreter, interpret
from taylorad.primitives.registry import lookup
from taylorad.primitives.series import ZERO, compose, wdot

DIGITS = 60
EPS = 2.0**-52


def _gamma_log(x):
    return mpmath.log(abs(mpmath.gamma(x)))


#: Functions without a rule that could be run to 60 digits.
GAMMAS = ("gamma", "lgamma", "digamma", "lgamma_coefficient")


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
    "sech_squared": lambda x: mpmath.sech(x) ** 2,
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
    return value if isinstance(value, mpf) else mpf(float(value))


def coefficients(name: str, order: int, *operands) -> list:
    """Coefficients ``0..order`` of a primitive of series and numbers, without its rule."""
    with mp.workdps(DIGITS):
        function = FUNCTIONS[name]
        return mpmath.taylor(
            lambda t: function(*(polynomial(x, t) for x in operands)), mpf(0), order
        )


def _sinc_coefficient(n, x):
    """By parts: ``z h_n = sin(z + n pi/2) - n h_{n-1}``, with digits enough for any ``n``."""
    n = int(n)
    lost = 0 if x == 0 else max(0, int(-(n + 1) * mpmath.log10(min(abs(x), 1))))
    with mp.workdps(mp.dps + lost + 2 * n):
        if abs(x) < mpf(10) ** -mp.dps:
            return mpmath.cos(n * mp.pi / 2) / (n + 1) * mp.pi**n / mpmath.factorial(n)
        z = mp.pi * x
        h = mpmath.sin(z) / z
        turns = (mpmath.sin(z), mpmath.cos(z), -mpmath.sin(z), -mpmath.cos(z))
        for m in range(1, n + 1):
            h = (turns[m % 4] - m * h) / z
        return h * mp.pi**n / mpmath.factorial(n)


@lru_cache(maxsize=4096)
def _zeta(n, x, digits):
    return mpmath.zeta(n, x)


def _lgamma_coefficient(n, x):
    """Coefficient ``n`` of the logarithm of gamma (DLMF 5.15.1)."""
    n = int(n)
    if n == 0:
        return _gamma_log(x)
    return mpmath.digamma(x) if n == 1 else (-1) ** n * _zeta(n, x, mp.dps) / n


FUNCTIONS["digamma"] = mpmath.digamma
FUNCTIONS["lgamma_coefficient"] = _lgamma_coefficient
FUNCTIONS["sinc_coefficient"] = _sinc_coefficient


def evaluate(function, *numbers):
    """A primitive's value on mpmath numbers: what the rules are run with at 60 digits."""
    return FUNCTIONS[lookup(function).name](*numbers)


def by_rule(primitive, order: int, *operands, interpreter=Interpreter) -> list:
    """Coefficients by the library's rule, run on mpmath numbers of 60 digits.

    The sums behind the gamma functions end at double precision: `by_composition` is exact.
    """
    with mp.workdps(DIGITS):
        exact = [[_exact(c) for c in x] if isinstance(x, list) else _exact(x) for x in operands]
        return interpret(primitive, order, *exact, scalar=evaluate, interpreter=interpreter)


def by_composition(name: str, order: int, *operands, column=list) -> list:
    """Coefficients of a gamma function from those at the point (DLMF 5.15.1)."""
    with mp.workdps(3 * DIGITS):
        *index, curve = operands
        first = {"digamma": 1, "lgamma_coefficient": index and int(index[0])}.get(name, 0)
        curve = [_exact(c) for c in curve] + [mpf(0)] * (order + 1 - len(curve))
        values = [
            (1 if name != "digamma" else n + 1)
            * mpmath.binomial(first + n, n if name == "lgamma_coefficient" else 0)
            * _lgamma_coefficient(first + n, curve[0])
            for n in range(order + 1)
        ]
        found = list(values)
        compose(found, values, curve)
        if name != "gamma":
            return found
        result = column([mpmath.gamma(curve[0])])
        for k in range(1, order + 1):
            result.append(wdot(found, result, k, 1, k) / k)
        return result


def truth(primitive, order: int, *operands) -> list:
    """What the coefficients in double precision are compared with."""
    if primitive.name in GAMMAS:
        return by_composition(primitive.name, order, *operands)
    return by_rule(primitive, order, *operands)


#: The relative change of numbers by which conditions are estimated.
CHANGE = mpf(2) ** -60
SHAKES = 4


class _Shaken(list):
    """The coefficients that a rule computes, each changed a little, up and down by chance."""

    random = np.random.default_rng(5)

    def append(self, item):
        sign = 1 if self.random.random() < 0.5 else -1
        super().append(item if item is ZERO else item * (1 + sign * CHANGE))


class _Shaking(Interpreter):
    def column(self, items):
        return _Shaken(items)


def sizes(exact, head=0.0):
    """What errors of coefficients are measured by at least: a lower estimate of the condition.

    For coefficient ``k`` the largest of its size, of what a relative change of the operand
    ``head + t`` makes of it, per unit of that change, and of the geometric means of its
    neighbours one and two apart, for coefficients that happen to vanish and that any
    recurrence computes from those.  The last two coefficients serve as neighbours alone.
    """
    size = [abs(c) for c in exact]
    own = list(size[:-2])
    with mp.workdps(DIGITS):
        for k in range(len(own)):
            own[k] = max(own[k], (k + 1) * size[k + 1] * abs(head))
            for d in (1, 2):
                if d <= k:
                    own[k] = max(own[k], mpmath.sqrt(size[k - d] * size[k + d]))
    return own


def conditions(primitive, exact, operands):
    """The condition estimate: the largest of `sizes` and of what small relative changes make.

    Changed are coefficient 0 of one operand after the other (the condition of the problem),
    then every coefficient that the rule computes, on its way, up or down by chance (the
    condition of the recurrence).  Results are per unit of the change.
    """
    own = sizes(exact)
    with mp.workdps(DIGITS):
        for moved in _changed(primitive, len(exact) - 1, operands):
            for k in range(len(own)):
                change = abs(moved[k] - exact[k]) / CHANGE
                own[k] = max(own[k], change if mpmath.isfinite(change) else 0)
    return own


def _changed(primitive, order, operands):
    """The coefficients after each of the small changes."""
    for i, x in enumerate(operands):
        head, rest = (x[0], x[1:]) if isinstance(x, list) else (x, None)
        head = _exact(head) * (1 + CHANGE)
        changed = *operands[:i], head if rest is None else [head, *rest], *operands[i + 1 :]
        with suppress(ZeroDivisionError):  # an exponent that was whole, at base 0
            yield truth(primitive, order, *changed)
    for _ in range(SHAKES):
        if primitive.name in GAMMAS:
            yield by_composition(primitive.name, order, *operands, column=_Shaken)
        else:
            yield by_rule(primitive, order, *operands, interpreter=_Shaking)
