"""Running a checklist at a border check: question by question on a terminal, or from prepared answers.

The run is evidence. Only with `--take` is its outcome handed to the engine, whose guards may still refuse it.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO

import click

from waste_bpm.casework.checklists import facts, raised
from waste_bpm.casework.line import Request
from waste_bpm.casework.line import act as take
from waste_bpm.casework.node import Node
from waste_bpm.cli.case_act import taken, took
from waste_bpm.cli.command import Who, as_json, as_party, as_person, database, job, on_stream
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, say, wrapped
from waste_bpm.documents.check import parse_json
from waste_bpm.errors import InputInvalid, NotFound
from waste_bpm.sop.checklist import EvidenceAsked, Sop, SopStep, sop
from waste_bpm.sop.run import Evidence, Run, play, start
from waste_bpm.sop.run import answer as reply
from waste_bpm.vocabulary import Finding


@job(
    examples=(
        'waste-bpm sop run SOP-01 --case "KE 000427" --on border_check/4/KR-BUSAN --as KR-BUSAN '
        "--answers answers.json --db demo-output/demo.db",
        'waste-bpm sop run SOP-01 --case "KE 000427" --on border_check/4/KR-BUSAN --as KR-BUSAN '
        "--answers answers.json --json --db demo-output/demo.db",
        'waste-bpm sop run SOP-01 --case "KE 000427" --on border_check/4/KR-BUSAN --as KR-BUSAN '
        "--answers answers.json --take --db demo-output/demo.db",
    ),
    who=Who.PARTY,
)
@click.argument("id_", metavar="ID")
@click.option("--case", "case_", metavar="CASE", required=True, help="The case, or its notification number.")
@as_party
@as_person
@on_stream
@click.option("--answers", type=click.File("rb"), metavar="FILE|-", help="Prepared answers by step, as JSON.")
@click.option("--take", "take_", is_flag=True, help="Take the step that the outcome names.")
@click.option("--key", help="Idempotency key for --take.")
@database
@as_json
def run(id_: str, case_: str, answers: BinaryIO | None, take_: bool, **asked: Any) -> None:
    """Run a checklist for a border check, by questions or from prepared answers.

    Facts of the case are shown beside the questions. Answers are JSON: a value by step, or an object with `answer` and
    `evidence` (a list of `type` and `value`). Without --answers the questions are asked on the terminal.
    """
    db, json_ = asked.pop("db"), asked.pop("json_")
    prepared = None if answers is None else _prepared(answers.read())
    if prepared is None and not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on; give the answers with --answers FILE.")
    with opened(db, write=take_) as node:
        request = Request(case_id=node.find(case_), step="", **asked)
        played = _played(node, sop(id_), request, prepared)
        outcome = take(node, raised(request, played)) if take_ else None
    content: dict[str, Any] = {"outcome": played.outcome, "run": played.record, "taken": None}
    if outcome is not None:
        content["taken"] = taken(outcome)
    text = [*_ended(played), *(took(outcome) if outcome is not None else ())]
    answer("sop-run", content, text, json_=json_)
    if outcome is None:
        say("Nothing was recorded. Add --take to take the step.")


def _prepared(body: bytes) -> dict[str, Any]:
    said = parse_json(body)
    if not isinstance(said, dict):
        message = "Prepared answers are a JSON object: a value by step."
        raise InputInvalid(Finding(rule_id="answers-shape", message=message, fix='For instance {"match": "yes"}.'))
    return said


def _played(node: Node, checklist: Sop, request: Request, prepared: dict[str, Any] | None) -> Run:
    case = node.case(request.case_id)
    check = case.streams.get(request.stream)
    if check is None or getattr(check, "point", None) is None:
        raise NotFound(
            Finding(
                rule_id="border-check-missing",
                message=f"There is no border check {request.stream} in this case.",
                value=request.stream,
                fix="Record the arrival first (present), and name the check as border_check/SHIPMENT/OFFICE.",
            )
        )
    known, now = facts(case, request.stream), node.clock()
    if prepared is not None:
        return play(checklist, check.point, known, prepared, by=request.party, at=now)
    return _asked(start(checklist, check.point, known), request.party, now)


def _asked(run_: Run, party: str, at: datetime) -> Run:
    """Ask question after question; an answer that cannot be kept is asked for again."""
    while step := run_.current:
        for line in _shown(run_, step):
            say(line)
        try:
            run_ = reply(run_, step.id, _value(step), by=party, at=at, evidence=list(_evidence(step)))
        except InputInvalid as refused:
            for finding in refused.findings:
                say(wrapped(f"{finding.message} {finding.fix or ''}", "  "))
            if step.kind == "outcome":
                raise
    return run_


def _shown(run_: Run, step: SopStep) -> Iterator[str]:
    yield ""
    for line in step.warn:
        yield wrapped(line, "! ")
    yield wrapped(step.ask)
    if step.why:
        yield wrapped(step.why, "  ")
    for item in step.items:
        yield wrapped(item, "  [ ] ")
    for fact in step.facts:
        value = run_.facts.get(fact)
        yield f"  {fact.replace('_', ' ')}: {value if value not in (None, '') else '(not on file)'}"


def _value(step: SopStep) -> str | None:
    if step.answer is None:
        if step.kind == "outcome" and step.emits:
            click.confirm(f"Record {step.emits.event}?", default=True, abort=True, err=True)
        return None
    kind = click.Choice(step.answer.allowed) if step.answer.allowed else None
    said: str = click.prompt("Answer", type=kind, err=True)
    return said


def _evidence(step: SopStep) -> Iterator[Evidence]:
    for asked in step.evidence:
        value = click.prompt(_label(asked), default=None if asked.required else "", show_default=False, err=True)
        if value:
            yield Evidence(type=asked.type, value=value)


def _label(asked: EvidenceAsked) -> str:
    return f"{asked.label} ({asked.type.replace('_', ' ')}{'' if asked.required else ', may be left empty'})"


def _ended(played: Run) -> Iterator[str]:
    outcome = played.outcome
    if outcome is not None:
        reason = f", reason {outcome.reason}" if outcome.reason else ""
        yield f"{played.sop.id} {played.sop.version} at {played.point}: {outcome.event}{reason}"
        yield f"  {len(played.lines)} lines, digest {outcome.digest}"
