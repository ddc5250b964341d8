"""What one command writes, as rows of the store: events with their chain, document, letters, deadlines, search row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from waste_bpm.casework.correspondence import Letter
from waste_bpm.casework.record import chained, digest, line_of
from waste_bpm.casework.store import CASE_FILE, DEADLINE, DOCUMENT, EVENT, INBOX, MESSAGE, Rows
from waste_bpm.documents.model import Document
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case, Clock, Event
from waste_bpm.utility_blocks.envelope import PartyRef


def instant(moment: datetime) -> str:
    """A moment as the store keeps it: UTC, ISO 8601."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Filing:
    """What is about to be written: for which case, with which document, when, on which chain heads."""

    case: Case
    after: Case
    document: Document | None
    body: bytes | None
    digest: str | None
    heads: dict[str, str]
    recorded_at: str
    rows: Rows = field(default_factory=dict)
    stopped: list[dict[str, str]] = field(default_factory=list)


def body_of(document: Document | None) -> bytes | None:
    """The bytes under which a document is kept."""
    return None if document is None else document.model_dump_json(exclude_none=True).encode()


def file_events(filing: Filing, events: Sequence[Event]) -> dict[str, str]:
    """Add the rows of the events, of their document and their deadlines; gives the new chain heads."""
    case_id, recorded_at = filing.case.id, filing.recorded_at
    heads, lines, clocks = dict(filing.heads), [], []
    for event in events:
        body = line_of(event)
        heads[event.stream] = chained(heads.get(event.stream, ""), body, recorded_at)
        lines.append(
            {
                "case_id": case_id,
                "stream": event.stream,
                "version": event.version,
                "type": event.type,
                "home": event.home,
                "recorded_at": recorded_at,
                "body": body,
                "hash": heads[event.stream],
            }
        )
        clocks += [running(case_id, event.stream, clock) for clock in event.clocks]
        filing.stopped.extend(stopped(case_id, name) for name in (*event.stopped, *on_record(event)))
    filing.rows.update({EVENT: lines, DEADLINE: clocks})
    _file_document(filing)
    _file_case(filing)
    return heads


def on_record(event: Event) -> list[str]:
    """The deadline whose breach the event records, where nothing is left for the clock to do."""
    breach = event.facts.get("breached")
    if breach is None or any(breach.rule in step.lapses for step in PROCESSES[breach.stream.partition("/")[0]].steps):
        return []
    return [f"{breach.stream}:{breach.rule}"]


def running(case_id: str, stream: str, clock: Clock) -> dict[str, Any]:
    """The row of a deadline that an event started."""
    due = clock.due.isoformat()
    return {"case_id": case_id, "stream": stream, "rule": clock.rule, "due": due, "running": True}


def stopped(case_id: str, name: str) -> dict[str, str]:
    """Which deadline `stream:rule` names."""
    stream, _, rule = name.rpartition(":")
    return {"of_case": case_id, "of_stream": stream, "of_rule": rule}


def _file_document(filing: Filing) -> None:
    if filing.document is None or filing.body is None:
        return
    known = {each for instance in filing.case.streams.values() for each in instance.documents}
    if filing.digest not in known:
        kind = type(filing.document).__name__
        row = {"case_id": filing.case.id, "digest": filing.digest, "kind": kind, "body": filing.body}
        filing.rows[DOCUMENT] = [row]


def _file_case(filing: Filing) -> None:
    before, now = (each.streams.get("notification") for each in (filing.case, filing.after))
    if before is None and now is not None and now.number:
        filing.rows[CASE_FILE] = [{"case_id": filing.case.id, "number": now.number}]


def file_letter(filing: Filing, letter: Letter, sender: str) -> str:
    """Add the rows of a letter: its bytes, and an inbox row per party here; gives the digest of the bytes."""
    file_inbox(filing, letter.id, letter.local)
    return file_message(filing, letter.id, letter.name, sender, letter.data, home=True)


def file_message(filing: Filing, identity: str, name: str, sender: str, data: bytes, *, home: bool) -> str:
    """Add the row of a message; gives the digest of its bytes."""
    row: dict[str, Any] = {"id": identity, "case_id": filing.case.id, "name": name, "sender": sender, "home": home}
    of_bytes = digest(data)
    filing.rows[MESSAGE] = [row | {"digest": of_bytes, "recorded_at": filing.recorded_at, "body": data}]
    return of_bytes


def file_inbox(filing: Filing, identity: str, parties: Sequence[PartyRef]) -> None:
    """Add an inbox row for each party of this node that the message is for."""
    filing.rows[INBOX] = [{"message": identity, "party": ref.id, "role": ref.role.value} for ref in parties]
