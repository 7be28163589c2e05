"""Derivatives from the disk, and to it: what the key of an entry is made of."""

from __future__ import annotations

import os
import platform
import re
import sys
from functools import lru_cache
from typing import Any

import llvmlite
import numba
import numpy as np
from numba.core import config

from .._compat import cpu_target
from .._version import __version__
from . import cache, extensions, progress
from .fingerprint import Fingerprint, unchanged

#: Settings of Numba that change nothing in the code that it makes.
_HARMLESS = re.compile(
    r"CACHE_|CHROME_TRACE|COLOR_SCHEME|CUDA_|DISABLE_CUDA|DUMP_|FULL_TRACEBACKS|GDB_BINARY|"
    r"HIGHLIGHT_|HTML|PARALLEL_DIAGNOSTICS|SHOW_HELP|DEBUG_CACHE|"
    r"(NUMBA_DEFAULT_|NUMBA_)?NUM_THREADS|THREADING_LAYER|FUNCTION_CACHE_SIZE|_"
)


class Request:
    """A function for arguments of given types, to be had from the cache.

    Parameters
    ----------
    name : str
    recipe : tuple
        What it is made of: see `Fingerprint.recipe`.
    args : tuple of types

    Attributes
    ----------
    key : str or None
        Of its entry; without one nothing is kept.
    """

    def __init__(self, name: str, recipe: tuple, args):
        self._name, self._recipe, self._args = name, recipe, args
        self.key: str | None = None
        self._found = self._read()
        if cache.enabled():
            if self._found.unknown is None:
                self.key = self._found.digest()
            else:
                why = self._found.unknown
                progress.note("%s is not kept on disk: it depends on %s", self._name, why)

    def _read(self) -> Fingerprint:
        found = Fingerprint()
        _write_environment(found)
        found.recipe(self._recipe)
        found.put("arguments", str(len(self._args)))
        for kind in self._args:
            found.type(kind)
        return found

    def load(self) -> tuple[Any, str] | None:
        """The compiled function and its text, if there is an entry."""
        data = self.key and cache.read(self._name, self.key)
        if not data:
            return None
        from . import machine

        try:
            return machine.loaded(data, self._args)
        except Exception as error:  # of another build, or not what it says: it is made anew
            progress.note("the entry of %s cannot be used: %r", self._name, error)
            return None

    def begin(self) -> None:
        """To be called before anything is compiled."""
        if not unchanged(self._found):
            self.key = None

    def save(self, cres, text: str) -> None:
        """Keep what was compiled, unless something has changed meanwhile."""
        if self.key is None:
            return
        again = self._read()
        if again.unknown is not None or again.digest() != self.key:
            return
        from . import machine

        try:
            data = machine.dumped(cres, text)
        except Exception as error:  # something in it cannot be pickled
            progress.note("%s is not kept on disk: %s", self._name, error)
            return
        cache.write(self._name, self.key, data)


def _write_environment(found: Fingerprint) -> None:
    """All that decides, besides the function, what machine code comes out."""
    config.reload_config()  # as the compiler does
    found.put("versions", _versions())
    for name, value in sorted(vars(config).items()):
        if name.isupper() and not _HARMLESS.match(name) and isinstance(value, int | float | str):
            found.put(name, repr(value))
    for declared in extensions.general_primitives():
        found.primitive(declared)
    for name in extensions.general():
        found.refuse(f"{name}, which an extension of Numba implements")


@lru_cache(maxsize=1)
def _versions() -> str:
    processor = cpu_target.target_context.codegen().magic_tuple()
    return repr(
        (__version__, _sources(), numba.__version__, llvmlite.__version__, np.__version__,
         sys.version, platform.machine(), processor)
    )  # fmt: skip


def _sources() -> list[tuple[str, int, int]]:
    """The library's own files, which change in development without its version."""
    found, folders = [], [os.path.dirname(os.path.dirname(__file__))]
    for folder in folders:
        for entry in os.scandir(folder):
            if entry.is_dir():
                folders.append(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                name = f"{os.path.basename(folder)}/{entry.name}"
                found.append((name, status.st_size, status.st_mtime_ns))
    return sorted(found)
