"""From events to letters, and from a letter back to events: the same step rows, read forwards and backwards.

The row says what is said and to which roles; here the roles are resolved to parties and the header is filled. Letters
come only from events decided at home.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from waste_bpm.documents.model import Document
from waste_bpm.errors import InputInvalid, Refused
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Clock, Event
from waste_bpm.processes.decide import facts_of, stopped_by
from waste_bpm.processes.process import Step
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.catalogue import MESSAGES, Message
from waste_bpm.utility_blocks.envelope import Header, LegalClock, PartyRef, Recorded
from waste_bpm.vocabulary import DEFAULT_REGIME, Finding, Party, Role, Slot

Ids = Callable[[str], str]
"""Gives a new identity (a UUID) for the thing named; random in production, derived from the name in tests."""
Speaks = Callable[[str, str], int | None]
"""The newest minor version of a block that a node speaks; None where it has not said."""


def newest(_: str, __: str) -> int | None:
    """Nobody has said what it speaks: each node is held to speak what this one speaks."""
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message ready to be sent: its bytes, the parties on this node, and the nodes it goes to."""

    id: str
    name: str
    data: bytes
    local: tuple[PartyRef, ...]
    nodes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """The parties a node knows and the node that keeps each; `own` is this node."""

    own: str
    parties: Mapping[str, Party]

    def hosts(self, party: str) -> bool:
        """Whether the party's acts are recorded on this node."""
        known = self.parties.get(party)
        return known is not None and known.node == self.own


def receivers(held: Sequence[Slot], directory: Directory, roles: Sequence[Role], sender: str) -> tuple[PartyRef, ...]:
    """Whom a step tells: each party once, in its first role, and never the one that speaks."""
    told: dict[str, PartyRef] = {}
    for slot in held:
        if slot.role in roles and slot.party != sender and slot.party not in told:
            told[slot.party] = PartyRef(slot.party, slot.role)
    if Role.SECRETARIAT in roles:
        offices = (party.id for party in directory.parties.values() if Role.SECRETARIAT in party.roles)
        told |= {office: PartyRef(office, Role.SECRETARIAT) for office in offices}
    return tuple(told.values())


def letter(
    case: Case, events: Sequence[Event], document: Document, directory: Directory, ids: Ids, speaks: Speaks = newest
) -> Letter | None:
    """The letter that the first event's row says, through the gate; None when the row says nothing.

    `case` is the case after the events: its parties are those that the document on file names. All receivers get the
    same bytes, so they are written in the newest version of the block that each of their nodes speaks.
    """
    event = events[0]
    step = PROCESSES[event.process].by_event[event.type]
    if step.says is None:
        return None
    to = receivers(case.slots, directory, step.to, event.by)
    unknown = [ref.id for ref in to if ref.id not in directory.parties]
    if unknown:
        raise Refused(_unregistered(unknown))
    message = MESSAGES[step.says]
    header = _header(case, events, to, ids(f"{event.stream}/{event.version}/{step.says}"), message.code)
    homes = [directory.parties[ref.id].node for ref in to]
    return Letter(
        id=header.message,
        name=step.says,
        data=_written(message, header, document, {directory.own, *homes}, speaks),
        local=tuple(ref for ref, home in zip(to, homes, strict=True) if home == directory.own),
        nodes=tuple(home for home in dict.fromkeys(homes) if home != directory.own),
    )


def _written(message: Message, header: Header, document: Document, nodes: Iterable[str], speaks: Speaks) -> bytes:
    """The bytes in a version that all these nodes speak; raises InputInvalid where it cannot say all of it."""
    package = message.package
    known = {node: minor for node in nodes if package.minor and (minor := speaks(node, package.id)) is not None}
    minor = min((package.minor, *known.values()))
    data = gate.build(message, header, document)
    if minor == package.minor:
        return data
    older = gate.build(message, header, document, minor)
    stated = f'schemaVersion="{package.version}"'.encode(), f'schemaVersion="{package.major}.{minor}"'.encode()
    if data.replace(*stated, 1) != older:
        raise InputInvalid(_said_later(message, minor, [node for node, each in known.items() if each == minor]))
    return older


def _said_later(message: Message, minor: int, nodes: Sequence[str]) -> Finding:
    package = message.package
    return Finding(
        rule_id="version-spoken",
        message=f"{', '.join(sorted(nodes))} speaks {package.id} {package.major}.{minor}, and this {message.name} says "
        f"something that came with a later version.",
        value=package.version,
        fix="Leave out what is new in it, or have that node brought up to date and its file added again.",
    )


def _header(case: Case, events: Sequence[Event], to: tuple[PartyRef, ...], identity: str, code: str) -> Header:
    event = events[0]
    beginning = case.beginning
    return Header.model_construct(
        message=f"urn:uuid:{identity}",
        type_code=code,
        profile=case.regime or DEFAULT_REGIME,
        issued_at=event.occurred_at,
        occurred_at=event.occurred_at,
        conversation=case.id,
        notification_number=getattr(beginning, "number", None),
        sender=PartyRef(event.by, event.role),
        receivers=to,
        recorded=tuple(Recorded.model_construct(stream=e.stream, version=e.version, event=e.type) for e in events),
        clocks=tuple(_said(clock) for clock in event.clocks),
        law=event.law,
    )


def _said(clock: Clock) -> LegalClock:
    return LegalClock.model_construct(
        rule=clock.rule,
        start=clock.start,
        due=clock.due,
        owed_by=clock.owed_by,
        owes=clock.owes,
        reference=clock.reference,
        uncounted=clock.uncounted,
        falls_on=clock.falls_on,
        zone=clock.zone,
        pauses=clock.pauses,
    )


def _unregistered(parties: list[str]) -> Finding:
    return Finding(
        rule_id="receiver-registered",
        message=f"This node does not know where {', '.join(parties)} can be reached.",
        fix="Register the party with the node that keeps its acts, then take the step again.",
    )


def reported(received: gate.Received) -> list[Event]:
    """The events that a peer's message reports; raises InputInvalid when it names events it cannot speak for."""
    header, document = received.header, received.document
    events = []
    for number, said in enumerate(header.recorded):
        process = PROCESSES.get(said.stream.partition("/")[0])
        step = process.by_event.get(said.event) if process else None
        expected = step is not None and (step.says == received.message.name if number == 0 else not step.by)
        if step is None or not expected or not isinstance(document, step.takes or Document):
            raise InputInvalid(_not_its_event(received, said))
        events.append(_report(header, said, document, step, first=number == 0))
    return events


def _report(header: Header, said: Recorded, document: Document, step: Step, *, first: bool) -> Event:
    return Event(
        stream=said.stream,
        version=said.version,
        type=said.event,
        facts=facts_of(step, document),
        by=header.sender.id,
        role=header.sender.role,
        occurred_at=header.occurred_at,
        law=step.law,
        stopped=stopped_by(step, said.stream, document),
        clocks=tuple(Clock(**clock.model_dump(), since=header.occurred_at) for clock in header.clocks) if first else (),
        home=False,
    )


def _not_its_event(received: gate.Received, said: Recorded) -> Finding:
    return Finding(
        rule_id="event-fits-message",
        message=f"{received.message.name} cannot report {said.event} on {said.stream}.",
        xpath=f"/{received.message.name}/Header/Recorded",
        fix="Name the event of the step that says this message, and those that go with it.",
    )
