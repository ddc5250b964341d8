"""Letters that have not arrived: how many wait for each node and when they go again, and what took their place.

A letter that its receiver rejected, or that a person gave up, is dead: its bytes, its history and the reason stay. A
corrected message is a new one with its own identity, said by a new act; here it is put on record which one it is.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select, update

from waste_bpm.casework.node import Node
from waste_bpm.casework.peers import Peer, on_paper, peers
from waste_bpm.casework.posting import journeys
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.casework.traffic import LINK
from waste_bpm.errors import Conflict, NotFound
from waste_bpm.vocabulary import Finding

DEAD = ("refused", "closed")
"""The states of a letter that is sent no more and was not received."""
_REPLACED = "replaced by "
_WAITS = OUTBOX.c.state == "waiting"
_PER_NODE = (
    select(
        OUTBOX.c.node,
        func.sum(case((_WAITS, 1), else_=0)).label("waiting"),
        func.min(case((_WAITS, OUTBOX.c.written_at))).label("oldest"),
        func.max(case((_WAITS, OUTBOX.c.attempts))).label("attempts"),
        func.min(case((_WAITS, func.coalesce(OUTBOX.c.leased_until, "")))).label("free_at"),
        func.sum(case((OUTBOX.c.state == "refused", 1), else_=0)).label("refused"),
        LINK.c.silent_until,
        LINK.c.failed_since,
        LINK.c.said,
    )
    .join(LINK, LINK.c.node == OUTBOX.c.node, isouter=True)
    .where(OUTBOX.c.state.in_(("waiting", "refused")))
    .group_by(OUTBOX.c.node, LINK.c.silent_until, LINK.c.failed_since, LINK.c.said)
    .order_by(OUTBOX.c.node)
)
_PLACED = select(MESSAGE.c.position, MESSAGE.c.case_id, OUTBOX.c.state).join(
    OUTBOX, and_(OUTBOX.c.message == MESSAGE.c.id, MESSAGE.c.home)
)


_FAILING = select(*LINK.c["node", "failed_since"]).where(LINK.c.failed_since.is_not(None))
_WAITED_FOR = (
    select(OUTBOX.c.node, LINK.c.heard_at, func.min(OUTBOX.c.written_at).label("oldest"))
    .join(LINK, LINK.c.node == OUTBOX.c.node, isouter=True)
    .where(_WAITS)
    .group_by(OUTBOX.c.node, LINK.c.heard_at)
)


def undelivered(node: Node) -> list[dict[str, Any]]:
    """For each node that letters wait for, or that rejected some: how many, since when, and when they go again.

    The next attempt is blank where they go at the next round, and where they go on paper.
    """
    papers, now = on_paper(node.store), instant(node.clock())
    return [_of_node(row, row.node in papers, now) for row in node.store.rows(_PER_NODE)]


def _of_node(row: Any, paper: bool, now: str) -> dict[str, Any]:
    later = max(row.silent_until or "", row.free_at or "")
    return {
        "node": row.node,
        "waiting": int(row.waiting),
        "oldest": row.oldest,
        "attempts": int(row.attempts or 0),
        "next_attempt": later if row.waiting and later > now and not paper else None,
        "on_paper": paper,
        "refused": int(row.refused),
        "failing_since": row.failed_since,
        "said": row.said,
    }


def unreachable(node: Node) -> dict[str, datetime]:
    """Since when each node that is away was not heard: one that does not answer, or that does not fetch its letters.

    A node that is not connected is not tried, and so is none that nothing waits for and nobody has registered.
    """
    known, papers = peers(node.store), on_paper(node.store)
    since = {row.node: row.failed_since for row in node.store.rows(_FAILING)}
    rows = node.store.rows(_WAITED_FOR)
    since |= {row.node: at for row in rows if (at := _not_heard(known.get(row.node), row))}
    waited = {row.node for row in rows} | set(known)
    return {name: datetime.fromisoformat(at) for name, at in since.items() if name in waited and name not in papers}


def _not_heard(peer: Peer | None, row: Any) -> str | None:
    """Since when a node was not heard that is not called itself: it fetches, or a relay has what waits for it."""
    if peer is None or (peer.reach != "pull" and peer.via is None):
        return None
    return str(row.heard_at or row.oldest) if peer.reach == "pull" else str(max(row.oldest, row.heard_at or ""))


def replace(node: Node, message: str, receiver: str, by: str, reason: str) -> None:
    """Close a dead letter to a node: a corrected message, with its own identity, has taken its place.

    Raises NotFound where one of both never went to that node, Conflict where the one is not dead or the other is no
    later message of the same case.
    """
    with node.store.transaction():
        old, new = _placed(node, message, receiver), _placed(node, by, receiver)
        if old.state not in DEAD:
            raise Conflict(_lives(message, receiver, old.state), status=409)
        if new.case_id != old.case_id or new.position <= old.position or new.state in DEAD:
            raise Conflict(_no_successor(message, by), status=409)
        mine = (OUTBOX.c.message == message) & (OUTBOX.c.node == receiver)
        said = {"state": "closed", "reason": f"{_REPLACED}{by}: {reason}", "leased_until": None}
        node.store.run(update(OUTBOX).where(mine).values(**said))


def replaced_by(reason: str | None) -> str | None:
    """The message that took the place of a letter which ended for this reason; None where none did."""
    if reason is None or not reason.startswith(_REPLACED):
        return None
    return reason.removeprefix(_REPLACED).partition(": ")[0]


def _placed(node: Node, message: str, receiver: str) -> Any:
    for row in node.store.rows(_PLACED.where(MESSAGE.c.id == message, OUTBOX.c.node == receiver)):
        return row
    journeys(node, message)
    raise NotFound(
        Finding(
            rule_id="letter-unknown",
            message=f"{message} does not go to {receiver}.",
            value=message,
            fix=f"See where it goes: waste-bpm outbox show {message}.",
        )
    )


def _lives(message: str, receiver: str, state: str) -> Finding:
    return Finding(
        rule_id="letter-is-not-dead",
        message=f"The letter {message} to {receiver} is {state}; only one that was rejected or given up is replaced.",
        value=message,
        fix="A letter that waits goes on being sent; one that arrived is corrected by a new act.",
    )


def _no_successor(message: str, by: str) -> Finding:
    return Finding(
        rule_id="letter-has-successor",
        message=f"{by} is no later message of the same case that goes to that node, so it cannot replace {message}.",
        value=by,
        fix="Correct what was said by a step of the case; its letter is the new one: waste-bpm case messages CASE.",
    )
