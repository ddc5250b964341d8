"""Places a state diagram on a page: layers from top to bottom, labels on their arrows, nothing over anything else.

A layered drawing in the manner of Sugiyama, Tagawa and Toda (1981). States lie in the even layers, labels in the odd
ones; an arrow that passes a layer keeps a place of its own there. An arrow bends only between two layers, where there
is nothing it could cross but another arrow. It knows sizes and pairs of names, not processes; lengths are pixels.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise
from math import inf
from statistics import fmean

Pair = tuple[str, str]
Point = tuple[float, float]
_Layers = list[list[str]]

_GAP = 26.0
"""The room between two neighbours of a layer."""
_PORT = 34.0
"""The room between two arrows that leave the same side of a box, where the box is wide enough."""
_STUB = 12.0
"""How far an arrow runs upright before a box and after it, so that its head points the right way."""
_ROUNDS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """What a thing needs: its own width and height, and those of what stands at its right (the label of a loop)."""

    width: float
    height: float
    aside_width: float = 0
    aside_height: float = 0


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
    """A placed diagram, from (0, 0) to (`width`, `height`); each route runs from source to target.

    `back` are the arrows that lead to an earlier state; they run upwards.
    """

    boxes: dict[str, Box]
    asides: dict[str, Box]
    labels: dict[Pair, Box]
    routes: dict[Pair, tuple[Point, ...]]
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


def layout(sizes: Mapping[str, Size], labels: Mapping[Pair, Size]) -> Layout:
    """Place the boxes of `sizes`, joined by the arrows of `labels` (no loops: their labels are asides of the boxes)."""
    back = backward(sizes, labels)
    net = _Net(sizes, labels, back)
    net.sort()
    return net.drawn(labels, back)


class _Net:
    """The diagram as layers of vertices: boxes, labels and the places where an arrow passes a layer.

    A chain holds the vertices of one arrow from top to bottom, whichever way the arrow points.
    """

    def __init__(self, sizes: Mapping[str, Size], labels: Mapping[Pair, Size], back: frozenset[Pair]) -> None:
        down = {pair: pair[::-1] if pair in back else pair for pair in labels}
        depth = depths(sizes, list(down.values()))
        self.nodes = tuple(sizes)
        self.sizes = dict(sizes)
        self.layers: _Layers = [[] for _ in range(2 * max(depth.values()) + 1)]
        self.chains: dict[Pair, list[str]] = {}
        self.label_of: dict[Pair, str] = {}
        for node, row in depth.items():
            self.layers[2 * row].append(node)
        load: dict[int, float] = defaultdict(float)
        for pair in sorted(labels, key=lambda pair: abs(depth[pair[0]] - depth[pair[1]])):
            upper, lower = down[pair]
            rows = range(2 * depth[upper] + 1, 2 * depth[lower])
            bearing = min((row for row in rows if row % 2), key=load.__getitem__)
            load[bearing] += labels[pair].width
            places = [f"{pair[0]}>{pair[1]}@{row}" for row in rows]
            for row, place in zip(rows, places, strict=True):
                self.layers[row].append(place)
                self.sizes[place] = labels[pair] if row == bearing else Size(width=0, height=0)
            self.label_of[pair] = places[bearing - rows.start]
            self.chains[pair] = [upper, *places, lower]

    def sort(self) -> None:
        """Order each layer by the means of its neighbours, so that few arrows cross; the best order found stays."""
        best, fewest = [list(layer) for layer in self.layers], self._crossings()
        for turn in range(_ROUNDS):
            self._sort_by_means(downwards=turn % 2 == 0, turn_ties=turn % 4 > 1)
            if (count := self._crossings()) < fewest:
                best, fewest = [list(layer) for layer in self.layers], count
        self.layers = best

    def _sort_by_means(self, *, downwards: bool, turn_ties: bool) -> None:
        near: dict[str, list[str]] = defaultdict(list)
        for chain in self.chains.values():
            for upper, lower in pairwise(chain):
                near[lower if downwards else upper].append(upper if downwards else lower)
        layers = self.layers if downwards else self.layers[::-1]
        for fixed, layer in pairwise(layers):
            at = {vertex: index for index, vertex in enumerate(fixed)}
            means = {v: fmean([at[n] for n in near[v]] or [i]) for i, v in enumerate(layer)}
            if turn_ties:
                layer.reverse()
            layer.sort(key=means.__getitem__)

    def _crossings(self) -> int:
        at = {vertex: (row, i) for row, layer in enumerate(self.layers) for i, vertex in enumerate(layer)}
        links: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for chain in self.chains.values():
            for upper, lower in pairwise(chain):
                links[at[upper][0]].append((at[upper][1], at[lower][1]))
        return sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for row in links.values() for a, b in combinations(row, 2))

    def _ports(self) -> dict[tuple[Pair, int], float]:
        """How far from the middle of its box each arrow begins (end 0 of its chain) and ends (end -1)."""
        at = {vertex: index for layer in self.layers for index, vertex in enumerate(layer)}
        sides: dict[tuple[str, int], list[Pair]] = defaultdict(list)
        for pair, chain in self.chains.items():
            sides[chain[0], 0].append(pair)
            sides[chain[-1], -1].append(pair)
        ports = {}
        for (node, end), pairs in sides.items():
            following = {pair: at[self.chains[pair][1 if end == 0 else -2]] for pair in pairs}
            step = min(_PORT, (self.sizes[node].width - 30) / max(1, len(pairs) - 1))
            for i, pair in enumerate(sorted(pairs, key=following.__getitem__)):
                ports[pair, end] = (i - (len(pairs) - 1) / 2) * step
        return ports

    def _across(self, ports: Mapping[tuple[Pair, int], float]) -> dict[str, float]:
        """The x of the middle of each vertex: near its neighbours, long arrows straight, everything apart."""
        pulls: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for pair, chain in self.chains.items():
            shifts = [ports[pair, 0], *[0.0] * (len(chain) - 2), ports[pair, -1]]
            for (upper, high), (lower, low) in pairwise(zip(chain, shifts, strict=True)):
                pulls[upper].append((lower, low - high))
                pulls[lower].append((upper, high - low))
        x = {v: 0.0 for layer in self.layers for v in layer}
        for turn in range(10 * _ROUNDS):
            for layer in self.layers if turn % 2 == 0 else self.layers[::-1]:
                wishes = [[x[other] + shift for other, shift in pulls[v]] or [x[v]] for v in layer]
                places = _apart([fmean(wish) for wish in wishes], [len(wish) for wish in wishes], self._rooms(layer))
                x.update(zip(layer, places, strict=True))
        for pair, chain in [*self.chains.items()] * 3:
            self._straighten(chain[1:-1], (x[chain[0]] + ports[pair, 0], x[chain[-1]] + ports[pair, -1]), x)
        left = min(x[v] - self.sizes[v].width / 2 for v in x)
        return {v: place - left for v, place in x.items()}

    def _straighten(self, inside: Sequence[str], ends: Point, x: dict[str, float]) -> None:
        """Put the inside of a chain in one column, in line with an end where there is room, or else in several."""
        low, high = -inf, inf
        for layer in self.layers:
            for (left, right), room in zip(pairwise(layer), self._rooms(layer), strict=True):
                low = max(low, x[left] + room) if right in inside else low
                high = min(high, x[right] - room) if left in inside else high
        if low <= high:
            columns = [min(max(end, low), high) for end in ends]
            bends = {column: round(sum(abs(column - end) for end in ends)) for column in columns}
            x.update(dict.fromkeys(inside, min(columns, key=lambda column: (bends[column], column not in ends))))
        elif (half := len(inside) // 2) > 0:
            self._straighten(inside[:half], (ends[0], x[inside[half]]), x)
            self._straighten(inside[half:], (x[inside[half - 1]], ends[1]), x)

    def _rooms(self, layer: Sequence[str]) -> list[float]:
        sizes = [self.sizes[v] for v in layer]
        return [a.width / 2 + a.aside_width + _GAP + b.width / 2 for a, b in pairwise(sizes)]

    def _bands(self, bends: Sequence[float]) -> list[tuple[float, float]]:
        """The top and bottom of each layer; the wider the bends between two layers, the more room they have."""
        bands, top = [], -_STUB
        for row, layer in enumerate(self.layers):
            height = max(max(self.sizes[v].height, self.sizes[v].aside_height) for v in layer) + 2 * _STUB
            bands.append((top, top + height))
            top += height + 10 + min(70, bends[row] * 0.16)
        return bands

    def drawn(self, labels: Mapping[Pair, Size], back: frozenset[Pair]) -> Layout:
        """The layout for the order in which the layers now stand."""
        ports = self._ports()
        x = self._across(ports)
        row_of = {vertex: row for row, layer in enumerate(self.layers) for vertex in layer}
        tracks = {
            pair: [x[v] + {0: ports[pair, 0], len(chain) - 1: ports[pair, -1]}.get(i, 0) for i, v in enumerate(chain)]
            for pair, chain in self.chains.items()
        }
        bends = [0.0 for _ in self.layers]
        for pair, chain in self.chains.items():
            for vertex, (a, b) in zip(chain, pairwise(tracks[pair]), strict=False):
                bends[row_of[vertex]] = max(bends[row_of[vertex]], abs(a - b))
        bands = self._bands(bends)
        boxes = {v: _centred(x[v], bands[row_of[v]], self.sizes[v]) for v in x}
        routes = {}
        for pair, chain in self.chains.items():
            points = [(at, y) for v, at in zip(chain, tracks[pair], strict=True) for y in bands[row_of[v]]]
            points[0] = (points[0][0], boxes[chain[0]].bottom)
            points[-1] = (points[-1][0], boxes[chain[-1]].top)
            routes[pair] = tuple(points[::-1] if pair in back else points)
        asides = {v: _beside(boxes[v], size) for v, size in self.sizes.items() if size.aside_width}
        return Layout(
            boxes={node: boxes[node] for node in self.nodes},
            asides=asides,
            labels={pair: boxes[self.label_of[pair]] for pair in labels},
            routes={pair: routes[pair] for pair in labels},
            back=back,
            width=max(box.right for box in (*boxes.values(), *asides.values())),
            height=bands[-1][1] - _STUB,
        )


def _centred(x: float, band: tuple[float, float], size: Size) -> Box:
    top = (band[0] + band[1] - size.height) / 2
    return Box(left=x - size.width / 2, top=top, width=size.width, height=size.height)


def _beside(box: Box, size: Size) -> Box:
    top = box.middle[1] - size.aside_height / 2
    return Box(left=box.right, top=top, width=size.aside_width, height=size.aside_height)


def _apart(wishes: Sequence[float], weights: Sequence[float], rooms: Sequence[float]) -> list[float]:
    """The places nearest to the wishes (least squares) that keep their order and the rooms between neighbours."""
    offsets = [0.0, *accumulate(rooms)]
    pools: list[tuple[float, float, int]] = []
    for wish, offset, weight in zip(wishes, offsets, weights, strict=True):
        total, mass, count = (wish - offset) * weight, float(weight), 1
        while pools and pools[-1][0] / pools[-1][1] >= total / mass:
            before = pools.pop()
            total, mass, count = total + before[0], mass + before[1], count + before[2]
        pools.append((total, mass, count))
    means = [total / mass for total, mass, count in pools for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
