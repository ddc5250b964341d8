"""The fields of the movement document, blocks 1 to 22 (Basel Art. 4(7)(c), 6(9), Annex V B)."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.parts import (
    CarrierDetails,
    Declaration,
    FacilityDetails,
    GeneratorDetails,
    PartyDetails,
    Remark,
)
from waste_bpm.documents.transport import BorderCheckResult, CarrierTransfer
from waste_bpm.documents.treatment import FacilityReceipt, TreatmentCompletion
from waste_bpm.documents.types import Amount, Container, Count, Day, FormCode, Line, NotificationNumber, Words
from waste_bpm.documents.waste import WasteIdentification


class MovementForm(Document):
    """The blocks of the movement document as they stand on the form; `Movement` adds what must agree."""

    stages: ClassVar[tuple[str, ...]] = ("plan", "announce", "depart", "receive", "certify")
    ways: ClassVar[Mapping[str, str]] = {
        "announce": "Before the load leaves, cancel the shipment and announce it under the next number; what the "
        "notification says has to be changed there first.",
        "depart": "Before the load leaves, amend the announcement; after that, what differs is recorded by whoever "
        "sees it: the customs office in blocks 20 to 22, the facility in block 18.",
    }

    notification_number: Annotated[
        NotificationNumber,
        Block(
            says="Corresponding notification",
            number="M1",
            law="Annex V B 5",
            sealed_from="announce",
            wco="D018",
            cefact="UN03000219 NotificationID",
        ),
    ]
    notified_on: Annotated[
        Day | None, Block(says="Day on which the notification was signed", number="M1", sealed_from="announce")
    ] = None
    serial: Annotated[
        Count,
        Block(
            says="Serial number of the shipment",
            number="M2",
            sealed_from="announce",
            wco="006",
            cefact="UN03000219 SequenceNumeric",
        ),
    ]
    total_shipments: Annotated[
        Count,
        Block(says="Total number of shipments", number="M2", sealed_from="announce", cefact="UN03000219 TotalQuantity"),
    ]
    containers: Annotated[
        tuple[Container, ...],
        Block(says="2a Container identification", number="M2a", since=1, sealed_from="depart", wco="159"),
    ] = ()
    notifier: Annotated[
        PartyDetails,
        Block(
            says="Exporter - notifier",
            number="M3",
            law="Annex V B 1",
            sealed_from="announce",
            wco="57A",
            cefact="UN01010178",
        ),
    ]
    consignee: Annotated[
        PartyDetails,
        Block(says="Importer - consignee", number="M4", sealed_from="announce", wco="74A, 27A", cefact="UN01010180"),
    ]
    quantity: Annotated[
        Amount,
        Block(
            says="Actual quantity",
            number="M5",
            law="Annex V B 11",
            sealed_from="depart",
            wco="126, 128",
            cefact="UN03000209",
        ),
    ]
    other_quantity: Annotated[
        Amount | None,
        Block(says="Actual quantity in the other measure", number="M5", law="Annex V B 11", sealed_from="depart"),
    ] = None
    shipment_date: Annotated[
        Day,
        Block(
            says="Actual date of shipment",
            number="M6",
            law="Annex V B 6",
            sealed_from="depart",
            cefact="UN03000219 StartDateTime",
        ),
    ]
    packaging: Annotated[
        tuple[FormCode, ...],
        Block(
            says="Packaging types",
            number="M7",
            law="Annex V B 10",
            codes="PACKAGING",
            sealed_from="depart",
            wco="141",
            cefact="UN01005137 TypeCode",
        ),
        MinLen(1),
    ]
    packaging_other: Annotated[
        tuple[Words, ...], Block(says="Packaging type 9 in words", number="M7", sealed_from="depart")
    ] = ()
    packages: Annotated[
        Count,
        Block(
            says="Number of packages",
            number="M7",
            law="Annex V B 10",
            sealed_from="depart",
            wco="144",
            cefact="UN01005137 ItemQuantity",
        ),
    ]
    special_handling: Annotated[
        bool, Block(says="Special handling", number="M7", law="Annex V B 9", sealed_from="announce", wco="03A")
    ]
    carriers: Annotated[
        tuple[CarrierDetails, ...],
        Block(
            says="Carriers in order",
            number="M8",
            law="Annex V B 4, 7",
            sealed_from="depart",
            own=("means_of_transport", "permit"),
            wco="18A",
            cefact="UN03000311",
        ),
        MinLen(1),
    ]
    generators: Annotated[
        tuple[GeneratorDetails, ...],
        Block(says="Generators", number="M9", law="Annex V B 2", sealed_from="announce", cefact="UN01010182"),
        MinLen(1),
    ]
    facility: Annotated[
        FacilityDetails,
        Block(
            says="Facility and actual site",
            number="M10",
            law="Annex V B 3",
            sealed_from="announce",
            cefact="UN01010186",
        ),
    ]
    operations: Annotated[
        tuple[FormCode, ...],
        Block(
            says="D or R codes", number="M11", codes="OPERATION", sealed_from="announce", cefact="UN01005178 TypeCode"
        ),
        MinLen(1),
    ]
    designation: Annotated[
        tuple[Words, ...],
        Block(
            says="Designation", number="M12", law="Annex V B 8", sealed_from="announce", wco="137", cefact="UN03000209"
        ),
        MinLen(1),
    ]
    composition: Annotated[
        tuple[Words, ...],
        Block(
            says="Composition", number="M12", law="Annex V B 8", sealed_from="announce", wco="137", cefact="UN03000209"
        ),
        MinLen(1),
    ]
    physical_characteristics: Annotated[
        tuple[FormCode, ...],
        Block(
            says="Physical characteristics", number="M13", codes="PHYSICAL", sealed_from="announce", cefact="UN01005192"
        ),
        MinLen(1),
    ]
    physical_other: Annotated[
        tuple[Words, ...], Block(says="Physical characteristic 7 in words", number="M13", sealed_from="announce")
    ] = ()
    waste: Annotated[
        WasteIdentification,
        Block(
            says="Waste identification",
            number="M14",
            law="Annex V B 8",
            sealed_from="announce",
            wco="21A",
            cefact="UN03000209",
        ),
    ]
    declaration: Annotated[
        Declaration | None,
        Block(
            says="Declaration of the notifier: correct, consented to, insured",
            number="M15",
            law="Annex V B 12, 13",
            required_from="announce",
            sealed_from="depart",
            wco="104",
        ),
    ] = None
    routing: Annotated[
        Line | None,
        Block(says="Alternative routing that is used", number="M16", law="Annex V B 7", sealed_from="depart"),
    ] = None
    remarks: Annotated[
        tuple[Remark, ...], Block(says="Additional information", number="M16", grows=True, wco="03A")
    ] = ()
    transfers: Annotated[
        tuple[CarrierTransfer, ...], Block(says="Hand-overs", number="M8", law="Annex V B 6", filled_from="depart")
    ] = ()
    consignee_received_on: Annotated[
        Day | None,
        Block(
            says="Received by a consignee that is not the facility",
            number="M17",
            law="Annex V B 6",
            filled_from="receive",
            wco="380",
            cefact="UN01005198 ReceiptDateTime",
        ),
    ] = None
    consignee_signature: Annotated[
        Declaration | None, Block(says="Signature of the consignee", number="M17", filled_from="receive")
    ] = None
    receipt: Annotated[
        FacilityReceipt | None,
        Block(
            says="Receipt at the facility",
            number="M18",
            law="Annex V B 6, 14",
            filled_from="receive",
            cefact="UN01005198",
        ),
    ] = None
    completion: Annotated[
        TreatmentCompletion | None,
        Block(
            says="Certificate of disposal or recovery",
            number="M19",
            law="Basel Art. 6(9)",
            filled_from="certify",
            cefact="UN03000324",
        ),
    ] = None
    border_checks: Annotated[
        tuple[BorderCheckResult, ...],
        Block(says="Customs: exit, transit, entry", number="M20-22", law="Annex V B 7", filled_from="depart"),
    ] = ()
