"""The sealer: after commit every event gets its place in the feed, and heads are set that no later change can fit.

Where many processes write, the log gives out positions before commit, so they may have gaps and may come late. The feed
has neither: only what can no longer be preceded gets a place, one after the other. A head covers a stretch of the feed
by a Merkle root (RFC 6962, 2.1: leaves and nodes are told apart), follows from the head before it, and is signed where
the node has a key. A head that somebody else keeps is a witness against rewriting.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, insert, select

from waste_bpm.casework import record
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import EVENT, FEED, HEAD, Store

STRETCH = 500
"""The most events under one head."""
_LAST = select(HEAD.c.position, HEAD.c.hash).order_by(HEAD.c.position.desc()).limit(1)
_TOP = select(func.max(EVENT.c.position))
_PLACED = select(func.max(FEED.c.event))
_UNPLACED = (
    select(EVENT.c.position, EVENT.c.case_id, EVENT.c.stream, EVENT.c.version, EVENT.c.hash)
    .order_by(EVENT.c.position)
    .limit(STRETCH)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Head:
    """The seal on a stretch of the feed: its last position, the root over it, and the hash of the head before it."""

    position: int
    root: str
    previous: str
    sealed_at: str

    @property
    def said(self) -> bytes:
        """The bytes that are hashed and signed."""
        return record.canonical(self)

    @property
    def hash(self) -> str:
        """What the next head follows from."""
        return record.digest(self.said)


def seal(node: Node) -> int:
    """Give every settled event its place and set heads over them; gives the number of events placed.

    Safe in any number of processes: one of them seals at a time.
    """
    top, placed = _settled(node.store), 0
    while count := _stretch(node, top):
        placed += count
    return placed


def _settled(store: Store) -> int:
    """The position up to which nothing can appear any more: whoever was writing has ended, and it did or did not.

    When nothing waits for a place, nobody is asked to pause.
    """
    with store.transaction():
        if store.rows(_TOP)[0][0] == store.rows(_PLACED)[0][0]:
            return 0
        store.database.still("event")
        return int(store.rows(_TOP)[0][0] or 0)


def _stretch(node: Node, top: int) -> int:
    store = node.store
    with store.transaction() as connection:
        store.hold("sealing")
        after = store.rows(_PLACED)[0][0] or 0
        events = store.rows(_UNPLACED.where(EVENT.c.position > after, EVENT.c.position <= top))
        if not events:
            return 0
        last = next(iter(store.rows(_LAST)), None)
        first = last.position if last else 0
        places = [{"position": first + number, "event": row.position} for number, row in enumerate(events, start=1)]
        head = Head(
            position=first + len(events),
            root=root([leaf(row) for row in events]),
            previous=last.hash if last else "",
            sealed_at=instant(node.clock()),
        )
        signature = node.sign(head.said) if node.sign else None
        connection.execute(insert(FEED), places)
        connection.execute(insert(HEAD), {**asdict(head), "hash": head.hash, "signature": signature})
    return len(events)


def leaf(row: Any) -> bytes:
    """What a head seals of one event: where it stands, and the end of its chain there."""
    return f"{row.case_id}\n{row.stream}\n{row.version}\n{row.hash}".encode()


def root(leaves: Sequence[bytes]) -> str:
    """The Merkle root over some leaves, in hexadecimal."""
    return _root([hashlib.sha256(b"\x00" + each).digest() for each in leaves]).hex()


def _root(level: Sequence[bytes]) -> bytes:
    """The root over hashed leaves: the left half is the largest power of two that is smaller than all."""
    if len(level) == 1:
        return level[0]
    half = 1 << (len(level) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + _root(level[:half]) + _root(level[half:])).digest()


def newest(store: Store) -> tuple[int, str] | None:
    """Position and hash of the newest head, for somebody else to keep."""
    last = next(iter(store.rows(_LAST)), None)
    return None if last is None else (int(last.position), str(last.hash))


def every_head(store: Store) -> list[tuple[int, str]]:
    """Position and hash of each head, the first one first."""
    return [(int(row.position), str(row.hash)) for row in store.rows(_LAST.limit(None))][::-1]
