"""Where primitives are tested: hundreds of points over the domain and the hard places."""

from __future__ import annotations

import itertools

import numpy as np

#: Further points of each primitive: large, tiny, next to singularities.
HARD: dict[str, list[tuple[float, ...]]] = {
    "exp": [(-700.0,), (700.0,), (1e-300,)],
    "expm1": [(1e-10,), (-1e-10,), (-40.0,), (1e-300,)],
    "log": [(1e-300,), (1e300,), (1.0 + 1e-12,)],
    "log1p": [(1e-18,), (-1e-18,), (1e18,), (-1.0 + 1e-10,)],
    "logaddexp": [(1000.0, 999.0), (-1000.0, 500.0), (0.0, 700.0), (-1e3, -1e3)],
    "logaddexp2": [(2000.0, 1999.0), (0.0, 900.0)],
    "sin": [(1e-300,), (1e6,), (np.pi,)],
    "cos": [(1e-300,), (1e6,), (np.pi / 2,)],
    "tan": [(np.pi / 2 - 1e-6,), (1e-300,), (100.0,)],
    "arcsin": [(1 - 1e-9,), (-1 + 1e-12,), (1e-300,)],
    "arccos": [(1 - 1e-9,), (-1 + 1e-12,), (1e-300,)],
    "arctan": [(1e10,), (-1e100,), (1e-300,)],
    "arctan2": [(1e-10, -1.0), (1e-200, -1e-200), (1e200, 3e200), (0.0, -1.0), (-1e-300, -1.0)],
    "sinh": [(700.0,), (-1e-10,)],
    "cosh": [(700.0,), (1e-10,)],
    "tanh": [(20.0,), (-300.0,), (1e-10,)],
    "arcsinh": [(-1e8,), (1e200,), (1e-10,)],
    "arccosh": [(1 + 1e-10,), (1e200,)],
    "sech_squared": [(20.0,), (-300.0,), (1e-10,)],
    "arctanh": [(1 - 1e-10,), (-1 + 1e-10,), (1e-300,)],
    "erf": [(1e-300,), (5.5,), (-7.0,)],
    "erfc": [(10.0,), (26.0,), (-6.0,), (1e-300,)],
    "gamma": [(1e-5,), (50.0,), (170.0,), (-0.5,), (-10.3,), (-25.7,)],
    "lgamma": [(1e-5,), (1e8,), (-0.5,), (-10.3,), (-25.7,), (1.0,), (2.0,)],
    "digamma": [(1e-5,), (1e8,), (-0.5,), (-10.3,), (-25.7,)],
    "lgamma_coefficient": [(2.0, -0.5), (5.0, 1e5), (3.0, -25.7), (2.0, 1e-3)],
    "sinc": [(0.0,), (1e-10,), (1e-3,), (0.5,), (1.0,), (9.5,), (100.25,)],
    "sinc_coefficient": [(4.0, 0.0), (2.0, 1e-8), (1.0, 30.2)],
    "sqrt": [(1e-300,), (1e300,), (1e-10,)],
    "cbrt": [(1e-300,), (-8.0,), (1e300,)],
    "hypot": [(1e200, 1e200), (3e-200, 4e-200), (1e-8, 1.0), (0.0, 2.0)],
    "power": [(0.0, 2.0), (-2.0, 3.0), (0.0, 5.0), (-1.5, -2.0), (1e-100, 1.5), (1e8, 0.5)],
    "square": [(1e-300,), (1e150,)],
    "divide": [(1.0, 1e-100), (1e-100, 1e100), (0.0, 3.0)],
    "reciprocal": [(1e-100,), (-1e100,)],
    "remainder": [(-7.3, 2.0), (7.3, -2.0), (1e6, 0.7)],
    "fmod": [(-7.3, 2.0), (7.3, -2.0), (1e6, 0.7)],
}


def sample(primitive, count: int, seed: int = 1):
    """Points: ``count`` over the domain, then the hard ones."""
    random = np.random.default_rng(seed)
    low, high = np.array(primitive.domain).T
    for row in random.uniform(low, high, (count, len(low))):
        yield tuple(map(float, row))
    yield from HARD.get(primitive.name, [])


def real_near(name, pattern, point):
    """Whether the function is real around the point with these operands varying."""
    return name != "power" or pattern == "xc" or point[0] > 0


def costly(name) -> bool:
    """Whether a point's exact coefficients take more than milliseconds."""
    return "gamma" in name


def patterns(primitive):
    """Which operands vary: every choice but none; indices (a domain of one point) never do."""
    fixed = [low == high for low, high in primitive.domain]
    for choice in itertools.product("xc", repeat=primitive.arity):
        pattern = "".join(choice)
        if "x" in pattern and not any(f and p == "x" for f, p in zip(fixed, pattern, strict=True)):
            yield pattern


def variables(point, pattern, slopes=(1.0, 0.75, -0.5)):
    """Operands at a point: the variable ``x + slope t`` where the pattern has an x."""
    return [
        [x, slope] if p == "x" else x for x, slope, p in zip(point, slopes, pattern, strict=False)
    ]
