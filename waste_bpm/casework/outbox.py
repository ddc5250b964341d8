"""Letters that wait for other nodes: handed over in order, the same bytes again until somebody gives a receipt.

Delivery stands outside the transaction that wrote the letter. A crash between sending and marking sends the same bytes
with the same identity once more, which the receiver answers with its first receipt.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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


_WAITING = (
    select(MESSAGE.c.id, MESSAGE.c.name, MESSAGE.c.case_id, MESSAGE.c.body, OUTBOX.c.node)
    .join(OUTBOX, OUTBOX.c.message == MESSAGE.c.id)
    .where(OUTBOX.c.state == "waiting")
    .order_by(MESSAGE.c.position, OUTBOX.c.node)
)


def waiting(node: Node) -> list[Waiting]:
    """The letters without a receipt, oldest first."""
    return [
        Waiting(message=row.id, name=row.name, case_id=row.case_id, node=row.node, data=row.body)
        for row in node.store.rows(_WAITING)
    ]


def hand_over(node: Node, send: Callable[[Waiting], bool]) -> int:
    """Send what waits, in order per receiver; gives how many were received.

    `send` says whether the receiver has the letter for good. A receiver that is away keeps its later letters waiting.
    """
    away: set[str] = set()
    received = 0
    for letter in waiting(node):
        if letter.node in away:
            continue
        try:
            there = send(letter)
        except Unavailable:
            there = False
        if there:
            _mark(node, letter, node.clock())
            received += 1
        else:
            away.add(letter.node)
    return received


def _mark(node: Node, letter: Waiting, now: datetime) -> None:
    mine = (OUTBOX.c.message == letter.message) & (OUTBOX.c.node == letter.node)
    node.store.run(update(OUTBOX).where(mine).values(state="delivered", delivered_at=instant(now)))
