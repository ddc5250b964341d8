"""Letters under way against the days of the law: told ahead of time, once for each level, with what can still be done.

A letter has a last day when what it says stops a deadline, or when a deadline runs on the part of the case that it is
about. The way takes as long as letters to that node usually take, and at least as long as this one has waited already.

    near     less than twice that time is left
    urgent   less than that time is left: by the usual way it will not arrive
    missed   the last day has ended where it is kept

What was found is on file, so that asking for it costs nothing however many letters wait.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, func, select

from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import on_paper
from waste_bpm.casework.record import event_of
from waste_bpm.casework.store import DEADLINE, EVENT, MESSAGE, OUTBOX
from waste_bpm.casework.traffic import WARNED
from waste_bpm.logs import log
from waste_bpm.processes.case import Case, Clock
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.utility_blocks import xml
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.vocabulary import Finding, Severity

_LAST = 50
"""From how many letters the usual time of a way is taken."""
_MOST = 5000
"""How many letters are looked at closely in one round, those with the earliest day first; the others come next."""
_EASTERNMOST = "Pacific/Kiritimati"
"""Where a day ends first: of a letter that is not yet looked at, it is not known whose day it has to keep."""
_SINCE = func.substr(OUTBOX.c.written_at, 1, 10)
_UNDER_WAY = (
    select(*OUTBOX.c["message", "node", "written_at"], func.min(DEADLINE.c.due).label("first"))
    .join(MESSAGE, MESSAGE.c.id == OUTBOX.c.message)
    .join(DEADLINE, DEADLINE.c.case_id == MESSAGE.c.case_id)
    .where(OUTBOX.c.state == "waiting", DEADLINE.c.due >= _SINCE)
    .group_by(*OUTBOX.c["message", "node", "written_at"])
    .order_by(func.min(DEADLINE.c.due), OUTBOX.c.written_at)
)
_LETTER = select(*MESSAGE.c["name", "case_id", "body"]).where(MESSAGE.c.id == bindparam("message"))
_LINE = select(EVENT.c.body).where(
    EVENT.c.case_id == bindparam("of_case"),
    EVENT.c.stream == bindparam("of_stream"),
    EVENT.c.version == bindparam("at"),
)
_TIMES = (
    select(OUTBOX.c.written_at, OUTBOX.c.delivered_at)
    .where(OUTBOX.c.state == "delivered", OUTBOX.c.node == bindparam("receiver"))
    .order_by(OUTBOX.c.written_at.desc())
    .limit(_LAST)
)
_ON_FILE = (
    select(WARNED)
    .join(OUTBOX, (OUTBOX.c.message == WARNED.c.message) & (OUTBOX.c.node == WARNED.c.node))
    .where(OUTBOX.c.state == "waiting")
    .order_by(WARNED.c.due, WARNED.c.message, WARNED.c.node)
)
_WAITED_FOR = select(OUTBOX.c.node).where(OUTBOX.c.state == "waiting").distinct()
_log = log(__name__)


class Level(StrEnum):
    """How near a letter is to the day by which it must have arrived."""

    NEAR = "near"
    URGENT = "urgent"
    MISSED = "missed"


_ORDER = list(Level)


@dataclass(frozen=True, kw_only=True, slots=True)
class Against:
    """A letter under way, the rule and the last day that it must keep, how long its way takes, and how near it is."""

    message: str
    node: str
    name: str
    case_id: str
    stream: str
    rule: str
    due: date
    takes: timedelta
    level: Level

    @property
    def finding(self) -> Finding:
        """The warning in words, with what can still be done."""
        ends = "had to arrive" if self.level is Level.MISSED else "must have arrived"
        return Finding(
            rule_id=f"letter-{self.level}",
            severity=Severity.WARNING,
            message=f"{self.name} to {self.node} {ends} by {self.due} ({self.rule}, {self.stream}) and still waits; "
            f"letters to that node take about {_words(self.takes)}.",
            value=self.message,
            fix="Telephone the authority there, and bring it by another way: in a file (waste-bpm outbox export "
            f"{self.node} FILE), or on paper; then waste-bpm outbox close {self.message} {self.node} --reason WHY.",
        )


def _words(takes: timedelta) -> str:
    return f"{takes.days} days and {takes.seconds // 3600} hours" if takes.days else f"{takes.seconds // 60} minutes"


def against(node: Node) -> list[Against]:
    """The letters under way that were near, urgent or late for a day of the law at the last round, by that day."""
    return [_of_row(row) for row in node.store.rows(_ON_FILE)]


def _of_row(row: Any) -> Against:
    said = dict(row._mapping)
    due, takes = date.fromisoformat(said.pop("due")), timedelta(seconds=said.pop("takes"))
    return Against(**said | {"due": due, "takes": takes, "level": Level(row.level)})


def warn(node: Node) -> list[Against]:
    """Look at the letters under way, and tell of each once for each level; gives what was told now.

    A letter whose last day has ended is not looked at again.
    """
    found = {(each.message, each.node): each for each in _found(node, _on_file(node))}
    with node.store.transaction():
        node.store.hold("warned")
        told = _on_file(node)
        _keep(node, {key: each for key, each in found.items() if each != told.get(key)}, set(found))
    fresh = [each for key, each in found.items() if key not in told or _nearer(each.level, told[key].level)]
    for each in fresh:
        names = {"rule": each.finding.rule_id, "message_id": each.message, "peer": each.node, "case": each.case_id}
        _log.warning("letter against its day", **names)
    return fresh


def _on_file(node: Node) -> dict[tuple[str, str], Against]:
    return {(each.message, each.node): each for each in against(node)}


def _nearer(level: Level, before: Level) -> bool:
    return _ORDER.index(level) > _ORDER.index(before)


def _keep(node: Node, changed: dict[tuple[str, str], Against], found: set[tuple[str, str]]) -> None:
    """Write what changed, and take away what is no longer so."""
    rows = [
        {name: getattr(each, name) for name in ("message", "node", "name", "case_id", "stream", "rule")}
        | {"due": each.due.isoformat(), "takes": int(each.takes.total_seconds()), "level": each.level.value}
        for each in changed.values()
    ]
    node.store.replace(WARNED, rows)
    for row in node.store.rows(select(WARNED.c.message, WARNED.c.node)):
        if (row.message, row.node) not in found:
            node.store.run(delete(WARNED).where(WARNED.c.message == row.message, WARNED.c.node == row.node))


def _found(node: Node, told: dict[tuple[str, str], Against]) -> Iterator[Against]:
    now, usual, looked = node.clock(), _Usual(node), 0
    for row in node.store.rows(_UNDER_WAY):
        before = told.get((row.message, row.node))
        takes = max(usual.of(row.node), now - datetime.fromisoformat(row.written_at))
        if before is not None and before.level is Level.MISSED:
            yield before
        elif looked < _MOST and _level(date.fromisoformat(row.first), takes, now, _EASTERNMOST) is not None:
            looked += 1
            yield from _letter(node, row, takes, now)
        elif before is not None and looked >= _MOST:
            yield before


class _Usual:
    """The usual time of the way to each node: the median of its last letters; nothing where none has arrived yet.

    Of a node that is not connected nothing is known: what a person closed was not measured.
    """

    def __init__(self, node: Node) -> None:
        self._store, self._papers = node.store, on_paper(node.store)
        self._known: dict[str, timedelta] = {}

    def of(self, receiver: str) -> timedelta:
        """The usual time to a node."""
        if receiver not in self._known:
            self._known[receiver] = timedelta() if receiver in self._papers else self._measured(receiver)
        return self._known[receiver]

    def _measured(self, receiver: str) -> timedelta:
        rows = self._store.rows(_TIMES, {"receiver": receiver})
        times = [
            (datetime.fromisoformat(row.delivered_at) - datetime.fromisoformat(row.written_at)).total_seconds()
            for row in rows
        ]
        return timedelta(seconds=median(times)) if times else timedelta()


def _letter(node: Node, row: Any, takes: timedelta, now: datetime) -> Iterator[Against]:
    letter = node.store.rows(_LETTER, {"message": row.message})[0]
    held = _first(node, node.case(letter.case_id), letter.body, date.fromisoformat(row.written_at[:10]))
    if held is None:
        return
    stream, clock = held
    level = _level(clock.due, takes, now, clock.zone)
    if level is not None:
        yield Against(
            message=row.message,
            node=row.node,
            name=letter.name,
            case_id=letter.case_id,
            stream=stream,
            rule=clock.rule,
            due=clock.due,
            takes=timedelta(seconds=int(takes.total_seconds())),
            level=level,
        )


def _first(node: Node, case: Case, body: bytes, since: date) -> tuple[str, Clock] | None:
    """The deadline that a letter keeps and that ends first, not before it was written; None where it keeps none."""
    header = Header.model_validate(xml.read(xml.parse(body)[0], Header))
    streams = {said.stream for said in header.recorded}
    clocks = [(stream, clock) for stream, clock in open_clocks(case) if stream in streams and not clock.stands]
    for said in header.recorded:
        asked = {"of_case": case.id, "of_stream": said.stream, "at": said.version}
        for line in node.store.rows(_LINE, asked):
            clocks += _stopped(case, event_of(line.body).stopped)
    return min((each for each in clocks if each[1].due >= since), key=lambda each: each[1].due, default=None)


def _stopped(case: Case, names: tuple[str, ...]) -> Iterator[tuple[str, Clock]]:
    """The clocks that an event stopped, as they last stood."""
    for name in names:
        stream, _, rule = name.rpartition(":")
        started = case.streams[stream].clocks if stream in case.streams else ()
        yield from [(stream, clock) for clock in started if clock.rule == rule][-1:]


def _level(due: date, takes: timedelta, now: datetime, zone: str | None) -> Level | None:
    """How near the end of a last day is, where it is kept; None while there is time."""
    ended = datetime.combine(due + timedelta(days=1), time(), ZoneInfo(zone) if zone else UTC)
    left = ended - now
    if left <= timedelta():
        return Level.MISSED
    if left < takes:
        return Level.URGENT
    return Level.NEAR if left < takes * 2 else None


def counted(node: Node) -> dict[tuple[str, Level], int]:
    """How many letters for each node that letters wait for are at each level."""
    found = {(row.node, level): 0 for row in node.store.rows(_WAITED_FOR) for level in Level}
    for each in against(node):
        found[each.node, each.level] += 1
    return found
