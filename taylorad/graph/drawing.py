"""The graph as text for programs that draw: Mermaid and Graphviz's DOT."""

from __future__ import annotations

from .folding import Edge, Fold, View, key
from .node import Node, Round
from .table import number


def title(graph, item: Node | Fold) -> str:
    """What stands in a node: its name, its expression, its value."""
    if isinstance(item, Fold):
        return str(item)
    label = graph.labels[item]
    if item.is_input:
        return f"{label} = {number(item.value)}"
    return f"{label} = {graph.expression(item)} = {number(item.value)}"


def on_edge(edge: Edge) -> str | None:
    """The local partial derivative, or how many there are; None where none flows."""
    if edge.count > 1:
        return f"{edge.count} uses"
    return None if edge.slope is None else number(edge.slope, 4)


def heading(place: Round) -> str:
    """What is written on a round of a loop."""
    return f"loop at line {place.loop.line}, round {place.index}"


def mermaid(graph, fold: bool = True) -> str:
    """Mermaid's flowchart; rounds of loops are boxes."""
    view = View(graph, fold)
    lines = ["flowchart TD"]
    boxes = 0
    for what, path, item in view.boxes():
        indent = "    " * (len(path) + (what == "item"))
        if what == "open":
            boxes += 1
            lines.append(f'{indent}subgraph g{boxes} ["{heading(path[-1])}"]')
        elif what == "close":
            lines.append(f"{indent}end")
        else:
            assert item is not None
            opening, closing = "[", "]"
            if isinstance(item, Fold):
                opening, closing = "[[", "]]"
            elif item.is_input:
                opening, closing = "([", "])"
            text = _mermaid(title(graph, item))
            lines.append(f'{indent}{key(item)}{opening}"{text}"{closing}')
    for edge in view.edges():
        shown = on_edge(edge)
        arrow = "-.->" if shown is None else f'-- "{shown}" -->'
        lines.append(f"    {key(edge.source)} {arrow} {key(edge.target)}")
    for item in view.items:
        if item in view.outputs:
            lines.append(f"    style {key(item)} stroke-width:3px")
        elif item in graph.repeated:
            lines.append(f"    style {key(item)} stroke:#cb6e17")
    return "\n".join(lines) + "\n"


def _mermaid(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(
        ">", "&gt;"
    )  # fmt: skip


def dot(graph, fold: bool = True) -> str:
    """Graphviz's directed graph; rounds of loops are clusters."""
    view = View(graph, fold)
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        "    rankdir=TB;",
        '    node [shape=box, style="rounded,filled", fillcolor="#f5f7fa", color="#7b8794",'
        ' fontname="Helvetica", fontsize=11];',
        '    edge [color="#7b8794", fontname="Helvetica", fontsize=9, fontcolor="#486581"];',
    ]
    shown = tips(view)
    boxes = 0
    for what, path, item in view.boxes():
        indent = "    " * (len(path) + (what == "item"))
        if what == "open":
            boxes += 1
            lines.append(f"{indent}subgraph cluster_{boxes} {{")
            lines.append(f'{indent}    label={_quoted(heading(path[-1]))}; color="#cbd2d9";')
            lines.append(f'{indent}    fontname="Helvetica"; fontsize=9;')
        elif what == "close":
            lines.append(f"{indent}}}")
        else:
            assert item is not None
            style = f"label={_quoted(title(graph, item))}, tooltip={_quoted(shown[item])}"
            if isinstance(item, Fold):
                text = _quoted(f"{item.heading}\n{item.remark}")
                style = f'label={text}, style="rounded,dashed", tooltip={_quoted(shown[item])}'
            elif item.is_input:
                style += ', shape=ellipse, fillcolor="#e3f2fd"'
            elif item in graph.repeated:
                style += ', color="#cb6e17"'
            if item in view.outputs:
                style += ', fillcolor="#e6f4ea", penwidth=2'
            lines.append(f"{indent}{key(item)} [{style}];")
    for edge in view.edges():
        on = on_edge(edge)
        style = "style=dashed" if on is None else f"label={_quoted(on)}"
        lines.append(f"    {key(edge.source)} -> {key(edge.target)} [{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def tips(view: View) -> dict[Node | Fold, str]:
    """Everything that is known of each item."""
    graph = view.graph
    dots, bars = graph.tangents(), graph.adjoints()
    found: dict[Node | Fold, str] = {}
    for item in view.items:
        text = title(graph, item)
        if isinstance(item, Node):
            text += f"; tangent {number(dots[item])}; adjoint {number(bars[item])}"
            text += f"; line {item.line[1]}" if item.line else ""
            if item in graph.repeated:
                text += f"; computed before as {graph.labels[graph.repeated[item]]}"
        found[item] = text
    return found


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
