"""What users add to Numba and to the registry: code that no walk over a function meets.

An ``@overload`` is called in place of the function that it implements, an attribute that is
added to arrays has no function at all.  Functions that use them are not kept on disk.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from .._compat import AttributeTemplate, builtin_registry, implementations
from .libraries import is_library


class _Scan:
    """The user's additions to a list of Numba's registry; it only grows."""

    def __init__(self, entries, of):
        self._entries, self._of = entries, of
        self._done = 0
        self.found: list = []

    def up_to_date(self) -> list:
        new = self._entries[self._done :]
        self._done += len(new)
        self.found += [item for entry in new for item in self._of(entry)]
        return self.found


def _author(template) -> str | None:
    """The module of the function that implements or types something."""
    implementation = getattr(template, "_overload_func", None)
    if implementation is None:
        generic = vars(template).get("generic")
        # what `type_callable` is given is captured by the method that calls it
        cells = getattr(generic, "__closure__", None) or ()
        contents = [c.cell_contents for c in cells]
        implementation = next(filter(callable, contents), template)
    return _home(implementation)


def _home(implementation) -> str | None:
    """The module in which something stands, whatever it says: wrappers say what they wrap."""
    scope = getattr(implementation, "__globals__", None)
    return scope.get("__name__") if scope else getattr(implementation, "__module__", None)


def _functions(template) -> Iterator[int]:
    if not is_library(_author(template)):
        yield id(getattr(template, "key", None))


def _attributes(template) -> Iterator[str]:
    if is_library(_author(template)) or not issubclass(template, AttributeTemplate):
        return
    name = getattr(template, "_attr", None)
    if name is not None:
        yield name
    for name in dir(template):
        if name.startswith("resolve_"):
            yield name.removeprefix("resolve_")


def _general(entry) -> Iterator[str]:
    """What a user implements by LLVM instructions for types that are all Numba's."""
    implementation, function, kinds = entry
    if is_library(_home(implementation)):
        return
    classes = [kind if isinstance(kind, type) else type(kind) for kind in kinds]
    if all(is_library(kind.__module__) for kind in classes):
        yield str(function)


def _operators(template) -> Iterator[str]:
    """Operators that a user implements: they have no names in the code."""
    key = getattr(template, "key", None)
    if getattr(key, "__module__", None) == "_operator" and not is_library(_author(template)):
        yield str(key)


_overloads = _Scan(builtin_registry.functions, _functions)
_added = _Scan(builtin_registry.attributes, _attributes)


_implemented = _Scan(implementations.functions, _general)
_overloaded_operators = _Scan(builtin_registry.functions, _operators)


def general() -> list[str]:
    """What a user implements for the types that any function may use."""
    return _implemented.up_to_date() + _overloaded_operators.up_to_date()


def extended(thing) -> bool:
    """Whether a user implements a function for Numba."""
    return id(thing) in _overloads.up_to_date()


def extended_attributes() -> set[str]:
    """The attributes and methods that users add to Numba's types."""
    return set(_added.up_to_date())


def _registry():
    """The registry of primitives; None where nothing has asked for it, and so nobody declared any.

    The library's own primitives are known by name like all that is the library's: what is read
    here must not depend on whether they are loaded yet.
    """
    return sys.modules.get("taylorad.primitives.registry")


def _is_users(declared) -> bool:
    return declared.name not in sys.modules["taylorad.primitives"].LIBRARY


def users_primitive(thing):
    """The primitive that answers to a function, if a user has declared one."""
    registry = _registry()
    declared = registry.lookup(thing) if registry else None
    return declared if declared is not None and _is_users(declared) else None


def general_primitives() -> list:
    """A user's primitives that answer to what is no function of theirs: part of every key."""
    registry = _registry()
    declared = filter(_is_users, registry.registered()) if registry else ()
    return [p for p in declared if any(map(_is_general, p.functions))]


def _is_general(function) -> bool:
    return is_library(getattr(function, "__module__", "numpy"))
