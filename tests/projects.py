"""Small projects with a folder for what is compiled, used by processes of their own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

MODEL = {
    "model.py": """
import helper
import numpy as np
from numba import njit

SCALE = 3.0
TABLE = np.array([1.0, 2.0])

@njit
def f(x):
    return SCALE * helper.g(x) * TABLE[1]
""",
    "helper.py": """
from numba import njit

@njit
def g(x):
    return x * x
""",
}
CALL = """
import taylorad as ta
from model import f
show(ta.derivative(f, 1)(2.0), ta.grad(f)(2.0))
"""
SHOW = """
import json

def show(*results):
    print(json.dumps(results))
"""


class Place:
    """A project and a folder for what is compiled, used by processes of their own."""

    def __init__(self, path: Path):
        self.project, self.folder = path / "project", path / "cache"
        self.project.mkdir(parents=True)
        self.write(MODEL)

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.project / name).write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.project / name).read_text()
        assert old in text
        self.write({name: text.replace(old, new)})

    def start(self, code: str, **environment: str) -> subprocess.Popen:
        variables = {
            **os.environ,
            "TAYLORAD_CACHE_DIR": str(self.folder),
            "TAYLORAD_VERBOSE": "1",
            "PYTHONPATH": os.pathsep.join([str(self.project), *filter(None, sys.path)]),
            **environment,
        }
        return subprocess.Popen(
            [sys.executable, "-B", "-W", "error", self._script(SHOW + code)],
            env=variables, cwd=self.project, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def _script(self, code: str) -> str:
        name = f"script_{hashlib.sha256(code.encode()).hexdigest()[:8]}.py"
        if not (self.project / name).exists():  # another process may be reading it
            self.write({name: code})
        return str(self.project / name)

    def finish(self, process: subprocess.Popen) -> tuple[list, int]:
        out, messages = process.communicate(timeout=300)
        assert process.returncode == 0, messages
        self.messages = messages
        return json.loads(out), messages.count("taylorad: compiling")

    def run(self, code: str = CALL, **environment: str) -> tuple[list, int]:
        """What the code shows, and how many derivatives it had to compile."""
        return self.finish(self.start(code, **environment))

    def entries(self) -> list[Path]:
        return sorted(self.folder.glob("*.code"))
