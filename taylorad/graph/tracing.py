"""Tracing: from a function and its arguments to the graph of what it did with them."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from types import FunctionType
from typing import Any

import numpy as np
from numba import typeof

from .._compat import Dispatcher
from ..adjoint.frontend import Static, build
from ..adjoint.kinds import Named, OpaqueKind, kind_of
from ..adjoint.transforms import Transforms
from ..checks import order_of
from ..errors import ArgumentTypeError, ArgumentValueError, UnsupportedError
from . import arrays
from .execution import executed
from .forms import Form, items_of
from .graph import Graph
from .recorder import Recorder


def trace(
    f,
    *args,
    limit: int = 20_000,
    argnums: int | Sequence[int] | None = None,
    name: str = "",
    names: Sequence[str] = (),
) -> Graph:
    """The computational graph of a function at a point.

    Parameters
    ----------
    f : function
        An ``@njit`` function or a plain Python function.
    *args
        Its arguments.  Floats and the elements of float arrays, in tuples too, are the
        inputs; integers and bools are constants.
    limit : int, default 20000
        The most operations that are recorded.
    argnums : int or sequence of ints, optional
        The arguments whose floats are inputs; by default all.
    name : str, optional
        Another name for the function.
    names : sequence of str, optional
        Other names for the inputs, one a float, in the order of the arguments.

    Returns
    -------
    Graph
        Printed, it is the table of steps: expression, value, tangent, adjoint, line.
        `to_mermaid`, `to_dot` and `to_svg` draw it, `to_sympy` is the formula, `counts` and
        `costs` what it costs.

    Raises
    ------
    UnsupportedError
        Where reverse mode would refuse the function, with the line.
    ArgumentTypeError
        If ``f`` is no function, or an argument is a list or complex.
    ArgumentValueError
        If the function does more operations than ``limit``.

    Notes
    -----
    The function runs once: loops are unrolled, branches followed.  The graph is that of this
    way through the program; `Graph.decisions` tells where it depended on the inputs.

    Examples
    --------
    >>> import math
    >>> import taylorad as ta
    >>> def f(x, y):
    ...     return math.log(x) + x * y
    >>> print(ta.trace(f, 2.0, 5.0))
    f at x = 2, y = 5; tangent along x
    step  name  expression    value  tangent  adjoint  line
      v0  x     input             2        1      5.5
      v1  y     input             5        0        2
      v2        log(x)     0.693147      0.5        1     2
      v3        x * y            10        5        1     2
      v4  f     v2 + v3     10.6931      5.5        1     2
    """
    return recorded(f, args, limit, argnums, name, names)


def recorded(
    f, args, limit: int, argnums=None, name="", names=(), checked: bool | None = None
) -> Graph:
    """The graph; with ``checked`` False divisions by zero go on, whatever the program does."""
    function = _python(f)
    order_of(limit, "limit", 1)
    bound = _bound(f, function, args)
    recorder = Recorder(limit)
    kinds = {p: _kind(function.__name__, p, x) for p, x in bound.items()}
    if checked is None:
        options = f.targetoptions if isinstance(f, Dispatcher) else {}
        checked = options.get("error_model", "python") == "python"
    made, things = build(function, kinds, checked=checked, lists=True, shares=False)
    wrt = range(len(bound)) if argnums is None else np.atleast_1d(argnums)
    given = {
        p: _recorded(recorder if k in wrt else None, p, x) for k, (p, x) in enumerate(bound.items())
    }
    if names:
        if len(names) != len(recorder.nodes):
            raise ArgumentValueError(f"names: {len(names)} for {len(recorder.nodes)} floats")
        for node, other in zip(recorder.nodes, names, strict=True):
            node.name = other
    # the program may write to the arrays
    inputs = {p: Form.of(x) for p, x in given.items() if any(items_of(x))}
    try:
        with np.errstate(all="ignore"):
            result = executed(recorder, made, things, given)
    except RecursionError:
        raise UnsupportedError(
            f"{function.__name__} calls itself too deeply to be recorded"
        ) from None
    graph = Graph(name or function.__name__, function, f, args, recorder, inputs, result)
    graph.renamed = bool(names)
    return graph


def _python(f) -> FunctionType:
    """The plain function whose source is read."""
    if isinstance(f, Transforms.kind):
        raise UnsupportedError(
            f"{getattr(f, '__name__', f)} is a derivative; trace the function itself: its graph "
            "shows tangents and adjoints"
        )
    if isinstance(f, Dispatcher):
        return f.py_func
    if isinstance(f, FunctionType):
        return f
    raise ArgumentTypeError(f"expected an @njit function or a Python function, got {f!r}")


def _bound(f, function: FunctionType, args) -> dict[str, Any]:
    """The arguments by parameter, defaults filled in."""
    signature = inspect.signature(function)
    try:
        found = signature.bind(*args)
    except TypeError as error:
        raise ArgumentTypeError(f"{function.__name__}: {error}") from None
    found.apply_defaults()
    return dict(found.arguments)


def _kind(function: str, name: str, x):
    """The kind of an argument."""
    if x is None or isinstance(x, str | Dispatcher):
        return Static(x)
    if isinstance(x, list):
        raise ArgumentTypeError(
            f"{function}: argument {name!r} is a list; pass np.array({name})"
        )
    if isinstance(x, tuple):
        made = [_kind(function, name, item) for item in x]
        return Named.of(type(x), made) if hasattr(x, "_fields") else tuple(made)
    try:
        kind = kind_of(typeof(x))
    except ValueError:
        raise ArgumentTypeError(f"{function}: argument {name!r} is {x!r}, no number") from None
    if isinstance(kind, OpaqueKind) or "complex" in (kind, getattr(kind, "dtype", kind)):
        raise ArgumentTypeError(
            f"{function}: argument {name!r} is of type {typeof(x)}; a graph is of real numbers "
            "and arrays of them"
        )
    return kind


def _recorded(recorder: Recorder | None, name: str, x):
    """An argument with its floats as inputs; as constants without a recorder."""
    if isinstance(x, tuple):
        fields = getattr(x, "_fields", None)
        names = [f"{name}.{f}" for f in fields] if fields else [
            f"{name}[{i}]" for i in range(len(x))
        ]  # fmt: skip
        made = [_recorded(recorder, n, item) for n, item in zip(names, x, strict=True)]
        return type(x)(*made) if fields else tuple(made)
    if isinstance(x, np.ndarray):
        if x.dtype.kind != "f":
            return x.copy()
        names = [arrays.element_name(name, place, x.shape) for place in np.ndindex(x.shape)]
        items = [_recorded(recorder, n, float(v)) for n, v in zip(names, x.flat, strict=True)]
        return arrays.objects(items, x.shape)
    if recorder is not None and isinstance(x, float | np.floating):
        return recorder.input(float(x), name)
    return x.item() if isinstance(x, np.generic) else x
