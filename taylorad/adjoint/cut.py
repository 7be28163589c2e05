"""The cheapest set of vertices that separates sinks from sources, by maximum flow.

Source: J. Edmonds, R. Karp, Journal of the ACM 19, 1972; a vertex with a cost is two vertices
with an edge of that capacity between them.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping


def smallest_cut(
    costs: Mapping[Hashable, float],
    operands: Mapping[Hashable, Iterable[Hashable]],
    sources: Iterable[Hashable],
    sinks: Iterable[Hashable],
) -> set:
    """The vertices to cut, of smallest total cost; of several cuts the one nearest the sinks.

    Parameters
    ----------
    costs : mapping
        The cost of each vertex.
    operands : mapping
        For each vertex those that it follows from.
    sources, sinks : iterable
        What flows, and where it must not arrive; vertices may be both.
    """
    room: dict = defaultdict(dict)

    def edge(a, b, capacity):
        room[a][b] = room[a].get(b, 0) + capacity
        room[b].setdefault(a, 0)

    for v, cost in costs.items():
        edge(("in", v), ("out", v), cost)
        for u in operands.get(v, ()):
            edge(("out", u), ("in", v), math.inf)
    for v in sources:
        edge("source", ("in", v), math.inf)
    for v in sinks:
        edge(("out", v), "sink", math.inf)
    while (path := _path(room)) is not None:
        flow = min(room[a][b] for a, b in path)
        if flow == math.inf:
            raise ValueError("a sink cannot be separated from a source")
        for a, b in path:
            room[a][b] -= flow
            room[b][a] += flow
    behind = _reaching(room)
    return {v for v in costs if ("out", v) in behind and ("in", v) not in behind}


def _path(room):
    """A shortest path from source to sink with room for flow, as its edges; or None."""
    came: dict = {"source": None}
    queue = deque(["source"])
    while queue:
        a = queue.popleft()
        for b, capacity in room[a].items():
            if capacity > 0 and b not in came:
                came[b] = a
                if b == "sink":
                    edges = []
                    while came[b] is not None:
                        edges.append((came[b], b))
                        b = came[b]
                    return edges
                queue.append(b)
    return None


def _reaching(room) -> set:
    """The vertices from which the sink can still be reached."""
    found, queue = {"sink"}, deque(["sink"])
    while queue:
        b = queue.popleft()
        for a in room[b]:  # every edge has its reverse
            if a not in found and room[a].get(b, 0) > 0:
                found.add(a)
                queue.append(a)
    return found
