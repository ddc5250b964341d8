"""What is said on the way: departure, hand-over between carriers, border arrival and control, weighing."""

from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, Day, FormCode, Instant, Line, PartyID, Place, Seal, Words


class MovementCancellation(Document):
    """The announced shipment will not take place; its number is never used again."""

    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]


class OverdueEnquiry(Document):
    """The State of export asks the State of import for a load that no receipt speaks of (Basel Art. 6(9))."""

    asked_on: Annotated[Day, Block(says="Asked on")]
    expected_by: Annotated[Day, Block(says="Receipt was expected by", law="Basel Art. 6(9)")]
    question: Annotated[tuple[Words, ...], Block(says="What is asked"), MinLen(1)]


class Conveyance(Document):
    """What carries the load on one leg."""

    means_of_transport: Annotated[
        FormCode, Block(says="Means of transport", number="M8", codes="TRANSPORT", cefact="UN03000311 ModeCode")
    ]
    vehicle: Annotated[Line, Block(says="Registration, voyage or wagon number", number="M8", wco="46A, 15A")]
    seals: Annotated[tuple[Seal, ...], Block(says="Seal numbers", wco="165")] = ()


class DepartureNotice(Document):
    """The first carrier takes the load over and leaves the site of loading (Basel Art. 4(7)(c), 6(9))."""

    departed_at: Annotated[Instant, Block(says="Taken over and departed at", number="M8", law="Basel Art. 6(9)")]
    place: Annotated[Place, Block(says="Place of departure")]
    carrier: Annotated[PartyID, Block(says="Carrier that takes charge", number="M8")]
    conveyance: Annotated[Conveyance, Block(says="Vehicle", number="M8")]


class CarrierTransfer(Document):
    """The load passes from one carrier to the next; both are named, so that custody has no gap (Basel Art. 6(9))."""

    handed_over_at: Annotated[Instant, Block(says="Handed over at", number="M8", law="Basel Art. 6(9)")]
    place: Annotated[Place, Block(says="Place of the hand-over", number="M8")]
    from_carrier: Annotated[PartyID, Block(says="Carrier that delivers", number="M8")]
    carrier: Annotated[PartyID, Block(says="Carrier that takes charge", number="M8")]
    conveyance: Annotated[Conveyance, Block(says="Vehicle", number="M8")]

    @rule(
        "m8-two-carriers",
        field="carrier",
        law="Basel Art. 6(9)",
        fix="Name the carrier that takes charge; a change of vehicle within one carrier is no hand-over.",
    )
    def _two(self) -> str | None:
        return f"{self.carrier} cannot take over from itself." if self.carrier == self.from_carrier else None


class BorderPoint(StrEnum):
    """Where on the route a border check stands."""

    EXIT = "exit"
    TRANSIT_IN = "transit_in"
    TRANSIT_OUT = "transit_out"
    ENTRY = "entry"


class BorderArrival(Document):
    """A shipment is presented at a customs office."""

    office: Annotated[PartyID, Block(says="Customs office")]
    point: Annotated[BorderPoint, Block(says="Exit, transit or entry")]
    place: Annotated[Place, Block(says="Border point")]
    arrived_at: Annotated[Instant, Block(says="Presented at")]


class ChecklistLine(Document):
    """One line of the record of a checklist: the step, the answer, the evidence, by whom and when."""

    step: Annotated[Line, Block(says="Step of the checklist")]
    answer: Annotated[Line | None, Block(says="Answer")] = None
    evidence: Annotated[tuple[Line, ...], Block(says="Evidence")] = ()
    by: Annotated[PartyID, Block(says="Who answered")]
    at: Annotated[Instant, Block(says="When")]


class DocumentCheck(Document):
    """The result of a checklist run at the border: which checklist, what it found, and its whole record."""

    sop: Annotated[Line, Block(says="Checklist")]
    version: Annotated[Line, Block(says="Version of the checklist")]
    run: Annotated[Line, Block(says="Digest of the record of the run")]
    reason: Annotated[Line | None, Block(says="What was found, as a code")] = None
    lines: Annotated[tuple[ChecklistLine, ...], Block(says="The record, line by line"), MinLen(1)]

    @property
    def verified(self) -> bool:
        """Whether nothing was found that speaks against the load."""
        return self.reason is None


class Weighing(Document):
    """A weighbridge reading."""

    measured_quantity: Annotated[Amount, Block(says="Net mass measured", number="M5")]
    ticket: Annotated[Line, Block(says="Weighbridge ticket")]
    weighed_at: Annotated[Instant, Block(says="Weighed at")]


class BorderResult(StrEnum):
    """How a control ended."""

    RELEASED = "released"
    HELD = "held"
    REFUSED = "refused"
    SEIZED = "seized"


class BorderCheckResult(Document):
    """Blocks 20 to 22: what customs decided, what was measured, and why (Basel Art. 4(7)(c), 9)."""

    office: Annotated[PartyID, Block(says="Customs office")]
    point: Annotated[BorderPoint, Block(says="Exit, transit or entry")]
    result: Annotated[BorderResult, Block(says="How it ended")]
    decided_at: Annotated[Instant, Block(says="Decided at")]
    measured_quantity: Annotated[Amount | None, Block(says="Net mass measured", number="M5")] = None
    reasons: Annotated[tuple[Words, ...], Block(says="Reasons and findings")] = ()

    @rule(
        "border-hold-has-reason",
        field="reasons",
        law="Basel Art. 9(1)",
        fix="Write down what was found; the competent authority decides on it.",
    )
    def _reasoned(self) -> str | None:
        if self.result is BorderResult.RELEASED or self.reasons:
            return None
        return f"A load is {self.result} without a reason."
