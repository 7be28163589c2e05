"""Drivers: the generated functions that transforms return.

A driver is a few lines of Python text around the twin of the user's function, compiled
by Numba under the user's own parameter names and defaults.
"""

from __future__ import annotations

import itertools
import linecache
import textwrap
import threading
import weakref
from typing import Any

from numba import typeof

from .._compat import CPUDispatcher, global_compiler_lock
from ..errors import ArgumentTypeError
from ..jets import coefficients, dense, seeding
from . import messages
from .arguments import Accepted, Parameters, argnums_of
from .passes import TwinCompiler
from .twin import memory, options_of, python_function, twin, without_annotation

_lock = threading.RLock()
_numbers = itertools.count(1)


class Derivative(CPUDispatcher):
    """A compiled derivative: callable from Python and from compiled code.

    ``first``, where there is one, is compiled in place of ``py_func`` until that fails: the
    same driver with seeds of known degree, which a function may not store into.
    ``of_number``, where there is one, is compiled where the differentiated argument is a
    number.
    """

    def __init__(self, py_func, first, of_number, recipe, text, accepted, options):
        self._recipe = recipe  # before all: Numba names the dispatcher's type by its repr
        self.text = text
        self.accepted = accepted
        super().__init__(py_func, {}, options, TwinCompiler)
        self._whole = self._compiler
        self._of_number = None
        if first is not None:
            self._compiler = self._compiler_of(first)
        if of_number is not None:
            self._of_number = self._compiler_of(of_number)

    def _compiler_of(self, py_func):
        make = type(self._compiler)
        return make(py_func, self.targetdescr, self.targetoptions, {}, TwinCompiler)

    def compile(self, sig):
        with messages.translated(self), global_compiler_lock:
            args = sig if isinstance(sig, tuple) else getattr(sig, "args", ())
            self.accepted.check(args)
            if self._of_number is not None:
                number = self.accepted.is_number(args)
                self._compiler = self._of_number if number else self._whole
            try:
                return super().compile(sig)
            except Exception:  # low degrees may fail in many ways; the retry says what is wrong
                if self._compiler in (self._whole, self._of_number):
                    raise
                self._compiler = self._whole
            return super().compile(sig)

    def _compile_for_args(self, *args, **kws):
        with messages.translated(self):
            return super()._compile_for_args(*args, **kws)

    def add_overload(self, cres):
        super().add_overload(without_annotation(cres))

    def text_for(self, kinds) -> str:
        """The text for arguments of these types."""
        return self.text

    def __reduce__(self):
        return _again, self._recipe

    def __repr__(self):
        transform, f, options = self._recipe
        shown = ", ".join(f"{k}={v!r}" for k, v in options)
        return f"<taylorad.{transform.__name__}({', '.join(filter(None, [name_of(f), shown]))})>"


def name_of(f) -> str:
    """The name of a user's function, for messages."""
    return getattr(f, "__name__", repr(f))


def _again(transform, f, options):
    return transform(f, **dict(options))


class Text:
    """The driver's text in the making.

    `write` fills templates in: ``{call}`` and the like are the parts below, other fields
    are local names, varied where the user has a parameter of that name.
    """

    def __init__(self, f, argnums):
        p = self.parameters = Parameters.of(f, argnums)
        self._taken = {*p.names, p.variadic}
        self._local: dict[str, str] = {}
        self.function = self.fresh(p.function if p.function.isidentifier() else "function")
        self.differentiated = [p.names[i] for i in p.active]
        rest = [n for n in p.names if n not in self.differentiated]
        rest += [p.variadic] if p.variadic else []
        self.parts = {
            "active": _tuple(self.differentiated) if p.several else self.differentiated[0],
            "others": _tuple(rest),
        }

    def fresh(self, name: str) -> str:
        """``name``, or a variation of it that is not taken."""
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name

    def __getitem__(self, name: str) -> str:
        if name in self.parts:
            return self.parts[name]
        if name not in self._local:
            self._local[name] = self.fresh(name)
        return self._local[name]

    def write(self, template: str, **parts) -> str:
        """The template with names and parts filled in."""
        filled = {k: v if isinstance(v, str) else repr(v) for k, v in parts.items()}
        return textwrap.dedent(template).strip("\n").format_map(_Chain(filled, self))

    def call(self, seeded: str) -> str:
        """The call of the user's function on the seeded arguments, held by a local name."""
        p, local = self.parameters, self[seeded]
        replaced = {n: local for n in self.differentiated}
        if p.several:
            replaced = {n: f"{local}[{i}]" for i, n in enumerate(self.differentiated)}
        arguments = [replaced.get(n, n) for n in p.names]
        arguments += ["*" + p.variadic] if p.variadic else []
        return f"{self.function}({', '.join(arguments)})"

    def names(self, after: tuple[str, ...] = ()) -> list[str]:
        """The driver's parameters: the user's, with ``after`` behind the differentiated ones."""
        p = self.parameters
        cut = max(p.active) + 1
        return [*p.names[:cut], *(self[n] for n in after), *p.names[cut:]]

    def signature(self, after: tuple[str, ...] = ()) -> str:
        """The same as text, with the user's defaults where they can still be left out."""
        p = self.parameters
        kept = {n for i, n in enumerate(p.names) if not after or i > max(p.active)}
        parts = [
            f"{n}=_default_{p.names.index(n)}" if n in p.defaults and n in kept else n
            for n in self.names(after)
        ]
        return ", ".join(parts + (["*" + p.variadic] if p.variadic else []))

    def define(self, name: str, body: str, after: tuple[str, ...] = ()) -> str:
        """The text of a function with the driver's parameters."""
        return f"def {name}({self.signature(after)}):\n" + textwrap.indent(body, "    ") + "\n"


class _Chain(dict):
    """Parts of a template first, then the names of a text."""

    def __init__(self, parts, text):
        super().__init__(parts)
        self.text = text

    def __missing__(self, name):
        return self.text[name]


def _tuple(names) -> str:
    return "(" + "".join(n + ", " for n in names) + ")"


def generated(transform, f, write, *, argnums=0, wants="any", after=(), **options) -> Derivative:
    """The derivative of ``f`` by a transform, made on the first request.

    Parameters
    ----------
    transform : function
        The public function, which makes the derivative again when it is unpickled.
    f : function
        The user's function.
    write : callable
        Given the `Text`, returns the driver's body, or a pair: the body for a differentiated
        argument that is a number, and the one for all others.
    argnums : int, tuple or None
        The differentiated arguments; None for all.
    wants : {"any", "number", "series"}
        What a differentiated argument must be.
    after : tuple of str
        Further parameters behind the differentiated ones.
    **options
        The transform's other options: with ``argnums`` the key of the request.
    """
    def build(recipe):
        return _build(recipe, write, argnums, wants, after)

    return remembered(transform, f, argnums, options, build)


def remembered(transform, f, argnums, options, build) -> Derivative:
    """What ``build`` makes of a request, made once; ``build`` takes the recipe of unpickling."""
    python_function(f)  # refuses other objects
    if argnums is not None:
        options["argnums"] = argnums_of(argnums)
    key = transform, tuple(options.items())
    with _lock:
        memo = memory(f)
        if key not in memo:
            memo[key] = build((transform, f, key[1]))
        return memo[key]


def _build(recipe, write, argnums, wants, after) -> Derivative:
    transform, f, _ = recipe
    text = Text(f, argnums)
    p = text.parameters
    scope: dict[str, object] = {"__name__": "taylorad.generated", text.function: twin(f)}
    scope.update({text["seeding"]: seeding, text["coefficients"]: coefficients})
    scope.update({f"_default_{p.names.index(n)}": v for n, v in p.defaults.items()})
    name = text.fresh(f"{transform.__name__}_{text.function}")
    body = write(text)
    functions = [(name, body)]
    of_number = None
    if not isinstance(body, str):
        of_number = text.fresh(f"{name}_of_number")
        functions = list(zip((of_number, name), body, strict=True))
    source = "\n\n".join(text.define(n, b, after) for n, b in functions)
    filename = f"<taylorad {name} {next(_numbers)}>"
    linecache.cache[filename] = len(source), None, source.splitlines(True), filename
    code = compile(source, filename, "exec")
    exec(code, scope)
    function: Any = scope[name]
    first = function if "line" in function.__code__.co_names else None
    exec(code, scope := {**scope, text["seeding"]: dense})
    function = scope[name]
    function.__doc__ = f"taylorad.{transform.__name__} of {p.function}."
    accepted = Accepted(p.function, text.names(after), p.variadic, p.active, p.several, wants)
    options = {**options_of(f), "nopython": True}
    of_one: Any = scope[of_number] if of_number else None
    derivative = Derivative(function, first, of_one, recipe, source, accepted, options)
    weakref.finalize(derivative, linecache.cache.pop, filename, None)
    return derivative


def source(g, *args) -> str:
    """The generated Python text of a derivative.

    Parameters
    ----------
    g : derivative
        What a transform returned.
    *args
        Arguments as ``g`` takes them: the text of reverse mode depends on their types.
        Without them, the text for the types that ``g`` was called with last.

    Returns
    -------
    str

    Raises
    ------
    ArgumentTypeError
        If ``g`` is not a function that taylorad generated.

    Examples
    --------
    >>> import taylorad as ta
    >>> def f(x):
    ...     return x * x
    >>> print(ta.source(ta.derivative(f)))
    def derivative_f(x):
        level = seeding.level(1, 1, x, ())
        seeded = seeding.seed(x, 1.0, level)
        y = f(seeded)
        return coefficients.mixed(y, '1', level)
    <BLANKLINE>
    """
    if not isinstance(g, Derivative):
        raise ArgumentTypeError(f"not a derivative that taylorad generated: {g!r}")
    return g.text_for(tuple(typeof(a) for a in args))
