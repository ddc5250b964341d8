"""Letters that wait for other nodes: handed over in order, the same bytes again until somebody gives a receipt.

Delivery stands outside the transaction that wrote the letter. A crash between sending and marking sends the same bytes
with the same identity once more, which the receiver answers with its first receipt. Whoever takes letters has them for
the time of a lease; taking a hundred costs the same however many wait behind them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, tuple_, union, update

from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.errors import Unavailable


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A letter for another node that has no receipt yet: how often it was sent, and its place among those that wait.

    One that was `closed` for a reason waits until its receiver knows that.
    """

    message: str
    name: str
    case_id: str
    node: str
    data: bytes
    parcel: bytes
    attempts: int = 0
    place: str = ""
    closed: str | None = None


STATES = ("waiting", "delivered", "refused", "closed")
"""How a letter for another node stands."""
LEASE = timedelta(minutes=5)
"""How long a process has for the letters that it took; one that died gives them back so."""
_BATCH = 100
_WAITS = OUTBOX.c.state == "waiting"
_PLACE = (OUTBOX.c.written_at, OUTBOX.c.conversation, OUTBOX.c.seq)
_LETTER = select(
    *(MESSAGE.c.id, MESSAGE.c.name, MESSAGE.c.case_id, MESSAGE.c.body),
    *(OUTBOX.c.node, OUTBOX.c.parcel, OUTBOX.c.attempts, OUTBOX.c.state, OUTBOX.c.reason, *_PLACE),
).join(OUTBOX, OUTBOX.c.message == MESSAGE.c.id)
_WAITING = _LETTER.where(_WAITS).order_by(MESSAGE.c.position, OUTBOX.c.node)
_REFUSED = _LETTER.where(OUTBOX.c.state == "refused").order_by(MESSAGE.c.position, OUTBOX.c.node)
_FREE = OUTBOX.c.leased_until.is_(None) | (OUTBOX.c.leased_until <= bindparam("now"))
_NEXT = _LETTER.where(_WAITS, OUTBOX.c.node == bindparam("receiver"), _FREE).order_by(*_PLACE).limit(bindparam("most"))
_UNTOLD = (OUTBOX.c.state == "closed") & OUTBOX.c.slip.is_(None)
_CLOSED = _LETTER.where(_UNTOLD, OUTBOX.c.node == bindparam("receiver"), _FREE).order_by(*_PLACE)
_BEHIND = (
    _LETTER.where(_WAITS, OUTBOX.c.node == bindparam("receiver"))
    .where(tuple_(*_PLACE) > tuple_(bindparam("at"), bindparam("conversation"), bindparam("seq")))
    .order_by(*_PLACE)
    .limit(bindparam("most"))
)
_LINE_UNTIL = (
    update(OUTBOX)
    .where(_WAITS, OUTBOX.c.node == bindparam("of_node"), OUTBOX.c.conversation == bindparam("of_case"))
    .values(leased_until=bindparam("until"))
)
_KEYS = select(OUTBOX.c.message, OUTBOX.c.node).where(_WAITS)
_RECEIVERS = union(select(OUTBOX.c.node).where(_WAITS), select(OUTBOX.c.node).where(_UNTOLD)).order_by("node")


def waiting(node: Node) -> list[Waiting]:
    """The letters without a receipt, oldest first."""
    return [_letter(row) for row in node.store.rows(_WAITING)]


def refused(node: Node) -> list[Waiting]:
    """The letters that their receivers rejected for good, oldest first; why lies with the messages of their cases."""
    return [_letter(row) for row in node.store.rows(_REFUSED)]


def waiting_keys(node: Node) -> set[tuple[str, str]]:
    """Message and node of each letter without a receipt."""
    return {(row.message, row.node) for row in node.store.rows(_KEYS)}


def waiting_letter(node: Node, message: str, receiver: str) -> list[Waiting]:
    """One letter, if it still waits."""
    found = node.store.rows(_WAITING.where(OUTBOX.c.message == message, OUTBOX.c.node == receiver))
    return [_letter(row) for row in found]


def receivers(node: Node) -> list[str]:
    """The nodes for which letters wait, or which do not know yet that one was given up."""
    return [row.node for row in node.store.rows(_RECEIVERS)]


def hand_over(node: Node, send: Callable[[Waiting], bool]) -> int:
    """Send what waits, in order per receiver; gives how many were received.

    `send` says whether the receiver has the letter for good. A receiver that is away keeps its later letters waiting.
    Any number of processes may do so at once: each takes letters that no other has, for as long as its lease.
    """
    received = 0
    for receiver in receivers(node):
        while letters := taken(node, receiver):
            count = _handed(node, letters, send)
            received += count
            if count < len(letters):
                give_back(node, letters[count:])
                break
    return received


def _handed(node: Node, letters: Sequence[Waiting], send: Callable[[Waiting], bool]) -> int:
    """How many letters were received before the first that was not."""
    for number, letter in enumerate(letters):
        if not _sent(letter, send):
            return number
        _mark(node, letter)
    return len(letters)


def _sent(letter: Waiting, send: Callable[[Waiting], bool]) -> bool:
    try:
        return send(letter)
    except Unavailable:
        return False


def taken(node: Node, receiver: str, until: datetime | None = None, most: int = _BATCH) -> list[Waiting]:
    """The next letters for a receiver that no other process has, leased to this one until then."""
    asked = {"receiver": receiver, "now": instant(node.clock()), "most": most}
    with node.store.transaction():
        node.store.hold("outbox")
        letters = given_up(node, receiver) or [_letter(row) for row in node.store.rows(_NEXT, asked)]
        if letters:
            node.store.run(_of(letters).values(leased_until=instant(until or node.clock() + LEASE)))
    return letters


def given_up(node: Node, receiver: str, most: int = _BATCH) -> list[Waiting]:
    """The letters that were given up and whose receiver does not know it yet."""
    asked = {"receiver": receiver, "now": instant(node.clock())}
    return [_letter(row) for row in node.store.rows(_CLOSED.limit(most), asked)]


def waiting_behind(node: Node, receiver: str, place: str, most: int) -> list[Waiting]:
    """The letters that wait for a receiver behind a place, in order, whoever else sends them; twice counts once.

    Those that were given up come before all others.
    """
    at, conversation, seq = place.split(" ") if place else ("", "", "0")
    behind = {"receiver": receiver, "at": at, "conversation": conversation, "seq": int(seq), "most": most}
    first = [] if place else given_up(node, receiver)
    return first + [_letter(row) for row in node.store.rows(_BEHIND, behind)]


def give_back(node: Node, letters: Sequence[Waiting]) -> None:
    """End the lease of letters that were not sent."""
    node.store.run(_of(letters).values(leased_until=None))


def put_off(node: Node, letter: Waiting, until: datetime, *, alone: bool = False) -> None:
    """Let a letter, and what is behind it in its line unless it is alone, wait until then."""
    if alone or letter.closed is not None:
        node.store.run(_of([letter]).values(leased_until=instant(until)))
        return
    node.store.run(_LINE_UNTIL, {"of_node": letter.node, "of_case": letter.case_id, "until": instant(until)})


def _letter(row: Any) -> Waiting:
    return Waiting(
        message=row.id,
        name=row.name,
        case_id=row.case_id,
        node=row.node,
        data=row.body,
        parcel=row.parcel,
        attempts=row.attempts or 0,
        closed=row.reason if row.state == "closed" else None,
        place=f"{row.written_at} {row.conversation} {row.seq}",
    )


def _of(letters: Sequence[Waiting]) -> Any:
    """Letters of one receiver, found by their key: pairs in a list would be looked for from the first row on."""
    named = OUTBOX.c.message.in_([letter.message for letter in letters])
    return update(OUTBOX).where(_WAITS | _UNTOLD, named, OUTBOX.c.node == letters[0].node)


def _mark(node: Node, letter: Waiting) -> None:
    node.store.run(_of([letter]).values(state="delivered", delivered_at=instant(node.clock())))
