"""Places a BPMN diagram on a page: lanes as horizontal bands, columns by depth, right-angled flows that cross no shape.

Shapes stand in cells. Between two columns, and below the shapes of each lane, there are tracks for the flows: a flow to
the next column takes one upright track; any other flow goes down to a level track of the lane in which it ends, and
back up. Lengths are pixels.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from waste_bpm.processes.exports.layout import Box, Pair, Point, backward, depths

_Track = tuple[Pair, str]
"""An upright track: where a flow goes down from its source, or up to its target."""
_ROW, _COLUMN, _TRACK, _MARGIN, _HEADER = 124.0, 104.0, 12.0, 20.0, 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A flow node to place: its lane and its size."""

    lane: str
    width: float
    height: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where the pool, its lanes, the flow nodes and the flows lie."""

    pool: Box
    lanes: dict[str, Box]
    boxes: dict[str, Box]
    routes: dict[Pair, tuple[Point, ...]]


def place(shapes: Mapping[str, Shape], flows: Sequence[Pair], lanes: Sequence[str]) -> Placed:
    """Place the lanes from top to bottom, the shapes, in the order in which a token meets them, and the flows."""
    back = backward(shapes, flows)
    column = depths(shapes, [flow for flow in flows if flow not in back])
    row = _rows(shapes, column)
    level = _levels(shapes, column, _long(shapes, column, row, flows))
    bands = _bands(shapes, row, level, lanes)
    middle = {name: bands[shape.lane][0] + (row[name] + 0.45) * _ROW for name, shape in shapes.items()}
    floor = {flow: bands[shapes[flow[1]].lane][1] - (i + 1) * _TRACK for flow, i in level.items()}
    tracks = _tracks(column, flows, middle, floor)
    left = _lefts(shapes, column, tracks)
    boxes = {
        name: Box(
            left=left[column[name]] + (_wide(shapes, column, column[name]) - shape.width) / 2,
            top=middle[name] - shape.height / 2,
            width=shape.width,
            height=shape.height,
        )
        for name, shape in shapes.items()
    }
    upright = {
        track: left[gutter + 1] - (len(order) - i + 1) * _TRACK
        for gutter, order in tracks.items()
        for i, track in enumerate(order)
    }
    right, bottom = max(left.values()), max(bottom for _, bottom in bands.values())
    return Placed(
        pool=Box(left=_MARGIN, top=_MARGIN, width=right - _MARGIN, height=bottom - _MARGIN),
        lanes={
            lane: Box(left=_MARGIN + _HEADER, top=top, width=right - _MARGIN - _HEADER, height=bottom - top)
            for lane, (top, bottom) in bands.items()
        },
        boxes=boxes,
        routes={flow: _route(flow, boxes, upright, floor.get(flow)) for flow in flows},
    )


def _rows(shapes: Mapping[str, Shape], column: Mapping[str, int]) -> dict[str, int]:
    """Shapes of one lane and column stand below each other."""
    filled: Counter[tuple[str, int]] = Counter()
    rows = {}
    for name, shape in shapes.items():
        rows[name] = filled[shape.lane, column[name]]
        filled[shape.lane, column[name]] += 1
    return rows


def _long(
    shapes: Mapping[str, Shape], column: Mapping[str, int], row: Mapping[str, int], flows: Iterable[Pair]
) -> list[Pair]:
    """The flows that need a level track: to any but the next column, or from a row to another whose flow comes back."""
    long = []
    taken: set[tuple[object, ...]] = set()
    for source, target in flows:
        ends = [(shapes[name].lane, row[name]) for name in (source, target)]
        crossed = ends[0] != ends[1] and (column[source], *reversed(ends)) in taken
        if crossed or column[target] != column[source] + 1:
            long.append((source, target))
        else:
            taken.add((column[source], *ends))
    return long


def _levels(shapes: Mapping[str, Shape], column: Mapping[str, int], long: Iterable[Pair]) -> dict[Pair, int]:
    """The level track of each long flow, counted from below; flows share one where they do not meet."""
    taken: dict[str, list[int]] = defaultdict(list)
    levels = {}
    spans = {flow: sorted((column[flow[0]], column[flow[1]] - 1)) for flow in long}
    for flow, (first, last) in sorted(spans.items(), key=lambda item: item[1]):
        ends = taken[shapes[flow[1]].lane]
        levels[flow] = next((i for i, end in enumerate(ends) if end < first), len(ends))
        ends[levels[flow] : levels[flow] + 1] = [last]
    return levels


def _bands(
    shapes: Mapping[str, Shape], row: Mapping[str, int], level: Mapping[Pair, int], lanes: Iterable[str]
) -> dict[str, tuple[float, float]]:
    """The top and bottom of each lane."""
    bands = {}
    top = _MARGIN
    for lane in lanes:
        rows = 1 + max((row[name] for name, shape in shapes.items() if shape.lane == lane), default=0)
        tracks = max((i + 1 for flow, i in level.items() if shapes[flow[1]].lane == lane), default=0)
        bands[lane] = (top, top + rows * _ROW + (tracks + 1) * _TRACK)
        top = bands[lane][1]
    return bands


def _tracks(
    column: Mapping[str, int], flows: Iterable[Pair], middle: Mapping[str, float], floor: Mapping[Pair, float]
) -> dict[int, list[_Track]]:
    """The upright tracks right of each column (-1: left of the first), from left to right."""
    leaving: dict[int, dict[_Track, float]] = defaultdict(dict)
    entering: dict[int, dict[_Track, float]] = defaultdict(dict)
    drops: dict[int, dict[_Track, float]] = defaultdict(dict)
    for flow in flows:
        start, end = (middle[name] for name in flow)
        if flow not in floor and start == end:
            continue
        first, last = column[flow[0]], column[flow[1]] - 1
        down, up = (flow, "down"), (flow, "up" if flow in floor else "down")
        leaving[first][down] = start
        entering[last][up] = end
        drops[last][up] = 0
        drops[first][down] = abs(floor.get(flow, end) - start)
    return {
        gutter: _ordered(sorted(drop, key=drop.__getitem__, reverse=True), leaving[gutter], entering[gutter])
        for gutter, drop in drops.items()
    }


def _ordered(waiting: list[_Track], leaving: Mapping[_Track, float], entering: Mapping[_Track, float]) -> list[_Track]:
    """A flow that enters a shape at some height lies right of the other flows that leave a shape at that height."""
    order = []
    while waiting:
        heights = {track: leaving[track] for track in waiting if track in leaving}
        free = (
            track
            for track in waiting
            if not any(y == entering.get(track) and other[0][0] != track[0][0] for other, y in heights.items())
        )
        chosen = next(free, waiting[0])
        waiting.remove(chosen)
        order.append(chosen)
    return order


def _wide(shapes: Mapping[str, Shape], column: Mapping[str, int], index: int) -> float:
    return max([_COLUMN, *(shape.width for name, shape in shapes.items() if column[name] == index)])


def _lefts(
    shapes: Mapping[str, Shape], column: Mapping[str, int], tracks: Mapping[int, list[_Track]]
) -> dict[int, float]:
    """The left side of each column, and of the empty one behind the last."""
    lefts = {}
    right = _MARGIN + 2 * _HEADER
    for index in range(max(column.values()) + 2):
        lefts[index] = right + (len(tracks.get(index - 1, ())) + 2) * _TRACK
        right = lefts[index] + _wide(shapes, column, index)
    return lefts


def _route(
    flow: Pair, boxes: Mapping[str, Box], upright: Mapping[_Track, float], floor: float | None
) -> tuple[Point, ...]:
    source, target = (boxes[name] for name in flow)
    start, end = (source.right, source.middle[1]), (target.left, target.middle[1])
    if floor is None and start[1] == end[1]:
        return start, end
    down = upright[flow, "down"]
    if floor is None:
        return start, (down, start[1]), (down, end[1]), end
    up = upright[flow, "up"]
    return start, (down, start[1]), (down, floor), (up, floor), (up, end[1]), end
