"""What must be true of every case whatever happened: asked of the stored events, not of the guards that let them pass.

Each invariant is a pure function over one `Dossier`; it reads the events themselves and repeats no guard. The ids are
stable. What a peer reported is recorded even where we would have decided otherwise, so rules about our own decisions
look at the events decided here (`home`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from waste_bpm.casework import (
    invariants_acting,
    invariants_consent,
    invariants_movement,
    invariants_quantity,
    invariants_record,
    record,
)
from waste_bpm.casework.dossier import INVARIANTS, Dossier, Invariant, Problem, dossier, invariant
from waste_bpm.casework.invariants_node import OF_NODE, OfNode, breaches_of
from waste_bpm.casework.node import Node
from waste_bpm.casework.store import EVENT
from waste_bpm.law import countries
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Event, civil_day
from waste_bpm.processes.decide import fold
from waste_bpm.processes.process import START
from waste_bpm.utility_blocks import gate
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Quantity, Role, Slot

__all__ = [
    "INVARIANTS",
    "asked",
    "breaches",
    "check",
    "dossier",
    "invariants_acting",
    "invariants_consent",
    "invariants_movement",
    "invariants_quantity",
    "invariants_record",
]
_IN_WRITING = "Basel Art. 6(1), 6(2)"
_ONE_LOG = "engine: the log is the only truth"


def check(node: Node) -> list[Finding]:
    """Every breach of an invariant on a node; empty when all is as it must be."""
    cases = node.store.rows(select(EVENT.c.case_id).distinct().order_by(EVENT.c.case_id))
    of_cases = [finding for row in cases for finding in breaches(dossier(node, row.case_id))]
    return [*of_cases, *breaches_of(node)]


def asked() -> list[Invariant | OfNode]:
    """Every rule that `check` asks, of a case or of the node, in the order of their ids."""
    return sorted((*INVARIANTS, *OF_NODE), key=lambda each: each.id)


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


@invariant("I-01", "Basel Art. 6(3), 6(4)")
def departures_had_consents(case: Dossier) -> Iterator[Problem]:
    """I-01: on the day of a departure decided here, every State concerned had consented and not withdrawn."""
    for place, event in enumerate(case.events):
        if event.type not in ("MovementDeparted", "MovementCaptured") or not event.home:
            continue
        day = event.facts["departed_at"].date() if "departed_at" in event.facts else event.facts["shipment_date"]
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
    """I-02: a tacit consent names its rule, and the waiver where it rests on one; it came after the last day."""
    for event in case.of("TacitConsentRecorded"):
        clocks = [clock for each in case.on(event.stream) for clock in each.clocks]
        kind, body = case.documents.get(event.document or "", ("", b""))
        said = record.document_of(kind, body) if kind else None
        if kind and getattr(said, "rule", "transit_answer") == "transit_answer" and not getattr(said, "waiver", None):
            yield event.stream, "a silence was taken for consent and no waiver is named"
        if event.home and event.facts["counted_to"] not in {clock.due for clock in clocks}:
            yield event.stream, f"the period was counted to {event.facts['counted_to']}, which no clock says"
        if civil_day(event.occurred_at, clocks[0].zone if clocks else None) <= event.facts["counted_to"]:
            yield event.stream, f"the silence was recorded on {event.occurred_at.date()}, before the period had ended"


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

    Only a document that names the parties of a case may begin one. A document that an event names is on file, or its
    erasing is on record; the scan of a paper likewise.
    """
    known = {event.stream for event in case.events}
    for stream in sorted({event.stream for event in case.events if event.home}):
        process = PROCESSES[stream.partition("/")[0]]
        begins = hasattr(process.unbegun, "slots")
        if not (begins or process.of_the_node or "notification" in known):
            yield stream, "it belongs to no notification"
        elif "serial" in process.parts and process.name != "movement":
            serial = process.place(stream)["serial"]
            if f"movement/{serial}" not in known:
                yield stream, f"shipment {serial} was never announced"
    scans = {event.facts["page"].scan for event in case.of("PaperEntered")}
    for digest in sorted(case.documents.keys() - {event.document for event in case.events} - scans):
        yield f"document {digest[:12]}", "no event names it"
    gone = {digest for event in case.of("DocumentsErased") for digest in event.facts.get("erased_documents", ())}
    for digest in sorted(scans - case.documents.keys() - gone):
        yield "paper", f"the scan {digest[:12]} is gone, and no erasing of it is on record"
    for event in case.events:
        if event.document and event.document not in case.documents and event.document not in gone:
            yield event.stream, f"the document {event.document[:12]} is gone, and no erasing of it is on record"
