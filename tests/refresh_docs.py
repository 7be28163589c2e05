"""Bring the generated text that documentation shows up to date.

    python -m tests.refresh_docs
"""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent / "docs"
#: Pages with blocks that begin with ``>>> print(ta.source(...))``.
PAGES = [DOCS / "reverse.md", DOCS / "extending.md"]
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


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(refreshed(page))
