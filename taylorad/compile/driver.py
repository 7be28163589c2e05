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
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from numba import typeof
from numba.core import types

from .._compat import CPUDispatcher, global_compiler_lock
from ..errors import ArgumentTypeError
from ..jets import coefficients, cotangents, dense, seeding
from . import messages
from .arguments import Accepted, Parameters, argnums_of
from .passes import TwinCompiler
from .twin import memory, options_of, python_function, twin, without_annotation

_lock = threading.RLock()
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Variant:
    """One driver of a derivative that has several."""

    function: Any
    #: Whether it is meant for arguments of these types.
    fits: Callable[[tuple], bool]
    text: str
    #: Whether it serves where a derivative is differentiated again.
    nested: bool = True
    #: The derivative that it only calls, whose text is shown for its own.
    calls: Any = None


class Derivative(CPUDispatcher):
    """A compiled derivative: callable from Python and from compiled code.

    Of its variants the first is taken that fits the types of the arguments and can be
    compiled; the last fits all.
    """

    def __init__(self, variants, recipe, text, accepted, options):
        self._recipe = recipe  # before all: Numba names the dispatcher's type by its repr
        self.variants = variants
        self.text = text
        self.accepted = accepted
        super().__init__(variants[-1].function, {}, options, TwinCompiler)
        make = type(self._compiler)
        self._compilers = [
            make(v.function, self.targetdescr, self.targetoptions, {}, TwinCompiler)
            for v in variants
        ]

    def compile(self, sig):
        with messages.translated(self), global_compiler_lock:
            args = sig if isinstance(sig, tuple) else getattr(sig, "args", ())
            self.accepted.check(args)
            for variant, compiler in zip(self.variants, self._compilers, strict=True):
                if not variant.fits(args):
                    continue
                self._compiler = compiler
                try:
                    return super().compile(sig)
                except Exception:  # may have many causes; the last variant says what is wrong
                    if variant is self.variants[-1]:
                        raise

    def functions_for(self, args):
        """The Python functions for a derivative of this one, in order of preference."""
        return [v.function for v in self.variants if v.nested and v.fits(args)]

    def _compile_for_args(self, *args, **kws):
        with messages.translated(self):
            return super()._compile_for_args(*args, **kws)

    def add_overload(self, cres):
        super().add_overload(without_annotation(cres))

    def text_for(self, kinds) -> str:
        """The text for arguments of these types."""
        if not kinds:
            return self.text
        kinds = self.folded(kinds)
        variant = next(v for v in self.variants if v.text and v.fits(kinds))
        return variant.text if variant.calls is None else variant.calls.text_for(kinds)

    def folded(self, args) -> tuple[types.Type, ...]:
        """Types of arguments as Numba compiles for them: with defaults, and one for all further."""
        names, defaults = self.accepted.names, self.py_func.__defaults__ or ()
        given, rest = tuple(args[: len(names)]), tuple(args[len(names) :])
        given += tuple(map(types.Omitted, defaults[len(given) - len(names) + len(defaults) :]))
        return (*given, types.Tuple(rest)) if self.accepted.variadic else given + rest

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

    def named(self, label: str, name: str) -> str:
        """The local name behind a label: ``name`` or a variation."""
        self._local[label] = self.fresh(name if name.isidentifier() else label)
        return self._local[label]

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

    def call(self, seeded: str, function: str = "", after: tuple[str, ...] = ()) -> str:
        """The call of the user's function on the seeded arguments, held by a local name.

        Without one the arguments are passed as they are.  ``function`` is another function
        of these parameters and those in ``after``, behind the differentiated ones.
        """
        p, replaced = self.parameters, {}
        for i, n in enumerate(self.differentiated if seeded else ()):
            replaced[n] = f"{self[seeded]}[{i}]" if p.several else self[seeded]
        arguments = [replaced.get(n, n) for n in p.names]
        arguments[self._cut : self._cut] = [self[n] for n in after]
        arguments += ["*" + p.variadic] if p.variadic else []
        return f"{function or self.function}({', '.join(arguments)})"

    @property
    def _cut(self) -> int:
        """The place behind the differentiated parameters."""
        return max(self.parameters.active) + 1

    def names(self, after: tuple[str, ...] = ()) -> list[str]:
        """The driver's parameters: the user's, with ``after`` behind the differentiated ones."""
        p = self.parameters
        cut = self._cut
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


@dataclass(frozen=True)
class Body:
    """The text of one driver of several, for the argument types that it fits."""

    text: str
    suffix: str = ""
    fits: Callable[[Accepted, tuple], bool] = lambda accepted, args: True
    #: The derivative that it only calls.
    calls: Any = None


def generated(
    transform, f, write, *, argnums=0, wants="any", after=(), uses=None, **options
) -> Derivative:
    """The derivative of ``f`` by a transform, made on the first request.

    Parameters
    ----------
    transform : function
        The public function, which makes the derivative again when it is unpickled.
    f : function
        The user's function.
    write : callable
        Given the `Text`, returns the driver's body, or several `Body`, of which the last
        serves all arguments.
    argnums : int, tuple or None
        The differentiated arguments; None for all.
    wants : {"any", "number", "series"}
        What a differentiated argument must be.
    after : tuple of str
        Further parameters behind the differentiated ones.
    uses : dict, optional
        Other functions that the text calls, by name.
    **options
        The transform's other options: with ``argnums`` the key of the request.
    """

    def build(recipe):
        return _build(recipe, write, wants, after, uses or {})

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


def _build(recipe, write, wants, after, uses) -> Derivative:
    transform, f, options = recipe
    text = Text(f, dict(options).get("argnums"))
    p = text.parameters
    scope: dict[str, object] = {"__name__": "taylorad.generated", text.function: twin(f)}
    scope.update({text["coefficients"]: coefficients, text["cotangents"]: cotangents})
    scope[text["seeding"]] = dense
    scope.update({f"_default_{p.names.index(n)}": v for n, v in p.defaults.items()})
    for label, g in uses.items():
        scope[text.named(label, g.__name__)] = twin(g)
    name = text.fresh(f"{transform.__name__}_{text.function}")
    written = write(text)
    bodies = [Body(written)] if isinstance(written, str) else written
    accepted = Accepted(p.function, text.names(after), p.variadic, p.active, p.several, wants)
    texts = {}
    for body in bodies:
        label = text.fresh(name + body.suffix) if body.suffix else name
        texts[label] = text.define(label, body.text, after)
    source = "\n\n".join(texts.values())
    filename = f"<taylorad {name} {next(_numbers)}>"
    linecache.cache[filename] = len(source), None, source.splitlines(True), filename
    code = compile(source, filename, "exec")
    exec(code, scope)
    variants = [
        Variant(scope[label], partial(body.fits, accepted), texts[label], calls=body.calls)
        for label, body in zip(texts, bodies, strict=True)
    ]
    function: Any = scope[name]
    if "line" in function.__code__.co_names:  # seeds of known degree, not to be stored into
        exec(code, scope := {**scope, text["seeding"]: seeding})
        variants.insert(0, Variant(scope[name], variants[-1].fits, "", nested=False))
    function.__doc__ = f"taylorad.{transform.__name__} of {p.function}."
    kept = {**options_of(f), "nopython": True}
    derivative = Derivative(variants, recipe, source, accepted, kept)
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
