"""What a placed state diagram is: boxes, labels and arrows on a page, in pixels; and the order of its states."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Pair = tuple[str, str]
Point = tuple[float, float]
Piece = tuple[Point, ...]
"""A curve: its first point, then for each bend two guides and the point where it ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """What a thing needs."""

    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle on the page."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of the right side."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The y of the lower side."""
        return self.top + self.height

    @property
    def middle(self) -> Point:
        """The centre."""
        return self.left + self.width / 2, self.top + self.height / 2

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share more than a border."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """A placed diagram, from (0, 0) to (`width`, `height`): each route runs from source to target through its label.

    `back` are the arrows that lead to an earlier state.
    """

    boxes: dict[str, Box]
    labels: dict[Pair, Box]
    routes: dict[Pair, tuple[Piece, ...]]
    back: frozenset[Pair]
    width: float
    height: float


def backward(nodes: Iterable[str], pairs: Iterable[Pair]) -> frozenset[Pair]:
    """The arrows that close a circle, for a reader who starts at the first node and takes arrows in the order given."""
    after = defaultdict(list)
    for source, target in pairs:
        after[source].append(target)
    found: set[Pair] = set()
    seen: set[str] = set()

    def walk(node: str, path: frozenset[str]) -> None:
        seen.add(node)
        for target in after[node]:
            if target in path:
                found.add((node, target))
            elif target not in seen:
                walk(target, path | {target})

    for node in nodes:
        if node not in seen:
            walk(node, frozenset({node}))
    return frozenset(found)


def depths(nodes: Iterable[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """The longest way to each node, in steps; backward arrows must be left out of `pairs`."""
    depth = dict.fromkeys(nodes, 0)
    for _ in depth:
        for source, target in pairs:
            depth[target] = max(depth[target], depth[source] + 1)
    return depth
