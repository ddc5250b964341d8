"""The notification document, blocks 1 to 21 (Basel Art. 6(1), Annex V A)."""

from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import MinLen

from waste_bpm.documents.answers import Acknowledgement, ConsentDecision
from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.parts import (
    Annex,
    CarrierDetails,
    Declaration,
    FacilityDetails,
    GeneratorDetails,
    PartyDetails,
    RouteRole,
    RouteState,
    WasteIdentification,
)
from waste_bpm.documents.types import Amount, Count, Day, FormCode, Line, NoneOrMore, NotificationNumber, Words
from waste_bpm.vocabulary import Code, Role, Slot


class ShipmentScope(StrEnum):
    """Block 3A."""

    INDIVIDUAL = "individual"
    MULTIPLE = "multiple"


class OperationCategory(StrEnum):
    """Block 3B."""

    DISPOSAL = "disposal"
    RECOVERY = "recovery"


_AUTHORITY = {
    RouteRole.EXPORT: Role.EXPORT_AUTHORITY,
    RouteRole.TRANSIT: Role.TRANSIT_AUTHORITY,
    RouteRole.IMPORT: Role.IMPORT_AUTHORITY,
}
_OFFICE = {
    RouteRole.EXPORT: Role.CUSTOMS_EXIT,
    RouteRole.TRANSIT: Role.CUSTOMS_TRANSIT,
    RouteRole.IMPORT: Role.CUSTOMS_ENTRY,
}


class Notification(Document):
    """What the notifier lays before the authorities of all States concerned."""

    stages: ClassVar[tuple[str, ...]] = ("draft", "submit", "answer")

    notifier: Annotated[
        PartyDetails, Block(says="Exporter - notifier", number="N1", law="Annex V A 2", sealed_from="submit")
    ]
    consignee: Annotated[PartyDetails, Block(says="Importer - consignee", number="N2", sealed_from="submit")]
    number: Annotated[NotificationNumber, Block(says="Notification number", number="N3", sealed_from="submit")]
    scope: Annotated[
        ShipmentScope,
        Block(says="A Individual or multiple shipments", number="N3", law="Annex V A 9", sealed_from="submit"),
    ]
    category: Annotated[OperationCategory, Block(says="B Disposal or recovery", number="N3", sealed_from="submit")]
    pre_consented: Annotated[bool, Block(says="C Pre-consented facility", number="N3", sealed_from="submit")]
    intended_shipments: Annotated[Count, Block(says="Number of shipments", number="N4", sealed_from="submit")]
    intended_quantity: Annotated[
        Amount, Block(says="Total intended quantity", number="N5", law="Annex V A 15", sealed_from="submit")
    ]
    first_departure: Annotated[
        Day, Block(says="First departure", number="N6", law="Annex V A 10", sealed_from="submit")
    ]
    last_departure: Annotated[
        Day, Block(says="Last departure", number="N6", law="Basel Art. 6(8)", sealed_from="submit")
    ]
    packaging: Annotated[
        tuple[FormCode, ...],
        Block(says="Packaging types", number="N7", law="Annex V A 14", codes="PACKAGING", sealed_from="submit"),
        MinLen(1),
    ]
    special_handling: Annotated[bool, Block(says="Special handling", number="N7", sealed_from="submit")]
    handling_instructions: Annotated[
        tuple[Words, ...], Block(says="Handling instructions", number="N7", law="Annex V A 13", sealed_from="submit")
    ] = ()
    carriers: Annotated[
        tuple[CarrierDetails, ...],
        Block(says="Intended carriers", number="N8", law="Annex V A 5, 11", sealed_from="submit"),
        MinLen(1),
    ]
    generators: Annotated[
        tuple[GeneratorDetails, ...],
        Block(says="Generators", number="N9", law="Annex V A 3, 16", sealed_from="submit"),
        MinLen(1),
    ]
    facility: Annotated[
        FacilityDetails, Block(says="Facility and actual site", number="N10", law="Annex V A 4", sealed_from="submit")
    ]
    operations: Annotated[
        tuple[FormCode, ...],
        Block(says="D or R codes", number="N11", law="Annex V A 18", codes="OPERATION", sealed_from="submit"),
        MinLen(1),
    ]
    technology: Annotated[tuple[Words, ...], Block(says="Technology", number="N11", sealed_from="submit"), MinLen(1)]
    reason_for_export: Annotated[
        tuple[Words, ...],
        Block(says="Reason for export", number="N11", law="Annex V A 1", sealed_from="submit"),
        MinLen(1),
    ]
    designation: Annotated[
        tuple[Words, ...], Block(says="Designation", number="N12", law="Annex V A 13", sealed_from="submit"), MinLen(1)
    ]
    composition: Annotated[
        tuple[Words, ...], Block(says="Composition", number="N12", law="Annex V A 13", sealed_from="submit"), MinLen(1)
    ]
    physical_characteristics: Annotated[
        tuple[FormCode, ...],
        Block(says="Physical characteristics", number="N13", codes="PHYSICAL", sealed_from="submit"),
        MinLen(1),
    ]
    waste: Annotated[
        WasteIdentification,
        Block(says="Waste identification", number="N14", law="Annex V A 13, 17", sealed_from="submit"),
    ]
    route: Annotated[
        tuple[RouteState, ...],
        Block(says="States concerned in order", number="N15", law="Annex V A 6-8", sealed_from="submit"),
        MinLen(2),
    ]
    contract: Annotated[
        Line | None,
        Block(
            says="Reference of the contract",
            number="N17",
            law="Annex V A 21",
            required_from="submit",
            sealed_from="submit",
        ),
    ] = None
    insurance: Annotated[
        Line | None,
        Block(
            says="Reference of the insurance or guarantee",
            number="N17",
            law="Annex V A 12",
            required_from="submit",
            sealed_from="submit",
        ),
    ] = None
    declaration: Annotated[
        Declaration | None,
        Block(
            says="Declaration of the notifier",
            number="N17",
            law="Annex V A 19",
            required_from="submit",
            sealed_from="submit",
        ),
    ] = None
    generator_declaration: Annotated[
        Declaration | None, Block(says="Declaration of the generator", number="N17", sealed_from="submit")
    ] = None
    annex_count: Annotated[NoneOrMore, Block(says="Number of annexes", number="N18", sealed_from="submit")] = 0
    annexes: Annotated[tuple[Annex, ...], Block(says="Annexes", number="N18", sealed_from="submit")] = ()
    acknowledgements: Annotated[
        tuple[Acknowledgement, ...], Block(says="Acknowledgements", number="N19", filled_from="answer")
    ] = ()
    consents: Annotated[
        tuple[ConsentDecision, ...], Block(says="Consents and conditions", number="N20-21", filled_from="answer")
    ] = ()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Who fills which role in this case: blocks 1, 2, 8, 9, 10 and 15."""
        people = [
            (Role.NOTIFIER, self.notifier),
            (Role.CONSIGNEE, self.consignee),
            (Role.DISPOSER, self.facility.party),
            *((Role.GENERATOR, generator.party) for generator in self.generators),
            *((Role.CARRIER, carrier.party) for carrier in self.carriers),
        ]
        slots = [Slot(role=role, party=party.id, country=party.country) for role, party in people]
        for state in self.route:
            slots.append(Slot(role=_AUTHORITY[state.role], party=state.authority, country=state.country))
            for office, place in ((state.entry_office, state.entry_point), (state.exit_office, state.exit_point)):
                if office:
                    slots.append(Slot(role=_OFFICE[state.role], party=office, country=state.country, place=place))
        return tuple(dict.fromkeys(slots))

    @property
    def waste_code(self) -> Code:
        """The Basel list entry of the waste (block 14.i)."""
        return self.waste.basel

    @rule(
        "n3-scope-fits-number",
        field="scope",
        law="Basel Art. 6(6)",
        fix="Give 1 shipment for an individual notification, more than 1 for a general one.",
    )
    def _scope(self) -> str | None:
        if (self.scope is ShipmentScope.INDIVIDUAL) == (self.intended_shipments == 1):
            return None
        return f"Block 3A says {self.scope}, block 4 says {self.intended_shipments} shipments."

    @rule(
        "n11-operations-fit-category",
        field="operations",
        law="Basel Annex IV",
        fix="Disposal takes D codes, recovery takes R codes; correct block 3B or block 11.",
    )
    def _operations(self) -> str | None:
        letter = "D" if self.category is OperationCategory.DISPOSAL else "R"
        wrong = [code for code in self.operations if not code.startswith(letter)]
        return f"Block 3B says {self.category}, but block 11 names {', '.join(wrong)}." if wrong else None

    @rule(
        "n6-departures-in-order",
        field="last_departure",
        law="Annex V A 10",
        fix="Give a last departure that is not before the first.",
    )
    def _departures(self) -> str | None:
        if self.first_departure <= self.last_departure:
            return None
        return f"The last departure, {self.last_departure}, lies before the first, {self.first_departure}."

    @rule(
        "n7-handling-explained",
        field="handling_instructions",
        law="Annex V A 13",
        fix="Write the handling instructions, with what to do in an accident.",
    )
    def _handling(self) -> str | None:
        if self.special_handling and not self.handling_instructions:
            return "Special handling is required, but no instructions are given."
        return None

    @rule(
        "n14-hazard-stated",
        field="waste",
        law="Basel Art. 1(1)(a), Annexes I and III",
        fix="Give at least one Y code and one H code.",
    )
    def _hazard(self) -> str | None:
        if self.waste.basel.list != "BASEL-VIII" or (self.waste.y_codes and self.waste.h_codes):
            return None
        return f"{self.waste.basel.code} stands in Annex VIII, but the Y code or the H code is missing."

    @rule(
        "n15-route-joined",
        field="route",
        law="Annex V A 6-8",
        fix="Begin with the State of block 1, end with that of blocks 2 and 10, and put the transit States between.",
    )
    def _route(self) -> str | None:
        roles = [state.role for state in self.route]
        between = set(roles[1:-1]) - {RouteRole.TRANSIT}
        if roles[0] is not RouteRole.EXPORT or roles[-1] is not RouteRole.IMPORT or between:
            return (
                "The States of block 15 are not one export State, transit States and one import State, in this order."
            )
        if self.route[0].country != self.notifier.country:
            return (
                f"The route begins in {self.route[0].country}, the notifier of block 1 is in {self.notifier.country}."
            )
        if {self.consignee.country, self.facility.party.country} != {self.route[-1].country}:
            return f"The route ends in {self.route[-1].country}, but blocks 2 and 10 name another State."
        return None

    @rule(
        "n18-annexes-counted",
        field="annex_count",
        law="Annex V A",
        fix="Give the number of annexes that are attached.",
    )
    def _annexes(self) -> str | None:
        if self.annex_count == len(self.annexes):
            return None
        return f"Block 18 says {self.annex_count} annexes, {len(self.annexes)} are attached."
