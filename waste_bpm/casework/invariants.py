"""What must be true of every case whatever happened: asked of the stored events, not of the guards that let them pass.

Each invariant is a pure function over one `Dossier`; it reads the events themselves and repeats no guard. The ids are
stable. What a peer reported is recorded even where we would have decided otherwise, so rules about our own decisions
look at the events decided here (`home`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select

from waste_bpm.casework import record
from waste_bpm.casework.log import Stored, erased_names, messages
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import DOCUMENT, EVENT, OUTBOX
from waste_bpm.errors import InputInvalid
from waste_bpm.law import countries
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Event
from waste_bpm.processes.decide import fold
from waste_bpm.processes.process import START
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Quantity, Role, Slot

_IN_WRITING = "Basel Art. 6(1), 6(2)"
_TOTAL = "Basel Art. 6(6)-(8)"
_ONE_LOG = "engine: the log is the only truth"


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """All that a node holds of one case: events as recorded, its fold as shown, documents, messages and outbox.

    `nodes` gives the node of each party, and `own` is this one; `outbox` holds pairs of message and node.
    """

    case: Case
    events: Sequence[Event]
    documents: Mapping[str, tuple[str, bytes]]
    letters: Sequence[Stored]
    erased: Sequence[str]
    outbox: Sequence[tuple[str, str]]
    nodes: Mapping[str, str]
    own: str

    @cached_property
    def read(self) -> Mapping[str, gate.Received | tuple[Finding, ...]]:
        """Each message by its identity: what it says, or why it is not valid."""
        return {letter.id: _read(letter.body) for letter in self.letters}

    @cached_property
    def notified(self) -> Mapping[str, Any]:
        """The facts of the notification as it was filed last."""
        filed = [event.facts for event in self.events if event.stream == "notification" and "slots" in event.facts]
        return filed[-1] if filed else {}

    def of(self, *types: str) -> list[Event]:
        """The events of these types in the order in which they were recorded."""
        return [event for event in self.events if event.type in types]

    def on(self, stream: str) -> list[Event]:
        """The events of one stream in the order of their versions."""
        return sorted((event for event in self.events if event.stream == stream), key=lambda event: event.version)

    def quantity(self, stream: str, fact: str) -> Quantity | None:
        """The last quantity that a stream records under a name."""
        said = [event.facts[fact] for event in self.on(stream) if event.facts.get(fact) is not None]
        return said[-1] if said else None


def _read(data: bytes) -> gate.Received | tuple[Finding, ...]:
    try:
        return gate.read(data)
    except InputInvalid as refused:
        return refused.findings


Problem = tuple[str, str]
"""Where it is, and what is wrong there."""


Problems = Callable[[Dossier], Iterator[Problem]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Invariant:
    """A rule with its stable id, what it says in a sentence, and where that is written."""

    id: str
    says: str
    law: str
    problems: Problems


INVARIANTS: list[Invariant] = []
"""All rules, in the order of their ids."""


def invariant(id: str, law: str) -> Callable[[Problems], Problems]:
    """Enter a function as an invariant; its docstring is what the rule says."""

    def mark(problems: Problems) -> Problems:
        says = (problems.__doc__ or "").partition(": ")[2].rstrip(".")
        INVARIANTS.append(Invariant(id=id, says=says, law=law, problems=problems))
        return problems

    return mark


def check(node: Node) -> list[Finding]:
    """Every breach of an invariant on a node; empty when all is as it must be."""
    cases = node.store.rows(select(EVENT.c.case_id).distinct().order_by(EVENT.c.case_id))
    return [finding for row in cases for finding in breaches(dossier(node, row.case_id))]


def breaches(case: Dossier) -> Iterator[Finding]:
    """Every breach of an invariant in one case."""
    for each in INVARIANTS:
        for where, what in each.problems(case):
            yield Finding(
                rule_id=each.id,
                message=f"{where}: {what}.",
                pointer=f"/cases/{case.case.id}/{where}",
                law=each.law,
                fix=f"It must be that {each.says}. Compare the log with a backup and with the peers of the case.",
            )


def dossier(node: Node, case_id: str) -> Dossier:
    """All that a node holds of a case."""
    letters = tuple(messages(node.store, case_id))
    sent = select(OUTBOX.c.message, OUTBOX.c.node).where(OUTBOX.c.message.in_([letter.id for letter in letters]))
    filed = select(DOCUMENT.c.digest, DOCUMENT.c.kind, DOCUMENT.c.body).where(DOCUMENT.c.case_id == case_id)
    return Dossier(
        case=node.folded(case_id).case,
        events=tuple(record.event_of(line.body) for line in node.store.newer(case_id, 0)),
        documents={row.digest: (row.kind, row.body) for row in node.store.rows(filed)},
        letters=letters,
        erased=erased_names(node.store, case_id),
        outbox=tuple((row.message, row.node) for row in node.store.rows(sent)),
        nodes={party.id: party.node for party in node.directory.parties.values()},
        own=node.directory.own,
    )


@invariant("I-01", "Basel Art. 6(3), 6(4)")
def departures_had_consents(case: Dossier) -> Iterator[Problem]:
    """I-01: on the day of a departure decided here, every State concerned had consented and not withdrawn."""
    for place, event in enumerate(case.events):
        if event.type != "MovementDeparted" or not event.home:
            continue
        day = event.facts["departed_at"].date()
        for slot in _asked(case, day):
            if not _in_force(case.events[:place], f"answer/{slot.country}", day):
                yield event.stream, f"it departed on {day} without a consent of {slot.country} in force"


def _asked(case: Dossier, day: date) -> Iterator[Slot]:
    """The authorities whose consent is needed: a transit State that is no Party is notified only (Basel Art. 7)."""
    for slot in case.notified.get("slots", ()):
        transit = slot.role is Role.TRANSIT_AUTHORITY
        if slot.role in ALL_AUTHORITIES and not (transit and countries.is_basel_party(slot.country, day) is False):
            yield slot


def _in_force(events: Sequence[Event], stream: str, day: date) -> bool:
    said = sorted((event for event in events if event.stream == stream), key=lambda event: event.version)
    held = False
    for event in said:
        facts = event.facts
        if event.type == "ConsentGiven":
            held = facts["valid_from"] <= day <= facts["valid_until"]
        elif event.type == "TacitConsentRecorded":
            held = facts["counted_to"] < day <= facts["valid_until"]
        elif event.type == "ObjectionMade" or (event.type == "ConsentWithdrawn" and facts["effective_on"] <= day):
            held = False
    return held


@invariant("I-02", "Basel Art. 6(4)")
def silence_consented_lawfully(case: Dossier) -> Iterator[Problem]:
    """I-02: a tacit consent names the waiver it rests on, and was recorded after the last day for an answer."""
    for event in case.of("TacitConsentRecorded"):
        ends = {clock.due for each in case.on(event.stream) for clock in each.clocks if clock.rule == "transit_answer"}
        kind, body = case.documents.get(event.document or "", ("", b""))
        if kind and not getattr(record.document_of(kind, body), "waiver", None):
            yield event.stream, "a silence was taken for consent and no waiver is named"
        if event.home and event.facts["counted_to"] not in ends:
            yield event.stream, f"the period was counted to {event.facts['counted_to']}, which no clock says"
        if event.occurred_at.date() <= event.facts["counted_to"]:
            yield event.stream, f"the silence was recorded on {event.occurred_at.date()}, before the period had ended"


@invariant("I-13", _TOTAL)
def consent_not_exceeded(case: Dossier) -> Iterator[Problem]:
    """I-13: what was let in or received stays within the consented total, and what is held is not received."""
    total = _consented(case)
    moved = [amount for serial in _serials(case) if (amount := _let_in(case, serial)) is not None]
    if total is None or any(amount.dimension != total.dimension for amount in moved):
        return
    left = total
    for amount in moved:
        left = left - amount
    if left.base < 0:
        yield "notification", f"{-left.base:f} more than the consented {total} was let in or received"
    for serial in _serials(case):
        if _decided_here(case.on(f"receipt/{serial}")) and "released" not in _entries(case, serial):
            yield f"receipt/{serial}", "a load was received that customs at entry never released"


def _decided_here(events: Sequence[Event]) -> bool:
    """What a peer reported may have arrived before what led to it; what was decided here may not."""
    return any(event.home for event in events)


def _consented(case: Dossier) -> Quantity | None:
    caps = [event.facts["most_quantity"] for event in case.of("ConsentGiven") if event.facts.get("most_quantity")]
    known = [each for each in (case.notified.get("intended_quantity"), *caps) if each is not None]
    return min(known, key=lambda each: each.base) if known else None


def _serials(case: Dossier) -> list[str]:
    return [event.key for event in case.of("MovementAnnounced")]


def _entries(case: Dossier, serial: str) -> dict[str, str]:
    """How the checks of a load at entry ended: `released` or `held`, with the stream of each."""
    ends = {"LoadReleased": "released", "LoadHeld": "held"}
    checks = [event for event in case.of(*ends) if event.key.partition("/")[0] == serial]
    return {ends[event.type]: event.stream for event in checks if event.facts.get("point") == "entry"}


def _let_in(case: Dossier, serial: str) -> Quantity | None:
    """What a shipment brought in: as received, else as weighed or declared once customs at entry released it."""
    received = case.quantity(f"receipt/{serial}", "received_quantity")
    released = _entries(case, serial).get("released")
    if received is not None or released is None:
        return received
    return case.quantity(released, "measured_quantity") or case.quantity(f"movement/{serial}", "quantity")


@invariant("I-14", "Annex V B 5")
def serials_are_unique(case: Dossier) -> Iterator[Problem]:
    """I-14: each shipment has its own number, and there are no more of them than were consented to."""
    serials = _serials(case)
    for serial, count in Counter(serials).items():
        if count > 1:
            yield f"movement/{serial}", f"the number was announced {count} times"
    for event in case.of("MovementAnnounced"):
        if str(event.facts["serial"]) != event.key:
            yield event.stream, f"its document carries the number {event.facts['serial']}"
    most = [case.notified.get("intended_shipments")]
    most += [event.facts.get("most_shipments") for event in case.of("ConsentGiven")]
    used = len(set(serials) - {event.key for event in case.of("MovementCancelled")})
    allowed = min((each for each in most if each is not None), default=used)
    if used > allowed:
        yield "notification", f"{used} shipments were announced, {allowed} were consented to"


@invariant("I-17", "Annex V B 11")
def quantities_are_positive(case: Dossier) -> Iterator[Problem]:
    """I-17: an amount is a finite number, and never less than nothing."""
    for event in case.events:
        for name, value in event.facts.items():
            if isinstance(value, Quantity) and not (value.amount.is_finite() and value.amount >= Decimal(0)):
                yield event.stream, f"{event.type} says {value.amount} as {name}"


@invariant("I-18", "Basel Art. 6")
def events_follow_the_process(case: Dossier) -> Iterator[Problem]:
    """I-18: what was decided here is a path of the declared process, and is counted without gap."""
    for stream in dict.fromkeys(event.stream for event in case.events):
        process, state, version = PROCESSES[stream.partition("/")[0]], START, 0
        events = case.on(stream)
        for event in events:
            step = process.by_event.get(event.type)
            after = process.after(state, step.name) if step else None
            if all(each.home for each in events) and event.version != version + 1:
                yield stream, f"version {version + 1} is missing"
            elif event.home and after is None:
                yield stream, f"{event.type} (version {event.version}) is not possible while it is {state!r}"
            state = after or (step.target if step and step.target else state)
            version = event.version


@invariant("I-24", "Basel Art. 6(9)")
def dates_are_in_order(case: Dossier) -> Iterator[Problem]:
    """I-24: departure, receipt and certificate follow each other."""
    for serial in _serials(case):
        departed = [e.facts["departed_at"].date() for e in case.on(f"movement/{serial}") if "departed_at" in e.facts]
        received = [e.facts["received_on"] for e in case.on(f"receipt/{serial}")]
        certified = [e.facts["completed_on"] for e in case.on(f"disposal/{serial}")]
        if _decided_here(case.on(f"receipt/{serial}")) and not departed:
            yield f"receipt/{serial}", f"received on {received[0]}, and it never departed"
        elif received and departed and received[0] < departed[0]:
            yield f"receipt/{serial}", f"received on {received[0]}, departed on {departed[0]}"
        if _decided_here(case.on(f"disposal/{serial}")) and not received:
            yield f"disposal/{serial}", f"certified for {certified[0]}, and it was never received"
        elif certified and received and certified[0] < received[0]:
            yield f"disposal/{serial}", f"certified for {certified[0]}, received on {received[0]}"


@invariant("I-26", "Basel Art. 8")
def rejections_have_a_return_case(case: Dossier) -> Iterator[Problem]:
    """I-26: each rejection opened one return case, and each return case began with a rejection."""
    rejected = Counter(event.key for event in case.of("LoadRejected", "LoadReceivedInPart"))
    opened = Counter(event.key for event in case.of("ReturnCaseOpened"))
    for serial in sorted(rejected.keys() | opened.keys()):
        if rejected[serial] != opened[serial]:
            yield f"return_case/{serial}", f"{rejected[serial]} rejections, {opened[serial]} return cases"


@invariant("I-28", _IN_WRITING)
def what_is_said_is_sent_once(case: Dossier) -> Iterator[Problem]:
    """I-28: each step that says something has its one message, and each message one outbox row for each other node."""
    told, erased = defaultdict(list), Counter(case.erased)
    for letter in case.letters:
        received = case.read[letter.id]
        if letter.home and isinstance(received, gate.Received):
            first = received.header.recorded[0]
            told[first.stream, first.version].append((letter, received))
    for event in case.events:
        says = PROCESSES[event.process].by_event[event.type].says if event.home else None
        found = [letter.name for letter, _ in told.pop((event.stream, event.version), [])]
        if not found and says and erased[says]:
            erased[says] -= 1
            continue
        if event.home and found != ([says] if says else []):
            yield (
                event.stream,
                f"{event.type} (version {event.version}) says {says}, on file: {', '.join(found) or '-'}",
            )
    for stream, version in told:
        yield stream, f"a message speaks of version {version}, which is not in the log"
    yield from _outbox_is_complete(case)


def _outbox_is_complete(case: Dossier) -> Iterator[Problem]:
    rows = defaultdict(list)
    for message, node in case.outbox:
        rows[message].append(node)
    for letter in case.letters:
        received = case.read[letter.id]
        if isinstance(received, gate.Received):
            to = {case.nodes.get(ref.id, "") for ref in received.header.receivers} - {case.own}
            expected = sorted(to) if letter.home else []
            if sorted(rows[letter.id]) != expected:
                there = ", ".join(rows[letter.id]) or "none"
                yield (
                    letter.name,
                    f"{letter.id} is for the nodes {', '.join(expected) or 'none'}, in the outbox: {there}",
                )


@invariant("I-30", _IN_WRITING)
def messages_are_valid(case: Dossier) -> Iterator[Problem]:
    """I-30: each stored message is the one that was recorded, and is valid against its schema and its rules."""
    for letter in case.letters:
        found = case.read[letter.id]
        if record.digest(letter.body) != letter.digest:
            yield letter.name, f"the bytes of {letter.id} are not those that were recorded"
        elif not isinstance(found, gate.Received):
            yield letter.name, f"{letter.id} is not valid: {found[0].message.rstrip('.')}"


@invariant("I-35", _ONE_LOG)
def fold_is_what_is_shown(case: Dossier) -> Iterator[Problem]:
    """I-35: the case that people see is the case that the log says."""
    told = fold(case.case.id, sorted(case.events, key=lambda event: event.version))
    for stream in sorted(told.streams.keys() | case.case.streams.keys()):
        if told.streams.get(stream) != case.case.streams.get(stream):
            yield stream, "what is shown differs from what the log says"


@invariant("I-41", "Basel Art. 4(7)(c), 6")
def nothing_is_orphaned(case: Dossier) -> Iterator[Problem]:
    """I-41: every movement has its notification, every check, receipt and certificate its movement.

    Only a document that names the parties of a case may begin one.
    """
    known = {event.stream for event in case.events}
    for stream in sorted({event.stream for event in case.events if event.home}):
        process = stream.partition("/")[0]
        begins = hasattr(PROCESSES[process].instance(), "slots")
        if not begins and "notification" not in known:
            yield stream, "it belongs to no notification"
        elif "serial" in PROCESSES[process].parts and process != "movement":
            serial = PROCESSES[process].place(stream)["serial"]
            if f"movement/{serial}" not in known:
                yield stream, f"shipment {serial} was never announced"
    for digest in sorted(case.documents.keys() - {event.document for event in case.events}):
        yield f"document {digest[:12]}", "no event names it"
