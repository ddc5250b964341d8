"""A letter, e-mail or fax of a State that is not connected is entered: it reports what happened, and nobody sealed it.

An authority of this node enters it, one to whom the act is told. The act is recorded as a report on the stream that it
is about, marked as reported on paper, from the day that stands on the paper; our reading of the law flags it and does
not refuse it. Who entered it, how and when it came, and the scan are on record beside it. The bytes of the scan lie
with the documents of the case, where they are erased with them.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from waste_bpm.casework import record
from waste_bpm.casework.arrivals import entitled
from waste_bpm.casework.line import Outcome, Request, answered, asked_for, follow, take
from waste_bpm.casework.node import Folded, Node
from waste_bpm.casework.peers import refuse_connected
from waste_bpm.casework.permissions import roles_for, slots
from waste_bpm.casework.rows import Filing, body_of, file_events, instant
from waste_bpm.casework.scans import kind_of
from waste_bpm.casework.store import DOCUMENT
from waste_bpm.documents import check
from waste_bpm.documents.paper import PaperReport
from waste_bpm.errors import NotFound, NotPermitted
from waste_bpm.processes.acting import calendar_of
from waste_bpm.processes.case import Case, Command, Event
from waste_bpm.processes.decide import evolve, reported, rows_of
from waste_bpm.processes.process import Process, Step
from waste_bpm.vocabulary import ALL_AUTHORITIES, Finding, Role, Slot

STREAM = "paper"
_NOON = time(12)


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """What somebody enters: which step of which stream, whose paper it is, what it says, how it came, and its scan."""

    case_id: str
    stream: str
    step: str
    said_by: str
    party: str
    data: Any
    medium: str
    dated_on: Any
    received_on: Any
    entered_by: str
    scan: bytes
    reference: str | None = None
    key: str | None = None


def enter(node: Node, paper: Paper) -> Outcome:
    """Record what a paper reports; raises NotPermitted, Refused, InputInvalid, NotFound or Conflict.

    The first event of the outcome is that of the paper, the others are what it reports.
    """
    with node.store.transaction():
        request = _request(paper)
        earlier = answered(node, request)
        return earlier if earlier is not None else _enter(node, paper, request)


def _request(paper: Paper) -> Request:
    """The request as an idempotency key knows it."""
    asked = {name: getattr(paper, name) for name in ("stream", "step", "said_by", "data", "medium", "entered_by")}
    asked |= {"dated_on": str(paper.dated_on), "received_on": str(paper.received_on), "scan": record.digest(paper.scan)}
    return Request(case_id=paper.case_id, stream=STREAM, step="enter", party=paper.party, asked=asked, key=paper.key)


def _enter(node: Node, paper: Paper, request: Request) -> Outcome:
    folded, now, kind = node.folded(paper.case_id), node.clock(), kind_of(paper.scan)
    case = folded.case
    process, step, stream = rows_of(paper.stream, paper.step, case.regime)[0]
    _refuse_stranger(node, case, step, paper.party)
    _refuse_who_speaks_itself(node, paper.said_by)
    said = Request(case_id=case.id, stream=stream, step=step.name, party=paper.said_by, data=paper.data)
    before, document, warned = asked_for(node, case, said, now)
    role = roles_for(process, step, stream, paper.said_by, slots(case, document))[0]
    report = _report(paper, process, step, case, now)
    body = body_of(document)
    command = Command(
        stream=stream,
        step=step.name,
        by=paper.said_by,
        role=role,
        document=document,
        before=before,
        filed=None if body is None else record.digest(body),
        occurred_at=_moment(node, case, paper.said_by, report.dated_on, now),
    )
    law = node.law_of(case, document)
    events = reported(case, command, law, command.occurred_at or now, report.medium)
    entitled(node, events[0], slots(case, document))
    entered = take(node, folded, _record(report, paper.party), now, request)
    _keep_scan(node, case.id, report.scan, kind, paper.scan)
    after = _file(node, node.folded(case.id), command, events, now)
    return Outcome(case=after, events=(*entered.events, *events), warnings=warned)


def _record(report: PaperReport, party: str) -> Command:
    return Command(stream=STREAM, step="enter", by=party, role=Role.CLOCK, document=report)


def _report(paper: Paper, process: Process, step: Step, case: Case, now: datetime) -> PaperReport:
    """The paper as it is put on record; raises InputInvalid."""
    instance = case.streams.get(paper.stream)
    said = {
        "stream": paper.stream,
        "version": 1 if instance is None else instance.version + 1,
        "event": step.event,
        "said_by": paper.said_by,
        "medium": paper.medium,
        "dated_on": paper.dated_on,
        "received_on": paper.received_on,
        "entered_by": paper.entered_by,
        "paper_reference": paper.reference,
        "scan": record.digest(paper.scan),
    }
    return check.read(PaperReport, said, on=now.date())


def _moment(node: Node, case: Case, party: str, day: date, now: datetime) -> datetime:
    """Noon of the day on the paper, where its authority is; what is entered on the very day has happened by now."""
    acting = next((slot for slot in case.slots if slot.party == party), None)
    calendar = calendar_of(node.law_of(case), acting)
    zone = ZoneInfo(calendar.zone) if calendar is not None and calendar.zone else UTC
    return min(datetime.combine(day, _NOON, zone).astimezone(UTC), now)


def _file(node: Node, folded: Folded, command: Command, events: list[Event], now: datetime) -> Case:
    """Write what the paper reports, as what a peer's message reports is written; nothing is said to others."""
    after = folded.case
    for event in events:
        after = evolve(after, event)
    filing = Filing(
        case=folded.case,
        after=after,
        document=command.document,
        body=body_of(command.document),
        digest=command.filed,
        heads=folded.heads,
        recorded_at=folded.recorded(instant(now)),
    )
    heads = file_events(filing, events)
    position = node.store.write(filing.rows, filing.stopped)
    node.keep(Folded(case=after, position=position, heads=heads, recorded_at=filing.recorded_at))
    follow(node, after, events)
    return node.folded(after.id).case


def _keep_scan(node: Node, case_id: str, digest: str, kind: str, data: bytes) -> None:
    """Keep the bytes of a scan with the documents of the case; one letter may report several acts."""
    same = select(DOCUMENT.c.digest).where(DOCUMENT.c.case_id == case_id, DOCUMENT.c.digest == digest)
    if not node.store.rows(same):
        node.store.write({DOCUMENT: [{"case_id": case_id, "digest": digest, "kind": kind, "body": data}]})


def scan(node: Node, case: Case, digest: str) -> tuple[str, bytes]:
    """A scan of the case, with what it is; raises NotFound where there is none, or where it was erased."""
    papers = case.streams.get(STREAM)
    if papers is not None and any(page.scan == digest for page in papers.page):
        query = select(DOCUMENT.c.kind, DOCUMENT.c.body)
        for row in node.store.rows(query.where(DOCUMENT.c.case_id == case.id, DOCUMENT.c.digest == digest)):
            return row.kind, bytes(row.body)
    raise NotFound(
        Finding(
            rule_id="scan-unknown",
            message=f"The scan {digest[:12]} is not on file in this case, or was erased.",
            value=digest,
            fix="List the papers of the case: waste-bpm case papers CASE.",
        )
    )


def pages(node: Node, case: Case) -> list[dict[str, Any]]:
    """The papers of a case in the order in which they were entered, each with how the sealed message compares."""
    papers = case.streams.get(STREAM)
    if papers is None:
        return []
    compared = {(each.stream, each.version): each for each in papers.compared}
    return [_page(page, compared.get((page.stream, page.version))) for page in papers.page]


def _page(page: Any, compared: Any) -> dict[str, Any]:
    names = ("stream", "version", "event", "said_by", "medium", "dated_on", "received_on", "scan")
    sealed = None if compared is None else {"message": compared.message, "differs": list(compared.differs)}
    return {name: getattr(page, name) for name in names} | {"sealed": sealed}


def _refuse_stranger(node: Node, case: Case, step: Step, party: str) -> None:
    """An authority of this node enters it, one whom the law lets receive it: the step is told to it."""
    told = [slot for slot in case.slots if slot.role in ALL_AUTHORITIES and slot.role in step.to]
    here = [slot for slot in told if node.directory.hosts(slot.party)]
    if any(slot.party == party for slot in here):
        return
    raise NotPermitted(
        Finding(
            rule_id="paper-of-its-receiver",
            message=f"{party} is no authority of this node to which {step.title[0].lower()}{step.title[1:]!s} is told.",
            value=party,
            law=step.law,
            fix=f"Have it entered by {_names(here) or 'the node of an authority to which it is told'}.",
        )
    )


def _names(held: list[Slot]) -> str:
    return " or ".join(dict.fromkeys(slot.party for slot in held))


def _refuse_who_speaks_itself(node: Node, party: str) -> None:
    """Only the paper of a party counts whose State is registered as not connected."""
    known = node.directory.parties.get(party)
    if known is None:
        raise NotFound(Finding(rule_id="party-unknown", message=f"This node knows no party {party!r}.", value=party))
    if node.directory.hosts(party):
        raise NotPermitted(
            Finding(
                rule_id="sender-is-elsewhere",
                message=f"{party} is a party of this node; nobody else speaks for it.",
                value=party,
                fix="Have the party act here itself.",
            )
        )
    refuse_connected(node, known.node)
