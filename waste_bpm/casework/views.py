"""What doors show of a case: summary, permitted steps and why not, ledger, deadlines, and the shared projection.

Everything here is derived from the log; nothing is stored and nothing is decided.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from dataclasses import fields as attributes
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any

import orjson

from waste_bpm.casework import proposals, record
from waste_bpm.casework.node import Node
from waste_bpm.casework.permissions import role_for, slots
from waste_bpm.errors import NotPermitted
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.balance import next_number
from waste_bpm.processes.case import Case, Command, Event
from waste_bpm.processes.clocks import open_clocks
from waste_bpm.processes.decide import evolve, findings, refusing, state_of
from waste_bpm.processes.ledger import Ledger, Line, ledger
from waste_bpm.processes.overlays import overlays
from waste_bpm.processes.phase import flags, phase
from waste_bpm.processes.process import START, Process, Step
from waste_bpm.processes.seals import fields_for
from waste_bpm.utility_blocks.wording import ENGLISH, in_language
from waste_bpm.vocabulary import ALL_AUTHORITIES, CUSTOMS, Finding, Role


def events(node: Node, case_id: str) -> list[Event]:
    """The events of a case in the order in which this node recorded them."""
    return [record.event_of(line.body) for line in node.store.newer(case_id, 0)]


def shared(node: Node, case_id: str) -> dict[str, Any]:
    """What all authorities have been told of a case: equal on every node, whatever else each one knows."""
    return alike(case_id, told_to_all(events(node, case_id)))


def told_to_all(found: Iterable[Event]) -> list[Event]:
    """Those of the events of a case that all authorities have been told, in order of version."""
    return sorted(filter(_told_to_all, found), key=lambda each: each.version)


def alike(case_id: str, told: Iterable[Event]) -> dict[str, Any]:
    """Each stream as events make it, without what a node thinks of them, in order of its name."""
    case = Case(id=case_id)
    for event in told:
        case = evolve(case, replace(event, home=True, flags=()))
    return {stream: orjson.loads(record.canonical(asdict(case.streams[stream]))) for stream in sorted(case.streams)}


def _told_to_all(event: Event) -> bool:
    """Whether all authorities hear of it: in its own message, or in that of the step it goes with."""
    step = PROCESSES[event.process].by_event[event.type]
    return not step.by or set(ALL_AUTHORITIES) <= set(step.to)


def streams(case: Case) -> Iterator[tuple[str, Process]]:
    """The process instances of a case: those that exist, and those that could begin next."""
    for stream in case.streams:
        yield stream, PROCESSES[stream.partition("/")[0]]
    yield from ((stream, process) for stream, process in _could_begin(case) if stream not in case.streams)


def _could_begin(case: Case) -> Iterator[tuple[str, Process]]:
    """The instances that could begin next: by State, by shipment, by office, by the next number."""
    regime = case.regime
    for process in PROCESSES.values():
        if regime is not None and process.under(regime).steps:
            yield from ((stream, process) for stream in _next_streams(case, process))


def _next_streams(case: Case, process: Process) -> Iterator[str]:
    known = [key for key, _ in case.of(process.name)]
    parts: dict[str, Iterable[str]] = {
        "country": dict.fromkeys(slot.country for slot in case.slots if slot.role in ALL_AUTHORITIES),
        "office": dict.fromkeys(slot.party for slot in case.slots if slot.role in CUSTOMS),
        "serial": [str(next_number(case))] if process.name == "movement" else [key for key, _ in case.of("movement")],
        "number": [key for key, _ in case.of("change")] if process.name == "change_answer" else [str(len(known) + 1)],
    }
    wanted = [parts[part] for part in process.parts if part in parts]
    return ("/".join((process.name, *key)) for key in product(*wanted))


def steps(node: Node, case: Case, stream: str, party: str, language: str = ENGLISH) -> list[dict[str, Any]]:
    """Every step of an instance: whether the party may take it now, what it takes, and if not, every reason.

    Reasons are told in the language of the reader.
    """
    process = PROCESSES[stream.partition("/")[0]].under(node.law_of(case).regime)
    rows = [_step(node, case, process, step, stream, party, language) for step in process.steps if step.by]
    if node.four_eyes:
        waiting = {each.step: each.shown for each in proposals.waiting(node, case, party) if each.stream == stream}
        return [{**row, "proposal": waiting.get(row["step"])} for row in rows]
    return rows


def _step(
    node: Node, case: Case, process: Process, step: Step, stream: str, party: str, language: str
) -> dict[str, Any]:
    against = why_not(node, case, process, step, stream, party)
    return {
        "step": step.name,
        "title": step.title,
        "allowed": not refusing(against),
        "takes": step.takes.__name__ if step.takes else None,
        "by": list(step.by),
        "law": step.law,
        "findings": [in_language(finding, language).as_json() for finding in against],
        "proposal": None,
    }


def why_not(node: Node, case: Case, process: Process, step: Step, stream: str, party: str) -> list[Finding]:
    """The reasons why a party may not take a step now, before its document is seen; empty when it may."""
    try:
        role = role_for(process, step, stream, party, slots(case))
    except NotPermitted as refused:
        return list(refused.findings)
    command = Command(stream=stream, step=step.name, by=party, role=role)
    found = findings(case, command, node.law_of(case), node.clock())
    return [finding for finding in found if finding.rule_id != "document-missing"]


def fields(node: Node, case: Case, stream: str, party: str) -> list[dict[str, Any]]:
    """Every field of the document on file that steps change: sealed by whom, or by which step the party changes it.

    Empty where no step changes a document, or none is on file here.
    """
    process = PROCESSES[stream.partition("/")[0]].under(node.law_of(case).regime)
    kind = next((step.takes for step in process.steps if step.changes), None)
    document = None if kind is None or stream not in case.streams else node.filed(case, stream, kind)
    if document is None:
        return []
    roles = [slot.role for slot in case.slots if slot.party == party]
    role = Role.NOTIFIER if Role.NOTIFIER in roles else next(iter(roles), Role.CLOCK)
    found = fields_for(document, case.streams[stream].signed, party, role)
    return [orjson.loads(record.canonical(each)) for each in found]


def actions(node: Node, case: Case, party: str | None = None) -> list[dict[str, Any]]:
    """Every step of every instance for a party (or for each party of this node): taken now, or why not and the cure."""
    parties = [party] if party is not None else _parties_here(node, case)
    return [
        {"party": each, "stream": stream, **row}
        for stream, process in streams(case)
        for each in parties
        for row in steps(node, case, stream, each)
    ]


def _parties_here(node: Node, case: Case) -> list[str]:
    return [each for each in dict.fromkeys(slot.party for slot in case.slots) if node.directory.hosts(each)]


def standing(case: Case, now: datetime) -> dict[str, Any]:
    """The phase of the file, by which States it is so, and every flag on top of it: derived, and never set."""
    found = phase(case, now.date())
    return {
        "phase": found.code,
        "says": found.says,
        "by": list(found.by),
        "flags": [orjson.loads(record.canonical(each)) for each in flags(case, now)],
    }


def states(case: Case) -> list[dict[str, Any]]:
    """Where each process instance stands, in plain words."""
    return [
        {
            "stream": stream,
            "process": process.title,
            "state": state_of(case, stream),
            "says": process.states[state_of(case, stream)],
            "version": case.streams[stream].version,
        }
        for stream, process in streams(case)
        if stream in case.streams and state_of(case, stream) != START
    ]


def deadlines(node: Node, case: Case) -> list[dict[str, Any]]:
    """The deadlines that run: who owes what, until when, by which law, and whether the day is near or has passed."""
    now = node.clock()
    held = node.law_of(case).on("late_warning", now.date())
    share = held.value if held is not None and isinstance(held.value, Decimal) else None
    return [
        {
            "stream": stream,
            **orjson.loads(record.canonical(clock)),
            "near": share is not None and clock.near(now, share),
            "overdue": clock.over(now),
        }
        for stream, clock in open_clocks(case)
    ]


def overlays_of(node: Node, case: Case) -> list[dict[str, Any]]:
    """What is to be seen on the shipments of a case, whatever their states."""
    if "notification" not in case.streams:
        return []
    return [orjson.loads(record.canonical(each)) for each in overlays(case, node.clock())]


def ledger_of(case: Case) -> dict[str, Any]:
    """The quantity ledger: consented, what each shipment takes, what is left, and why."""
    book: Ledger = ledger(case)
    return {
        **{name: _quantity(getattr(book, name)) for name in FIGURES},
        "shipments_consented": book.shipments,
        "shipments_used": len(book.counted),
        "shipments": [_line(line) for line in book.lines],
        "why": list(book.why),
    }


FIGURES = (
    "consented", "left", "reserved", "under_way", "received", "rejected", "recovered", "returned", "remaining",
)  # fmt: skip
"""The figures of the ledger, in the order in which a reader meets them."""


def _line(line: Line) -> dict[str, Any]:
    said = {field.name: getattr(line, field.name) for field in attributes(line)}
    return {**orjson.loads(record.canonical(said)), "taken": _quantity(line.taken), "why": line.why}


def _quantity(value: Any) -> dict[str, str]:
    return {"amount": format(value.amount, "f"), "unit": value.unit.value}


def event_rows(found: Iterable[Event], party: str | None = None) -> list[dict[str, Any]]:
    """Events as plain JSON; to a party, who acted for another one is not told."""
    shown = (event if party in (None, event.by) else replace(event, persons=()) for event in found)
    return [orjson.loads(record.canonical(event)) for event in shown]
