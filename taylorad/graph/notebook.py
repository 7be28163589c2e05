"""The graph in a notebook: the picture answers to the pointer, beside the table of steps.

One piece of HTML with its style and its script; without a script the picture and the table
stand as they are.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from html import escape
from importlib import resources

from . import layout, table
from .folding import Fold, View, key
from .forms import Form
from .node import Node

#: Rows of the table that are folded away, and numbers kept of tangents and adjoints.
MOST_ROWS, MOST_NUMBERS = 1000, 8000
#: Inputs and results to choose from.
MOST_CHOICES = 12
HINT = "Point at a node: what it depends on is blue, what depends on it is green. A click keeps it."


def html(graph) -> str:
    """The piece of HTML."""
    view = View(graph)
    shown = _shown(view)
    name = f"taylorad-{uuid.uuid4().hex[:12]}"
    along, of = _choices(graph, len(shown))
    pictures = _pictures(view, name)
    folded_away = len(pictures) > 1
    parts = [
        f'<div class="taylorad-graph" id="{name}"><style>{_file("notebook.css")}</style>',
        f"<div><b>{escape(table.place(graph))}</b></div>",
    ]
    if pictures:
        parts += [_bar(name, along, of, folded_away), *pictures]
    parts += [
        f'<div class="said">{HINT if pictures else ""}</div>',
        f'<details class="all-steps"{"" if pictures else " open"}><summary>steps</summary>'
        f'<div class="steps">{_steps(view, shown)}</div></details>',
        *(f"<p>{escape(note)}</p>" for note in table.notes(graph)),
        f"<details><summary>counts</summary>{graph.counts()._repr_html_()}</details>",
    ]
    if graph.repeated:
        repeats = graph.repeats()._repr_html_()
        parts.append(f"<details><summary>computed again</summary>{repeats}</details>")
    if pictures:
        data = json.dumps(_data(view, shown, along, of)).replace("<", "\\u003c")
        parts.append(f'<script>{_file("notebook.js")}("{name}", {data});</script>')
    return "\n".join([*parts, "</div>"])


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _shown(view: View) -> list[Node]:
    """The nodes that are told about: of each fold as many as there is room for."""
    folds = sum(isinstance(item, Fold) for item in view.items)
    share = MOST_ROWS // max(folds, 1)
    found: list[Node] = []
    for item in view.items:
        found += item.nodes[:share] if isinstance(item, Fold) else [item]
    return found


def _pictures(view: View, name: str) -> list[str]:
    """The picture, and the one without folds where that is not too large."""
    views = [view]
    if len(view.items) < len(view.graph.nodes):
        views.append(View(view.graph, fold=False))
    return [
        f'<div class="picture"{" hidden" * (k > 0)}>'
        f"{layout.picture(v, f'{name}-{k}', layout.WIDE)}</div>"
        for k, v in enumerate(views)
        if len(v.items) <= layout.MOST
    ]


def _choices(graph, rows: int) -> tuple[list[tuple[str, dict]], list[tuple[str, dict]]]:
    """Tangents along inputs, and adjoints of results, by the names of these."""
    most = max(1, min(MOST_CHOICES, MOST_NUMBERS // max(rows, 1)))
    along = [
        (node.name, graph.tangents(*(f.filled({node: 1.0}) for f in graph.arguments.values())))
        for node in graph.inputs[:most]
    ]
    outputs = list(dict.fromkeys(graph.outputs_that_vary))
    of = [(", ".join(graph.labels[o] for o in outputs[:3]), graph.adjoints())]
    if len(outputs) > 1:
        of = [("the sum of all results", graph.adjoints())]
        for o in outputs[: most - 1]:
            of.append((graph.labels[o], graph.adjoints(Form(graph.result).filled({o: 1.0}))))
    return along or [("", graph.tangents())], of


def _bar(name: str, along, of, folded_away: bool) -> str:
    radios = "".join(
        f'<label><input type="radio" name="{name}-shown" value="{what}"{" checked" * (k == 0)}>'
        f"{what}</label> "
        for k, what in enumerate(("value", "tangent", "adjoint"))
    )
    parts = [f"<span>in the nodes: {radios}</span>"]
    for what, how, choices in (("tangent", "along", along), ("adjoint", "of", of)):
        options = "".join(
            f'<option value="{k}">{escape(label)}</option>' for k, (label, _) in enumerate(choices)
        )
        parts.append(f'<label>{what} {how} <select class="{what}">{options}</select></label>')
    if folded_away:
        parts.append('<label><input type="checkbox" class="unfold">loops unfolded</label>')
    return f'<div class="bar">{"".join(parts)}</div>'


def _steps(view: View, shown: Sequence[Node]) -> str:
    """The table; rows that are folded away come out by a click."""
    cells = table.cells(view.graph)
    known = set(shown)
    rows: list = []
    attributes: list[str] = []
    for item in view.items:
        if not isinstance(item, Fold):
            rows.append(cells[item])
            attributes.append(f'data-n="{key(item)}"')
            continue
        rows.append(table.Remark(str(item)))
        attributes.append(f'class="fold" data-fold="{key(item)}"')
        inside = [n for n in item.nodes if n in known]
        kind = f'class="inside" data-in="{key(item)}" hidden'
        for node in inside:
            rows.append(cells[node])
            attributes.append(f'{kind} data-n="{key(node)}"')
        if left := len(item.nodes) - len(inside):
            rows.append(table.Remark(f"{left} steps more, in graph.table(fold=False)"))
            attributes.append(kind)
    return table.Table(table.HEAD, rows, table.LEFT).to_html(attributes)


def _data(view: View, shown: Iterable[Node], along, of) -> dict:
    """What the script tells of each item, by number."""
    graph = view.graph
    found: dict[str, dict] = {}
    for item in view.items:
        if isinstance(item, Fold):
            found[key(item)] = {"label": item.heading, "expression": item.remark}
    for node in shown:
        flows = not node.is_discrete
        slopes = () if node.is_input else graph.partials[node]
        found[key(node)] = {
            "label": graph.labels[node],
            "expression": graph.expression(node),
            "value": table.number(node.value),
            "line": node.line[1] if node.line else None,
            "before": graph.labels[graph.repeated[node]] if node in graph.repeated else None,
            "operands": [
                [key(a), table.number(slope, 4)]
                for a, slope in zip(node.args, slopes, strict=True)
                if isinstance(a, Node)
            ],
            "tangents": [table.number(dots[node]) if flows else "" for _, dots in along],
            "adjoints": [table.number(bars[node]) if flows else "" for _, bars in of],
        }
    return found
