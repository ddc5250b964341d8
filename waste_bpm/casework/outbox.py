"""Letters that wait for other nodes: handed over in order, the same bytes again until somebody gives a receipt.

Delivery stands outside the transaction that wrote the letter. A crash between sending and marking sends the same bytes
with the same identity once more, which the receiver answers with its first receipt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.errors import Unavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A letter for another node that has no receipt yet."""

    message: str
    name: str
    case_id: str
    node: str
    data: bytes


LEASE = timedelta(minutes=5)
"""How long a process has for the letters that it took; one that died gives them back so."""
_BATCH = 100
_LEASED = select(OUTBOX.c.node).where(OUTBOX.c.state == "waiting").distinct()
_WAITING = (
    select(MESSAGE.c.id, MESSAGE.c.name, MESSAGE.c.case_id, MESSAGE.c.body, OUTBOX.c.node)
    .join(OUTBOX, OUTBOX.c.message == MESSAGE.c.id)
    .where(OUTBOX.c.state == "waiting")
    .order_by(MESSAGE.c.position, OUTBOX.c.node)
)


def waiting(node: Node) -> list[Waiting]:
    """The letters without a receipt, oldest first."""
    return [_letter(row) for row in node.store.rows(_WAITING)]


def hand_over(node: Node, send: Callable[[Waiting], bool]) -> int:
    """Send what waits, in order per receiver; gives how many were received.

    `send` says whether the receiver has the letter for good. A receiver that is away keeps its later letters waiting.
    Any number of processes may do so at once: each takes receivers that no other has, for as long as its lease.
    """
    tried: set[str] = set()
    received = 0
    while letters := _taken(node, tried):
        receiver = letters[0].node
        for letter in letters:
            if not _sent(letter, send):
                tried.add(receiver)
                break
            _mark(node, letter)
            received += 1
        _give_back(node, receiver)
    return received


def _sent(letter: Waiting, send: Callable[[Waiting], bool]) -> bool:
    try:
        return send(letter)
    except Unavailable:
        return False


def _taken(node: Node, tried: set[str]) -> list[Waiting]:
    """The letters of one receiver, leased to this process; empty when none is left that others do not have."""
    now = node.clock()
    with node.store.transaction():
        node.store.hold("outbox")
        leased = {row.node for row in node.store.rows(_LEASED.where(OUTBOX.c.leased_until > instant(now)))}
        free = node.store.rows(_WAITING.where(OUTBOX.c.node.not_in(leased | tried)).limit(1))
        if not free:
            return []
        receiver = free[0].node
        node.store.run(_lease(receiver, instant(now + LEASE)))
        return [_letter(row) for row in node.store.rows(_WAITING.where(OUTBOX.c.node == receiver).limit(_BATCH))]


def _letter(row: Any) -> Waiting:
    return Waiting(message=row.id, name=row.name, case_id=row.case_id, node=row.node, data=row.body)


def _lease(receiver: str, until: str | None) -> Any:
    mine = (OUTBOX.c.node == receiver) & (OUTBOX.c.state == "waiting")
    return update(OUTBOX).where(mine).values(leased_until=until)


def _give_back(node: Node, receiver: str) -> None:
    node.store.run(_lease(receiver, None))


def _mark(node: Node, letter: Waiting) -> None:
    mine = (OUTBOX.c.message == letter.message) & (OUTBOX.c.node == letter.node)
    node.store.run(update(OUTBOX).where(mine).values(state="delivered", delivered_at=instant(node.clock())))
