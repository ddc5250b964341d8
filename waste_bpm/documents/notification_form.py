"""The fields of the notification document, blocks 1 to 21 (Basel Art. 6(1), Annex V A)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, ClassVar

from annotated_types import MinLen

from waste_bpm.documents.answers import Acknowledgement, ConsentDecision
from waste_bpm.documents.decisions import ObjectionDecision
from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.parts import (
    Annex,
    CarrierDetails,
    Declaration,
    FacilityDetails,
    GeneratorDetails,
    LaterFacility,
    PartyDetails,
)
from waste_bpm.documents.recovery import RecoveryData
from waste_bpm.documents.route import CustomsOffice, RouteState, Routing
from waste_bpm.documents.types import Amount, Count, Day, FormCode, Line, NoneOrMore, NotificationNumber, Regime, Words
from waste_bpm.documents.waste import Constituent, WasteIdentification


class ShipmentScope(StrEnum):
    """Block 3A."""

    INDIVIDUAL = "individual"
    MULTIPLE = "multiple"


class OperationCategory(StrEnum):
    """Block 3B."""

    DISPOSAL = "disposal"
    RECOVERY = "recovery"


class NotifierKind(StrEnum):
    """In which quality the notifier notifies (Regulation (EU) 2024/1157, Art. 3(6))."""

    PRODUCER = "producer"
    NEW_PRODUCER = "new_producer"
    COLLECTOR = "collector"
    DEALER = "dealer"
    BROKER = "broker"
    HOLDER = "holder"


class NotificationForm(Document):
    """The blocks of the notification as they stand on the form; `Notification` adds what must agree."""

    stages: ClassVar[tuple[str, ...]] = ("draft", "submit", "answer")
    ways: ClassVar[Mapping[str, str]] = {
        "submit": "As long as nobody has consented, have it unlocked by the authority of export and resubmit it. After "
        "a consent, whom to contact is corrected while it is unlocked; for all else ask for a change, to which every "
        "authority must agree.",
    }

    regime: Annotated[Regime, Block(says="Legal regime", codes="REGIME", assumed=True, sealed_from="submit")] = "BASEL"
    notifier: Annotated[
        PartyDetails,
        Block(
            says="Exporter - notifier",
            number="N1",
            law="Annex V A 2",
            sealed_from="submit",
            wco="57A",
            cefact="UN01010178",
        ),
    ]
    notifier_kind: Annotated[
        NotifierKind | None,
        Block(
            says="Quality of the notifier",
            number="N1",
            law="Regulation (EU) 2024/1157, Art. 3(6)",
            sealed_from="submit",
        ),
    ] = None
    consignee: Annotated[
        PartyDetails,
        Block(says="Importer - consignee", number="N2", sealed_from="submit", wco="74A, 27A", cefact="UN01010180"),
    ]
    number: Annotated[
        NotificationNumber,
        Block(
            says="Notification number",
            number="N3",
            sealed_from="submit",
            wco="D014",
            cefact="UN03000252 NotificationID",
        ),
    ]
    scope: Annotated[
        ShipmentScope,
        Block(says="A Individual or multiple shipments", number="N3", law="Annex V A 9", sealed_from="submit"),
    ]
    category: Annotated[OperationCategory, Block(says="B Disposal or recovery", number="N3", sealed_from="submit")]
    pre_consented: Annotated[bool, Block(says="C Pre-consented facility", number="N3", sealed_from="submit")]
    intended_shipments: Annotated[
        Count, Block(says="Number of shipments", number="N4", sealed_from="submit", cefact="UN03000252 TotalQuantity")
    ]
    intended_quantity: Annotated[
        Amount,
        Block(
            says="Total intended quantity",
            number="N5",
            law="Annex V A 15",
            sealed_from="submit",
            wco="128",
            cefact="UN01005186, UN01005214",
        ),
    ]
    least_quantity: Annotated[
        Amount | None, Block(says="Total quantity, at least", number="N5", law="Annex V A 15", sealed_from="submit")
    ] = None
    other_quantity: Annotated[
        Amount | None, Block(says="Total quantity in the other measure", number="N5", sealed_from="submit")
    ] = None
    shipment_quantity: Annotated[
        Amount | None,
        Block(says="Quantity of one shipment, at most", number="N5", law="Annex V A 15, note 6", sealed_from="submit"),
    ] = None
    first_departure: Annotated[
        Day,
        Block(
            says="First departure",
            number="N6",
            law="Annex V A 10",
            sealed_from="submit",
            wco="276",
            cefact="UN03000252 FirstStartDateTime",
        ),
    ]
    last_departure: Annotated[
        Day,
        Block(
            says="Last departure",
            number="N6",
            law="Basel Art. 6(8)",
            sealed_from="submit",
            cefact="UN03000252 LastStartDateTime",
        ),
    ]
    packaging: Annotated[
        tuple[FormCode, ...],
        Block(
            says="Packaging types",
            number="N7",
            law="Annex V A 14",
            codes="PACKAGING",
            sealed_from="submit",
            wco="141",
            cefact="UN03000249 TypeCode",
        ),
        MinLen(1),
    ]
    packaging_other: Annotated[
        tuple[Words, ...],
        Block(says="Packaging type 9 in words", number="N7", sealed_from="submit", cefact="UN03000249 Description"),
    ] = ()
    special_handling: Annotated[
        bool,
        Block(
            says="Special handling",
            number="N7",
            sealed_from="submit",
            cefact="UN03000263 SpecialHandlingRequirementIndicator",
        ),
    ]
    handling_instructions: Annotated[
        tuple[Words, ...],
        Block(
            says="Handling instructions",
            number="N7",
            law="Annex V A 13",
            sealed_from="submit",
            wco="225",
            cefact="UN03000314",
        ),
    ] = ()
    carriers: Annotated[
        tuple[CarrierDetails, ...],
        Block(
            says="Intended carriers",
            number="N8",
            law="Annex V A 5, 11",
            sealed_from="submit",
            wco="18A",
            cefact="UN03000311 CarrierTMWParty",
        ),
        MinLen(1),
    ]
    agents: Annotated[
        tuple[PartyDetails, ...],
        Block(says="Agents and forwarders of the carriers", number="N8", law="Annex V A 5", sealed_from="submit"),
    ] = ()
    generators: Annotated[
        tuple[GeneratorDetails, ...],
        Block(says="Generators", number="N9", law="Annex V A 3, 16", sealed_from="submit", cefact="UN01010182"),
        MinLen(1),
    ]
    facility: Annotated[
        FacilityDetails,
        Block(
            says="Facility and actual site", number="N10", law="Annex V A 4", sealed_from="submit", cefact="UN01010186"
        ),
    ]
    later_facilities: Annotated[
        tuple[LaterFacility, ...],
        Block(says="Facilities after an interim operation", number="N10", law="Annex V A 4", sealed_from="submit"),
    ] = ()
    operations: Annotated[
        tuple[FormCode, ...],
        Block(
            says="D or R codes",
            number="N11",
            law="Annex V A 18",
            codes="OPERATION",
            sealed_from="submit",
            cefact="UN01005178 TypeCode",
        ),
        MinLen(1),
    ]
    technology: Annotated[
        tuple[Words, ...],
        Block(says="Technology", number="N11", sealed_from="submit", wco="225", cefact="UN01005178 Description"),
        MinLen(1),
    ]
    recovery: Annotated[
        RecoveryData | None,
        Block(
            says="Yield, value and costs of the recovery",
            number="N11",
            law="Regulation (EC) 1013/2006, Annex IC",
            sealed_from="submit",
            cefact="UN01005204, UN01005189",
        ),
    ] = None
    reason_for_export: Annotated[
        tuple[Words, ...],
        Block(
            says="Reason for export",
            number="N11",
            law="Annex V A 1",
            sealed_from="submit",
            wco="225",
            cefact="UN03000252 Reason",
        ),
        MinLen(1),
    ]
    designation: Annotated[
        tuple[Words, ...],
        Block(
            says="Designation",
            number="N12",
            law="Annex V A 13",
            sealed_from="submit",
            wco="137",
            cefact="UN03000263 Name",
        ),
        MinLen(1),
    ]
    composition: Annotated[
        tuple[Words, ...],
        Block(
            says="Composition",
            number="N12",
            law="Annex V A 13",
            sealed_from="submit",
            wco="137",
            cefact="UN03000263 CompositionDescription",
        ),
        MinLen(1),
    ]
    constituents: Annotated[
        tuple[Constituent, ...],
        Block(says="Constituents with their shares", number="N12", law="Annex V A 13", sealed_from="submit"),
    ] = ()
    physical_characteristics: Annotated[
        tuple[FormCode, ...],
        Block(
            says="Physical characteristics", number="N13", codes="PHYSICAL", sealed_from="submit", cefact="UN01005192"
        ),
        MinLen(1),
    ]
    physical_other: Annotated[
        tuple[Words, ...], Block(says="Physical characteristic 7 in words", number="N13", sealed_from="submit")
    ] = ()
    waste: Annotated[
        WasteIdentification,
        Block(
            says="Waste identification",
            number="N14",
            law="Annex V A 13, 17",
            sealed_from="submit",
            wco="21A",
            cefact="UN03000263 TypeCode",
        ),
    ]
    route: Annotated[
        tuple[RouteState, ...],
        Block(
            says="States concerned in order",
            number="N15",
            law="Annex V A 6-8, 10",
            sealed_from="submit",
            wco="95B, 81A, 99B",
            cefact="UN03000231",
        ),
        MinLen(2),
    ]
    alternative_routes: Annotated[
        tuple[Routing, ...],
        Block(says="Routings that may be used instead", number="N15", law="Annex V A 10", sealed_from="submit"),
    ] = ()
    customs_offices: Annotated[
        tuple[CustomsOffice, ...],
        Block(
            says="Customs offices",
            number="N16",
            law="Annex V A 10",
            sealed_from="submit",
            wco="56A, 15C, 97B",
            cefact="UN03000231",
        ),
    ] = ()
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
            wco="104",
        ),
    ] = None
    generator_declaration: Annotated[
        Declaration | None,
        Block(says="Declaration of the generator", number="N17", law="Annex V A 19", sealed_from="submit", wco="104"),
    ] = None
    generator_declaration_missing: Annotated[
        tuple[Words, ...],
        Block(says="Why the generator could not sign", number="N17", law="Annex V A 19", sealed_from="submit"),
    ] = ()
    annex_count: Annotated[NoneOrMore, Block(says="Number of annexes", number="N18", sealed_from="submit")] = 0
    annexes: Annotated[
        tuple[Annex, ...], Block(says="Annexes", number="N18", law="Annex V A 20, 21", sealed_from="submit", wco="02A")
    ] = ()
    acknowledgements: Annotated[
        tuple[Acknowledgement, ...],
        Block(says="Acknowledgements", number="N19", filled_from="answer", wco="07B", cefact="UN03000204"),
    ] = ()
    consents: Annotated[
        tuple[ConsentDecision, ...],
        Block(says="Consents and conditions", number="N20-21", filled_from="answer", wco="12B", cefact="UN03000303"),
    ] = ()
    objections: Annotated[
        tuple[ObjectionDecision, ...],
        Block(
            says="Objections with their grounds", number="N20-21", filled_from="answer", cefact="UN03000303 Objection"
        ),
    ] = ()
