"""The tests keep compiled derivatives in a folder of their own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

if "TAYLORAD_CACHE_DIR" not in os.environ:
    folder = os.environ["TAYLORAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="taylorad-tests-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
