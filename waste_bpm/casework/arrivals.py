"""A peer's message arrives: it is checked, then recorded, and never refused because we would have decided otherwise.

What a message says has legally happened at its home. So it is checked for form, addressee, entitlement and identity,
and recorded with flags where our own reading of the law differs. Reports send nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import bindparam, select

from waste_bpm.casework import record
from waste_bpm.casework.comparing import beside_papers, note
from waste_bpm.casework.correspondence import reported
from waste_bpm.casework.line import follow
from waste_bpm.casework.node import Folded, Node
from waste_bpm.casework.permissions import roles_for, slots
from waste_bpm.casework.rows import Filing, body_of, file_events, file_inbox, file_message, instant
from waste_bpm.casework.store import EVENT, MESSAGE
from waste_bpm.errors import Conflict, NotPermitted, Unavailable
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Command, Event
from waste_bpm.processes.decide import evolve, findings
from waste_bpm.processes.process import Step
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.envelope import PartyRef
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Role, Slot

REUSED = "integrity-conflict"
"""The rule that an identity stands for one message and no other."""
_KNOWN = select(MESSAGE.c.digest, MESSAGE.c.recorded_at)
_TAKEN = select(EVENT.c.version).where(
    EVENT.c.case_id == bindparam("case_id"),
    EVENT.c.stream == bindparam("stream"),
    EVENT.c.version == bindparam("version"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a node answers to a message: that these bytes are stored, since when, and whether it had them before.

    It says nothing about the law; `flags` are the rules that we would have answered differently.
    """

    message: str
    digest: str
    recorded_at: str
    duplicate: bool
    flags: tuple[str, ...] = ()


def receive(node: Node, data: bytes) -> Receipt:
    """Record what a message reports; raises InputInvalid, NotPermitted, Conflict or Unavailable and changes nothing."""
    return take(node, gate.read(data, node.clock()), data)


def take(node: Node, received: gate.Received, data: bytes) -> Receipt:
    """The same for a message that has passed the gate."""
    digest = record.digest(data)
    identity = received.header.message
    with node.store.transaction():
        node.store.hold(received.header.case)
        known = node.store.rows(_KNOWN.where(MESSAGE.c.id == identity))
        if known:
            return again(identity, digest, known[0].digest, known[0].recorded_at)
        return _record(node, received, data, digest)


def again(identity: str, digest: str, stored: str, recorded_at: str) -> Receipt:
    """The receipt for bytes that are on file; raises Conflict where other bytes are on file under this identity."""
    if stored != digest:
        raise Conflict(
            Finding(
                rule_id=REUSED,
                message=f"{identity} is on file with other content.",
                fix="A corrected message is a new message with its own identity.",
            ),
            status=409,
        )
    return Receipt(message=identity, digest=digest, recorded_at=recorded_at, duplicate=True)


def _record(node: Node, received: gate.Received, data: bytes, digest: str) -> Receipt:
    header, document, now = received.header, received.document, node.clock()
    here = _addressees(node, received)
    folded = node.folded(header.case)
    events = [_placed(node, folded.case, event) for event in reported(received)]
    held = slots(folded.case, document)
    entitled(node, events[0], held)
    body = body_of(document)
    flags = _flags(node, folded.case, received, events, now)
    filed = record.digest(body or b"")
    events = [replace(event, document=filed, flags=flags) for event in events]
    events, compared = beside_papers(node, folded.case, events, document, header.message)
    after = _after(folded.case, events)
    filing = Filing(
        case=folded.case,
        after=after,
        document=document,
        body=body,
        digest=filed,
        heads=folded.heads,
        recorded_at=folded.recorded(instant(now)),
    )
    heads = file_events(filing, events)
    file_message(filing, header.message, received.message.name, header.sender.id, data, home=False)
    file_inbox(filing, header.message, here)
    position = node.store.write(filing.rows, filing.stopped)
    if all(event.version > _version(folded.case, event.stream) for event in events):
        node.keep(Folded(case=after, position=position, heads=heads, recorded_at=filing.recorded_at))
    else:
        node.forget(folded.case.id)
    follow(node, node.case(folded.case.id), events)
    note(node, folded.case.id, compared, here[0].id)
    return Receipt(message=header.message, digest=digest, recorded_at=filing.recorded_at, duplicate=False, flags=flags)


def _placed(node: Node, case: Case, event: Event) -> Event:
    """The event in its place; in the next free one where two acted before they heard of each other.

    Both acts have legally happened, so neither is lost; each node counts from there.
    """
    latest = _version(case, event.stream)
    place = {"case_id": case.id, "stream": event.stream, "version": event.version}
    if event.version > latest or not node.store.rows(_TAKEN, place):
        return event
    return replace(event, version=latest + 1, claimed=event.version)


def _version(case: Case, stream: str) -> int:
    instance = case.streams.get(stream)
    return 0 if instance is None else int(instance.version)


def _after(case: Case, events: Sequence[Event]) -> Case:
    for event in events:
        case = evolve(case, event)
    return case


def _addressees(node: Node, received: gate.Received) -> tuple[PartyRef, ...]:
    here = tuple(ref for ref in received.header.receivers if node.directory.hosts(ref.id))
    if here:
        return here
    raise NotPermitted(
        Finding(
            rule_id="addressed-here",
            message="None of the receivers named in the header is a party of this node.",
            xpath=f"/{received.message.name}/Header/Receivers",
            fix="Send the message to the node that keeps the acts of its receivers.",
        )
    )


def entitled(node: Node, event: Event, held: Sequence[Slot]) -> None:
    """The sender may say what its role in the case lets it do, and acts on another node than this one."""
    if not held:
        raise Unavailable(
            Finding(
                rule_id="notification-not-here-yet",
                message="The notification of this case has not arrived here, so the sender's role cannot be checked.",
                fix="Keep the message and send it again later.",
            )
        )
    if node.directory.hosts(event.by):
        raise NotPermitted(
            Finding(
                rule_id="sender-is-elsewhere",
                message=f"{event.by} is a party of this node; nobody else speaks for it.",
                fix="Have the party act on its own node.",
            )
        )
    process = PROCESSES[event.process]
    step = process.by_event[event.type]
    roles = roles_for(process, _as_said(step, event.role), event.stream, event.by, held)
    if event.role not in (*roles, *_unmanned(step)):
        raise NotPermitted(_borrowed(event, step, roles))


def _unmanned(step: Step) -> tuple[Role, ...]:
    return (Role.CLOCK,) if Role.CLOCK in step.by else ()


def _borrowed(event: Event, step: Step, roles: Sequence[Role]) -> Finding:
    said, held = (" or ".join(role.replace("_", " ") for role in each) for each in ((event.role,), roles))
    return Finding(
        rule_id="role-borrowed",
        message=f"{step.title}: {event.by} speaks as {said}; in this case it is the {held}.",
        value=event.by,
        law=step.law,
        fix="Send the message with the role in which the sender may take the step.",
    )


def _as_said(step: Step, role: Role) -> Step:
    """What the clock takes is said by the authority whose clock it is."""
    return replace(step, by=ALL_AUTHORITIES) if role is Role.CLOCK and Role.CLOCK in step.by else step


def _flags(node: Node, case: Case, received: gate.Received, events: Sequence[Event], now: datetime) -> tuple[str, ...]:
    """The rules by which we would have answered otherwise."""
    event = events[0]
    step = PROCESSES[event.process].by_event[event.type]
    command = Command(stream=event.stream, step=step.name, by=event.by, role=event.role, document=received.document)
    law = node.law_of(case, received.document)
    return tuple(dict.fromkeys(finding.rule_id for finding in findings(case, command, law, now, at_home=False)))
