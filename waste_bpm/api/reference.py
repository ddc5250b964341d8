"""What anybody may look up: the law, the code lists, the processes, the documents, the checklists, and the health."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from waste_bpm.api.asking import NodeHere, answer
from waste_bpm.api.instances import COLLECTIONS
from waste_bpm.casework import health
from waste_bpm.casework.record import documents
from waste_bpm.documents.life import matrix
from waste_bpm.documents.types import Day
from waste_bpm.errors import NotFound
from waste_bpm.exchange.manifest import manifest
from waste_bpm.exchange.saying import messages
from waste_bpm.law import calendars, codes, deadlines, rules
from waste_bpm.processes import PROCESSES
from waste_bpm.processes.exports import FORMATS, export
from waste_bpm.processes.process import Process
from waste_bpm.sop.checklist import sop, sops
from waste_bpm.utility_blocks.catalogue import BLOCKS, Package
from waste_bpm.vocabulary import Finding

routes = APIRouter()

Format = StrEnum("Format", {name: name for name in FORMATS})  # type: ignore[misc]
_USUAL = Format("json")
"""The formats in which a process is written."""
_MEDIA = {"json": "application/json", "svg": "image/svg+xml", "bpmn": "application/xml"}
_DRAWING = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}


@routes.get("/law/deadline", tags=["Law"], summary="The due date of a deadline", operation_id="law_deadline")
def deadline(
    node: NodeHere,
    rule: Annotated[str, Query(max_length=60, description="The rule, for instance transit_answer.")],
    start: Annotated[Day, Query(description="The day on which the period starts.")],
    regime: Annotated[str | None, Query(max_length=20, description="BASEL, OECD, EU or GB.")] = None,
    authority: Annotated[str | None, Query(max_length=10, description="Whose calendar counts: KE, GB-ENG.")] = None,
) -> Response:
    """The last day, the days not counted, the number and where it is written; no day where the law sets no number."""
    law = rules.regime(regime, authority.partition("-")[0] if authority else None) if regime else node.law()
    found = law.rule(rule)
    end = deadlines.deadline(found, start, calendars.calendar(authority) if authority else None)
    return answer(deadlines.told(law, found, end))


@routes.get("/law/codes", tags=["Law"], summary="Search the code lists", operation_id="law_codes")
def search_codes(
    search: Annotated[str, Query(min_length=1, max_length=80, description="Words of the name, or a code.")],
) -> Response:
    """The codes that hold every word, withdrawn ones too; if there are none, those that nearly do."""
    return answer({"items": [asdict(entry) for entry in codes.search(search)]})


@routes.get("/law/codes/{list}/{code}", tags=["Law"], summary="One code of a list", operation_id="law_code")
def code(
    node: NodeHere,
    list: Annotated[str, Path(max_length=40, description="The list, for instance BASEL-VIII.")],
    code: Annotated[str, Path(max_length=40, description="The code, for instance A1160.")],
    date: Annotated[Day | None, Query(description="The day on which it is to be used; today when left out.")] = None,
) -> Response:
    """What the code means, and whether it may be used on the day."""
    day = date or node.clock().date()
    problem = codes.problem(list, code, day)
    entry = codes.find(list, code)
    if entry is None:
        raise NotFound(problem or _not_carried(list))
    return answer({**asdict(entry), "on": day, "usable": problem is None, "findings": _found(problem)})


def _found(problem: Finding | None) -> list[dict[str, Any]]:
    return [problem.as_json()] if problem else []


def _not_carried(name: str) -> Finding:
    return Finding(
        rule_id="list-not-carried",
        message=f"Documents may name codes of {name}, but this node does not hold that list.",
        value=name,
        fix=f"Lists that it holds: {', '.join(codes.LISTS)}.",
    )


@routes.get("/processes", tags=["Processes"], summary="The processes", operation_id="processes")
def processes() -> Response:
    """Every process with the collection of its instances and its steps."""
    return answer({"items": [_listed(process) for process in PROCESSES.values()]})


def _listed(process: Process) -> dict[str, Any]:
    return {
        "name": process.name,
        "title": process.title,
        "one_per": process.one_per,
        "collection": COLLECTIONS[process.name],
        "steps": [step.name for step in process.steps],
    }


@routes.get(
    "/processes/{name}",
    tags=["Processes"],
    summary="One process, as a table, a picture or a model",
    operation_id="process",
    responses={200: {"content": {media: {} for media in (*_MEDIA.values(), "text/plain")}}},
)
def process(
    name: Annotated[str, Path(max_length=40, description="The name, for instance border_check.")],
    format: Annotated[Format, Query(description="How it is written.")] = _USUAL,
) -> Response:
    """Its states, its steps, who takes them, what is said to whom, and where each is written."""
    found = PROCESSES.get(name)
    if found is None:
        raise NotFound(_unknown("process", name, PROCESSES))
    media = _MEDIA.get(format.value, "text/plain")
    return Response(export(found, format.value), media_type=media, headers=_DRAWING if format.value == "svg" else None)


@routes.get("/documents/{name}/matrix", tags=["Processes"], summary="A document's fields", operation_id="document")
def document(name: Annotated[str, Path(max_length=40, description="For instance Notification.")]) -> Response:
    """Which field is filled, required and sealed from which stage, with its block and its citation."""
    model = documents().get(name)
    if model is None:
        raise NotFound(_unknown("document", name, documents()))
    return answer({"document": name, "stages": model.stages, "fields": matrix(model)})


def _unknown(what: str, name: str, known: Any) -> Finding:
    return Finding(
        rule_id=f"{what}-unknown",
        message=f"There is no {what} {name!r}.",
        value=name,
        fix=f"There are: {', '.join(known)}.",
    )


@routes.get("/blocks", tags=["Blocks"], summary="The utility blocks", operation_id="blocks")
def blocks() -> Response:
    """Every utility block that this node speaks, with its version and its messages."""
    return answer({"items": [_block(package) for package in BLOCKS.values()]})


def _block(package: Package) -> dict[str, Any]:
    names = [message.name for message in messages(package)]
    head = {"id": package.id, "title": package.title, "version": package.version, "namespace": package.namespace}
    return {**head, "messages": names}


@routes.get("/blocks/{id}", tags=["Blocks"], summary="The manifest of a utility block", operation_id="block")
def block(id: Annotated[str, Path(max_length=40, description="The block, for instance UB-TMW-03.")]) -> Response:
    """Its policy, its messages with senders, receivers, answers and fields, and its conformance tests."""
    package = BLOCKS.get(id)
    if package is None:
        raise NotFound(_unknown("block", id, BLOCKS))
    return answer(manifest(package).as_json())


@routes.get("/sops", tags=["Checklists"], summary="The checklists", operation_id="sops")
def checklists() -> Response:
    """Every checklist with its version and where it is used."""
    listed = [
        {"id": each.id, "version": each.version, "title": each.title, "points": each.applies_to.points}
        for each in sops().values()
    ]
    return answer({"items": listed})


@routes.get("/sops/{id}", tags=["Checklists"], summary="One checklist", operation_id="sop")
def checklist(id: Annotated[str, Path(max_length=40, description="For instance SOP-01.")]) -> Response:
    """The checklist as it is written, with the digest that pins its version."""
    found = sop(id)
    return answer({**found.model_dump(mode="json"), "digest": found.digest})


@routes.get("/health/live", tags=["Health"], summary="Whether the application answers", operation_id="live")
def live() -> Response:
    """Answers as long as the application runs."""
    return answer({"status": "live"})


@routes.get("/health/ready", tags=["Health"], summary="Whether the node can work", operation_id="ready")
def ready(request: Request, node: NodeHere) -> Response:
    """Answers with every check when all are well; 503 otherwise, with the reason of each that is not."""
    found = health.checks(node, request.app.state.checks)
    health.refuse_unwell(found)
    store = node.store.about()
    return answer(
        {"status": "ready", "node": node.directory.own, "store": store, "checks": [asdict(each) for each in found]}
    )
