"""Pictures without Graphviz: layers by depth, orders by barycentres, curves between.

Sugiyama, Tagawa and Toda, Methods for visual understanding of hierarchical system
structures, IEEE Trans. SMC 11 (1981): layers, fewer crossings by repeated barycentres.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
from html import escape

from ..errors import ArgumentValueError, MissingExtraError
from . import drawing
from .folding import Edge, Fold, View, key
from .frames import Frame, frames
from .node import Node

#: Nodes that a picture may have.
MOST = 400
HEIGHT, GAP, ROW, MARGIN = 44.0, 26.0, 104.0, 20.0
#: The narrowest nodes; those that have room for any number.
NARROW, WIDE = 56.0, 92.0
WIDTH_OF_LETTER, WIDTH_OF_BEND = 7.0, 4.0
SWEEPS = 8
#: Places for labels along a curve: first where edges of one number have parted.
ALONG = (0.6, 0.78, 0.42, 0.86, 0.32)
Point = tuple[float, float]
STYLE = """
.taylorad text { font: 12px Helvetica, Arial, sans-serif; fill: #243b53; text-anchor: middle; }
.taylorad .slope { font-size: 10px; fill: #486581; }
.taylorad rect.round { fill: none; stroke: #cbd2d9; }
.taylorad text.round { font-size: 9px; fill: #7b8794; text-anchor: start; }
.taylorad text.back { stroke: white; stroke-width: 3px; fill: white; }
.taylorad .value { fill: #627d98; font-size: 11px; }
.taylorad rect { fill: #f5f7fa; stroke: #7b8794; }
.taylorad .input rect { fill: #e3f2fd; stroke: #4098d7; }
.taylorad .output rect { fill: #e6f4ea; stroke: #3f9142; stroke-width: 2; }
.taylorad .again rect { stroke: #cb6e17; }
.taylorad .fold rect { fill: white; stroke-dasharray: 5 3; }
.taylorad path { fill: none; stroke: #9fb3c8; }
.taylorad .still { stroke-dasharray: 4 3; }
.taylorad .node:hover rect { stroke: #d64545; stroke-width: 2; }
"""


def svg(graph, engine: str = "auto", fold: bool = True) -> str:
    """The picture, by ``dot`` or by the layout here."""
    if engine not in ("auto", "dot", "plain"):
        raise ArgumentValueError(f"engine must be 'auto', 'dot' or 'plain', got {engine!r}")
    view = View(graph, fold)
    if len(view.items) > MOST:
        raise ArgumentValueError(
            f"the picture would have {len(view.items)} nodes; of more than {MOST} none is made: "
            f"trace a smaller case, or print the table{'' if fold else ', or leave loops folded'}"
        )
    program = shutil.which("dot")
    if engine == "dot" and program is None:
        raise MissingExtraError("Graphviz's program dot is not installed; use engine='plain'")
    if program is not None and engine != "plain":
        text = drawing.dot(graph, fold)
        done = subprocess.run(
            [program, "-Tsvg"], input=text, text=True, capture_output=True, check=True
        )
        return done.stdout[done.stdout.index("<svg") :]
    return picture(view)


def picture(view: View, tip: str = "tip", narrowest: float = NARROW) -> str:
    """The picture by the layout here; ``tip`` is the name of its arrow heads, its own in a page."""
    return _Picture(view, narrowest).text(tip)


def _rows(view: View, edges: list[Edge]) -> dict:
    """Layers by depth; an input stands above the first operation that uses it."""
    row: dict = {}
    into: dict = {}
    for edge in edges:
        into.setdefault(edge.target, []).append(edge.source)
    for item in view.items:
        row[item] = 1 + max((row[source] for source in into.get(item, ())), default=-1)
    below: dict = {}
    for edge in edges:
        below[edge.source] = min(below.get(edge.source, len(row)), row[edge.target])
    for item in view.items:
        if item not in into and item in below:
            row[item] = below[item] - 1
    return row


def _on_curve(start: Point, end: Point, t: float) -> Point:
    """A point of the curve between two rows, which is upright at its ends."""
    (x, y), (u, v) = start, end
    return x + (u - x) * (3 * t * t - 2 * t**3), y + (v - y) * (1.5 * t * (1 - t) + t**3)


def _text(kind: str, x: float, y: float, text: str, ends: str = "") -> str:
    """A text on a white ground, over lines."""
    shown = f" {ends}".rstrip() + f' x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
    return f'<text class="{kind} back"{shown}\n<text class="{kind}"{shown}'


def _frame(f: Frame) -> str:
    size = f'width="{f.right - f.left:.1f}" height="{f.bottom - f.top:.1f}"'
    return f'<rect class="round" x="{f.left:.1f}" y="{f.top:.1f}" {size} rx="9"/>'


def _heading(f: Frame) -> str:
    return _text("round", f.left + 7, f.top + 11, f.heading)


class _Bend:
    """Where an edge passes a layer."""


class _Picture:
    def __init__(self, view: View, narrowest: float):
        self.narrowest = narrowest
        self.view, self.graph = view, view.graph
        edges = view.edges()
        self.row = _rows(view, edges)
        self.rows: list[list] = [[] for _ in range(max(self.row.values(), default=0) + 1)]
        self.width: dict = {n: self._width(n) for n in view.items}
        self.above: dict = {n: [] for n in view.items}
        self.below: dict = {n: [] for n in view.items}
        #: For each edge what it passes, from the operand to the operation.
        self.routes: list[tuple[list, Edge]] = []
        self._entered: list[tuple] = []
        #: Where labels are, and how wide.
        self._labels: list[tuple[float, float, float]] = []
        for item in view.items:
            self.rows[self.row[item]].append(item)
        for edge in edges:
            self._route(edge)
        self.x: dict = {}
        for row in self.rows:
            self._spread(row)
        for sweep in range(SWEEPS):
            self._settle(downwards=sweep % 2 == 0)
        left = min((self.x[n] - self.width[n] / 2 for n in self.x), default=0.0)
        for n in self.x:
            self.x[n] += MARGIN - left

    def _route(self, edge: Edge) -> None:
        """An edge, with a bend in each layer between: where boxes leave it room."""
        a, b = edge.source, edge.target
        route: list = [a]
        for row in range(self.row[a] + 1, self.row[b]):
            bend = _Bend()
            self.row[bend], self.width[bend] = row, WIDTH_OF_BEND
            self.above[bend], self.below[bend] = [], []
            self.rows[row].append(bend)
            route.append(bend)
        route.append(b)
        for upper, lower in itertools.pairwise(route):
            self.below[upper].append(lower)
            self.above[lower].append(upper)
        self.routes.append((route, edge))

    def _lines(self, item: Node | Fold) -> tuple[str, str]:
        if isinstance(item, Fold):
            return item.heading, item.remark
        label = self.graph.labels[item]
        value = drawing.number(item.value)
        if item.is_input:
            return label, value
        named = f"{label} = {self.graph.expression(item)}"
        return named if len(named) <= 40 else f"{label} = {item.operation}(...)", value

    def _width(self, node: Node | Fold) -> float:
        return max(self.narrowest, WIDTH_OF_LETTER * max(map(len, self._lines(node))) + 16)

    # -- positions ---------------------------------------------------------------------

    def _spread(self, row: list) -> None:
        """Side by side, centred on 0."""
        at = -self._length(row) / 2
        for n in row:
            self.x[n] = at + self.width[n] / 2
            at += self.width[n] + GAP

    def _settle(self, downwards: bool) -> None:
        """Each to the middle of its neighbours, as far as those beside it let it."""
        for row in self.rows if downwards else reversed(self.rows):
            wanted = {}
            for n in row:
                near = self.above[n] if downwards else self.below[n]
                wanted[n] = sum(self.x[m] for m in near) / len(near) if near else self.x[n]
            row.sort(key=lambda n: wanted[n])
            self._place(row, wanted)

    def _place(self, row: list, wanted) -> None:
        """Positions in order without overlaps, near those wanted: runs share their middle."""
        runs: list[tuple[list, float]] = []
        for node in row:
            run, centre = [node], wanted[node]
            while runs:
                before, at = runs[-1]
                if at + self._length(before) / 2 + GAP <= centre - self._length(run) / 2:
                    break
                runs.pop()
                middle = (at * len(before) + centre * len(run)) / (len(before) + len(run))
                run, centre = before + run, middle
            runs.append((run, centre))
        for run, centre in runs:
            at = centre - self._length(run) / 2
            for n in run:
                self.x[n] = at + self.width[n] / 2
                at += self.width[n] + GAP

    def _length(self, run: list) -> float:
        return sum(self.width[n] for n in run) + GAP * (len(run) - 1)

    def _y(self, item) -> float:
        return MARGIN + self.row[item] * ROW + HEIGHT / 2

    # -- the picture -------------------------------------------------------------------

    def text(self, tip: str) -> str:
        width = max((self.x[n] + self.width[n] / 2 for n in self.x), default=0.0) + MARGIN
        height = MARGIN * 2 + (len(self.rows) - 1) * ROW + HEIGHT
        tips = drawing.tips(self.view)
        rounds = list(frames(self.view, self._box))
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="taylorad" width="{width:.0f}" '
            f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">',
            f"<style>{STYLE}</style>",
            f'<defs><marker id="{tip}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
            'markerHeight="7" markerUnits="userSpaceOnUse" orient="auto">'
            '<path d="M0,0 L8,4 L0,8 z" '
            'style="fill:#9fb3c8;stroke:none"/></marker></defs>',
            *map(_frame, rounds),
            *self._edges(tip),
            *map(_heading, rounds),
            *(self._node(n, tips[n]) for n in self.view.items),
            "</svg>",
        ]
        return "\n".join(parts) + "\n"

    def _box(self, item) -> Frame:
        x, y, w = self.x[item], self._y(item), self.width[item]
        return Frame(x - w / 2, y - HEIGHT / 2, x + w / 2, y + HEIGHT / 2)

    def _edges(self, tip: str):
        labels = []
        for route, edge in self.routes:
            path, last = self._path(route)
            shown = drawing.on_edge(edge)
            ends = f'data-a="{key(edge.source)}" data-b="{key(edge.target)}"'
            still = ' class="still"' if shown is None else ""
            yield f'<path{still} {ends} marker-end="url(#{tip})" d="{path}"/>'
            if shown is not None:
                labels.append(_text("slope", *self._free_place(shown, *last), shown, ends))
        yield from labels

    def _free_place(self, text: str, start: Point, end: Point) -> Point:
        """A place on the last curve of an edge where no other label is."""
        width = WIDTH_OF_LETTER * len(text)
        places = [_on_curve(start, end, t) for t in ALONG]

        def free(place: Point) -> bool:
            return all(
                abs(place[0] - x) > (width + w) / 2 + 3 or abs(place[1] - y) > 12
                for x, y, w in self._labels
            )

        x, y = next(filter(free, places), places[0])
        self._labels.append((x, y, width))
        return x, y

    def _path(self, route: list) -> tuple[str, tuple[Point, Point]]:
        """The curve along a route, and the ends of its last part."""
        b = route[-1]
        place = self._entry(b, route[-2])
        x, y = self.x[route[0]], self._y(route[0]) + HEIGHT / 2
        parts = [f"M{x:.1f},{y:.1f}"]
        for item in route[1:]:
            last = item is b
            u, v = (place if last else self.x[item]), self._y(item) - HEIGHT / 2
            bend = (v - y) / 2
            parts.append(f"C{x:.1f},{y + bend:.1f} {u:.1f},{v - bend:.1f} {u:.1f},{v:.1f}")
            if last:
                ends = (x, y), (u, v)
            else:
                x, y = u, v + HEIGHT
                parts.append(f"L{x:.1f},{y:.1f}")
        return " ".join(parts), ends

    def _entry(self, b: Node, upper) -> float:
        """Where an edge ends: those into one operation side by side, in their order."""
        entries = sorted(self.above[b], key=lambda item: self.x[item])
        again = self._entered.count((b, upper))  # x * x
        self._entered.append((b, upper))
        rank = entries.index(upper) + again
        room = min(30.0, (self.width[b] - 24) / max(len(entries) - 1, 1))
        return self.x[b] + (rank - (len(entries) - 1) / 2) * room

    def _node(self, item: Node | Fold, tip: str) -> str:
        kinds, round_ = ["node"], 7
        if isinstance(item, Fold):
            kinds.append("fold")
        elif item.is_input:
            kinds.append("input")
            round_ = 22
        elif item in self.graph.repeated:
            kinds.append("again")
        kinds += ["output"] * (item in self.view.outputs)
        x, y, w = self.x[item], self._y(item), self.width[item]
        first, second = map(escape, self._lines(item))
        return (
            f'<g class="{" ".join(kinds)}" data-n="{key(item)}"><title>{escape(tip)}</title>'
            f'<rect x="{x - w / 2:.1f}" y="{y - HEIGHT / 2:.1f}" width="{w:.1f}" '
            f'height="{HEIGHT:.0f}" rx="{round_}"/>'
            f'<text x="{x:.1f}" y="{y - 4:.1f}">{first}</text>'
            f'<text class="value" x="{x:.1f}" y="{y + 13:.1f}">{second}</text></g>'
        )
