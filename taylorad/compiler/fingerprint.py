"""What a function's derivative depends on, as a digest that is the same in every process.

A compiled derivative is that of a function's code, of what the function calls and of the values
that it captures, as they are when it is compiled.  All of that is walked through, as the compiler
looks it up, and written into a hash.  What cannot be told by its content makes the fingerprint
`unknown`: such derivatives are compiled anew in every process, but are never out of date.
"""

from __future__ import annotations

import builtins
import enum
import hashlib
import inspect
import struct
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core import types

from .._compat import Dispatcher
from . import bytecode, extensions, kinds
from .functions import kept_options, memory
from .libraries import is_library, library_name, resolves

#: Arrays beyond this many bytes Numba keeps at an address of the process.
LARGEST_ARRAY = 10**6


class Fingerprint:
    """A hash in the making, and the user's functions met on the way."""

    def __init__(self):
        self._hash = hashlib.blake2b(digest_size=20)
        self._seen: dict[int, int] = {}
        self._alive: list[Any] = []  # what ids in `_seen` belong to
        self._walked: set[tuple[int, frozenset[str]]] = set()  # modules, by names
        #: Functions and dispatchers whose code was walked through.
        self.functions: list[Any] = []
        #: Why nothing can be told by this fingerprint, if that is so.
        self.unknown: str | None = None

    def digest(self) -> str:
        return self._hash.hexdigest()

    def refuse(self, thing: str) -> None:
        """There is something whose content cannot be told.  The walk goes on: see `unchanged`."""
        self.unknown = self.unknown or thing

    def put(self, tag: str, data: bytes | str = b"") -> None:
        """Write a piece: tag and length keep neighbouring pieces apart."""
        data = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
        self._hash.update(f"{tag}:{len(data)}:".encode())
        self._hash.update(data)

    def _met(self, thing) -> bool:
        """Whether a thing was written before; if so its number is written instead."""
        number = self._seen.setdefault(id(thing), len(self._seen))
        if number < len(self._alive):
            self.put("again", str(number))
            return True
        self._alive.append(thing)
        return False

    # -- any object ------------------------------------------------------------------------

    def add(self, thing, names: frozenset[str] = frozenset()) -> None:
        """Write an object that a function with these names in its code refers to."""
        write = _WRITERS.get(type(thing))
        if write is not None:
            write(self, thing)
        elif isinstance(thing, ModuleType):
            self._module(thing, names)
        elif self._declared(thing):
            pass
        elif isinstance(thing, Dispatcher):
            self._dispatcher(thing)
        elif isinstance(thing, FunctionType):
            self._function(thing)
        elif isinstance(thing, types.Type):
            self.type(thing)
        elif isinstance(thing, type):
            self._class(thing)
        elif isinstance(thing, tuple):
            self._class(type(thing))
            self._items(tuple(thing))
        elif isinstance(thing, enum.Enum):
            self._class(type(thing))
            self.put("member", thing.name)
        elif isinstance(thing, np.generic):
            self._dtype(thing.dtype)
            self.put("scalar", thing.tobytes())
        elif isinstance(thing, np.dtype):
            self._dtype(thing)
        else:
            self._by_name(thing)

    def _items(self, items) -> None:
        self.put("items", str(len(items)))
        for item in items:
            self.add(item)

    def _unordered(self, items) -> None:
        digests = []
        for item in items:
            own = Fingerprint()
            own.add(item)
            self.unknown = self.unknown or own.unknown
            digests.append(own.digest())
        self._items(sorted(digests))

    def _mapping(self, mapping) -> None:
        if not self._met(mapping):
            self._items([part for pair in mapping.items() for part in pair])

    def _list(self, items) -> None:
        if not self._met(items):
            self._items(items)

    def _float(self, value: float) -> None:
        self.put("float", struct.pack("<d", value))

    def _complex(self, value: complex) -> None:
        self.put("complex", struct.pack("<dd", value.real, value.imag))

    def _slice(self, value) -> None:
        self._items([value.start, value.stop, value.step])

    def _array(self, array: np.ndarray) -> None:
        if self._met(array):
            return
        if array.dtype.hasobject or array.nbytes > LARGEST_ARRAY:
            self.refuse("a large array, or one of objects")
            return
        self._dtype(array.dtype)
        self.put("array", repr((array.shape, array.strides, array.flags.num)))
        self.put("content", array.tobytes())

    def _dtype(self, dtype: np.dtype) -> None:
        if dtype.hasobject:
            self.refuse("a dtype of objects")
            return
        self.put("dtype", repr((dtype.descr, dtype.itemsize, dtype.alignment)))

    # -- what has a name -------------------------------------------------------------------

    def _by_name(self, thing) -> None:
        """An object of a library, whose version is part of the key."""
        name = library_name(thing)
        if name is None or extensions.extended(thing):
            self.refuse(repr(thing))
        self.put("library", name or "")

    def _module(self, module: ModuleType, names: frozenset[str]) -> None:
        """The attributes of a module that the code may take.

        Attributes have no place in the bytecode that says of what: all names are tried.
        """
        self.put("module", module.__name__)
        library = is_library(module.__name__)
        if (id(module), names) in self._walked:
            return
        self._walked.add((id(module), names))
        for name in sorted(names):
            found = vars(module).get(name, _MISSING)
            if found is _MISSING and hasattr(module, "__getattr__"):
                try:
                    found = getattr(module, name)
                except Exception:  # a lazy module's own refusal
                    continue
            if found is _MISSING:
                continue
            self.put("attribute", name)
            if library and not _own(found) and not extensions.extended(found):
                self.put("of a library", getattr(found, "__name__", type(found).__name__))
                if isinstance(found, ModuleType):
                    self._module(found, names)
                elif type(found) in _WRITERS and not isinstance(found, np.ndarray | dict | list):
                    self.add(found)
                else:
                    self._declared(found)
            else:
                self.add(found, names)

    def _class(self, kind: type) -> None:
        if self._met(kind):
            return
        if library_name(kind) is not None:
            self._by_name(kind)
        elif issubclass(kind, enum.Enum):
            self.put("enum", f"{kind.__qualname__}")
            self._items([(m.name, m.value) for m in kind])
        elif issubclass(kind, tuple) and hasattr(kind, "_fields"):
            self.put("named tuple", kind.__qualname__)
            self._items([*kind._fields, *getattr(kind, "_field_defaults", {}).items()])
        elif issubclass(kind, BaseException) and resolves(kind):
            self.put("exception", f"{kind.__module__}.{kind.__qualname__}")
        else:
            self.refuse(f"the class {kind.__qualname__}")

    # -- functions -------------------------------------------------------------------------

    def _declared(self, thing) -> bool:
        """Write a user's primitive that answers to a function, if one does."""
        declared = extensions.users_primitive(thing)
        if declared is not None:
            self.primitive(declared)
        return declared is not None

    def primitive(self, declared) -> None:
        """Write a user's primitive: its rules."""
        self.put("primitive", declared.name)
        if not self._met(declared):
            for part in (declared.value, declared.arity, declared.complex, declared.result):
                self._code_or(part)
            self._items(list(declared.rules))
            for rule in declared.rules.values():
                self._rule(rule)
            for partial in declared.partials:
                self._code_or(partial)

    def _rule(self, rule) -> None:
        if not is_dataclass(rule):
            self.refuse(f"the rule {rule!r}")
            return
        self.put("rule", type(rule).__name__)
        for field in fields(rule):
            value = getattr(rule, field.name)
            for part in value if isinstance(value, tuple) else (value,):
                if is_dataclass(part):
                    self._rule(part)
                else:
                    self._code_or(part)

    def _code_or(self, thing) -> None:
        """A rule's function by its code, also where it is a primitive's; other things as usual."""
        if isinstance(thing, Dispatcher):
            self._dispatcher(thing)
        elif isinstance(thing, FunctionType):
            self._function(thing)
        else:
            self.add(thing)

    def _dispatcher(self, made: Dispatcher) -> None:
        if self._met(made):
            return
        recipe = getattr(made, "_recipe", None)
        if recipe is not None:
            self.recipe(recipe)
            return
        self.functions.append(made)
        self.put("compiled")
        self._items(sorted(kept_options(made.targetoptions).items()))
        self._items(sorted((name, str(kind)) for name, kind in made.locals.items()))
        self._function(made.py_func)

    def recipe(self, recipe) -> None:
        """A derivative: the transform, the function and the options."""
        transform, f, options = recipe
        self.put("derivative", f"{transform.__module__}.{transform.__qualname__}")
        self._items(options)
        self.add(f)

    def _function(self, f: FunctionType) -> None:
        if self._met(f):
            return
        name = library_name(f)
        if extensions.extended(f):
            self.refuse(f"{f.__qualname__}, which an extension of Numba implements")
        if name is not None:
            self.put("library", name)
            return
        self.functions.append(f)
        self.put("function", f.__name__)
        names = self._code(f.__code__)
        self._items(f.__defaults__ or ())
        self._mapping(f.__kwdefaults__ or {})
        if "__wrapped__" in vars(f) or "__signature__" in vars(f):
            for p in inspect.signature(f).parameters.values():
                self.put("parameter", f"{p.name} {p.kind}")
                self.add(None if p.default is p.empty else (p.default,))
        for free, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            self.put("captured", free)
            try:
                content = cell.cell_contents
            except ValueError:  # not assigned yet
                continue
            self.add(content, names)
        for used in sorted(bytecode.globals_of(f.__code__)):
            if used in f.__globals__:
                self.put("global", used)
                self.add(f.__globals__[used], names)
            elif used in bytecode.DYNAMIC:
                self.refuse(f"{f.__qualname__}, which calls {used}")
            else:
                self.put("builtin", used)
                if extensions.extended(getattr(builtins, used, None)):
                    self.refuse(f"{used}, which an extension of Numba implements")

    def _code(self, code: CodeType) -> frozenset[str]:
        """Write what the code does and at which lines; returns the names in it."""
        self.put("code", code.co_name)
        shape = (
            code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
            code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars,
            code.co_firstlineno, code.co_qualname,
        )  # fmt: skip
        self.put("shape", repr(shape))
        self.put("instructions", code.co_code)
        self.put("lines", code.co_linetable)
        self.put("exceptions", code.co_exceptiontable)
        if bytecode.imports(code):
            self.refuse(f"{code.co_qualname}, which imports")
        if extensions.extended_attributes() & set(code.co_names):
            self.refuse(f"{code.co_qualname}, which takes attributes that an extension adds")
        names = frozenset(code.co_names)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                names |= self._code(constant)
            else:
                self.add(constant)
        return names

    # -- types of arguments ----------------------------------------------------------------

    def type(self, kind: types.Type) -> None:
        """Write a Numba type."""
        parts = kinds.parts_of(kind)
        if parts is None:
            self.refuse(f"the type {kind}")
            return
        self.put("type", type(kind).__name__)
        for part in parts:
            self.add(part)


_MISSING = object()


def _own(thing) -> bool:
    """Whether something found in a library is not the library's: a user has put it there."""
    if isinstance(thing, FunctionType | Dispatcher):
        return library_name(thing) is None
    return False


def _plain(tag: str) -> Callable[[Fingerprint, Any], None]:
    return lambda self, thing: self.put(tag, repr(thing))


_WRITERS: dict[type, Callable[[Fingerprint, Any], None]] = {
    type(None): _plain("None"),
    type(...): _plain("..."),
    bool: _plain("bool"),
    int: _plain("int"),
    range: _plain("range"),
    str: lambda self, text: self.put("str", text),
    bytes: lambda self, data: self.put("bytes", data),
    float: Fingerprint._float,
    complex: Fingerprint._complex,
    tuple: Fingerprint._items,
    list: Fingerprint._list,
    dict: Fingerprint._mapping,
    set: Fingerprint._unordered,
    frozenset: Fingerprint._unordered,
    slice: Fingerprint._slice,
    np.ndarray: Fingerprint._array,
}

def unchanged(found: Fingerprint) -> bool:
    """Whether the functions met are what they were when they were first compiled here.

    Numba compiles a function once: what it calls afterwards, and the values it captures, are
    those of that time.  A function that has changed since then must not be kept on disk.
    """
    same = True
    for f in found.functions:
        own = Fingerprint()
        own.add(f)
        same &= memory(f).setdefault(unchanged, own.digest()) == own.digest()
    return same
