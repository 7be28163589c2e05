"""Bring the generated text that documentation shows up to date.

    python -m tests.refresh_docs
"""

from __future__ import annotations

import contextlib
import doctest
import io
import linecache
import math
import re
import subprocess
import sys
import traceback
from pathlib import Path

import taylorad as ta

DOCS = Path(__file__).resolve().parent.parent / "docs"
#: Pages with blocks that begin with ``>>> print(ta.source(...))``.
PAGES = [DOCS / "reverse.md", DOCS / "extending.md"]
#: Pages made from runs: what they show at every prompt is what comes out.
RUN = [DOCS / name for name in ("graph.md", "symbolic.md", "checks.md", "diagnose.md")]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
SHOWN = re.compile(r">>> print\((ta\.source\(.*\))\)\n")


def refreshed(page: Path) -> str:
    """The text of a page as it would be if it showed what `ta.source` gives now."""
    text = page.read_text()
    scope: dict = {"__name__": page.stem}

    def block(found: re.Match) -> str:
        code = found.group(1)
        if shown := SHOWN.match(code):
            made = eval(shown.group(1), scope).strip().replace("\n\n", "\n<BLANKLINE>\n")
            return f"```python\n{shown.group(0)}{made}\n\n```"
        if not code.startswith(">>>"):
            # at its line, where the source of its functions is looked for
            padded = "\n" * text.count("\n", 0, found.start(1)) + code
            exec(compile(padded, str(page), "exec"), scope)
        return found.group(0)

    return BLOCK.sub(block, text)


def rerun(page: Path) -> str:
    """The text of a page as it would be if it showed what its prompts give now."""
    text = page.read_text()
    linecache.checkcache(str(page))
    scope: dict = {"__name__": page.stem}

    def block(found: re.Match) -> str:
        code = found.group(1)
        if code.startswith(">>>"):
            examples = doctest.DocTestParser().get_examples(code)
            return f"```python\n{''.join(shown(e.source) for e in examples)}```"
        padded = "\n" * text.count("\n", 0, found.start(1)) + code
        exec(compile(padded, str(page), "exec"), scope)
        return found.group(0)

    def shown(source: str) -> str:
        first, *rest = source.rstrip("\n").split("\n")
        lines = [f">>> {first}", *(f"... {line}".rstrip() for line in rest)]
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            try:
                exec(compile(source, str(page), "single"), scope)
            except Exception as error:
                said = "".join(traceback.format_exception_only(error))
                output.write(f"Traceback (most recent call last):\n    ...\n{said}")
        if made := output.getvalue().rstrip("\n"):
            lines.append(re.sub(r"(?m)^\s*$", "<BLANKLINE>", made))
        return "\n".join(lines) + "\n"

    return BLOCK.sub(block, text)


def textbook(x, y):
    return math.log(x) + x * y - math.sin(y)


def newton(a, n):
    """The square root by Newton's iteration."""
    x = 1.0
    for _ in range(n):
        x = 0.5 * (x + a / x)
    return x


def pictures() -> dict[str, str]:
    """The pictures of the page about graphs, by file; the examples are to be importable."""
    from black_scholes import call

    graphs = {
        "graph-textbook.svg": ta.trace(textbook, 2.0, 5.0),
        "graph-call.svg": ta.trace(call, 100.0, 0.2, 0.5, 105.0, 0.03),
        "graph-newton.svg": ta.trace(newton, 2.0, 3),
    }
    return {name: graph.to_svg("plain") for name, graph in graphs.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(DOCS / "examples"))
    for name, picture in pictures().items():
        (DOCS / "images" / name).write_text(picture)
    for page in PAGES:
        page.write_text(refreshed(page))
    for page in RUN * 2:  # twice: outputs tell lines of the page
        text = "import sys; from tests import refresh_docs as r; from pathlib import Path; "
        text += "page = Path(sys.argv[1]); page.write_text(r.rerun(page))"
        subprocess.run([sys.executable, "-c", text, str(page)], check=True)
