"""The graph in a notebook: the picture, the table of steps and the counts, folded away."""

from __future__ import annotations

from html import escape

from . import layout, table

STYLE = """
.taylorad-steps { border-collapse: collapse; font: 12px Menlo, Consolas, monospace; }
.taylorad-steps td, .taylorad-steps th { padding: 2px 10px; text-align: right; }
.taylorad-steps td.left, .taylorad-steps th.left { text-align: left; }
.taylorad-steps tr:hover td { background: #e3f2fd; color: #102a43; }
"""
#: Rows of the table beyond which it is the folded text.
MOST_ROWS = 200


def html(graph) -> str:
    """Plain HTML: parts open and close, nodes and rows answer to the pointer; no script."""
    parts = [f"<style>{STYLE}</style>", f"<b>{escape(table.header(graph, ()))}</b>"]
    if len(graph.nodes) <= layout.MOST:
        picture = layout.svg(graph)
        parts.append(
            f'<details open><summary>graph</summary><div style="overflow:auto">{picture}</div>'
            "</details>"
        )
    parts.append(f"<details><summary>steps</summary>{_steps(graph)}</details>")
    parts.append(f"<details><summary>counts</summary><pre>{escape(str(graph.counts()))}</pre>"
                 "</details>")  # fmt: skip
    return "\n".join(parts)


def _steps(graph) -> str:
    if len(graph.nodes) > MOST_ROWS:
        return f"<pre>{escape(str(graph))}</pre>"

    def row(cells, tag: str) -> str:
        shown = (
            f'<{tag} class="{"" if head in table.RIGHT else "left"}">{escape(c)}</{tag}>'
            for c, head in zip(cells, table.HEAD, strict=True)
        )
        return f"<tr>{''.join(shown)}</tr>"

    body = "".join(row(cells, "td") for _, cells in table.rows(graph))
    return f'<table class="taylorad-steps">{row(table.HEAD, "th")}{body}</table>'
