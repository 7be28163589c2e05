"""The parameters of a user's function, and what may be passed for them."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

import numpy as np
from numba import typeof
from numba.core import types

from ..errors import ArgumentTypeError, ArgumentValueError
from .functions import python_function


def argnums_of(argnums) -> int | tuple[int, ...]:
    """``argnums`` in one form, so that equal requests are recognised."""
    several = isinstance(argnums, tuple | list)
    for i in argnums if several else (argnums,):
        if not isinstance(i, int | np.integer) or isinstance(i, bool):
            raise ArgumentTypeError(f"argnums must be an int or a tuple of ints, got {argnums!r}")
    return tuple(int(i) for i in argnums) if several else int(argnums)


@dataclass
class Parameters:
    """The parameters of a user's function and which of them are differentiated."""

    function: str
    names: list[str]
    defaults: dict[str, object]
    variadic: str | None
    active: tuple[int, ...]
    several: bool

    @classmethod
    def of(cls, f, argnums) -> Parameters:
        """Read the signature; ``argnums`` None stands for every parameter."""
        py_func = python_function(f)
        names, defaults, variadic = [], {}, None
        for p in inspect.signature(py_func).parameters.values():
            if p.kind is p.VAR_POSITIONAL:
                variadic = p.name
            elif p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY):
                names.append(p.name)
                if p.default is not p.empty:
                    defaults[p.name] = p.default
            else:
                raise ArgumentTypeError(
                    f"{py_func.__name__}: parameter {p} cannot be compiled; make it positional"
                )
        several = argnums is None or isinstance(argnums, tuple)
        asked = tuple(range(len(names))) if argnums is None else argnums if several else (argnums,)
        active = tuple(i + len(names) if i < 0 else i for i in asked)
        fits = all(0 <= i < len(names) for i in active) and len(set(active)) == len(active)
        if not active or not fits:
            shown = ", ".join(names + ([f"*{variadic}"] if variadic else []))
            hint = f"; name an argument of *{variadic} to differentiate by it" if variadic else ""
            raise ArgumentValueError(
                f"argnums={argnums!r} does not fit {py_func.__name__}({shown}){hint}"
            )
        return cls(py_func.__name__, names, defaults, variadic, active, several)


@dataclass
class Accepted:
    """What a driver takes: checked by name before anything is compiled."""

    function: str
    names: list[str]
    variadic: str | None
    active: tuple[int, ...]
    several: bool
    wants: str

    def is_number(self, args) -> bool:
        """Whether one argument is differentiated by, and is a number."""
        if self.several or self.active[0] >= len(args):
            return False
        kind = args[self.active[0]]
        kind = typeof(kind.value) if isinstance(kind, types.Omitted) else kind
        return not isinstance(kind, types.Array | types.BaseTuple)

    def has_arrays(self, args) -> bool:
        """Whether there are arrays among what is differentiated by."""
        return any(_has_arrays(args[i]) for i in self.active if i < len(args))

    def check(self, args) -> None:
        """Refuse argument types that cannot be differentiated by."""
        for i, kind in enumerate(args):
            name = self.names[i] if i < len(self.names) else self.variadic
            if isinstance(kind, types.Omitted):
                if self.wants == "series":
                    continue
                kind = typeof(kind.value)
            active = i in self.active
            if isinstance(kind, types.List) or (active and isinstance(kind, types.ListType)):
                self._refuse(f"argument {name!r} is a list; pass np.array({name})")
            if active and self.wants == "series":
                self._check_series(name, kind)
            elif active:
                self._check_active(name, kind)

    def _refuse(self, message):
        raise ArgumentTypeError(f"{self.function}: {message}")

    def _check_active(self, name, kind):
        if self.wants == "number" and isinstance(kind, types.Array | types.BaseTuple):
            self._refuse(
                f"argument {name!r} must be a number, not {kind}; for a direction in many "
                "variables use ta.directional(f, order)(x, v), for all of them ta.derivatives"
            )
        integer = _integer_in(kind)
        if integer is not None:
            fix = f"{name}.astype(float)" if isinstance(kind, types.Array) else "floats"
            fix = f"float({name})" if integer is kind else fix
            self._refuse(
                f"cannot differentiate with respect to {name!r}, which is of integer type "
                f"({kind}); pass {fix}"
            )
        if not isinstance(kind, types.Array | types.BaseTuple | types.Float | types.Complex):
            if hasattr(kind, "depth"):
                return
            self._refuse(
                f"cannot differentiate with respect to {name!r} of type {kind}; pass a float, "
                "an array of floats, or a tuple of these"
            )

    def _check_series(self, name, kind):
        if isinstance(kind, types.Float | types.Complex):
            self._refuse(
                f"argument {name!r} is a number; pass its coefficient series, an array of "
                "order + 1 rows (a constant c is the series c, 0, 0, ...)"
            )


def _has_arrays(kind) -> bool:
    if isinstance(kind, types.BaseTuple):
        return any(map(_has_arrays, kind.types))
    return isinstance(kind, types.Array)


def _integer_in(kind):
    """An integer or bool type in the type of a differentiated argument."""
    if isinstance(kind, types.BaseTuple):
        return next(filter(None, map(_integer_in, kind.types)), None)
    if isinstance(kind, types.Array):
        return _integer_in(kind.dtype)
    return kind if isinstance(kind, types.Integer | types.Boolean) else None
