"""Where the parts of a state diagram lie on its page.

Graphviz places them when the pictures are generated (`graphviz.py`); the places are kept in `processes/places/`, so
that drawing needs no library. What was placed is recognised by a fingerprint of the sizes and arrows; a picture whose
table has changed since is placed anew, which needs the library.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from waste_bpm import resources
from waste_bpm.processes.exports.graphviz import placed
from waste_bpm.processes.exports.layout import Box, Layout, Pair, Size

SCHEMA = "waste-bpm/places/v1"


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
    return placed(sizes, labels)


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
