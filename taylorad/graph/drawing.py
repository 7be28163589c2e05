"""The graph as text for programs that draw: Mermaid and Graphviz's DOT."""

from __future__ import annotations

from collections.abc import Iterator

from .node import Node
from .table import number


def edges(graph) -> Iterator[tuple[Node, Node, float | None]]:
    """Operand, operation and the local partial derivative; None where none flows."""
    for node in graph.nodes:
        if node.is_input:
            continue
        slopes = graph.partials[node]
        for a, slope in zip(node.args, slopes, strict=True):
            if isinstance(a, Node):
                flows = not (node.is_discrete or a.is_discrete)
                yield a, node, slope if flows else None


def title(graph, node: Node) -> str:
    """What stands in a node: its name, its expression, its value."""
    label = graph.labels[node]
    if node.is_input:
        return f"{label} = {number(node.value)}"
    return f"{label} = {graph.expression(node)} = {number(node.value)}"


def clusters(graph) -> dict:
    """The nodes of each round of the outermost loops, and under None those of no loop."""
    found: dict = {}
    for node in graph.nodes:
        found.setdefault(node.rounds[0] if node.rounds else None, []).append(node)
    return found


def is_output(graph, node: Node) -> bool:
    return any(node is o for o in graph.outputs)


def mermaid(graph) -> str:
    """Mermaid's flowchart; rounds of loops are boxes."""
    lines = ["flowchart TD"]
    for place, nodes in clusters(graph).items():
        indent = "    "
        if place is not None:
            heading = f"loop at line {place.loop.line}, round {place.index}"
            lines.append(f'    subgraph g{nodes[0].number} ["{heading}"]')
            indent *= 2
        for node in nodes:
            opening, closing = ("([", "])") if node.is_input else ("[", "]")
            lines.append(
                f'{indent}n{node.number}{opening}"{_mermaid(title(graph, node))}"{closing}'
            )
        if place is not None:
            lines.append("    end")
    for a, b, slope in edges(graph):
        arrow = "-.->" if slope is None else f'-- "{number(slope, 4)}" -->'
        lines.append(f"    n{a.number} {arrow} n{b.number}")
    for node in graph.nodes:
        if is_output(graph, node):
            lines.append(f"    style n{node.number} stroke-width:3px")
    return "\n".join(lines) + "\n"


def _mermaid(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(
        ">", "&gt;"
    )  # fmt: skip


def dot(graph) -> str:
    """Graphviz's directed graph; rounds of loops are clusters."""
    lines = [
        f"digraph {_quoted(graph.name)} {{",
        "    rankdir=TB;",
        '    node [shape=box, style="rounded,filled", fillcolor="#f5f7fa", color="#7b8794",'
        ' fontname="Helvetica", fontsize=11];',
        '    edge [color="#7b8794", fontname="Helvetica", fontsize=9, fontcolor="#486581"];',
    ]
    shown = tips(graph)
    for place, nodes in clusters(graph).items():
        if place is not None:
            heading = f"loop at line {place.loop.line}, round {place.index}"
            lines.append(f"    subgraph cluster_{nodes[0].number} {{")
            lines.append(f'        label={_quoted(heading)}; color="#cbd2d9"; fontsize=9;')
        for node in nodes:
            style = f"label={_quoted(title(graph, node))}, tooltip={_quoted(shown[node])}"
            if node.is_input:
                style += ', shape=ellipse, fillcolor="#e3f2fd"'
            elif is_output(graph, node):
                style += ', fillcolor="#e6f4ea", penwidth=2'
            lines.append(f"    n{node.number} [{style}];")
        if place is not None:
            lines.append("    }")
    for a, b, slope in edges(graph):
        style = "style=dashed" if slope is None else f"label={_quoted(number(slope, 4))}"
        lines.append(f"    n{a.number} -> n{b.number} [{style}];")
    return "\n".join([*lines, "}"]) + "\n"


def tips(graph) -> dict[Node, str]:
    """Everything that is known of each node."""
    dots, bars = graph.tangents(), graph.adjoints()
    return {
        n: f"{title(graph, n)}; tangent {number(dots[n])}; adjoint {number(bars[n])}"
        + (f"; line {n.line[1]}" if n.line else "")
        for n in graph.nodes
    }


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


