"""Compiling without garbage collection."""

from __future__ import annotations

import gc
from contextlib import contextmanager


@contextmanager
def without_collection():
    """No garbage is collected: it would look through all that is made, again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
