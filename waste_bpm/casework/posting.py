"""Letters go to other nodes under seal, and go again until the receiving node's sealed slip says what became of them.

Only a slip ends the waiting: an answer that nobody sealed is an attempt that failed, whatever it says. A node that
does not answer is left alone for a while, longer each time and with some chance in it; a letter that its receiver holds
goes again later, with what is behind it. A letter that waits too long is shown as undelivered and goes on waiting: it
is a person who gives up, with a reason.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from waste_bpm.casework.node import Node
from waste_bpm.casework.outbox import Waiting, give_back, put_off, receivers, taken, waiting_behind
from waste_bpm.casework.peers import on_paper
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import MESSAGE, OUTBOX
from waste_bpm.casework.traffic import LINK
from waste_bpm.errors import Conflict, NotFound, Unavailable, WasteBpmError
from waste_bpm.logs import log
from waste_bpm.utility_blocks.parcel import Result, Sent, Slip, closing, digest, signed_slip
from waste_bpm.vocabulary import Finding

_log = log(__name__)
FIRST_RETRY, LAST_RETRY = timedelta(seconds=5), timedelta(minutes=30)
"""How long a node that did not answer is left alone: at first, and at most."""
WITH_RELAY = "with-relay"
"""The rule of a letter that a relay has: it is asked for the slip again later, and the letters behind it go on."""
_ENDS = ("state", "slip", "slip_seal", "delivered_at", "reason")
Carry = Callable[[str, Sent], tuple[bytes, bytes]]
"""Brings what is sent to a node, and gives its slip and the seal over it; raises a WasteBpmError otherwise."""
Chance = Callable[[], float]
"""A number from 0 to 1."""
_SILENT = select(LINK.c.silent_until).where(LINK.c.node == bindparam("receiver"))
_MINE = (OUTBOX.c.message == bindparam("of_message")) & (OUTBOX.c.node == bindparam("of_node"))
_LETTER = (
    select(OUTBOX.c.state, OUTBOX.c.slip, OUTBOX.c.reason, OUTBOX.c.parcel, MESSAGE.c.digest)
    .join(MESSAGE, MESSAGE.c.id == OUTBOX.c.message)
    .where(_MINE)
)
_ATTEMPTED = update(OUTBOX).where(_MINE).values(attempts=bindparam("times"))
_ENDED = (
    update(OUTBOX)
    .where(_MINE, (OUTBOX.c.state == "waiting") | OUTBOX.c.slip.is_(None))
    .values(leased_until=None, **{name: bindparam(f"as_{name}") for name in _ENDS})
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """What a round did with letters."""

    delivered: int = 0
    refused: int = 0
    put_off: int = 0


def sealed(node: Node, letter: Waiting) -> Sent:
    """What travels: the parcel and the message as they were written, and the seal of this node; raises Unavailable.

    Of a letter that was given up only that travels, and why.
    """
    seal, data = seal_of(node, letter.parcel), letter.data
    if letter.closed is not None:
        data = closing(letter.parcel, letter.closed, lambda said: seal_of(node, said))
    return Sent(parcel=letter.parcel, seal=seal, data=data)


def seal_of(node: Node, data: bytes) -> bytes:
    """The seal of this node over some bytes; raises Unavailable where it has no key."""
    if node.sign is None:
        raise Unavailable(
            Finding(
                rule_id="key-missing",
                message="This node has no key, so it cannot seal what it sends.",
                fix="Give it one: waste-bpm node init.",
            )
        )
    return node.sign(data)


def bundle(node: Node, receiver: str, most: int = 1000) -> list[Sent]:
    """What waits for a node, in order, to be fetched by it or carried to it; it goes on waiting for its slips."""
    return [sealed(node, letter) for letter in waiting_behind(node, receiver, "", most)]


def post(node: Node, carry: Carry, chance: Chance, fetching: Collection[str] = ()) -> Posted:
    """One round: each node that letters wait for and that is not left alone gets them, in order.

    A letter has one attempt in a round. Nodes that fetch what waits for them are not sent to, so none of them is ever
    held to be away.
    """
    delivered = refused = later = 0
    for receiver in receivers(node):
        if receiver in fetching:
            continue
        tried: set[str] = set()
        while letters := ([] if silent(node, receiver) else taken(node, receiver)):
            if not tried.isdisjoint(letter.message for letter in letters):
                break
            tried |= {letter.message for letter in letters}
            held: set[str] = set()
            for number, letter in enumerate(letters):
                if letter.case_id in held:
                    continue
                result = _carried(node, letter, carry, chance)
                if result == WITH_RELAY:
                    later += 1
                    continue
                if result is None:
                    give_back(node, letters[number:])
                    break
                delivered += result is Result.RECORDED
                refused += result is Result.REFUSED
                if result is Result.HELD:
                    held.add(letter.case_id)
                    later += 1
    return Posted(delivered=delivered, refused=refused, put_off=later)


def _carried(node: Node, letter: Waiting, carry: Carry, chance: Chance) -> Result | str | None:
    """What became of a letter, or that it lies with a relay; None when its receiver does not answer as a node does."""
    try:
        sent = sealed(node, letter)
        _attempted(node, letter)
        slip = settle(node, *carry(letter.node, sent))
    except WasteBpmError as error:
        if {finding.rule_id for finding in error.findings} == {WITH_RELAY}:
            put_off(node, letter, node.clock() + delay(letter.attempts, chance), alone=True)
            return WITH_RELAY
        if isinstance(error, Unavailable) and about_the_line(error):
            put_off(node, letter, node.clock() + delay(letter.attempts, chance))
            return Result.HELD
        unanswered(node, letter.node, error, chance)
        _log.info("no answer", **_told(node, letter, error))
        return None
    answered(node, letter.node)
    if slip.result is Result.HELD:
        put_off(node, letter, node.clock() + delay(letter.attempts, chance))
    return slip.result


def _told(node: Node, letter: Waiting, error: WasteBpmError) -> dict[str, str]:
    """What the log says of an attempt that failed."""
    rule = error.findings[0].rule_id if error.findings else ""
    return {"peer": letter.node, "message_id": letter.message, "rule": rule, "moment": instant(node.clock())}


def about_the_line(error: WasteBpmError) -> bool:
    """Whether the receiver is there and only this line has to wait."""
    waits = {"notification-not-here-yet", "line-frozen", "held-full", "clock"}
    return {finding.rule_id for finding in error.findings} <= waits


def delay(attempts: int, chance: Chance) -> timedelta:
    """How long to wait after so many attempts: doubled each time, between half and all of it."""
    whole = min(LAST_RETRY, FIRST_RETRY * (1 << min(attempts, 16)))
    return whole / 2 + whole / 2 * chance()


def settle(node: Node, data: bytes, seal: bytes) -> Slip:
    """End the waiting of a letter as its slip says; raises NotPermitted, InputInvalid, NotFound or Conflict.

    The slip must come from the very node that the letter is for, about the very bytes that were sent.
    """
    slip = signed_slip(data, seal, node.believes, node.clock())
    mine = {"of_message": slip.message, "of_node": slip.by}
    with node.store.transaction():
        found = node.store.rows(_LETTER, mine)
        if slip.to != node.directory.own or not found:
            raise NotFound(_no_letter(slip))
        if (digest(found[0].parcel), found[0].digest) != (slip.parcel, slip.digest):
            raise Conflict(_other_bytes(slip), status=409)
        waits = found[0].state == "waiting" or (found[0].state == "closed" and not found[0].slip)
        if waits and slip.result is not Result.HELD:
            ended = _as(slip, data, seal, instant(node.clock()), found[0].reason)
            node.store.run(_ENDED, {**mine, **ended})
    return slip


def _as(slip: Slip, data: bytes, seal: bytes, now: str, reason: str | None) -> dict[str, Any]:
    """How the row of a letter ends: delivered, refused for these rules, or closed and known to be; with its slip.

    One that was given up here and had arrived there all the same was delivered.
    """
    delivered = slip.result is Result.RECORDED
    rules = ", ".join(slip.rules)
    return {
        "as_state": "delivered" if delivered else slip.result.value,
        "as_slip": data,
        "as_slip_seal": seal,
        "as_delivered_at": now if delivered else None,
        "as_reason": None if delivered else reason if slip.result is Result.CLOSED else rules,
    }


def _attempted(node: Node, letter: Waiting) -> None:
    times = letter.attempts + 1
    node.store.run(_ATTEMPTED, {"of_message": letter.message, "of_node": letter.node, "times": times})


def _no_letter(slip: Slip) -> Finding:
    return Finding(
        rule_id="slip-without-letter",
        message=f"{slip.by} gives a slip to {slip.to} for {slip.message}; no such letter went from here to that node.",
        value=slip.message,
        fix="Give the slip to the node that sent the parcel.",
    )


def _other_bytes(slip: Slip) -> Finding:
    return Finding(
        rule_id="integrity-conflict",
        message=f"{slip.by} received other bytes for {slip.message} than those that were sent from here.",
        value=slip.digest,
        fix="Compare the digests with that node; somebody between both may have changed them.",
    )


def silent(node: Node, receiver: str) -> bool:
    """Whether a node is left alone for now; one that is not connected is not tried."""
    if receiver in on_paper(node.store):
        return True
    found = node.store.rows(_SILENT, {"receiver": receiver})
    return bool(found) and found[0].silent_until > instant(node.clock())


def unanswered(node: Node, receiver: str, why: WasteBpmError, chance: Chance) -> None:
    """A node did not answer: leave it alone for a while, longer each time."""
    now = node.clock()
    with node.store.transaction():
        known = next(iter(node.store.rows(select(LINK).where(LINK.c.node == receiver))), None)
        failures = known.failures if known is not None else 0
        row = {
            "node": receiver,
            "failures": failures + 1,
            "silent_until": instant(now + delay(failures, chance)),
            "failed_since": (known.failed_since if known is not None else None) or instant(now),
            "heard_at": known.heard_at if known is not None else None,
            "said": str(why)[:500],
        }
        node.store.replace(LINK, [row])


def answered(node: Node, receiver: str) -> None:
    """A node answered: nothing holds its letters back."""
    now: datetime = node.clock()
    row = {"node": receiver, "failures": 0, "silent_until": "", "failed_since": None, "heard_at": instant(now)}
    node.store.replace(LINK, [row | {"said": None}])


def journeys(node: Node, message: str) -> list[dict[str, Any]]:
    """What became of a letter at each node that it goes to; raises NotFound."""
    names = ("node", "state", "seq", "written_at", "attempts", "leased_until", "delivered_at", "reason")
    query = select(*(OUTBOX.c[name] for name in names)).where(OUTBOX.c.message == message).order_by(OUTBOX.c.node)
    found = [{**row._mapping, "attempts": row.attempts or 0} for row in node.store.rows(query)]
    if not found:
        raise NotFound(_no_such_letter(message))
    return found


def retry(node: Node, receiver: str) -> int:
    """Let all that waits for a node go at the next round; gives how many letters wait."""
    with node.store.transaction():
        node.store.run(update(LINK).where(LINK.c.node == receiver).values(silent_until=""))
        mine = (OUTBOX.c.node == receiver) & (OUTBOX.c.state == "waiting")
        return node.store.run(update(OUTBOX).where(mine).values(leased_until=None))


def close(node: Node, message: str, receiver: str, reason: str) -> None:
    """Send a letter no more, for a reason that stays on file; raises NotFound, or Conflict when it arrived.

    Its receiver is told, so that what comes behind it counts there.
    """
    with node.store.transaction():
        states = [each["state"] for each in journeys(node, message) if each["node"] == receiver]
        if not states:
            raise NotFound(_no_such_letter(message))
        if states[0] == "delivered":
            raise Conflict(
                Finding(
                    rule_id="letter-delivered",
                    message=f"{receiver} has received {message}; there is nothing to give up.",
                    value=message,
                    fix="What it says is corrected by a new message.",
                ),
                status=409,
            )
        mine = (OUTBOX.c.message == message) & (OUTBOX.c.node == receiver)
        node.store.run(update(OUTBOX).where(mine).values(state="closed", reason=reason, leased_until=None))


def _no_such_letter(message: str) -> Finding:
    return Finding(
        rule_id="letter-unknown",
        message=f"No letter {message!r} waits here for that node, or ever did.",
        value=message,
        fix="List the letters: waste-bpm outbox list.",
    )
