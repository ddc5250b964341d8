"""The movement document, blocks 1 to 22 (Basel Art. 4(7)(c), 6(9), Annex V B)."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from annotated_types import MinLen

from waste_bpm.documents import containers
from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.parts import (
    CarrierDetails,
    Declaration,
    FacilityDetails,
    GeneratorDetails,
    PartyDetails,
    Remark,
    undescribed,
)
from waste_bpm.documents.transport import BorderCheckResult, BorderPoint, CarrierTransfer
from waste_bpm.documents.treatment import FacilityReceipt, TreatmentCompletion
from waste_bpm.documents.types import Amount, Container, Count, Day, FormCode, Line, NotificationNumber, Words
from waste_bpm.documents.waste import WasteIdentification
from waste_bpm.law import codes
from waste_bpm.law.numbers import movement_number
from waste_bpm.vocabulary import Code, Severity

FROM_NOTIFICATION = (
    "notifier",
    "consignee",
    "special_handling",
    "generators",
    "facility",
    "operations",
    "designation",
    "composition",
    "physical_characteristics",
    "physical_other",
    "waste",
)
"""Blocks 3, 4, 7 (handling) and 9 to 14, which say what the notification says (Annex V B)."""


class Movement(Document):
    """What accompanies one shipment from the place where it starts to the disposal certificate."""

    stages: ClassVar[tuple[str, ...]] = ("plan", "announce", "depart", "receive", "certify")

    notification_number: Annotated[
        NotificationNumber,
        Block(says="Corresponding notification", number="M1", law="Annex V B 5", sealed_from="announce"),
    ]
    notified_on: Annotated[
        Day | None, Block(says="Day on which the notification was signed", number="M1", sealed_from="announce")
    ] = None
    serial: Annotated[Count, Block(says="Serial number of the shipment", number="M2", sealed_from="announce")]
    total_shipments: Annotated[Count, Block(says="Total number of shipments", number="M2", sealed_from="announce")]
    containers: Annotated[
        tuple[Container, ...], Block(says="2a Container identification", number="M2a", since=1, sealed_from="depart")
    ] = ()
    notifier: Annotated[
        PartyDetails, Block(says="Exporter - notifier", number="M3", law="Annex V B 1", sealed_from="announce")
    ]
    consignee: Annotated[PartyDetails, Block(says="Importer - consignee", number="M4", sealed_from="announce")]
    quantity: Annotated[Amount, Block(says="Actual quantity", number="M5", law="Annex V B 11", sealed_from="depart")]
    other_quantity: Annotated[
        Amount | None,
        Block(says="Actual quantity in the other measure", number="M5", law="Annex V B 11", sealed_from="depart"),
    ] = None
    shipment_date: Annotated[
        Day, Block(says="Actual date of shipment", number="M6", law="Annex V B 6", sealed_from="depart")
    ]
    packaging: Annotated[
        tuple[FormCode, ...],
        Block(says="Packaging types", number="M7", law="Annex V B 10", codes="PACKAGING", sealed_from="depart"),
        MinLen(1),
    ]
    packaging_other: Annotated[
        tuple[Words, ...], Block(says="Packaging type 9 in words", number="M7", sealed_from="depart")
    ] = ()
    packages: Annotated[Count, Block(says="Number of packages", number="M7", law="Annex V B 10", sealed_from="depart")]
    special_handling: Annotated[
        bool, Block(says="Special handling", number="M7", law="Annex V B 9", sealed_from="announce")
    ]
    carriers: Annotated[
        tuple[CarrierDetails, ...],
        Block(says="Carriers in order", number="M8", law="Annex V B 4, 7", sealed_from="depart"),
        MinLen(1),
    ]
    generators: Annotated[
        tuple[GeneratorDetails, ...],
        Block(says="Generators", number="M9", law="Annex V B 2", sealed_from="announce"),
        MinLen(1),
    ]
    facility: Annotated[
        FacilityDetails, Block(says="Facility and actual site", number="M10", law="Annex V B 3", sealed_from="announce")
    ]
    operations: Annotated[
        tuple[FormCode, ...],
        Block(says="D or R codes", number="M11", codes="OPERATION", sealed_from="announce"),
        MinLen(1),
    ]
    designation: Annotated[
        tuple[Words, ...], Block(says="Designation", number="M12", law="Annex V B 8", sealed_from="announce"), MinLen(1)
    ]
    composition: Annotated[
        tuple[Words, ...], Block(says="Composition", number="M12", law="Annex V B 8", sealed_from="announce"), MinLen(1)
    ]
    physical_characteristics: Annotated[
        tuple[FormCode, ...],
        Block(says="Physical characteristics", number="M13", codes="PHYSICAL", sealed_from="announce"),
        MinLen(1),
    ]
    physical_other: Annotated[
        tuple[Words, ...], Block(says="Physical characteristic 7 in words", number="M13", sealed_from="announce")
    ] = ()
    waste: Annotated[
        WasteIdentification, Block(says="Waste identification", number="M14", law="Annex V B 8", sealed_from="announce")
    ]
    declaration: Annotated[
        Declaration | None,
        Block(
            says="Declaration of the notifier: correct, consented to, insured",
            number="M15",
            law="Annex V B 12, 13",
            required_from="announce",
            sealed_from="announce",
        ),
    ] = None
    routing: Annotated[
        Line | None,
        Block(says="Alternative routing that is used", number="M16", law="Annex V B 7", sealed_from="depart"),
    ] = None
    remarks: Annotated[tuple[Remark, ...], Block(says="Additional information", number="M16")] = ()
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
        ),
    ] = None
    consignee_signature: Annotated[
        Declaration | None, Block(says="Signature of the consignee", number="M17", filled_from="receive")
    ] = None
    receipt: Annotated[
        FacilityReceipt | None,
        Block(says="Receipt at the facility", number="M18", law="Annex V B 6, 14", filled_from="receive"),
    ] = None
    completion: Annotated[
        TreatmentCompletion | None,
        Block(says="Certificate of disposal or recovery", number="M19", law="Basel Art. 6(9)", filled_from="certify"),
    ] = None
    border_checks: Annotated[
        tuple[BorderCheckResult, ...],
        Block(says="Customs: exit, transit, entry", number="M20-22", law="Annex V B 7", filled_from="depart"),
    ] = ()

    @property
    def waste_code(self) -> Code:
        """The Basel list entry of the waste (block 14.i)."""
        return self.waste.basel

    @property
    def planned_for(self) -> date:
        """The day of shipment, as one of the days for which the shipment was announced."""
        return self.shipment_date

    @property
    def declared_on(self) -> date | None:
        """The day on which the shipment was declared (block 15)."""
        return None if self.declaration is None else self.declaration.signed_on

    @property
    def carrier_ids(self) -> tuple[str, ...]:
        """The carriers of block 8 by their identifiers."""
        return tuple(carrier.party.id for carrier in self.carriers)

    @classmethod
    def prefilled(cls, notification: Notification, own: dict[str, Any]) -> dict[str, Any]:
        """The data of a movement document: what is left out of blocks 1, 3, 4 and 9 to 14 is as notified.

        A carrier may be named by its identifier alone when the notification names it in full.
        """
        said = notification.model_dump(mode="json", include=set(FROM_NOTIFICATION))
        numbers = {"notification_number": notification.number, "total_shipments": notification.intended_shipments}
        signed = (
            {} if notification.declaration is None else {"notified_on": notification.declaration.signed_on.isoformat()}
        )
        data = {**numbers, **signed, **said, **own}
        if isinstance(own.get("carriers"), list):
            known = {carrier.party.id: carrier.model_dump(mode="json") for carrier in notification.carriers}
            data["carriers"] = [known.get(each, each) if isinstance(each, str) else each for each in own["carriers"]]
        return data

    @property
    def number(self) -> str:
        """The number of the movement: that of the notification, a point, and six digits; it is never used again."""
        return movement_number(self.notification_number, self.serial)

    def codes_on(self, on: date) -> date:
        """Codes are judged at the day of the notification: a consent outlives a code that is withdrawn later."""
        return min(on, self.notified_on) if self.notified_on else on

    @rule(
        "m2a-container-check-digit",
        field="containers",
        law="ISO 6346",
        fix="Read the container again: four letters, six digits, and the check digit in its frame.",
    )
    def _containers(self) -> str | None:
        wrong = [each for each in self.containers if containers.misread(each)]
        return f"The check digit of {', '.join(wrong)} does not fit." if wrong else None

    @rule(
        "m5-quantities-comparable",
        field="other_quantity",
        law="Annex V B 11",
        fix="Give one quantity as a mass and one as a volume.",
    )
    def _measures(self) -> str | None:
        if self.other_quantity is None or self.other_quantity.dimension != self.quantity.dimension:
            return None
        return f"{self.quantity} and {self.other_quantity} are both a {self.quantity.dimension}."

    @rule(
        "m7-packaging-described",
        field="packaging_other",
        law="Annex V B 10",
        fix="Write in words what the packaging is.",
    )
    def _packaging(self) -> str | None:
        unsaid = undescribed("PACKAGING", self.packaging, self.packaging_other)
        return f"Packaging type {unsaid} stands without its description." if unsaid else None

    @rule(
        "m8-custody-without-gap",
        field="transfers",
        law="Basel Art. 6(9)",
        fix="Name the hand-overs in order of time; the carrier that takes charge is the next one to deliver.",
    )
    def _custody(self) -> str | None:
        for before, after in pairwise(self.transfers):
            if after.handed_over_at < before.handed_over_at:
                return f"The hand-over to {after.carrier} lies before the one to {before.carrier}."
            if after.from_carrier != before.carrier:
                return f"{before.carrier} took charge, but {after.from_carrier} hands over to {after.carrier}."
        return None

    @rule(
        "m14-codes-still-valid",
        field="waste",
        law="Annex V B 8",
        fix="Ask the authorities for a change of the notification before the next shipment.",
        severity=Severity.WARNING,
    )
    def _codes(self) -> str | None:
        found = codes.problem(self.waste.basel.list, self.waste.basel.code, self.shipment_date)
        return f"On the day of shipment: {found.message} {found.fix or ''}".rstrip() if found else None

    @rule(
        "m17-consignee-is-not-facility",
        field="consignee_received_on",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(2)",
        fix="Leave block 17 out; the facility fills block 18.",
    )
    def _consignee(self) -> str | None:
        received = self.consignee_received_on or self.consignee_signature
        if not received or self.consignee.id != self.facility.party.id:
            return None
        return f"{self.consignee.id} is the facility: it certifies the receipt in block 18, not in block 17."

    @rule(
        "m19-not-before-receipt",
        field="completion",
        law="Basel Art. 6(9)",
        fix="Correct the day of block 19; treatment ends after the facility received the load.",
    )
    def _completion(self) -> str | None:
        if self.receipt is None or self.completion is None:
            return None
        if self.completion.completed_on >= self.receipt.received_on:
            return None
        return f"Completed on {self.completion.completed_on}, received only on {self.receipt.received_on}."

    @rule(
        "m19-mass-accounted-for",
        field="completion",
        law="Basel Art. 6(9)",
        fix="Compare block 19 with block 18: water and gas may be lost, nothing can be won.",
        severity=Severity.WARNING,
    )
    def _mass(self) -> str | None:
        if self.receipt is None or self.completion is None:
            return None
        accepted, treated = self.receipt.accepted_quantity, self.completion.treated_quantity
        if accepted.dimension != treated.dimension or treated.same_as(accepted):
            return None
        return f"{treated} are certified, {accepted} were accepted."

    @rule(
        "m22-transit-paired",
        field="border_checks",
        law="Annex V B 7",
        fix="Name the checks in order of time: the load enters a transit State before it leaves it.",
    )
    def _transit(self) -> str | None:
        inside = 0
        for check in self.border_checks:
            inside += (check.point is BorderPoint.TRANSIT_IN) - (check.point is BorderPoint.TRANSIT_OUT)
            if inside not in (0, 1):
                return f"The check at {check.office} does not follow from the one before it."
        return None
