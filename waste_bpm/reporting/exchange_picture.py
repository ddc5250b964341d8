"""The exchange of a case as a picture: time goes down, each node has its line, each letter is an arrow.

Rows stand in order of time, and each says what happened at its moment; the distance between two rows says nothing. A
letter that arrived at once is a level arrow; one that waited slants down to the row at which it arrived.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from waste_bpm.reporting.exchange import Arrival, Exchange, Said

_WIDTH, _HEIGHT, _MARGIN = 794.0, 1123.0, 30.0
"""A sheet of A4 in pixels, and what is left free at its edges."""
_DATE, _PARTY, _WHAT, _BLOCK = 30.0, 90.0, 164.0, 318.0
"""Where the columns of words begin."""
_FIRST, _LAST = 430.0, 714.0
"""Where the lines of the first and the last node stand."""
_AT_ONCE = timedelta(minutes=1)
"""How long a letter may take that arrives at once."""
_TOP, _ROW, _LEGEND = 142.0, 16.4, 108.0
_STYLE = """\
text { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 9.3px; fill: #14233a }
.title { font-size: 17px; font-weight: bold }
.about, .small { fill: #475569 }
.small { font-size: 8.4px }
.head { font-size: 11.5px; font-weight: bold; text-anchor: middle }
.under { font-size: 8.4px; fill: #475569; text-anchor: middle }
.notice { font-weight: bold; fill: #9f1239 }
.well { font-weight: bold; fill: #166534 }
.life { stroke: #64748b; stroke-width: 1.4 }
.dot { fill: #1f4e8c }
.level { stroke: #1f4e8c; stroke-width: 1.1; marker-end: url(#level) }
.late { stroke: #c2570c; stroke-width: 1.1; marker-end: url(#late) }
.waits { stroke: #c2570c; stroke-width: 1.1; stroke-dasharray: 1 3 }
.tried { stroke: #dc8f8f; stroke-width: 1; stroke-dasharray: 3 2 }
.cross { stroke: #b91c1c; stroke-width: 1.1 }
.away { fill: #ffffff; stroke: #b91c1c; stroke-width: 1.2; stroke-dasharray: 4 3 }
.cut { fill: #fdecc8; stroke: #b45309; stroke-width: 0.8; stroke-dasharray: 2 2 }
.rule { stroke: #e2e8f0; stroke-width: 0.7 }
.paper { fill: #ffffff }"""
_MARKER = (
    '<marker id="{0}" viewBox="0 0 10 10" refX="9.5" refY="5" markerWidth="7" markerHeight="7" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.8 L10 5 L0 9.2 z" fill="{1}"/></marker>'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """The line of a node: its heading, and what stands below it."""

    node: str
    title: str
    about: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Two nodes that did not reach each other while both were there; `until` is None where it never ended."""

    nodes: tuple[str, str]
    since: datetime
    until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """What stands beside one moment: a letter, or words about a node or a link."""

    at: datetime
    said: Said | None = None
    words: str = ""
    style: str = "notice"


def cuts(seen: Exchange) -> tuple[Cut, ...]:
    """When two nodes did not reach each other: from the first attempt that failed to the first letter that arrived."""
    found: dict[tuple[str, str], list[Cut]] = {}
    for failed in seen.failed:
        if seen.is_away(failed.peer, failed.at):
            continue
        a, b = sorted((failed.node, failed.peer))
        known = found.setdefault((a, b), [])
        if not known or (known[-1].until is not None and known[-1].until < failed.at):
            known.append(Cut(nodes=(a, b), since=failed.at, until=_again(seen, (a, b), failed.at)))
    return tuple(sorted((each for known in found.values() for each in known), key=lambda each: each.since))


def _again(seen: Exchange, pair: tuple[str, str], since: datetime) -> datetime | None:
    """The first moment after one at which a letter arrived between two nodes."""
    arrived = (to.at for said, to in seen.arrivals if {said.node, to.node} == set(pair) and to.at is not None)
    return min((at for at in arrived if at > since), default=None)


def picture(seen: Exchange, lanes: Sequence[Lane], *, title: str, about: Sequence[str]) -> str:
    """The picture as SVG, for a page and for a sheet of A4."""
    drawn = _Drawing(seen, lanes)
    height = max(_HEIGHT, _TOP + len(drawn.rows) * _ROW + _LEGEND + _MARGIN)
    parts = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:g} {height:.0f}" width="210mm" '
        f'height="{height / _HEIGHT * 297:.0f}mm" role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">',
        f"<style>{_STYLE}</style><defs>{_MARKER.format('level', '#1f4e8c')}{_MARKER.format('late', '#c2570c')}</defs>",
        f'<rect class="paper" width="{_WIDTH:g}" height="{height:.0f}"/>',
        _text(_MARGIN, 40, title, "title"),
        *(_text(_MARGIN, 58 + 13 * place, line, "about") for place, line in enumerate(about)),
        *drawn.everything(),
        *_legend(height - _LEGEND - _MARGIN + 16),
        "</svg>",
    )
    return "\n".join(parts) + "\n"


class _Drawing:
    """Where everything stands."""

    def __init__(self, seen: Exchange, lanes: Sequence[Lane]) -> None:
        self.seen, self.lanes, self.cuts = seen, lanes, cuts(seen)
        self.rows = sorted((*_letters(seen), *_aways(seen), *_links(seen, self.cuts)), key=lambda row: row.at)
        self.moments = [row.at for row in self.rows]
        step = (_LAST - _FIRST) / max(1, len(lanes) - 1)
        self.x: Mapping[str, float] = {lane.node: _FIRST + place * step for place, lane in enumerate(lanes)}

    def y(self, at: datetime) -> float:
        """The height of a moment: that of the last row that is not later."""
        return self.level(max(0, bisect_right(self.moments, at) - 1))

    @staticmethod
    def level(row: int) -> float:
        return _TOP + (row + 0.5) * _ROW

    def everything(self) -> Iterator[str]:
        """From the back to the front."""
        yield from self._grounds()
        yield from (self._words(place, row) for place, row in enumerate(self.rows))
        yield from self._lives()
        yield from self._tries()
        for place, row in enumerate(self.rows):
            if row.said is not None:
                yield from self._letter(row.said, self.level(place))

    def _grounds(self) -> Iterator[str]:
        for place in range(len(self.rows) + 1):
            y = _TOP + place * _ROW
            yield f'<line class="rule" x1="{_MARGIN}" y1="{y:.1f}" x2="{_WIDTH - _MARGIN}" y2="{y:.1f}"/>'
        end = _TOP + len(self.rows) * _ROW
        for cut in self.cuts:
            left, right = sorted(self.x[node] for node in cut.nodes)
            top = self.y(cut.since)
            bottom = end if cut.until is None else self.y(cut.until)
            yield _box("cut", left + 8, top, right - left - 16, bottom - top)

    def _lives(self) -> Iterator[str]:
        top, bottom = _TOP - 4, _TOP + len(self.rows) * _ROW
        for lane in self.lanes:
            x = self.x[lane.node]
            yield _text(x, _TOP - 30, lane.title, "head")
            yield _text(x, _TOP - 18, lane.about, "under")
            yield f'<line class="life" x1="{x}" y1="{top}" x2="{x}" y2="{bottom:.1f}"/>'
        for away in self.seen.away:
            since, until = self.y(away.since), self.y(away.until)
            yield _box("away", self.x[away.node] - 5, since + 3, 10, until - since - 3)

    def _words(self, place: int, row: _Row) -> str:
        y = self.level(place) + 3.2
        date = _text(_DATE, y, f"{row.at:%Y-%m-%d}", "small")
        if row.said is None:
            return date + _text(_PARTY, y, row.words, row.style)
        what = _text(_WHAT, y, _spaced(row.said.name)) + _text(_BLOCK, y, row.said.block, "small")
        return date + _text(_PARTY, y, row.said.party, "small") + what

    def _tries(self) -> Iterator[str]:
        """Each row has one mark for each way on which attempts failed."""
        for node, peer, y in dict.fromkeys((each.node, each.peer, self.y(each.at)) for each in self.seen.failed):
            start, toward = self.x[node], 1 if self.x[peer] > self.x[node] else -1
            end = start + toward * 30
            low = y + 4
            yield f'<line class="tried" x1="{start}" y1="{low:.1f}" x2="{end}" y2="{low:.1f}"/>{_cross(end, low)}'

    def _letter(self, said: Said, y: float) -> Iterator[str]:
        x = self.x[said.node]
        for to in said.to:
            if to.node in self.x:
                yield self._arrow(x, y, said, to)
        yield f'<circle class="dot" cx="{x}" cy="{y:.1f}" r="2.6"/>'

    def _arrow(self, x: float, y: float, said: Said, to: Arrival) -> str:
        end = self.x[to.node] + (-2 if self.x[to.node] > x else 2)
        if to.at is None:
            return f'<line class="waits" x1="{x}" y1="{y:.1f}" x2="{(x + end) / 2:.1f}" y2="{y + 8:.1f}"/>'
        at_once = to.at - said.at <= _AT_ONCE or self.y(to.at) == self.y(said.at)
        style, low = ("level", y) if at_once else ("late", self.y(to.at))
        return f'<line class="{style}" x1="{x}" y1="{y:.1f}" x2="{end:.1f}" y2="{low:.1f}"/>'


def _letters(seen: Exchange) -> Iterator[_Row]:
    return (_Row(at=said.at, said=said) for said in seen.said)


def _aways(seen: Exchange) -> Iterator[_Row]:
    for away in seen.away:
        waited = [(said, to) for said, to in seen.arrivals if _waited(said, to, away.until)]
        to_it = sum(to.node == away.node for _, to in waited)
        of_it = sum(said.node == away.node for said, _ in waited)
        yield _Row(at=away.since, words=f"node {away.node} is killed: no sign of life after this")
        own = f", {of_it} of its own" if of_it else ""
        words = f"node {away.node} serves again; waited: {_count(to_it)} for it{own}"
        yield _Row(at=away.until, words=words, style="well")


def _links(seen: Exchange, found: Sequence[Cut]) -> Iterator[_Row]:
    for cut in found:
        a, b = cut.nodes
        yield _Row(at=cut.since, words=f"nodes {a} and {b} cannot reach each other")
        if cut.until is not None:
            until, pair = cut.until, set(cut.nodes)
            waited = sum({said.node, to.node} == pair and _waited(said, to, until) for said, to in seen.arrivals)
            words = f"nodes {a} and {b} reach each other again; waited: {_count(waited)}"
            yield _Row(at=until, words=words, style="well")


def _waited(said: Said, to: Arrival, until: datetime) -> bool:
    """Whether a letter was written before a moment, arrived then or later, and not at once."""
    return to.at is not None and said.at < until <= to.at and to.at - said.at > _AT_ONCE


def _count(letters: int) -> str:
    return f"{letters} letter{'' if letters == 1 else 's'}"


def _spaced(name: str) -> str:
    """The name of a message in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def _legend(top: float) -> Iterator[str]:
    yield f'<line class="life" x1="{_MARGIN}" y1="{top - 14:.1f}" x2="{_WIDTH - _MARGIN}" y2="{top - 14:.1f}"/>'
    for number, (sample, words) in enumerate(_SIGNS):
        x, y = (_MARGIN, _WIDTH / 2 + 10)[number % 2], top + 18 * (number // 2)
        yield f'<g transform="translate({x:.0f} {y:.1f})">{sample}{_text(52, 3.2, words)}</g>'
    for place, words in enumerate(_READING):
        yield _text(_MARGIN, top + 58 + 12 * place, words, "small")


def _text(x: float, y: float, words: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:g}" y="{y:.1f}">{escape(words)}</text>'


def _box(style: str, x: float, y: float, width: float, height: float) -> str:
    return f'<rect class="{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(0.0, height):.1f}" rx="2"/>'


def _cross(x: float, y: float) -> str:
    return "".join(
        f'<line class="cross" x1="{x - 2.5:.1f}" y1="{y - 2.5 * way:.1f}" x2="{x + 2.5:.1f}" y2="{y + 2.5 * way:.1f}"/>'
        for way in (1, -1)
    )


_SIGNS = (
    ('<line class="level" x1="0" y1="0" x2="40" y2="0"/>', "letter that arrived at once"),
    ('<circle class="dot" cx="20" cy="0" r="2.6"/>', "the node on which the party acts and its word is kept"),
    ('<line class="late" x1="0" y1="-4" x2="40" y2="5"/>', "letter that waited: it ends where it arrived"),
    (_box("away", 15, -7, 10, 14), "the node is killed and gives no sign of life"),
    (
        f'<line class="tried" x1="4" y1="0" x2="30" y2="0"/>{_cross(30, 0)}',
        "attempt that failed; it is made again",
    ),
    (_box("cut", 0, -7, 40, 14), "the link between two nodes is down"),
)
_READING = (
    "Time goes down, a row for each thing that happened; the height of a row is no measure of time.",
    "Drawn from the outboxes, the recorded messages and the logs of the nodes themselves.",
)
