"""Bring the generated text that documentation shows up to date.

    python -m tests.refresh_docs
"""

from __future__ import annotations

import contextlib
import doctest
import io
import linecache
import re
import subprocess
import sys
import traceback
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
#: Pages with blocks that begin with ``>>> print(ta.source(...))``.
PAGES = [DOCS / "reverse.md", DOCS / "extending.md"]
#: Pages made from runs: what they show at every prompt is what comes out.
RUN = [DOCS / f"{name}.md" for name in ("graph", "gallery", "symbolic", "checks", "diagnose")]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
#: A picture, whose title is what it is made from.
PICTURE = re.compile(r"""\]\((images/[\w-]+\.svg) "(.+)"\)""")
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


def rerun(page: Path) -> tuple[str, dict[str, str]]:
    """A page as it would be if it showed what its prompts give now, and its pictures by file."""
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

    made = BLOCK.sub(block, text)
    return made, {file: drawn(code, scope) for file, code in PICTURE.findall(text)}


def drawn(code: str, scope: dict) -> str:
    """The picture of a graph that a page's expression makes."""
    return eval(code, scope).to_svg("plain")


def refresh(page: Path) -> None:
    """Bring a page and its pictures up to date."""
    text, pictures = rerun(page)
    page.write_text(text)
    for file, picture in pictures.items():
        (DOCS / file).write_text(picture)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(refreshed(page))
    for page in RUN * 2:  # twice: outputs tell lines of the page
        text = "import sys; from tests import refresh_docs as r; r.refresh(r.Path(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", text, str(page)], check=True)
