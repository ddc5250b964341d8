"""The way of the waste: blocks 15 and 16, and routings that may be used instead (Annex V A 6 to 8, 10)."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.types import CountryCode, Line, PartyID, Place
from waste_bpm.vocabulary import Role


class RouteRole(StrEnum):
    """What a State is to the route."""

    EXPORT = "export"
    TRANSIT = "transit"
    IMPORT = "import"


AUTHORITY = {
    RouteRole.EXPORT: Role.EXPORT_AUTHORITY,
    RouteRole.TRANSIT: Role.TRANSIT_AUTHORITY,
    RouteRole.IMPORT: Role.IMPORT_AUTHORITY,
}
"""The role of a State's competent authority."""


class RouteLeg(Document):
    """A State on the way of the waste, in order of travel."""

    role: Annotated[RouteRole, Block(says="Export, transit or import")]
    country: Annotated[CountryCode, Block(says="a State concerned", codes="COUNTRY")]


class RouteState(RouteLeg):
    """Block 15: a State of the route with its competent authority and its border points, in order of travel."""

    authority: Annotated[PartyID, Block(says="b Competent authority", cefact="UN03000279 ID")]
    entry_point: Annotated[Place | None, Block(says="c Point of entry", cefact="UN01005222")] = None
    entry_office: Annotated[PartyID | None, Block(says="c Customs office of entry")] = None
    exit_point: Annotated[Place | None, Block(says="c Point of exit", cefact="UN01005222")] = None
    exit_office: Annotated[PartyID | None, Block(says="c Customs office of exit")] = None


class Routing(Document):
    """A routing that may be used instead of block 15; the movement document says which one was."""

    name: Annotated[Line, Block(says="Name of the routing")]
    states: Annotated[tuple[RouteState, ...], Block(says="States concerned in order", law="Annex V A 10"), MinLen(2)]


class CustomsRole(StrEnum):
    """What a customs office of block 16 is to the consignment."""

    EXPORT = "export"
    EXIT = "exit"
    TRANSIT = "transit"
    ENTRY = "entry"


class CustomsOffice(Document):
    """Block 16: a customs office of the route."""

    role: Annotated[CustomsRole, Block(says="Export, exit, transit or entry")]
    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    office: Annotated[PartyID, Block(says="Customs office")]


def out_of_order(states: Sequence[RouteLeg]) -> bool:
    """Whether the States are not one export State, transit States and one import State, in this order."""
    roles = [state.role for state in states]
    between = set(roles[1:-1]) - {RouteRole.TRANSIT}
    return roles[0] is not RouteRole.EXPORT or roles[-1] is not RouteRole.IMPORT or bool(between)


def crossed_twice(states: Sequence[RouteLeg]) -> list[str]:
    """The States that a route names more than once; one crossed again on the way home is the State of export."""
    if len({state.country for state in states}) == len(states):
        return []
    transit = [state.country for state in states[1:-1]]
    inside = [country for country in transit if transit.count(country) > 1 or country == states[-1].country]
    beside = [one.country for one, next_ in pairwise(states) if one.country == next_.country]
    return sorted({*inside, *beside})


def without_points(states: Sequence[RouteState]) -> Iterator[str]:
    """Each point of entry and exit that block 15 leaves out."""
    for state in states:
        if state.role is not RouteRole.EXPORT and state.entry_point is None:
            yield f"entry into {state.country}"
        if state.role is not RouteRole.IMPORT and state.exit_point is None:
            yield f"exit from {state.country}"
