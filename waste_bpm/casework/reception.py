"""A parcel arrives from another node: its seal is verified before anything is read, then it waits its turn and counts.

The order of the checks is fixed: seal, addressee, the very bytes; whether it was here before; whether its line stands
still; its number in the line and the parcel before it; then the gate, who may say so, and the record. What is recorded,
the place in the line and the answer are one transaction. A refusal for good takes its place in the line too, so that
what comes behind it is heard; nothing of it has any effect.

    recorded      the message counts; the same parcel again gets the same slip
    held          a parcel before it is missing, or it could not be taken in yet: it is kept, and taken in later
    refused       the message is not valid or its sender may not say so: never effective, and the sender is told
    closed        its sender gave it up and says so under its seal: its number is used, the reason is on file
    quarantined   the program failed on it several times: kept, its line waits, all others go on
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from waste_bpm.casework.arrivals import take
from waste_bpm.casework.lines import IN, End, end, freeze, row
from waste_bpm.casework.node import Node
from waste_bpm.casework.rows import instant
from waste_bpm.casework.store import Store
from waste_bpm.casework.traffic import LINE, PARCEL
from waste_bpm.casework.turning_away import turn_away
from waste_bpm.errors import Conflict, InputInvalid, NotPermitted, Unavailable, WasteBpmError
from waste_bpm.utility_blocks import cover, gate
from waste_bpm.utility_blocks.envelope import Header
from waste_bpm.utility_blocks.parcel import Parcel, Result, Sent, Slip, closed_in, opened
from waste_bpm.vocabulary import Finding

MOST_HELD = 1000
"""How many parcels of one line are kept while one before them is missing."""
MOST_ATTEMPTS = 5
"""How often the program may fail on a parcel before it is put into quarantine."""
_FINAL = (Result.RECORDED, Result.REFUSED, Result.CLOSED)
_HELD = (PARCEL.c.state == "held") | (PARCEL.c.state == "quarantined")
_SAME_NUMBER = (PARCEL.c.conversation == bindparam("conversation")) & (PARCEL.c.seq == bindparam("seq"))
_SAME = select(PARCEL).where(
    PARCEL.c.sender == bindparam("sender"), _SAME_NUMBER | (PARCEL.c.message == bindparam("message"))
)
_HELD_NEXT = select(PARCEL).where(PARCEL.c.sender == bindparam("sender"), _SAME_NUMBER, PARCEL.c.state == "held")
_WAITING_THEIR_TURN = (
    select(PARCEL.c.sender, PARCEL.c.conversation)
    .join(LINE, (LINE.c.node == PARCEL.c.sender) & (LINE.c.conversation == PARCEL.c.conversation), isouter=True)
    .where(PARCEL.c.state == "held", (LINE.c.direction == IN) | LINE.c.direction.is_(None))
    .where(PARCEL.c.seq == func.coalesce(LINE.c.seq, 0) + 1, LINE.c.frozen.is_(None))
    .distinct()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Arrival:
    """A parcel whose seal held, what came with it, and when."""

    parcel: Parcel
    sent: Sent
    at: datetime


def take_in(node: Node, sent: Sent) -> Slip:
    """Take in a parcel, and what waited for it; raises NotPermitted, InputInvalid, Conflict or Unavailable.

    Whatever is raised left the case as it was; all but Unavailable is final and on file as turned away.
    """
    at, parcel = node.clock(), None
    try:
        sent = _uncovered(node, sent)
        parcel = opened(sent, node.believes, node.directory.own, at)
        slip = _taken(node, _Arrival(parcel=parcel, sent=sent, at=at))
    except (NotPermitted, InputInvalid, Conflict) as refused:
        turn_away(node, sent, refused, parcel)
        raise
    if slip.result in _FINAL:
        release(node, parcel.sender, parcel.conversation)
    return slip


def _uncovered(node: Node, sent: Sent) -> Sent:
    """What was sent, without the cover that kept a relay from reading it."""
    if node.uncover is None or not sent.data.startswith(cover.BEGINS):
        return sent
    return replace(sent, data=node.uncover(sent.data))


def release(node: Node, sender: str, conversation: str) -> int:
    """Take in the parcels of a line that waited for those before them; gives how many."""
    count = 0
    while (arrival := _next_held(node, sender, conversation)) is not None:
        try:
            if _taken(node, arrival).result not in _FINAL:
                break
        except Unavailable:
            break
        except Conflict as conflict:
            turn_away(node, arrival.sent, conflict, arrival.parcel)
            break
        count += 1
    return count


def release_all(node: Node) -> int:
    """Take in whatever waits and has its turn now, in every line; a crash between two parcels is made good so."""
    lines = node.store.rows(_WAITING_THEIR_TURN)
    return sum(release(node, line.sender, line.conversation) for line in lines)


def _taken(node: Node, arrival: _Arrival) -> Slip:
    """Place the parcel and record its message in one transaction; what is refused for good or fails, in another."""
    try:
        with node.store.transaction():
            return _placed(node, arrival)
    except _OutOfTurn as found:
        _freeze(node, arrival, found)
        raise Conflict(found.finding, status=409) from found
    except _Refusal as refusal:
        return _in_its_place(node, arrival, refusal.why)
    except WasteBpmError:
        raise
    except Exception as failure:
        return _failed(node, arrival, failure)


class _Refusal(Exception):  # noqa: N818 - carries why across the end of a transaction
    """The message is refused for good."""

    def __init__(self, why: WasteBpmError) -> None:
        super().__init__(str(why))
        self.why = why


class _OutOfTurn(Exception):  # noqa: N818
    """The parcel does not follow the one before it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _placed(node: Node, arrival: _Arrival) -> Slip:
    parcel, store = arrival.parcel, node.store
    store.hold(parcel.conversation)
    known = _known(store, parcel)
    if known is not None and known.slip:
        return Slip.model_validate_json(known.slip)
    last = end(store, IN, parcel.sender, parcel.conversation)
    if last.frozen:
        raise Unavailable(_frozen(parcel, last.frozen))
    if parcel.seq > last.seq + 1:
        return _held(node, arrival, known)
    notice = closed_in(arrival.sent.data)
    if known is not None and known.state == "quarantined" and notice is None:
        return _slip(node, arrival, Result.HELD, (str(known.reason),))
    _refuse_out_of_turn(parcel, last)
    if notice is not None:
        return _close(node, arrival, Result.CLOSED, reason=notice.reason)
    _said(node, arrival)
    return _close(node, arrival, Result.RECORDED)


def _known(store: Store, parcel: Parcel) -> Any:
    """The row of this very parcel; None when it is new, Conflict when its number or message came with other bytes."""
    for found in store.rows(_SAME, parcel.model_dump(include={"sender", "conversation", "seq", "message"})):
        if found.parcel == parcel.written:
            return found
        raise Conflict(
            Finding(
                rule_id="integrity-conflict",
                message=f"{parcel.sender} sent number {found.seq} of this case as {found.message} before, "
                f"and now {parcel.message} as number {parcel.seq} with other bytes.",
                value=parcel.message,
                fix="A corrected message is a new message with the next number; ask the node that sent both.",
            ),
            status=409,
        )
    return None


def _held(node: Node, arrival: _Arrival, known: Any) -> Slip:
    """Keep a parcel until those before it are here."""
    parcel = arrival.parcel
    if known is None:
        mine = (PARCEL.c.sender == parcel.sender) & (PARCEL.c.conversation == parcel.conversation)
        if node.store.rows(select(func.count()).select_from(PARCEL).where(_HELD & mine))[0][0] >= MOST_HELD:
            raise Unavailable(
                Finding(
                    rule_id="held-full",
                    message=f"{MOST_HELD} parcels of this case already wait for one of {parcel.sender}.",
                    fix="Send the missing one first; the others are taken in by themselves then.",
                )
            )
        _keep(node, arrival, state="held")
    return _slip(node, arrival, Result.HELD, ("parcel-missing",))


def _refuse_out_of_turn(parcel: Parcel, last: End) -> None:
    if parcel.seq == last.seq + 1 and parcel.previous == last.hash:
        return
    raise _OutOfTurn(
        Finding(
            rule_id="integrity-conflict",
            message=f"Number {parcel.seq} of {parcel.sender} in this case does not follow the parcel {last.seq} that "
            "is on file here: the sender tells two stories, or one of both nodes lost what it had.",
            value=parcel.message,
            fix="The line stands still. Compare both nodes' parcels, then let it go on.",
        )
    )


def _said(node: Node, arrival: _Arrival) -> None:
    """Record the message; raises _Refusal for good, Unavailable for now."""
    try:
        received = gate.read(arrival.sent.data, node.clock())
        _refuse_unvouched(node, arrival.parcel, received.header)
        take(node, received, arrival.sent.data)
    except InputInvalid as refused:
        if {finding.rule_id for finding in refused.findings} == {"clock"}:
            raise Unavailable(refused.findings) from refused
        raise _Refusal(refused) from refused
    except NotPermitted as refused:
        raise _Refusal(refused) from refused
    except Conflict as refused:
        if refused.status != 409:
            raise RuntimeError(str(refused)) from refused
        raise _Refusal(refused) from refused


def _refuse_unvouched(node: Node, parcel: Parcel, header: Header) -> None:
    """A node vouches for what the parties say whose acts it keeps, and its parcel names what it brings."""
    sender = node.directory.parties.get(header.sender.id)
    if sender is None or sender.node != parcel.sender:
        raise NotPermitted(
            Finding(
                rule_id="signer-not-entitled",
                message=f"{parcel.sender} does not keep the acts of {header.sender.id}, "
                "so it cannot vouch for what that party says.",
                value=header.sender.id,
                fix="Have it sent by the node of its sender.",
            )
        )
    if (header.message, header.conversation) != (parcel.message, parcel.conversation):
        raise InputInvalid(
            Finding(
                rule_id="parcel-fits-message",
                message=f"The parcel brings {parcel.message} of case {parcel.conversation}; "
                f"the message in it is {header.message} of case {header.conversation}.",
                value=header.message,
                fix="Write the parcel from the header of its message.",
            )
        )


def _in_its_place(node: Node, arrival: _Arrival, why: WasteBpmError) -> Slip:
    """A refusal for good: the number is used, nothing has an effect, and it is on file as turned away."""
    with node.store.transaction():
        node.store.hold(arrival.parcel.conversation)
        known = _known(node.store, arrival.parcel)
        if known is not None and known.slip:
            return Slip.model_validate_json(known.slip)
        rules = tuple(dict.fromkeys(finding.rule_id for finding in why.findings))
        slip = _close(node, arrival, Result.REFUSED, rules)
        turn_away(node, arrival.sent, why, arrival.parcel)
    return slip


def _failed(node: Node, arrival: _Arrival, failure: Exception) -> Slip:
    """The program failed on it: the attempt counts, and after several the parcel is put aside."""
    with node.store.transaction():
        node.store.hold(arrival.parcel.conversation)
        known = _known(node.store, arrival.parcel)
        attempts = (known.attempts or 0) + 1 if known is not None else 1
        state = "quarantined" if attempts >= MOST_ATTEMPTS else "held"
        _keep(node, arrival, state=state, attempts=attempts, reason="parcel-quarantined")
        if state == "quarantined":
            turn_away(node, arrival.sent, Unavailable(_quarantined(arrival.parcel, failure)), arrival.parcel)
    return _slip(node, arrival, Result.HELD, ("parcel-failed" if state == "held" else "parcel-quarantined",))


def _close(
    node: Node, arrival: _Arrival, result: Result, rules: tuple[str, ...] = (), reason: str | None = None
) -> Slip:
    """Give the parcel its place in the line, for good."""
    parcel = arrival.parcel
    slip = _slip(node, arrival, result, rules)
    body = b"" if result is Result.RECORDED else arrival.sent.data
    _keep(node, arrival, state=result.value, body=body, slip=slip.written, reason=reason)
    node.store.replace(LINE, [row(IN, parcel.sender, parcel, slip.recorded_at)])
    return slip


def _keep(node: Node, arrival: _Arrival, *, state: str, body: bytes | None = None, **said: Any) -> None:
    parcel = arrival.parcel
    kept = {
        "sender": parcel.sender,
        "conversation": parcel.conversation,
        "seq": parcel.seq,
        "message": parcel.message,
        "state": state,
        "received_at": instant(arrival.at),
        "parcel": arrival.sent.parcel,
        "seal": arrival.sent.seal,
        "body": arrival.sent.data if body is None else body,
    }
    node.store.replace(PARCEL, [kept | said])


def _slip(node: Node, arrival: _Arrival, result: Result, rules: tuple[str, ...] = ()) -> Slip:
    parcel = arrival.parcel
    return Slip(
        parcel=parcel.hash,
        message=parcel.message,
        digest=parcel.digest,
        by=node.directory.own,
        to=parcel.sender,
        result=result,
        recorded_at=instant(node.clock()),
        rules=rules,
    )


def _next_held(node: Node, sender: str, conversation: str) -> _Arrival | None:
    """The held parcel of a line whose turn it is; None when there is none, or the line stands still."""
    last = end(node.store, IN, sender, conversation)
    asked = {"sender": sender, "conversation": conversation, "seq": last.seq + 1}
    found = node.store.rows(_HELD_NEXT, asked)
    if last.frozen or not found:
        return None
    kept = found[0]
    sent = Sent(parcel=kept.parcel, seal=kept.seal, data=kept.body)
    return _Arrival(
        parcel=Parcel.model_validate_json(kept.parcel), sent=sent, at=datetime.fromisoformat(kept.received_at)
    )


def _freeze(node: Node, arrival: _Arrival, found: _OutOfTurn) -> None:
    with node.store.transaction():
        node.store.hold(arrival.parcel.conversation)
        freeze(node.store, arrival.parcel.sender, arrival.parcel, found.finding.message)


def thaw(node: Node, sender: str, conversation: str, follows: tuple[int, str] | None = None) -> int:
    """Let a line that stands still go on, and try again what was put aside; gives how many parcels were taken in.

    `follows` is the number and hash of the parcel after which it goes on, where both nodes have agreed on another end.
    """
    mine = (PARCEL.c.sender == sender) & (PARCEL.c.conversation == conversation)
    with node.store.transaction():
        node.store.hold(conversation)
        this = (LINE.c.direction == IN) & (LINE.c.node == sender) & (LINE.c.conversation == conversation)
        agreed = {"seq": follows[0], "hash": follows[1]} if follows else {}
        node.store.run(update(LINE).where(this).values(frozen=None, **agreed))
        aside = PARCEL.c.state == "quarantined"
        node.store.run(update(PARCEL).where(mine & aside).values(state="held", attempts=None))
    return release(node, sender, conversation)


def _frozen(parcel: Parcel, why: str) -> Finding:
    return Finding(
        rule_id="line-frozen",
        message=f"Nothing more of {parcel.sender} is taken in for this case until somebody has looked at it: {why}",
        fix="Keep the parcel and send it again later.",
    )


def _quarantined(parcel: Parcel, failure: Exception) -> Finding:
    return Finding(
        rule_id="parcel-quarantined",
        message=f"The program failed {MOST_ATTEMPTS} times on {parcel.message}: {type(failure).__name__}: {failure}",
        fix="Keep it, report it, and try it again with a program that can take it in.",
    )
