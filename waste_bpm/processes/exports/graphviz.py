"""Places a state diagram with Graphviz: the only module that knows it, and only when pictures are generated.

A label is a node of its own between the two states of its arrow, so that nothing is drawn over it. Arrows that lead
back are laid out in the other direction, so that they do not push the states below them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from waste_bpm.errors import Unavailable
from waste_bpm.processes.exports.layout import Box, Layout, Pair, Piece, Point, Size, backward
from waste_bpm.vocabulary import Finding

_INCH = 72
_GRAPH = {"rankdir": "TB", "nodesep": "0.34", "ranksep": "0.3", "splines": "spline", "outputorder": "edgesfirst"}
_NODE = {"shape": "box", "fixedsize": "true", "label": "", "fontsize": "1"}
_EDGE = {"arrowsize": "0.6", "weight": "3"}
_LOOP = 40.0
"""The width of the arc of a loop, between its box and its label."""


def placed(sizes: Mapping[str, Size], labels: Mapping[Pair, Size]) -> Layout:
    """The diagram of these boxes and arrows; raises Unavailable where Graphviz is not installed."""
    try:
        import pygraphviz  # noqa: PLC0415 - only who generates has it
    except ImportError as error:
        raise Unavailable(_not_installed()) from error
    back = backward(sizes, [pair for pair in labels if pair[0] != pair[1]])
    graph = pygraphviz.AGraph(directed=True, strict=False)
    graph.graph_attr.update(_GRAPH)
    graph.node_attr.update(_NODE)
    graph.edge_attr.update(_EDGE)
    for name, size in sizes.items():
        graph.add_node(name, **_measures(size))
    for pair, size in labels.items():
        _arrow(graph, pair, size, back=pair in back)
    graph.layout("dot")
    return _read(graph, sizes, labels, back)


def _not_installed() -> Finding:
    return Finding(
        rule_id="picture-stale",
        message="The picture of this process was not placed since its table changed, and Graphviz is not installed.",
        fix="Install what requirements/dev.txt names and run make generate.",
    )


def _measures(size: Size) -> dict[str, float]:
    return {"width": size.width / _INCH, "height": size.height / _INCH}


def _label(pair: Pair) -> str:
    return f"{pair[0]}>{pair[1]}"


def _arrow(graph: Any, pair: Pair, size: Size, *, back: bool) -> None:
    if pair[0] == pair[1]:
        wide = Size(width=_LOOP + size.width, height=size.height)
        graph.add_node(_label(pair), **_measures(wide))
        graph.add_subgraph([pair[0], _label(pair)], rank="same")
        graph.add_edge(pair[0], _label(pair), style="invis", weight="30")
        return
    upper, lower = reversed(pair) if back else pair
    graph.add_node(_label(pair), **_measures(size))
    graph.add_edge(upper, _label(pair), dir="back" if back else "none")
    graph.add_edge(_label(pair), lower, dir="none" if back else "forward")


def _read(graph: Any, sizes: Mapping[str, Size], labels: Mapping[Pair, Size], back: frozenset[Pair]) -> Layout:
    left, bottom, right, top = (float(side) for side in graph.graph_attr["bb"].split(","))

    def point(written: str) -> Point:
        x, y = written.split(",")
        return round(float(x) - left, 1), round(top - float(y), 1)

    def curve(source: str, target: str) -> Piece:
        return _curve(graph.get_edge(source, target).attr["pos"], point)

    boxes = {name: _centred(point(graph.get_node(name).attr["pos"]), size) for name, size in sizes.items()}
    placed_labels: dict[Pair, Box] = {}
    routes: dict[Pair, tuple[Piece, ...]] = {}
    for pair, size in labels.items():
        x, y = point(graph.get_node(_label(pair)).attr["pos"])
        if pair[0] == pair[1]:
            placed_labels[pair] = _centred((boxes[pair[0]].right + _LOOP + size.width / 2, y), size)
            routes[pair] = (_arc(boxes[pair[0]]),)
            continue
        upper, lower = reversed(pair) if pair in back else pair
        pieces = [curve(upper, _label(pair)), curve(_label(pair), lower)]
        placed_labels[pair] = _centred((x, y), size)
        routes[pair] = tuple(piece[::-1] for piece in pieces[::-1]) if pair in back else tuple(pieces)
    return Layout(
        boxes=boxes,
        labels=placed_labels,
        routes=routes,
        back=back,
        width=right - left,
        height=top - bottom,
    )


def _curve(written: str, point: Callable[[str], Point]) -> Piece:
    """The points of an edge as Graphviz writes them; the tip of an arrow, marked `s` or `e`, becomes a last bend."""
    points: list[Point] = []
    tips: dict[str, Point] = {}
    for part in written.split():
        if part[0] in "se":
            tips[part[0]] = point(part[2:])
        else:
            points.append(point(part))
    if "s" in tips:
        points = [tips["s"], tips["s"], points[0], *points]
    if "e" in tips:
        points = [*points, points[-1], tips["e"], tips["e"]]
    return tuple(points)


def _centred(middle: Point, size: Size) -> Box:
    left, top = middle[0] - size.width / 2, middle[1] - size.height / 2
    return Box(left=round(left, 1), top=round(top, 1), width=size.width, height=size.height)


def _arc(box: Box) -> Piece:
    x, y = round(box.right, 1), round(box.middle[1], 1)
    return (x, y - 9), (x + 34, y - 26), (x + 34, y + 26), (x, y + 9)
