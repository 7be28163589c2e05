"""Tables: as plain text, by rich on a terminal, as HTML.

The tables of graphs, of checks and of the command line are all of this kind.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

STYLE = """
.taylorad-table { border-collapse: collapse; font: 12px Menlo, Consolas, monospace; }
.taylorad-table td, .taylorad-table th { padding: 2px 10px; text-align: right; }
table.taylorad-table td.left, table.taylorad-table th.left { text-align: left; }
"""


@dataclass(frozen=True)
class Remark:
    """A row that is one text."""

    text: str
    mark: str = ":"


Row = Sequence[str] | Remark


@dataclass(frozen=True)
class Table:
    """Columns under heads; without heads if they are all empty."""

    head: Sequence[str]
    rows: Sequence[Row]
    #: The columns that are aligned to the left.
    left: Collection[int] = (0,)
    #: The rows that are to be noticed.
    bad: Collection[int] = ()
    #: Spaces before every line of plain text.
    indent: int = 0

    def __str__(self) -> str:
        cells = [row for row in (self.head, *self.rows) if not isinstance(row, Remark)]
        widths = [max(len(row[k]) for row in cells) for k in range(len(self.head))]

        def line(row: Row) -> str:
            if isinstance(row, Remark):
                return f"{row.mark.rjust(widths[0])}  {row.text}"
            aligned = (
                c.ljust(w) if k in self.left else c.rjust(w)
                for k, (c, w) in enumerate(zip(row, widths, strict=True))
            )
            return "  ".join(aligned)

        shown = [self.head, *self.rows] if any(self.head) else self.rows
        return "\n".join(f"{' ' * self.indent}{line(row)}".rstrip() for row in shown)

    def __rich_console__(self, console, options) -> Iterable[Any]:
        """As rich draws it; plain where that is too wide, so that no number is broken."""
        from rich.measure import Measurement
        from rich.text import Text

        made = self._drawn()
        wanted = Measurement.get(console, options.update(max_width=10_000), made).maximum
        if wanted <= options.max_width:
            yield made
        else:
            yield Text(str(self))

    def _drawn(self) -> Any:
        from rich.box import SIMPLE_HEAD
        from rich.padding import Padding
        from rich.table import Table as Rich
        from rich.text import Text

        made = Rich(box=SIMPLE_HEAD, show_header=any(self.head), pad_edge=False)
        for k, head in enumerate(self.head):
            made.add_column(Text(head), justify="left" if k in self.left else "right", no_wrap=True)
        widest = max(range(len(self.head)), key=lambda k: (k in self.left, k))
        for i, row in enumerate(self.rows):
            style = "bold red" if i in self.bad else "dim" if isinstance(row, Remark) else ""
            if isinstance(row, Remark):
                cells = [""] * len(self.head)
                cells[0], cells[widest] = row.mark, row.text
                row = cells
            made.add_row(*map(Text, row), style=style)
        return Padding(made, (0, 0, 0, self.indent), expand=False)

    def to_html(self, attributes: Sequence[str] = ()) -> str:
        """An HTML table; ``attributes`` are those of its rows."""
        return "".join([f"<style>{STYLE}</style>", '<table class="taylorad-table">',
                        *self._lines(attributes), "</table>"])  # fmt: skip

    def _lines(self, attributes: Sequence[str]) -> Iterable[str]:
        if any(self.head):
            yield f"<tr>{self._cells(self.head, 'th')}</tr>"
        for i, row in enumerate(self.rows):
            given = f" {attributes[i].strip()}".rstrip() if attributes else ""
            if i in self.bad:
                given += ' style="background:#ffe3e3"'
            if isinstance(row, Remark):
                shown = f'<td class="left" colspan="{len(self.head)}">{escape(row.text)}</td>'
            else:
                shown = self._cells(row, "td")
            yield f"<tr{given}>{shown}</tr>"

    def _cells(self, row: Sequence[str], tag: str) -> str:
        kinds = (' class="left"' if k in self.left else "" for k in range(len(row)))
        return "".join(
            f"<{tag}{kind}>{escape(cell)}</{tag}>" for kind, cell in zip(kinds, row, strict=True)
        )


def plain(parts: Iterable[str | Table]) -> str:
    """Texts and tables, below one another."""
    return "\n".join(map(str, parts))


def grouped(parts: Iterable[str | Table]) -> Any:
    """The same as rich draws it."""
    from rich.console import Group
    from rich.text import Text

    return Group(*(Text(part) if isinstance(part, str) else part for part in parts))


def show(parts: Iterable[str | Table]) -> None:
    """Print texts and tables: by rich where it is installed and the output is a terminal."""
    if sys.stdout.isatty() and importlib.util.find_spec("rich"):
        from rich.console import Console

        Console().print(grouped(parts), soft_wrap=True)  # the terminal breaks what is too long
    else:
        print(plain(parts))


class Printed:
    """What is printed as texts and tables."""

    def parts(self) -> list[str | Table]:
        """The texts and tables, from the top."""
        raise NotImplementedError

    def __str__(self) -> str:
        return plain(self.parts())

    def __rich__(self) -> Any:
        return grouped(self.parts())

    def _repr_html_(self) -> str:
        return "".join(
            part.to_html() if isinstance(part, Table) else f"<p>{escape(part)}</p>"
            for part in self.parts()
        )

    def show(self) -> None:
        """Print it: by rich where it is installed and the output is a terminal."""
        show(self.parts())
