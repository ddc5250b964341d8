"""A relay: parcels for nodes that name this one as their way are kept in a box, handed on as they are, and answered.

The relay sees what stands on a parcel: which node writes to which, about which case, the how manieth. The message is
under a cover that its receiver takes off. It can lose a parcel, which its sender then brings again, and can forge
nothing: the parcel is under the seal of its sender, the slip under that of its receiver. Who brings a parcel again gets
the slip as soon as it is here, so the sender needs no other way back.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from waste_bpm.casework import posting
from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import peers
from waste_bpm.casework.posting import Carry, Chance, about_the_line, answered, delay, silent, unanswered
from waste_bpm.casework.rows import instant
from waste_bpm.casework.traffic import BOX
from waste_bpm.errors import NotFound, NotPermitted, Unavailable, WasteBpmError
from waste_bpm.utility_blocks.parcel import Parcel, Result, Sent, Slip, sealed_parcel, signed_slip
from waste_bpm.vocabulary import Finding

MOST = 10_000
"""How many parcels the box keeps for one node."""
KEPT = timedelta(hours=30 * 24)
"""How long a parcel or a slip lies in the box."""
_BATCH = 100
_WAITS = BOX.c.slip.is_(None)
_THIS = select(BOX).where(BOX.c.hash == bindparam("parcel"))
_COUNT = select(func.count()).select_from(BOX).where(_WAITS, BOX.c.receiver == bindparam("node"))
_RECEIVERS = select(BOX.c.receiver).where(_WAITS).distinct().order_by(BOX.c.receiver)
_NEXT = (
    select(BOX)
    .where(_WAITS, BOX.c.receiver == bindparam("node"), BOX.c.position > bindparam("after"))
    .where(or_(BOX.c.put_off_until.is_(None), BOX.c.put_off_until <= bindparam("now")))
    .order_by(BOX.c.position)
    .limit(bindparam("most"))
)
_MINE = update(BOX).where(BOX.c.hash == bindparam("of"))
_ANSWERED = _MINE.values(slip=bindparam("data"), slip_seal=bindparam("seal_of_it"), body=b"")
_PUT_OFF = _MINE.values(put_off_until=bindparam("until"), attempts=BOX.c.attempts + 1)
_COVERED_ANEW = _MINE.values(body=bindparam("data"))
_OLD = delete(BOX).where(BOX.c.came_at < bindparam("before"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Boxed:
    """A parcel in the box, and its place there."""

    sent: Sent
    hash: str
    position: int
    attempts: int


def leave(node: Node, sent: Sent) -> tuple[bytes, bytes] | None:
    """Keep a parcel for another node; gives the slip and its seal where it was handed on before, else None.

    Raises NotPermitted where the seal does not hold or the receiver does not name this node as its way, Unavailable
    where the box is full.
    """
    parcel = sealed_parcel(sent, node.believes, node.clock())
    _refuse_other_ways(node, parcel)
    with node.store.transaction():
        node.store.hold(f"box/{parcel.receiver}")
        known = node.store.rows(_THIS, {"parcel": parcel.hash})
        if known and known[0].slip:
            return known[0].slip, known[0].slip_seal
        if known:
            node.store.run(_COVERED_ANEW, {"of": parcel.hash, "data": sent.data})
            return None
        if node.store.rows(_COUNT, {"node": parcel.receiver})[0][0] >= MOST:
            raise Unavailable(_full(parcel))
        node.store.run(insert(BOX).values(**_row(parcel, sent, instant(node.clock()))))
    return None


def _row(parcel: Parcel, sent: Sent, at: str) -> dict[str, Any]:
    return {
        "hash": parcel.hash,
        "sender": parcel.sender,
        "receiver": parcel.receiver,
        "came_at": at,
        "attempts": 0,
        "parcel": sent.parcel,
        "seal": sent.seal,
        "body": sent.data,
    }


def boxed(node: Node, receiver: str, after: int, most: int = _BATCH) -> list[Boxed]:
    """What lies in the box for a node behind a place, in the order in which it came."""
    asked = {"node": receiver, "after": after, "now": instant(node.clock()), "most": most}
    return [_boxed(row) for row in node.store.rows(_NEXT, asked)]


def _boxed(row: Any) -> Boxed:
    sent = Sent(parcel=row.parcel, seal=row.seal, data=row.body)
    return Boxed(sent=sent, hash=row.hash, position=row.position, attempts=row.attempts)


def pass_on(node: Node, carry: Carry, chance: Chance, fetching: Collection[str] = ()) -> int:
    """One round: what lies in the box goes to the nodes that it is for; gives how much got its slip."""
    forget(node)
    receivers = [row.receiver for row in node.store.rows(_RECEIVERS)]
    return sum(_passed(node, each, carry, chance) for each in receivers if each not in fetching)


def _passed(node: Node, receiver: str, carry: Carry, chance: Chance) -> int:
    count = after = 0
    while not silent(node, receiver) and (batch := boxed(node, receiver, after)):
        for each in batch:
            after = each.position
            try:
                slip = handed_back(node, *carry(receiver, each.sent))
            except WasteBpmError as error:
                if not (isinstance(error, Unavailable) and about_the_line(error)):
                    unanswered(node, receiver, error, chance)
                    return count
                _put_off(node, each, chance)
                continue
            answered(node, receiver)
            count += slip.result is not Result.HELD
            if slip.result is Result.HELD:
                _put_off(node, each, chance)
    return count


def _put_off(node: Node, each: Boxed, chance: Chance) -> None:
    until = instant(node.clock() + delay(each.attempts, chance))
    node.store.run(_PUT_OFF, {"of": each.hash, "until": until})


def handed_back(node: Node, data: bytes, seal: bytes) -> Slip:
    """Take a slip: for a letter of this node, or for a parcel that it passed on; raises as `settle` does."""
    slip = signed_slip(data, seal, node.believes, node.clock())
    if slip.to == node.directory.own:
        return posting.settle(node, data, seal)
    with node.store.transaction():
        found: Sequence[Any] = node.store.rows(_THIS, {"parcel": slip.parcel})
        if not found or (found[0].receiver, found[0].sender) != (slip.by, slip.to):
            raise NotFound(_no_parcel(slip))
        if slip.result is not Result.HELD and not found[0].slip:
            node.store.run(_ANSWERED, {"of": slip.parcel, "data": data, "seal_of_it": seal})
    return slip


def forget(node: Node) -> int:
    """Delete what lay in the box long enough: a sender who still waits brings it again."""
    return node.store.run(_OLD, {"before": instant(node.clock() - KEPT)})


def _refuse_other_ways(node: Node, parcel: Parcel) -> None:
    receiver = peers(node.store).get(parcel.receiver)
    if receiver is None or receiver.via != node.directory.own:
        raise NotPermitted(
            Finding(
                rule_id="not-the-way",
                message=f"{node.directory.own} is not the way to {parcel.receiver}.",
                value=parcel.receiver,
                fix="Take what that node says of itself today: waste-bpm node peer add FILE.",
            )
        )


def _full(parcel: Parcel) -> Finding:
    return Finding(
        rule_id="box-full",
        message=f"{MOST} parcels for {parcel.receiver} already wait here.",
        value=parcel.receiver,
        fix="Bring it again later.",
    )


def _no_parcel(slip: Slip) -> Finding:
    return Finding(
        rule_id="slip-without-letter",
        message=f"{slip.by} gives a slip to {slip.to} for {slip.message}; no such parcel was passed on here.",
        value=slip.message,
        fix="Give the slip to the node that gave the parcel.",
    )
