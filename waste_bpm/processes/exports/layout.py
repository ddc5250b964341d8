"""Where the parts of a state diagram lie on its page, in pixels.

Graphviz places them when the pictures are generated (`graphviz.py`); the places are kept in `processes/places/`, so
that drawing needs no library. What was placed is recognised by a fingerprint of the sizes and arrows; a picture whose
table has changed since is placed anew, which needs the library.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from waste_bpm import resources

Pair = tuple[str, str]
Point = tuple[float, float]
Piece = tuple[Point, ...]
"""A curve: its first point, then for each bend two guides and the point where it ends."""
SCHEMA = "waste-bpm/places/v1"


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


def fingerprint(sizes: Mapping[str, Size], labels: Mapping[Pair, Size]) -> str:
    """What the places of a diagram depend on."""
    said = [
        [[name, size.width, size.height] for name, size in sizes.items()],
        [[*pair, size.width, size.height] for pair, size in labels.items()],
    ]
    return hashlib.sha256(orjson.dumps(said)).hexdigest()[:16]


def layout(name: str, sizes: Mapping[str, Size], labels: Mapping[Pair, Size]) -> Layout:
    """The places of the diagram called `name`: those on file, or new ones where it has changed or was never placed."""
    file = resources.path("processes", "places", f"{name}.json")
    if file.is_file():
        kept = orjson.loads(file.read_bytes())
        if kept["fingerprint"] == fingerprint(sizes, labels):
            return _read(kept)
    from waste_bpm.processes.exports import graphviz  # noqa: PLC0415 - a library for generating only

    return graphviz.placed(sizes, labels)


def kept(place: Layout, sizes: Mapping[str, Size], labels: Mapping[Pair, Size]) -> bytes:
    """The content of the file that keeps the places."""
    said = {
        "schema": SCHEMA,
        "fingerprint": fingerprint(sizes, labels),
        "size": [place.width, place.height],
        "boxes": {name: _sides(box) for name, box in place.boxes.items()},
        "arrows": [
            {
                "from": pair[0],
                "to": pair[1],
                "back": pair in place.back,
                "label": _sides(place.labels[pair]),
                "route": place.routes[pair],
            }
            for pair in place.routes
        ],
    }
    return orjson.dumps(said, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _read(said: Mapping[str, Any]) -> Layout:
    arrows = {(arrow["from"], arrow["to"]): arrow for arrow in said["arrows"]}
    return Layout(
        boxes={name: _box(sides) for name, sides in said["boxes"].items()},
        labels={pair: _box(arrow["label"]) for pair, arrow in arrows.items()},
        routes={pair: tuple(tuple((x, y) for x, y in piece) for piece in a["route"]) for pair, a in arrows.items()},
        back=frozenset(pair for pair, arrow in arrows.items() if arrow["back"]),
        width=said["size"][0],
        height=said["size"][1],
    )


def _sides(box: Box) -> list[float]:
    return [box.left, box.top, box.width, box.height]


def _box(sides: Sequence[float]) -> Box:
    left, top, width, height = sides
    return Box(left=left, top=top, width=width, height=height)
