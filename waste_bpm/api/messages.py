"""Utility blocks in and out, and the feed: a message is taken in, checked or given back as its bytes."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from waste_bpm.api import PREFIX, shapes
from waste_bpm.api.asking import Caller, NodeHere, answer, limited, media_type, wrong_media_type
from waste_bpm.casework import reading, signals
from waste_bpm.casework.arrivals import Receipt
from waste_bpm.casework.node import Node
from waste_bpm.errors import NotPermitted, WasteBpmError
from waste_bpm.logs import about
from waste_bpm.utility_blocks import gate
from waste_bpm.utility_blocks.wording import best, in_language
from waste_bpm.vocabulary import Finding

routes = APIRouter()

XML = "application/xml"
_IN: dict[str, Any] = {
    "requestBody": {"required": True, "content": {media: {"schema": {"type": "string"}} for media in (XML, "text/xml")}}
}


async def _xml_body(request: Request) -> bytes:
    if media_type(request) not in (XML, "text/xml"):
        raise wrong_media_type(request, XML)
    return await limited(request)


_OUT: dict[str, Any] = {XML: {"schema": {"type": "string"}}}
XmlBody = Annotated[bytes, Depends(_xml_body)]


@routes.post(
    "/messages",
    tags=["Messages"],
    summary="Take in a message of another node",
    operation_id="message_in",
    status_code=201,
    openapi_extra=_IN,
    responses={
        201: {"model": shapes.Receipt, "content": _OUT},
        200: {"model": shapes.Receipt, "content": _OUT, "description": "It was here before"},
        204: {"description": "A signal was heard; signals are never answered"},
    },
)
def take_in(request: Request, node: NodeHere, party: Caller, data: XmlBody) -> Response:
    """Record what the message reports; the same bytes again get the same receipt, and change nothing.

    With `Accept: application/xml` the answer is a message of UB-TMW-00: a receipt, or the reasons for a refusal.
    """
    as_xml = _wants_xml(request.headers.get("accept", ""))
    try:
        taken = _taken(node, party, data)
        request.state.message_id = taken.message if isinstance(taken, Receipt) else taken.letter
    except WasteBpmError as refused:
        said = signals.refusal(node, data, refused) if as_xml else None
        if said is None:
            raise
        return _signal(said, refused.status)
    if isinstance(taken, signals.Heard):
        return Response(status_code=204)
    status, place = 200 if taken.duplicate else 201, {"Location": f"{PREFIX}/messages/{taken.message}"}
    if as_xml:
        return _signal(signals.receipt(node, data, taken), status, **place)
    return answer(asdict(taken), status, headers={**place, "Vary": "Accept"})


def _taken(node: Node, party: str, data: bytes) -> Receipt | signals.Heard:
    received = gate.read(data, node.clock())
    _speaks_for(node, party, received.header.sender.id)
    with about(case=received.header.case, message_id=received.header.message):
        return signals.arrive(node, received, data)


def _signal(said: bytes, status: int = 200, **headers: str) -> Response:
    return Response(said, status, headers={**headers, "Vary": "Accept"}, media_type=XML)


def _speaks_for(node: Node, party: str, sender: str) -> None:
    """A token hands over what its own party says, what is said on the node of that party, and what this node says."""
    known = node.directory.parties
    home = known[sender].node if sender in known else sender
    if party == sender or (party in known and known[party].node == home):
        return
    raise NotPermitted(
        Finding(
            rule_id="speaks-for-sender",
            message=f"The message is from {sender}, and {party} does not hand over messages of that party.",
            value=sender,
            fix="Have it sent with the token of its sender, or of a party on the sender's node.",
        )
    )


@routes.post(
    "/messages/validate",
    tags=["Messages"],
    summary="Check a message, and keep nothing",
    operation_id="message_check",
    openapi_extra=_IN,
    responses={200: {"model": shapes.Verdict, "content": _OUT}},
)
def validate(request: Request, node: NodeHere, data: XmlBody) -> Response:
    """Everything that the gate has to say about the bytes, in the language of Accept-Language where it is there.

    With `Accept: application/xml` the answer is a ValidationReport of UB-TMW-00, in every language there is.
    """
    if _wants_xml(request.headers.get("accept", "")):
        return _signal(signals.verdict(node, data))
    language = best(request.headers.get("accept-language"))
    findings = [in_language(finding, language).as_json() for finding in gate.findings(data)]
    headers = {"Content-Language": language, "Vary": "Accept, Accept-Language"}
    return answer({"valid": not findings, "findings": findings}, headers=headers)


@routes.get(
    "/messages/{id}",
    tags=["Messages"],
    summary="A message, or its bytes",
    operation_id="message",
    responses={200: {"model": shapes.Message, "content": {XML: {"schema": {"type": "string"}}}}},
)
def message(
    request: Request,
    node: NodeHere,
    party: Caller,
    id: Annotated[str, Path(max_length=80, description="The identity of the message: urn:uuid:...")],
) -> Response:
    """What is known of the message; with `Accept: application/xml` the bytes as they were sent."""
    stored = reading.message(node, party, id)
    if _wants_xml(request.headers.get("accept", "")):
        return Response(stored.data, media_type=XML, headers={"Vary": "Accept"})
    return answer(stored.about, headers={"Vary": "Accept"})


def _wants_xml(accepted: str) -> bool:
    """Whether XML is named before JSON."""
    named = [each.partition(";")[0].strip().lower() for each in accepted.split(",")]
    known = [each for each in named if each in (XML, "text/xml", "application/json")]
    return bool(known) and known[0] != "application/json"


@routes.get(
    "/events",
    tags=["Events"],
    summary="What was recorded after a position",
    operation_id="events",
    responses={200: {"model": shapes.Feed}},
)
def feed(
    node: NodeHere,
    party: Caller,
    after: Annotated[int, Query(ge=0, le=2**62, description="`next` of the answer before; 0 from the start.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500, description="How many at most.")] = 100,
) -> Response:
    """The lines of the log about your cases, in the order of recording."""
    items, last = reading.feed(node, party, after, limit)
    return answer({"items": items, "next": last})
