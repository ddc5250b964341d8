"""The document that goes with green-listed waste: boxes 1 to 15 of Annex VII (Regulation (EU) 2024/1157, Art. 18).

Nobody consents to such a shipment; the document informs. Box 15 has no quantity that was disposed of.
"""

from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from annotated_types import MinLen

from waste_bpm.documents import containers
from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.notification_form import NotifierKind
from waste_bpm.documents.parts import CarrierDetails, Declaration, FacilityDetails, LaterFacility, PartyDetails
from waste_bpm.documents.route import AUTHORITY, RouteLeg, crossed_twice, out_of_order
from waste_bpm.documents.treatment import certified_too_early
from waste_bpm.documents.types import (
    Amount,
    Container,
    Day,
    FormCode,
    Lexical,
    Line,
    Listed,
    PartyID,
    Regime,
    Share,
    Words,
)
from waste_bpm.documents.waste import OTHER_WASTES
from waste_bpm.law.codes.lists import HAZARDOUS
from waste_bpm.vocabulary import Code, Quantity, Role, Severity, Slot, Unit

GreenNumber = Annotated[
    str,
    Lexical(
        name="GreenNumber", base="xs:token", example="GLW.DE2600000042", pattern=r"GLW\.[A-Z]{2}[0-9]{2}[A-Za-z0-9]{8}"
    ),
]
"""The number of an Annex VII document (Implementing Regulation (EU) 2025/1290, Art. 15(5))."""


class GreenFacility(StrEnum):
    """What receives the waste (box 7)."""

    RECOVERY = "recovery"
    LABORATORY = "laboratory"


class GreenCarrier(CarrierDetails):
    """Box 5: a carrier, and when it took the load over."""

    transferred_on: Annotated[Day | None, Block(says="Date of transfer")] = None
    signature: Annotated[Declaration | None, Block(says="Signature of the carrier")] = None


class GreenWaste(Document):
    """Box 10: the entry of the waste, with the codes beside it."""

    entry: Annotated[Listed, Block(says="Entry of the green list", number="G10")]
    list_of_waste: Annotated[tuple[Line, ...], Block(says="Codes of the list of waste", number="G10")] = ()
    commodity_codes: Annotated[tuple[Line, ...], Block(says="Commodity codes", number="G10")] = ()


class GreenLeg(RouteLeg):
    """Box 11: a State of the route, and its authority where it has to be told."""

    authority: Annotated[PartyID | None, Block(says="Competent authority")] = None


class GreenReceipt(Document):
    """Box 14: the facility or laboratory received the load, and accepted it or a part of it."""

    received_on: Annotated[Day, Block(says="Received on", number="G14")]
    accepted_quantity: Annotated[Share, Block(says="Quantity accepted", number="G14")]
    rejected_quantity: Annotated[Share | None, Block(says="Quantity rejected", number="G14")] = None
    rejection: Annotated[tuple[Words, ...], Block(says="Reason of the rejection", number="G14")] = ()
    signature: Annotated[Declaration, Block(says="Signature", number="G14")]

    @rule(
        "g14-rejection-described",
        field="rejection",
        law="Implementing Regulation (EU) 2025/1290, Annex II",
        fix="Say why a part was rejected; where nothing was, the description may be left out.",
    )
    def _described(self) -> str | None:
        if self.rejected_quantity is None or self.rejected_quantity.amount == 0 or self.rejection:
            return None
        return f"{self.rejected_quantity} are rejected without a reason."


class GreenCompletion(Document):
    """Box 15: the recovery is completed; what was recycled, and what was otherwise recovered."""

    completed_on: Annotated[Day, Block(says="Completed on", number="G15")]
    recycled_quantity: Annotated[Share, Block(says="Prepared for re-use or recycled", number="G15")]
    recovered_quantity: Annotated[Share, Block(says="Otherwise recovered", number="G15")]
    signature: Annotated[Declaration, Block(says="Signature", number="G15")]


class AnnexVIIForm(Document):
    """The boxes of Annex VII as they stand on the form; `AnnexVII` adds what must agree."""

    stages: ClassVar[tuple[str, ...]] = ("draft", "complete", "depart", "receive", "recover")

    regime: Annotated[Regime, Block(says="Legal regime", codes="REGIME", assumed=True)] = "EU"
    number: Annotated[GreenNumber | None, Block(says="Number of the document")] = None
    arranger: Annotated[PartyDetails, Block(says="Person who arranges the shipment", number="G1")]
    arranger_kind: Annotated[NotifierKind | None, Block(says="Quality of the person", number="G1")] = None
    consignee: Annotated[PartyDetails, Block(says="Importer - consignee", number="G2")]
    quantity: Annotated[Amount, Block(says="Actual quantity", number="G3")]
    other_quantity: Annotated[Amount | None, Block(says="Actual quantity in the other measure", number="G3")] = None
    shipment_date: Annotated[Day, Block(says="Actual date of shipment", number="G4")]
    containers: Annotated[tuple[Container, ...], Block(says="Container identification", number="G4a")] = ()
    carriers: Annotated[tuple[GreenCarrier, ...], Block(says="Carriers in order", number="G5"), MinLen(1)]
    producer: Annotated[PartyDetails | None, Block(says="Producer", number="G6")] = None
    start_location: Annotated[Line, Block(says="Where the shipment starts", number="G6a")]
    start_responsible: Annotated[Line | None, Block(says="Who answers for that place", number="G6a")] = None
    facility: Annotated[FacilityDetails, Block(says="Recovery facility or laboratory", number="G7")]
    facility_kind: Annotated[GreenFacility, Block(says="Facility or laboratory", number="G7")]
    interim: Annotated[bool, Block(says="Interim operation", number="G7")]
    next_facilities: Annotated[tuple[LaterFacility, ...], Block(says="Facilities after it", number="G7")] = ()
    confidential: Annotated[bool, Block(says="Facility is confidential", number="G7")]
    confidential_reason: Annotated[tuple[Words, ...], Block(says="Why it is confidential", number="G7")] = ()
    operations: Annotated[
        tuple[FormCode, ...], Block(says="R codes, D codes for a laboratory", number="G8", codes="OPERATION"), MinLen(1)
    ]
    designation: Annotated[tuple[Words, ...], Block(says="Usual description", number="G9"), MinLen(1)]
    waste: Annotated[GreenWaste, Block(says="Waste identification", number="G10")]
    route: Annotated[tuple[GreenLeg, ...], Block(says="States concerned in order", number="G11"), MinLen(2)]
    declaration: Annotated[
        Declaration | None,
        Block(says="Declaration: correct, contract in force", number="G12", required_from="complete"),
    ] = None
    producer_declaration: Annotated[Declaration | None, Block(says="Signature of the producer", number="G12")] = None
    consignee_receipt: Annotated[
        Declaration | None, Block(says="Received by the consignee", number="G13", filled_from="receive")
    ] = None
    receipt: Annotated[
        GreenReceipt | None, Block(says="Received at the facility", number="G14", filled_from="receive")
    ] = None
    completion: Annotated[
        GreenCompletion | None, Block(says="Recovery completed", number="G15", filled_from="recover")
    ] = None


class AnnexVII(AnnexVIIForm):
    """What accompanies a shipment of green-listed waste."""

    @property
    def waste_code(self) -> Code:
        """The entry of the waste (box 10)."""
        return self.waste.entry

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Who fills which role: boxes 1, 2, 5, 6, 7 and 11."""
        people = [
            (Role.NOTIFIER, self.arranger),
            (Role.CONSIGNEE, self.consignee),
            (Role.DISPOSER, self.facility.party),
            *((Role.CARRIER, carrier.party) for carrier in self.carriers),
        ]
        if self.producer is not None:
            people.append((Role.GENERATOR, self.producer))
        slots = [Slot(role=role, party=party.id, country=party.country) for role, party in people]
        told = [leg for leg in self.route if leg.authority is not None]
        slots += [Slot(role=AUTHORITY[leg.role], party=str(leg.authority), country=leg.country) for leg in told]
        return tuple(dict.fromkeys(slots))

    def codes_on(self, on: date) -> date:
        """Codes are judged at the day of shipment: each document is for one shipment."""
        return min(on, self.shipment_date)

    def published(self) -> dict[str, Any]:
        """What others may see: where the facility is confidential, that it is, and not which."""
        hidden = {"facility", "next_facilities"} if self.confidential else set()
        return self.model_dump(mode="json", exclude=hidden)

    @rule(
        "g3-above-threshold",
        field="quantity",
        law="Regulation (EU) 2024/1157, Art. 4(4)",
        fix="Below it no document is needed; a load must not be split to stay below.",
        severity=Severity.WARNING,
        parameter="green_threshold",
    )
    def _threshold(self, least: Any) -> str | None:
        threshold = Quantity(least, Unit.KILOGRAM)
        if self.quantity.dimension != threshold.dimension or threshold < self.quantity:
            return None
        return f"{self.quantity} is not more than {threshold}."

    @rule(
        "g3-quantities-comparable",
        field="other_quantity",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Give one quantity as a mass and one as a volume.",
    )
    def _measures(self) -> str | None:
        if self.other_quantity is None or self.other_quantity.dimension != self.quantity.dimension:
            return None
        return f"{self.quantity} and {self.other_quantity} are both a {self.quantity.dimension}."

    @rule(
        "g4a-container-check-digit",
        field="containers",
        law="ISO 6346",
        fix="Read the container again: four letters, six digits, and the check digit in its frame.",
    )
    def _containers(self) -> str | None:
        wrong = [each for each in self.containers if containers.misread(each)]
        return f"The check digit of {', '.join(wrong)} does not fit." if wrong else None

    @rule(
        "g5-carriers-in-order",
        field="carriers",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Name the carriers in the order in which they took the load over.",
    )
    def _carriers(self) -> str | None:
        days = [(each.party.id, each.transferred_on) for each in self.carriers if each.transferred_on]
        wrong = [one for (_, before), (one, after) in pairwise(days) if after < before]
        return f"{', '.join(wrong)} took the load over before the carrier ahead of it." if wrong else None

    @rule(
        "g6-producer-named",
        field="producer",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Name the producer in box 6.",
    )
    def _producer(self) -> str | None:
        own = (None, NotifierKind.PRODUCER, NotifierKind.NEW_PRODUCER, NotifierKind.COLLECTOR)
        if self.arranger_kind in own or self.producer:
            return None
        return f"The shipment is arranged by a {self.arranger_kind}, and the producer is not named."

    @rule(
        "g7-interim-followed",
        field="next_facilities",
        law="Regulation (EU) 2024/1157, Art. 18",
        fix="Name the facility that follows an interim operation, with its R code.",
    )
    def _interim(self) -> str | None:
        if self.interim and not self.next_facilities:
            return "The operation is interim, and the next facility is not named."
        return None

    @rule(
        "g7-confidentiality-reasoned",
        field="confidential_reason",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Say why the facility is confidential, or name it openly.",
    )
    def _confidential(self) -> str | None:
        if self.confidential and not self.confidential_reason:
            return "The facility is said to be confidential without a reason."
        return None

    @rule(
        "g8-operations-fit-facility",
        field="operations",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Green-listed waste goes to recovery; a D code is for a laboratory only.",
    )
    def _operations(self) -> str | None:
        wrong = [code for code in self.operations if not code.startswith("R")]
        if not wrong or self.facility_kind is GreenFacility.LABORATORY:
            return None
        return f"Box 8 names {', '.join(wrong)}, but box 7 is no laboratory."

    @rule(
        "g10-entry-is-green",
        field="waste",
        law="Regulation (EU) 2024/1157, Art. 4",
        fix="Such waste needs a prior notification; if the entry is wrong, correct box 10.",
    )
    def _green(self) -> str | None:
        if self.waste.entry.list not in (HAZARDOUS, OTHER_WASTES) or self.facility_kind is GreenFacility.LABORATORY:
            return None
        return f"{self.waste.entry.code} is on no green list."

    @rule(
        "g11-route-in-order",
        field="route",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Begin with the State of dispatch, end with that of the facility, and name each transit State once.",
    )
    def _route(self) -> str | None:
        if out_of_order(self.route) or crossed_twice(self.route):
            return "Box 11 is not one State of dispatch, transit States and one State of destination, once each."
        if self.route[-1].country == self.facility.party.country:
            return None
        return f"The route ends in {self.route[-1].country}, the facility is in {self.facility.party.country}."

    @rule(
        "g13-consignee-is-not-facility",
        field="consignee_receipt",
        law="Implementing Regulation (EU) 2025/1290, Art. 17(2)",
        fix="Leave box 13 out; the facility fills box 14.",
    )
    def _consignee(self) -> str | None:
        if self.consignee_receipt is None or self.consignee.id != self.facility.party.id:
            return None
        return f"{self.consignee.id} is the facility: it certifies the receipt in box 14, not in box 13."

    @rule(
        "g15-not-before-receipt",
        field="completion",
        law="Regulation (EU) 2024/1157, Art. 18",
        fix="Correct the day of box 15; recovery ends after the load was received.",
    )
    def _completion(self) -> str | None:
        if self.receipt is None or self.completion is None:
            return None
        return certified_too_early(self.receipt.received_on, self.completion.completed_on)

    @rule(
        "g15-mass-accounted-for",
        field="completion",
        law="Regulation (EU) 2024/1157, Annex VII",
        fix="Compare box 15 with box 14: water and gas may be lost, nothing can be won.",
        severity=Severity.WARNING,
    )
    def _mass(self) -> str | None:
        if self.receipt is None or self.completion is None:
            return None
        named = (self.completion.recycled_quantity, self.completion.recovered_quantity)
        accepted = self.receipt.accepted_quantity
        if any(each.dimension != accepted.dimension for each in named):
            return f"Box 15 is not in the measure of box 14, {accepted}."
        total = sum(each.base for each in named)
        return f"{total} are recovered of {accepted}." if total > accepted.base else None
