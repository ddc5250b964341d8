"""What is said when a movement fails: the request to take back, the answer to it, the return, its end (Basel Art. 8).

A return travels under documents of its own, which name the shipment it comes from.
"""

from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.parts import Declaration
from waste_bpm.documents.types import Amount, Count, CountryCode, Day, FormCode, Line, Listed, PartyID, Words
from waste_bpm.vocabulary import Quantity


class FailedMovement(Document):
    """A movement that cannot be completed as the contract says, although no facility rejected it (Basel Art. 8)."""

    failed_quantity: Annotated[Amount, Block(says="Quantity concerned")]
    location: Annotated[Line, Block(says="Where the waste is kept")]
    reason: Annotated[tuple[Words, ...], Block(says="Why the movement cannot be completed"), MinLen(1)]

    @property
    def rejected_quantity(self) -> Quantity:
        """The quantity with which the return case begins."""
        return self.failed_quantity


class ReturnPart(Document):
    """A part of what was rejected goes another way than the rest, and has a case of its own."""

    quantity: Annotated[Amount, Block(says="Quantity of the part")]
    location: Annotated[Line, Block(says="Where the part is kept")]
    reason: Annotated[tuple[Words, ...], Block(says="Why it goes another way"), MinLen(1)]

    @property
    def rejected_quantity(self) -> Quantity:
        """The quantity with which the case of the part begins."""
        return self.quantity


class TakeBackRequest(Document):
    """The State of import informs the State of export and the Secretariat that a movement failed (Basel Art. 8)."""

    informed_on: Annotated[Day, Block(says="State of export and Secretariat informed on", law="Basel Art. 8")]
    quantity: Annotated[Amount, Block(says="Quantity to be taken back")]
    location: Annotated[Line, Block(says="Where the waste is kept")]
    reason: Annotated[tuple[Words, ...], Block(says="Why the movement cannot be completed"), MinLen(1)]


class PeriodAgreement(Document):
    """The States concerned agree on another period for the return (Basel Art. 8)."""

    until: Annotated[Day, Block(says="Return by", law="Basel Art. 8")]
    agreed_on: Annotated[Day, Block(says="Agreed on")]
    agreed_with: Annotated[tuple[CountryCode, ...], Block(says="States that agree", codes="COUNTRY"), MinLen(1)]
    record: Annotated[Line, Block(says="Where the agreement is on file")]


class ReturnReferral(Document):
    """The waste is dealt with in another procedure from now on, for instance as illegal traffic (Basel Art. 9)."""

    referred_on: Annotated[Day, Block(says="Referred on")]
    procedure: Annotated[Line, Block(says="Procedure and reference", law="Basel Art. 9")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]


class TakeBackAnswer(StrEnum):
    """What the State of export answers to a request to take back."""

    RETURN = "return"
    ALTERNATIVE = "alternative"


class TakeBackResponse(Document):
    """The State of export answers: it has the waste returned, or proposes another sound disposal (Basel Art. 8)."""

    answer: Annotated[TakeBackAnswer, Block(says="Return or alternative", law="Basel Art. 8")]
    answered_on: Annotated[Day, Block(says="Answered on")]
    quantity: Annotated[Amount, Block(says="Quantity concerned")]
    holder: Annotated[PartyID, Block(says="Who has the duty", law="Basel Art. 8")]
    facility: Annotated[Line | None, Block(says="Facility of the alternative disposal")] = None
    operation: Annotated[FormCode | None, Block(says="D or R operation there", codes="OPERATION")] = None

    @rule(
        "take-back-alternative-named",
        field="facility",
        law="Basel Art. 8",
        fix="Name the facility and the operation of the alternative disposal, or have the waste returned.",
    )
    def _named(self) -> str | None:
        if self.answer is TakeBackAnswer.RETURN or (self.facility and self.operation):
            return None
        return "An alternative disposal is proposed, and nothing says where or how."


class AlternativeAgreement(Document):
    """A State concerned agrees to the alternative disposal that was proposed (Basel Art. 8)."""

    agreed_on: Annotated[Day, Block(says="Agreed on", law="Basel Art. 8")]
    conditions: Annotated[tuple[Words, ...], Block(says="Conditions")] = ()


class ReturnMovement(Document):
    """What accompanies waste on its way back; nobody may prevent that return (Basel Art. 8)."""

    number: Annotated[Line, Block(says="Number of the return", law="Basel Art. 4(7)(c)")]
    original: Annotated[Count, Block(says="Serial number of the original shipment")]
    quantity: Annotated[Amount, Block(says="Quantity returned", law="Annex V B 11")]
    shipment_date: Annotated[Day, Block(says="Date of the return", law="Annex V B 6")]
    waste_code: Annotated[Listed, Block(says="Waste", law="Annex V B 8")]
    designation: Annotated[tuple[Words, ...], Block(says="What it was found to be", law="Annex V B 8"), MinLen(1)]
    packages: Annotated[Count, Block(says="Number of packages", law="Annex V B 10")]
    carriers: Annotated[tuple[PartyID, ...], Block(says="Carriers in order", law="Annex V B 4"), MinLen(1)]
    location: Annotated[Line, Block(says="Where it starts")]
    receiver: Annotated[PartyID, Block(says="Who receives it back")]
    declaration: Annotated[Declaration, Block(says="Declaration", law="Annex V B 12")]

    @property
    def carrier_ids(self) -> tuple[str, ...]:
        """The carriers by their identifiers, as for any movement."""
        return self.carriers


class ReturnReceipt(Document):
    """The waste is back: received, weighed, and any difference explained (Basel Art. 8)."""

    returned_on: Annotated[Day, Block(says="Received back on", law="Basel Art. 8")]
    returned_quantity: Annotated[Amount, Block(says="Quantity received back")]
    difference: Annotated[tuple[Words, ...], Block(says="Why it differs from what was to be returned")] = ()


class TakeBackClosure(Document):
    """The return or the alternative disposal is finished (Basel Art. 8)."""

    closed_on: Annotated[Day, Block(says="Closed on", law="Basel Art. 8")]
    outcome: Annotated[tuple[Words, ...], Block(says="What became of the waste"), MinLen(1)]
