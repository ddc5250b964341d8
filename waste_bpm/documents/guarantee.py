"""The financial guarantee of a notification: applied for, completed, approved, refused, released (Basel Art. 6(11))."""

from datetime import date
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, Count, Day, Line, Words


class GuaranteeApplication(Document):
    """The notifier offers a guarantee: who gives it, for how much waste, until when."""

    received_on: Annotated[Day, Block(says="Application received on", law="Basel Art. 6(11)")]
    provider: Annotated[Line, Block(says="Who gives the guarantee")]
    kind: Annotated[Line, Block(says="Bond, insurance or other guarantee", law="Basel Art. 6(11)")]
    covers: Annotated[Amount | None, Block(says="Quantity under way that it covers at one time")] = None
    active_loads: Annotated[Count | None, Block(says="Loads asked for, under way on one day")] = None


class GuaranteeCompletion(Document):
    """The authority states that the application is complete; its time to decide begins."""

    completed_on: Annotated[Day, Block(says="Application complete on", law="Basel Art. 6(11)")]


class GuaranteeApproval(Document):
    """The authority approves the guarantee: its reference, what it covers, and how many loads may be under way."""

    reference: Annotated[Line, Block(says="Reference of the guarantee")]
    decided_on: Annotated[Day, Block(says="Approved on", law="Basel Art. 6(11)")]
    active_loads: Annotated[Count | None, Block(says="Loads that may be under way on one day")] = None
    covers: Annotated[Amount | None, Block(says="Quantity under way that it covers at one time")] = None
    valid_from: Annotated[Day, Block(says="Covers shipments from")]
    valid_until: Annotated[Day | None, Block(says="Covers shipments until")] = None
    blanket: Annotated[bool, Block(says="One guarantee for several notifications")] = False

    @property
    def released_on(self) -> date:
        """The day on which the guarantee that it replaces is released."""
        return self.decided_on

    @rule(
        "guarantee-validity-in-order",
        field="valid_until",
        law="Basel Art. 6(11)",
        fix="Give a last day that is not before the first.",
    )
    def _in_order(self) -> str | None:
        if self.valid_until is None or self.valid_until >= self.valid_from:
            return None
        return f"The guarantee would end on {self.valid_until}, before its first day {self.valid_from}."


class GuaranteeRefusal(Document):
    """The authority refuses the guarantee, with its reason."""

    decided_on: Annotated[Day, Block(says="Refused on", law="Basel Art. 6(11)")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]


class GuaranteeRelease(Document):
    """The authority releases the guarantee: what it covered has ended."""

    released_on: Annotated[Day, Block(says="Released on", law="Basel Art. 6(11)")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason")] = ()
