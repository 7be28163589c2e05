"""What is to be differentiated: a function of one flat vector, and the point.

A user's function of several scalars and arrays is wrapped as a function of one vector,
so that its gradient, Hessian and tensors are those of all the numbers together.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from numba import njit

from .._compat import Dispatcher
from .expression import parse
from .program import Program, compiled
from .usage import UsageError, suggestion
from .values import Value, parse_values


@dataclass
class Problem:
    """A function of a vector ``x`` and of ``constants``, the point and the names."""

    title: str
    names: list[str]
    point: np.ndarray
    function: Callable
    constants: tuple = ()
    held: dict[str, Any] = field(default_factory=dict)
    program: Program | None = None


#: What follows --at, or a row of a table of points.
Values: TypeAlias = "str | tuple[list[Value], dict[str, Value]]"


def _parsed(at: Values) -> tuple[list[Value], dict[str, Value]]:
    return parse_values(at) if isinstance(at, str) else at


def from_expression(text: str, at: Values, fixed: Sequence[str] = ()) -> Problem:
    """The problem of an expression; positional values go by first appearance."""
    positional, named = _parsed(at)
    if positional and named:
        raise UsageError("--at: give all values of an expression by name, or none")
    program = parse(text, named or None)
    names = list(named) or program.variables
    if not program.variables:
        raise UsageError("the expression has no variables: nothing to differentiate by")
    if len(positional or named) != len(program.variables):
        if named:
            unused = ", ".join(n for n in names if n not in program.variables)
            raise UsageError(f"--at: {unused} is not in the expression")
        raise UsageError(
            f"--at: {len(positional)} values for the {len(names)} variables {', '.join(names)}"
        )
    values = named or dict(zip(names, positional, strict=True))
    for name, value in values.items():
        if isinstance(value, list):
            raise UsageError(f"--at: {name} is a list; expressions take numbers")
    if fixed:
        raise UsageError("--fixed goes with FILE.py:FUNCTION; write the number into the expression")
    point = np.array([float(v) for v in values.values()])  # type: ignore[arg-type]
    return Problem(text, names, point, program.compiled(names), program=program)


def from_file(target: str, at: Values, fixed: Sequence[str] = ()) -> Problem:
    """The problem of ``FILE.py:FUNCTION``."""
    return from_function(load(target), target.rpartition(":")[2], at, fixed)


def from_function(function, name: str, at: Values, fixed: Sequence[str] = ()) -> Problem:
    """The problem of a function that was loaded.

    All floats and float arrays are differentiated.  Held fixed are the parameters named in
    ``fixed``, booleans, parameters left to their defaults, and integers where the parameter
    is annotated ``int`` or has an integer default.
    """
    parameters = _parameters(function, name)
    values = _bind(name, parameters, *_parsed(at))
    for unknown in [n for n in fixed if n not in values]:
        raise UsageError(f"--fixed: {unknown} is not given in --at{suggestion(unknown, values)}")
    names: list[str] = []
    point: list[float] = []
    constants: list[Any] = []
    held: dict[str, Any] = {}
    arguments: list[str] = []
    for key, value in values.items():
        if key in fixed or _is_fixed(parameters[key], value):
            arguments.append(f"c{len(constants)}")
            held[key] = np.array(value) if isinstance(value, list) else value
            constants.append(held[key])
            continue
        numbers = _floats(key, value)
        start, stop = len(point), len(point) + numbers.size
        arguments.append(f"x[{start}]" if numbers.ndim == 0 else f"x[{start}:{stop}]")
        if numbers.ndim > 1:
            arguments[-1] += f".reshape({numbers.shape})"
        names += [key + _index(i) for i in np.ndindex(numbers.shape)]
        point += numbers.ravel().tolist()
    if not point:
        raise UsageError(f"{name}: no value is left to differentiate by")
    wrapped = _wrap(function, arguments, len(constants))
    shown = f"{name}({', '.join(values)})"
    return Problem(shown, names, np.array(point), wrapped, tuple(constants), held)


def load(target: str):
    """The function that ``FILE.py:FUNCTION`` names."""
    file, colon, name = target.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise UsageError(f"expected FILE.py:FUNCTION, got {target!r}")
    path = Path(file)
    if not path.is_file():
        raise UsageError(f"no such file: {file}")
    module = _import(path)
    function = getattr(module, name, None)
    if function is None:
        known = [n for n, v in vars(module).items() if _is_function(v)]
        raise UsageError(f"{file} has no function {name!r}{suggestion(name, known)}")
    if not _is_function(function):
        raise UsageError(f"{name} in {file} is no function but of type {type(function).__name__}")
    return function


def _is_function(value) -> bool:
    return isinstance(value, Dispatcher) or inspect.isfunction(value)


def _import(path: Path) -> ModuleType:
    """Run a file as a module under its own name, next to its neighbours."""
    name = path.stem if path.stem not in sys.modules else f"_taylorad_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"not a Python file: {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise UsageError(f"{path}: {error.msg} (line {error.lineno})") from error
    finally:
        sys.path.pop(0)
    return module


def _parameters(function, name: str) -> dict[str, inspect.Parameter]:
    python = function.py_func if isinstance(function, Dispatcher) else function
    parameters = dict(inspect.signature(python).parameters)
    for p in parameters.values():
        if p.kind not in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY):
            raise UsageError(f"{name}: parameter {p} has no fixed place; name each argument")
    return parameters


def _bind(name, parameters, positional, named) -> dict[str, Value]:
    """Parameter to value, in the function's order and without gaps."""
    if len(positional) > len(parameters):
        takes = f"{name} takes {len(parameters)}: {', '.join(parameters)}"
        raise UsageError(f"--at: {len(positional)} values, but {takes}")
    values = dict(zip(parameters, positional, strict=False))
    for key, value in named.items():
        if key not in parameters:
            takes = f"{name} takes {', '.join(parameters)}"
            raise UsageError(f"--at: {key} is no argument{suggestion(key, parameters)} ({takes})")
        if key in values:
            raise UsageError(f"--at: {key} has a value already")
        values[key] = value
    missing = [n for n, p in parameters.items() if n not in values and p.default is p.empty]
    if missing:
        raise UsageError(f"--at: no value for {', '.join(missing)}")
    bound: dict[str, Value] = {}
    last = max((i for i, n in enumerate(parameters) if n in values), default=-1)
    for n in list(parameters)[: last + 1]:
        if n not in values:
            raise UsageError(f"--at: give {n} too, since a later argument is given")
        bound[n] = values[n]
    return bound


def _is_fixed(parameter: inspect.Parameter, value: Value) -> bool:
    """Whether a value is no number to differentiate by."""
    if isinstance(value, bool):
        return True
    discrete = parameter.annotation in (int, bool, "int", "bool")
    discrete |= isinstance(parameter.default, int | np.integer)
    return discrete and isinstance(value, int)


def _floats(name: str, value: Value) -> np.ndarray:
    try:
        numbers = np.array(value, dtype=float)
    except ValueError:
        raise UsageError(f"--at: the rows of {name} differ in length") from None
    if numbers.size == 0:
        raise UsageError(f"--at: {name} is empty")
    return numbers


def _index(index: tuple[int, ...]) -> str:
    return f"[{','.join(map(str, index))}]" if index else ""


def _wrap(function, arguments: Sequence[str], constants: int):
    """``function`` as a compiled function of one vector and of constants."""
    parameters = ", ".join(["x", *(f"c{i}" for i in range(constants))])
    source = f"def flat({parameters}):\n    return function({', '.join(arguments)})\n"
    inner = function if isinstance(function, Dispatcher) else njit(function)
    scope: dict[str, Any] = {"function": inner, "__name__": "taylorad.generated"}
    return compiled(source, "flat", scope)
