"""Papers of States that are not connected: entered with their scan, listed, and given back as scans."""

from base64 import b64decode
from binascii import Error
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, ValidationError

from waste_bpm.api import shapes
from waste_bpm.api.asking import JSON, Caller, JsonBody, NodeHere, Promised, answer
from waste_bpm.casework import papers, reading, scans, views
from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Finding

routes = APIRouter(prefix="/notifications/{id}/papers", tags=["Papers of States that are not connected"])
Case = Annotated[str, Path(max_length=80, description="The identity of the case, or its notification number.")]


class Entry(BaseModel):
    """A paper as somebody enters it: whose it is, what it reports, how it came, and its scan in base64."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    stream: str
    step: str
    said_by: str
    document: dict[str, Any] | None = None
    medium: Literal["letter", "e-mail", "fax"]
    dated_on: str
    received_on: str
    entered_by: str
    reference: str | None = None
    scan: str


def _entry(data: Any) -> Entry:
    try:
        return Entry.model_validate(data)
    except ValidationError as error:
        raise InputInvalid(
            [
                Finding(
                    rule_id="paper-malformed",
                    message=f"The entry is not of its shape: {each['msg']}.",
                    pointer="/" + "/".join(map(str, each["loc"])),
                    fix="Send what the description of this operation names, and nothing else.",
                )
                for each in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _scan(written: str) -> bytes:
    try:
        return b64decode(written, validate=True)
    except (Error, ValueError) as error:
        raise InputInvalid(
            Finding(
                rule_id="scan-in-base64",
                message="The scan is not written in base64.",
                pointer="/scan",
                fix="Send the bytes of the PDF, JPEG or PNG file in base64 (RFC 4648, section 4).",
            )
        ) from error


@routes.post(
    "",
    status_code=201,
    operation_id="paper_in",
    summary="Enter a letter, e-mail or fax of a State that is not connected",
    responses={201: {"model": shapes.PaperIn}},
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": Entry.model_json_schema()}}}},
)
def enter(node: NodeHere, party: Caller, promise: Promised, data: JsonBody, id: Case) -> Response:
    """Record what the paper reports, from the day that stands on it; it is marked as reported on paper.

    Who may: an authority of this node to which the act is told. The same key gives the first answer again.
    """
    case, entry = reading.seen_by(node, party, id), _entry(data)
    said = entry.model_dump(exclude={"document", "scan"})
    paper = papers.Paper(
        case_id=case.id, party=party, data=entry.document, scan=_scan(entry.scan), key=promise.key, **said
    )
    outcome = papers.enter(node, paper)
    body = {"case": case.id, "replayed": outcome.replayed, "events": views.event_rows(outcome.events)}
    headers = {"Idempotency-Replayed": "true"} if outcome.replayed else None
    return answer(body | {"warnings": [each.as_json() for each in outcome.warnings]}, 201, headers=headers)


@routes.get(
    "",
    operation_id="papers",
    summary="The papers of a case, and how its sealed messages compare",
    responses={200: {"model": list[shapes.Paper]}},
)
def listed(node: NodeHere, party: Caller, id: Case) -> Response:
    """In the order in which they were entered."""
    return answer(papers.pages(node, reading.seen_by(node, party, id)))


@routes.get(
    "/{digest}",
    operation_id="paper_scan",
    summary="The scan of a paper, as its bytes",
    responses={200: {"content": {each: {} for _, _, each in scans.KINDS.values()}}},
)
def scan(
    node: NodeHere,
    party: Caller,
    id: Case,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The SHA-256 of the scan.")],
) -> Response:
    """Never opened by this node: it is sent for saving, not for showing."""
    kind, data = papers.scan(node, reading.seen_by(node, party, id), digest)
    headers = {"Content-Disposition": f'attachment; filename="{digest}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=scans.media_type(kind), headers=headers)
