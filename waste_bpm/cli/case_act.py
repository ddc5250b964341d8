"""Taking a step, and asking why it may not be taken."""

import sys
from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import UUID

import click

from waste_bpm.casework import proposals, views
from waste_bpm.casework.correspondence import Letter
from waste_bpm.casework.lapses import lapse
from waste_bpm.casework.line import Outcome, Request
from waste_bpm.casework.line import act as take
from waste_bpm.casework.node import Node
from waste_bpm.casework.proposals import Proposal
from waste_bpm.cli.command import Who, as_json, as_party, as_person, database, job, on_stream
from waste_bpm.cli.opening import TURN, opened
from waste_bpm.cli.output import answer, columns, put_findings, say, wrapped
from waste_bpm.documents.check import parse_json
from waste_bpm.documents.model import FieldSpec, present_at
from waste_bpm.documents.movement import Movement
from waste_bpm.documents.notification import FROM_NOTIFICATION
from waste_bpm.errors import NotPermitted, Refused
from waste_bpm.processes.decide import refusing, rows_of
from waste_bpm.processes.process import Step


@job(
    examples=(
        'waste-bpm case act "KE 000427" submit --as KE-RVB',
        'waste-bpm case act "KE 000427" acknowledge --on answer/SG --as SG-CA --data acknowledgement.json --key sg-1',
        "waste-bpm case act 7d1b7a52-3f0b-5d1c-9a57-4c1d2b8e6a10 suspect --begin"
        " --on illegal_case/KR/1 --as KR-BUSAN --data find.json",
    ),
    who=Who.PARTY,
)
@click.argument("id_", metavar="ID")
@click.argument("step")
@as_party
@as_person
@on_stream
@click.option("--begin", is_flag=True, help="ID is the identity (a UUID) of a case that begins with this step.")
@click.option("--data", type=click.File("rb"), metavar="FILE|-", help="The document of the step as JSON; - reads it.")
@click.option("--key", help="Idempotency key: the same request with the same key is taken once.")
@database
@as_json
def act(id_: str, begin: bool, data: BinaryIO | None, db: str, json_: bool, **asked: Any) -> None:
    """Take a step for a party of this node.

    What the step needs is told by `waste-bpm case why`. Where the document is on file already, --data can be left out.
    A find of waste that nobody notified has no case yet: it begins one with --begin. Where two persons take a step, the
    first one's act waits until a second one says the same.
    """
    said = None if data is None else parse_json(data.read())
    with opened(db, write=True, turn=TURN) as node:
        case_id = _identity(id_) if begin else node.find(id_)
        pass_time(node)
        outcome = take(node, Request(case_id=case_id, data=said, **asked))
    answer("case-act", taken(outcome), took(outcome), json_=json_)


def _identity(id_: str) -> str:
    """The identity of a case that begins."""
    try:
        return str(UUID(id_))
    except ValueError:
        raise click.BadParameter(f"{id_!r} is not a UUID, and a case is named by one.", param_hint="ID") from None


def pass_time(node: Node) -> None:
    """Record what silence has done by now, and say so."""
    for outcome in lapse(node):
        event = outcome.events[0]
        say(f"A deadline has ended: {event.type} on {event.stream} for {event.by} ({event.law}).")


def taken(outcome: Outcome) -> dict[str, Any]:
    """What a step did, as plain data."""
    letter = outcome.letter
    return {
        "case": outcome.case.id,
        "replayed": outcome.replayed,
        "events": views.event_rows(outcome.events),
        "letter": None if letter is None else _letter(letter),
        "warnings": [finding.as_json() for finding in outcome.warnings],
        "proposal": None if outcome.proposal is None else outcome.proposal.shown,
    }


def _letter(letter: Letter) -> dict[str, Any]:
    return {"id": letter.id, "name": letter.name, "to": [ref.id for ref in letter.local], "nodes": list(letter.nodes)}


def _waits(proposal: Proposal) -> str:
    said, by = proposal.shown, f"proposed by {proposal.person} of {proposal.party} at {proposal.recorded_at}"
    return f"{proposal.step} on {proposal.stream} {said['says']}: {by}. Nothing is effective and nothing was sent."


def took(outcome: Outcome) -> Iterator[str]:
    """What a step did, in words."""
    if outcome.replayed:
        yield "This was done before, with the same key; nothing was done again."
    if outcome.proposal is not None:
        yield _waits(outcome.proposal)
    elif not outcome.events:
        yield "Nothing was changed: what was sent is what is on file."
    for event in outcome.events:
        yield f"{event.type} on {event.stream}, version {event.version} ({event.law})"
        for clock in event.clocks:
            yield f"  until {clock.due}, the {clock.owed_by.replace('_', ' ')} owes {clock.owes} ({clock.reference})"
    if outcome.letter is not None:
        here = ", ".join(ref.id for ref in outcome.letter.local) or "nobody"
        yield wrapped(f"{outcome.letter.name} told here: {here}", "  ")
        if outcome.letter.nodes:
            yield f"  waits for the nodes: {', '.join(outcome.letter.nodes)}"
    for finding in outcome.warnings:
        yield wrapped(f"{finding.severity}: {finding}", "  ")


@job(
    examples=(
        'waste-bpm case why "KE 000427" close --as KE-CA --db demo-output/demo.db',
        'waste-bpm case why "KE 000427" release --on border_check/4/KR-BUSAN --as KR-BUSAN --db demo-output/demo.db',
        'waste-bpm case why "KE 000427" withdraw --as KE-RVB --json --db demo-output/demo.db',
    )
)
@click.argument("id_", metavar="ID")
@click.argument("step")
@as_party
@on_stream
@database
@as_json
@click.pass_context
def why(ctx: click.Context, id_: str, step: str, party: str, stream: str, db: str, json_: bool) -> None:
    """Say whether a party may take a step now, and if not, every reason.

    Reasons come with the article and the cure. The exit code is the one that taking the step would give before its
    document is seen: 0 it may be taken, 4 refused, 7 another party must do it.
    """
    with opened(db) as node:
        case = node.case(node.find(id_))
        process, row, _ = rows_of(stream, step, case.regime)[0]
        found = views.why_not(node, case, process, row, stream, party)
        proposal = proposals.before(node, case, stream, step, party)
    if refusing(found):
        error = NotPermitted if found[0].rule_id == "role-missing" else Refused
        put_findings(f"{row.title}: not now", found, error.exit_code, json_=json_)
        ctx.exit(error.exit_code)
    content = {
        "case": case.id,
        "stream": stream,
        "step": row.name,
        "allowed": True,
        "document": _document(row),
        "proposal": None if proposal is None else proposal.shown,
    }
    waits = () if proposal is None else (wrapped(_waits(proposal)),)
    answer("case-why", content, (*waits, *_may(party, row)), json_=json_)


@job(
    examples=(
        'waste-bpm case retract "KE 000427" transmit --as KE-CA --person officer-17',
        'waste-bpm case retract "KE 000427" transmit --as KE-CA --person officer-21 --db kenya.db',
        'waste-bpm case retract "KE 000427" transmit --as KE-CA --person officer-17 --json --db node.db',
    ),
    who=Who.PARTY,
)
@click.argument("id_", metavar="ID")
@click.argument("step")
@as_party
@as_person
@on_stream
@database
@as_json
def retract(id_: str, step: str, party: str, person: str | None, stream: str, db: str, json_: bool) -> None:
    """Withdraw what was proposed and waits for a second person."""
    with opened(db, write=True, turn=TURN) as node:
        gone = proposals.withdraw(node, node.find(id_), stream, step, party, person)
    answer("case-retract", gone.shown, [f"{step} on {stream} is withdrawn; nothing was effective."], json_=json_)


def _fields(step: Step) -> Iterator[tuple[FieldSpec, bool]]:
    """The fields of the document that a step takes, and which of them have to be given."""
    if step.takes is None:
        return
    stage = step.name if step.name in step.takes.stages else None
    kept = (*FROM_NOTIFICATION, "notification_number", "total_shipments") if step.takes is Movement else ()
    for spec, required in present_at(step.takes, stage, minor=sys.maxsize):
        yield spec, required and not step.repeats and spec.name not in kept


def _document(step: Step) -> dict[str, Any] | None:
    if step.takes is None:
        return None
    named = [
        {"field": spec.name, "says": spec.block.says, "block": spec.block.number, "required": required}
        for spec, required in _fields(step)
    ]
    return {"name": step.takes.__name__, "on_file_if_left_out": step.repeats, "fields": named}


def _may(party: str, step: Step) -> Iterator[str]:
    yield f"{party} may take this step now: {step.title} ({step.law})."
    if step.takes is None:
        yield "It needs no document."
        return
    if step.repeats:
        yield f"Without --data, the {step.takes.__name__} on file is used. Its fields:"
    else:
        yield f"With this document, {step.takes.__name__}:"
    yield from columns(
        [
            (spec.name, "required" if required else "may be left out", spec.block.number or "-", spec.block.says)
            for spec, required in _fields(step)
        ],
        "  ",
    )
