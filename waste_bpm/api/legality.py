"""The question of legality, answered as the command line answers it."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from waste_bpm.api.asking import answer
from waste_bpm.documents.types import Day
from waste_bpm.law.legality import PLACES, Question, amount, legality, waste_named

routes = APIRouter()

_State = Annotated[str, Query(max_length=40, description="A State, by its code of ISO 3166-1.")]


@routes.get("/law/legality", tags=["Law"], summary="May this waste go?", operation_id="law_legality")
def ask(  # noqa: PLR0913, PLR0917 - each is a parameter of the query
    start: Annotated[str, Query(alias="from", max_length=40, description="The State of export.")],
    to: Annotated[str, Query(max_length=40, description="The State of import.")],
    waste: Annotated[str, Query(max_length=40, description="The code of the waste, or not-listed.")],
    operation: Annotated[str, Query(max_length=10, description="D1 to D15, or R1 to R13.")],
    date: Annotated[Day, Query(description="The day of the movement.")],
    via: Annotated[list[_State] | None, Query(max_length=40, description="The transit States in their order.")] = None,
    hazardous_for: Annotated[
        list[_State] | None, Query(max_length=40, description="States whose own law calls the waste hazardous.")
    ] = None,
    quantity: Annotated[str | None, Query(max_length=40, description="The mass of the shipment, as 25 kg.")] = None,
    place: Annotated[str | None, Query(max_length=40, description=f"One of {', '.join(PLACES)}.")] = None,
    laboratory: Annotated[bool, Query(description="The waste goes to a laboratory.")] = False,
    pre_consented: Annotated[bool, Query(description="The facility is pre-consented.")] = False,
    re_export_of: Annotated[str | None, Query(max_length=40, description="The first State of export.")] = None,
) -> Response:
    """The verdict with every rule that decides, the regime and procedure, and what the case must still prove."""
    question = Question(
        start=start,
        end=to,
        via=tuple(via or ()),
        waste=waste_named(waste),
        hazardous_for=frozenset(hazardous_for or ()),
        operation=operation,
        day=date,
        quantity=amount(quantity) if quantity else None,
        place=place,
        laboratory=laboratory,
        pre_consented=pre_consented,
        re_export_of=re_export_of,
    )
    return answer(legality(question).as_json())
