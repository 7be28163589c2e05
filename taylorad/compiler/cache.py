"""The folder where compiled derivatives are kept between runs of Python.

Beside each entry of machine code lie the Python texts that it was compiled from.  Entries are
written once, under a name that tells everything they depend on, and never changed: so there are
no locks, and a process may die at any time.

Examples
--------
>>> import taylorad as ta
>>> def f(x):
...     return x**3
>>> ta.derivative(f)(2.0)
12.0
>>> entry = ta.cache.entries()[0]
>>> entry.name, entry.path.parent == ta.cache.folder()
('derivative_f', True)
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import linecache
import os
import re
import sys
import time
import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import CacheWarning

#: Environment variables: where the folder is, and "0" to keep nothing.
FOLDER, SWITCH = "TAYLORAD_CACHE_DIR", "TAYLORAD_CACHE"
_CODE, _TEXT, _UNFINISHED = ".code", ".py", ".part"
_MAGIC = b"taylorad code 1\n"
_numbers = itertools.count(1)


class _Settings:
    folder: Path | None = None
    enabled: bool | None = None
    warned = False


def folder() -> Path:
    """The folder of the cache.

    Returns
    -------
    pathlib.Path
        What `set_folder` was given last; else the environment variable
        ``TAYLORAD_CACHE_DIR``; else the folder that the platform has for caches of the user.

    Examples
    --------
    >>> import taylorad as ta
    >>> ta.cache.set_folder("some/place")
    >>> ta.cache.folder().name
    'place'
    >>> ta.cache.set_folder(None)
    """
    if _Settings.folder is not None:
        return _Settings.folder
    if os.environ.get(FOLDER):
        return Path(os.environ[FOLDER]).expanduser()
    home = Path.home()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"
        return Path(local) / "taylorad" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "taylorad"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "taylorad"


def set_folder(path) -> None:
    """Keep compiled derivatives in another folder from now on.

    Parameters
    ----------
    path : str or path-like, optional
        It is made when something is written to it.  None: the default again.

    Examples
    --------
    >>> import taylorad as ta
    >>> ta.cache.set_folder("~/derivatives")
    >>> ta.cache.set_folder(None)
    """
    _Settings.folder = None if path is None else Path(path).expanduser().absolute()
    _Settings.warned = False


def enabled() -> bool:
    """Whether compiled derivatives are kept on disk."""
    if _Settings.enabled is not None:
        return _Settings.enabled
    return os.environ.get(SWITCH, "1").lower() not in ("0", "false", "no", "off")


def enable() -> None:
    """Keep compiled derivatives on disk, whatever ``TAYLORAD_CACHE`` says."""
    _Settings.enabled = True


def disable() -> None:
    """Neither read nor write compiled derivatives from now on."""
    _Settings.enabled = False


@dataclass(frozen=True)
class Entry:
    """A compiled derivative in the folder."""

    #: Of the generated function, such as ``grad_f``.
    name: str
    path: Path
    #: Of the file, in bytes.
    size: int
    #: When it was written or last used, in seconds since 1970.
    used: float


def entries() -> list[Entry]:
    """What is kept, the last used first.

    Returns
    -------
    list of Entry
        With the attributes ``name``, ``path``, ``size`` in bytes, and ``used``, the time of the
        last use.

    Examples
    --------
    >>> import taylorad as ta
    >>> size = sum(entry.size for entry in ta.cache.entries())
    """
    found = []
    for path in _files(_CODE):
        with contextlib.suppress(OSError):  # another process has removed it
            status = path.stat()
            name = path.stem.rpartition("-")[0]
            found.append(Entry(name, path, status.st_size, status.st_mtime))
    return sorted(found, key=lambda entry: -entry.used)


def clear(unused_for: float = 0.0) -> int:
    """Remove what is kept.

    Parameters
    ----------
    unused_for : float, default 0
        Only what was not used for so many days.

    Returns
    -------
    int
        The number of entries removed.

    Examples
    --------
    >>> import taylorad as ta
    >>> ta.cache.clear(unused_for=30)
    0
    """
    before = time.time() - 86400 * unused_for
    removed = 0
    for suffix in (_CODE, _TEXT, _UNFINISHED):
        for path in _files(suffix):
            with contextlib.suppress(OSError):
                if not unused_for or path.stat().st_mtime < before:
                    path.unlink()
                    removed += suffix == _CODE
    return removed


def _files(suffix: str) -> Iterator[Path]:
    """The cache's own files: nothing else in the folder is touched."""
    with contextlib.suppress(OSError):
        for path in sorted(folder().iterdir()):
            if path.suffix == suffix and re.fullmatch(r"\w+-[0-9a-f]{16,40}", path.stem):
                yield path


# -- used by the compiler ----------------------------------------------------------------------


def read(name: str, key: str) -> bytes | None:
    """The content of an entry; None where there is none, or no whole one."""
    path = folder() / f"{name}-{key}{_CODE}"
    try:
        data = path.read_bytes()
    except OSError:
        return None
    checksum, content = data[len(_MAGIC) : len(_MAGIC) + 32], data[len(_MAGIC) + 32 :]
    if not data.startswith(_MAGIC) or _checksum(key, content) != checksum:
        return None
    if time.time() - path.stat().st_mtime > 86400:
        with contextlib.suppress(OSError):
            os.utime(path)  # used today: see `clear`
    return content


def write(name: str, key: str, content: bytes) -> None:
    """Write an entry, if that can be done."""
    _write(f"{name}-{key}{_CODE}", _MAGIC + _checksum(key, content) + content)


def _checksum(key: str, content: bytes) -> bytes:
    return hashlib.sha256(key.encode() + content).digest()


def written_text(name: str, text: str) -> str:
    """The name of a file with a generated text.

    Where none can be written it is one that only Python's own `linecache` knows.
    """
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    file = f"{name}-{key}{_TEXT}"
    path = folder() / file
    with contextlib.suppress(OSError, UnicodeError):
        if enabled() and (path.read_text(encoding="utf-8") == text):
            return str(path)
    if enabled() and _write(file, text.encode()):
        return str(path)
    shown = f"<taylorad {name} {next(_numbers)}>"
    linecache.cache[shown] = len(text), None, text.splitlines(True), shown
    return shown


def _write(file: str, data: bytes) -> bool:
    """Write a file at once or not at all; whether that was possible."""
    path = folder() / file
    part = path.with_name(f"{path.stem}.{uuid.uuid4().hex[:8]}{_UNFINISHED}")
    try:
        # what is read from here is run: it is the user's alone
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        if not _Settings.warned:
            _Settings.warned = True
            warnings.warn(
                f"compiled derivatives cannot be kept in {path.parent} ({error}): they are "
                "compiled anew by every process; choose another folder with "
                f"ta.cache.set_folder or the environment variable {FOLDER}",
                CacheWarning,
                stacklevel=2,
            )
        return False
    return True
