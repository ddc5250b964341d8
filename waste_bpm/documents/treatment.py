"""What the facility certifies, and what follows when it does not accept a load: blocks 18 and 19 of the movement."""

from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, Day, FormCode, Line, Share, Words


class FacilityReceipt(Document):
    """Block 18: the facility received and accepted the load (Basel Art. 6(9))."""

    received_on: Annotated[Day, Block(says="Received on", number="M18", law="Basel Art. 6(9)")]
    received_quantity: Annotated[Amount, Block(says="Quantity received", number="M18")]
    accepted_quantity: Annotated[Amount, Block(says="Quantity accepted", number="M18")]
    operation: Annotated[FormCode, Block(says="D or R operation", number="M18", codes="OPERATION")]
    rejected_quantity: Annotated[Share | None, Block(says="Quantity rejected", number="M18")] = None
    rejection: Annotated[tuple[Words, ...], Block(says="Description of a rejection, or none", number="M18")] = ()
    treatment_planned_by: Annotated[Day | None, Block(says="Approximate date of treatment", number="M18")] = None
    ticket: Annotated[Line | None, Block(says="Weighbridge ticket", number="M18")] = None

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


class ShipmentRejection(Document):
    """Block 18: the facility does not accept the load, wholly or in part, and says why (Basel Art. 8)."""

    received_on: Annotated[Day, Block(says="Arrived on", number="M18", law="Basel Art. 6(9)")]
    received_quantity: Annotated[Amount, Block(says="Quantity that arrived", number="M18")]
    accepted_quantity: Annotated[Share, Block(says="Quantity accepted", number="M18")]
    rejected_quantity: Annotated[Amount, Block(says="Quantity rejected", number="M18")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason of the rejection", number="M18"), MinLen(1)]
    location: Annotated[Line, Block(says="Where the rejected waste is kept")]

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

    completed_on: Annotated[Day, Block(says="Completed on", number="M19", law="Basel Art. 6(9)")]
    treated_quantity: Annotated[Amount, Block(says="Quantity treated", number="M19")]
    recycled_quantity: Annotated[Share | None, Block(says="Of it prepared for re-use or recycled", number="M19")] = None
    recovered_quantity: Annotated[Share | None, Block(says="Of it otherwise recovered", number="M19")] = None
    disposed_quantity: Annotated[Share | None, Block(says="Of it disposed of", number="M19")] = None
    operation: Annotated[FormCode, Block(says="D or R operation", number="M19", codes="OPERATION")]


class TakeBackRequest(Document):
    """The State of import informs the State of export and the Secretariat that a movement failed (Basel Art. 8)."""

    informed_on: Annotated[Day, Block(says="State of export and Secretariat informed on", law="Basel Art. 8")]
    quantity: Annotated[Amount, Block(says="Quantity to be taken back")]
    location: Annotated[Line, Block(says="Where the waste is kept")]
    reason: Annotated[tuple[Words, ...], Block(says="Why the movement cannot be completed"), MinLen(1)]
