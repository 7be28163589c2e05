"""Functions of one flat vector: every float of the arguments in one array."""

from __future__ import annotations

import itertools
import linecache
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from .._compat import Dispatcher
from ..compiler.functions import memory
from ..errors import ArgumentValueError

_numbers = itertools.count(1)


@dataclass
class Flat:
    """A function of a vector, and of the arguments that are not differentiated."""

    function: Callable
    point: np.ndarray
    constants: tuple
    names: list[str]
    #: The arguments of the user's function at another point.
    arguments: Callable[[np.ndarray], tuple]


class _Writer:
    """The text of the user's arguments as parts of a vector ``z``."""

    def __init__(self) -> None:
        self.point: list[float] = []
        self.names: list[str] = []
        self.constants: list[Any] = []
        self.scope: dict[str, Any] = {}

    def argument(self, name: str, x) -> str:
        if isinstance(x, tuple):
            fields = getattr(x, "_fields", None)
            names = [f"{name}.{f}" for f in fields or ()] or [f"{name}[{i}]" for i in range(len(x))]
            items = [self.argument(n, item) for n, item in zip(names, x, strict=True)]
            if fields is None:
                return f"({''.join(i + ', ' for i in items)})"
            kind = self.known(type(x))
            return f"{kind}({', '.join(items)})"
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            start = len(self.point)
            self.point += [float(v) for v in x.flat]
            places = np.ndindex(x.shape)
            self.names += [f"{name}[{','.join(map(str, p))}]" if p else name for p in places]
            part = f"z[{start}:{len(self.point)}]"
            return part if x.ndim == 1 else f"{part}.reshape({x.shape})"
        if isinstance(x, float | np.floating):
            self.point.append(float(x))
            self.names.append(name)
            return f"z[{len(self.point) - 1}]"
        if x is None or isinstance(x, str):
            return repr(x)
        if isinstance(x, Dispatcher):
            return self.known(x)
        self.constants.append(x)
        return f"c{len(self.constants) - 1}"

    def known(self, obj) -> str:
        name = f"g{len(self.scope)}"
        self.scope[name] = obj
        return name


def _rebuilt(thing, values):
    """An argument with other numbers."""
    if isinstance(thing, tuple):
        items = [_rebuilt(t, values) for t in thing]
        return type(thing)(*items) if hasattr(thing, "_fields") else tuple(items)
    if isinstance(thing, np.ndarray) and thing.dtype.kind == "f":
        return np.array([next(values) for _ in thing.flat]).reshape(thing.shape)
    return next(values) if isinstance(thing, float | np.floating) else thing


def flattened(f, names, args, result: str = "y", weights: tuple = ()) -> Flat:
    """The function of a vector of all floats.

    ``result`` is the text of what is returned, of the user's result ``y`` and weights ``w0``,
    ``w1``, ....  A function is made once for arguments of one form.
    """
    writer = _Writer()
    texts = [writer.argument(n, x) for n, x in zip(names, args, strict=True)]
    if not writer.point:
        raise ArgumentValueError("no argument is a float or an array of floats")
    further = [f"c{k}" for k in range(len(writer.constants))]
    further += [f"w{k}" for k in range(len(weights))]
    parameters = ", ".join(["z", *further])
    text = (
        f"def flat({parameters}):\n    y = function({', '.join(texts)})\n    return {result}\n"
    )
    made = memory(f).setdefault(flattened, {})  # a check that is repeated compiles once
    key = text, tuple(writer.scope.values())
    if key not in made:
        function = f if isinstance(f, Dispatcher) else njit(f)
        made[key] = _defined(text, {"function": function, **writer.scope})

    def arguments(z) -> tuple:
        values = iter([float(v) for v in z])
        return tuple(_rebuilt(x, values) for x in args)

    point = np.array(writer.point)
    constants = (*writer.constants, *weights)
    return Flat(made[key], point, constants, writer.names, arguments)


def _defined(text: str, scope: dict):
    """A compiled function of a text, which reverse mode can read."""
    filename = f"<taylorad.testing {next(_numbers)}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    names = {"np": np, "__name__": "taylorad.generated", **scope}
    exec(compile(text, filename, "exec"), names)
    weakref.finalize(names["flat"], linecache.cache.pop, filename, None)
    return njit(names["flat"])
