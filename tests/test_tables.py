"""Tables: plain, by rich on a terminal, as HTML."""

from __future__ import annotations

import io
import sys

import pytest

import taylorad as ta
from taylorad import tables
from taylorad.tables import Remark, Table

TABLE = Table(["step", "name", "value"], [["v1", "x<y", "1.5"], Remark("and so on"),
              ["v10", "", "-22"]], left=(1,), bad=(2,))  # fmt: skip


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_columns_are_aligned():
    assert str(TABLE).splitlines() == [
        "step  name  value",
        "  v1  x<y     1.5",
        "   :  and so on",
        " v10          -22",
    ]
    assert str(Table(["", ""], [["a", "1"]], left=(0,), indent=2)) == "  a  1"
    assert str(Table(["a", "b"], [])) == "a  b"


def test_html_is_escaped():
    page = TABLE.to_html(["data-n=1", "", "hidden"])
    assert "x&lt;y" in page and "<tr data-n=1>" in page and 'colspan="3"' in page


def test_rich_on_a_terminal_alone(monkeypatch):
    pytest.importorskip("rich")
    piped, terminal = io.StringIO(), Terminal()
    for out in (piped, terminal):
        monkeypatch.setattr(sys, "stdout", out)
        tables.show(["a title [with] brackets", TABLE])
    assert piped.getvalue() == f"a title [with] brackets\n{TABLE}\n"
    drawn = terminal.getvalue()
    assert "a title [with] brackets" in drawn and "x<y" in drawn and "─" in drawn


def test_without_rich_a_terminal_has_plain_tables(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())
    tables.show([TABLE])
    assert terminal.getvalue() == f"{TABLE}\n"


def test_what_is_printed_is_drawn_by_rich():
    rich = pytest.importorskip("rich.console")

    def f(x, y):
        return x * y + x * y

    graph = ta.trace(f, 2.0, 5.0)
    for thing in (graph, graph.counts(), graph.costs(), graph.repeats(), graph.fans()):
        console = rich.Console(file=io.StringIO(), width=100)
        console.print(thing)
        assert "─" in console.file.getvalue() or thing is not graph
        assert "<table" in thing._repr_html_() and str(thing)
