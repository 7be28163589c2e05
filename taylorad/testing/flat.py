"""Functions of one flat vector: every float of the arguments in one array."""

from __future__ import annotations

import copy
import itertools
import linecache
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
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
    names: list[str]
    #: The numbers of the arguments that are differentiated by.
    argnums: list[int]
    #: The arguments of the user's function that it was made for.
    args: tuple
    _constants: tuple

    @property
    def constants(self) -> tuple:
        """The arguments that are not differentiated; the program may write to them."""
        return tuple(x.copy() if isinstance(x, np.ndarray) else x for x in self._constants)

    def at(self, point: np.ndarray) -> Flat:
        """The same at another point."""
        return replace(self, point=point)

    def call(self, function: Callable, *directions):
        """A function of the vector, of directions and of the constants, at the point.

        It may write to what it is given, as the program does.
        """
        return function(self.point.copy(), *directions, *self.constants)

    @property
    def arguments(self) -> tuple:
        """The arguments of the user's function."""
        values = iter(self.point.tolist())
        return tuple(
            _rebuilt(x, values) if k in self.argnums else copy.deepcopy(x)
            for k, x in enumerate(self.args)
        )


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
        return self.constant(x)

    def constant(self, x) -> str:
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


def floats_of(thing) -> Iterator[float]:
    """The floats in a number, an array, or tuples of these."""
    if isinstance(thing, tuple):
        for item in thing:
            yield from floats_of(item)
    elif isinstance(thing, np.ndarray) and thing.dtype.kind == "f":
        yield from map(float, thing.flat)
    elif isinstance(thing, float | np.floating):
        yield float(thing)


def chosen_arguments(args, argnums: int | Sequence[int] | None) -> list[int]:
    """The numbers of the arguments to differentiate by: those that hold floats."""
    if argnums is None:
        return [k for k, x in enumerate(args) if any(True for _ in floats_of(x))]
    chosen = [argnums] if isinstance(argnums, int) else list(argnums)
    for k in chosen:
        if not 0 <= k < len(args):
            raise ArgumentValueError(f"argnums: there is no argument {k} among {len(args)}")
    return sorted(chosen)


def flattened(f, names, args, argnums=None, result: str = "y", weights: tuple = ()) -> Flat:
    """The function of a vector of all floats of the arguments ``argnums``; of all by default.

    ``result`` is the text of what is returned, of the user's result ``y`` and weights ``w0``,
    ``w1``, ....  A function is made once for arguments of one form; one that is of a vector
    already is taken as it is.
    """
    writer = _Writer()
    chosen = chosen_arguments(args, argnums)
    texts = [
        writer.argument(n, x) if k in chosen else writer.constant(x)
        for k, (n, x) in enumerate(zip(names, args, strict=True))
    ]
    if not writer.point:
        raise ArgumentValueError("no argument is a float or an array of floats")
    further = [f"c{k}" for k in range(len(writer.constants))]
    further += [f"w{k}" for k in range(len(weights))]
    point, constants = np.array(writer.point), (*writer.constants, *weights)
    made = memory(f).setdefault(flattened, {})  # a check that is repeated compiles once
    function = f if isinstance(f, Dispatcher) else made.setdefault("compiled", njit(f))
    if result == "y" and texts == [f"z[0:{point.size}]", *further]:
        return Flat(function, point, writer.names, chosen, args, constants)
    parameters = ", ".join(["z", *further])
    text = (
        f"def flat({parameters}):\n    y = function({', '.join(texts)})\n    return {result}\n"
    )
    key = text, tuple(writer.scope.values())
    if key not in made:
        made[key] = _defined(text, {"function": function, **writer.scope})
    return Flat(made[key], point, writer.names, chosen, args, constants)


def _defined(text: str, scope: dict):
    """A compiled function of a text, which reverse mode can read."""
    filename = f"<taylorad.testing {next(_numbers)}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    names = {"np": np, "__name__": "taylorad.generated", **scope}
    exec(compile(text, filename, "exec"), names)
    weakref.finalize(names["flat"], linecache.cache.pop, filename, None)
    return njit(names["flat"])
