"""Drivers from their text: what is run when a derivative is compiled for the first time."""

from __future__ import annotations

import linecache
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..jets import coefficients, cotangents, dense, seeding
from . import cache
from .twin import twin

_MODULES = {"coefficients": coefficients, "cotangents": cotangents, "seeding": dense}


@dataclass(frozen=True)
class Variant:
    """One driver of a derivative that has several."""

    function: Any
    #: Whether it is meant for arguments of these types.
    fits: Callable[[tuple], bool]
    text: str
    #: Whether it serves where a derivative is differentiated again.
    nested: bool = True


def variants(derivative, texts, fits, named, modules, defaults) -> list[Variant]:
    """The drivers of a derivative, in order of preference.

    Parameters
    ----------
    derivative : Derivative
    texts, fits : dict
        By the names of the drivers: their texts, and the tests whether they serve.
    named : dict
        The user's functions that the texts call, by name.
    modules : dict
        The names of the library's modules in the texts.
    defaults : dict
        The values of defaults, by name.
    """
    source = derivative.text
    filename = cache.written_text(derivative.__name__, source)
    weakref.finalize(derivative, linecache.cache.pop, filename, None)
    scope: dict[str, Any] = {"__name__": "taylorad.generated", **defaults}
    scope.update((name, twin(f)) for name, f in named.items())
    scope.update((name, _MODULES[module]) for name, module in modules.items())
    code = compile(source, filename, "exec")
    exec(code, scope)
    found = [Variant(scope[name], fits[name], texts[name]) for name in texts]
    last = found[-1].function
    if "line" in last.__code__.co_names:  # seeds of known degree, not to be stored into
        (name,) = (n for n, module in modules.items() if module == "seeding")
        exec(code, scope := {**scope, name: seeding})
        found.insert(0, Variant(scope[last.__name__], fits[last.__name__], "", nested=False))
    return found
