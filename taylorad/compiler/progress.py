"""What is being compiled, and how long it took: for those who wait.

Messages go to the logger ``taylorad``; with the environment variable ``TAYLORAD_VERBOSE`` set to
1 they are printed.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import contextmanager

logger = logging.getLogger("taylorad")
logger.addHandler(logging.NullHandler())


def _wanted() -> bool:
    return os.environ.get("TAYLORAD_VERBOSE", "0").lower() not in ("", "0", "false", "no", "off")


def note(message: str, *args) -> None:
    """Say something about compilation."""
    logger.info(message, *args)
    if _wanted():
        print("taylorad:", message % args, file=sys.stderr, flush=True)


@contextmanager
def compiling(name: str, args):
    """Say that a derivative is compiled for arguments of these types, and how long it took."""
    kinds = ", ".join(map(str, args))
    note("compiling %s(%s)", name, kinds)
    start = time.perf_counter()
    yield
    note("compiled %s in %.2f s", name, time.perf_counter() - start)
