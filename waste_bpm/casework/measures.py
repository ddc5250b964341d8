"""What an operator watches of a node, counted in its database at the moment of asking: no names, no content."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.signing import keys_of
from waste_bpm.casework.store import DEADLINE, EVENT, FEED, HEAD, INBOX, OUTBOX
from waste_bpm.casework.turning_away import kept

AHEAD = timedelta(hours=48)
"""How far ahead deadlines are called near."""
_QUEUES = (
    select(OUTBOX.c.node, OUTBOX.c.state, func.count().label("letters"), func.min(OUTBOX.c.written_at).label("since"))
    .where(OUTBOX.c.state != "delivered")
    .group_by(OUTBOX.c.node, OUTBOX.c.state)
)
_PLACED = select(func.coalesce(func.max(FEED.c.event), 0)).scalar_subquery()
_UNSEALED = select(func.count().label("events"), func.min(EVENT.c.recorded_at).label("since"))
_RUNNING = select(func.count()).where(DEADLINE.c.running)


_UP_TO = select(func.coalesce(func.max(FEED.c.position), 0))
_SEALED = (
    select(EVENT.c.type, EVENT.c.home, func.count().label("events"))
    .join(FEED, FEED.c.event == EVENT.c.position)
    .group_by(EVENT.c.type, EVENT.c.home)
)
Kind = tuple[str, bool]
"""The type of an event, and whether it was decided here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """How many events of each kind stand in a stretch of the feed, and where the stretch ends."""

    counts: dict[Kind, int]
    up_to: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """Letters for one node in one state: how many, and the age of the oldest in seconds."""

    node: str
    state: str
    letters: int
    oldest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """The gauges of a node; each age in seconds."""

    queues: tuple[Queue, ...]
    inbox: int
    due_soon: int
    overdue: int
    unsealed: int
    unsealed_age: float
    head: int
    key_seconds: float | None
    halted: bool
    turned_away: int
    turned_away_cut: bool


def measures(node: Node) -> Measures:
    """Every gauge, read in one transaction."""
    now, store = node.clock(), node.store
    with store.turn, store.transaction():
        queues = tuple(_queue(row, now) for row in store.rows(_QUEUES))
        away = kept(store, now)
        unsealed = store.rows(_UNSEALED.where(EVENT.c.position > _PLACED))[0]
        return Measures(
            queues=queues,
            inbox=_one(node, select(func.count()).select_from(INBOX)),
            due_soon=_one(node, _RUNNING.where(DEADLINE.c.due.between(_day(now), _day(now + AHEAD)))),
            overdue=_one(node, _RUNNING.where(DEADLINE.c.due < _day(now))),
            unsealed=unsealed.events,
            unsealed_age=_age(unsealed.since, now),
            head=_one(node, select(func.coalesce(func.max(HEAD.c.position), 0))),
            key_seconds=_key_seconds(node, now),
            halted=store.halted is not None,
            turned_away=away.rows,
            turned_away_cut=away.cut_at is not None,
        )


def recorded(node: Node, after: int) -> Recorded:
    """The events behind a place of the feed, by kind."""
    with node.store.turn, node.store.transaction():
        up_to = _one(node, _UP_TO)
        rows = node.store.rows(_SEALED.where(FEED.c.position > after, FEED.c.position <= up_to))
    return Recorded(counts={(row.type, bool(row.home)): row.events for row in rows}, up_to=up_to)


def _one(node: Node, query: Any) -> int:
    return int(node.store.rows(query)[0][0])


def _queue(row: Any, now: datetime) -> Queue:
    return Queue(node=row.node, state=row.state, letters=row.letters, oldest=_age(row.since, now))


def _age(since: str | None, now: datetime) -> float:
    return 0.0 if not since else max(0.0, (now - datetime.fromisoformat(since)).total_seconds())


def _day(moment: datetime) -> str:
    return instant(moment)[:10]


def _key_seconds(node: Node, now: datetime) -> float | None:
    """How long the last key that is good now stays good; None where the node never had one."""
    keys = keys_of(node.store).keys
    if not keys:
        return None
    return max((_left(key.valid_to, now) for key in keys if key.fault(now) is None), default=0.0)


def _left(until: datetime, now: datetime) -> float:
    return (until - now).total_seconds()
