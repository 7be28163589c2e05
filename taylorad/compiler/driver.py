"""Drivers: the generated functions that transforms return.

A driver is a few lines of Python text around the twin of the user's function, compiled
by Numba under the user's own parameter names and defaults.  Compiled code is kept on disk; in a
process that finds it there nothing is compiled, and what only compilation needs is not imported.
"""

from __future__ import annotations

from functools import partial

from numba import typeof
from numba.core import types

from .._compat import Dispatcher
from ..errors import ArgumentTypeError
from . import messages
from .arguments import Accepted, argnums_of
from .functions import lock, memory, name_of, options_of, python_function
from .kept import Kept
from .text import Body, Text


class Derivative(Kept):
    """A compiled derivative: callable from Python and from compiled code.

    Of its variants the first is taken that fits the types of the arguments and can be
    compiled; the last fits all.

    Parameters
    ----------
    stub : function
        With the parameters of the derivative; it is not run.
    recipe : tuple
        The transform, the user's function and the options.
    accepted : Accepted
    options : dict
        Numba's.
    text : str
        The text of all variants.
    make : callable
        Makes the list of `building.Variant`, when they are needed.
    """

    def __init__(self, stub, recipe, accepted, options, text="", make=list):
        self.accepted = accepted
        self.text = text
        self._make, self._variants = make, None
        super().__init__(stub, recipe, options)

    @property
    def variants(self) -> list:
        if self._variants is None:
            self._variants = self._make(self)
        return self._variants

    def compile(self, sig):
        with messages.translated(self):
            return super().compile(sig)

    def _check(self, args) -> None:
        self.accepted.check(args)

    def _compile(self, args, sig) -> str:
        """Compile for arguments of these types; returns the text."""
        return self._compile_one_of(self.variants, args, sig) or self.text

    def _compile_one_of(self, variants, args, sig) -> str:
        """Compile the first variant that can be; returns its text, if it has one of its own."""
        for variant in variants:
            if not variant.fits(args):
                continue
            try:
                self._compile_function(variant.function, sig)
                return variant.text
            except Exception:  # may have many causes; the last variant says what is wrong
                if variant is variants[-1]:
                    raise
        raise AssertionError("the last variant fits all")

    def functions_for(self, args):
        """The Python functions for a derivative of this one, in order of preference."""
        return [v.function for v in self.variants if v.nested and v.fits(args)]

    def _compile_for_args(self, *args, **kws):
        with messages.translated(self):
            return super()._compile_for_args(*args, **kws)

    def text_for(self, kinds) -> str:
        """The text for arguments of these types."""
        if not kinds:
            return self.text
        kinds = self.folded(kinds)
        if kinds in self._texts:
            return self._texts[kinds]
        return next(v.text for v in self.variants if v.text and v.fits(kinds))

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


def _again(transform, f, options):
    return transform(f, **dict(options))


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
    with lock:
        memo = memory(f)
        if key not in memo:
            memo[key] = build((transform, f, key[1]))
        return memo[key]


def _build(recipe, write, wants, after, uses) -> Derivative:
    transform, f, options = recipe
    text = Text(f, dict(options).get("argnums"))
    p = text.parameters
    #: Names of the text and what they stand for, to be completed by `building`.
    named = {text.function: f, **{text.named(k, g.__name__): g for k, g in uses.items()}}
    name = text.fresh(f"{transform.__name__}_{text.function}")
    written = write(text)
    bodies = [Body(written)] if isinstance(written, str) else written
    accepted = Accepted(p.function, text.names(after), p.variadic, p.active, p.several, wants)
    texts, fits = {}, {}
    for body in bodies:
        label = text.fresh(name + body.suffix) if body.suffix else name
        texts[label] = text.define(label, body.text, after)
        fits[label] = partial(body.fits, accepted)
    modules = {text[label]: label for label in ("coefficients", "cotangents", "seeding")}

    def make(derivative):
        from .building import variants  # brings jets, and much of Numba

        return variants(derivative, texts, fits, named, modules, text.defaults())

    kept = {**options_of(f), "nopython": True}
    stub = text.stub(name, after, f"taylorad.{transform.__name__} of {p.function}.")
    return Derivative(stub, recipe, accepted, kept, "\n\n".join(texts.values()), make)


def compile(g, *arguments):
    """Compile a derivative ahead of its first call, for arguments of given types.

    Parameters
    ----------
    g : derivative or function
        What a transform returned, or an ``@njit`` function, such as one that calls derivatives.
    *arguments
        For each argument of ``g`` its Numba type, or a value of this type.  Arguments with
        defaults may be left out.

    Returns
    -------
    derivative or function
        ``g``.

    Raises
    ------
    ArgumentTypeError
        If ``g`` is neither, or an argument cannot be differentiated by.
    UnsupportedError
        As on a first call.

    Notes
    -----
    What is compiled is kept on disk (see `taylorad.cache`): other processes find it there, also
    if this one does nothing else.

    Examples
    --------
    >>> import numpy as np
    >>> import taylorad as ta
    >>> from numba import float64
    >>> def f(x, scale=1.0):
    ...     return scale * np.sum(x * x)
    >>> g = ta.compile(ta.grad(f), float64[::1])
    >>> g is ta.compile(ta.grad(f), np.zeros(3), 2.0)
    True
    >>> len(g.signatures)
    2
    """
    kinds = tuple(a if isinstance(a, types.Type) else typeof(a) for a in arguments)
    if isinstance(g, Derivative):
        g.compile(g.folded(kinds))
    elif isinstance(g, Dispatcher):
        g.compile(kinds)
    else:
        raise ArgumentTypeError(f"neither a derivative nor an @njit function: {g!r}")
    return g


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
