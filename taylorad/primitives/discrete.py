"""Locally constant functions: their values are plain numbers that carry no derivative."""

from __future__ import annotations

import math
import operator

import numpy as np

from .registry import Discrete, primitive

_STEPS = "derivative 0 everywhere, also at the jumps"

_of_one: tuple[tuple[str, tuple], ...] = (
    ("sign", (np.sign,)),
    ("floor", (math.floor, np.floor)),
    ("ceil", (math.ceil, np.ceil)),
    ("trunc", (math.trunc, np.trunc)),
    ("rint", (np.rint,)),
    ("spacing", (np.spacing,)),
    ("isnan", (math.isnan, np.isnan)),
    ("isinf", (math.isinf, np.isinf)),
    ("isfinite", (math.isfinite, np.isfinite)),
    ("signbit", (np.signbit,)),
    ("int", (int,)),
    ("bool", (bool,)),
    ("not", (operator.not_, np.logical_not)),
)
for _name, _functions in _of_one:
    primitive(
        _name,
        _functions,
        rule=Discrete(),
        partials=(lambda a: 0.0,),
        nonsmooth=_STEPS,
        complex=_name in ("isnan", "isinf", "isfinite", "bool", "not"),
    )

_of_two: tuple[tuple[str, tuple], ...] = (
    ("floor_divide", (operator.floordiv, operator.ifloordiv, np.floor_divide)),
    ("less", (operator.lt, np.less)),
    ("less_equal", (operator.le, np.less_equal)),
    ("greater", (operator.gt, np.greater)),
    ("greater_equal", (operator.ge, np.greater_equal)),
    ("equal", (operator.eq, np.equal)),
    ("not_equal", (operator.ne, np.not_equal)),
    ("logical_and", (np.logical_and,)),
    ("logical_or", (np.logical_or,)),
    ("logical_xor", (np.logical_xor,)),
)
for _name, _functions in _of_two:
    primitive(
        _name,
        _functions,
        rule=Discrete(),
        partials=(lambda a, b: 0.0, lambda a, b: 0.0),
        domain=((-5.0, 5.0), (0.5, 3.0)),
        nonsmooth=_STEPS,
        complex=_name in ("equal", "not_equal"),
    )
