"""The shape of the project: imports run one way, and CI runs the README's commands."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "taylorad"

#: What each part may import, besides itself and the foundation.
FOUNDATION = {"errors", "_version", "_compat"}
ALLOWED = {
    "checks": set(),
    "tables": set(),
    "primitives": {"checks"},
    "jets": {"primitives", "checks"},
    "adjoint": {"jets", "primitives", "checks"},
    "compiler": {"adjoint", "jets", "primitives", "checks"},
    "transforms": {"compiler", "adjoint", "jets", "primitives", "checks"},
    "univariate": {"jets", "primitives", "checks"},
    "graph": {"transforms", "compiler", "adjoint", "primitives", "checks", "tables"},
    "symbolic": {"graph", "primitives", "checks"},
    "ode": {
        "graph", "transforms", "compiler", "adjoint", "jets", "primitives", "checks",
    },
    "testing": {
        "graph", "symbolic", "transforms", "compiler", "primitives", "checks", "tables",
    },
    # the command line is a user of the public names
    "cli": {"", "primitives", "tables"},
    "__main__": {"cli"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """The part of the package that a file belongs to; ``""`` for the package itself."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The parts that a file imports, anywhere in it; ``""`` for the package's public names."""
    package = ("taylorad", *path.relative_to(PACKAGE).parts[:-1])
    modules: list[tuple[str, ...]] = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules += [tuple(name.name.split(".")) for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            base += tuple((node.module or "").split(".")) if node.module else ()
            parts = {p.stem for p in PACKAGE.iterdir()}
            whole = base == ("taylorad",)  # from .. import a part, or a public name
            modules += [(*base, n.name) if whole and n.name in parts else base for n in node.names]
    return {m[1] if len(m) > 1 else "" for m in modules if m[0] == "taylorad"}


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(PACKAGE)) for p in FILES])
def test_imports_run_one_way(path):
    here = part(path)
    if here == "":
        return  # the public names come from everywhere
    if here in FOUNDATION:
        assert imported(path) <= FOUNDATION
        return
    assert here in ALLOWED, f"say in ALLOWED what {here} may import"
    assert imported(path) - FOUNDATION - {here} <= ALLOWED[here]


def commands() -> list[str]:
    """The README's set-up commands."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if "-m venv" in line]


def test_readme_has_two_set_up_commands():
    run, test = commands()
    assert "-m taylorad docs/examples/" in run
    assert test.endswith("-m pytest")


def test_ci_runs_the_readme_commands():
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert all(command in script for command in commands())


def test_example_commands_name_what_is_there():
    for path in (ROOT / "docs" / "examples").glob("*.py"):
        named = re.findall(r"docs/examples/(\w+\.py):(\w+)", path.read_text())
        assert named, f"{path.name} does not say how it is run"
        for file, function in named:
            assert f"def {function}(" in (ROOT / "docs" / "examples" / file).read_text()
