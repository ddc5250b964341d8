"""Illegal traffic: what was found, which ground of Art. 9(1) it is, who must act, and what became of the waste.

The five grounds and the three responsibilities are those of the Basel Convention, Art. 9. Containers are counted beside
the quantity: the one is never computed from the other.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen

from waste_bpm.documents.model import Block, Document, rule
from waste_bpm.documents.types import Amount, CountryCode, Day, Instant, Line, Listed, NoneOrMore, PartyID, Words
from waste_bpm.vocabulary import Quantity, Role, Slot


class IllegalGround(StrEnum):
    """Why a movement is illegal traffic (Basel Art. 9(1)(a) to (e))."""

    NO_NOTIFICATION = "no_notification"
    NO_CONSENT = "no_consent"
    CONSENT_BY_FRAUD = "consent_by_fraud"
    MATERIAL_NONCONFORMITY = "material_nonconformity"
    DELIBERATE_DISPOSAL = "deliberate_disposal"


class Responsibility(StrEnum):
    """Whose conduct made it illegal, and so who must act (Basel Art. 9(2), 9(3), 9(4))."""

    EXPORTER_SIDE = "exporter_side"
    IMPORTER_SIDE = "importer_side"
    UNASSIGNED = "unassigned"


class Fate(StrEnum):
    """What became of a part of the waste."""

    RETURNED = "returned"
    DISPOSED_LOCALLY = "disposed_locally"
    REEXPORTED = "reexported"
    DESTROYED = "destroyed"
    OTHERWISE = "otherwise"


@dataclass(frozen=True, kw_only=True, slots=True)
class WastePart:
    """A part of the waste with what became of it, as the file of the case keeps it."""

    on: date
    fate: Fate
    quantity: Quantity | None = None
    containers: int = 0


class ConcernedRole(StrEnum):
    """Who is named in a case that no notification began."""

    EXPORT_AUTHORITY = "export_authority"
    TRANSIT_AUTHORITY = "transit_authority"
    IMPORT_AUTHORITY = "import_authority"
    CUSTOMS_EXIT = "customs_exit"
    CUSTOMS_TRANSIT = "customs_transit"
    CUSTOMS_ENTRY = "customs_entry"


class ConcernedParty(Document):
    """An authority or office that has to do with the case, and its State."""

    id: Annotated[PartyID, Block(says="Authority or office")]
    role: Annotated[ConcernedRole, Block(says="In which role")]
    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]


class IllegalTrafficWarning(Document):
    """A load is suspected of being illegal traffic: what was found, where and when (Basel Art. 9, 13(1))."""

    found_at: Annotated[Instant, Block(says="Found at", law="Basel Art. 9")]
    place: Annotated[Line, Block(says="Where the waste is kept")]
    shipments: Annotated[tuple[NoneOrMore, ...], Block(says="Numbers of the shipments, where there are any")] = ()
    declared: Annotated[Listed | None, Block(says="Declared as")] = None
    found: Annotated[Listed | None, Block(says="Found to be")] = None
    quantity: Annotated[Amount, Block(says="Quantity")]
    containers: Annotated[NoneOrMore, Block(says="Number of containers")] = 0
    description: Annotated[tuple[Words, ...], Block(says="What was found"), MinLen(1)]
    parties: Annotated[tuple[ConcernedParty, ...], Block(says="Authorities and offices concerned")] = ()

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Who fills which role in a case that no notification began."""
        return tuple(Slot(role=Role(each.role), party=each.id, country=each.country) for each in self.parties)


class IllegalTrafficFeedback(Document):
    """What the control of a suspected load has shown: illegal traffic and on which grounds, or not."""

    decided_on: Annotated[Day, Block(says="Decided on")]
    grounds: Annotated[tuple[IllegalGround, ...], Block(says="Grounds", law="Basel Art. 9(1)")] = ()
    found: Annotated[Listed | None, Block(says="Found to be")] = None
    evidence: Annotated[tuple[Words, ...], Block(says="Evidence"), MinLen(1)]


class IllegalTrafficOutcome(Document):
    """Whose conduct made the movement illegal, when the State that must act was informed, and what it must do."""

    responsibility: Annotated[Responsibility, Block(says="Responsible side", law="Basel Art. 9(2)-(4)")]
    informed_on: Annotated[Day, Block(says="The day the State that must act was informed", law="Basel Art. 9(2), 9(3)")]
    remedy: Annotated[tuple[Words, ...], Block(says="What has to be done"), MinLen(1)]
    reason: Annotated[tuple[Words, ...], Block(says="Reasons"), MinLen(1)]


class RemedyOrder(Document):
    """The return or the sound disposal of the waste is ordered."""

    ordered_on: Annotated[Day, Block(says="Ordered on")]
    addressee: Annotated[Line, Block(says="Who has to act")]
    remedy: Annotated[tuple[Words, ...], Block(says="What has to be done", law="Basel Art. 9(2)-(4)"), MinLen(1)]


class WasteAccount(Document):
    """What became of a part of the waste: one entry for each part, so that the rest stays visible."""

    on: Annotated[Day, Block(says="On")]
    fate: Annotated[Fate, Block(says="What became of it")]
    quantity: Annotated[Amount | None, Block(says="Quantity, where it is known")] = None
    containers: Annotated[NoneOrMore, Block(says="Number of containers")] = 0
    destination: Annotated[CountryCode | None, Block(says="To which State", codes="COUNTRY")] = None
    notification_number: Annotated[Line | None, Block(says="Notification under which it moved")] = None
    remark: Annotated[tuple[Words, ...], Block(says="Remark")] = ()

    @property
    def part(self) -> WastePart:
        """What the file of the case keeps of it."""
        return WastePart(on=self.on, fate=self.fate, quantity=self.quantity, containers=self.containers)

    @rule(
        "illegal-part-counted",
        field="quantity",
        law="Basel Art. 9",
        fix="Give the quantity, or the number of containers, or both.",
    )
    def _counted(self) -> str | None:
        return None if self.quantity or self.containers else "Neither a quantity nor a number of containers is given."


class IllegalTrafficClosure(Document):
    """The case is closed: every part of the waste is accounted for."""

    closed_on: Annotated[Day, Block(says="Closed on")]
    penalty: Annotated[tuple[Words, ...], Block(says="Penalty, for the annual report", law="Basel Art. 13(3)")] = ()
