"""Frames around the rounds of loops, in pictures whose layout does not know of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .drawing import heading
from .folding import View
from .node import Round

#: Room between a frame and what is in it: beside it, and above, where the heading stands.
BESIDE, ABOVE = 6.0, 15.0


@dataclass(frozen=True)
class Frame:
    """A rectangle, with its heading."""

    left: float
    top: float
    right: float
    bottom: float
    heading: str = ""

    def meets(self, other: Frame) -> bool:
        """Whether two rectangles have a part in common."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)


def frames(view: View, box_of: Callable) -> Iterator[Frame]:
    """A frame for each round whose items stand together: no other is between them."""
    inside: dict[tuple[Round, ...], list] = {}
    for what, path, item in view.boxes():
        if what == "item":
            for depth in range(len(path)):
                inside.setdefault(path[: depth + 1], []).append(item)
    for path, items in inside.items():
        within = max(len(p) for p in inside if p[: len(path)] == path) - len(path) + 1
        boxes = [box_of(item) for item in items]
        frame = Frame(
            min(b.left for b in boxes) - BESIDE * within,
            min(b.top for b in boxes) - ABOVE * within,
            max(b.right for b in boxes) + BESIDE * within,
            max(b.bottom for b in boxes) + BESIDE * within,
            heading(path[-1]),
        )
        mine = set(items)
        if not any(frame.meets(box_of(other)) for other in view.items if other not in mine):
            yield frame
