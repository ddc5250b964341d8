"""Who tells whom what, over all processes: the picture of the whole movement, derived from `says` and `to` of the rows.

Each party is a pool, each step that says something a task in the pool of the first role that takes it. Tasks stand in a
column each, in the order in which a consignment meets them; so a message runs straight up or down, and no message
crosses another. BPMN shows it as one collaboration, SVG in strips of one process each, Mermaid as a sequence.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import CUSTOMS, Role

POOLS: Mapping[str, tuple[Role, ...]] = {
    "Notifier": (Role.NOTIFIER, Role.GENERATOR),
    "Authority of export": (Role.EXPORT_AUTHORITY,),
    "Authorities of transit": (Role.TRANSIT_AUTHORITY,),
    "Authority of import": (Role.IMPORT_AUTHORITY,),
    "Customs offices": CUSTOMS,
    "Carriers": (Role.CARRIER,),
    "Consignee and facility": (Role.CONSIGNEE, Role.DISPOSER),
    "Secretariat": (Role.SECRETARIAT,),
    "Clock of the node": (Role.CLOCK, Role.NODE),
}
"""The pools from top to bottom, with the roles that act or are told in each."""
_COLUMN, _BAND, _HEAD, _MARGIN, _TITLE = 166.0, 102.0, 118.0, 20.0, 46.0
_TASK = (148.0, 78.0)
_STYLE = """\
text { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #14233a; font-size: 11px }
.title { font-size: 17px; font-weight: bold }
.pool { font-weight: bold }
.says { font-size: 10px; fill: #1f4e8c }
.middle { text-anchor: middle }
.band { fill: #f8fafc; stroke: #94a3b8; stroke-width: 1 }
.head { fill: #e2e8f0; stroke: #94a3b8; stroke-width: 1 }
.task { fill: #e8f0fb; stroke: #1f4e8c; stroke-width: 1.4 }
.message { fill: none; stroke: #1f4e8c; stroke-width: 1.3; stroke-dasharray: 5 3; marker-end: url(#message) }
.dot { fill: #ffffff; stroke: #1f4e8c; stroke-width: 1.3 }
.paper { fill: #ffffff }"""
_MARKER = (
    '<marker id="message" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path d="M0.5 0.5 L9.5 5 L0.5 9.5 z" fill="#ffffff" '
    'stroke="#1f4e8c"/></marker>'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """A step that tells something: by which pool, to which."""

    process: Process
    step: Step
    pool: str
    to: tuple[str, ...]

    @property
    def message(self) -> str:
        """The name of the message in words."""
        return re.sub("(?<=[a-z])(?=[A-Z])", " ", self.step.says or "").lower()


def sayings(process: Process) -> tuple[Saying, ...]:
    """The steps of a process that tell something, in the order of its table."""
    return tuple(
        Saying(process=process, step=step, pool=_pool(step.by[0]), to=_told(step))
        for step in process.steps
        if step.says and step.by
    )


def _pool(role: Role) -> str:
    return next(name for name, roles in POOLS.items() if role in roles)


def _told(step: Step) -> tuple[str, ...]:
    own, told = _pool(step.by[0]), {_pool(role) for role in step.to}
    alone = [role for role in step.to if _pool(role) == own and role != step.by[0]]
    return tuple(name for name in POOLS if name in told and (name != own or alone))


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """Pools as bands and tasks as columns, with the place of each in pixels."""

    said: tuple[Saying, ...]
    pools: tuple[str, ...]

    @property
    def width(self) -> float:
        """The width of the bands."""
        return _HEAD + max(1, len(self.said)) * _COLUMN + 12

    @property
    def height(self) -> float:
        """The height of all bands."""
        return len(self.pools) * _BAND

    def band(self, pool: str) -> tuple[float, float]:
        """The top and bottom of a pool."""
        top = self.pools.index(pool) * _BAND
        return top, top + _BAND

    def task(self, number: int) -> tuple[float, float, float, float]:
        """The left, top, width and height of a task."""
        top, _ = self.band(self.said[number].pool)
        return _HEAD + 12 + number * _COLUMN, top + (_BAND - _TASK[1]) / 2, *_TASK

    def messages(self, number: int) -> Iterator[tuple[str, float, float, float]]:
        """Each message of a task: the pool it goes to, its x, and the y where it begins and ends."""
        saying = self.said[number]
        left, top, width, height = self.task(number)
        own = self.pools.index(saying.pool)
        others = [pool for pool in saying.to if pool != saying.pool]
        for i, pool in enumerate(others):
            x = left + width / 2 + (i - (len(others) - 1) / 2) * 12
            below = self.pools.index(pool) > own
            yield pool, x, top + height if below else top, self.band(pool)[0 if below else 1]


def strip(said: Sequence[Saying]) -> Strip:
    """The pools that take part, and the tasks."""
    named = {saying.pool for saying in said} | {pool for saying in said for pool in saying.to}
    return Strip(said=tuple(said), pools=tuple(pool for pool in POOLS if pool in named))


def svg(processes: Iterable[Process]) -> str:
    """The conversation as SVG: a strip for each process, below each other."""
    strips = [(process, strip(sayings(process))) for process in processes if sayings(process)]
    width = round(max(each.width for _, each in strips) + 2 * _MARGIN)
    height = round(_MARGIN + sum(_TITLE + each.height + _MARGIN for _, each in strips))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">',
        '<title id="title">Who tells whom what, from notification to certificate</title>',
        f"<style>\n{_STYLE}\n</style>",
        f"<defs>{_MARKER}</defs>",
        f'<rect class="paper" width="{width}" height="{height}"/>',
    ]
    top = _MARGIN
    for process, each in strips:
        parts.append(f'<text class="title" x="{_MARGIN:g}" y="{top + 24:g}">{escape(process.title)}</text>')
        parts += [f'<g transform="translate({_MARGIN:g} {top + _TITLE:g})">', *_drawn(each), "</g>"]
        top += _TITLE + each.height + _MARGIN
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(drawn: Strip) -> Iterator[str]:
    for pool in drawn.pools:
        top, bottom = drawn.band(pool)
        yield f'<rect class="band" x="0" y="{top:g}" width="{drawn.width:g}" height="{bottom - top:g}"/>'
        yield f'<rect class="head" x="0" y="{top:g}" width="{_HEAD - 8:g}" height="{bottom - top:g}"/>'
        yield from _words(wrap(pool, 15), (_HEAD - 8) / 2, (top + bottom) / 2, "pool")
    for number, saying in enumerate(drawn.said):
        for _, x, start, end in drawn.messages(number):
            yield f'<path class="message" d="M{x:.1f} {start:.1f} L{x:.1f} {end:.1f}"/>'
            yield f'<circle class="dot" cx="{x:.1f}" cy="{start:.1f}" r="3"/>'
        left, top, width, height = drawn.task(number)
        yield f'<rect class="task" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="7"/>'
        yield from _words(wrap(saying.step.title, 20), left + width / 2, top + height * 0.34, "step")
        yield from _words(wrap(saying.message, 22), left + width / 2, top + height * 0.8, "says")


def _words(lines: Sequence[str], x: float, middle: float, style: str) -> Iterator[str]:
    for i, line in enumerate(lines):
        y = middle + 4 + (i - (len(lines) - 1) / 2) * 13
        yield f'<text class="{style} middle" x="{x:g}" y="{y:.1f}">{escape(line)}</text>'


def mermaid(processes: Iterable[Process], only: Collection[str] | None = None) -> str:
    """The conversation as a Mermaid sequence diagram, each process under a note of its name.

    `only` names the messages to be shown; the parties that neither say nor hear any of them are left out.
    """
    told = [(process, _among(sayings(process), only)) for process in processes]
    pools = POOLS if only is None else strip([each for _, said in told for each in said]).pools
    lines = ["sequenceDiagram"]
    lines += [f"    participant P{number} as {pool}" for number, pool in enumerate(pools)]
    number = {pool: f"P{i}" for i, pool in enumerate(pools)}
    for process, said in told:
        if said:
            lines.append(f"    Note over P0,P{len(pools) - 1}: {process.title}")
        for each in said:
            lines += [f"    {number[each.pool]}->>{number[pool]}: {each.step.says}" for pool in each.to]
    return "\n".join(lines) + "\n"


def _among(said: Sequence[Saying], only: Collection[str] | None) -> Sequence[Saying]:
    return said if only is None else [each for each in said if each.step.says in only]
