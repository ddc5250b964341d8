"""The door of other nodes: parcels come in under the seals of their nodes, and sealed slips go back.

No token counts here. What is answered without a slip (a seal that does not hold, a line that stands still) ends no
letter's waiting.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response

from waste_bpm.api.asking import JSON, NodeHere, limited, media_type, wrong_media_type
from waste_bpm.casework.digests import take_state
from waste_bpm.casework.fetching import give
from waste_bpm.casework.posting import seal_of
from waste_bpm.casework.reception import take_in
from waste_bpm.casework.relaying import handed_back, leave
from waste_bpm.exchange.bundle import archive
from waste_bpm.exchange.https import AFTER, ASK, BUNDLE, JOSE, PARCEL, SEAL, XML, sent_in, written_in
from waste_bpm.utility_blocks.parcel import Slip

routes = APIRouter(prefix="/peer", tags=["Peers"])


async def _message(request: Request) -> bytes:
    if media_type(request) not in (XML, JOSE):
        raise wrong_media_type(request, XML)
    return await limited(request)


async def _cover(request: Request) -> bytes:
    if media_type(request) != JOSE:
        raise wrong_media_type(request, JOSE)
    return await limited(request)


async def _slip(request: Request) -> bytes:
    if media_type(request) != JSON:
        raise wrong_media_type(request, JSON)
    return await limited(request)


Parcel = Annotated[str, Header(alias=PARCEL, max_length=8192, description="The parcel, in base64url.")]
Seal = Annotated[str, Header(alias=SEAL, max_length=4096, description="The seal over the parcel, slip or ask (JWS).")]
Asked = Annotated[str, Header(alias=ASK, max_length=8192, description="The ask, in base64url.")]


@routes.post(
    "/parcels",
    summary="Take in a parcel of another node",
    operation_id="parcel_in",
    openapi_extra={"requestBody": {"required": True, "content": {XML: {"schema": {"type": "string"}}}}},
    responses={200: {"description": "The slip, under the seal of this node", "content": {JSON: {}}}},
)
def take(node: NodeHere, parcel: Parcel, seal: Seal, data: Annotated[bytes, Depends(_message)]) -> Response:
    """Verify the seal, then take in the message; the same parcel again gets the same slip, and changes nothing."""
    seal_of(node, b"")
    slip: Slip = take_in(node, sent_in(parcel, seal, data))
    return Response(slip.written, media_type=JSON, headers={SEAL: seal_of(node, slip.written).decode("ascii")})


@routes.post(
    "/relay",
    summary="Take a parcel for a node to which this one is the way",
    operation_id="relay_in",
    openapi_extra={"requestBody": {"required": True, "content": {JOSE: {"schema": {"type": "string"}}}}},
    responses={
        200: {"description": "The slip of the receiver, under its seal", "content": {JSON: {}}},
        202: {"description": "The parcel waits here; bring it again for its slip"},
    },
)
def relay(node: NodeHere, parcel: Parcel, seal: Seal, data: Annotated[bytes, Depends(_cover)]) -> Response:
    """Verify the seal, keep the parcel under its cover and hand it on; the same parcel again gets its slip."""
    found = leave(node, sent_in(parcel, seal, data))
    if found is None:
        return Response(status_code=202)
    return Response(found[0], media_type=JSON, headers={SEAL: found[1].decode("ascii")})


@routes.get(
    "/parcels",
    summary="Give a node that cannot be reached what waits for it",
    operation_id="parcels_out",
    responses={200: {"description": "Parcels, seals and messages as a zip archive, in order", "content": {BUNDLE: {}}}},
)
def give_out(node: NodeHere, ask: Asked, seal: Seal) -> Response:
    """Verify the seal, then give the letters behind the place that is asked for; they wait until their slips come."""
    page = give(node, *written_in(ASK, ask, seal))
    return Response(archive(page.sents), media_type=BUNDLE, headers={AFTER: page.after} if page.after else {})


@routes.post(
    "/slips",
    summary="Take in the slip of another node for a letter that was carried to it or that it fetched",
    operation_id="slip_in",
    status_code=204,
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}},
)
def slip(node: NodeHere, seal: Seal, data: Annotated[bytes, Depends(_slip)]) -> Response:
    """End the waiting of the letter that the slip is about, as it says, or keep it for who sent it through here."""
    handed_back(node, data, seal.encode("ascii", "replace"))
    return Response(status_code=204)


@routes.post(
    "/states",
    summary="Compare what another node holds of a case with what is held here",
    operation_id="state_in",
    openapi_extra={"requestBody": {"required": True, "content": {JSON: {"schema": {"type": "object"}}}}},
    responses={200: {"description": "What this node holds of the case, under its seal", "content": {JSON: {}}}},
)
def state(node: NodeHere, seal: Seal, data: Annotated[bytes, Depends(_slip)]) -> Response:
    """Verify the seal, write down how the case compares, and answer with what is held here.

    Digests alone, stream by stream, and to nobody but a node that keeps an authority of the case.
    """
    seal_of(node, b"")
    ours = take_state(node, data, seal.encode("ascii", "replace"))
    return Response(ours.written, media_type=JSON, headers={SEAL: seal_of(node, ours.written).decode("ascii")})
