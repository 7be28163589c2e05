"""Operations on whole arrays, written out as operations on their elements.

Arrays hold numbers and nodes side by side; their memory is NumPy's, so that views and
stores mean what they mean in the program.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial

import numpy as np

from ..adjoint.kinds import BOOL, FLOAT, INT, ArrayKind
from ..adjoint.rules import arrays as copies
from ..adjoint.rules import construction, gathering, linear, products, reductions, selection
from ..errors import UnsupportedError
from . import matrices
from .node import Node, value_of

#: By the rule itself: ``made(recorder, op, *arrays)``.
RULES: dict[object, Callable] = {}
#: The same by the function that a rule calls.
FUNCTIONS: dict[object, Callable] = {}
_CONVERSIONS = {FLOAT: float, INT: int, BOOL: bool}


def as_kind(x, kind):
    """A number or an array as one of a kind: plain integers become floats."""
    if isinstance(kind, ArrayKind):
        if not isinstance(x, np.ndarray):
            return as_kind(x, kind.dtype)
        if kind.dtype != FLOAT or x.dtype == np.float64:
            return x
        if x.dtype == object and not any(type(v) is int for v in x.flat):
            return x  # not a copy: others may refer to its memory
        return objects([as_kind(v, FLOAT) for v in x.flat], x.shape)
    if isinstance(x, Node) or kind not in _CONVERSIONS:
        return x
    return _CONVERSIONS[kind](x)


def objects(items, shape) -> np.ndarray:
    """An array of numbers and nodes."""
    made = np.empty(len(items), dtype=object)
    for i, item in enumerate(items):
        made[i] = item.item() if isinstance(item, np.generic) else item
    return made.reshape(shape)


def element_name(name: str, place: tuple[int, ...], shape) -> str:
    """``x[0,1]``; places from the end are counted from the start."""
    if not name:
        return ""
    if not place:
        return name
    return f"{name}[{','.join(str(i % n) for i, n in zip(place, shape, strict=False))}]"


def elementwise(recorder, fn, args, dtype, name="") -> np.ndarray:
    """A function of numbers on arrays, element by element."""
    arrays = np.broadcast_arrays(*(_object(a) for a in args))
    shape = arrays[0].shape
    operands = zip(np.ndindex(shape), *(a.flat for a in arrays), strict=True)
    return objects(
        [
            recorder.apply(fn, items, dtype, element_name(name, place, shape))
            for place, *items in recorder.each(operands)
        ],
        shape,
    )


def _object(x) -> np.ndarray:
    if isinstance(x, np.ndarray):
        return objects(list(x.flat), x.shape)
    made = np.empty((), dtype=object)
    made[()] = x
    return made


def whole(recorder, op, args, name):
    """The result of an array rule."""
    rule = op.fn
    made = RULES.get(rule) or FUNCTIONS.get(getattr(rule, "function", None))
    if made is None:
        raise UnsupportedError(
            f"{getattr(rule, '__name__', rule)}() cannot be recorded; write a loop over the "
            "elements"
        )
    found = made(recorder, op, *args)
    if isinstance(found, Node):
        found.name = found.name or name
    return found


def known(recorder, x: np.ndarray, dtype) -> np.ndarray:
    """An array that the program's way depends on, as plain numbers."""
    return np.array([recorder.known(v, "order") for v in x.flat], dtype=dtype).reshape(x.shape)


def _values(x: np.ndarray) -> np.ndarray:
    return np.array([value_of(v) for v in x.flat], dtype=float).reshape(x.shape)


def _rule(*rules):
    return lambda made: RULES.update(dict.fromkeys(rules, made)) or made


def _function(*functions):
    return lambda made: FUNCTIONS.update(dict.fromkeys(functions, made)) or made


# -- copies, parts, ranges ---------------------------------------------------------------


@_rule(copies.COPY, copies.ASTYPE)
def _copy(recorder, op, x):
    return objects(list(x.flat), x.shape)


@_rule(copies.ASFORTRAN)
def _as_fortran(recorder, op, x):
    return np.asfortranarray(_copy(recorder, op, x))


@_rule(copies.FLATTEN)
def _flatten(recorder, op, x):
    return objects(list(x.flat), (x.size,))


@_rule(gathering.TAKE)
def _take(recorder, op, x, indices):
    return x[known(recorder, indices, int)]


@_rule(gathering.MEDIAN)
def _median(recorder, op, x):
    order = np.argsort(_values(x), kind="stable")
    n = x.size
    upper, lower = x[order[n // 2]], x[order[(n - 1) // 2]]
    if n % 2:
        return upper
    return recorder.apply(operator.mul, [recorder.apply(operator.add, [lower, upper]), 0.5])


@_rule(selection.TRIL, selection.TRIU)
def _triangle(recorder, op, x):
    k = op.attr[0] if op.attr else 0
    keep = op.fn.function(np.ones(x.shape), k) != 0
    return objects([v if kept else 0.0 for v, kept in zip(x.flat, keep.flat, strict=True)], x.shape)


@_rule(construction.ARANGE)
def _arange(recorder, op, *ends):
    start, step = (ends[0], ends[2]) if len(ends) > 2 else (0, 1) if len(ends) < 2 else (ends[0], 1)
    count = len(np.arange(*(recorder.known(e, "index") for e in ends)))
    kind = op.outs[0].kind.dtype

    def item(k):
        return recorder.apply(operator.add, [start, recorder.apply(operator.mul, [k, step], kind)],
                              kind)  # fmt: skip

    return objects([item(k) for k in recorder.each(range(count))], (count,))


@_rule(construction.LINSPACE)
def _linspace(recorder, op, start, stop, count):
    n = recorder.index(count)
    width = recorder.apply(operator.sub, [stop, start])
    step = recorder.apply(operator.truediv, [width, float(max(n - 1, 1))])
    items = [
        recorder.apply(operator.add, [start, recorder.apply(operator.mul, [float(k), step])])
        for k in recorder.each(range(n))
    ]
    if n > 1:
        items[-1] = stop
    return objects(items, (n,))


@_function(np.argsort, np.argmax, np.argmin)
def _order(recorder, op, x):
    named = dict(c for c in op.attr or () if isinstance(c, tuple))
    for v in x.flat:
        recorder.known(v, "order")
    return op.fn.function(_values(x), **named)


@_function(np.any, np.all, np.flatnonzero, np.count_nonzero)
def _of_truths(recorder, op, x):
    return op.fn.function(known(recorder, x, None).astype(bool))


@_function(np.searchsorted)
def _searchsorted(recorder, op, x, v):
    values = known(recorder, v, float) if isinstance(v, np.ndarray) else recorder.known(v, "order")
    return np.searchsorted(known(recorder, x, float), values)


# -- sums, products, moments -------------------------------------------------------------


def fold(recorder, fn, items, kind=FLOAT, first=0.0):
    """``fn`` over the items from the left."""
    items = list(items)
    total = items[0] if items else first
    for item in recorder.each(items[1:], "terms"):
        total = recorder.apply(fn, [total, item], kind)
    return total


def _kind(op):
    kind = op.outs[0].kind
    return kind.dtype if isinstance(kind, ArrayKind) else kind


@_rule(reductions.SUM)
def _sum(recorder, op, x):
    return fold(recorder, operator.add, x.flat, _kind(op))


@_rule(reductions.SUM_ALONG)
def _sum_along(recorder, op, x):
    moved = np.moveaxis(x, op.attr[0], -1)
    shape = moved.shape[:-1]
    places = recorder.each(np.ndindex(shape))
    return objects([fold(recorder, operator.add, moved[p], _kind(op)) for p in places], shape)


@_rule(reductions.PROD)
def _prod(recorder, op, x):
    return fold(recorder, operator.mul, x.flat, _kind(op), 1.0)


@_rule(reductions.MEAN)
def _mean(recorder, op, x):
    return recorder.apply(operator.truediv, [fold(recorder, operator.add, x.flat), float(x.size)])


@_rule(reductions.VAR)
def _var(recorder, op, x):
    mean = _mean(recorder, op, x)
    centred = [recorder.apply(operator.sub, [v, mean]) for v in recorder.each(x.flat)]
    total = fold(recorder, operator.add, _squares(recorder, centred))
    return recorder.apply(operator.truediv, [total, float(x.size)])


@_rule(reductions.STD)
def _std(recorder, op, x):
    return recorder.apply(np.sqrt, [_var(recorder, op, x)])


def _squares(recorder, items):
    return [recorder.apply(operator.mul, [v, v]) for v in recorder.each(items)]


@_rule(reductions.NORM)
def _norm(recorder, op, x):
    return recorder.apply(np.sqrt, [fold(recorder, operator.add, _squares(recorder, x.flat))])


@_rule(reductions.NORM_ONE)
def _norm_one(recorder, op, x):
    sizes = [recorder.apply(np.absolute, [v]) for v in recorder.each(x.flat)]
    return fold(recorder, operator.add, sizes)


def _running(fn, recorder, op, x):
    items = [fold(recorder, fn, x.flat[:1], _kind(op))] if x.size else []
    for v in recorder.each(x.flat[1:]):
        items.append(recorder.apply(fn, [items[-1], v], _kind(op)))
    return objects(items, x.shape)


_rule(reductions.CUMSUM)(partial(_running, operator.add))
_rule(reductions.CUMPROD)(partial(_running, operator.mul))


# -- linear algebra ----------------------------------------------------------------------


@_rule(products.MATMUL, products.DOT, products.VDOT, products.MATRIX_PRODUCT)
def _product(recorder, op, a, b):
    return matrices.product(recorder, _object(a), _object(b))


@_rule(products.OUTER)
def _outer(recorder, op, a, b):
    shape = (a.size, b.size)
    pairs = recorder.each((x, y) for x in a.flat for y in b.flat)
    return objects([recorder.apply(operator.mul, [x, y]) for x, y in pairs], shape)


@_rule(products.TRACE)
def _trace(recorder, op, a):
    return fold(recorder, operator.add, np.diagonal(a, *(op.attr or ())), _kind(op))


@_rule(linear.SOLVE)
def _solve(recorder, op, a, b):
    return matrices.solve(recorder, a, b)


@_rule(linear.INV)
def _inv(recorder, op, a):
    return matrices.solve(recorder, a, _object(np.eye(len(a))))


@_rule(linear.DET)
def _det(recorder, op, a):
    diagonal, sign, _ = matrices.eliminate(recorder, a)
    return recorder.apply(operator.mul, [float(sign), fold(recorder, operator.mul, diagonal)])


@_rule(linear.LOG_DET)
def _log_det(recorder, op, a):
    diagonal, _, _ = matrices.eliminate(recorder, a)
    sizes = [recorder.apply(np.absolute, [d]) for d in recorder.each(diagonal)]
    logs = [recorder.apply(np.log, [s]) for s in recorder.each(sizes)]
    return fold(recorder, operator.add, logs)


@_rule(linear.SIGN_OF_DET)
def _sign_of_det(recorder, op, a):
    diagonal, sign, _ = matrices.eliminate(recorder, a)
    signs = [recorder.apply(np.sign, [d]) for d in recorder.each(diagonal)]
    return recorder.apply(operator.mul, [float(sign), fold(recorder, operator.mul, signs)])


@_rule(linear.CHOLESKY)
def _cholesky(recorder, op, a):
    return matrices.cholesky(recorder, a)
