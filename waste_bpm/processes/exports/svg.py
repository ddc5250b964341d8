"""A process as a state diagram in plain SVG: for a page, a printed procedure, a training slide."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from xml.sax.saxutils import escape

from waste_bpm.processes.exports import actors_shortly, only_under, regimes_told
from waste_bpm.processes.exports.layout import Box, Layout, Pair, Piece, Point, Size
from waste_bpm.processes.exports.placing import kept, layout
from waste_bpm.processes.process import Process, Step

_MARGIN, _TITLE, _DOT = 28.0, 60.0, 40.0
_LEGEND_WIDTH, _LEGEND_HEIGHT, _LEGEND_ROW = 810.0, 84.0, 32.0
_STYLE = """\
text { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #14233a }
.title { font-size: 19px; font-weight: bold }
.state { font-size: 13px; font-weight: bold; text-anchor: middle }
.step { font-size: 12px }
.who { font-size: 10.5px; fill: #475569 }
.middle { text-anchor: middle }
.box { fill: #e8f0fb; stroke: #1f4e8c; stroke-width: 1.6 }
.end { fill: #e9f5ea; stroke: #25632c; stroke-width: 1.6 }
.inner { fill: none; stroke: #25632c; stroke-width: 1.1 }
.paper { fill: #ffffff }
.go { fill: none; stroke: #334155; stroke-width: 1.5; marker-end: url(#go) }
.back { fill: none; stroke: #9a3412; stroke-width: 1.5; stroke-dasharray: 6 4; marker-end: url(#back) }
.dot { fill: #14233a }"""
_HARD_SPACE = "\N{NO-BREAK SPACE}"
_FACES = {"title": 21, "state": 14.3, "step": 12, "who": 10.5}
"""The size of each face in pixels, a tenth more where it is bold."""
_MARKER = (
    '<marker id="{0}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5 L10 5 L0 9.5 z" fill="{1}"/></marker>'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Line:
    """One line of text, and how much lower than the line before it stands."""

    text: str
    style: str
    drop: float

    @property
    def width(self) -> float:
        """The room the line needs in pixels: an upper bound for the usual sans-serif faces."""
        return sum(_breadth(letter) for letter in self.text) * _FACES[self.style]


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """What is to be drawn of a process: the words in each box and at each arrow, and what room they need."""

    states: dict[str, list[_Line]]
    arrows: dict[Pair, list[_Line]]

    @property
    def sizes(self) -> dict[str, Size]:
        """The size of the box of each state."""
        return {
            state: Size(width=max(120, round(_width(lines) + 28)), height=max(44, round(_height(lines) + 22)))
            for state, lines in self.states.items()
        }

    @property
    def labels(self) -> dict[Pair, Size]:
        """The size of the label of each arrow."""
        return {
            pair: Size(width=round(_width(lines) + 12), height=round(_height(lines) + 8))
            for pair, lines in self.arrows.items()
        }


def picture(process: Process) -> Picture:
    """The words of the diagram of a process; steps between the same two states share one arrow."""
    between: dict[Pair, list[Step]] = defaultdict(list)
    for step in process.steps:
        for source in step.source:
            between[source, step.target or source].append(step)
    return Picture(
        states={state: _wrapped(name, 22, "state", 17) for state, name in process.states.items()},
        arrows={pair: _label(steps) for pair, steps in between.items()},
    )


def places(process: Process) -> bytes:
    """The file that keeps where the parts of the diagram lie."""
    drawn = picture(process)
    return kept(layout(process.name, drawn.sizes, drawn.labels), drawn.sizes, drawn.labels)


def svg(process: Process) -> str:
    """The state diagram of a process as an SVG document."""
    drawn = picture(process)
    place = layout(process.name, drawn.sizes, drawn.labels)
    heading = _Line(text=process.title, style="title", drop=0)
    width = round(max(place.width, heading.width, _LEGEND_WIDTH) + 2 * _MARGIN)
    told = regimes_told(process)
    legend_height = _LEGEND_HEIGHT + (_LEGEND_ROW if told else 0)
    height = round(_TITLE + _DOT + place.height + legend_height + _MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f'<title id="title">{escape(process.title)}</title>',
        f'<desc id="desc">{escape(_described(process))}</desc>',
        f"<style>\n{_STYLE}\n</style>",
        f"<defs>{_MARKER.format('go', '#334155')}{_MARKER.format('back', '#9a3412')}</defs>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
        f'<text class="title" x="{_MARGIN:g}" y="40">{escape(process.title)}</text>',
        f'<g transform="translate({(width - place.width) / 2:.1f} {_TITLE + _DOT:g})">',
        *_body(process, drawn, place),
        "</g>",
        f'<g transform="translate({_MARGIN:g} {height - legend_height:g})">',
        *_legend(told),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _body(process: Process, drawn: Picture, place: Layout) -> Iterator[str]:
    """Arrows first, so that no arrow runs over a word."""
    yield from _start(place.boxes[next(iter(process.states))])
    for pair, pieces in place.routes.items():
        yield _arrow(pieces, "back" if pair in place.back else "go")
    for pair, lines in drawn.arrows.items():
        box = place.labels[pair]
        yield _rectangle("paper", box)
        yield from _text(lines, x=box.middle[0], top=box.top + 4, anchor="middle")
    for state, lines in drawn.states.items():
        yield from _state(place.boxes[state], lines, final=state in process.final)


def _described(process: Process) -> str:
    """The diagram in words, for those who hear it."""
    steps = (
        f"{step.title}: from {' or '.join(process.states[source] for source in step.source)}"
        + (f" to {process.states[step.target]}" if step.target else ", the state stays")
        + (f", only under {only_under(step)}" if step.regimes else "")
        for step in process.steps
    )
    return f"State diagram. It begins in {next(iter(process.states.values()))}. {'; '.join(steps)}."


def _wrapped(text: str, letters: int, style: str, drop: float) -> list[_Line]:
    """The text in as few lines as `letters` to a line allow, all of about the same length."""
    longest = min(letters, max(len(word) for word in text.split(" ")))
    tries = [wrap(text, room) for room in range(longest, letters + 1)]
    lines = next(lines for lines in tries if len(lines) == len(tries[-1]))
    return [_Line(text=line.replace(_HARD_SPACE, " "), style=style, drop=drop) for line in lines]


def _label(steps: Iterable[Step]) -> list[_Line]:
    lines: list[_Line] = []
    for step in steps:
        title = _wrapped(step.title, 24, "step", 15)
        who = _wrapped(", ".join(actor.replace(" ", _HARD_SPACE) for actor in actors_shortly(step)), 30, "who", 13)
        mark = [_Line(text=f"[{only_under(step)}]", style="who", drop=13)] if step.regimes else []
        lines += [replace(title[0], drop=22 if lines else 15), *title[1:], *who, *mark]
    return lines


def _width(lines: Iterable[_Line]) -> float:
    return max((line.width for line in lines), default=0)


def _height(lines: Iterable[_Line]) -> float:
    return sum(line.drop for line in lines)


def _breadth(letter: str) -> float:
    """The width of a letter in parts of the size of the face."""
    if letter in "ijl.,:;'|!()[]ftIr /-":
        return 0.42
    return 1.0 if letter in "mwMW@%" or ord(letter) > 0x2E7F else 0.72 if letter.isupper() else 0.64


def _rectangle(style: str, box: Box, *, inset: float = 0, radius: float = 0) -> str:
    place = f'x="{box.left + inset:.1f}" y="{box.top + inset:.1f}"'
    size = f'width="{box.width - 2 * inset:.1f}" height="{box.height - 2 * inset:.1f}"'
    return f'<rect class="{style}" {place} {size} rx="{radius:g}"/>'


def _text(lines: Iterable[_Line], *, x: float, top: float, anchor: str) -> Iterator[str]:
    """Lines below each other; the baseline stands 4 pixels above the foot of a line."""
    y = top
    for line in lines:
        y += line.drop
        yield f'<text class="{line.style} {anchor}" x="{x:.1f}" y="{y - 4:.1f}">{escape(line.text)}</text>'


def _state(box: Box, lines: Sequence[_Line], *, final: bool) -> Iterator[str]:
    yield _rectangle("end" if final else "box", box, radius=11)
    if final:
        yield _rectangle("inner", box, inset=4, radius=8)
    yield from _text(lines, x=box.middle[0], top=box.middle[1] - _height(lines) / 2, anchor="middle")


def _start(box: Box) -> Iterator[str]:
    x = box.middle[0]
    yield f'<circle class="dot" cx="{x:.1f}" cy="{box.top - 32:.1f}" r="7"/>'
    yield _arrow(_straight((x, box.top - 25), (x, box.top)), "go")


def _arrow(pieces: Iterable[Piece], style: str) -> str:
    path = []
    for (x, y), *bends in pieces:
        path.append(f"M{x:.1f} {y:.1f} C{' '.join(f'{to_x:.1f} {to_y:.1f}' for to_x, to_y in bends)}")
    return f'<path class="{style}" d="{" ".join(path)}"/>'


def _straight(start: Point, end: Point) -> list[Piece]:
    return [(start, start, end, end)]


def _legend(told: str) -> Iterator[str]:
    """Six signs in two rows of three, and below them what the mark of a regime means where there is one."""
    symbol = Box(left=0, top=4, width=34, height=20)
    signs = (
        ('<circle class="dot" cx="17" cy="14" r="7"/>', "Start"),
        (_rectangle("box", symbol, radius=6), "State"),
        (_rectangle("end", symbol, radius=6) + _rectangle("inner", symbol, inset=3, radius=4), "Final state"),
        (_arrow(_straight((0, 14), (34, 14)), "go"), "Step, and below it who takes it"),
        (_arrow(_straight((0, 14), (34, 14)), "back"), "Step back to an earlier state"),
        ('<path class="go" d="M4 5 c36 -18 36 36 0 18"/>', "Step after which the state stays"),
    )
    for i, (sign, words) in enumerate(signs):
        yield f'<g transform="translate({i % 3 * _LEGEND_WIDTH / 3:g} {i // 3 * _LEGEND_ROW:g})">{sign}'
        yield f'<text class="step" x="44" y="18">{words}</text></g>'
    if told:
        yield f'<text class="step" x="0" y="{len(signs) // 3 * _LEGEND_ROW + 18:g}">{escape(told)}</text>'
