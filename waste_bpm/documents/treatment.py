"""What the facility certifies, and what follows when it does not accept a load: blocks 18 and 19 of the movement."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, CountryCode, Day, FormCode, Line, PartyID, Share, Words
from waste_bpm.vocabulary import Quantity


class FacilityReceipt(Document):
    """Block 18: the facility received and accepted the load (Basel Art. 6(9))."""

    received_on: Annotated[
        Day,
        Block(says="Received on", number="M18", law="Basel Art. 6(9)", wco="380", cefact="UN01005198 ReceiptDateTime"),
    ]
    received_quantity: Annotated[
        Amount, Block(says="Quantity received", number="M18", wco="126, 128", cefact="UN01005198")
    ]
    accepted_quantity: Annotated[Amount, Block(says="Quantity accepted", number="M18")]
    operation: Annotated[
        FormCode, Block(says="D or R operation", number="M18", codes="OPERATION", cefact="UN01005178 TypeCode")
    ]
    rejected_quantity: Annotated[Share | None, Block(says="Quantity rejected", number="M18")] = None
    rejection: Annotated[
        tuple[Words, ...],
        Block(says="Description of a rejection, or none", number="M18", cefact="UN01005198 RejectionReason"),
    ] = ()
    treatment_planned_by: Annotated[
        Day | None, Block(says="Approximate date of treatment", number="M18", cefact="UN01005178 StartDateTime")
    ] = None
    ticket: Annotated[Line | None, Block(says="Weighbridge ticket", number="M18")] = None
    order_explained: Annotated[
        tuple[Words, ...], Block(says="Why the receipt is dated before the shipment", number="M18")
    ] = ()

    @rule(
        "m18-all-accepted",
        field="accepted_quantity",
        law="Basel Art. 6(9)",
        fix="When a part is not accepted, file a rejection that names both parts.",
    )
    def _whole(self) -> str | None:
        if self.accepted_quantity.same_as(self.received_quantity):
            return None
        return (
            f"{self.accepted_quantity} accepted of {self.received_quantity} received: a receipt accepts the load whole."
        )

    @rule(
        "m18-nothing-rejected",
        field="rejected_quantity",
        law="Basel Art. 6(9)",
        fix="When a part is not accepted, file a rejection; a receipt says none, zero, or nothing of it.",
    )
    def _nothing(self) -> str | None:
        if self.rejected_quantity is None or self.rejected_quantity.amount == 0:
            return None
        return f"A receipt accepts the load whole, but {self.rejected_quantity} are said to be rejected."


class ConsigneeReceipt(Document):
    """Block 17: a consignee that is not the facility received the load (Basel Art. 6(9))."""

    received_on: Annotated[
        Day, Block(says="Received on", number="M17", law="Annex V B 6", wco="380", cefact="UN01005198 ReceiptDateTime")
    ]
    received_quantity: Annotated[Amount, Block(says="Quantity received", number="M17")]
    place: Annotated[Line, Block(says="Where the load is kept", number="M17")]


class ShipmentRejection(Document):
    """Block 18: the facility does not accept the load, wholly or in part, and says why (Basel Art. 8)."""

    received_on: Annotated[
        Day,
        Block(says="Arrived on", number="M18", law="Basel Art. 6(9)", wco="380", cefact="UN01005198 ReceiptDateTime"),
    ]
    received_quantity: Annotated[
        Amount, Block(says="Quantity that arrived", number="M18", wco="126, 128", cefact="UN01005198")
    ]
    accepted_quantity: Annotated[Share, Block(says="Quantity accepted", number="M18")]
    rejected_quantity: Annotated[Amount, Block(says="Quantity rejected", number="M18")]
    reason: Annotated[
        tuple[Words, ...],
        Block(says="Reason of the rejection", number="M18", cefact="UN01005198 RejectionReason"),
        MinLen(1),
    ]
    location: Annotated[Line, Block(says="Where the rejected waste is kept")]
    order_explained: Annotated[
        tuple[Words, ...], Block(says="Why the receipt is dated before the shipment", number="M18")
    ] = ()

    @rule(
        "m18-mass-balance",
        field="rejected_quantity",
        law="Basel Art. 6(9)",
        fix="Accepted and rejected quantity together are the quantity that arrived, to the gram.",
    )
    def _balanced(self) -> str | None:
        if len({q.dimension for q in (self.received_quantity, self.accepted_quantity, self.rejected_quantity)}) > 1:
            return "The three quantities mix mass and volume."
        parts = self.accepted_quantity + self.rejected_quantity
        return (
            None if parts.same_as(self.received_quantity) else f"{parts} are accounted for of {self.received_quantity}."
        )


class TreatmentCompletion(Document):
    """Block 19: the facility certifies that the waste was disposed of or recovered (Basel Art. 6(9))."""

    completed_on: Annotated[
        Day, Block(says="Completed on", number="M19", law="Basel Art. 6(9)", wco="380", cefact="UN01005141 EndDateTime")
    ]
    treated_quantity: Annotated[Amount, Block(says="Quantity treated", number="M19")]
    recycled_quantity: Annotated[Share | None, Block(says="Of it prepared for re-use or recycled", number="M19")] = None
    recovered_quantity: Annotated[Share | None, Block(says="Of it otherwise recovered", number="M19")] = None
    disposed_quantity: Annotated[Share | None, Block(says="Of it disposed of", number="M19")] = None
    operation: Annotated[
        FormCode, Block(says="D or R operation", number="M19", codes="OPERATION", cefact="UN01005141 TypeCode")
    ]

    @rule(
        "m19-parts-within-treated",
        field="treated_quantity",
        law="Basel Art. 6(9)",
        fix="The quantities recycled, otherwise recovered and disposed of are parts of the quantity treated.",
    )
    def _parts(self) -> str | None:
        named = (self.recycled_quantity, self.recovered_quantity, self.disposed_quantity)
        parts = [each for each in named if each is not None]
        if any(each.dimension != self.treated_quantity.dimension for each in parts):
            return f"The parts of {self.treated_quantity} mix mass and volume."
        total = sum(each.base for each in parts)
        return f"{total} are accounted for of {self.treated_quantity}." if total > self.treated_quantity.base else None


@dataclass(frozen=True, kw_only=True, slots=True)
class HandedOn:
    """A part of a load that an interim operation hands on, as a case remembers it."""

    facility: str
    quantity: Quantity
    operation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Certified:
    """What a later facility certified, as a case remembers it; with `outputs` it was an interim operation again."""

    facility: str
    quantity: Quantity
    operation: str
    outputs: tuple[HandedOn, ...] = ()


class NextTreatment(Document):
    """One part of what an interim operation hands on: to which facility, how much, for which operation."""

    facility: Annotated[PartyID, Block(says="Next facility")]
    name: Annotated[Line, Block(says="Name and site of the next facility")]
    country: Annotated[CountryCode, Block(says="State of the next facility", codes="COUNTRY")]
    quantity: Annotated[Amount, Block(says="Quantity handed on")]
    operation: Annotated[FormCode, Block(says="D or R operation there", codes="OPERATION")]

    @property
    def part(self) -> HandedOn:
        """The part as a case remembers it."""
        return HandedOn(facility=self.facility, quantity=self.quantity, operation=self.operation)


def _unbalanced(treated: Quantity, parts: tuple[NextTreatment, ...], residue: Quantity | None) -> str | None:
    amounts = [*(part.quantity for part in parts), *([residue] if residue is not None else [])]
    if any(each.dimension != treated.dimension for each in amounts):
        return "The quantities mix mass and volume."
    handed_on = sum(each.base for each in amounts)
    if handed_on == treated.base:
        return None
    return f"{handed_on} are accounted for of {treated}."


class InterimTreatmentCompletion(Document):
    """Block 19 of an interim operation: done, and handed on to the facilities named (Basel Art. 6(9))."""

    completed_on: Annotated[Day, Block(says="Completed on", number="M19", law="Basel Art. 6(9)")]
    treated_quantity: Annotated[Amount, Block(says="Quantity treated", number="M19")]
    operation: Annotated[FormCode, Block(says="Interim D or R operation", number="M19", codes="OPERATION")]
    outputs: Annotated[tuple[NextTreatment, ...], Block(says="Handed on to", number="M19"), MinLen(1)]
    residue: Annotated[Share | None, Block(says="Residue and loss", number="M19")] = None

    @property
    def handed_on(self) -> tuple[HandedOn, ...]:
        """The parts that later facilities have to certify."""
        return tuple(each.part for each in self.outputs)

    @property
    def interim_quantity(self) -> Quantity:
        """The quantity that went through the interim operation."""
        return self.treated_quantity

    @rule(
        "m19-outputs-balance",
        field="outputs",
        law="Basel Art. 6(9)",
        fix="What is handed on, with residue and loss, is the quantity treated, to the gram.",
    )
    def _balanced(self) -> str | None:
        return _unbalanced(self.treated_quantity, self.outputs, self.residue)


class SubsequentTreatmentCompletion(Document):
    """A later facility certifies what it got from an interim operation; sent on by the first (Basel Art. 6(9))."""

    facility: Annotated[PartyID, Block(says="Facility that certifies")]
    received_on: Annotated[Day, Block(says="Received there on")]
    completed_on: Annotated[Day, Block(says="Completed on", number="M19", law="Basel Art. 6(9)")]
    treated_quantity: Annotated[Amount, Block(says="Quantity treated", number="M19")]
    operation: Annotated[FormCode, Block(says="D or R operation", number="M19", codes="OPERATION")]
    outputs: Annotated[tuple[NextTreatment, ...], Block(says="Handed on to", number="M19")] = ()
    residue: Annotated[Share | None, Block(says="Residue and loss", number="M19")] = None

    @property
    def certified(self) -> Certified:
        """The certificate as a case remembers it."""
        outputs = tuple(each.part for each in self.outputs)
        return Certified(
            facility=self.facility, quantity=self.treated_quantity, operation=self.operation, outputs=outputs
        )

    @rule(
        "m19-subsequent-outputs-balance",
        field="outputs",
        law="Basel Art. 6(9)",
        fix="What is handed on, with residue and loss, is the quantity treated, to the gram.",
    )
    def _balanced(self) -> str | None:
        return _unbalanced(self.treated_quantity, self.outputs, self.residue) if self.outputs else None

    @rule(
        "m19-subsequent-in-order",
        field="completed_on",
        law="Basel Art. 6(9)",
        fix="Give a day of completion that is not before the day of receipt.",
    )
    def _in_order(self) -> str | None:
        if self.completed_on >= self.received_on:
            return None
        return f"Completed on {self.completed_on}, before the receipt on {self.received_on}."


def certified_too_early(received_on: date, completed_on: date) -> str | None:
    """What is wrong with a certificate that lies before the receipt; the forms of both procedures ask it."""
    if completed_on >= received_on:
        return None
    return f"Completed on {completed_on}, received only on {received_on}."
