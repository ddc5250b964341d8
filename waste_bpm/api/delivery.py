"""What an operator asks: letters that have not arrived, node by node, and who knows what of a case."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from waste_bpm.api import shapes_delivery as shapes
from waste_bpm.api.asking import Caller, NodeHere, answer
from waste_bpm.casework import digests, knowing, reading
from waste_bpm.casework.undelivered import undelivered

routes = APIRouter(tags=["Delivery"])


@routes.get(
    "/undelivered",
    operation_id="undelivered",
    summary="What has not arrived, node by node",
    responses={200: {"model": list[shapes.Undelivered]}},
)
def missing(node: NodeHere, party: Caller) -> Response:
    """How many letters wait for each node, since when, and when they go again; of no case."""
    with node.store.turn:
        return answer(undelivered(node))


@routes.get(
    "/notifications/{id}/knows",
    operation_id="notification_knows",
    summary="Who knows what of a case",
    responses={200: {"model": list[shapes.Knows]}},
)
def knows(
    node: NodeHere,
    party: Caller,
    id: Annotated[str, Path(max_length=80, description="The identity of the case, or its notification number.")],
) -> Response:
    """What each node was told and how far that went, and what it told us.

    Stored, valid, read and acknowledged never stand for each other; a layer that nobody has told of is null.
    """
    with node.store.turn:
        return answer(knowing.knows(node, reading.seen_by(node, party, id)))


@routes.get(
    "/notifications/{id}/compared",
    operation_id="notification_compared",
    summary="Whether other nodes hold the same of a case",
    responses={200: {"model": list[shapes.ComparedCase]}},
)
def compared(
    node: NodeHere,
    party: Caller,
    id: Annotated[str, Path(max_length=80, description="The identity of the case, or its notification number.")],
) -> Response:
    """How the case compared last with each node that keeps an authority of it; nodes compare once a day."""
    with node.store.turn:
        return answer(digests.on_file(node, case_id=reading.seen_by(node, party, id).id))
