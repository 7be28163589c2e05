"""Drivers: the generated functions that transforms return.

A driver is a few lines of Python text around the twin of the user's function, compiled
by Numba under the user's own parameter names and defaults.
"""

from __future__ import annotations

import inspect
import itertools
import linecache
import threading
import weakref
from dataclasses import dataclass
from types import FunctionType

from numba.core import types
from numba.core.dispatcher import Dispatcher

from .._compat import CPUDispatcher
from ..errors import ArgumentTypeError, ArgumentValueError
from . import messages
from .passes import TwinCompiler
from .twin import options_of, python_function, twin

_lock = threading.RLock()
_numbers = itertools.count(1)


class Derivative(CPUDispatcher):
    """A compiled derivative: callable from Python and from compiled code."""

    def __init__(self, py_func, recipe, text, parameters, options):
        self._recipe = recipe  # first: Numba names the dispatcher's type by its repr
        self.text = text
        self.parameters = parameters
        super().__init__(py_func, {}, options, TwinCompiler)

    def compile(self, sig):
        args = sig if isinstance(sig, tuple) else getattr(sig, "args", ())
        self.parameters.check(args)
        return super().compile(sig)

    def _compile_for_args(self, *args, **kws):
        with messages.translated(self):
            return super()._compile_for_args(*args, **kws)

    def __reduce__(self):
        return _again, self._recipe

    def __repr__(self):
        transform, f, options = self._recipe
        shown = ", ".join(f"{k}={v!r}" for k, v in options)
        name = getattr(f, "__name__", repr(f))
        return f"<taylorad.{transform.__name__}({', '.join(filter(None, [name, shown]))})>"


def _again(transform, f, options):
    return transform(f, **dict(options))


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
        several = isinstance(argnums, tuple | list)
        active = tuple(argnums) if several else (argnums,)
        for i in active:
            if not isinstance(i, int) or isinstance(i, bool):
                raise ArgumentTypeError(f"argnums must be an int or a tuple of ints, got {argnums!r}")
        active = tuple(i + len(names) if i < 0 else i for i in active)
        if not active or len(set(active)) < len(active) or any(
            not 0 <= i < len(names) for i in active
        ):
            raise ArgumentValueError(
                f"argnums={argnums!r} does not fit {py_func.__name__}({', '.join(names)})"
            )
        return cls(py_func.__name__, names, defaults, variadic, active, several)

    def check(self, args) -> None:
        """Refuse argument types that cannot be differentiated, by name."""
        for i, kind in enumerate(args):
            name = self.names[i] if i < len(self.names) else self.variadic
            if isinstance(kind, types.List | types.ListType):
                raise ArgumentTypeError(
                    f"{self.function}: argument {name!r} is a list; pass np.array({name})"
                )
            if i in self.active:
                dtype = kind.dtype if isinstance(kind, types.Array) else types.unliteral(kind)
                if isinstance(dtype, types.Integer | types.Boolean):
                    fix = f"{name}.astype(float)" if dtype is not kind else f"float({name})"
                    raise ArgumentTypeError(
                        f"{self.function}: cannot differentiate with respect to {name!r}, which "
                        f"is of integer type ({kind}); pass {fix}"
                    )


class Text:
    """What a transform needs to write its driver."""

    def __init__(self, f, argnums):
        self.parameters = Parameters.of(f, argnums)
        names = self.parameters.names
        taken = set(names) | {self.parameters.variadic}
        self.active = [names[i] for i in self.parameters.active]
        self._taken = taken

    def fresh(self, name: str) -> str:
        """``name``, or a variation of it that is no parameter of the user's."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def call(self, **replaced) -> str:
        """The call of the user's function with some arguments replaced."""
        p = self.parameters
        arguments = [replaced.get(n, n) for n in p.names]
        if p.variadic:
            arguments.append("*" + p.variadic)
        return f"{self.function_name}({', '.join(arguments)})"

    @property
    def function_name(self) -> str:
        name = self.parameters.function
        name = name if name.isidentifier() else "function"
        while name in self._taken:
            name += "_"
        return name

    @property
    def others(self) -> str:
        """A tuple of the arguments that are not differentiated."""
        p = self.parameters
        rest = [n for n in p.names if n not in self.active]
        if p.variadic:
            rest.append(p.variadic)
        return "(" + "".join(f"{n}, " for n in rest) + ")"

    def actives(self, form: str = "{}") -> str:
        """A tuple of the differentiated arguments."""
        return "(" + "".join(form.format(n) + ", " for n in self.active) + ")"


def signature_text(text: Text, after_active: tuple[str, ...] = (), names=None) -> str:
    """The driver's parameters: the user's, with further ones after the differentiated."""
    p = text.parameters
    last = max(p.active)
    parts = []
    defaults_from = min((p.names.index(n) for n in p.defaults), default=len(p.names))
    for i, n in enumerate(p.names):
        keep = n in p.defaults and (not after_active or i > last)
        parts.append(f"{n}=_default_{i}" if keep else n)
        if i == last:
            parts.extend(after_active)
    assert defaults_from >= 0
    if p.variadic:
        parts.append("*" + p.variadic)
    return ", ".join(parts)


def build(transform, f, options, name, text: Text, signature: str, body: str, namespace) -> Derivative:
    """Compile nothing yet: make the dispatcher of a driver from its text."""
    p = text.parameters
    source = f"def {name}({signature}):\n" + "".join(
        f"    {line}\n" for line in body.strip("\n").splitlines()
    )
    filename = f"<taylorad {name} {next(_numbers)}>"
    linecache.cache[filename] = len(source), None, source.splitlines(True), filename
    scope = {"__name__": "taylorad.generated", text.function_name: twin(f), **namespace}
    scope.update({f"_default_{p.names.index(n)}": v for n, v in p.defaults.items()})
    exec(compile(source, filename, "exec"), scope)
    function: FunctionType = scope[name]
    function.__doc__ = f"taylorad.{transform.__name__} of {p.function}."
    recipe = transform, f, options
    return Derivative(function, recipe, source, p, {**options_of(f), "nopython": True})


class _Memo(dict):
    """The derivatives of one function, kept on it so that both are freed together."""

    def __init__(self, owner):
        super().__init__()
        self.owner = weakref.ref(owner)


def remembered(f, key, make) -> Derivative:
    """The derivative of ``f`` under ``key``, made on the first request."""
    if not isinstance(f, Dispatcher | FunctionType):
        python_function(f)  # raises
    with _lock:
        memo = vars(f).get("__taylorad__")
        if memo is None or memo.owner() is not f:
            memo = _Memo(f)
            vars(f)["__taylorad__"] = memo
        if key not in memo:
            memo[key] = make()
        return memo[key]


def source(g) -> str:
    """The generated Python text of a derivative.

    Parameters
    ----------
    g : derivative
        What a transform returned.

    Returns
    -------
    str

    Raises
    ------
    ArgumentTypeError
        If ``g`` is not a function that taylorad generated.
    """
    if not isinstance(g, Derivative):
        raise ArgumentTypeError(f"not a derivative that taylorad generated: {g!r}")
    return g.text
