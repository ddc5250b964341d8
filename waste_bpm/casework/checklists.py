"""A checklist run at the border: the facts it shows come from the case, its outcome raises a step of the border check.

The run is evidence; the step is decided by the engine, whose guards may still refuse what the checklist would allow.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from waste_bpm.casework.line import Outcome, Request, act
from waste_bpm.casework.node import Node
from waste_bpm.documents.transport import ChecklistLine, DocumentCheck
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.case import Case
from waste_bpm.processes.decision_steps import GIVEN
from waste_bpm.processes.ledger import ledger
from waste_bpm.sop.checklist import sop
from waste_bpm.sop.run import Line, Run, play

Answers = Mapping[str, Any]


def facts(case: Case, stream: str) -> dict[str, Any]:
    """What the case knows that a checklist may show: blank where nothing is on file."""
    serial = stream.split("/")[1]
    notification, movement = case.streams.get("notification"), case.streams.get(f"movement/{serial}")
    if notification is None or movement is None:
        return {}
    check = case.streams.get(stream)
    book = ledger(case)
    answers = [answer for _, answer in case.of("answer")]
    given = [answer for answer in answers if answer.state in GIVEN and answer.begins is not None]
    return {
        "notification_number": notification.number,
        "shipment_number": f"{serial} of {notification.intended_shipments}",
        "waste_code": notification.waste_code.code,
        "parties": ", ".join(dict.fromkeys(slot.party for slot in notification.slots)),
        "consents_on_file": ", ".join(answer.country for answer in answers if answer.state == "consented"),
        "tacit_consents": ", ".join(answer.country for answer in answers if answer.state == "tacit"),
        "consented_from": str(max((answer.begins for answer in given), default="")),
        "consented_until": str(min((answer.valid_until for answer in given), default="")),
        "shipments_consented": book.shipments,
        "announced_quantity": movement.quantity,
        "weighed_quantity": check.measured_quantity if check is not None else None,
        "consented_left": book.without(int(serial)),
    }


def run(node: Node, request: Request, sop_id: str, answers: Answers, at: datetime) -> tuple[Run, Outcome]:
    """Run a checklist to its end with these answers, and take the step that its outcome raises."""
    case = node.case(request.case_id)
    point = case.streams[request.stream].point
    played = play(sop(sop_id), point, facts(case, request.stream), answers, by=request.party, at=at)
    return played, act(node, raised(request, played, asked=[sop_id, answers]))


def _line(line: Line) -> ChecklistLine:
    return ChecklistLine(
        step=line.step,
        answer=None if line.answer is None else str(line.answer),
        evidence=tuple(f"{each.type}: {each.value}" for each in line.evidence),
        by=line.by,
        at=line.at,
    )


def raised(request: Request, played: Run, asked: Any = None) -> Request:
    """The request for the step that the outcome of a finished run names; `asked` is what makes it the same again."""
    outcome = played.outcome
    if outcome is None:
        raise ValueError("The checklist has not reached an outcome.")
    process = PROCESSES[request.stream.partition("/")[0]]
    step = next(each for each in process.steps if each.outcome == outcome.event)
    document = DocumentCheck(
        sop=played.sop.id,
        version=played.sop.version,
        run=played.digest,
        reason=outcome.reason,
        lines=tuple(_line(line) for line in played.lines),
    )
    return Request(
        case_id=request.case_id,
        stream=request.stream,
        step=step.name,
        party=request.party,
        person=request.person,
        document=document,
        asked=asked,
        key=request.key,
    )
